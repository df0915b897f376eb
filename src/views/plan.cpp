#include "views/plan.h"

#include <algorithm>
#include <array>
#include <utility>

#include "views/typing.h"

namespace clinical::views {

using core::Error;
using core::ErrorCode;
using core::Result;

namespace {

std::string identifier(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

// The part of the name of an accessor that says what it gives.
std::string_view accessor(SqlType type) {
    switch (type) {
        case SqlType::boolean: return "boolean";
        case SqlType::integer: return "integer";
        case SqlType::bigint:
        case SqlType::decimal: return "decimal";
        case SqlType::date: return "date";
        case SqlType::timestamp: return "timestamp";
        case SqlType::json: return "json";
        case SqlType::text:
        case SqlType::time: break;
    }
    return "text";
}

// Where a select stands: what its paths start from.
struct Scope {
    std::string focus;      // SQL of the item
    std::string type;       // its FHIR type; empty: unknown
    std::string row_index;  // SQL of %rowIndex
    bool whole = false;     // the focus is the resource itself
};

class Planner {
public:
    explicit Planner(const Source &source) : source_(source) {}

    struct Part {
        std::vector<std::pair<std::string, std::string>> columns;  // name, SQL
        std::string from;                                          // joins, each on its line
    };

    void add(const Select &select, const Scope &outer, Part &part,
             const std::vector<SqlType> *types) {
        const Scope scope = focus_of(select, outer, part);
        for (const Column &column : select.columns)
            part.columns.emplace_back(column.name,
                                      value(column, scope, type_at(column, scope, part, types)));
        for (const Select &inner : select.selects) add(inner, scope, part, types);
        if (!select.unions.empty()) add_union(select, scope, part, types);
    }

    [[nodiscard]] const std::vector<PlanColumn> &planned() const { return planned_; }

private:
    [[nodiscard]] std::string function(std::string_view name) const {
        return source_.schema + "." + std::string(name);
    }

    // The type of the next column of `part`: the first branch of a union decides for all.
    SqlType type_at(const Column &column, const Scope &scope, const Part &part,
                    const std::vector<SqlType> *types) {
        if (types) return (*types)[part.columns.size()];
        auto type = sql_type_of(column, scope.type);
        if (!type.ok()) throw type.error();
        planned_.push_back({column.name, type.value()});
        return type.value();
    }

    Scope focus_of(const Select &select, const Scope &outer, Part &part) {
        using Focus = Select::Focus;
        if (select.focus == Focus::context) return outer;
        const std::string alias = "f" + std::to_string(++aliases_);
        std::string items;
        std::string type = type_after(select.paths.front(), outer.type).type;
        if (select.focus == Focus::repeat) {
            std::string paths;
            for (const std::string &path : select.paths) {
                paths += (paths.empty() ? "" : ", ") + literal(path);
                if (type_after(path, outer.type).type != type) type.clear();
            }
            items = function("fhir_view_repeat") + "(" + outer.focus + ", ARRAY[" + paths + "], " +
                    literal(outer.type) + ")";
        } else {
            items = function("fhir_view_items") + "(" + outer.focus + ", " +
                    literal(select.paths.front()) + ", " + literal(outer.type) + ")";
        }
        const bool keeps = select.focus == Focus::for_each_or_null;
        part.from += std::string("\n") + (keeps ? "LEFT" : "CROSS") + " JOIN LATERAL " + items +
                     " WITH ORDINALITY AS " + alias + " (item, ordinality)" +
                     (keeps ? " ON true" : "");
        const std::string ordinality =
            keeps ? "coalesce(" + alias + ".ordinality - 1, 0)" : "(" + alias + ".ordinality - 1)";
        return {alias + ".item", type, ordinality + "::integer", false};
    }

    std::string value(const Column &column, const Scope &scope, SqlType type) const {
        if (trimmed(column.path) == "%rowIndex" && !column.collection)
            return cast(scope.row_index, SqlType::integer, type);
        std::string call;
        if (column.collection) {
            call = function("fhir_view_array") + "(" + scope.focus + ", " + literal(column.path) +
                   ", " + literal(scope.type) + ")";
        } else if (scope.whole && type != SqlType::json &&
                   type_after(column.path, scope.type).single) {
            // The public twins give NULL for several values, where a view owes an error.
            call = function("fhirpath_") + std::string(accessor(type)) + "(" + scope.focus + ", " +
                   literal(column.path) + ")";
        } else {
            call = function("fhir_view_") + std::string(accessor(type)) + "(" + scope.focus + ", " +
                   literal(column.path) + ", " + literal(scope.type) + ")";
        }
        if (type == SqlType::bigint || type == SqlType::time)
            return call + "::" + std::string(sql_name(type));
        return call;
    }

    static std::string cast(const std::string &sql, SqlType from, SqlType to) {
        return from == to ? sql : "(" + sql + ")::" + std::string(sql_name(to));
    }

    static std::string_view trimmed(std::string_view text) {
        while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
        while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
        return text;
    }

    void add_union(const Select &select, const Scope &scope, Part &part,
                   const std::vector<SqlType> *outer_types) {
        const std::string alias = "u" + std::to_string(++aliases_);
        std::vector<SqlType> types;
        const auto names = columns_of(select.unions.front());
        if (outer_types) {
            const auto first =
                outer_types->begin() + static_cast<std::ptrdiff_t>(part.columns.size());
            types.assign(first, first + static_cast<std::ptrdiff_t>(names.size()));
        }
        std::string branches;
        for (const Select &branch : select.unions) {
            Part inner;
            const std::size_t planned = planned_.size();
            add(branch, scope, inner, types.empty() ? nullptr : &types);
            if (types.empty())
                for (std::size_t i = planned; i < planned_.size(); i++)
                    types.push_back(planned_[i].type);
            branches += branches.empty() ? "\n    SELECT " : "\n    UNION ALL SELECT ";
            for (std::size_t i = 0; i < inner.columns.size(); i++)
                branches += (i ? ", " : "") + inner.columns[i].second;
            if (!inner.from.empty()) branches += "\n    FROM (SELECT) AS d" + indented(inner.from);
        }
        part.from += "\nCROSS JOIN LATERAL (" + branches + "\n) AS " + alias + " (";
        for (std::size_t i = 0; i < names.size(); i++) {
            part.from += (i ? ", " : "") + identifier(names[i]->name);
            part.columns.emplace_back(names[i]->name, alias + "." + identifier(names[i]->name));
        }
        part.from += ")";
    }

    static std::string indented(const std::string &lines) {
        std::string out;
        for (const char c : lines) out += c == '\n' ? std::string("\n    ") : std::string(1, c);
        return out;
    }

    const Source &source_;
    std::vector<PlanColumn> planned_;
    int aliases_ = 0;
};

// Whether an item cut out of its resource answers `path` as the item inside does: it does not know
// its resource, nor where it stands.
bool needs_resource(std::string_view path) {
    static constexpr std::array<std::string_view, 6> words = {
        "%resource", "%rootResource", "%context", "resolve", "getResourceKey", "%rowIndex"};
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return path.find(word) != std::string_view::npos;
    });
}

bool plain(const Select &select, bool whole) {
    const bool inner = whole && select.focus == Select::Focus::context;
    const auto cut = [&](const std::string &path) {
        return path != "%rowIndex" && (!inner || path.find("%rowIndex") != std::string::npos) &&
               needs_resource(path);
    };
    if (!whole && std::any_of(select.paths.begin(), select.paths.end(), needs_resource))
        return false;
    return std::none_of(select.columns.begin(), select.columns.end(),
                        [&](const Column &column) { return cut(column.path); }) &&
           std::all_of(select.selects.begin(), select.selects.end(),
                       [&](const Select &one) { return plain(one, inner); }) &&
           std::all_of(select.unions.begin(), select.unions.end(),
                       [&](const Select &one) { return plain(one, inner); });
}

// The form that serves every view: rows by the evaluator, columns out of their jsonb.
void general(const View &view, const Source &source, Plan &plan) {
    std::string columns;
    for (const Column *column : columns_of(view)) {
        const auto type = sql_type_of(*column, "");
        if (!type.ok()) throw type.error();
        plan.columns.push_back({column->name, type.value()});
        columns += (columns.empty() ? "\n    " : ",\n    ");
        const std::string member = "r.row_value ";
        if (type.value() == SqlType::json)
            columns += member + "-> " + literal(column->name);
        else
            columns += "(" + member + "->> " + literal(column->name) +
                       ")::" + std::string(sql_name(type.value()));
        columns += " AS " + identifier(column->name);
    }
    plan.query = "SELECT" + columns + source.extra + "\nFROM " + source.relation +
                 " AS s\nCROSS JOIN LATERAL " + source.schema + ".fhir_view_rows(" +
                 source.definition + ", s.resource) AS r (row_value)";
}

Plan plan_of(const View &view, const Source &source) {
    Plan plan;
    if (!plain(view.root, true)) {
        general(view, source, plan);
        return plan;
    }
    Planner planner(source);
    Planner::Part part;
    planner.add(view.root, {"s.resource", view.resource, "0", true}, part, nullptr);
    plan.columns = planner.planned();
    plan.query = "SELECT";
    for (std::size_t i = 0; i < part.columns.size(); i++)
        plan.query += (i ? ",\n    " : "\n    ") + part.columns[i].second + " AS " +
                      identifier(part.columns[i].first);
    plan.query += source.extra + "\nFROM " + source.relation + " AS s" + part.from;
    std::string filter;
    const auto also = [&](const std::string &condition) {
        filter += (filter.empty() ? "\nWHERE " : "\n    AND ") + condition;
    };
    if (!source.one_type)
        also(source.schema + ".fhir_is(s.resource, " + literal(view.resource) + ")");
    for (const std::string &path : view.where)
        also(source.schema + ".fhir_view_where(s.resource, " + literal(path) + ")");
    plan.query += filter;
    return plan;
}

}  // namespace

