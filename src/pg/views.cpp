// Chapter views: SQL on FHIR over stored resources.

#include <array>
#include <memory>
#include <string>

#include "bridge/rows.h"
#include "bridge/text_array.h"
#include "pg/fhirpath_datum.h"
#include "pg/json.h"
#include "views/plan.h"
#include "views/rows.h"

using namespace clinical;
using bridge::JsonbNode;
using bridge::JsonbWriter;
using core::Error;
using core::ErrorCode;
using Cell = views::Cell<JsonbNode>;
using RowMaker = views::RowMaker<JsonbNode>;

namespace {

// --- accessors: (focus jsonb, path text, type text) ---

// A call site's path, made ready again when path or type change.
struct Site {
    std::string type_name;
    const fhir::Type *type = nullptr;
    bool is_constant = false;
    std::optional<PathSite> path;
};

Site &site_of(FunctionCallInfo fcinfo, bool typed) {
    auto *site = static_cast<Site *>(fcinfo->flinfo->fn_extra);
    if (!site) {
        site = bridge::make_in<Site>(fcinfo->flinfo->fn_mcxt);
        site->is_constant = bridge::pg([&] {
            return get_fn_expr_arg_stable(fcinfo->flinfo, 1) &&
                   (!typed || get_fn_expr_arg_stable(fcinfo->flinfo, 2));
        });
        fcinfo->flinfo->fn_extra = site;
    }
    if (site->path && site->is_constant) return *site;
    const std::string_view path = bridge::text_argument(fcinfo, 1);
    const std::string_view type = typed ? bridge::text_argument(fcinfo, 2) : std::string_view();
    if (!site->path || site->path->text() != path || site->type_name != type) {
        site->path.reset();
        site->type_name = type;
        site->type = type.empty() ? nullptr : fhir::type_named(type);
        // An abstract type says less than the item's own resourceType.
        if (site->type && site->type->is_resource()) site->type = nullptr;
        site->path.emplace(path);
        site->path->environment().sql_on_fhir = true;
    }
    return *site;
}

// The focus, of the site's type where that says more than its resourceType.
FhirDocument focus_of(FunctionCallInfo fcinfo, const Site &site) {
    FhirDocument focus = fhir_document(fcinfo, 0);
    focus.otherwise(site.type);
    return focus;
}

const JsonbEvaluator::Collection &found(FunctionCallInfo fcinfo, Site &site) {
    return site.path->evaluate(focus_of(fcinfo, site));
}

template <typename Give>
Datum one_value(FunctionCallInfo fcinfo, Site &site, const FhirDocument &focus,
                const PathSite::Found &simple, Give give) {
    using Count = PathSite::Found::Count;
    if (simple.count == Count::none) return give(fcinfo, site.path->evaluator(), nullptr);
    if (simple.count == Count::one && simple.text.empty()) {
        const JsonbItem item{.node = simple.node, .type = site.path->type_found(focus)};
        site.path->evaluator().clear();
        return give(fcinfo, site.path->evaluator(), &item);
    }
    const auto &items = site.path->evaluate(focus);
    if (items.size() > 1)
        throw Error{ErrorCode::invalid_value, "column of a view has several values",
                    "Only a column that is a collection may have more than one.", 0};
    return give(fcinfo, site.path->evaluator(), items.empty() ? nullptr : &items.front());
}

template <typename Give>
Datum one_value(FunctionCallInfo fcinfo, Give give) {
    Site &site = site_of(fcinfo, true);
    const FhirDocument focus = focus_of(fcinfo, site);
    return one_value(fcinfo, site, focus, site.path->simple(focus), give);
}

// --- rows ---

void write_value(const fhirpath::Value &value, JsonbWriter &writer) {
    using fhirpath::ValueKind;
    switch (value.kind) {
        case ValueKind::boolean: writer.boolean(value.boolean); break;
        case ValueKind::integer:
        case ValueKind::long_integer:
        case ValueKind::decimal: writer.number(to_text(value)); break;
        default: writer.string(to_text(value));
    }
}

void write_cell(const Cell &cell, JsonbWriter &writer) {
    const auto write = [&](const auto &item) {
        if (item.computed)
            write_value(*item.computed, writer);
        else
            writer.copy(item.node);
    };
    if (cell.is_collection) {
        writer.begin_array();
        for (const auto &item : cell.items) write(item);
        writer.end_array();
    } else if (cell.items.empty()) {
        writer.null();
    } else {
        write(cell.items.front());
    }
}

// A view as it is given: rows of many resources are made by one reading of it.
struct ViewSite {
    ViewSite(std::string_view bytes, views::View read)
        : image(bytes), view(std::move(read)), maker(view, bridge::limits().interrupt) {
        for (const views::Column *column : columns_of(view)) names.push_back(column->name);
    }
    std::string image;
    views::View view;
    RowMaker maker;
    std::vector<std::string> names;
};

ViewSite &view_site(FunctionCallInfo fcinfo) {
    struct Holder {
        std::unique_ptr<ViewSite> site;
    };
    static auto &holder = *new Holder;  // the last view of the backend
    const JsonbNode view = bridge::jsonb_argument(fcinfo, 0);
    if (!holder.site || holder.site->image != view.image())
        holder.site =
            std::make_unique<ViewSite>(view.image(), bridge::take(views::read_view(pg_json(view))));
    return *holder.site;
}

struct RowScan {
    explicit RowScan(MemoryContext context) : writer(context) {}
    JsonbWriter writer;
    std::vector<Datum> rows;  // in the memory of all rows
    std::size_t next = 0;
};

struct ItemScan {
    explicit ItemScan(MemoryContext context) : writer(context) {}
    JsonbEnvironment environment;
    std::vector<std::unique_ptr<JsonbEvaluator>> evaluators;
    JsonbWriter writer;
    std::vector<Datum> rows;
    std::size_t next = 0;
};

template <typename Scan>
bool next_row(FunctionCallInfo fcinfo, void *state, Datum &datum) {
    auto *scan = static_cast<Scan *>(state);
    if (scan->next == scan->rows.size()) return false;
    datum = scan->rows[scan->next++];
    fcinfo->isnull = false;
    return true;
}

// Writes what `make` makes into memory that lasts for all rows of the call.
template <typename Make>
Datum kept(MemoryContext context, Make make) {
    MemoryContext old = MemoryContextSwitchTo(context);
    const Datum datum = make();
    MemoryContextSwitchTo(old);
    return datum;
}

// Argument 0 for as long as the rows of a set.
JsonbNode focus_for_rows(FunctionCallInfo fcinfo, MemoryContext context) {
    return JsonbNode(bridge::pg([&] {
        MemoryContext old = MemoryContextSwitchTo(context);
        auto *value = PG_GETARG_JSONB_P_COPY(0);
        MemoryContextSwitchTo(old);
        return value;
    }));
}

const fhir::Type *type_argument(FunctionCallInfo fcinfo, int n) {
    const std::string_view name = bridge::text_argument(fcinfo, n);
    const fhir::Type *type = name.empty() ? nullptr : fhir::type_named(name);
    return type && type->is_resource() ? nullptr : type;
}

// Parents before children, path by path at each step; values that were computed have no children.
void reach(ItemScan &scan, MemoryContext context, const JsonbItem &from, int depth) {
    if (depth > RowMaker::max_repeat_depth)
        throw Error{ErrorCode::limit_exceeded, "repeat of a view is nested too deeply",
                    "At most 512 levels are followed.", 0};
    for (const auto &evaluator : scan.evaluators) {
        const auto &result = evaluator->evaluate(from);
        const std::vector<JsonbItem> items(result.begin(), result.end());
        for (const JsonbItem &item : items) {
            if (item.is_value() || !has_content(item)) continue;
            if (scan.rows.size() == RowMaker::max_rows)
                throw Error{ErrorCode::limit_exceeded, "repeat of a view has too many items",
                            "One resource may give 1,000,000 rows.", 0};
            scan.rows.push_back(kept(context, [&] { return fhirpath_jsonb(item, scan.writer); }));
            reach(scan, context, item, depth + 1);
        }
    }
}

}  // namespace

