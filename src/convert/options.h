#pragma once

// What a feed's owner chose; docs/interfaces.md, docs/convert.md.

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "convert/mapping.h"
#include "convert/time_zone.h"
#include "core/json.h"
#include "ucum/cache.h"

namespace clinical::convert {

struct LocalCode {
    std::string code, system, display;
};

struct Options {
    std::string feed;       // scope of ids without an authority
    std::string authority;  // default assigning authority
    std::string server;     // base URL of a FHIR feed's server, as its absolute references have it
    // A FHIR feed's identifier systems -> authorities as HL7 v2 names them (HOSP), or URIs.
    std::map<std::string, std::string, std::less<>> identifier_systems;
    std::shared_ptr<const TimeZone> zone;
    bool only_adt_establishes = false;
    // Encounter status of a registration (A04) by patient class; domain 2.2 calls `planned`
    // questionable for walk-ins.
    bool registered_is_planned = false;
    std::shared_ptr<const Mapping> overlay;  // null: shipped rows alone
    // kind -> source code -> the site's code
    std::map<std::string, std::map<std::string, LocalCode, std::less<>>, std::less<>> code_map;
    std::map<std::string, std::string, std::less<>> code_systems;  // name in the feed -> URI
    // What the messages converted with these options have in common: their units, parsed once.
    std::shared_ptr<ucum::Cache> units = std::make_shared<ucum::Cache>();

    [[nodiscard]] const Mapping &mapping() const { return overlay ? *overlay : Mapping::shipped(); }
    [[nodiscard]] const LocalCode *local_code(std::string_view kind, std::string_view code) const;

    // Unknown members are ignored: options are shared with other steps of a feed.
    static core::Result<Options> parse(const core::Json &json);
};

}  // namespace clinical::convert
