#include "codes/pattern.h"

#include <unicode/regex.h>
#include <unicode/unistr.h>

namespace clinical::codes {

struct Pattern::Compiled {
    std::unique_ptr<icu::RegexMatcher> matcher;
};

core::Result<Pattern> Pattern::compile(std::string_view pattern) {
    constexpr std::int32_t time_limit = 200;       // steps of roughly a millisecond
    constexpr std::int32_t stack_limit = 1 << 20;  // bytes
    UErrorCode status = U_ZERO_ERROR;
    const auto text = icu::UnicodeString::fromUTF8(
        icu::StringPiece(pattern.data(), static_cast<std::int32_t>(pattern.size())));
    auto matcher = std::make_unique<icu::RegexMatcher>(text, 0, status);
    if (U_SUCCESS(status)) matcher->setTimeLimit(time_limit, status);
    if (U_SUCCESS(status)) matcher->setStackLimit(stack_limit, status);
    if (U_FAILURE(status))
        return core::Error{core::ErrorCode::invalid_expression, "invalid regular expression",
                           "The pattern of a filter does not parse.", 0};
    Pattern compiled;
    compiled.compiled_ = std::make_shared<Compiled>();
    compiled.compiled_->matcher = std::move(matcher);
    return compiled;
}

bool Pattern::matches(std::string_view text) const {
    const auto value = icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    UErrorCode status = U_ZERO_ERROR;
    compiled_->matcher->reset(value);
    return compiled_->matcher->matches(status) && U_SUCCESS(status);
}

}  // namespace clinical::codes
