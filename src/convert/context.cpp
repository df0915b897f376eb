#include "convert/context.h"

#include <algorithm>

#include "convert/codes.h"
#include "convert/ids.h"

namespace clinical::convert {

using core::Json;

std::string Place::text() const {
    if (!segment) return {};
    std::string out(segment->id());
    if (segment->occurrence() > 1) out += "[" + std::to_string(segment->occurrence()) + "]";
    if (field == 0) return out;
    out += "-" + std::to_string(field);
    if (repetition > 1) out += "[" + std::to_string(repetition) + "]";
    if (component > 0) out += "." + std::to_string(component);
    return out;
}

std::string urn_part(std::string_view text) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '.' || c == '_' || c == '~' || c == ':') {
            out += c;
        } else {
            out += '%';
            out += hex[u >> 4];
            out += hex[u & 15];
        }
    }
    return out;
}

namespace {

// Whether there is nothing to decode and nothing to take out, as in most values.
bool is_plain(std::string_view raw, const hl7v2::Delimiters *delimiters) {
    const char escape = delimiters ? delimiters->escape : '\0';
    return std::none_of(raw.begin(), raw.end(), [escape](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == escape;
    });
}

// An extension that has its url alone (ext-1).
bool says_nothing(const Json &extension) {
    return extension.size() == 1 && !extension.find("url").is_absent();
}

}  // namespace

bool prune(Json &json) {
    switch (json.kind()) {
        case core::Kind::absent: return false;
        case core::Kind::object:
            json.erase_members_if([](std::string_view key, Json &value) {
                if (key == "extension" || key == "modifierExtension")
                    value.erase_if([](Json &one) { return !prune(one) || says_nothing(one); });
                return !prune(value);
            });
            return json.size() > 0;
        case core::Kind::array:
            json.erase_if([](Json &part) { return !prune(part); });
            return json.size() > 0;
        case core::Kind::string: return !json.as_text().empty();
        default: return true;
    }
}

Context::Context(const hl7v2::Message &m, const Options &o, const core::Limits &l)
    : message(m), options(o), mapping(o.mapping()), limits(l), header(m[0], m.delimiters(), 1) {
    const auto sent = core::parse_dtm(header[7].component(1).text());
    if (sent.ok()) message_offset_ = sent.value().offset_minutes;
    place = {&header, 4, 1, 0};
    facility_ = authority_uri(header[4], false);
    place = {};
    if (!options.authority.empty())
        scope_ = options.authority.find(':') == std::string::npos
                     ? "urn:id:" + urn_part(options.authority)
                     : options.authority;
    else if (!facility_.empty())
        scope_ = facility_;
    else
        scope_ = "urn:id:feed:" + urn_part(options.feed);
    if (facility_.empty()) facility_ = scope_;
    statements.reserve(32);
    stated_.resize(64);
}

void Context::issue(std::string_view severity, std::string_view code, std::string_view format_code,
                    std::string_view text, std::string_view expression) {
    const std::string location = place.text();
    if (!issued_.insert(std::string(format_code) + "|" + location + "|" + std::string(expression))
             .second)
        return;
    Statement s;
    s.kind = Statement::Kind::issue;
    s.issue = {std::string(severity),   std::string(code), std::string(format_code), location,
               std::string(expression), std::string(text)};
    statements.push_back(std::move(s));
}

std::string Context::text(const hl7v2::Value &value) {
    if (!value.has_value()) return {};
    if (std::string_view raw = value.raw(); is_plain(raw, value.delimiters())) {
        while (!raw.empty() && raw.front() == ' ') raw.remove_prefix(1);
        while (!raw.empty() && raw.back() == ' ') raw.remove_suffix(1);
        return std::string(raw);
    }
    std::string out = value.text();
    // FHIR strings hold no control characters but tab, CR and LF, and no white space around.
    std::erase_if(out, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
    });
    const auto first = out.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    const auto last = out.find_last_not_of(" \t\r\n");
    if (first > 0 || last + 1 < out.size()) out = out.substr(first, last - first + 1);
    return out;
}

