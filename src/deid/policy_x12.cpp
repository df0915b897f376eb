#include "deid/policy_x12.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "deid/rules.h"
#include "hl7v2/scan.h"

namespace clinical::deid {

namespace {

using Text = std::string_view;

// Segments of the transaction sets in scope; what stands nowhere there is a slip of the pen.
constexpr Text segment_names =
    "|AAA|ACT|AMT|BGN|BHT|BPR|CAS|CL1|CLM|CLP|CN1|COB|CR1|CR2|CR3|CR4|CR5|CR6|CR7|CR8|CRC|CTP|CUR|"
    "DMG|DN1|DN2|DSB|DTM|DTP|EB|EC|EM|EQ|FRM|HCP|HCR|HD|HI|HL|HLH|HSD|ICM|IDC|IEA|III|INS|ISA|K3|"
    "LE|LIN|LQ|LS|LUI|LX|MEA|MIA|MOA|MPI|MSG|N1|N2|N3|N4|NM1|NTE|NX1|OI|PAT|PER|PLA|PLB|PRV|PS1|"
    "PWK|QTY|RDM|REF|RMR|SBR|STC|SV1|SV2|SV3|SV5|SV6|SV7|SVC|SVD|TOO|TRN|TS2|TS3|UM|";
constexpr Text envelopes = "|GE|GS|IEA|ISA|SE|ST|";

// Numbers of loops (ASC X12N 837, 835, 834, 270, 271, 276, 277, 278), where a number means the same
// in all that have it, as the segments that open them.
struct Loop {
    Text number, path;
};
constexpr Loop loops_by_number[] = {
    {"1000A", "NM1[01=41]"},
    {"1000B", "NM1[01=40]"},
    {"2000A", "HL[03=20]"},
    {"2000B", "HL[03=22]"},
    {"2000C", "HL[03=23]"},
    {"2010AA", "HL[03=20]/NM1[01=85]"},
    {"2010AB", "HL[03=20]/NM1[01=87]"},
    {"2010BA", "HL[03=22]/NM1[01=IL]"},
    {"2010BB", "HL[03=22]/NM1[01=PR]"},
    {"2010CA", "HL[03=23]/NM1[01=QC]"},
    {"2100", "CLP"},
    {"2110", "SVC"},
    {"2300", "CLM"},
    {"2310A", "CLM/NM1[01=DN]"},
    {"2310B", "CLM/NM1[01=82]"},
    {"2400", "LX"},
};

bool is_name(Text text) {
    return text.size() >= 2 && text.size() <= 3 &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

// One or two digits from 1 on, which are taken off the text.
std::optional<int> take_number(Text &text) {
    int n = 0;
    std::size_t digits = 0;
    while (digits < 2 && digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
        n = n * 10 + (text[digits++] - '0');
    text.remove_prefix(digits);
    return n > 0 ? std::optional(n) : std::nullopt;
}

// NM1, NM1[01=IL], which is taken off the text.
std::optional<X12Segment> take_segment(Text &text) {
    X12Segment segment;
    const Text name = text.substr(0, text.find_first_of("[/-"));
    if (!is_name(name)) return std::nullopt;
    segment.name = name;
    text.remove_prefix(name.size());
    if (!text.starts_with("[")) return segment;
    text.remove_prefix(1);
    const auto element = take_number(text);
    const std::size_t end = text.find(']');
    if (!element || !text.starts_with("=") || end == text.npos || end < 2) return std::nullopt;
    segment.element = *element;
    segment.code = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return segment;
}

std::optional<X12Place> place_of(Text path) {
    X12Place place;
    const Text number = path.substr(0, path.find('/'));
    for (const Loop &loop : loops_by_number)
        if (number == loop.number && number.size() < path.size()) {
            auto opened = place_of(loop.path);
            place.loops = std::move(opened->loops);
            place.loops.push_back(std::move(opened->segment));
            path.remove_prefix(number.size() + 1);
        }
    for (;;) {
        auto segment = take_segment(path);
        if (!segment) return std::nullopt;
        if (!path.starts_with("/")) {
            place.segment = std::move(*segment);
            break;
        }
        path.remove_prefix(1);
        place.loops.push_back(std::move(*segment));
        if (place.loops.size() > 4) return std::nullopt;
    }
    for (int *const part : {&place.element, &place.component}) {
        if (!path.starts_with("-")) break;
        path.remove_prefix(1);
        const auto n = take_number(path);
        if (!n) return std::nullopt;
        *part = *n;
    }
    return path.empty() ? std::optional(std::move(place)) : std::nullopt;
}

auto closeness(const X12Place &p) {
    return std::tuple(p.component > 0, p.element > 0, p.loops.size(), p.segment.element > 0);
}

}  // namespace

Text x12_segment_names() { return segment_names; }

std::optional<std::string> X12Rows::add(Text path, Treated treated) {
    static constexpr const char *twice = "Two rows name the same path.";
    const Treatment action = treated.treatment;
    if (action == Treatment::substitute) {
        const auto kind = treated.parameters.find("with").kind();
        if (kind != core::Kind::string && kind != core::Kind::number)
            return "What substitutes an element of X12 is a string or a number.";
    }
    fills_dates |= action == Treatment::year;
    if (path == "*") {
        if (rest) return twice;
        if (action == Treatment::substitute)
            return "Action substitute needs the path of an element.";
        rest = std::move(treated);
        return std::nullopt;
    }
    if (path.ends_with("-*")) path.remove_suffix(2);
    auto place = place_of(path);
    if (!place) return "The path is no place in X12.";
    if (packed_has(envelopes, place->segment.name))
        return "The path names an envelope, which is written anew.";
    for (const X12Segment &loop : place->loops)
        if (!packed_has(segment_names, loop.name)) return "The path names no segment of X12.";
    if (!packed_has(segment_names, place->segment.name)) return "The path names no segment of X12.";
    if (place->element == 0 && action == Treatment::substitute)
        return "Action substitute needs the path of an element.";
    std::vector<X12Row> &rows = segments[place->segment.name];
    if (std::any_of(rows.begin(), rows.end(),
                    [&](const X12Row &row) { return row.place == *place; }))
        return twice;
    const auto before = std::find_if(rows.begin(), rows.end(), [&](const X12Row &row) {
        return closeness(row.place) < closeness(*place);
    });
    rows.insert(before, X12Row{std::move(*place), std::move(treated)});
    return std::nullopt;
}

bool X12Treater::enter(const Elements &elements) {
    static const Treated removed{};
    elements_ = elements;
    const Text name = elements_[0];
    // What opens a loop ends those that were open below the one before it.
    if (name == "ST" || name == "HL") loops_.clear();
    const auto found = rows_.segments.find(name);
    here_ = found == rows_.segments.end() ? nullptr : &found->second;
    const Treated *own = find(0, 0);
    inherited_ = own ? own : rows_.rest ? &*rows_.rest : &removed;
    loops_[name] = elements_;
    return here_ || inherited_->treatment != Treatment::allow_list;
}

bool X12Treater::is(const X12Segment &what, const Elements &elements) const {
    const auto n = static_cast<std::size_t>(what.element);
    return what.element == 0 || (n < elements.size() && elements[n] == what.code);
}

const Treated *X12Treater::find(int element, int component) const {
    if (!here_) return nullptr;
    for (const X12Row &row : *here_) {
        const X12Place &p = row.place;
        if (p.element != element || p.component != component || !is(p.segment, elements_)) continue;
        const bool within = std::all_of(p.loops.begin(), p.loops.end(), [&](const X12Segment &l) {
            const auto open = loops_.find(l.name);
            return open != loops_.end() && is(l, open->second);
        });
        if (within) return &row.treated;
    }
    return nullptr;
}

void X12Treater::element(int n, const Allowed &allowed, std::string &out) {
    const Treated *own = find(n, 0);
    const Treated &treated = own ? *own : *inherited_;
    const Text raw = elements_[static_cast<std::size_t>(n)];
    if (treated.treatment == Treatment::substitute) {
        out.append(value({}, treated, n, 0));
        return;
    }
    const std::string base = treated.treatment == Treatment::allow_list ? allowed() : std::string();
    const bool below = here_ && std::any_of(here_->begin(), here_->end(), [&](const X12Row &row) {
                           return row.place.element == n && row.place.component > 0;
                       });
    if (!below && treated.treatment == Treatment::allow_list) {
        out.append(base);
        return;
    }
    const std::size_t start = out.size();
    hl7v2::Parts given(raw, d_.repetition), kept(base, d_.repetition);
    for (Text one; given.take(one);) {
        Text of_list;
        kept.take(of_list);
        const std::string left = repetition(one, treated, n, of_list);
        if (left.empty()) continue;
        if (out.size() > start) out += d_.repetition;
        out.append(left);
    }
}

std::string X12Treater::repetition(Text raw, const Treated &treated, int n, Text base) {
    std::string out;
    std::size_t pending = 0;
    int component = 0;
    const bool composite = raw.find(d_.component) != raw.npos;
    hl7v2::Parts given(raw, d_.component), kept(base, d_.component);
    for (Text one; given.take(one); ++pending) {
        ++component;
        Text of_list;
        kept.take(of_list);
        const Treated *own = find(n, component);
        const Treated &how = own ? *own : treated;
        std::string left;
        if (how.treatment == Treatment::allow_list) {
            left = of_list;
        } else if (!one.empty()) {
            left = value(one, how, n, composite ? component : 0);
        }
        if (left.empty()) continue;
        out.append(pending, d_.component).append(left);
        pending = 0;
    }
    return out;
}

std::string X12Treater::value(Text raw, const Treated &treated, int n, int component) {
    std::string out;
    if (treated.treatment == Treatment::substitute) {
        out = treated.parameters.find("with").as_text();
    } else if (treated.treatment == Treatment::year || treated.treatment == Treatment::date_shift) {
        // CCYYMMDD or two of them; a year has no form of its own (x12.h).
        const bool range = raw.size() == 17 && raw[8] == '-';
        for (const Text day :
             range ? std::vector<Text>{raw.substr(0, 8), raw.substr(9)} : std::vector<Text>{raw}) {
            const auto left = parse_x12_date(day) ? treater_.treat(treated, day, {}) : std::nullopt;
            if (!left) return {};
            if (!out.empty()) out += '-';
            out.append(*left);
            if (treated.treatment == Treatment::year) out.append("0101");
        }
    } else {
        std::string place = std::string(elements_[0]) + "." + std::to_string(n);
        if (component > 0) place.append(1, '.').append(std::to_string(component));
        out = treater_.treat(treated, raw, place).value_or(std::string());
    }
    // X12 knows no escapes: what would cut the element becomes a blank.
    if (treated.treatment != Treatment::keep)
        for (char &c : out)
            if (c == d_.element || c == d_.component || c == d_.segment ||
                (d_.repetition != '\0' && c == d_.repetition))
                c = ' ';
    return out;
}

}  // namespace clinical::deid
