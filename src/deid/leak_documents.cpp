#include "deid/leak_documents.h"

#include <algorithm>
#include <vector>

#include "core/json.h"
#include "core/limits.h"
#include "deid/leak_shapes.h"
#include "xml/reader.h"

namespace clinical::deid {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool is_any(std::string_view text, std::initializer_list<std::string_view> of) {
    return std::find(of.begin(), of.end(), text) != of.end();
}

// A whole name ("Mary Jane White"): all of it, and its words.
void add_full_name(std::string_view name, LeakKeys &keys) {
    const std::size_t blank = name.rfind(' ');
    if (blank == std::string_view::npos)
        keys.add_text(LeakCategory::name, name);
    else
        keys.add_name(name.substr(blank + 1), name.substr(0, blank));
}

// tel:, mailto:, http: and plain values.
void add_contact(std::string_view value, bool fax, LeakKeys &keys) {
    for (const std::string_view scheme : {"tel:", "fax:", "sms:", "mailto:"})
        if (value.starts_with(scheme)) {
            fax = fax || scheme == "fax:";
            value.remove_prefix(scheme.size());
            break;
        }
    if (value.find('@') != std::string_view::npos)
        add_email(value, keys);
    else if (value.find("//") != std::string_view::npos)
        keys.add_text(LeakCategory::url, value);
    else
        add_telephone(value, fax ? LeakCategory::fax : LeakCategory::phone, keys);
}

void add_zip(std::string_view zip, LeakKeys &keys) {
    keys.add_text(LeakCategory::geography, zip);
    if (zip.size() > 5) keys.add_text(LeakCategory::geography, zip.substr(0, 5));
}

// HL7 table 0203, as codes of identifiers' types.
LeakCategory category_of(std::string_view type, LeakCategory otherwise) {
    if (type == "SS" || type == "SSN" || type == "SB") return LeakCategory::ssn;
    if (is_any(type, {"MR", "PI", "PT"})) return LeakCategory::mrn;
    if (is_any(type, {"DL", "LN", "NPI", "PRN", "MD"})) return LeakCategory::licence;
    if (is_any(type, {"AN", "GI", "WC"})) return LeakCategory::account;
    if (is_any(type, {"HC", "MB", "MC", "MA", "PN", "SN"})) return LeakCategory::health_plan;
    return otherwise;
}

// --- FHIR ----------------------------------------------------------------------------------------

class Fhir {
public:
    explicit Fhir(LeakKeys &keys) : keys_(keys) {}

    // The parser has bounded the depth.
    void walk(const core::Json &node, std::string_view key, std::string_view type) {
        switch (node.kind()) {
            case core::Kind::array:
                for (std::size_t i = 0; i < node.size(); ++i) walk(node.at(i), key, type);
                return;
            case core::Kind::object: return object(node, key, type);
            case core::Kind::string: return leaf(node.as_text(), key);
            case core::Kind::number: return number(node.as_text());
            default: return;
        }
    }

private:
    static std::string_view text_at(const core::Json &node, std::string_view key) {
        const core::Json &value = node.find(key);
        return value.kind() == core::Kind::string ? std::string_view(value.as_text())
                                                  : std::string_view();
    }

    template <typename Each>
    static void texts(const core::Json &node, Each each) {
        if (node.kind() == core::Kind::string) each(std::string_view(node.as_text()));
        for (std::size_t i = 0; node.kind() == core::Kind::array && i < node.size(); ++i)
            if (node.at(i).kind() == core::Kind::string)
                each(std::string_view(node.at(i).as_text()));
    }

