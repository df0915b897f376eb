#pragma once

// Settings that chapters define when the module is loaded.

namespace clinical {

void define_crosswalk_settings();

}  // namespace clinical
