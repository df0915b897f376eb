// Labels of columns, and cells under their rules: any bytes are refused or compiled, the compiled
// form of a label in JSON says the same again, and what Safe Harbor takes the other modes take as
// well.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/json.h"
#include "deid/cell.h"
#include "deid/column.h"

using namespace clinical;
using namespace clinical::deid;

namespace {

void compile(const core::Json &label, ColumnType type) {
    for (const Mode mode :
         {Mode::safe_harbor, Mode::limited_data_set, Mode::expert_determination}) {
        const auto rule = compile_column(label, type, mode);
        if (!rule.ok()) {
            if (rule.error().where.empty()) std::abort();  // every refusal names its rule
            continue;
        }
        // Nothing that derives from the identifier, in Safe Harbor.
        const ColumnAction action = rule.value().action;
        if (mode == Mode::safe_harbor &&
            (action == ColumnAction::hash || action == ColumnAction::date_shift ||
             action == ColumnAction::perturb || action == ColumnAction::scrub))
            std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size < 1) return 0;
    const ColumnType type{static_cast<ColumnKind>(data[0] % 15), (data[0] & 0x80) != 0};
    const std::string_view text(reinterpret_cast<const char *>(data) + 1, size - 1);
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::string_view label = text.substr(0, line);
    const std::string_view cell = text.substr(std::min(line + 1, text.size()));

    const auto read = read_label(label);
    (void)check_label(label, type);
    if (read.ok()) {
        compile(read.value(), type);
        const auto again = read_label(core::to_text(read.value()));
        // Labels that a database holds are text.
        const bool ascii =
            std::all_of(label.begin(), label.end(), [](unsigned char c) { return c < 0x7F; });
        if (ascii && (!again.ok() || !(again.value() == read.value()))) std::abort();
        (void)generalized(cell, false, read.value());
        (void)generalized(cell, core::is_json_number(cell), read.value());
    }
    if (const auto date = cell_date(cell)) {
        const auto moved = shift_cell(cell, 40);
        if (moved && !cell_date(*moved)) std::abort();
        if (std::abs(year_rule(date, std::nullopt, {2024, 6, 1})) < 1) std::abort();
    }
    for (const char *list : {"state", "country", "language", "currency", "zip"})
        (void)listed(cell, list);
    return 0;
}
