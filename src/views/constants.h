#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/json.h"

namespace clinical::views {

// The constants of a view as FHIRPath literals.
class Constants {
public:
    // `constant`: the array of {name, value[x]} of a ViewDefinition; absent: none.
    static core::Result<Constants> read(const core::Json &constant);

    // `path` with every %name of a constant replaced by its literal.  Names that FHIRPath defines
    // itself stay; any other is undefined_name.
    core::Result<std::string> put_into(std::string_view path) const;

private:
    std::map<std::string, std::string, std::less<>> literals_;
};

}  // namespace clinical::views
