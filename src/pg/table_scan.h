#pragma once

// Rows of the extension's own tables by one index, without SPI: for functions that must be parallel
// safe and may be called for every row of a query.  Rights are not asked for: these tables hold
// reference content that everybody may use through the extension's functions.

#include <cstdint>
#include <string_view>
#include <vector>

#include "bridge/boundary.h"

extern "C" {
#include "access/genam.h"
}

namespace clinical {

// A value that an index column must equal; text columns are COLLATE "C".
struct TableKey {
    AttrNumber column;  // of the table, from 1
    bool is_text;
    std::int64_t number;
    std::string_view text;

    static TableKey of(AttrNumber column, std::int64_t number) {
        return {column, false, number, {}};
    }
    static TableKey of(AttrNumber column, std::string_view text) { return {column, true, 0, text}; }
};

// A row's values, detoasted, in the memory context that is current when it is fetched.
struct TableRow {
    const Datum *values;
    const bool *nulls;

    [[nodiscard]] bool is_null(AttrNumber column) const { return nulls[column - 1]; }
    [[nodiscard]] std::string_view text(AttrNumber column) const;  // empty for NULL
    [[nodiscard]] std::int64_t number(AttrNumber column) const {
        return DatumGetInt64(values[column - 1]);
    }
    [[nodiscard]] std::int32_t integer(AttrNumber column) const {
        return DatumGetInt32(values[column - 1]);
    }
    [[nodiscard]] bool flag(AttrNumber column) const { return DatumGetBool(values[column - 1]); }
    [[nodiscard]] Datum datum(AttrNumber column) const { return values[column - 1]; }
};

// An open scan under the active snapshot; read to its end, or closed.
class TableScan {
public:
    // `index` null: every row of the table.
    TableScan(const char *table, const char *index, std::initializer_list<TableKey> keys);
    TableScan(const TableScan &) = delete;
    TableScan &operator=(const TableScan &) = delete;

    // The next rows, at most `most`; none at the end, and the scan is closed then.
    std::vector<TableRow> next(int most);
    void close();

private:
    // After an error nobody closes: the resource owner does, with the (sub)transaction.
    Relation table_ = nullptr;
    SysScanDesc scan_ = nullptr;
};

// All rows at once.
std::vector<TableRow> table_rows(const char *table, const char *index,
                                 std::initializer_list<TableKey> keys);

}  // namespace clinical
