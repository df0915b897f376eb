#include "codes/csv_line.h"

namespace clinical::codes {

std::vector<std::string> csv_fields(std::string_view record) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    bool fresh = true;  // at the start of a field: only there a quote opens
    for (std::size_t i = 0; i < record.size(); ++i) {
        const char c = record[i];
        if (quoted) {
            if (c != '"') {
                fields.back().push_back(c);
            } else if (i + 1 < record.size() && record[i + 1] == '"') {
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

std::optional<bool> csv_open(std::string_view line, bool open) {
    enum class Place { start, plain, quoted, ended } place = open ? Place::quoted : Place::start;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (place == Place::quoted) {
            if (c != '"') continue;
            if (i + 1 < line.size() && line[i + 1] == '"')
                ++i;
            else
                place = Place::ended;
        } else if (c == ',') {
            place = Place::start;
        } else if (place == Place::ended) {
            return std::nullopt;
        } else {
            place = c == '"' && place == Place::start ? Place::quoted : Place::plain;
        }
    }
    return place == Place::quoted;
}

}  // namespace clinical::codes