std::optional<core::PartialDate> Context::time(const hl7v2::Value &value) {
    const std::string t = text(value.component(1).subcomponent(1));
    if (t.empty() || t == "0" || t == "00000000") return {};
    auto parsed = core::parse_dtm(t);
    if (!parsed.ok()) {
        issue("warning", "value", "invalid-time", "not a date or time of HL7 v2");
        return {};
    }
    return std::move(parsed).value();
}

std::optional<int> Context::offset_of(const core::PartialDate &time) {
    if (time.offset_minutes) return time.offset_minutes;
    if (options.zone) {
        const auto offset = options.zone->offset_of(time);
        if (offset.ambiguous)
            issue("warning", "value", "ambiguous-time",
                  "the local time occurs twice; the first is meant");
        if (offset.nonexistent)
            issue("warning", "value", "nonexistent-time",
                  "the local time does not occur; the offset before the change is used");
        return offset.minutes;
    }
    return message_offset_;
}

std::string Context::date_time(const hl7v2::Value &value) {
    const auto parsed = time(value);
    if (!parsed) return {};
    if (!parsed->has_time()) return parsed->to_fhir_date_time();
    const auto offset = offset_of(*parsed);
    if (!offset)
        issue("warning", "incomplete", "time-zone-unknown",
              "no offset, no zone of the feed: the time is left out");
    return parsed->to_fhir_date_time(offset);
}

std::string Context::date(const hl7v2::Value &value) {
    const auto parsed = time(value);
    return parsed ? parsed->to_fhir_date() : std::string();
}

std::string Context::instant(const hl7v2::Value &value) {
    const auto parsed = time(value);
    if (!parsed) return {};
    if (!parsed->has_time() || parsed->precision < core::Precision::minute) {
        issue("information", "incomplete", "imprecise-instant",
              "an instant needs a time; left out");
        return {};
    }
    core::PartialDate exact = *parsed;
    exact.precision = core::Precision::second;  // FHIR asks for seconds; 00 when not sent
    const auto offset = offset_of(exact);
    if (!offset) {
        issue("warning", "incomplete", "time-zone-unknown",
              "no offset, no zone of the feed: the time is left out");
        return {};
    }
    return exact.to_fhir_instant(offset).value_or("");
}

namespace {

// HL7 v2 spells units as it likes: ISO+ and ANSI codes, words, none (minutes).
std::int64_t seconds_of(std::string_view unit) {
    std::string u(unit);
    for (char &c : u)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (u.empty() || u.starts_with("min") || u == "m") return 60;
    if (u == "s" || u.starts_with("sec")) return 1;
    if (u == "h" || u.starts_with("hr") || u.starts_with("hour")) return 3600;
    if (u == "d" || u.starts_with("day")) return 86400;
    return 0;
}

// Adds to the wall clock.  The offset stays: what lasts over a change of the clock is written in
// the offset it began with, which is the same moment.
void add_seconds(core::PartialDate &time, std::int64_t seconds) {
    std::int64_t days = core::days_from_civil(time.year, time.month, time.day);
    std::int64_t clock = time.hour * 3600 + time.minute * 60 + time.second + seconds;
    days += clock / 86400;
    clock %= 86400;
    time.hour = static_cast<int>(clock / 3600);
    time.minute = static_cast<int>(clock / 60 % 60);
    time.second = static_cast<int>(clock % 60);
    // Days to a date: months are walked, the span is short.
    std::int64_t left = days - core::days_from_civil(time.year, time.month, time.day);
    while (left-- > 0) {
        if (++time.day <= core::days_in_month(time.year, time.month)) continue;
        time.day = 1;
        if (++time.month <= 12) continue;
        time.month = 1;
        time.year++;
    }
}

}  // namespace