    void object(const core::Json &node, std::string_view key, std::string_view type) {
        const std::string_view own = text_at(node, "resourceType");
        if (!own.empty()) type = own;
        const auto has = [&](std::string_view name) {
            return node.find(name).kind() != core::Kind::absent;
        };
        const bool coding = has("code") && has("system") && !has("value") && own.empty();
        if (coding) {
            keys_.add_ordinary(text_at(node, "code"));
            keys_.add_ordinary(text_at(node, "display"));
        }
        if (has("family") || (key == "name" && has("given"))) person(node);
        if (key == "name" && has("text")) add_full_name(text_at(node, "text"), keys_);
        if (has("postalCode") || has("city") || has("line")) address(node);
        if (key == "telecom")
            add_contact(text_at(node, "value"), text_at(node, "system") == "fax", keys_);
        if (key == "identifier") identifier(node, type);
        if (has("reference")) add_full_name(text_at(node, "display"), keys_);
        for (std::size_t i = 0; i < node.size(); ++i) {
            const std::string_view below = node.key(i);
            const bool said = coding && is_any(below, {"code", "display", "system", "version"});
            if (!said) walk(node.at(i), below, type);
        }
    }

    void person(const core::Json &name) {
        std::string given;
        texts(name.find("given"), [&](std::string_view part) {
            keys_.add_name(text_at(name, "family"), part);
            given += (given.empty() ? "" : " ") + std::string(part);
        });
        keys_.add_name(text_at(name, "family"), given);
    }

    void address(const core::Json &node) {
        texts(node.find("line"), [&](std::string_view line) { add_street(line, keys_); });
        keys_.add_text(LeakCategory::street, text_at(node, "text"));
        for (const std::string_view part : {"city", "district"})
            keys_.add_text(LeakCategory::geography, text_at(node, part));
        add_zip(text_at(node, "postalCode"), keys_);
    }

    void identifier(const core::Json &node, std::string_view type) {
        LeakCategory category = type == "Patient"    ? LeakCategory::mrn
                                : type == "Coverage" ? LeakCategory::health_plan
                                : type == "Account"  ? LeakCategory::account
                                : type == "Device"   ? LeakCategory::device
                                                     : LeakCategory::other;
        const core::Json &codings = node.find("type").find("coding");
        for (std::size_t i = 0; i < codings.size(); ++i)
            category = category_of(text_at(codings.at(i), "code"), category);
        if (text_at(node, "system") == "http://hl7.org/fhir/sid/us-ssn")
            category = LeakCategory::ssn;
        keys_.add_text(category, text_at(node, "value"));
    }

    void leaf(std::string_view text, std::string_view key) {
        if (is_any(key, {"system", "url", "profile", "resourceType", "status", "code",
                         "contentType", "versionId", "unit", "instantiatesUri", "fullUrl"}))
            return;
        if (key == "id" || key == "reference") {
            const std::size_t slash = text.rfind('/');
            keys_.add_text(LeakCategory::other,
                           slash == std::string_view::npos ? text : text.substr(slash + 1));
            return;
        }
        if (is_any(key, {"serialNumber", "lotNumber", "deviceIdentifier", "carrierHRF",
                         "distinctIdentifier"}))
            keys_.add_text(LeakCategory::device, text);
        if (is_any(key, {"subscriberId", "policyNumber"}))
            keys_.add_text(LeakCategory::health_plan, text);
        add_shapes(std::string(text), key == "valueString", keys_);
    }

    void number(std::string_view digits) {
        if (digits.size() >= 7 && digits.find_first_not_of("0123456789") == std::string_view::npos)
            keys_.add_text(LeakCategory::other, digits, true);
    }

    LeakKeys &keys_;
};

// --- CDA -----------------------------------------------------------------------------------------

class Ccda : public xml::Handler {
public:
    explicit Ccda(LeakKeys &keys) : keys_(keys) {}