std::string literal(std::string_view text) {
    const bool escapes = text.find('\\') != std::string_view::npos;
    std::string out = escapes ? "E'" : "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += c;
        out += c;
    }
    return out + "'";
}

std::string_view sql_name(SqlType type) {
    switch (type) {
        case SqlType::boolean: return "boolean";
        case SqlType::integer: return "integer";
        case SqlType::bigint: return "bigint";
        case SqlType::decimal: return "numeric";
        case SqlType::date: return "date";
        case SqlType::time: return "time";
        case SqlType::timestamp: return "timestamptz";
        case SqlType::json: return "jsonb";
        case SqlType::text: break;
    }
    return "text";
}

Result<SqlType> sql_type_of(const Column &column, std::string_view focus_type) {
    if (column.collection) return SqlType::json;
    if (!column.sql_type.empty()) {
        std::string name;
        for (const char c : column.sql_type.substr(0, column.sql_type.find('(')))
            name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        while (!name.empty() && name.back() == ' ') name.pop_back();
        static constexpr std::array<std::pair<std::string_view, SqlType>, 19> names = {{
            {"BOOLEAN", SqlType::boolean},
            {"INTEGER", SqlType::integer},
            {"INT", SqlType::integer},
            {"SMALLINT", SqlType::integer},
            {"BIGINT", SqlType::bigint},
            {"DECIMAL", SqlType::decimal},
            {"NUMERIC", SqlType::decimal},
            {"DATE", SqlType::date},
            {"TIME", SqlType::time},
            {"TIMESTAMP", SqlType::timestamp},
            {"TIMESTAMP WITH TIME ZONE", SqlType::timestamp},
            {"CHARACTER", SqlType::text},
            {"CHAR", SqlType::text},
            {"CHARACTER VARYING", SqlType::text},
            {"VARCHAR", SqlType::text},
            {"CHARACTER LARGE OBJECT", SqlType::text},
            {"CLOB", SqlType::text},
            {"TEXT", SqlType::text},
            {"JSON", SqlType::json},
        }};
        for (const auto &[known, type] : names)
            if (name == known) return type;
        return Error{ErrorCode::undefined_name, "view asks for an unknown ansi/type",
                     "A column's tag ansi/type is not a known type of SQL.", 0};
    }
    const std::string type =
        column.type.empty() ? type_after(column.path, focus_type).type : column.type;
    if (type == "boolean") return SqlType::boolean;
    if (type == "integer" || type == "positiveInt" || type == "unsignedInt")
        return SqlType::integer;
    if (type == "integer64") return SqlType::bigint;
    if (type == "decimal") return SqlType::decimal;
    return is_text(type) ? SqlType::text : SqlType::json;
}

Result<Plan> plan_view(const View &view, const Source &source) {
    try {
        return plan_of(view, source);
    } catch (const Error &error) {
        return error;
    }
}

}  // namespace clinical::views
