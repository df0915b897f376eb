// Laboratory normalization.

#include "ucum/lab.h"
#include "bridge/jsonb_reader.h"
#include "bridge/rows.h"
#include "pg/coding_argument.h"
#include "pg/issue.h"
#include "pg/quantity_argument.h"

using namespace clinical;

namespace {

constexpr std::string_view loinc_uri = "http://loinc.org";

std::string_view loinc_of(const codes::CodingView &coding) {
    return coding.system == loinc_uri ? coding.code : std::string_view();
}

// {"code_map": {"unit": {"mcg": {"code": "ug"}}}, "property": "MCnc", "unit_is_ucum": true}: what
// pgclinical.mapping_of gives, and more of the same.
ucum::LabOptions options_argument(FunctionCallInfo fcinfo, int n) {
    ucum::LabOptions options;
    if (PG_ARGISNULL(n)) return options;
    const auto node = bridge::jsonb_argument(fcinfo, n);
    if (node.kind() != core::Kind::object)
        throw core::Error{core::ErrorCode::invalid_option, "invalid options",
                          "Options are an object.", 0};
    options.property = node.find("property").as_text();
    const auto declared = node.find("unit_is_ucum");
    options.unit_is_ucum = declared.kind() == core::Kind::boolean && declared.as_bool();
    const auto map = node.find("code_map");
    if (map.kind() != core::Kind::object) return options;
    const auto units = map.find("unit");
    if (units.kind() != core::Kind::object) return options;
    for (std::size_t i = 0; i < units.size(); ++i) {
        const auto entry = units.find(units.key(i));
        if (entry.kind() != core::Kind::object) continue;
        options.aliases.emplace_back(units.key(i), entry.find("code").as_text());
    }
    return options;
}

struct State {
    ucum::LabResult result;
    codes::Coding code;
    bool has_code = false;
    bool done = false;
    TupleDesc issue_type = nullptr;
};

// The normalized code: the LOINC of the result, or what came.
void set_code(State &state, const std::optional<codes::CodingView> &given) {
    if (!given || !state.result.value) return;
    state.code = {std::string(given->system), std::string(given->code), std::string(given->version),
                  std::string(given->display)};
    state.has_code = true;
    if (loinc_of(*given).empty() || state.result.loinc == given->code) return;
    // Another code: what was said of the first one does not hold for it.
    state.code = {std::string(loinc_uri), state.result.loinc, "", ""};
}

void fill(State &state, bridge::Row<5> &row) {
    if (state.has_code) row.set(0, coding_result(state.code.view()));
    if (state.result.value) row.set(1, pg::quantity_datum(*state.result.value));
    if (state.result.factor) row.set(2, bridge::numeric_datum(*state.result.factor));
    if (!state.result.rule.empty()) row.set(3, bridge::to_text(state.result.rule));
    if (state.result.issue) row.set(4, pg::issue_datum(state.issue_type, *state.result.issue));
}

template <typename Compute>
Datum one_row(FunctionCallInfo fcinfo, Compute compute) {
    return bridge::stream_rows<5>(
        fcinfo,
        [&](MemoryContext context) {
            auto *state = bridge::make_in<State>(context);
            compute(*state);
            state->issue_type = pg::column_row_type(fcinfo, 4);
            return state;
        },
        [](void *user, bridge::Row<5> &row) {
            auto *state = static_cast<State *>(user);
            if (state->done) return false;
            state->done = true;
            fill(*state, row);
            return true;
        });
}

}  // namespace

CLINICAL_FUNCTION(lab_normalize) {
    return one_row(fcinfo, [&](State &state) {
        const codes::CodingView code = coding_argument(fcinfo, 0);
        state.result =
            ucum::normalize_lab(loinc_of(code), pg::quantity_argument(fcinfo, 1), pg::unit_cache());
        set_code(state, code);
    });
}

// lab_normalize(code, value, unit, comparator, options)
CLINICAL_FUNCTION(lab_normalize_local) {
    return one_row(fcinfo, [&](State &state) {
        std::optional<codes::CodingView> code;
        if (!PG_ARGISNULL(0)) code = coding_argument(fcinfo, 0);
        if (PG_ARGISNULL(1)) return;
        const std::string_view loinc = code ? loinc_of(*code) : std::string_view();
        const auto symbol = bridge::optional_text_argument(fcinfo, 3).value_or(std::string_view());
        const auto comparator = ucum::comparator_of(symbol);
        if (!comparator)
            throw core::Error{core::ErrorCode::invalid_option, "invalid comparator",
                              "The comparator is none of <, <=, >=, >.", 0};
        const auto text = bridge::optional_text_argument(fcinfo, 2).value_or(std::string_view());
        auto &units = pg::unit_cache();
        auto unit = ucum::resolve_unit(text, loinc, options_argument(fcinfo, 4), units);
        if (!unit.unit) {
            state.result.issue = std::move(unit.issue);
            return;
        }
        const ucum::Quantity source{*comparator, bridge::decimal_argument(fcinfo, 1),
                                    *std::move(unit.unit)};
        state.result = ucum::normalize_lab(loinc, source, units);
        if (!state.result.rule.empty()) unit.rule += ';';
        state.result.rule = unit.rule + state.result.rule;
        set_code(state, code);
    });
}

CLINICAL_FUNCTION(lab_unit) {
    struct Unit {
        ucum::ResolvedUnit resolved;
        TupleDesc issue_type = nullptr;
        bool done = false;
    };
    return bridge::stream_rows<3>(
        fcinfo,
        [&](MemoryContext context) {
            auto *state = bridge::make_in<Unit>(context);
            std::string_view loinc;
            if (!PG_ARGISNULL(1)) loinc = loinc_of(coding_argument(fcinfo, 1));
            const auto text =
                bridge::optional_text_argument(fcinfo, 0).value_or(std::string_view());
            state->resolved =
                ucum::resolve_unit(text, loinc, options_argument(fcinfo, 2), pg::unit_cache());
            state->issue_type = pg::column_row_type(fcinfo, 2);
            return state;
        },
        [](void *user, bridge::Row<3> &row) {
            auto *state = static_cast<Unit *>(user);
            if (state->done) return false;
            state->done = true;
            const ucum::ResolvedUnit &unit = state->resolved;
            if (unit.unit) row.set(0, bridge::to_text(unit.unit->text()));
            if (unit.unit) row.set(1, bridge::to_text(unit.rule));
            if (unit.issue) row.set(2, pg::issue_datum(state->issue_type, *unit.issue));
            return true;
        });
}
