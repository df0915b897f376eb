#include "validate/report.h"

#include <utility>

namespace clinical::validate {

void Report::add(std::string_view severity, std::string_view code, std::string_view rule,
                 const Frame &at, std::string message) {
    if (issues_.size() >= most_) {
        ++dropped_;
        return;
    }
    issues_.push_back({std::string(severity), std::string(code), std::string(rule), "", path_of(at),
                       std::move(message)});
}

}  // namespace clinical::validate
