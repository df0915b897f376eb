#pragma once

// An Address without its parts below the state (places.h).

#include <optional>
#include <string_view>

#include "core/tree.h"
#include "deid/context.h"
#include "deid/places.h"
#include "deid/rules.h"
#include "deid/sink.h"

namespace clinical::deid {

template <core::Node N, core::Writer W>
bool write_address(Sink<W> &out, const N &node, std::string_view key, const Options &options) {
    const N country_node = node.find("country");
    std::optional<std::string_view> land;
    if (country_node.kind() == core::Kind::string) land = country(country_node.as_text());
    // States and ZIP codes mean these areas in the United States only.
    const bool domestic =
        country_node.kind() == core::Kind::absent || (land && is_united_states(*land));
    out.begin_object(key);
    if (land) out.string("country", *land);
    if (domestic) {
        const N state_node = node.find("state");
        std::optional<std::string_view> code;
        if (state_node.kind() == core::Kind::string) code = state(state_node.as_text());
        if (code) out.string("state", *code);
        // Five digits beside a state of another country are another country's.
        const N zip = node.find("postalCode");
        char digits[3];
        if (zip.kind() == core::Kind::string && (code || state_node.kind() == core::Kind::absent)) {
            if (options.mode == Mode::limited_data_set) {
                // 164.514(e)(2)(ii): town or city, state and ZIP code may stay.
                if (is_zip(zip.as_text())) out.string("postalCode", zip.as_text());
            } else if (const auto area = zip3(zip.as_text(), digits, options.zip)) {
                out.string("postalCode", *area);
            }
        }
    }
    if (options.mode == Mode::limited_data_set) {
        const N city = node.find("city");
        if (city.kind() == core::Kind::string) out.string("city", city.as_text());
    }
    if (out.started()) {
        const N use = node.find("use");
        if (use.kind() == core::Kind::string &&
            packed_has("|billing|home|old|temp|work|", use.as_text()))
            out.string("use", use.as_text());
    }
    return out.end();
}

}  // namespace clinical::deid
