#pragma once

// Rows of a set that is made at once, for functions whose rows are many and small: each row is laid
// out as the server stores it, they are handed over in batches, one crossing each, and the set goes
// to disk when it outgrows work_mem.
//
//   RowSet<int32, std::string_view, std::optional<std::string_view>> rows(fcinfo);
//   rows.add(1, "abc", std::nullopt);
//   return rows.finish();

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

#include "bridge/boundary.h"

extern "C" {
#include "access/htup_details.h"
#include "utils/tuplestore.h"
}

namespace clinical::bridge {

// What does not depend on the columns.
class RowSetBase {
public:
    Datum finish() {
        flush();
        fcinfo_->isnull = true;
        return 0;
    }

protected:
    enum class Column : char { integer, text };

    RowSetBase(FunctionCallInfo fcinfo, const Column *columns, int count);

    // Room for `size` bytes behind the rows that wait to be handed over, aligned.
    char *place(std::size_t size) {
        if (count_ == rows_.size() || end_ + size > room_) make_room(size);
        return memory_.get() + end_;
    }
    void end_row(std::size_t size) {
        rows_[count_++] = {end_, size};
        end_ += MAXALIGN(size);
    }

private:
    struct Row {
        std::size_t begin, size;
    };
    void make_room(std::size_t size);
    void flush();

    FunctionCallInfo fcinfo_;
    std::size_t room_ = std::size_t{1} << 13;
    std::unique_ptr<char[]> memory_;
    std::size_t end_ = 0;  // of the rows in it
    std::size_t count_ = 0;
    std::array<Row, 64> rows_;
};

// Columns: int32 is SQL's integer, std::string_view a text (or what is laid out alike), NULL where
// it is optional.
template <typename... Columns>
class RowSet : public RowSetBase {
public:
    explicit RowSet(FunctionCallInfo fcinfo) : RowSetBase(fcinfo, kinds, count) {
        auto *const blank = reinterpret_cast<HeapTupleHeader>(blank_);
        HeapTupleHeaderSetNatts(blank, count);
        blank->t_infomask = HEAP_HASVARWIDTH;
        blank->t_hoff = sizeof blank_;
        for (int i = 0; i < count; ++i) blank->t_bits[i >> 3] |= static_cast<bits8>(1 << (i & 7));
    }

    void add(const Columns &...values) {
        char *const row = place((sizeof blank_ + ... + most(values)));
        std::memcpy(row, blank_, sizeof blank_);
        char *end = row + sizeof blank_;
        int column = 0;
        (put(row, end, column++, values), ...);
        end_row(static_cast<std::size_t>(end - row));
    }

private:
    static constexpr int count = sizeof...(Columns);
    static constexpr Column kinds[] = {std::is_same_v<Columns, int32> ? Column::integer
                                                                      : Column::text...};

    // Bytes that a value takes at most, with what aligns it.
    static std::size_t most(int32) { return 2 * sizeof(int32); }
    static std::size_t most(std::string_view text) { return text.size() + VARHDRSZ + ALIGNOF_INT; }
    static std::size_t most(const std::optional<std::string_view> &text) {
        return text ? most(*text) : 0;
    }

    // All that is not of one byte aligns as an int4; `row` is aligned.
    static void align(const char *row, char *&end) {
        while ((end - row) % ALIGNOF_INT != 0) *end++ = 0;
    }
    static void put(char *row, char *&end, int, int32 value) {
        align(row, end);
        std::memcpy(end, &value, sizeof value);
        end += sizeof value;
    }
    static void put(char *row, char *&end, int, std::string_view text) {
        if (text.size() + VARHDRSZ_SHORT <= VARATT_SHORT_MAX) {
            SET_VARSIZE_SHORT(end, text.size() + VARHDRSZ_SHORT);
            end += VARHDRSZ_SHORT;
        } else {
            align(row, end);
            SET_VARSIZE(end, text.size() + VARHDRSZ);
            end += VARHDRSZ;
        }
        std::memcpy(end, text.data(), text.size());
        end += text.size();
    }
    static void put(char *row, char *&end, int column,
                    const std::optional<std::string_view> &text) {
        if (text) return put(row, end, column, *text);
        auto *const header = reinterpret_cast<HeapTupleHeader>(row);
        header->t_infomask |= HEAP_HASNULL;
        header->t_bits[column >> 3] &= static_cast<bits8>(~(1 << (column & 7)));
    }

    // The header of a row without NULLs: every row starts as a copy.
    alignas(MAXIMUM_ALIGNOF) char blank_[MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(count))] = {};
};

}  // namespace clinical::bridge
