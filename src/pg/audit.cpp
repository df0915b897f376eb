// The audit trail: one row of pgclinical_audit.event per statement that changes a warehouse,
// written in its transaction by its trigger, and per act of administration.  Who acts is taken from
// the session, never from an argument; what was changed is named, never quoted.
//
// Rows are inserted as the owner of the table, as foreign-key checks do: nobody else may write it.

#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string_view>

#include "bridge/value.h"
#include "pg/door.h"
#include "seal/leaf.h"

extern "C" {
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/acl.h"
#include "utils/inet.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"
#include "utils/xid8.h"
}

namespace clinical {
namespace {

constexpr const char *audit_schema = "pgclinical_audit";
constexpr std::uint8_t leaf_version = 1;
constexpr std::size_t max_detail_bytes = 4096;  // facts about an act, not a copy of data

// The columns of pgclinical_audit.event, in its order.
enum Column {
    col_event,
    col_xid,
    col_statement,
    col_at,
    col_login_role,
    col_acting_role,
    col_client,
    col_backend,
    col_backend_started,
    col_kind,
    col_warehouse,
    col_rel,
    col_relation,
    col_rows,
    col_run,
    col_detail,
    col_leaf,
    column_count
};

using Columns = std::array<Oid, column_count>;
constexpr Columns column_types = {
    INT8OID, XID8OID, INT4OID, TIMESTAMPTZOID, NAMEOID, NAMEOID, INETOID, INT4OID, TIMESTAMPTZOID,
    TEXTOID, NAMEOID, TEXTOID, NAMEOID,        INT8OID, INT8OID, JSONOID, BYTEAOID};

// A row of the table; trivially destructible, so it may live in either regime.
struct Event {
    Datum values[column_count];
    bool nulls[column_count];

    bool has(Column column) const { return !nulls[column]; }
    void set(Column column, Datum value) {
        values[column] = value;
        nulls[column] = false;
    }
};

// What the session remembers of its current transaction.
struct TransactionNotes {
    LocalTransactionId transaction = InvalidLocalTransactionId;
    std::int32_t statements = 0;
    bool has_run = false;
    std::int64_t run = 0;
};

TransactionNotes &notes() {
    static TransactionNotes kept;
    if (const LocalTransactionId now = bridge::local_transaction(); kept.transaction != now)
        kept = {now, 0, false, 0};
    return kept;
}

// --- the leaf ------------------------------------------------------------------------------------

// The hash must not depend on the database's encoding: a dump may be restored into another.
std::string_view utf8(const char *text) {
    return bridge::pg([&] {
        return static_cast<const char *>(
            pg_server_to_any(text, static_cast<int>(std::strlen(text)), PG_UTF8));
    });
}

void add_text(seal::Leaf &leaf, Datum value) {
    const char *stored = bridge::pg([&] { return TextDatumGetCString(value); });
    leaf.bytes(utf8(stored));
}

// An address as family (4 or 6), prefix length and bytes.
void add_address(seal::Leaf &leaf, Datum value) {
    const inet *address = bridge::pg([&] { return DatumGetInetPP(value); });
    char bytes[2 + 16];
    bytes[0] = ip_family(address) == PGSQL_AF_INET ? 4 : 6;
    bytes[1] = static_cast<char>(ip_bits(address));
    const std::size_t size = ip_addrsize(address);
    std::memcpy(bytes + 2, ip_addr(address), size);
    leaf.bytes({bytes, 2 + size});
}

seal::Hash leaf_of(const Event &event) {
    seal::Leaf leaf(leaf_version);
    for (int i = 0; i < col_leaf; ++i) {
        const Datum value = event.values[i];
        if (event.nulls[i]) {
            leaf.absent();
            continue;
        }
        switch (column_types[i]) {
            case INT8OID:
            case TIMESTAMPTZOID: leaf.integer(DatumGetInt64(value)); break;
            case XID8OID:
                leaf.integer(static_cast<std::int64_t>(
                    U64FromFullTransactionId(DatumGetFullTransactionId(value))));
                break;
            case INT4OID: leaf.integer(DatumGetInt32(value)); break;
            case NAMEOID: leaf.bytes(utf8(NameStr(*DatumGetName(value)))); break;
            case INETOID: add_address(leaf, value); break;
            default: add_text(leaf, value); break;  // text, json: stored as it was given
        }
    }
    return leaf.hash();
}

// --- who, when -----------------------------------------------------------------------------------

// PostgreSQL's regime, as are the functions below that say so by their calls.
Datum name_of(const char *text) {
    auto *name = static_cast<Name>(palloc0(NAMEDATALEN));
    namestrcpy(name, text);
    return NameGetDatum(name);
}

// The client's address: none for local sockets and background workers.
Datum client_address(bool &is_null) {
    LOCAL_FCINFO(call, 0);
    InitFunctionCallInfoData(*call, nullptr, 0, InvalidOid, nullptr, nullptr);
    const Datum address = inet_client_addr(call);
    is_null = call->isnull;
    return address;
}

Oid audit_relation(const char *name) {
    const Oid schema = get_namespace_oid(audit_schema, false);
    const Oid relation = get_relname_relid(name, schema);
    if (!OidIsValid(relation))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation \"%s.%s\" does not exist", audit_schema, name)));
    return relation;
}

