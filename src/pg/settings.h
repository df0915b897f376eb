#pragma once

// What chapters do when the module is loaded.

namespace clinical {

void define_crosswalk_settings();
// What SECURITY LABEL FOR pgclinical may write.
void register_column_labels();

}  // namespace clinical