    void start(const xml::Tag &tag) override {
        open_.push_back({std::string(tag.name.local), {}, false});
        if (open_.size() > 1) open_[open_.size() - 2].has_children = true;
        const std::string &name = open_.back().name;
        if (name == "name") family_.clear(), given_.clear();
        std::string_view extension;
        std::string_view root;
        std::string_view code;
        std::string_view display;
        std::string_view system;
        for (const xml::Attribute &attribute : tag.attributes) {
            const std::string_view key = attribute.name.local;
            const std::string_view value = attribute.value;
            if (key == "extension") extension = value;
            if (key == "root") root = value;
            if (key == "code") code = value;
            if (key == "displayName") display = value;
            if (key == "codeSystem") system = value;
            if (key != "value") continue;
            FullDate date;
            if (name == "telecom")
                add_contact(value, false, keys_);
            else if (read_date(value, date))
                keys_.add_date(date.year, date.month, date.day);
        }
        if (!system.empty()) {
            keys_.add_ordinary(code);
            keys_.add_ordinary(display);
        }
        if (name == "id" || name == "setId") {
            const bool patient = within("patientRole");
            const LeakCategory category = root == "2.16.840.1.113883.4.1"   ? LeakCategory::ssn
                                          : root == "2.16.840.1.113883.4.6" ? LeakCategory::licence
                                          : patient                         ? LeakCategory::mrn
                                                                            : LeakCategory::other;
            if (!extension.empty()) keys_.add_text(category, extension);
            // A root that is no OID is a UUID, which names the thing by itself.
            if (extension.empty() && !is_oid(root)) keys_.add_text(category, root);
        }
    }

    void text(std::string_view piece) override {
        if (!open_.empty()) open_.back().text += piece;
    }

    void end(const xml::Name &) override {
        const Element element = std::move(open_.back());
        open_.pop_back();
        const std::string said = trimmed(element.text);
        const std::string &name = element.name;
        if (name == "family") {
            family_ = said;
        } else if (name == "given") {
            given_.push_back(said);
        } else if (name == "name") {
            if (element.has_children) {
                std::string all;
                for (const std::string &given : given_) {
                    keys_.add_name(family_, given);
                    all += (all.empty() ? "" : " ") + given;
                }
                keys_.add_name(family_, all);
            } else {
                add_full_name(said, keys_);
            }
        } else if (is_any(name, {"streetAddressLine", "streetName", "additionalLocator"})) {
            add_street(said, keys_);
        } else if (is_any(name, {"city", "county", "precinct"})) {
            keys_.add_text(LeakCategory::geography, said);
        } else if (name == "postalCode") {
            add_zip(said, keys_);
        } else if (name == "lotNumberText") {
            keys_.add_text(LeakCategory::device, said);
        } else if (!said.empty()) {
            add_shapes(said, false, keys_);
        }
    }

private:
    struct Element {
        std::string name;
        std::string text;
        bool has_children;
    };

    static std::string trimmed(const std::string &text) {
        const std::size_t first = text.find_first_not_of(" \t\r\n");
        if (first == std::string::npos) return {};
        return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
    }

    [[nodiscard]] bool within(std::string_view name) const {
        return open_.size() > 1 && open_[open_.size() - 2].name == name;
    }

    LeakKeys &keys_;
    std::vector<Element> open_;
    std::string family_;
    std::vector<std::string> given_;
};

// --- lines of fields -----------------------------------------------------------------------------

std::vector<std::string_view> cut(std::string_view text, char delimiter) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find(delimiter, begin);
        parts.push_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) return parts;
        begin = end + 1;
    }
}

class X12 {
public:
    X12(char component, LeakKeys &keys) : component_(component), keys_(keys) {}

