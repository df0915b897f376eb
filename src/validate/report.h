#pragma once

// What validation finds.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/issue.h"
#include "validate/path.h"

namespace clinical::validate {

class Report {
public:
    // Findings beyond `most` are counted, not kept: a hostile resource does not fill the memory.
    explicit Report(std::size_t most = 1000) : most_(most) {}

    // `code` is a FHIR issue code, `rule` our own or the key of an invariant.  Messages never
    // quote the resource; elements are named by the path.
    void error(const Frame &at, std::string_view code, std::string_view rule, std::string message) {
        ++errors_;
        add("error", code, rule, at, std::move(message));
    }
    void warning(const Frame &at, std::string_view code, std::string_view rule,
                 std::string message) {
        add("warning", code, rule, at, std::move(message));
    }
    void information(const Frame &at, std::string_view code, std::string_view rule,
                     std::string message) {
        add("information", code, rule, at, std::move(message));
    }

    [[nodiscard]] bool has_errors() const { return errors_ > 0; }
    [[nodiscard]] std::vector<core::Issue> &issues() { return issues_; }
    [[nodiscard]] std::size_t dropped() const { return dropped_; }

private:
    void add(std::string_view severity, std::string_view code, std::string_view rule,
             const Frame &at, std::string message);

    std::vector<core::Issue> issues_;
    std::size_t most_;
    std::size_t errors_ = 0;
    std::size_t dropped_ = 0;
};

}  // namespace clinical::validate
