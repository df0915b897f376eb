// Chapter fhirpath: expressions over resources.

#include "pg/fhirpath.h"

#include <algorithm>
#include <list>
#include <string>
#include <unordered_map>

#include "bridge/decode_cache.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "core/json.h"
#include "fhirpath/convert.h"
#include "pg/fhirpath_datum.h"
#include "pg/fhirpath_terminology.h"

extern "C" {
#include "utils/datetime.h"
#include "utils/timestamp.h"
}

// Not the namespaces themselves: SQL function fhirpath is a C function of that name.
namespace bridge = clinical::bridge;
namespace core = clinical::core;
namespace path = clinical::fhirpath;
using bridge::JsonbNode;
using clinical::boolean_datum;
using clinical::date_datum;
using clinical::decimal_datum;
using clinical::fhir_document;
using clinical::fhirpath_expression;
using clinical::fhirpath_jsonb;
using clinical::fhirpath_open_world;
using clinical::fhirpath_site;
using clinical::has_content;
using clinical::integer_datum;
using clinical::JsonbEnvironment;
using clinical::JsonbEvaluator;
using clinical::quantity_datum;
using clinical::text_datum;
using clinical::timestamp_datum;
using core::Kind;
using path::Value;
using path::ValueKind;
using PathItem = JsonbEvaluator::Item;

namespace clinical {

namespace {

// The expressions that the backend parsed last.
class ExpressionCache {
public:
    fhirpath::Expression get(std::string_view text) {
        const auto found = index_.find(text);
        if (found != index_.end()) {
            entries_.splice(entries_.begin(), entries_, found->second);
            return entries_.front().expression;
        }
        auto expression = bridge::take(fhirpath::Expression::parse(text));
        entries_.push_front({std::string(text), expression});
        index_.emplace(entries_.front().text, entries_.begin());
        bytes_ += text.size();
        while (entries_.size() > max_entries || (bytes_ > max_bytes && entries_.size() > 1)) {
            bytes_ -= entries_.back().text.size();
            index_.erase(entries_.back().text);
            entries_.pop_back();
        }
        return expression;
    }

private:
    static constexpr std::size_t max_entries = 256;
    static constexpr std::size_t max_bytes = 1u << 20;
    struct Entry {
        std::string text;
        fhirpath::Expression expression;
    };
    std::list<Entry> entries_;
    std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;
    std::size_t bytes_ = 0;
};

}  // namespace

fhirpath::Expression fhirpath_expression(std::string_view text) {
    static auto &cache = *new ExpressionCache;  // as long as the backend
    return cache.get(text);
}

Datum fhirpath_jsonb(const PathItem &item, bridge::JsonbWriter &writer) {
    writer.clear();
    if (!item.is_value()) {
        writer.copy(item.node);
        return writer.finish();
    }
    const Value &v = *item.value;
    switch (v.kind) {
        case ValueKind::boolean: writer.boolean(v.boolean); break;
        case ValueKind::integer:
        case ValueKind::long_integer:
        case ValueKind::decimal: writer.number(to_text(v)); break;
        case ValueKind::quantity:
            writer.begin_object();
            writer.key("value");
            writer.number(v.decimal.to_text());
            writer.key("unit");
            writer.string(v.text);
            if (v.unit != fhirpath::UnitKind::calendar) {
                writer.key("system");
                writer.string("http://unitsofmeasure.org");
                writer.key("code");
                writer.string(v.text);
            }
            writer.end_object();
            break;
        case ValueKind::type_info:
            writer.begin_object();
            writer.key("namespace");
            writer.string(v.name_space);
            writer.key("name");
            writer.string(v.text);
            writer.end_object();
            break;
        default: writer.string(to_text(v));
    }
    return writer.finish();
}

namespace {

// References are looked up by who joins tables; an expression sees its arguments alone.
class NoResolver final : public fhirpath::Resolver<JsonbNode> {
public:
    JsonbNode resolve(std::string_view) override { return {}; }
};

}  // namespace

void fhirpath_open_world(JsonbEnvironment &environment) {
    static NoResolver nothing;
    environment.resolver = &nothing;
    environment.terminology = &fhirpath_terminology();
    environment.profiles = &fhirpath_profiles();
    struct Moment {
        TimestampTz at;
        int offset_seconds;
    };
    const Moment moment = bridge::pg([] {
        Moment m{GetCurrentTransactionStartTimestamp(), 0};
        struct pg_tm tm;
        fsec_t fraction;
        if (timestamp2tm(m.at, &m.offset_seconds, &tm, &fraction, nullptr, nullptr) != 0)
            m.offset_seconds = 0;
        return m;
    });
    constexpr std::int64_t epoch_shift =
        static_cast<std::int64_t>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
    environment.now = fhirpath::date_time_at(moment.at + epoch_shift, -moment.offset_seconds / 60);
}

void fhirpath_variables(const JsonbNode &variables, JsonbEnvironment &environment) {
    if (variables.kind() != Kind::object)
        throw core::Error{core::ErrorCode::invalid_option, "FHIRPath variables must be an object",
                          "Members are variables, arrays collections.", 0};
    for (std::size_t i = 0; i < variables.size(); ++i)
        environment.variables.emplace_back(variables.key(i), variables.at(i));
}

}  // namespace clinical