CLINICAL_FUNCTION(fhir_is) {
    const JsonbNode type = fhir_document(fcinfo, 0).root().find("resourceType");
    PG_RETURN_BOOL(type.as_text() == bridge::text_argument(fcinfo, 1));
}

CLINICAL_FUNCTION(fhir_view_where) {
    Site &site = site_of(fcinfo, false);
    const auto &items = found(fcinfo, site);
    if (items.empty()) PG_RETURN_BOOL(false);
    const fhirpath::Value *value =
        items.size() == 1 ? site.path->evaluator().value_of(items.front()) : nullptr;
    if (!value || value->kind != fhirpath::ValueKind::boolean)
        throw Error{ErrorCode::invalid_value, "where of a view is no boolean",
                    "A path of where must give true, false or nothing.", 0};
    PG_RETURN_BOOL(value->boolean);
}

CLINICAL_FUNCTION(fhir_view_text) {
    Site &site = site_of(fcinfo, true);
    const FhirDocument focus = focus_of(fcinfo, site);
    const PathSite::Found found = site.path->simple(focus);
    if (found.count == PathSite::Found::Count::one)
        if (const auto text = found_text(found)) return *text;
    return one_value(fcinfo, site, focus, found, text_datum);
}
CLINICAL_FUNCTION(fhir_view_boolean) { return one_value(fcinfo, boolean_datum); }
CLINICAL_FUNCTION(fhir_view_integer) { return one_value(fcinfo, integer_datum); }
CLINICAL_FUNCTION(fhir_view_decimal) { return one_value(fcinfo, decimal_datum); }
CLINICAL_FUNCTION(fhir_view_date) { return one_value(fcinfo, date_datum); }
CLINICAL_FUNCTION(fhir_view_timestamp) { return one_value(fcinfo, timestamp_datum); }

