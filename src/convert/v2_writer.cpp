#include "convert/v2_writer.h"

#include <algorithm>

namespace clinical::convert {

using core::Json;

namespace {

const hl7v2::Delimiters delimiters{};

// Between the subcomponents of a component that is still to be escaped.
constexpr char subcomponent_mark = '\x1f';

std::string joined(const Components &components, char separator) {
    std::size_t size = components.size();
    while (size > 0 && components[size - 1].empty()) size--;
    std::string out;
    for (std::size_t i = 0; i < size; i++) {
        if (i > 0) out += separator;
        std::string_view rest = components[i];
        for (auto mark = rest.find(subcomponent_mark); mark != std::string_view::npos;
             mark = rest.find(subcomponent_mark)) {
            out += hl7v2::escape(rest.substr(0, mark), delimiters) + '&';
            rest.remove_prefix(mark + 1);
        }
        out += hl7v2::escape(rest, delimiters);
    }
    return out;
}

std::string as_subcomponents(const Components &parts) {
    std::string out;
    std::size_t size = parts.size();
    while (size > 0 && parts[size - 1].empty()) size--;
    for (std::size_t i = 0; i < size; i++) {
        if (i > 0) out += subcomponent_mark;
        out += parts[i];
    }
    return out;
}

std::string text_of(const Json &json) { return std::string(json.as_text()); }

// Later ones of a list are joined by a space, as XPN.3 has it.
std::string joined_texts(const Json &list, std::size_t from) {
    std::string out;
    for (std::size_t i = from; i < list.size(); i++) {
        if (!out.empty()) out += ' ';
        out += list.at(i).as_text();
    }
    return out;
}

std::string_view translated(
    std::string_view code,
    std::initializer_list<std::pair<std::string_view, std::string_view>> map) {
    for (const auto &[from, to] : map)
        if (from == code) return to;
    return {};
}

std::string identifier_type(const Json &identifier) {
    for (const auto &coding : identifier.find("type").find("coding").elements())
        if (!coding.find("code").as_text().empty()) return text_of(coding.find("code"));
    return {};
}

}  // namespace

void SegmentWriter::set_raw(int field, std::string text) {
    if (!text.empty()) fields_[field] = std::move(text);
}

void SegmentWriter::set(int field, std::string_view text) {
    if (!text.empty()) fields_[field] = hl7v2::escape(text, delimiters);
}

void SegmentWriter::set_formatted(int field, std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t stop = std::min(text.find('\n', at), text.size());
        if (at > 0) out += "\\.br\\";
        out += hl7v2::escape(text.substr(at, stop - at), delimiters);
        at = stop + 1;
    }
    set_raw(field, std::move(out));
}

void SegmentWriter::set(int field, const Components &components) {
    set_raw(field, joined(components, '^'));
}

void SegmentWriter::add(int field, const Components &components) {
    std::string text = joined(components, '^');
    if (text.empty()) return;
    std::string &value = fields_[field];
    if (!value.empty()) value += '~';
    value += text;
}

std::string SegmentWriter::text() const {
    std::string out = id_;
    int at = id_ == "MSH" ? 1 : 0;  // MSH-1 is the separator
    for (const auto &[field, value] : fields_) {
        while (at < field) {
            out += '|';
            at++;
        }
        out += value;
    }
    return out;
}

std::string v2_time(std::string_view fhir) {
    std::string out;
    bool in_time = false;
    for (std::size_t i = 0; i < fhir.size(); i++) {
        const char c = fhir[i];
        if (c == 'T') {
            in_time = true;
        } else if (c == 'Z') {
            out += "+0000";
        } else if (in_time && (c == '+' || c == '-')) {
            out += c;
            for (const char d : fhir.substr(i + 1))
                if (d != ':') out += d;
            break;
        } else if (c == '.') {
            // HL7 has four digits of a second.
            out += c;
            int digits = 0;
            while (i + 1 < fhir.size() && fhir[i + 1] >= '0' && fhir[i + 1] <= '9') {
                i++;
                if (digits++ < 4) out += fhir[i];
            }
        } else if (c >= '0' && c <= '9') {
            out += c;
        }
    }
    return out;
}

Components v2_authority(std::string_view system) {
    if (system.empty()) return {};
    if (system == "http://hl7.org/fhir/sid/us-ssn") return {"SSA"};
    if (system == "http://hl7.org/fhir/sid/us-npi") return {"NPI"};
    if (system.starts_with("urn:oid:")) return {"", std::string(system.substr(8)), "ISO"};
    if (system.starts_with("urn:uuid:")) return {"", std::string(system.substr(9)), "UUID"};
    if (system.starts_with("urn:id:")) return {std::string(system.substr(7))};
    return {"", std::string(system), "URI"};
}

Components v2_cx(const Json &identifier) {
    return {text_of(identifier.find("value")), "", "",
            as_subcomponents(v2_authority(identifier.find("system").as_text())),
            identifier_type(identifier)};
}

Components v2_ei(const Json &identifier) {
    Components out{text_of(identifier.find("value"))};
    for (auto &part : v2_authority(identifier.find("system").as_text())) out.push_back(part);
    return out;
}

