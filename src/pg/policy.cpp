// Policies of de-identification other than the plain safe harbor: SQL's view of src/deid/policy.h.

#include "deid/policy.h"
#include "bridge/jsonb_reader.h"
#include "bridge/jsonb_writer.h"
#include "bridge/value.h"
#include "deid/ccda.h"
#include "deid/expert.h"
#include "deid/safe_harbor.h"
#include "deid/v2.h"
#include "deid/x12.h"
#include "pg/deid_arguments.h"
#include "pg/policy_argument.h"

extern "C" {
#include "mb/pg_wchar.h"
}

using namespace clinical;
using bridge::JsonbNode;

namespace {

// The arguments (record, policy, person, reference_date, codes) of every apply function.
struct Applied {
    pg::PolicySite &site;
    const deid::Policy &policy;  // compiled once per call site and document
    deid::Person person;
    deid::Options options;
    deid::KeyedHash hash;

    Applied(FunctionCallInfo fcinfo, deid::Format format)
        : site(pg::policy_site(fcinfo)), policy(site.compile(fcinfo, 1)) {
        if (auto error = policy.refuse(format)) throw std::move(*error);
        if (!PG_ARGISNULL(2)) person = deid::read_person(bridge::jsonb_argument(fcinfo, 2));
        options.person = &person;
        policy.apply_to(options, &hash);
        options.reference =
            pg::to_date(PG_ARGISNULL(3) ? bridge::pg([] { return GetSQLCurrentDate(); })
                                        : PG_GETARG_DATEADT(3));
        options.on_known = person.on_known.value_or(deid::OnKnown::remove);
        options.interrupt = bridge::limits().interrupt;
        hash = [this](std::string_view purpose, std::string_view text) {
            return pg::policy_hash_of(policy, site.keyed, purpose, text);
        };
        if (policy.shifts_dates) {
            if (person.id.empty())
                pg::refuse("invalid person", "A policy that shifts dates needs its person_id.");
            options.shift_days = pg::shift_days_of(policy, site.keyed, person.id);
        }
    }
    Applied(const Applied &) = delete;
    Applied &operator=(const Applied &) = delete;
};

// What a policy with action scrub needs beside: the person's facts as notes may say them.
class Scrubbing {
public:
    Scrubbing(FunctionCallInfo fcinfo, const Applied &applied) {
        if (!applied.policy.scrubs) return;
        if (GetDatabaseEncoding() != PG_UTF8)
            pg::refuse("invalid policy", "Action scrub needs a database in UTF8.");
        if (!PG_ARGISNULL(2)) known_ = deid::read_known_facts(bridge::jsonb_argument(fcinfo, 2));
        pg::PolicySite &site = applied.site;
        if (!site.text || site.note_options.reference != applied.options.reference) {
            site.note_options.reference = applied.options.reference;
            site.text.emplace(site.note_options, nullptr, bridge::limits());
        }
        text_ = &*site.text;
        text_->know(&known_);
    }
    ~Scrubbing() {
        if (text_) text_->know(nullptr);
    }
    Scrubbing(const Scrubbing &) = delete;
    Scrubbing &operator=(const Scrubbing &) = delete;

    deid::PolicyText *text() { return text_; }

private:
    deid::note::Known known_;
    deid::PolicyText *text_ = nullptr;  // of the call site
};

// Runs `write(codes)` with the codes of argument 4, or with none.
template <typename Write>
bool with_codes(FunctionCallInfo fcinfo, Write write) {
    if (PG_ARGISNULL(4)) {
        deid::NoCodes none;
        return write(none);
    }
    deid::GivenCodes<JsonbNode> given(bridge::jsonb_argument(fcinfo, 4));
    return write(given);
}

// What `write(text, options, codes, copy)` leaves of argument 0; where the policy has rows for a
// second pass, what these leave of that.  Nothing when it is dropped.
template <typename Write>
std::optional<std::string> written(FunctionCallInfo fcinfo, const Applied &applied,
                                   const deid::Options &options, deid::Format format, Write write) {
    std::string copy;
    const bool is_there = with_codes(fcinfo, [&](auto &codes) {
        deid::CodesFrom from(codes);
        return write(bridge::text_argument(fcinfo, 0), options, from, copy);
    });
    if (!is_there) return std::nullopt;
    if (!applied.policy.is_second(format)) return copy;
    deid::NoCodes none;
    deid::CodesFrom from(none);
    std::string again;
    if (!write(copy, applied.policy.second_of(options), from, again)) return std::nullopt;
    return again;
}

Datum to_text_or_null(FunctionCallInfo fcinfo, const std::optional<std::string> &text) {
    if (!text) PG_RETURN_NULL();
    return bridge::to_text(*text);
}

bool is_missing(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(1)) pg::refuse("invalid policy", "It must be an object.");
    return PG_ARGISNULL(0);
}

}  // namespace

