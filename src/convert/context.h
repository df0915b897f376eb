#pragma once

// What the conversion of one message shares: options, issues, times, the resources it states.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "convert/fields.h"
#include "convert/options.h"
#include "convert/statement.h"
#include "core/limits.h"
#include "core/partial_date.h"
#include "hl7v2/hl7v2.h"

namespace clinical::convert {

// Where in the message the engine stands, for issues; written out only when one is raised.
struct Place {
    const Fields *segment = nullptr;
    int field = 0;
    int repetition = 1;
    int component = 0;
    [[nodiscard]] std::string text() const;
};

class Context {
public:
    Context(const hl7v2::Message &message, const Options &options, const core::Limits &limits);
    Context(const Context &) = delete;
    Context &operator=(const Context &) = delete;

    const hl7v2::Message &message;
    const Options &options;
    const Mapping &mapping;
    const core::Limits &limits;
    Fields header;  // MSH

    Place place;
    std::vector<Statement> statements;

    // ---- issues ----
    void issue(std::string_view severity, std::string_view code, std::string_view format_code,
               std::string_view text, std::string_view expression = {});

    // ---- text ----
    // The value's text; characters that FHIR strings refuse are gone.
    static std::string text(const hl7v2::Value &value);

    // ---- times ----
    std::optional<core::PartialDate> time(const hl7v2::Value &value);
    std::string date_time(const hl7v2::Value &value);  // empty when it is none
    std::string date(const hl7v2::Value &value);
    std::string instant(const hl7v2::Value &value);
    // The time `amount` units (s, min, h, d; HL7's own words for them, too) after `value`; empty
    // when that cannot be said.  A local time keeps its offset.
    std::string later(const hl7v2::Value &value, const std::string &amount, std::string_view unit);
    // For ordering: a time without a zone counts as UTC.
    std::optional<std::int64_t> micros(const hl7v2::Value &value);

    // ---- identity ----
    // An authority as URI: HD or the last three components of EI, in `hd`.
    std::string authority_uri(const hl7v2::Value &id, const hl7v2::Value &universal,
                              const hl7v2::Value &type);
    std::string authority_uri(const hl7v2::Value &hd, bool is_subcomponent);
    // The authority of an EI; its namespace may hold a whole HD, which senders do.
    std::string entity_authority(const hl7v2::Value &ei);
    // What scopes identifiers without an authority: options.authority, else MSH-4, else the feed.
    [[nodiscard]] const std::string &scope() const { return scope_; }
    [[nodiscard]] const std::string &facility() const { return facility_; }

    // ---- directory ----
    // States an Organization, Practitioner or Location once and returns "Type/id", or nothing
    // when `resource` names nobody.
    std::string directory(std::string_view type, core::Json resource);

    // The same for a resource whose id the caller knows.
    std::string state_once(std::string_view type, std::string id, core::Json resource);

    // ---- statements ----
    Statement &state(std::string_view type, std::string id, std::string patient_id,
                     core::Json resource);

    // Whether `type`/`id` has been stated by this message.
    [[nodiscard]] bool is_stated(std::string_view type, std::string_view id) {
        return find_statement(type, id) != nullptr;
    }
    // That statement; null when there is none.
    Statement *find_statement(std::string_view type, std::string_view id);
    // How often this id has come up, this time included: two things may have one key.
    int times_seen(const std::string &id) { return ++seen_[id]; }

private:
    std::optional<int> offset_of(const core::PartialDate &time);
    std::uint32_t &stated_place(std::string_view type, std::string_view id);
    void remember_last();

    std::optional<int> message_offset_;
    std::string scope_;
    std::string facility_;
    std::set<std::string> issued_;
    std::unordered_map<std::string, int> seen_;
    // Statements of resources by type and id: open addressing, 1 + index, 0 where there is none;
    // never more than half full.
    std::vector<std::uint32_t> stated_;
    std::size_t stated_count_ = 0;
};

// Removes what holds nothing: absent elements, empty objects and arrays.  False when nothing is
// left.
bool prune(core::Json &json);

// Text fit for the path part of a URN: others than unreserved characters percent-encoded.
std::string urn_part(std::string_view text);

}  // namespace clinical::convert
