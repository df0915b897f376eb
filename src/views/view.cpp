#include "views/view.h"

#include <algorithm>
#include <set>

#include "fhirpath/expression.h"
#include "views/constants.h"

namespace clinical::views {

using core::Error;
using core::ErrorCode;
using core::Json;
using core::Kind;
using core::Result;

namespace {

// Selects nest this deep at most; far beyond what a reader could follow.
constexpr int max_depth = 32;
// What PostgreSQL can hold in a target list, and a bound on what a view may cost to plan.
constexpr std::size_t max_columns = 1600;

[[noreturn]] void refuse(const std::string &where, const char *rule) {
    throw Error{ErrorCode::invalid_value, "invalid view definition", where + " " + rule, 0};
}

// sql-name of the specification: ^[A-Za-z][A-Za-z0-9_]*$
bool is_sql_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !name.empty() && letter(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

// Walks a definition; a place such as "select[0].column[2]" goes with it for messages.
class Reader {
public:
    explicit Reader(Constants constants) : constants_(std::move(constants)) {}

    std::string path(const Json &value, const std::string &where) const {
        if (value.kind() != Kind::string) refuse(where, "is not a string.");
        auto path = constants_.put_into(value.as_text());
        if (!path.ok()) {
            Error error = path.error();
            error.where = where + ": " + error.where;
            throw error;
        }
        if (const auto parsed = fhirpath::Expression::parse(path.value()); !parsed.ok()) {
            Error error = parsed.error();
            error.where = where + ": " + error.where;
            throw error;
        }
        return std::move(path).value();
    }

    Column column(const Json &json, const std::string &where) const {
        Column out;
        if (json.kind() != Kind::object) refuse(where, "is not an object.");
        const Json &name = json.find("name");
        if (name.kind() != Kind::string || !is_sql_name(name.as_text()))
            refuse(where,
                   "has no name of letters, digits and underscores that begins with a letter.");
        out.name = name.as_text();
        out.path = path(json.find("path"), where + ".path");
        if (const Json &flag = json.find("collection"); !flag.is_absent()) {
            if (flag.kind() != Kind::boolean) refuse(where + ".collection", "is not a boolean.");
            out.collection = flag.as_bool();
        }
        if (const Json &type = json.find("type"); !type.is_absent()) {
            if (type.kind() != Kind::string) refuse(where + ".type", "is not a string.");
            out.type =
                type.as_text();  // a URI relative to http://hl7.org/fhir/StructureDefinition/
            if (const auto slash = out.type.rfind('/'); slash != std::string::npos)
                out.type.erase(0, slash + 1);
        }
        for (const Json &tag : json.find("tag").elements())
            if (tag.find("name").as_text() == "ansi/type")
                out.sql_type = tag.find("value").as_text();
        return out;
    }

    Select select(const Json &json, const std::string &where, int depth) const {
        if (json.kind() != Kind::object) refuse(where, "is not an object.");
        if (depth > max_depth)
            throw Error{ErrorCode::limit_exceeded, "view definition is nested too deeply", "", 0};
        Select out;
        int foci = 0;
        const auto focus = [&](const char *key, Select::Focus kind) {
            const Json &value = json.find(key);
            if (value.is_absent()) return;
            if (++foci > 1)
                refuse(where, "has more than one of forEach, forEachOrNull and repeat.");
            out.focus = kind;
            if (kind != Select::Focus::repeat) {
                out.paths.push_back(path(value, where + "." + key));
                return;
            }
            if (value.kind() != Kind::array || value.size() == 0)
                refuse(where + ".repeat", "is not an array of paths.");
            for (std::size_t i = 0; i < value.size(); i++)
                out.paths.push_back(
                    path(value.at(i), where + ".repeat[" + std::to_string(i) + "]"));
        };
        focus("forEach", Select::Focus::for_each);
        focus("forEachOrNull", Select::Focus::for_each_or_null);
        focus("repeat", Select::Focus::repeat);

        each(json, "column", where, [&](const Json &one, const std::string &at) {
            out.columns.push_back(column(one, at));
        });
        each(json, "select", where, [&](const Json &one, const std::string &at) {
            out.selects.push_back(select(one, at, depth + 1));
        });
        each(json, "unionAll", where, [&](const Json &one, const std::string &at) {
            out.unions.push_back(select(one, at, depth + 1));
            if (out.unions.size() > 1) check_branch(out.unions.front(), out.unions.back(), at);
        });
        if (out.columns.empty() && out.selects.empty() && out.unions.empty())
            refuse(where, "has no column, select or unionAll.");
        return out;
    }

    template <typename Take>
    static void each(const Json &json, const char *key, const std::string &where, Take take) {
        const Json &list = json.find(key);
        if (list.is_absent()) return;
        const std::string at = where.empty() ? key : where + "." + key;
        if (list.kind() != Kind::array) refuse(at, "is not an array.");
        for (std::size_t i = 0; i < list.size(); i++)
            take(list.at(i), at + "[" + std::to_string(i) + "]");
    }

private:
    // The branches of a union agree in names, order and types of their columns.
    static void check_branch(const Select &first, const Select &branch, const std::string &where) {
        const auto a = columns_of(first), b = columns_of(branch);
        const bool agree =
            a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](auto *x, auto *y) {
                return x->name == y->name && x->collection == y->collection &&
                       (x->type.empty() || y->type.empty() || x->type == y->type);
            });
        if (!agree) refuse(where, "has other columns than the first branch of its unionAll.");
    }