std::string Context::later(const hl7v2::Value &value, const std::string &amount,
                           std::string_view unit) {
    auto start = time(value);
    const std::int64_t scale = seconds_of(unit);
    if (!start || !start->has_time() || amount.empty() || amount.size() > 7 || scale == 0 ||
        amount.find_first_not_of("0123456789") != std::string::npos)
        return {};
    const auto offset = offset_of(*start);
    const std::int64_t seconds = std::stoll(amount) * scale;
    if (!offset || seconds > 366LL * 86400 || start->year > 9000) return {};
    start->offset_minutes = offset;
    if (start->precision < core::Precision::second) start->precision = core::Precision::second;
    add_seconds(*start, seconds);
    return start->to_fhir_date_time(offset);
}

std::optional<std::int64_t> Context::micros(const hl7v2::Value &value) {
    const auto parsed = time(value);
    if (!parsed) return {};
    if (!parsed->has_time() && !options.zone && !message_offset_) return parsed->unix_micros(0);
    const auto offset = offset_of(*parsed);
    if (!offset)
        issue("warning", "incomplete", "time-zone-unknown",
              "no offset, no zone of the feed: ordered as UTC");
    return parsed->unix_micros(offset.value_or(0));
}

std::string Context::authority_uri(const hl7v2::Value &id, const hl7v2::Value &universal,
                                   const hl7v2::Value &type) {
    const std::string u = text(universal);
    const std::string t = text(type);
    // A universal id is the same in every message; a namespace is a name of the site.
    if (!u.empty()) {
        if ((t == "ISO" || t.empty()) && is_oid(u)) {
            if (const auto known = known_system(u); !known.empty()) return std::string(known);
            return "urn:oid:" + u;
        }
        if (t == "UUID" || t == "GUID") {
            if (const std::string uuid = uuid_of(u); !uuid.empty()) return "urn:uuid:" + uuid;
        }
        if ((t == "URI" || t == "URL") && is_uri(u)) return u;
        // What calls itself an OID or UUID and is none (R4: oid, uuid) is a name of the site.
        if (t == "ISO" || t == "UUID" || t == "GUID" || t == "URI" || t == "URL")
            issue("warning", "value", "invalid-authority",
                  "the universal id is not of the type that it names; it is taken as a name");
        return "urn:id:" + urn_part(u);
    }
    const std::string n = text(id);
    return n.empty() ? std::string() : named_authority(n);
}

std::string Context::authority_uri(const hl7v2::Value &hd, bool is_subcomponent) {
    if (!hd.has_value()) return {};
    if (is_subcomponent)
        return authority_uri(hd.subcomponent(1), hd.subcomponent(2), hd.subcomponent(3));
    return authority_uri(hd.component(1), hd.component(2), hd.component(3));
}

std::string Context::entity_authority(const hl7v2::Value &ei) {
    if (ei.component(2).subcomponents() > 1) return authority_uri(ei.component(2), true);
    return authority_uri(ei.component(2), ei.component(3), ei.component(4));
}

namespace {

// A role is known by who has it, as what, where and for whom; empty when it names none of these.
std::string role_id(const Json &role) {
    const std::string_view who = role.find("practitioner").find("reference").as_text();
    const std::string_view whom = role.find("organization").find("reference").as_text();
    const std::string_view where = role.find("location").at(0).find("reference").as_text();
    if (who.empty() && whom.empty() && where.empty()) return {};
    const Json &code = role.find("code").at(0);
    const std::string as =
        code.is_absent() ? std::string()
                         : std::string(code.find("coding").at(0).find("code").as_text()) + "|" +
                               std::string(code.find("coding").at(0).find("system").as_text());
    const Json &number = role.find("identifier").at(0);
    const std::string_view value = number.find("value").as_text();
    if (!value.empty())
        return digest_id(
            {"PractitionerRole", "identifier", number.find("system").as_text(), value, who, as});
    if (as.empty() && where.empty()) return digest_id({"PractitionerRole", who, whom});
    return digest_id({"PractitionerRole", who, whom, as, where});
}

}  // namespace