Components v2_xpn(const Json &name) {
    const std::string_view use = translated(name.find("use").as_text(), {{"official", "L"},
                                                                         {"usual", "D"},
                                                                         {"nickname", "N"},
                                                                         {"maiden", "M"},
                                                                         {"old", "BAD"},
                                                                         {"anonymous", "MSK"},
                                                                         {"temp", "TEMP"}});
    // FHIR keeps suffix (JR) and degree (MD) in one list, in that order.
    return {text_of(name.find("family")),
            text_of(name.find("given").at(0)),
            joined_texts(name.find("given"), 1),
            text_of(name.find("suffix").at(0)),
            joined_texts(name.find("prefix"), 0),
            joined_texts(name.find("suffix"), 1),
            std::string(use)};
}

Components v2_xad(const Json &address) {
    std::string_view use =
        translated(address.find("use").as_text(),
                   {{"home", "H"}, {"work", "B"}, {"temp", "C"}, {"old", "BA"}, {"billing", "BI"}});
    if (use.empty() && address.find("type").as_text() == "postal") use = "M";
    return {text_of(address.find("line").at(0)),
            joined_texts(address.find("line"), 1),
            text_of(address.find("city")),
            text_of(address.find("state")),
            text_of(address.find("postalCode")),
            text_of(address.find("country")),
            std::string(use),
            "",
            text_of(address.find("district"))};
}

Components v2_xtn(const Json &telecom) {
    const std::string system(telecom.find("system").as_text());
    const std::string_view use = telecom.find("use").as_text() == "work" ? "WPN" : "PRN";
    if (system == "email") return {"", "NET", "Internet", text_of(telecom.find("value"))};
    std::string_view equipment = translated(system, {{"fax", "FX"}, {"pager", "BP"}});
    if (equipment.empty()) equipment = telecom.find("use").as_text() == "mobile" ? "CP" : "PH";
    Components out(12);
    out[1] = use;
    out[2] = equipment;
    static constexpr std::pair<std::string_view, std::size_t> parts[] = {
        {"contactpoint-country", 4},
        {"contactpoint-area", 5},
        {"contactpoint-local", 6},
        {"contactpoint-extension", 7}};
    for (const auto &extension : telecom.find("extension").elements())
        for (const auto &[url, at] : parts)
            if (extension.find("url").as_text().ends_with(url))
                out[at] = text_of(extension.find("valueString"));
    // The whole number, unless its parts say it.
    if (out[6].empty()) out[11] = text_of(telecom.find("value"));
    return out;
}

Components v2_xcn(const Json &practitioner) {
    const Json &identifier = practitioner.find("identifier").at(0);
    const Components name = v2_xpn(practitioner.find("name").at(0));
    Components out(13);
    out[0] = text_of(identifier.find("value"));
    for (std::size_t i = 0; i < 5; i++) out[i + 1] = name[i];
    out[8] = as_subcomponents(v2_authority(identifier.find("system").as_text()));
    out[9] = name[6];
    out[12] = identifier_type(identifier);
    return out;
}

std::string v2_system(std::string_view uri) {
    static constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"http://loinc.org", "LN"},
        {"http://snomed.info/sct", "SCT"},
        {"http://unitsofmeasure.org", "UCUM"},
        {"http://hl7.org/fhir/sid/cvx", "CVX"},
        {"http://hl7.org/fhir/sid/mvx", "MVX"},
        {"http://hl7.org/fhir/sid/ndc", "NDC"},
        {"http://hl7.org/fhir/sid/icd-10-cm", "I10C"},
        {"http://hl7.org/fhir/sid/icd-10", "I10"},
        {"http://hl7.org/fhir/sid/icd-9-cm", "I9CDX"},
        {"http://www.nlm.nih.gov/research/umls/rxnorm", "RXNORM"},
        {"http://www.ama-assn.org/go/cpt", "C4"},
        {"urn:oid:2.16.840.1.113883.6.238", "CDCREC"},
        {"urn:ietf:bcp:47", "ISO639"}};
    for (const auto &[known, name] : names)
        if (known == uri) return std::string(name);
    constexpr std::string_view v2 = "http://terminology.hl7.org/CodeSystem/v2-";
    if (uri.starts_with(v2)) return "HL7" + std::string(uri.substr(v2.size()));
    if (uri.starts_with("urn:oid:")) return std::string(uri.substr(8));
    // A local system is its sender's name and its own.
    if (uri.starts_with("urn:id:")) return std::string(uri.substr(uri.rfind(':') + 1));
    return std::string(uri);
}

Components v2_cwe(const Json &value) {
    const auto &codings = value.find("coding").elements();
    Components out(9);
    // FHIR's own translation of a code of an HL7 table says nothing new to a v2 receiver.
    const auto is_repeated = [&](const Json &coding) {
        return coding.find("system").as_text().starts_with(
                   "http://terminology.hl7.org/CodeSystem/v3-") &&
               std::ranges::any_of(codings, [](const Json &other) {
                   return v2_system(other.find("system").as_text()).starts_with("HL7");
               });
    };
    std::size_t at = 0;
    const auto put = [&](const Json &coding) {
        if (at > 3) return;
        out[at] = text_of(coding.find("code"));
        out[at + 1] = text_of(coding.find("display"));
        out[at + 2] = v2_system(coding.find("system").as_text());
        at += 3;
    };
    if (value.find("coding").is_absent() && !value.find("code").is_absent()) put(value);
    for (const auto &coding : codings)
        if (!is_repeated(coding)) put(coding);
    const std::string text(value.find("text").as_text());
    if (at == 0)
        out[1] = text;
    else
        out[8] = text;
    return out;
}

}  // namespace clinical::convert