    Constants constants_;
};

void gather(const Select &select, std::vector<const Column *> &out) {
    for (const Column &column : select.columns) out.push_back(&column);
    for (const Select &inner : select.selects) gather(inner, out);
    if (!select.unions.empty()) gather(select.unions.front(), out);
}

View read(const Json &definition) {
    if (definition.kind() != Kind::object) refuse("The definition", "is not an object.");
    const Json &type = definition.find("resourceType");
    if (!type.is_absent()) {
        // 2.x gives a logical model's URL, 3.0 the name of the resource.
        const std::string name(type.as_text());
        if (name.substr(name.rfind('/') + 1) != "ViewDefinition")
            refuse("resourceType", "is not ViewDefinition.");
    }
    View out;
    const Json &name = definition.find("name");
    if (!name.is_absent()) {
        if (!is_sql_name(name.as_text()))
            refuse("name", "is not made of letters, digits and underscores, a letter first.");
        out.name = name.as_text();
    }
    out.resource = definition.find("resource").as_text();
    if (out.resource.empty()) refuse("resource", "is missing.");

    auto constants = Constants::read(definition.find("constant"));
    if (!constants.ok()) throw constants.error();
    const Reader reader(std::move(constants).value());
    Reader::each(definition, "where", "", [&](const Json &one, const std::string &at) {
        out.where.push_back(reader.path(one.find("path"), at + ".path"));
    });
    Reader::each(definition, "select", "", [&](const Json &one, const std::string &at) {
        out.root.selects.push_back(reader.select(one, at, 1));
    });
    if (out.root.selects.empty()) refuse("select", "is missing.");

    const auto columns = columns_of(out);
    if (columns.size() > max_columns)
        throw Error{ErrorCode::limit_exceeded, "view definition has too many columns",
                    "At most 1600 are possible.", 0};
    std::set<std::string_view> names;
    for (const Column *column : columns)
        if (!names.insert(column->name).second)
            refuse("A column", "has the name of another column.");
    return out;
}

}  // namespace

std::vector<const Column *> columns_of(const Select &select) {
    std::vector<const Column *> out;
    gather(select, out);
    return out;
}

std::vector<const Column *> columns_of(const View &view) { return columns_of(view.root); }

Result<View> read_view(const Json &definition) {
    try {
        return read(definition);
    } catch (const Error &error) {
        return error;
    }
}

}  // namespace clinical::views
