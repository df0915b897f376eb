#pragma once

// A policy document as an argument, and what its key gives (src/pg/policy.cpp, deid_keyed.cpp).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/jsonb_reader.h"
#include "core/sha256.h"
#include "deid/policy.h"
#include "deid/policy_text.h"
#include "pg/deid_arguments.h"
#include "pg/json.h"
#include "pg/keyed_hash.h"

namespace clinical::pg {

// The compiled policy of one call site.
struct PolicySite {
    std::string source;
    std::optional<deid::Policy> policy;
    KeyedDigest keyed = keyed_hash();  // reads the key at its first use
    // Of a policy with action scrub, for the reference date of the options.
    deid::note::Options note_options;
    std::optional<deid::PolicyText> text;

    // Compiles argument `n` again when it is another document.
    const deid::Policy &compile(FunctionCallInfo fcinfo, int n) {
        const bridge::JsonbNode document = bridge::jsonb_argument(fcinfo, n);
        if (!policy || source != document.image()) {
            policy.reset();
            policy = bridge::take(deid::compile_policy(pg_json(document)));
            source = document.image();
        }
        return *policy;
    }
};

inline PolicySite &policy_site(FunctionCallInfo fcinfo) {
    auto *site = static_cast<PolicySite *>(fcinfo->flinfo->fn_extra);
    if (!site) {
        site = bridge::make_in<PolicySite>(fcinfo->flinfo->fn_mcxt);
        fcinfo->flinfo->fn_extra = site;
    }
    return *site;
}

// HMAC of `text` for one purpose of a policy, as 64 hexadecimal digits.
inline std::string policy_hash_of(const deid::Policy &policy, const KeyedDigest &keyed,
                                  std::string_view purpose, std::string_view text) {
    return core::to_hex(keyed("policy/" + policy.name + "/" + std::string(purpose), text));
}

// By how many days a policy moves the dates of a person: uniform over a year in both directions,
// never by nothing.
inline int shift_days_of(const deid::Policy &policy, const KeyedDigest &keyed,
                         std::string_view person) {
    const auto bytes = keyed("policy/" + policy.name + "/date_shift", person);
    std::uint32_t drawn = 0;
    for (int i = 0; i < 4; ++i) drawn = drawn << 8 | bytes[static_cast<std::size_t>(i)];
    const int steps = policy.keep_weekday ? 52 : 364;
    const int step = static_cast<int>(drawn % static_cast<std::uint32_t>(2 * steps));
    const int moved = step < steps ? step - steps : step - steps + 1;
    return policy.keep_weekday ? moved * 7 : moved;
}

}  // namespace clinical::pg