    void segment(const std::vector<std::string_view> &e) {
        const std::string_view id = e[0];
        const auto at = [&](std::size_t n) { return n < e.size() ? e[n] : std::string_view(); };
        if (id == "NM1") {
            if (at(2) == "2")
                keys_.add_text(LeakCategory::name, at(3));
            else
                keys_.add_name(at(3), at(4)), keys_.add_text(LeakCategory::name, at(5));
            keys_.add_text(category_by_qualifier(at(8)), at(9));
        } else if (id == "N1") {
            keys_.add_text(LeakCategory::name, at(2));
            keys_.add_text(category_by_qualifier(at(3)), at(4));
        } else if (id == "N2") {
            keys_.add_text(LeakCategory::name, at(1));
            keys_.add_text(LeakCategory::name, at(2));
        } else if (id == "N3") {
            add_street(at(1), keys_);
            add_street(at(2), keys_);
        } else if (id == "N4") {
            keys_.add_text(LeakCategory::geography, at(1));
            add_zip(at(3), keys_);
        } else if (id == "PER") {
            add_full_name(at(2), keys_);
            for (std::size_t n = 3; n + 1 < e.size(); n += 2)
                add_contact(e[n + 1], e[n] == "FX", keys_);
        } else if (id == "REF") {
            keys_.add_text(at(1) == "SY"                             ? LeakCategory::ssn
                           : is_any(at(1), {"EA"})                   ? LeakCategory::mrn
                           : is_any(at(1), {"0F", "1L", "IG", "1W"}) ? LeakCategory::health_plan
                                                                     : LeakCategory::other,
                           at(2));
        } else if (is_any(id, {"CLM", "CLP"})) {
            keys_.add_text(LeakCategory::account, at(1));
            if (id == "CLP") keys_.add_text(LeakCategory::other, at(7));
        } else if (is_any(id, {"TRN", "BHT"})) {
            keys_.add_text(LeakCategory::other, at(id == "TRN" ? 2 : 3));
        } else if (id == "BPR") {
            for (const std::size_t n : {7, 9, 13, 15}) keys_.add_text(LeakCategory::account, at(n));
        } else if (is_any(id, {"HI", "SV1", "SV2", "SV3", "SVC"})) {
            for (const std::string_view element : e)
                for (const std::string_view part : cut(element, component_))
                    keys_.add_ordinary(part);
        }
        if (is_any(id, {"ISA", "GS", "ST", "SE", "GE", "IEA"})) return;
        // Dates of every qualifier (D8, RD8) and what else shows by its look.
        for (std::size_t n = 1; n < e.size(); ++n)
            for (const std::string_view date : cut(e[n], '-'))
                add_shapes(std::string(date), true, keys_);
        for (std::size_t n = 1; n < e.size(); ++n)
            if (e[n].find('-') != std::string_view::npos)
                add_shapes(std::string(e[n]), true, keys_);
    }

private:
    static LeakCategory category_by_qualifier(std::string_view qualifier) {
        if (qualifier == "34") return LeakCategory::ssn;
        if (is_any(qualifier, {"MI", "HN", "MC", "PI"})) return LeakCategory::health_plan;
        if (is_any(qualifier, {"XX", "24", "FI", "SV"})) return LeakCategory::licence;
        return LeakCategory::other;
    }

    char component_;
    LeakKeys &keys_;
};

enum class Column { unknown, name, number, ssn, plan, account, phone, email, street, place };

Column column_of(std::string_view header) {
    std::string name;
    for (const char c : lower(header))
        if (c >= 'a' && c <= 'z') name += c;
    const auto has = [&](std::initializer_list<std::string_view> words) {
        return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
            return name.find(word) != std::string::npos;
        });
    };
    if (has({"ssn", "socialsec"})) return Column::ssn;
    if (has({"email"})) return Column::email;
    if (has({"phone", "fax", "mobile", "cell"})) return Column::phone;
    if (has({"member", "subscriber", "policy", "insuranceid", "medicaid", "medicare"}))
        return Column::plan;
    if (has({"account"})) return Column::account;
    if (has({"street", "address", "addr"})) return Column::street;
    if (has({"city", "town", "county", "zip", "postal", "postcode"})) return Column::place;
    if (has({"mrn", "patientid", "recordn", "licen", "serial", "identifier", "encounterid",
             "visitid"}) ||
        name == "id")
        return Column::number;
    if (has({"firstname", "lastname", "surname", "given", "family", "middlename", "maiden",
             "patientname", "fullname", "providername"}) ||
        name == "first" || name == "last" || name == "name")
        return Column::name;
    return Column::unknown;
}

