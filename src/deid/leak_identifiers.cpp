#include "deid/leak_identifiers.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "deid/leak_documents.h"
#include "deid/leak_shapes.h"
#include "deid/leak_text.h"

namespace clinical::deid {

namespace {

// Kinds of fields, as the letters of leak_fields.inc:
//   N person name  C person with number  L name with place and time  A address  T telecom
//   O organization  E coded  P pair of numbers  G place
//   numbers: S social security  H health plan  I licence  V device  K account  M patient  R other
struct SegmentFields {
    const char *segment;
    const char *fields;
};

constexpr SegmentFields field_table[] = {
#include "deid/data/leak_fields.inc"
};

using FieldKinds = std::vector<std::string_view>;  // by field number

std::unordered_map<std::string_view, FieldKinds> make_kinds() {
    std::unordered_map<std::string_view, FieldKinds> kinds;
    for (const auto &[segment, fields] : field_table) {
        FieldKinds &of = kinds[segment];
        for (const char *p = fields; *p;) {
            char *letters = nullptr;
            const auto field = static_cast<std::size_t>(std::strtol(p, &letters, 10));
            const std::size_t n = std::strcspn(letters, " ");
            if (of.size() <= field) of.resize(field + 1);
            of[field] = std::string_view(letters, n);
            p = letters + n;
            while (*p == ' ') ++p;
        }
    }
    return kinds;
}

const FieldKinds *kinds_of(std::string_view segment) {
    static const auto kinds = make_kinds();
    const auto at = kinds.find(segment);
    return at == kinds.end() ? nullptr : &at->second;
}

struct Delimiters {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';
    char subcomponent = '&';
};

using Parts = std::vector<std::string_view>;

void split(std::string_view text, char delimiter, Parts &parts) {
    parts.clear();
    if (text.empty()) return;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find(delimiter, begin);
        parts.push_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) return;
        begin = end + 1;
    }
}

std::string_view part(const Parts &parts, std::size_t n) {  // 1-based
    return n <= parts.size() ? parts[n - 1] : std::string_view();
}

bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_null(std::string_view text) { return text.empty() || text == "\"\""; }

class Reader {
public:
    Reader(std::string_view text, LeakKeys &matcher) : text_(text), matcher_(matcher) {}

    void read() {
        take_delimiters();
        // CR ends a segment; LF does where there is no CR (domain: HL7 v2 2.5.2).
        const char end = text_.find('\r') != std::string_view::npos ? '\r' : '\n';
        for (std::size_t begin = 0; begin < text_.size();) {
            std::size_t stop = std::min(text_.find(end, begin), text_.size());
            std::string_view line = text_.substr(begin, stop - begin);
            while (!line.empty() && (line.front() == '\n' || line.front() == '\x0b'))
                line.remove_prefix(1);
            segment(line);
            begin = stop + 1;
        }
    }

private:
    void take_delimiters() {
        const std::size_t at = text_.find("MSH");
        if (at == std::string_view::npos || at + 4 > text_.size()) return;
        d_.field = text_[at + 3];
        const std::string_view rest = text_.substr(at + 4);
        const std::size_t n = std::min(rest.find(d_.field), rest.size());
        if (n > 0) d_.component = rest[0];
        if (n > 1) d_.repetition = rest[1];
        if (n > 2) d_.escape = rest[2];
        if (n > 3) d_.subcomponent = rest[3];
    }

    // Escapes decoded, so that what is compared is what was meant.
    [[nodiscard]] std::string plain(std::string_view raw) const {
        if (is_null(raw)) return {};
        if (raw.find(d_.escape) == std::string_view::npos) return std::string(raw);
        std::string out;
        for (std::size_t i = 0; i < raw.size();) {
            const std::size_t end =
                raw[i] == d_.escape ? raw.find(d_.escape, i + 1) : std::string_view::npos;
            if (end == std::string_view::npos) {
                out += raw[i++];
                continue;
            }
            const std::string_view body = raw.substr(i + 1, end - i - 1);
            if (body == "F")
                out += d_.field;
            else if (body == "S")
                out += d_.component;
            else if (body == "T")
                out += d_.subcomponent;
            else if (body == "R")
                out += d_.repetition;
            else if (body == "E")
                out += d_.escape;
            else if (!body.empty() && body[0] == 'X')
                out += undo_escapes("\\" + std::string(body) + "\\");
            else
                out += ' ';
            i = end + 1;
        }
        return out;
    }

