#include "convert/mapping.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <iterator>

#include "convert/fields.h"

namespace clinical::convert {

namespace {

struct StaticRow {
    std::string_view map, source, target, datatype, condition, vocabulary, constant;
};

constexpr StaticRow shipped_rows[] = {
#include "convert/data/rows.inc"
};

constexpr TableRow table_rows[] = {
#include "convert/data/codes.inc"
};

core::Error bad(const MappingRow &row, std::string_view column, std::string_view what) {
    // Rows are configuration, not patient data: they may be named.
    return {core::ErrorCode::invalid_option, "invalid mapping row",
            "Row " + row.map + " " + row.source + " -> " + row.target + ", column " +
                std::string(column) + ": " + std::string(what) + ".",
            0};
}

// Data types that the engine reads itself, because rows cannot say what they mean.
Native native_of(std::string_view datatype) {
    static constexpr std::pair<std::string_view, Native> natives[] = {
        {"[CodeableConcept]", Native::codeable},
        {"[Coding]", Native::coding},
        {"[code]", Native::code},
        {"[DateTime]", Native::dtm},
        {"[dateTime]", Native::dtm},
    };
    static constexpr std::pair<std::string_view, Native> whole[] = {
        {"CWE[string]", Native::string},
        {"HD[uri]", Native::uri},
        {"EI[uri]", Native::entity_uri},
        {"CWE[system]", Native::system},
        {"XON[string]", Native::organization_name},
        {"XPN[string]", Native::display_name},
        {"PL[Location]", Native::location},
        {"NDL[Location]", Native::staff_location},
    };
    for (const auto &[name, native] : whole)
        if (datatype == name) return native;
    for (const auto &[suffix, native] : natives)
        if (datatype.ends_with(suffix)) return native;
    return Native::none;
}

bool is_table(std::string_view vocabulary) {
    return vocabulary.size() == 4 && std::all_of(vocabulary.begin(), vocabulary.end(),
                                                 [](char c) { return c >= '0' && c <= '9'; });
}

// "identifier[2].type.coding.code" from `type`; slots are numbered per map.
class TargetParser {
public:
    TargetParser(Map &map, std::map<std::string, int> &slots) : map_(map), slots_(slots) {}

    const char *parse(std::string_view text, std::string_view type, std::string prefix, Row &row) {
        std::size_t last_repeating = std::string::npos;
        std::size_t indexed = std::string::npos;
        const std::size_t first = row.target.size();
        while (!text.empty()) {
            const auto end = text.find_first_of(".[(");
            Step step;
            step.name = text.substr(0, end);
            text = end == std::string_view::npos ? std::string_view() : text.substr(end);
            const bool was_indexed = text.starts_with('[');
            if (was_indexed) {
                const auto close = text.find(']');
                if (close == std::string_view::npos) return "it does not parse";
                const auto result =
                    std::from_chars(text.data() + 1, text.data() + close, step.index);
                if (result.ec != std::errc() || result.ptr != text.data() + close ||
                    step.index < 1 || step.index > 99)
                    return "it does not parse";
                step.index--;
                text.remove_prefix(close + 1);
            }
            const Element *element = find_element(type, step.name);
            if (!element) return "there is no such element";
            step.type = type = element->type;
            step.repeats = element->repeats;
            row.leaf = element;
            prefix += "." + step.name;
            if (step.repeats) prefix += "[" + std::to_string(step.index) + "]";
            const std::size_t at = row.target.size();
            if (step.repeats) {
                if (was_indexed && indexed == std::string::npos) indexed = at;
                last_repeating = at;
                if (at == first) step.slot = slot(prefix);
            }
            if (is_primitive(type) && text.starts_with('.')) {
                step.name.insert(0, 1, '_');  // its extensions stand beside it
                type = "Element";
            }
            prefixes_.push_back(prefix);
            row.target.push_back(std::move(step));
            if (text.starts_with('(')) return reference(text, prefix, row, indexed, last_repeating);
            if (text.starts_with('.')) text.remove_prefix(1);
        }
        repeat(row, indexed, last_repeating);
        return nullptr;
    }

private:
    int slot(const std::string &prefix) {
        return slots_.emplace(prefix, static_cast<int>(slots_.size())).first->second;
    }
    // Which step takes the repetitions of the field: the one that the row numbers, else the last
    // one if it repeats.
    void repeat(Row &row, std::size_t indexed, std::size_t last_repeating) {
        std::size_t at = indexed;
        if (at == std::string::npos && last_repeating + 1 == row.target.size()) at = last_repeating;
        if (at == std::string::npos) return;
        row.target[at].by_repetition = true;
        row.target[at].slot = slot(prefixes_[at]);
    }
    const char *reference(std::string_view text, std::string prefix, Row &row, std::size_t indexed,
                          std::size_t last_repeating) {
        if (!text.ends_with(')') || row.target.back().type != "Reference")
            return "it does not parse";
        text = text.substr(1, text.size() - 2);
        const auto dot = text.find('.');
        repeat(row, indexed, last_repeating);
        const std::string_view type = text.substr(0, dot);
        prefix += "(" + std::string(type) + ")";
        Referred referred{slot(prefix), {}, row.target.size()};
        for (std::string_view known :
             {"Organization", "Practitioner", "PractitionerRole", "Location", "Device"})
            if (type == known) referred.type = known;
        if (referred.type.empty()) return "it refers to a type that is not made";
        row.references.push_back(referred);
        row.leaf = nullptr;
        if (dot == std::string_view::npos) return nullptr;
        std::map<std::string, int> &slots = slots_;
        Row inner;
        if (const char *why =
                TargetParser(map_, slots).parse(text.substr(dot + 1), referred.type, prefix, inner))
            return why;
        for (auto &r : inner.references)
            row.references.push_back({r.slot, r.type, r.at + row.target.size()});
        for (auto &step : inner.target) row.target.push_back(std::move(step));
        row.leaf = inner.leaf;
        return nullptr;
    }

