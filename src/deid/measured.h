#pragma once

// Quantities and ranges: numbers that do not identify, units that are no text, and ages capped at
// 90 (164.514(b)(2)(i)(C)).

#include <optional>
#include <string>
#include <string_view>

#include "deid/codes.h"
#include "deid/context.h"
#include "deid/quantity.h"
#include "deid/rules.h"
#include "deid/sink.h"

namespace clinical::deid {

template <core::Node N>
class Measured {
public:
    using Kind = core::Kind;
    explicit Measured(Context<N> &context) : context_(context) {}

    // The measure of a quantity, as far as it can be read.
    struct Measure {
        std::string digits;
        std::string_view unit;  // UCUM code, or the unit as text
        std::string_view comparator;
    };

    std::optional<Measure> measure(const N &node) {
        const N value = node.find("value");
        if (value.kind() != Kind::number) return std::nullopt;
        Measure m{number_text(value), {}, {}};
        if (is_long_number(m.digits) || context_.is_known(m.digits, "a number"))
            return std::nullopt;
        const N code = node.find("code");
        const N unit = node.find("unit");
        if (code.kind() == Kind::string) {
            m.unit = code.as_text();
        } else if (unit.kind() == Kind::string) {
            m.unit = unit.as_text();
        }
        const N comparator = node.find("comparator");
        if (comparator.kind() == Kind::string && packed_has("|<|<=|>|>=|", comparator.as_text()))
            m.comparator = comparator.as_text();
        return m;
    }

    AgeVerdict judge_age(const Measure &m, bool asks_age) {
        const auto years = in_years(m.digits, m.unit, asks_age);
        if (!years) return asks_age ? AgeVerdict::remove : AgeVerdict::keep;
        if (*years > capped_age - 1 || (*years == capped_age - 1 && m.comparator == ">"))
            return AgeVerdict::cap;
        const bool age = asks_age || is_year_unit(m.unit);
        return age && !context_.keeps_age(static_cast<int>(*years)) ? AgeVerdict::remove
                                                                    : AgeVerdict::keep;
    }

    template <core::Writer W>
    bool quantity(Sink<W> &out, const N &node, std::string_view key, bool asks_age) {
        const auto m = node.kind() == Kind::object ? measure(node) : std::nullopt;
        if (!m) return false;
        const AgeVerdict verdict = judge_age(*m, asks_age);
        if (verdict == AgeVerdict::remove) return false;
        out.begin_object(key);
        if (verdict == AgeVerdict::cap) {
            out.number("value", "90");
            out.string("comparator", ">=");
            year_unit(out);
        } else {
            write_measure(out, node, *m);
        }
        return out.end();
    }

    template <core::Writer W>
    void write_measure(Sink<W> &out, const N &node, const Measure &m) {
        out.number("value", m.digits);
        if (!m.comparator.empty()) out.string("comparator", m.comparator);
        const N system = node.find("system");
        const N code = node.find("code");
        const N unit = node.find("unit");
        if (system.kind() == Kind::string && code.kind() == Kind::string) {
            if (!is_public_code(system.as_text(), code.as_text())) return;
            if (context_.is_known(code.as_text(), "a unit")) return;
            if (unit.kind() == Kind::string && unit.as_text() == code.as_text())
                out.string("unit", unit.as_text());
            out.string("system", system.as_text());
            out.string("code", code.as_text());
        } else if (unit.kind() == Kind::string && is_unit(unit.as_text())) {
            out.string("unit", unit.as_text());
        }
    }

    template <core::Writer W>
    static void year_unit(Sink<W> &out) {
        out.string("unit", "a");
        out.string("system", "http://unitsofmeasure.org");
        out.string("code", "a");
    }

    // Quantities of a range have no comparator: above 89 years the low end becomes 90 and the
    // high end is left open.
    template <core::Writer W>
    bool range(Sink<W> &out, const N &node, std::string_view key, bool asks_age) {
        const N low = node.find("low");
        const N high = node.find("high");
        const auto from = low.kind() == Kind::object ? measure(low) : std::nullopt;
        const auto to = high.kind() == Kind::object ? measure(high) : std::nullopt;
        const AgeVerdict first = from ? judge_age(*from, asks_age) : AgeVerdict::keep;
        const AgeVerdict last = to ? judge_age(*to, asks_age) : AgeVerdict::keep;
        if (first == AgeVerdict::remove || last == AgeVerdict::remove) return false;
        out.begin_object(key);
        if (from) {
            out.begin_object("low");
            if (first == AgeVerdict::cap) {
                out.number("value", "90");
                year_unit(out);
            } else {
                write_measure(out, low, *from);
            }
            out.end();
        }
        if (to && last == AgeVerdict::keep) {
            out.begin_object("high");
            write_measure(out, high, *to);
            out.end();
        }
        return out.end();
    }

private:
    Context<N> &context_;
};

}  // namespace clinical::deid
