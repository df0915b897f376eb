#include "ucum/lab.h"

#include <algorithm>

#include "ucum/lab_table.h"

namespace clinical::ucum {

using core::Decimal;

namespace {

constexpr std::string_view mass_concentration = "g.m-3";
constexpr std::string_view substance_concentration = "m-3|mol1";
constexpr std::string_view equivalents = "m-3|eq1";

core::Issue issue(std::string severity, std::string format_code, std::string message) {
    core::Issue made;
    made.severity = std::move(severity);
    made.code = "business-rule";
    made.format_code = std::move(format_code);
    made.message = std::move(message);
    return made;
}

LabResult refused(std::string format_code, std::string message) {
    LabResult result;
    result.issue = issue("error", std::move(format_code), std::move(message));
    return result;
}

Decimal whole(core::Result<Decimal> result) {
    if (!result.ok()) throw core::Error(std::move(result).error());
    return std::move(result).value();
}

Unit known_unit(std::string_view text, Cache &units) {
    auto unit = units.unit(text);
    if (!unit.ok()) throw core::Error(std::move(unit).error());
    return std::move(unit).value();
}

// A quotient has no end, but a measurement has few digits: three more than the source's, at least
// eight.  Exact results stay exact.
Decimal shortened(const Decimal &value, const Decimal &source) {
    return value.round_significant(std::max(8, source.precision() + 3)).trimmed();
}

// The source in `to`, of the same kind.
void convert_to(LabResult &result, const Quantity &source, const Unit &to, Cache &units) {
    if (source.unit.text() == to.text()) {
        result.value = source;
        result.factor = Decimal(1);
        return;
    }
    auto conversion = units.conversion(source.unit.text(), to.text());
    if (!conversion.ok()) throw core::Error(std::move(conversion).error());
    Decimal value = whole(conversion.value()->apply(source.value));
    result.factor = conversion.value()->factor();
    if (!result.factor) value = shortened(value, source.value);
    if (!result.factor && !source.unit.is_special() && !to.is_special())
        result.factor = whole(conversion.value()->apply(Decimal(1))).round_significant(20);
    result.value = Quantity{source.comparator, std::move(value), to};
    result.rule = "unit";
}

// Between mass and substance concentration.
void convert_molar(LabResult &result, const Quantity &source, const Unit &to,
                   std::string_view molar_mass, Cache &units) {
    const bool to_substance = to.kind() == substance_concentration;
    const Decimal mass = whole(Decimal::parse(molar_mass));
    // g/L and mol/L differ by the molar mass; the units around them by powers of ten.
    const Unit from_base = known_unit(to_substance ? "g/L" : "mol/L", units);
    const Unit to_base = known_unit(to_substance ? "mol/L" : "g/L", units);
    const auto step = [&](const Unit &a, const Unit &b, const Decimal &value) {
        auto conversion = units.conversion(a.text(), b.text());
        if (!conversion.ok()) throw core::Error(std::move(conversion).error());
        return whole(conversion.value()->apply(value));
    };
    const auto through = [&](const Decimal &value) {
        const Decimal base = step(source.unit, from_base, value);
        const int scale = base.scale() + 24;  // 20 significant digits and more
        const Decimal other =
            to_substance ? whole(base.divide(mass, scale)) : whole(base.times(mass));
        return step(to_base, to, other);
    };
    result.value = Quantity{source.comparator, shortened(through(source.value), source.value), to};
    result.factor = through(Decimal(1)).round_significant(20).trimmed();
    result.rule = "molar-mass=" + std::string(molar_mass);
}

// HbA1c: NGSP % = 0.09148 * IFCC mmol/mol + 2.152 (master equation).
LabResult hemoglobin_a1c(const Quantity &source, Cache &units) {
    LabResult result;
    const std::string_view unit = source.unit.text();
    const Unit ifcc = known_unit("mmol/mol", units);
    result.loinc = "59261-8";
    if (unit.starts_with("mmol/mol")) {
        result.value = Quantity{source.comparator, source.value, ifcc};
        result.factor = Decimal(1);
        return result;
    }
    if (!unit.starts_with('%'))
        return refused("unit-dimension", "Hemoglobin A1c is in % (NGSP) or mmol/mol (IFCC).");
    const Decimal above = whole(source.value.minus(Decimal::scaled(2152, 3)));
    const Decimal value = whole(above.divide(Decimal::scaled(9148, 5), above.scale() + 20));
    result.value = Quantity{source.comparator, shortened(value, source.value), ifcc};
    result.rule = "hba1c-ngsp-ifcc";
    return result;
}

bool accepts(const Analyte &analyte, std::string_view unit) {
    std::string_view list = analyte.accepts;
    while (!list.empty()) {
        const auto end = list.find(';');
        if (list.substr(0, end) == unit) return true;
        if (end == std::string_view::npos) break;
        list.remove_prefix(end + 1);
    }
    return false;
}

}  // namespace

LabResult normalize_lab(std::string_view loinc, const Quantity &source, Cache &units) {
    LabResult result;
    const Analyte *analyte = find_analyte(loinc);
    if (!analyte) {
        result.loinc = loinc;
        result.value = source;
        result.factor = Decimal(1);
        return result;
    }
    if (analyte->component == "hemoglobin A1c") return hemoglobin_a1c(source, units);

    // The substance concentration, where the analyte has a code for it.
    const Analyte *target = analyte;
    if (analyte->property == "MCnc" && !analyte->counterpart.empty())
        if (const Analyte *other = find_analyte(analyte->counterpart)) target = other;
    result.loinc = target->loinc;
    const Unit to = known_unit(target->unit, units);
    const std::string &kind = source.unit.kind();
    const bool fits_code = same_kind(source.unit, known_unit(analyte->unit, units));

    if (same_kind(source.unit, to)) {
        convert_to(result, source, to, units);
    } else if (accepts(*target, source.unit.text().empty() ? "1" : source.unit.text())) {
        result.value = Quantity{source.comparator, source.value, to};
        result.factor = Decimal(1);
        result.rule = "unit-name";
        return result;
    } else if (kind == equivalents && target->valence > 0 && to.kind() == substance_concentration) {
        // One mol of an ion is as many equivalents as it has charges.
        const Decimal charge(target->valence);
        auto conversion = units.conversion(source.unit.text(), to.text());
        if (!conversion.ok()) throw core::Error(std::move(conversion).error());
        const Decimal amount = whole(conversion.value()->apply(source.value));
        result.value = Quantity{source.comparator,
                                whole(amount.divide(charge, amount.scale() + 6)).trimmed(), to};
        const Decimal one = whole(conversion.value()->apply(Decimal(1)));
        result.factor = whole(one.divide(charge, one.scale() + 6)).trimmed();
        result.rule = "valence=" + std::to_string(target->valence);
        return result;
    } else if (!target->molar_mass.empty() &&
               ((kind == mass_concentration && to.kind() == substance_concentration) ||
                (kind == substance_concentration && to.kind() == mass_concentration))) {
        if (analyte->ambiguous)
            return refused("unit-ambiguous",
                           "Which substance the molar concentration is of (urea or urea nitrogen), "
                           "only the source can say.");
        convert_molar(result, source, to, target->molar_mass, units);
    } else {
        return refused("unit-dimension", "The unit does not fit what the code measures.");
    }
    if (!fits_code)
        result.issue = issue("warning", "unit-property",
                             "The code says mass concentration and the unit substance "
                             "concentration, or the other way round; the unit is believed.");
    return result;
}

}  // namespace clinical::ucum