    void segment(std::string_view line) {
        if (line.size() < 3) return;
        Parts fields;
        split(line, d_.field, fields);
        const std::string_view id = fields[0];
        const FieldKinds *kinds = kinds_of(id);
        // MSH-1 is the separator itself: what stands first after it is field 2.
        const std::size_t shift = id == "MSH" || id == "FHS" || id == "BHS" ? 1 : 0;
        for (std::size_t i = 1; i < fields.size(); ++i) {
            const std::size_t number = i + shift;
            if (shift == 1 && number == 2) continue;
            if (is_null(fields[i])) continue;
            std::optional<std::string_view> known;
            if (kinds) known = number < kinds->size() ? (*kinds)[number] : std::string_view();
            if (id == "OBX" && number == 5) known = kinds_by_type(part(fields, 3));
            Parts repetitions;
            split(fields[i], d_.repetition, repetitions);
            for (const std::string_view repetition : repetitions)
                field(id, number, repetition, known);
        }
    }

    // OBX-5 has the type that OBX-2 says.
    static std::string_view kinds_by_type(std::string_view type) {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 17> types{
            {{"XPN", "N"},
             {"PN", "N"},
             {"XCN", "C"},
             {"CN", "C"},
             {"PPN", "C"},
             {"NDL", "L"},
             {"XAD", "A"},
             {"AD", "A"},
             {"XTN", "T"},
             {"TN", "T"},
             {"XON", "O"},
             {"CE", "E"},
             {"CWE", "E"},
             {"CNE", "E"},
             {"CX", "R"},
             {"EI", "R"},
             {"CK", "R"}}};
        for (const auto &[name, kinds] : types)
            if (type == name) return kinds;
        return {};
    }

    void field(std::string_view segment, std::size_t number, std::string_view repetition,
               std::optional<std::string_view> known) {
        Parts components;
        split(repetition, d_.component, components);
        const std::string_view kinds = known.value_or(std::string_view());
        for (const char kind : kinds) take(kind, components);
        const bool coded =
            !is_null(part(components, 3)) && kinds.find('E') != std::string_view::npos;
        if (!coded) shapes(repetition, number == 5 && segment == "OBX");
        if (!known) unknown(components);
        // Numbers where none belong: feeds put them one field off.
        if (known && kinds.empty() && !(number == 5 && segment == "OBX")) numbers(components, true);
    }

    void numbers(const Parts &components, bool doubtful) {
        for (const std::string_view component : components) {
            const std::string value = plain(component);
            FullDate date;
            if (digits_in(value) >= 5 && value.size() <= 40 &&
                value.find('.') == std::string::npos && !read_date(value, date))
                matcher_.add_text(LeakCategory::other, value, doubtful || digits_in(value) < 7);
        }
    }

    // Fields of segments that no standard defines.
    void unknown(const Parts &components) {
        numbers(components, false);
        const auto wordy = [&](std::string_view raw) {
            const std::string value = plain(raw);
            return value.size() >= 2 && std::all_of(value.begin(), value.end(), [](char c) {
                       return letter(c) || c == '\'' || c == '-' || c == ' ';
                   });
        };
        // WORD^WORD without a coding system behind: a name, perhaps.
        if (components.size() >= 2 && wordy(components[0]) && wordy(components[1]))
            matcher_.add_name(plain(components[0]), plain(components[1]), true);
    }

    void take(char kind, const Parts &components) {
        switch (kind) {
            case 'N': return person(components, 1);
            case 'C':
                number(LeakCategory::licence, part(components, 1));
                return person(components, 2);
            case 'L': {
                Parts who;
                split(part(components, 1), d_.subcomponent, who);
                number(LeakCategory::licence, part(who, 1));
                return person(who, 2);
            }
            case 'A': return address(components);
            case 'T': return telecom(components);
            case 'O': return organization(components);
            case 'E': return coded(components);
            case 'P':
                for (std::size_t n = 1; n <= 2; ++n) {
                    Parts sub;
                    split(part(components, n), d_.subcomponent, sub);
                    number(LeakCategory::other, part(sub, 1));
                }
                return;
            case 'G': return words(LeakCategory::geography, part(components, 1));
            case 'S': return number(LeakCategory::ssn, part(components, 1));
            case 'H':
                return number(by_type(components, LeakCategory::health_plan), part(components, 1));
            case 'I':
                return number(by_type(components, LeakCategory::licence), part(components, 1));
            case 'V': return number(LeakCategory::device, part(components, 1));
            case 'K':
                return number(by_type(components, LeakCategory::account), part(components, 1));
            case 'M': return number(by_type(components, LeakCategory::mrn), part(components, 1));
            default: return number(by_type(components, LeakCategory::other), part(components, 1));
        }
    }

    // CX.5 says what a number is (HL7 table 0203).
    [[nodiscard]] static LeakCategory by_type(const Parts &components, LeakCategory otherwise) {
        const std::string_view type = part(components, 5);
        if (type == "SS") return LeakCategory::ssn;
        if (type == "MR" || type == "PI" || type == "PT") return LeakCategory::mrn;
        if (type == "DL" || type == "LN" || type == "NPI") return LeakCategory::licence;
        if (type == "AN" || type == "GI" || type == "WC") return LeakCategory::account;
        if (type == "HC" || type == "MC" || type == "MA" || type == "PN")
            return LeakCategory::health_plan;
        return otherwise;
    }