namespace clinical {

void FhirDocument::look_up() const {
    static const fhir::Type *last = nullptr;  // most tables hold one type
    is_typed_ = true;
    const JsonbNode name = root_.find("resourceType");
    if (name.kind() != Kind::string) return;
    if (!last || name.as_text() != last->name()) {
        const fhir::Type *type = fhir::resource_named(name.as_text());
        if (!type) return;
        last = type;
    }
    type_ = last;
}

namespace {

// A page is filled from its end, so the next row of a scan is likely to lie before this one, about
// as large: it is on its way into the cache while this one is looked at.  A hint, wherever it
// points to: 8 % of ten calls over rows that memory holds and the cache does not.
void prefetch_row_before(const char *value) {
    static const char *last = nullptr;
    if (value == last) return;
    last = value;
    constexpr std::size_t line = 64;
    constexpr std::size_t most = 4096;
    const std::size_t size = std::min<std::size_t>(VARSIZE_4B(value), most);
    const auto address = reinterpret_cast<std::uintptr_t>(value);
    for (std::size_t i = 0; i < size; i += line)
        __builtin_prefetch(reinterpret_cast<const void *>(address - i));
}

}  // namespace

FhirDocument fhir_document(FunctionCallInfo fcinfo, int n) {
    const auto of = [](const char *value) {
        return FhirDocument(JsonbNode(reinterpret_cast<const Jsonb *>(value)));
    };
    const char *raw = DatumGetPointer(PG_GETARG_DATUM(n));
    if (VARATT_IS_4B_U(raw) && reinterpret_cast<std::uintptr_t>(raw) % alignof(std::int32_t) == 0) {
        prefetch_row_before(raw);
        return of(raw);
    }
    return bridge::decoded<FhirDocument>(fcinfo, n, [&](std::string_view bytes) {
        const FhirDocument document = of(bytes.data() - VARHDRSZ);
        (void)document.type();  // once for all
        return document;
    });
}

JsonbNode JsonbBuilder::build(const core::Json &json) {
    MemoryContext caller = CurrentMemoryContext;
    MemoryContext context = context_ ? context_ : caller;
    bridge::JsonbWriter writer(context);
    core::write(json, writer);
    MemoryContextSwitchTo(context);
    const Datum datum = writer.finish();
    MemoryContextSwitchTo(caller);
    return JsonbNode(reinterpret_cast<const Jsonb *>(DatumGetPointer(datum)));
}

PathSite::PathSite(std::string_view text)
    : text_(text),
      expression_(fhirpath_expression(text)),
      evaluator_(expression_, environment_),
      simple_(fhirpath::SimplePath::of(expression_)) {
    environment_.interrupt = bridge::limits().interrupt;
    environment_.builder = &builder_;
}

const JsonbEvaluator::Collection &PathSite::evaluate(const FhirDocument &document) {
    return evaluator_.evaluate(Item{.node = document.root(), .type = document.type()});
}

std::optional<PathSite::Item> PathSite::single(const FhirDocument &document) {
    const Found found = simple(document);
    if (found.count != Found::Count::gave_up && found.text.empty()) {
        evaluator_.clear();
        if (found.count != Found::Count::one) return std::nullopt;
        return Item{.node = found.node, .type = type_found(document)};
    }
    const auto &items = evaluate(document);
    if (items.size() != 1) return std::nullopt;
    return items.front();
}

bool PathSite::exists(const FhirDocument &document) {
    const Found found = simple(document);
    if (found.count != Found::Count::gave_up) return found.count != Found::Count::none;
    return !evaluate(document).empty();
}

PathSite &fhirpath_site(FunctionCallInfo fcinfo, int n) {
    struct Kept {
        std::optional<PathSite> site;
        bool is_constant = false;
    };
    auto *kept = static_cast<Kept *>(fcinfo->flinfo->fn_extra);
    if (!kept) {
        kept = bridge::make_in<Kept>(fcinfo->flinfo->fn_mcxt);
        kept->is_constant = bridge::pg([&] { return get_fn_expr_arg_stable(fcinfo->flinfo, n); });
        fcinfo->flinfo->fn_extra = kept;
    }
    if (kept->site && kept->is_constant) return *kept->site;
    const std::string_view text = bridge::text_argument(fcinfo, n);
    if (!kept->site || kept->site->text() != text) kept->site.emplace(text);
    return *kept->site;
}

}  // namespace clinical