    Map &map_;
    std::map<std::string, int> &slots_;
    std::vector<std::string> prefixes_;
};

const char *parse_constant(std::string_view text, Constant &out) {
    if (!text.starts_with('"') && text.find_first_of("+.-") == std::string_view::npos) {
        out.pieces.push_back({std::string(text), {}, true});
        return nullptr;
    }
    while (!text.empty()) {
        Constant::Piece piece;
        if (text.front() == '"') {
            const auto end = text.find('"', 1);
            if (end == std::string_view::npos) return "it does not parse";
            piece.text = text.substr(1, end - 1);
            text.remove_prefix(end + 1);
        } else {
            const auto end = std::min(text.find('+'), text.size());
            auto position = parse_position(text.substr(0, end));
            if (!position.ok()) return "it does not parse";
            piece.position = position.value();
            piece.is_text = false;
            text.remove_prefix(end);
        }
        out.pieces.push_back(std::move(piece));
        if (text.empty()) break;
        if (text.front() != '+') return "it does not parse";
        text.remove_prefix(1);
    }
    return nullptr;
}

std::string_view type_of(std::string_view map) {
    const auto open = map.find('[');
    if (open == std::string_view::npos || !map.ends_with(']')) return {};
    map = map.substr(open + 1, map.size() - open - 2);
    return map.substr(0, map.find('-'));
}

}  // namespace

core::Result<bool> Mapping::compile(const std::vector<MappingRow> &rows) {
    std::map<std::string, std::map<std::string, int>> slots;
    for (const auto &row : rows) {
        auto &map = maps_[row.map];
        if (map) continue;
        map = std::make_unique<Map>();
        map->name = row.map;
        map->segment = row.map.substr(0, row.map.find('['));
        map->type = type_of(row.map);
        if (map->type.empty()) return bad(row, "map", "the map is not written SEGMENT[Type]");
    }
    for (const auto &text : rows) {
        Map &map = *maps_.find(text.map)->second;
        Row row;
        auto source = parse_position(text.source);
        if (!source.ok()) return bad(text, "source", "it does not parse");
        row.source = source.value();
        auto condition = Condition::parse(text.condition);
        if (!condition.ok()) return bad(text, "condition", "it does not parse");
        row.condition = std::move(condition).value();
        if (text.target != "$this") {
            if (const char *why =
                    TargetParser(map, slots[text.map]).parse(text.target, map.type, "", row))
                return bad(text, "target", why);
        }
        row.vocabulary = text.vocabulary;
        row.table = table_number(row.vocabulary);
        row.is_constant = !text.constant.empty();
        if (row.is_constant) {
            if (const char *why = parse_constant(text.constant, row.constant))
                return bad(text, "constant", why);
        } else if (!text.datatype.empty()) {
            row.native = native_of(text.datatype);
            if (row.native == Native::none) {
                const auto found = maps_.find(text.datatype);
                if (found == maps_.end()) return bad(text, "datatype", "there is no such map");
                row.datatype = found->second.get();
            }
        }
        if (row.target.empty() && !row.datatype)
            return bad(text, "datatype", "$this needs a data type map");
        row.clears = row.source.field > 0 && row.source.component == 0 && !row.is_constant &&
                     !row.target.empty() && row.target.front().name != "identifier" &&
                     row.target.front().name != "extension" &&
                     row.target.front().name.front() != '_';
        if (!row.is_constant && row.native == Native::none && !row.datatype && row.leaf &&
            !is_primitive(row.leaf->type)) {
            if (row.leaf->type == "CodeableConcept")
                row.native = Native::codeable;
            else if (row.leaf->type == "Coding")
                row.native = Native::coding;
            else
                return bad(text, "datatype",
                           "a " + std::string(row.leaf->type) + " needs a data type map");
        }
        if (row.source.field == 0 && !row.is_constant)
            map.components |= Fields::component_bit(row.source.component);
        for (const auto &piece : row.constant.pieces)
            if (!piece.is_text && piece.position.field == 0)
                map.components |= Fields::component_bit(piece.position.component);
        if (row.leaf) row.primitive = primitive_of(row.leaf->type);
        row.makes_coding = row.leaf && row.leaf->owner == "Coding" && row.leaf->name == "code";
        row.repeats = std::any_of(row.target.begin(), row.target.end(),
                                  [](const Step &s) { return s.by_repetition; });
        map.rows.push_back(std::move(row));
    }
    for (auto &[name, map] : maps_) {
        by_name_.emplace(name, map.get());
        map->slots = static_cast<int>(slots[name].size());
        std::stable_sort(map->rows.begin(), map->rows.end(), [](const Row &a, const Row &b) {
            return a.source.field < b.source.field;
        });
    }
    return true;
}

const Mapping &Mapping::shipped() {
    static const std::shared_ptr<const Mapping> mapping = with({}).value();
    return *mapping;
}

core::Result<std::shared_ptr<const Mapping>> Mapping::with(const std::vector<MappingRow> &overlay) {
    std::vector<MappingRow> rows;
    rows.reserve(std::size(shipped_rows) + overlay.size());
    for (const auto &r : shipped_rows) {
        const bool replaced = std::any_of(overlay.begin(), overlay.end(), [&](const auto &o) {
            return o.map == r.map && o.source == r.source && o.target == r.target;
        });
        if (replaced) continue;
        rows.push_back({std::string(r.map), std::string(r.source), std::string(r.target),
                        std::string(r.datatype), std::string(r.condition),
                        std::string(r.vocabulary), std::string(r.constant)});
    }
    rows.insert(rows.end(), overlay.begin(), overlay.end());
    auto mapping = std::make_shared<Mapping>();
    auto compiled = mapping->compile(rows);
    if (!compiled.ok()) return std::move(compiled).error();
    return std::shared_ptr<const Mapping>(std::move(mapping));
}

const Map *Mapping::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

std::vector<const Map *> Mapping::of_segment(std::string_view segment) const {
    std::vector<const Map *> out;
    for (const auto &[name, map] : maps_)
        if (map->segment == segment) out.push_back(map.get());
    return out;
}

namespace {

// Rows by vocabulary and code: open addressing, never more than half full.
class CodeIndex {
public:
    CodeIndex() {
        for (const TableRow &row : table_rows) {
            std::size_t at = place(row.table, row.code);
            while (rows_[at]) at = (at + 1) % size;
            rows_[at] = &row;
        }
    }
    [[nodiscard]] const TableRow *find(std::string_view table, std::string_view code) const {
        for (std::size_t at = place(table, code); rows_[at]; at = (at + 1) % size)
            if (rows_[at]->code == code && rows_[at]->table == table) return rows_[at];
        return nullptr;
    }

private:
    static constexpr std::size_t size = std::bit_ceil(2 * std::size(table_rows));
    static std::size_t place(std::string_view table, std::string_view code) {
        std::uint32_t hash = 2166136261;  // FNV-1a
        for (const std::string_view part : {table, code})
            for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
        return (hash ^ (hash >> 15)) % size;
    }
    const TableRow *rows_[size] = {};
};

}  // namespace

const TableRow *find_code(std::string_view table, std::string_view code) {
    static const CodeIndex index;
    return table.empty() ? nullptr : index.find(table, code);
}

std::string_view table_number(std::string_view vocabulary) {
    if (is_table(vocabulary)) return vocabulary;
    const auto *found =
        std::lower_bound(std::begin(table_rows), std::end(table_rows), vocabulary,
                         [](const TableRow &r, std::string_view key) { return r.table < key; });
    if (found == std::end(table_rows) || found->table != vocabulary) return {};
    return found->number;
}

}  // namespace clinical::convert
