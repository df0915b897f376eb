// A ViewDefinition and a resource, two JSON documents with a NUL between them: reading, planning
// and rows end in time, and what is read has as many cells in each row as it has columns.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/json.h"
#include "views/plan.h"
#include "views/rows.h"

using namespace clinical;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::size_t cut = std::min(text.find('\0'), text.size());
    const auto definition = core::parse_json(text.substr(0, cut));
    if (!definition.ok()) return 0;
    const auto view = views::read_view(definition.value());
    if (!view.ok()) return 0;
    views::Source source;
    source.relation = "t";
    source.schema = "public";
    source.definition = "'{}'";
    const auto plan = views::plan_view(view.value(), source);
    const auto columns = columns_of(view.value());
    if (plan.ok() && plan.value().columns.size() != columns.size()) std::abort();
    const auto resource = core::parse_json(cut < text.size() ? text.substr(cut + 1) : "{}");
    if (!resource.ok()) return 0;
    try {
        views::RowMaker<core::JsonNode> maker(view.value(), {});
        for (const auto &row : maker.rows(core::JsonNode(resource.value())))
            if (row.size() != columns.size()) std::abort();
    } catch (const core::Error &) {  // several values, no boolean, too many rows
    }
    return 0;
}
