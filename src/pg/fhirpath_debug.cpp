// Chapter fhirpath: what helps to write expressions.

#include "bridge/rows.h"
#include "bridge/value.h"
#include "fhirpath/check.h"
#include "pg/fhirpath.h"
#include "pg/issue.h"

namespace bridge = clinical::bridge;
namespace core = clinical::core;
namespace path = clinical::fhirpath;
using bridge::JsonbNode;
using clinical::JsonbEnvironment;
using clinical::JsonbEvaluator;

namespace {

struct Traced {
    std::string name;
    bool is_result = false;
    Datum item = 0;  // in the memory of the whole call
};

class Tracer final : public path::Tracer<JsonbNode> {
public:
    explicit Tracer(MemoryContext context) : context_(context), writer_(context) {}
    void trace(std::string_view name, const path::Item<JsonbNode> &item) override {
        add({std::string(name), false, 0}, item);
    }
    void result(const path::Item<JsonbNode> &item) { add({"", true, 0}, item); }
    std::vector<Traced> rows;

private:
    void add(Traced row, const path::Item<JsonbNode> &item) {
        constexpr std::size_t most = 100'000;
        if (rows.size() >= most)
            throw core::Error{core::ErrorCode::limit_exceeded, "FHIRPath trace is too long",
                              "At most 100,000 items are traced.", 0};
        if (!item.is_value() && item.node.kind() == core::Kind::absent) return;
        MemoryContext caller = MemoryContextSwitchTo(context_);
        row.item = clinical::fhirpath_jsonb(item, writer_);
        MemoryContextSwitchTo(caller);
        rows.push_back(std::move(row));
    }
    MemoryContext context_;
    bridge::JsonbWriter writer_;
};

}  // namespace

// fhirpath_trace(resource jsonb, expression text, variables jsonb)
//     RETURNS TABLE (ordinal int, name text, item jsonb)
CLINICAL_FUNCTION(fhirpath_trace) {
    struct Rows {
        explicit Rows(MemoryContext context) : tracer(context) {}
        Tracer tracer;
        std::size_t next = 0;
    };
    return bridge::stream_rows<3>(
        fcinfo,
        [&](MemoryContext context) {
            auto *rows = bridge::make_in<Rows>(context, context);
            JsonbEnvironment environment;
            environment.interrupt = bridge::limits().interrupt;
            environment.tracer = &rows->tracer;
            clinical::JsonbBuilder builder(context);
            environment.builder = &builder;
            clinical::fhirpath_open_world(environment);
            clinical::fhirpath_variables(bridge::jsonb_argument(fcinfo, 2), environment);
            JsonbEvaluator evaluator(
                clinical::fhirpath_expression(bridge::text_argument(fcinfo, 1)), environment);
            for (const auto &item : evaluator.evaluate(bridge::jsonb_argument(fcinfo, 0)))
                rows->tracer.result(item);
            return rows;
        },
        [](void *state, bridge::Row<3> &row) {
            auto *rows = static_cast<Rows *>(state);
            if (rows->next == rows->tracer.rows.size()) return false;
            const Traced &traced = rows->tracer.rows[rows->next++];
            row.set(0, Int32GetDatum(static_cast<std::int32_t>(rows->next)));
            if (!traced.is_result) row.set(1, bridge::to_text(traced.name));
            row.set(2, traced.item);
            return true;
        });
}

// fhirpath_issues(expression text, resource_type text) RETURNS SETOF clinical_issue
CLINICAL_FUNCTION(fhirpath_issues) {
    struct Rows {
        std::vector<core::Issue> issues;
        std::size_t next = 0;
    };
    return bridge::stream_rows<6>(
        fcinfo,
        [&](MemoryContext context) {
            auto *rows = bridge::make_in<Rows>(context);
            const auto text = bridge::optional_text_argument(fcinfo, 0);
            const auto name = bridge::optional_text_argument(fcinfo, 1);
            if (!text) return rows;
            const clinical::fhir::Type *type = name ? clinical::fhir::type_named(*name) : nullptr;
            if (name && !type)
                throw core::Error{core::ErrorCode::undefined_name, "unknown FHIR type",
                                  "The context of an expression is a type of FHIR R4.", 0};
            const auto expression = path::Expression::parse(*text);
            if (expression.ok()) {
                rows->issues = path::check(expression.value(), type);
            } else {
                const core::Error &error = expression.error();
                core::Issue issue;
                issue.severity = "fatal";
                issue.code =
                    error.code == core::ErrorCode::undefined_function ? "not-found" : "invalid";
                issue.location = "Character " + std::to_string(error.offset + 1);
                const std::size_t reason = error.where.find(": ");  // behind the place
                issue.message =
                    reason == std::string::npos ? error.message : error.where.substr(reason + 2);
                rows->issues.push_back(std::move(issue));
            }
            return rows;
        },
        [](void *state, bridge::Row<6> &row) {
            auto *rows = static_cast<Rows *>(state);
            if (rows->next == rows->issues.size()) return false;
            clinical::pg::set_issue(row, rows->issues[rows->next++]);
            return true;
        });
}
