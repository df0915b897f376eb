#include "convert/unit.h"

#include "ucum/lab.h"

namespace clinical::convert {

std::optional<NormalUnit> normal_unit(const Options &options, std::string_view code,
                                      std::string_view system, std::string_view loinc) {
    if (const LocalCode *local = options.local_code("unit", code))
        return NormalUnit{local->code,
                          local->system.empty() ? std::string(ucum_uri) : local->system, false};
    if (system == ucum_uri) return NormalUnit{std::string(code), std::string(ucum_uri), false};
    if (!system.empty()) return {};
    // A local spelling becomes UCUM where it can mean one thing only; what was sent stays in
    // `unit`.
    const auto found = ucum::resolve_unit(code, loinc, {}, *options.units);
    if (!found.unit) return {};
    NormalUnit out{found.unit->text(), std::string(ucum_uri), false};
    out.is_spelling = out.code != code;
    return out;
}

}  // namespace clinical::convert