CLINICAL_FUNCTION(apply_policy) {
    if (is_missing(fcinfo)) PG_RETURN_NULL();
    const Applied applied(fcinfo, deid::Format::fhir);
    const JsonbNode resource = bridge::jsonb_argument(fcinfo, 0);
    bridge::JsonbWriter writer;
    const auto by_rows = [&](const JsonbNode &given) {
        Scrubbing scrubbing(fcinfo, applied);
        deid::ExpertWriter<JsonbNode, bridge::JsonbWriter> rows(
            applied.policy, applied.options, applied.hash, scrubbing.text(), writer);
        return rows.write(given);
    };
    const auto by_allow_list = [&] {
        return with_codes(fcinfo, [&](auto &codes) {
            using Codes = std::remove_reference_t<decltype(codes)>;
            deid::SafeHarbor<JsonbNode, bridge::JsonbWriter, Codes> engine(applied.options, codes,
                                                                           writer);
            return engine.write(resource);
        });
    };
    if (applied.policy.is_second(deid::Format::fhir)) {
        if (!by_allow_list()) PG_RETURN_NULL();
        if (!by_rows(JsonbNode(DatumGetJsonbP(writer.finish())))) PG_RETURN_NULL();
    } else if (!(applied.policy.treatments.empty() ? by_allow_list() : by_rows(resource))) {
        PG_RETURN_NULL();
    }
    return writer.finish();
}

CLINICAL_FUNCTION(apply_policy_hl7v2) {
    if (is_missing(fcinfo)) PG_RETURN_NULL();
    const Applied applied(fcinfo, deid::Format::hl7v2);
    Scrubbing scrubbing(fcinfo, applied);
    deid::Options options = applied.options;
    options.text = scrubbing.text();
    return to_text_or_null(fcinfo, written(fcinfo, applied, options, deid::Format::hl7v2,
                                           [](std::string_view text, const deid::Options &by,
                                              deid::CodeSource &codes, std::string &copy) {
                                               const auto message = bridge::take(
                                                   hl7v2::Message::parse(text, bridge::limits()));
                                               deid::write_v2(message, by, codes, copy);
                                               return true;
                                           }));
}

CLINICAL_FUNCTION(apply_policy_xml) {
    if (is_missing(fcinfo)) PG_RETURN_NULL();
    const Applied applied(fcinfo, deid::Format::cda);
    Scrubbing scrubbing(fcinfo, applied);
    deid::Options options = applied.options;
    options.text = scrubbing.text();
    return to_text_or_null(fcinfo, written(fcinfo, applied, options, deid::Format::cda,
                                           [](std::string_view text, const deid::Options &by,
                                              deid::CodeSource &codes, std::string &copy) {
                                               return deid::write_ccda(text, by, bridge::limits(),
                                                                       codes, copy);
                                           }));
}

CLINICAL_FUNCTION(apply_policy_x12) {
    if (is_missing(fcinfo)) PG_RETURN_NULL();
    const Applied applied(fcinfo, deid::Format::x12);
    return to_text_or_null(fcinfo, written(fcinfo, applied, applied.options, deid::Format::x12,
                                           [](std::string_view text, const deid::Options &by,
                                              deid::CodeSource &codes, std::string &copy) {
                                               deid::write_x12(text, by, codes, copy);
                                               return true;
                                           }));
}

// Compiles a policy: raises, or gives its mode.
CLINICAL_FUNCTION(policy_mode) {
    const deid::Policy policy =
        bridge::take(deid::compile_policy(pg_json(bridge::jsonb_argument(fcinfo, 0))));
    return bridge::to_text(deid::name_of(policy.mode));
}

CLINICAL_FUNCTION(scrubber_version) { return bridge::to_text(deid::note::scrubber_version); }
