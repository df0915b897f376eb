#include "codes/csv_line.h"

namespace clinical::codes {

std::vector<std::string> csv_fields(std::string_view line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    bool fresh = true;  // at the start of a field: only there a quote opens
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted) {
            if (c != '"') {
                fields.back().push_back(c);
            } else if (i + 1 < line.size() && line[i + 1] == '"') {
                fields.back().push_back('"');
                ++i;
            } else {
                quoted = false;
            }
            continue;
        }
        if (c == ',') {
            fields.emplace_back();
            fresh = true;
            continue;
        }
        if (c == '"' && fresh)
            quoted = true;
        else
            fields.back().push_back(c);
        fresh = false;
    }
    return fields;
}

}  // namespace clinical::codes