std::string Context::directory(std::string_view type, Json resource) {
    if (!prune(resource)) return {};
    const Json &identifier = resource.find("identifier").at(0);
    const std::string value(identifier.find("value").as_text());
    std::string id;
    if (type == "PractitionerRole") {
        // A role that says nothing but who has it is that person.
        if (resource.size() == 1 && !resource.find("practitioner").is_absent())
            return std::string(resource.find("practitioner").find("reference").as_text());
        id = role_id(resource);
        if (id.empty()) return {};
    } else if (!value.empty()) {
        const std::string system(identifier.find("system").as_text());
        id = digest_id({type, system.empty() ? scope_ : system, value});
    } else {
        const Json &name = resource.find("name");
        const Json &address = resource.find("address");
        if (name.is_absent()) {
            // A place may be known by where it is.
            if (type != "Location" || address.is_absent()) return {};
            return state_once(type, digest_id({type, "address", scope_, core::to_text(address)}),
                              std::move(resource));
        }
        // Somebody without a number is known by the name within the sender's scope.
        id = digest_id({type, "name", scope_, core::to_text(name)});
    }
    return state_once(type, std::move(id), std::move(resource));
}

namespace {

// Another address or number of the same person is added; one that is there is not.
void add_new(Json &list, Json &more) {
    for (std::size_t i = 0; i < more.size() && list.size() < 50; i++) {
        const Json &one = more.at(i);
        bool is_known = false;
        for (std::size_t k = 0; k < list.size() && !is_known; k++) is_known = list.at(k) == one;
        if (!is_known) list.push(std::move(more.element(i)));
    }
}

}  // namespace

std::string Context::state_once(std::string_view type, std::string id, Json resource) {
    std::string reference;
    reference.reserve(type.size() + 1 + id.size());
    reference.append(type).append(1, '/').append(id);
    Statement *known = find_statement(type, id);
    if (!known) {
        state(type, std::move(id), "", std::move(resource));
        return reference;
    }
    // Said again in the same message: what is new is added.
    Json &stated = known->resource;
    for (std::size_t i = 0; i < resource.size(); i++) {
        const std::string key(resource.key(i));
        if (stated.find(key).is_absent()) {
            stated.set(key, std::move(resource.member(i)));
        } else if (stated.find(key).kind() == core::Kind::array) {
            add_new(stated[key], resource.member(i));
        }
    }
    return reference;
}

// The place of that statement, or the empty one where it would stand.
std::uint32_t &Context::stated_place(std::string_view type, std::string_view id) {
    std::size_t at = std::hash<std::string_view>()(id);
    for (;; at++) {
        std::uint32_t &place = stated_[at & (stated_.size() - 1)];
        if (place == 0) return place;
        const Statement &s = statements[place - 1];
        if (s.id == id && s.resource_type == type) return place;
    }
}

// The first of two statements of one resource is the one that is found.
void Context::remember_last() {
    if (2 * ++stated_count_ > stated_.size()) {
        std::vector<std::uint32_t> before(2 * stated_.size());
        before.swap(stated_);
        for (const std::uint32_t place : before)
            if (place != 0)
                stated_place(statements[place - 1].resource_type, statements[place - 1].id) = place;
    }
    std::uint32_t &place = stated_place(statements.back().resource_type, statements.back().id);
    if (place == 0) place = static_cast<std::uint32_t>(statements.size());
}

Statement *Context::find_statement(std::string_view type, std::string_view id) {
    const std::uint32_t place = stated_place(type, id);
    return place == 0 ? nullptr : &statements[place - 1];
}

Statement &Context::state(std::string_view type, std::string id, std::string patient_id,
                          Json resource) {
    Statement s;
    s.kind = Statement::Kind::resource;
    s.resource_type = type;
    s.id = std::move(id);
    s.patient_id = std::move(patient_id);
    s.resource = std::move(resource);
    s.resource.insert(0, "resourceType", Json::string(type));
    s.resource.insert(1, "id", Json::string(s.id));
    Statement &stated = statements.emplace_back(std::move(s));
    remember_last();
    return stated;
}

}  // namespace clinical::convert
