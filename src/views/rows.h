#pragma once

// The rows of a view, by evaluating it as the specification defines it: for each focus the product
// of columns, selects and unions.  It serves every view; the native SQL of plan.h must say the
// same.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fhirpath/fhirpath.h"
#include "views/view.h"

namespace clinical::views {

// One value of a cell: a place in the resource, or what an expression computed.
template <core::Node N>
struct CellItem {
    N node{};
    std::optional<fhirpath::Value> computed;
};

template <core::Node N>
struct Cell {
    std::vector<CellItem<N>> items;  // at most one unless is_collection
    bool is_collection = false;
};

template <core::Node N>
using Row = std::vector<Cell<N>>;  // in the order of columns_of(view)

// A view made ready to run over many resources.
template <core::Node N>
class RowMaker {
public:
    using Item = fhirpath::Item<N>;
    // What one resource may unfold to; products multiply.
    static constexpr std::size_t max_rows = 1'000'000;
    static constexpr int max_repeat_depth = 512;

    // Throws core::Error for paths that do not parse.
    RowMaker(const View &view, core::Interrupt interrupt) : view_(view) {
        environment_.interrupt = interrupt;
        environment_.sql_on_fhir = true;
        for (const std::string &path : view_.where) where_.push_back(&path_of(path));
        prepare(view_.root);
    }
    RowMaker(const RowMaker &) = delete;
    RowMaker &operator=(const RowMaker &) = delete;

    // No rows for a resource of another type or that `where` leaves out.  Throws core::Error.
    std::vector<Row<N>> rows(const N &resource) {
        if (resource.find("resourceType").as_text() != view_.resource) return {};
        environment_.resource = resource;
        environment_.root_resource = resource;
        const Item root = fhirpath::Evaluator<N>::item_of(resource);
        for (Path *path : where_)
            if (!is_true(*path, root)) return {};
        return of(view_.root, &root, 0);
    }

private:
    struct Path {
        Path(const std::string &text, const fhirpath::Environment<N> &environment)
            : evaluator(parsed(text), environment) {}
        fhirpath::Evaluator<N> evaluator;
    };
    struct Prepared {  // of a select, in the order of the walk
        std::vector<Path *> focus;
        std::vector<Path *> columns;  // null: %rowIndex, or built for each index
    };

    static fhirpath::Expression parsed(const std::string &text) {
        auto expression = fhirpath::Expression::parse(text);
        if (!expression.ok()) throw expression.error();
        return std::move(expression).value();
    }
    static bool is_row_index(const std::string &path) { return path == "%rowIndex"; }
    static bool uses_row_index(const std::string &path) {
        return path.find("%rowIndex") != std::string::npos;
    }

    Path &path_of(const std::string &text) { return paths_.emplace_back(text, environment_); }

    void prepare(const Select &select) {
        Prepared &out = prepared_.emplace_back();
        for (const std::string &path : select.paths) out.focus.push_back(&path_of(path));
        for (const Column &column : select.columns)
            out.columns.push_back(uses_row_index(column.path) ? nullptr : &path_of(column.path));
        numbers_.emplace_back(&select, prepared_.size() - 1);
        for (const Select &inner : select.selects) prepare(inner);
        for (const Select &inner : select.unions) prepare(inner);
    }
    Prepared &prepared(const Select &select) {
        for (const auto &[known, number] : numbers_)
            if (known == &select) return prepared_[number];
        return prepared_.front();  // every select has been prepared
    }

    bool is_true(Path &path, const Item &root) {
        const auto &result = path.evaluator.evaluate(root);
        if (result.empty()) return false;
        const fhirpath::Value *value =
            result.size() == 1 ? path.evaluator.value_of(result.front()) : nullptr;
        if (!value || value->kind != fhirpath::ValueKind::boolean)
            throw core::Error{core::ErrorCode::invalid_value, "where of a view is no boolean",
                              "A path of where must give true, false or nothing.", 0};
        return value->boolean;
    }

    // The rows of `select` under one focus of its parent; null: the empty focus of forEachOrNull.
    std::vector<Row<N>> of(const Select &select, const Item *focus, std::int64_t index) {
        if (select.focus == Select::Focus::context) return under(select, focus, index);
        std::vector<Row<N>> out;
        const std::vector<Item> items = foci(select, focus);
        std::int64_t number = 0;
        for (const Item &item : items) append(out, under(select, &item, number++));
        if (items.empty() && select.focus == Select::Focus::for_each_or_null)
            append(out, under(select, nullptr, 0));
        return out;
    }

