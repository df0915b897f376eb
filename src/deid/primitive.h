#pragma once

// Which primitives stay, and as what.

#include <optional>
#include <string>
#include <string_view>

#include "deid/codes.h"
#include "deid/context.h"
#include "deid/quantity.h"
#include "deid/rules.h"

namespace clinical::deid {

// A primitive that stays.
struct Kept {
    core::Kind kind = core::Kind::absent;
    std::string_view text;
    bool flag = false;
    std::string digits;  // of a number; of a string that is not the input's, its text
    [[nodiscard]] std::string_view word() const {
        return text.empty() ? std::string_view(digits) : text;
    }
};

template <core::Node N>
class Primitives {
public:
    using Kind = core::Kind;
    explicit Primitives(Context<N> &context) : context_(context) {}

    Kept judge(const Element &element, const N &value) {
        switch (element.action) {
            case Action::boolean:
                if (value.kind() == Kind::boolean) return {Kind::boolean, {}, value.as_bool(), {}};
                return {};
            case Action::plural:
                if (value.kind() == Kind::number) return {Kind::boolean, {}, true, {}};
                return {};
            case Action::number: return judge_number(value);
            case Action::code:
                return judge_word(value, [&](std::string_view word) {
                    return packed_has(bound_codes(element.detail), word);
                });
            case Action::canonical: return judge_word(value, is_public_profile);
            case Action::link_id:
                return judge_word(value, [&](std::string_view id) {
                    return is_link_id(id) && !context_.is_known(id, "a linkId");
                });
            case Action::language: return judge_word(value, is_language);
            case Action::currency: return judge_word(value, is_currency);
            case Action::year:
            case Action::instant_year:
                return judge_date(value, [&](const Date &d) { return context_.age.keeps_year(d); });
            case Action::birth_year:
                return judge_date(value,
                                  [&](const Date &d) { return context_.age.keeps_birth(d); });
            default: return {};
        }
    }

    template <typename Test>
    static Kept judge_word(const N &value, Test test) {
        if (value.kind() != Kind::string || !test(std::string_view(value.as_text()))) return {};
        return {Kind::string, value.as_text(), false, {}};
    }

    template <typename Test>
    Kept judge_date(const N &value, Test test) {
        if (value.kind() != Kind::string) return {};
        if (!context_.is_safe_harbor()) {
            // Exact in a limited data set (moved by no day).
            auto moved = shift_date(value.as_text(), context_.options.shift_days);
            if (!moved) return {};
            Kept kept{Kind::string, {}, false, std::move(*moved)};
            return kept;
        }
        const auto date = parse_date(value.as_text());
        if (!date || !test(*date)) return {};
        return {Kind::string, std::string_view(value.as_text()).substr(0, 4), false, {}};
    }

    Kept judge_number(const N &value) {
        if (value.kind() != Kind::number) return {};
        std::string digits = number_text(value);
        if (is_long_number(digits) || context_.is_known(digits, "a number")) return {};
        if (context_.question.asks_age && context_.options.mode != Mode::limited_data_set) {
            const auto years = whole_years(digits);
            if (!years || *years >= capped_age || !context_.keeps_age(*years)) return {};
        }
        return {Kind::number, {}, false, std::move(digits)};
    }

private:
    Context<N> &context_;
};

}  // namespace clinical::deid
