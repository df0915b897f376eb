#include "pg/table_scan.h"

#include "bridge/value.h"

extern "C" {
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace clinical {
namespace {

constexpr int max_keys = 4;

// PostgreSQL's regime.
Oid relation_named(Oid schema, const char *name) {
    const Oid oid = get_relname_relid(name, schema);
    if (!OidIsValid(oid)) elog(ERROR, "relation _pgclinical.%s is missing", name);
    return oid;
}

// PostgreSQL's regime.
void make_key(ScanKey key, const TableKey &given) {
    const Oid collation = given.is_text ? C_COLLATION_OID : InvalidOid;
    Datum value = Int64GetDatum(given.number);
    if (given.is_text)
        value = PointerGetDatum(
            cstring_to_text_with_len(given.text.data(), static_cast<int>(given.text.size())));
    ScanKeyEntryInitialize(key, 0, given.column, BTEqualStrategyNumber, InvalidOid, collation,
                           given.is_text ? F_TEXTEQ : F_INT8EQ, value);
}

}  // namespace

std::string_view TableRow::text(AttrNumber column) const {
    if (is_null(column)) return {};
    return bridge::view(DatumGetPointer(values[column - 1]));
}

TableScan::TableScan(const char *table, const char *index, std::initializer_list<TableKey> keys) {
    bridge::pg([&] {
        ScanKeyData scan_keys[max_keys];
        int count = 0;
        for (const TableKey &key : keys) {
            if (count == max_keys) elog(ERROR, "too many keys");
            make_key(&scan_keys[count++], key);
        }
        const Oid schema = get_namespace_oid("_pgclinical", false);
        table_ = table_open(relation_named(schema, table), AccessShareLock);
        scan_ = systable_beginscan(table_, index ? relation_named(schema, index) : InvalidOid,
                                   index != nullptr, GetActiveSnapshot(), count, scan_keys);
    });
}

std::vector<TableRow> TableScan::next(int most) {
    struct Batch {
        TableRow *rows;
        int count;
        bool at_end;
    };
    if (!scan_) return {};
    const Batch batch = bridge::pg([&] {
        Batch b{static_cast<TableRow *>(palloc(sizeof(TableRow) * most)), 0, false};
        TupleDesc desc = RelationGetDescr(table_);
        while (b.count < most && !b.at_end) {
            HeapTuple tuple = systable_getnext(scan_);
            b.at_end = !HeapTupleIsValid(tuple);  // asked once more, it would begin again
            if (b.at_end) break;
            auto *values = static_cast<Datum *>(palloc(sizeof(Datum) * desc->natts));
            auto *nulls = static_cast<bool *>(palloc(sizeof(bool) * desc->natts));
            heap_deform_tuple(tuple, desc, values, nulls);
            for (int i = 0; i < desc->natts; ++i)
                if (!nulls[i] && TupleDescAttr(desc, i)->attlen == -1)
                    values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(values[i]));
            b.rows[b.count++] = {values, nulls};
        }
        if (b.at_end) {
            systable_endscan(scan_);
            table_close(table_, AccessShareLock);
        }
        return b;
    });
    if (batch.at_end) scan_ = nullptr;
    return {batch.rows, batch.rows + batch.count};
}

void TableScan::close() {
    if (!scan_) return;
    bridge::pg([&] {
        systable_endscan(scan_);
        table_close(table_, AccessShareLock);
    });
    scan_ = nullptr;
}

std::vector<TableRow> table_rows(const char *table, const char *index,
                                 std::initializer_list<TableKey> keys) {
    TableScan scan(table, index, keys);
    std::vector<TableRow> all;
    for (;;) {
        const auto batch = scan.next(256);
        if (batch.empty()) return all;
        all.insert(all.end(), batch.begin(), batch.end());
    }
}

}  // namespace clinical