    std::vector<Item> foci(const Select &select, const Item *focus) {
        std::vector<Item> out;
        if (!focus) return out;
        if (select.focus == Select::Focus::repeat) {
            reach(prepared(select).focus, *focus, 0, out);
        } else {
            const auto &found = prepared(select).focus.front()->evaluator.evaluate(*focus);
            out.assign(found.begin(), found.end());
        }
        return out;
    }

    // Parents before children, path by path at each step.
    void reach(const std::vector<Path *> &paths, const Item &from, int depth,
               std::vector<Item> &out) {
        if (depth > max_repeat_depth)
            throw core::Error{core::ErrorCode::limit_exceeded,
                              "repeat of a view is nested too deeply",
                              "At most 512 levels are followed.", 0};
        for (Path *path : paths) {
            const auto &found = path->evaluator.evaluate(from);
            // The next step evaluates the same path again, which ends `found`.
            const std::vector<Item> items(found.begin(), found.end());
            for (const Item &item : items) {
                if (item.is_value()) continue;  // has no children
                out.push_back(item);
                check_size(out.size());
                reach(paths, item, depth + 1, out);
            }
        }
    }

    std::vector<Row<N>> under(const Select &select, const Item *focus, std::int64_t index) {
        std::vector<Row<N>> out(1);
        auto &columns = prepared(select).columns;
        for (std::size_t i = 0; i < select.columns.size(); i++)
            out.front().push_back(cell(select.columns[i], columns[i], focus, index));
        for (const Select &inner : select.selects) multiply(out, of(inner, focus, index));
        if (!select.unions.empty()) {
            std::vector<Row<N>> all;
            for (const Select &branch : select.unions) append(all, of(branch, focus, index));
            multiply(out, all);
        }
        return out;
    }

    Cell<N> cell(const Column &column, Path *path, const Item *focus, std::int64_t index) {
        Cell<N> out;
        out.is_collection = column.collection;
        if (is_row_index(column.path)) {
            out.items.push_back({{}, fhirpath::Value::of_integer(index)});
        } else if (focus && path) {
            take(*path, *focus, column, out);
        } else if (focus) {
            Path once(with_row_index(column.path, index), environment_);
            take(once, *focus, column, out);
        }
        return out;
    }

    static std::string with_row_index(std::string path, std::int64_t index) {
        static constexpr std::string_view name = "%rowIndex";
        const std::string number = std::to_string(index);
        for (std::size_t at = 0; (at = path.find(name, at)) != std::string::npos;
             at += number.size())
            path.replace(at, name.size(), number);
        return path;
    }

    void take(Path &path, const Item &focus, const Column &column, Cell<N> &out) {
        const auto &found = path.evaluator.evaluate(focus);
        if (found.size() > 1 && !column.collection)
            throw core::Error{core::ErrorCode::invalid_value, "column of a view has several values",
                              "Only a column that is a collection may have more than one.", 0};
        for (const Item &item : found) {
            if (item.is_value())
                out.items.push_back({{}, *item.value});
            else if (item.node.kind() != core::Kind::absent)
                out.items.push_back({item.node, std::nullopt});
        }
    }

    void append(std::vector<Row<N>> &to, std::vector<Row<N>> &&more) {
        check_size(to.size() + more.size());
        for (Row<N> &row : more) to.push_back(std::move(row));
    }
    void multiply(std::vector<Row<N>> &rows, const std::vector<Row<N>> &by) {
        check_size(rows.size() * by.size());
        if (by.size() == 1) {
            for (Row<N> &row : rows) row.insert(row.end(), by.front().begin(), by.front().end());
            return;
        }
        std::vector<Row<N>> out;
        out.reserve(rows.size() * by.size());
        for (const Row<N> &left : rows)
            for (const Row<N> &right : by) {
                out.push_back(left);
                out.back().insert(out.back().end(), right.begin(), right.end());
            }
        rows = std::move(out);
    }
    static void check_size(std::size_t rows) {
        if (rows > max_rows)
            throw core::Error{core::ErrorCode::limit_exceeded,
                              "view makes too many rows of a resource",
                              "One resource may give 1,000,000 rows.", 0};
    }

    const View view_;
    fhirpath::Environment<N> environment_;
    std::deque<Path> paths_;
    std::deque<Prepared> prepared_;
    std::vector<std::pair<const Select *, std::size_t>> numbers_;
    std::vector<Path *> where_;
};

}  // namespace clinical::views
