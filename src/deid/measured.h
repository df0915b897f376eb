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

    // A quantity that may stay, but for what its age says.
    struct Measure {
        std::string digits;
        std::string_view comparator;
        std::string_view system, code;  // a unit of a public system, or empty
        std::string_view text;          // the unit as text, when it is a word of a closed list
        [[nodiscard]] std::string_view unit() const { return code.empty() ? text : code; }
    };

    std::optional<Measure> measure(const N &node) {
        const N value = node.find("value");
        if (value.kind() != Kind::number) return std::nullopt;
        Measure m{number_text(value), {}, {}, {}, {}};
        if (is_long_number(m.digits) || context_.is_known(m.digits, "a number"))
            return std::nullopt;
        const N comparator = node.find("comparator");
        if (comparator.kind() == Kind::string && packed_has("|<|<=|>|>=|", comparator.as_text()))
            m.comparator = comparator.as_text();
        read_unit(node, m);
        // A number whose unit goes would be read in another one: it goes as well.
        const bool stated =
            node.find("code").kind() != Kind::absent || node.find("unit").kind() != Kind::absent;
        if (stated && m.unit().empty()) return std::nullopt;
        return m;
    }

    void read_unit(const N &node, Measure &m) {
        const N system = node.find("system");
        const N code = node.find("code");
        const N text = node.find("unit");
        if (system.kind() == Kind::string && code.kind() == Kind::string &&
            is_public_code(system.as_text(), code.as_text()) &&
            !context_.is_known(code.as_text(), "a unit")) {
            m.system = system.as_text();
            m.code = code.as_text();
        }
        if (text.kind() != Kind::string || context_.is_known(text.as_text(), "a unit")) return;
        if (m.code.empty() ? is_unit(text.as_text()) || is_time_unit(text.as_text())
                           : text.as_text() == m.code)
            m.text = text.as_text();
    }

    AgeVerdict judge_age(const Measure &m, bool asks_age) {
        if (context_.options.mode == Mode::limited_data_set) return AgeVerdict::keep;
        const auto years = in_years(m.digits, m.unit(), asks_age);
        if (!years) return asks_age ? AgeVerdict::remove : AgeVerdict::keep;
        if (*years > capped_age - 1 || (*years == capped_age - 1 && m.comparator == ">"))
            return AgeVerdict::cap;
        const bool age = asks_age || is_year_unit(m.unit());
        return age && !context_.keeps_age(static_cast<int>(*years)) ? AgeVerdict::remove
                                                                    : AgeVerdict::keep;
    }

    bool keeps(const N &node, bool asks_age) {
        const auto m = node.kind() == Kind::object ? measure(node) : std::nullopt;
        return m && judge_age(*m, asks_age) != AgeVerdict::remove;
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
            write_measure(out, *m);
        }
        return out.end();
    }

    template <core::Writer W>
    static void write_measure(Sink<W> &out, const Measure &m) {
        out.number("value", m.digits);
        if (!m.comparator.empty()) out.string("comparator", m.comparator);
        if (!m.text.empty()) out.string("unit", m.text);
        if (m.code.empty()) return;
        out.string("system", m.system);
        out.string("code", m.code);
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
        // One end alone would say another thing.
        if ((low.kind() == Kind::object && !from) || (high.kind() == Kind::object && !to))
            return false;
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
                write_measure(out, *from);
            }
            out.end();
        }
        if (to && last == AgeVerdict::keep) {
            out.begin_object("high");
            write_measure(out, *to);
            out.end();
        }
        return out.end();
    }

private:
    Context<N> &context_;
};

}  // namespace clinical::deid