namespace {

// The single item of the result as a SQL value; NULL for none and for several.
template <typename Give>
Datum singleton(FunctionCallInfo fcinfo, Give give) {
    auto &site = fhirpath_site(fcinfo, 1);
    const auto item = site.single(fhir_document(fcinfo, 0));
    return give(fcinfo, site.evaluator(), item ? &*item : nullptr);
}

// A detoasted copy of argument `n` for as long as the rows of a set.
JsonbNode copy_for_rows(FunctionCallInfo fcinfo, int n, MemoryContext context) {
    return JsonbNode(bridge::pg([&] {
        MemoryContext old = MemoryContextSwitchTo(context);
        auto *value = PG_GETARG_JSONB_P_COPY(n);
        MemoryContextSwitchTo(old);
        return value;
    }));
}

// Rows of fhirpath(): items are found at the first call and written one by one.
struct ItemRows {
    explicit ItemRows(MemoryContext context) : builder(context), writer(context) {
        environment.builder = &builder;
    }
    clinical::JsonbBuilder builder;
    JsonbEnvironment environment;
    std::unique_ptr<JsonbEvaluator> evaluator;
    bridge::JsonbWriter writer;
    const JsonbEvaluator::Collection *items = nullptr;
    std::size_t next = 0;
};

}  // namespace

// fhirpath(resource jsonb, expression text [, variables jsonb]) RETURNS SETOF jsonb
CLINICAL_FUNCTION(fhirpath) {
    return bridge::stream_values(
        fcinfo,
        [&](MemoryContext context) {
            auto *rows = bridge::make_in<ItemRows>(context, context);
            rows->environment.interrupt = bridge::limits().interrupt;
            if (PG_NARGS() > 2) {
                fhirpath_open_world(rows->environment);
                clinical::fhirpath_variables(copy_for_rows(fcinfo, 2, context), rows->environment);
            }
            rows->evaluator = std::make_unique<JsonbEvaluator>(
                fhirpath_expression(bridge::text_argument(fcinfo, 1)), rows->environment);
            rows->items = &rows->evaluator->evaluate(copy_for_rows(fcinfo, 0, context));
            return rows;
        },
        [&](void *state, Datum &datum) {
            auto *rows = static_cast<ItemRows *>(state);
            const auto &items = *rows->items;
            // A primitive that has only id or extensions has nothing to show.
            while (rows->next < items.size() && !has_content(items[rows->next])) ++rows->next;
            if (rows->next == items.size()) return false;
            datum = fhirpath_jsonb(items[rows->next++], rows->writer);
            fcinfo->isnull = false;
            return true;
        });
}

CLINICAL_FUNCTION(fhirpath_text) {
    auto &site = fhirpath_site(fcinfo, 1);
    const auto document = fhir_document(fcinfo, 0);
    const auto found = site.simple(document);
    using Count = clinical::PathSite::Found::Count;
    if (found.count == Count::none || found.count == Count::many) PG_RETURN_NULL();
    if (found.count == Count::one)
        if (const auto text = clinical::found_text(found)) return *text;
    return singleton(fcinfo, text_datum);
}

CLINICAL_FUNCTION(fhirpath_boolean) { return singleton(fcinfo, boolean_datum); }
CLINICAL_FUNCTION(fhirpath_integer) { return singleton(fcinfo, integer_datum); }
CLINICAL_FUNCTION(fhirpath_decimal) { return singleton(fcinfo, decimal_datum); }
CLINICAL_FUNCTION(fhirpath_date) { return singleton(fcinfo, date_datum); }
CLINICAL_FUNCTION(fhirpath_timestamp) { return singleton(fcinfo, timestamp_datum); }

CLINICAL_FUNCTION(fhirpath_quantity) { return singleton(fcinfo, quantity_datum); }

CLINICAL_FUNCTION(fhirpath_exists) {
    PG_RETURN_BOOL(fhirpath_site(fcinfo, 1).exists(fhir_document(fcinfo, 0)));
}