// RFC 4180: quotes around a field hide separators and line ends; two of them are one.
template <typename OnRow>
void csv_rows(std::string_view text, OnRow on_row) {
    std::vector<std::string> row(1);
    bool quoted = false;
    // The separator is the one that stands first outside of words.
    const std::size_t mark = text.find_first_of(",;\t|\r\n");
    const char separator =
        mark == std::string_view::npos || text[mark] == '\r' || text[mark] == '\n' ? ','
                                                                                   : text[mark];
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"')
                row.back() += c;
            else if (i + 1 < text.size() && text[i + 1] == '"')
                row.back() += text[++i];
            else
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == separator) {
            row.emplace_back();
        } else if (c == '\n') {
            on_row(row);
            row.assign(1, {});
        } else if (c != '\r') {
            row.back() += c;
        }
    }
    if (row.size() > 1 || !row[0].empty()) on_row(row);
}

void add_field(Column column, const std::string &value, LeakKeys &keys) {
    switch (column) {
        case Column::name: return add_full_name(value, keys);
        case Column::number: return keys.add_text(LeakCategory::mrn, value);
        case Column::ssn: return keys.add_text(LeakCategory::ssn, value);
        case Column::plan: return keys.add_text(LeakCategory::health_plan, value);
        case Column::account: return keys.add_text(LeakCategory::account, value);
        case Column::phone: return add_contact(value, false, keys);
        case Column::email: return add_email(value, keys);
        case Column::street: return add_street(value, keys);
        case Column::place: return add_zip(value, keys);
        case Column::unknown: return add_shapes(value, false, keys);
    }
}

}  // namespace

void add_fhir(const std::string &text, LeakKeys &keys) {
    Fhir fhir(keys);
    if (const auto whole = core::parse_json(text); whole.ok())
        return fhir.walk(whole.value(), "", "");
    for (const std::string_view line : cut(text, '\n')) {
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        if (const auto one = core::parse_json(line); one.ok())
            fhir.walk(one.value(), "", "");
        else
            add_shapes(std::string(line), false, keys);
    }
}

void add_ccda(const std::string &text, LeakKeys &keys) {
    Ccda handler(keys);
    // What a broken document says before it breaks has been taken; the rest by its look.
    if (xml::read(text, handler, core::Limits{})) add_shapes(text, false, keys);
}

void add_x12(const std::string &text, LeakKeys &keys) {
    // ISA: the fourth byte separates elements, the last two components and segments.
    const bool fixed = text.starts_with("ISA") && text.size() > 105;
    const char element = fixed ? text[3] : '*';
    const char terminator = fixed ? text[105] : '~';
    X12 reader(fixed ? text[104] : ':', keys);
    for (std::string_view segment : cut(text, terminator)) {
        const std::size_t first = segment.find_first_not_of(" \r\n\t");
        if (first == std::string_view::npos) continue;
        reader.segment(cut(segment.substr(first), element));
    }
}

void add_csv(const std::string &text, LeakKeys &keys) {
    std::vector<Column> columns;
    std::vector<std::size_t> names;
    bool first = true;
    csv_rows(text, [&](const std::vector<std::string> &row) {
        if (first) {
            first = false;
            for (const std::string &header : row) columns.push_back(column_of(header));
            const bool says = std::any_of(columns.begin(), columns.end(),
                                          [](Column c) { return c != Column::unknown; });
            if (says) return;
            columns.clear();
        }
        std::string name;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const Column column = i < columns.size() ? columns[i] : Column::unknown;
            add_field(column, row[i], keys);
            if (column != Column::name) continue;
            // First and last name stand beside each other.
            if (!name.empty()) keys.add_name(row[i], name);
            name = row[i];
        }
    });
}

}  // namespace clinical::deid