    void number(LeakCategory category, std::string_view raw) {
        Parts sub;
        split(raw, d_.subcomponent, sub);
        const std::string value = plain(part(sub, 1));
        if (!is_oid(value)) matcher_.add_text(category, value);
    }

    void words(LeakCategory category, std::string_view raw) {
        matcher_.add_text(category, plain(raw));
    }

    // Family name with its parts, given and further names; suffix, prefix and degree are no names.
    void person(const Parts &components, std::size_t first) {
        Parts families;
        split(part(components, first), d_.subcomponent, families);
        const std::string given = plain(part(components, first + 1));
        const std::string middle = plain(part(components, first + 2));
        if (families.empty()) families.emplace_back();
        for (const std::string_view family : families) matcher_.add_name(plain(family), given);
        if (!middle.empty()) matcher_.add_name(middle, {});
    }

    void address(const Parts &components) {
        Parts street;
        split(part(components, 1), d_.subcomponent, street);
        for (std::size_t i = 0; i < street.size() && i < 2; ++i)
            add_street(plain(street[i]), matcher_);
        words(LeakCategory::street, part(components, 2));
        for (const std::size_t n : {3, 5, 8, 9, 10})
            words(LeakCategory::geography, part(components, n));
        const std::string zip = plain(part(components, 5));
        if (digits_in(zip) == 9 && zip.size() <= 10)
            matcher_.add_text(LeakCategory::geography, zip.substr(0, 5));
    }

    void telecom(const Parts &components) {
        const bool fax = part(components, 3) == "FX" || part(components, 2) == "FX";
        const LeakCategory category = fax ? LeakCategory::fax : LeakCategory::phone;
        const auto telephone = [&](const std::string &value) {
            add_telephone(value, category, matcher_);
        };
        // (nnn)nnn-nnnnXextension: the extension is no part of the number.
        telephone(plain(part(components, 1)));
        telephone(plain(part(components, 12)));
        telephone(plain(part(components, 6)) + plain(part(components, 7)));
        telephone(plain(part(components, 7)));
        const std::string mail = plain(part(components, 4));
        if (mail.find('@') != std::string::npos) add_email(mail, matcher_);
    }

    void organization(const Parts &components) {
        words(LeakCategory::name, part(components, 1));
        number(LeakCategory::other, part(components, 3));
        number(LeakCategory::other, part(components, 10));
    }

    void coded(const Parts &components) {
        for (const std::size_t n : {1, 4}) {
            if (is_null(part(components, n + 2))) continue;  // no coding system: any text
            matcher_.add_ordinary(plain(part(components, n)));
            matcher_.add_ordinary(plain(part(components, n + 1)));
        }
    }

    // Identifiers that show by their look, whatever the field.
    void shapes(std::string_view repetition, bool answer) {
        for (std::size_t i = 0; i < repetition.size();) {
            std::size_t end = i;
            while (end < repetition.size() && repetition[end] != d_.component &&
                   repetition[end] != d_.subcomponent)
                ++end;
            add_shapes(plain(repetition.substr(i, end - i)), answer, matcher_);
            i = end + 1;
        }
    }

    std::string_view text_;
    LeakKeys &matcher_;
    Delimiters d_;
};

// MSH-18, read before the bytes are text.
std::string_view charset_of(std::string_view record) {
    const std::size_t at = record.find("MSH");
    if (at == std::string_view::npos || at + 4 > record.size()) return {};
    const std::string_view header = record.substr(at, record.find_first_of("\r\n", at) - at);
    Parts fields;
    split(header, header[3], fields);
    const std::string_view field = part(fields, 18);
    return field.substr(0, field.find('~'));
}

}  // namespace

void add_identifiers(std::string_view record, LeakKeys &matcher) {
    const std::string text = decode_bytes(record, charset_of(record));
    Reader(text, matcher).read();
}

bool add_identifiers(std::string_view format, std::string_view record, LeakKeys &matcher) {
    if (format == "hl7v2") {
        add_identifiers(record, matcher);
        return true;
    }
    static constexpr std::pair<std::string_view, void (*)(const std::string &, LeakKeys &)>
        documents[] = {{"fhir", add_fhir},
                       {"ccda", add_ccda},
                       {"cda", add_ccda},
                       {"x12", add_x12},
                       {"csv", add_csv}};
    for (const auto &[name, add] : documents)
        if (format == name) return add(decode_bytes(record), matcher), true;
    return false;
}

}  // namespace clinical::deid