Oid owner_of(Oid relation) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for relation %u", relation);
    const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

void begin_event(Event &event, const char *kind, const char *warehouse) {
    for (bool &null : event.nulls) null = true;
    TransactionNotes &transaction = notes();
    event.set(col_event, Int64GetDatum(nextval_internal(audit_relation("event_number"), false)));
    event.set(col_xid, FullTransactionIdGetDatum(GetTopFullTransactionId()));
    event.set(col_statement, Int32GetDatum(++transaction.statements));
    event.set(col_at, TimestampTzGetDatum(GetCurrentTimestamp()));
    event.set(col_login_role, name_of(GetUserNameFromId(GetSessionUserId(), false)));
    event.set(col_acting_role, name_of(GetUserNameFromId(GetUserId(), false)));
    event.values[col_client] = client_address(event.nulls[col_client]);
    event.set(col_backend, Int32GetDatum(MyProcPid));
    event.set(col_backend_started, TimestampTzGetDatum(MyStartTimestamp));
    event.set(col_kind, CStringGetTextDatum(kind));
    event.set(col_warehouse, name_of(warehouse));
    if (transaction.has_run) event.set(col_run, Int64GetDatum(transaction.run));
}

// --- writing -------------------------------------------------------------------------------------

SPIPlanPtr insert_plan() {
    static SPIPlanPtr kept = nullptr;
    if (kept) return kept;
    Columns types = column_types;
    SPIPlanPtr plan = SPI_prepare(
        "INSERT INTO pgclinical_audit.event (event, xid, statement, at, login_role, acting_role,"
        " client, backend, backend_started, kind, warehouse, rel, relation, rows, run, detail, "
        "leaf)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        column_count, types.data());
    if (!plan) elog(ERROR, "could not prepare: %s", SPI_result_code_string(SPI_result));
    SPI_keepplan(plan);
    kept = plan;
    return kept;
}

// An error on the way ends the (sub)transaction, which restores the user.
void insert_event(Event &event) {
    char nulls[column_count];
    for (int i = 0; i < column_count; ++i) nulls[i] = event.nulls[i] ? 'n' : ' ';

    Oid caller;
    int context;
    GetUserIdAndSecContext(&caller, &context);
    SetUserIdAndSecContext(owner_of(audit_relation("event")),
                           context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
    SPI_connect();
    const int result = SPI_execute_plan(insert_plan(), event.values, nulls, false, 0);
    if (result != SPI_OK_INSERT)
        elog(ERROR, "could not write audit event: %s", SPI_result_code_string(result));
    SPI_finish();
    SetUserIdAndSecContext(caller, context);
}

void seal_and_write(Event &event) {
    const seal::Hash hash = leaf_of(event);
    const std::string_view bytes(reinterpret_cast<const char *>(hash.data()), hash.size());
    event.set(col_leaf, bridge::to_text(bytes));
    bridge::pg([&] { insert_event(event); });
}

// --- statements ----------------------------------------------------------------------------------

const char *statement_kind(TriggerEvent event) {
    if (TRIGGER_FIRED_BY_INSERT(event)) return "insert";
    if (TRIGGER_FIRED_BY_UPDATE(event)) return "update";
    if (TRIGGER_FIRED_BY_DELETE(event)) return "delete";
    return "truncate";
}

const TriggerData *trigger_of(FunctionCallInfo fcinfo) {
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("function \"audit_statement\" was not called as a trigger")));
    auto *trigger = reinterpret_cast<TriggerData *>(fcinfo->context);
    const bool counted = trigger->tg_newtable || trigger->tg_oldtable ||
                         TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event);
    if (!TRIGGER_FIRED_AFTER(trigger->tg_event) || TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
        !counted || trigger->tg_trigger->tgnargs != 1)
        ereport(ERROR,
                (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                 errmsg("trigger \"%s\" is not one that attach_audit makes",
                        trigger->tg_trigger->tgname),
                 errhint("Use SELECT pgclinical.maintain(warehouse) to make the triggers anew.")));
    return trigger;
}

// The table's logical name, as the trigger states it: its own or its root's.  Whoever made the
// trigger by hand cannot name another table.
const char *logical_name(const TriggerData *trigger) {
    Relation relation = trigger->tg_relation;
    const char *stated = trigger->tg_trigger->tgargs[0];
    if (relation->rd_rel->relispartition) {
        const char *root = get_rel_name(get_partition_parent(RelationGetRelid(relation), true));
        if (root && std::strcmp(root, stated) == 0) return stated;
    }
    return RelationGetRelationName(relation);
}

// --- acts of administration ----------------------------------------------------------------------

