#include "validate/path.h"

#include <array>

namespace clinical::validate {

std::string path_of(const Frame &frame) {
    std::string path = frame.parent ? path_of(*frame.parent) + "." : std::string();
    path += frame.name;
    if (frame.index >= 0) path += "[" + std::to_string(frame.index) + "]";
    if (frame.choice) path += ".ofType(" + std::string(frame.choice->name()) + ")";
    return path;
}

}  // namespace clinical::validate
