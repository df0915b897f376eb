#pragma once

// A policy document as an argument, and what its key gives (src/pg/policy.cpp, deid_keyed.cpp).

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/jsonb_reader.h"
#include "deid/policy.h"
#include "pg/deid_arguments.h"
#include "pg/json.h"
#include "pg/keyed_hash.h"

namespace clinical::pg {

// The compiled policy of one call site.
struct PolicySite {
    std::string source;
    std::optional<deid::Policy> policy;
    decltype(keyed_hash()) keyed = keyed_hash();  // reads the key at its first use

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
template <typename Keyed>
std::string policy_hash_of(const deid::Policy &policy, const Keyed &keyed, std::string_view purpose,
                           std::string_view text) {
    std::string hex;
    for (const unsigned char byte :
         keyed("policy/" + policy.name + "/" + std::string(purpose), text)) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
}

// By how many days a policy moves the dates of a person: uniform over a year in both directions,
// never by nothing.
template <typename Keyed>
int shift_days_of(const deid::Policy &policy, const Keyed &keyed, std::string_view person) {
    const auto bytes = keyed("policy/" + policy.name + "/date_shift", person);
    std::uint32_t drawn = 0;
    for (int i = 0; i < 4; ++i) drawn = drawn << 8 | bytes[static_cast<std::size_t>(i)];
    const int steps = policy.keep_weekday ? 52 : 364;
    const int step = static_cast<int>(drawn % static_cast<std::uint32_t>(2 * steps));
    const int moved = step < steps ? step - steps : step - steps + 1;
    return policy.keep_weekday ? moved * 7 : moved;
}

}  // namespace clinical::pg
