#include "bridge/row_set.h"

#include <algorithm>

extern "C" {
#include "catalog/pg_type.h"
#include "funcapi.h"
}

namespace clinical::bridge {

RowSetBase::RowSetBase(FunctionCallInfo fcinfo, const Column *columns, int count)
    : fcinfo_(fcinfo), memory_(std::make_unique_for_overwrite<char[]>(room_)) {
    pg([&] {
        auto *const result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
        // What the caller expects is the declaration, looked up already.
        const bool known = result && IsA(result, ReturnSetInfo) && result->expectedDesc;
        InitMaterializedSRF(fcinfo, known ? MAT_SRF_USE_EXPECTED_DESC : 0);
        // Rows are laid out here: the declaration must be the one that this is for.
        const TupleDesc desc = result->setDesc;
        bool same = desc->natts == count;
        for (int i = 0; same && i < count; ++i) {
            const Form_pg_attribute column = TupleDescAttr(desc, i);
            same = column->attalign == TYPALIGN_INT &&
                   (columns[i] == Column::integer
                        ? column->attlen == sizeof(int32) && column->attbyval
                        : column->attlen == -1 && column->attstorage != TYPSTORAGE_PLAIN);
        }
        if (!same) elog(ERROR, "the function's result is not declared as its rows are made");
    });
}

void RowSetBase::make_room(std::size_t size) {
    flush();
    if (size <= room_) return;
    room_ = std::max(size, 2 * room_);
    memory_ = std::make_unique_for_overwrite<char[]>(room_);
}

void RowSetBase::flush() {
    if (count_ > 0) {
        auto *const store = reinterpret_cast<ReturnSetInfo *>(fcinfo_->resultinfo)->setResult;
        pg([&] {
            HeapTupleData tuple{};
            for (std::size_t i = 0; i < count_; ++i) {
                tuple.t_len = static_cast<uint32>(rows_[i].size);
                tuple.t_data = reinterpret_cast<HeapTupleHeader>(memory_.get() + rows_[i].begin);
                tuplestore_puttuple(store, &tuple);
            }
        });
    }
    count_ = end_ = 0;
}

}  // namespace clinical::bridge