// Kinds of acts that chapters report, and who may report each: a group, a right to the warehouse's
// schema (its owner has CREATE), and the verb that must be running in the session, if it is one
// that can be told.
struct Act {
    std::string_view kind;
    const char *group;
    AclMode right;
    Verb verb = Verb::none;
};
constexpr Act acts[] = {
    {"create", "pgclinical_etl", ACL_CREATE},
    {"drop", "pgclinical_etl", ACL_CREATE},
    {"maintain", "pgclinical_etl", ACL_CREATE},
    {"upgrade", "pgclinical_etl", ACL_CREATE},
    {"attest", "pgclinical_releaser", ACL_USAGE, Verb::attest},
    {"release", "pgclinical_releaser", ACL_USAGE, Verb::release},
    {"crosswalk", "pgclinical_releaser", ACL_USAGE, Verb::release},
    {"retract", "pgclinical_releaser", ACL_USAGE},
};

const Act &act_of(std::string_view kind) {
    for (const Act &act : acts)
        if (act.kind == kind) return act;
    throw core::Error{core::ErrorCode::invalid_option, "unknown kind of audit event",
                      "The kinds are: create, drop, maintain, upgrade, attest, release, "
                      "crosswalk, retract.",
                      0};
}

// Whoever has nothing to do with a warehouse cannot fill its trail.
void require_actor(const Act &act, const char *warehouse) {
    if (!has_privs_of_role(GetUserId(), get_role_oid(act.group, false)))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied to write this kind of audit event"),
                        errdetail("Only members of %s may do this.", act.group)));
    if (act.verb != Verb::none && running_verb() != act.verb)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("this kind of audit event cannot be written directly")));
    const Oid schema = get_namespace_oid(warehouse, false);
    const AclResult acl = pg_namespace_aclcheck(schema, GetUserId(), act.right);
    if (acl != ACLCHECK_OK) aclcheck_error(acl, OBJECT_SCHEMA, warehouse);
}

}  // namespace
}  // namespace clinical

using namespace clinical;

CLINICAL_FUNCTION(audit_statement) {
    Event event;
    const bool worth = bridge::pg([&] {
        const TriggerData *trigger = trigger_of(fcinfo);
        Tuplestorestate *changed =
            trigger->tg_newtable ? trigger->tg_newtable : trigger->tg_oldtable;
        const std::int64_t rows = changed ? tuplestore_tuple_count(changed) : 0;
        if (changed && rows == 0) return false;  // nothing happened
        // The warehouse is the table's own schema: only its owner can have made a table in it.
        begin_event(event, statement_kind(trigger->tg_event),
                    get_namespace_name(RelationGetNamespace(trigger->tg_relation)));
        event.set(col_rel, CStringGetTextDatum(logical_name(trigger)));
        event.set(col_relation, name_of(RelationGetRelationName(trigger->tg_relation)));
        if (changed) event.set(col_rows, Int64GetDatum(rows));
        return true;
    });
    if (worth) seal_and_write(event);
    return PointerGetDatum(nullptr);
}

CLINICAL_FUNCTION(audit_event) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
        throw core::Error{core::ErrorCode::invalid_option,
                          "kind and warehouse of an audit event must not be null", "", 0};
    const Act &act = act_of(bridge::text_argument(fcinfo, 0));
    Event event;
    bridge::pg([&] {
        const char *warehouse = text_to_cstring(PG_GETARG_TEXT_PP(1));
        require_actor(act, warehouse);
        begin_event(event, text_to_cstring(PG_GETARG_TEXT_PP(0)), warehouse);
        if (!PG_ARGISNULL(2)) event.set(col_rel, PointerGetDatum(PG_GETARG_TEXT_PP(2)));
        if (!PG_ARGISNULL(3)) event.set(col_rows, PG_GETARG_DATUM(3));
        if (PG_ARGISNULL(4)) return;
        Jsonb *detail = PG_GETARG_JSONB_P(4);
        const char *text =
            JsonbToCString(nullptr, &detail->root, static_cast<int>(VARSIZE(detail)));
        if (!JB_ROOT_IS_OBJECT(detail) || std::strlen(text) > max_detail_bytes)
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                     errmsg("detail of an audit event must be an object of at most %zu bytes",
                            max_detail_bytes)));
        event.set(col_detail, CStringGetTextDatum(text));
    });
    seal_and_write(event);
    return event.values[col_event];
}

CLINICAL_FUNCTION(set_run) {
    bridge::pg([&] {
        TransactionNotes &transaction = notes();
        transaction.has_run = !PG_ARGISNULL(0);
        transaction.run = transaction.has_run ? PG_GETARG_INT64(0) : 0;
    });
    PG_RETURN_VOID();
}

CLINICAL_FUNCTION(audit_leaf) {
    Event event;
    bridge::pg([&] {
        HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
        TupleDesc desc =
            lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
        if (desc->natts != column_count) elog(ERROR, "unexpected columns of an audit event");
        HeapTupleData tuple{};
        tuple.t_len = HeapTupleHeaderGetDatumLength(row);
        tuple.t_data = row;
        heap_deform_tuple(&tuple, desc, event.values, event.nulls);
        ReleaseTupleDesc(desc);
    });
    const seal::Hash hash = leaf_of(event);
    return bridge::to_text({reinterpret_cast<const char *>(hash.data()), hash.size()});
}
