// Background workers that load batches beside the session that runs them.
//
// A worker is the leader's loop without its SQL: claim a batch, commit, load it, commit, until
// there is none.  It connects as the leader's session user and takes the leader's current role, so
// it may do exactly what the leader may.  Nothing here holds a C++ object: every function is
// PostgreSQL's regime from end to end.

#include "bridge/compat.h"

#include "bridge/boundary.h"
#include "pg/background_worker.h"

extern "C" {
#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

PGDLLEXPORT void pgclinical_load_worker(Datum unused);
}

namespace {

// What a worker is told, in bgw_extra.
struct Task {
    Oid database;
    Oid session_user;
    Oid role;
    Oid warehouse;  // the schema: a rename meanwhile does not matter
    int64 run;
};
static_assert(sizeof(Task) <= BGW_EXTRALEN);

constexpr int k_most_workers = 64;

// The workers of this session's current run.
BackgroundWorkerHandle *workers[k_most_workers];
int worker_count = 0;
bool callback_registered = false;

void forget_workers() {
    for (int i = 0; i < worker_count; i++) pfree(workers[i]);
    worker_count = 0;
}

// The leader failed or was cancelled: its workers stop as well, and their batches are free again.
void end_workers(XactEvent event, void *) {
    if (event != XACT_EVENT_ABORT || worker_count == 0) return;
    for (int i = 0; i < worker_count; i++) TerminateBackgroundWorker(workers[i]);
    forget_workers();
}

int64 number_of(const char *statement, int argument_count, Oid *types, Datum *values, bool *null) {
    if (SPI_execute_with_args(statement, argument_count, types, values, nullptr, false, 1) !=
            SPI_OK_SELECT ||
        SPI_processed != 1)
        elog(ERROR, "unexpected result of a worker's statement");
    const Datum result = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, null);
    return *null ? 0 : DatumGetInt64(result);
}

void begin_step(const char *activity) {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    XactIsoLevel = XACT_READ_COMMITTED;
    if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "could not connect to SPI");
    PushActiveSnapshot(GetTransactionSnapshot());
    pgstat_report_activity(STATE_RUNNING, activity);
}

void end_step() {
    SPI_finish();
    PopActiveSnapshot();
    CommitTransactionCommand();
    pgstat_report_stat(false);
    pgstat_report_activity(STATE_IDLE, nullptr);
}

// One batch; false when there is no more to do.
bool load_one(const Task &task) {
    Oid types[3] = {OIDOID, INT8OID, INT8OID};
    Datum values[3] = {ObjectIdGetDatum(task.warehouse), Int64GetDatum(task.run), 0};
    bool null;

    begin_step("claiming a batch");
    const int64 batch = number_of(
        "SELECT _pgclinical.claim_batch(n.nspname::text, $2)"
        " FROM pg_catalog.pg_namespace n WHERE n.oid OPERATOR(pg_catalog.=) $1",
        2, types, values, &null);
    end_step();
    if (null) return false;

    values[2] = Int64GetDatum(batch);
    begin_step("loading a batch");
    const int64 failed = number_of(
        "SELECT (b.failed IS NOT NULL)::pg_catalog.int4::pg_catalog.int8"
        " FROM pg_catalog.pg_namespace n, _pgclinical.load_batch(n.nspname::text, $3, $2) b"
        " WHERE n.oid OPERATOR(pg_catalog.=) $1",
        3, types, values, &null);
    end_step();
    return failed == 0;
}

}  // namespace

extern "C" {

void pgclinical_load_worker(Datum) {
    Task task;
    memcpy(&task, MyBgworkerEntry->bgw_extra, sizeof task);

    pqsignal(SIGTERM, die);
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    BackgroundWorkerUnblockSignals();
    BackgroundWorkerInitializeConnectionByOid(task.database, task.session_user, 0);
    clinical::take_role(task.session_user, task.role);

    while (load_one(task)) {
        CHECK_FOR_INTERRUPTS();
        if (ConfigReloadPending) {
            ConfigReloadPending = false;
            ProcessConfigFile(PGC_SIGHUP);
        }
    }
}

}  // extern "C"

// start_workers(workers int, warehouse text, run bigint) returns int
CLINICAL_FUNCTION(start_workers) {
    return clinical::bridge::pg([&]() -> Datum {
        const int wanted = Min(PG_GETARG_INT32(0), k_most_workers);
        Task task = {};
        task.database = MyDatabaseId;
        task.session_user = GetSessionUserId();
        task.role = GetUserId();
        task.warehouse = get_namespace_oid(text_to_cstring(PG_GETARG_TEXT_PP(1)), false);
        task.run = PG_GETARG_INT64(2);

        if (!callback_registered) {
            RegisterXactCallback(end_workers, nullptr);
            callback_registered = true;
        }
        forget_workers();

        BackgroundWorker worker =
            clinical::background_worker("pgclinical_load_worker", "pgclinical loader");
        snprintf(worker.bgw_name, BGW_MAXLEN, "pgclinical loader of run " INT64_FORMAT, task.run);
        memcpy(worker.bgw_extra, &task, sizeof task);

        // Handles outlive the transaction: the run commits between its batches.
        MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
        while (worker_count < wanted &&
               RegisterDynamicBackgroundWorker(&worker, &workers[worker_count]))
            worker_count++;
        MemoryContextSwitchTo(caller);
        return Int32GetDatum(worker_count);
    });
}

// wait_for_workers() returns int
CLINICAL_FUNCTION(wait_for_workers) {
    return clinical::bridge::pg([&]() -> Datum {
        const int count = worker_count;
        // A cancel raises from the wait; the end of the transaction then ends the workers.
        for (int i = 0; i < count; i++) WaitForBackgroundWorkerShutdown(workers[i]);
        forget_workers();
        return Int32GetDatum(count);
    });
}