CLINICAL_FUNCTION(fhir_view_json) {
    return one_value(
        fcinfo,
        [](FunctionCallInfo info, JsonbEvaluator &evaluator, const JsonbItem *item) -> Datum {
            if (!item || !has_content(*item)) {
                info->isnull = true;
                return 0;
            }
            JsonbWriter writer;
            return fhirpath_jsonb(*item, writer);
        });
}

CLINICAL_FUNCTION(fhir_view_array) {
    Site &site = site_of(fcinfo, true);
    const auto &items = found(fcinfo, site);
    JsonbWriter writer;
    writer.begin_array();
    for (const JsonbItem &item : items) {
        if (item.is_value())
            write_value(*item.value, writer);
        else if (has_content(item))
            writer.copy(item.node);
    }
    writer.end_array();
    return writer.finish();
}

CLINICAL_FUNCTION(fhir_view_items) {
    return bridge::stream_values(
        fcinfo,
        [&](MemoryContext context) -> void * {
            auto *scan = bridge::make_in<ItemScan>(context, context);
            scan->environment.interrupt = bridge::limits().interrupt;
            scan->environment.sql_on_fhir = true;
            JsonbEvaluator &evaluator =
                *scan->evaluators.emplace_back(std::make_unique<JsonbEvaluator>(
                    fhirpath_expression(bridge::text_argument(fcinfo, 1)), scan->environment));
            const auto &items =
                evaluator.evaluate(focus_for_rows(fcinfo, context), type_argument(fcinfo, 2));
            for (const JsonbItem &item : items) {
                if (!has_content(item)) continue;
                scan->rows.push_back(
                    kept(context, [&] { return fhirpath_jsonb(item, scan->writer); }));
            }
            return scan;
        },
        [&](void *state, Datum &datum) { return next_row<ItemScan>(fcinfo, state, datum); });
}

CLINICAL_FUNCTION(fhir_view_repeat) {
    return bridge::stream_values(
        fcinfo,
        [&](MemoryContext context) -> void * {
            auto *scan = bridge::make_in<ItemScan>(context, context);
            scan->environment.interrupt = bridge::limits().interrupt;
            scan->environment.sql_on_fhir = true;
            for (const auto &path : bridge::text_array_argument(fcinfo, 1)) {
                if (!path)
                    throw Error{ErrorCode::invalid_option, "a path of repeat must not be null", "",
                                0};
                scan->evaluators.push_back(std::make_unique<JsonbEvaluator>(
                    fhirpath_expression(*path), scan->environment));
            }
            const JsonbItem root =
                JsonbEvaluator::item_of(focus_for_rows(fcinfo, context), type_argument(fcinfo, 2));
            reach(*scan, context, root, 0);
            return scan;
        },
        [&](void *state, Datum &datum) { return next_row<ItemScan>(fcinfo, state, datum); });
}

CLINICAL_FUNCTION(fhir_view_rows) {
    return bridge::stream_values(
        fcinfo,
        [&](MemoryContext context) -> void * {
            auto *scan = bridge::make_in<RowScan>(context, context);
            ViewSite &site = view_site(fcinfo);
            const auto rows = site.maker.rows(bridge::jsonb_argument(fcinfo, 1));
            for (const auto &row : rows) {
                scan->writer.clear();
                scan->writer.begin_object();
                for (std::size_t i = 0; i < row.size(); i++) {
                    scan->writer.key(site.names[i]);
                    write_cell(row[i], scan->writer);
                }
                scan->writer.end_object();
                scan->rows.push_back(kept(context, [&] { return scan->writer.finish(); }));
            }
            return scan;
        },
        [&](void *state, Datum &datum) { return next_row<RowScan>(fcinfo, state, datum); });
}

// (view jsonb, relation text, one_type boolean, extra text)
CLINICAL_FUNCTION(view_query) {
    const core::Json definition = pg_json(bridge::jsonb_argument(fcinfo, 0));
    const views::View view = bridge::take(views::read_view(definition));
    views::Source source;
    source.relation = bridge::text_argument(fcinfo, 1);
    source.one_type = PG_GETARG_BOOL(2);
    source.extra = bridge::text_argument(fcinfo, 3);
    source.schema = bridge::text_argument(fcinfo, 4);
    source.definition = views::literal(core::to_text(definition)) + "::jsonb";
    return bridge::to_text(bridge::take(views::plan_view(view, source)).query);
}
