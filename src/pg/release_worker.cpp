// Background workers that stage a release beside the session that publishes it.
//
// The session exports its snapshot; each worker imports it, says so, and waits.  When the session
// has committed the codes that several workers will ask for, it lets them go; each stages its share
// of the persons in one transaction of its own, as the session's user in the session's role, with
// the crosswalk open for the one project.  What fails in one worker fails the release.  Nothing
// here holds a C++ object: every function is PostgreSQL's regime from end to end.

#include "bridge/compat.h"

#include "bridge/boundary.h"
#include "pg/background_worker.h"
#include "pg/door.h"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"

PGDLLEXPORT void pgclinical_release_worker(Datum segment);
}

namespace {

constexpr int k_most_workers = 64;
constexpr long k_poll_milliseconds = 10;

enum Signal : uint32 { signal_wait, signal_go, signal_stop };
enum Progress : uint32 { progress_starting, progress_ready, progress_done, progress_failed };

struct Share {
    pg_atomic_uint32 progress;
    int sqlstate;  // set before `progress` says failed
    char message[256];
};

// What the session and its workers have in common.
struct Job {
    pg_atomic_uint32 signal;
    pg_atomic_uint32 shares;  // how many workers divide the work
    Oid database;
    Oid session_user;
    Oid role;
    int64 project;
    char snapshot[MAXPGPATH];
    char key_file[MAXPGPATH];
    char work_mem[32];
    Share share[k_most_workers];
    char task[FLEXIBLE_ARRAY_MEMBER];  // the argument of _pgclinical.release_share
};

// The workers of this session's current release.
dsm_segment *segment = nullptr;
BackgroundWorkerHandle *workers[k_most_workers];
int worker_count = 0;
bool callback_registered = false;

Job *job_in(dsm_segment *of) { return static_cast<Job *>(dsm_segment_address(of)); }

void tell_to_stop(dsm_segment *, Datum job) {
    pg_atomic_write_u32(&reinterpret_cast<Job *>(DatumGetPointer(job))->signal, signal_stop);
}

void dismiss_workers() {
    for (int i = 0; i < worker_count; i++) {
        TerminateBackgroundWorker(workers[i]);
        pfree(workers[i]);
    }
    worker_count = 0;
    if (segment) {
        dsm_segment *old = segment;
        segment = nullptr;
        dsm_detach(old);
    }
}

// The release failed or was cancelled: its workers stop as well.
void end_workers(XactEvent event, void *) {
    if (event == XACT_EVENT_ABORT) dismiss_workers();
}

void wait_a_moment() {
    WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, k_poll_milliseconds,
              PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
}

bool is_running(int worker) {
    pid_t pid;
    const BgwHandleStatus status = GetBackgroundWorkerPid(workers[worker], &pid);
    return status == BGWH_STARTED || status == BGWH_NOT_YET_STARTED;
}

uint32 progress_of(Job *job, int worker) {
    return pg_atomic_read_u32(&job->share[worker].progress);
}

void raise_failure(const Share &share) {
    const int state = share.sqlstate;
    ereport(ERROR, (errcode(state ? state : ERRCODE_CONNECTION_FAILURE),
                    errmsg("%s", state ? share.message : "a worker of the release has ended")));
}

// Waits until every worker is at least `wanted`; a worker that fails or vanishes is an error.
void wait_for(Job *job, Progress wanted) {
    for (int i = 0; i < worker_count;) {
        const bool alive = is_running(i);  // asked first: it may finish between the two
        const uint32 progress = progress_of(job, i);
        if (progress == progress_failed || (progress < wanted && !alive))
            raise_failure(job->share[i]);
        if (progress >= wanted)
            i++;
        else
            wait_a_moment();
    }
}

void remember_failure(Share *share, MemoryContext context) {
    MemoryContextSwitchTo(context);
    ErrorData *error = CopyErrorData();
    share->sqlstate = error->sqlerrcode;
    strlcpy(share->message, error->message ? error->message : "", sizeof share->message);
    pg_write_barrier();
    pg_atomic_write_u32(&share->progress, progress_failed);
}

void run_statement(const char *statement, int argument_count, Oid *types, Datum *values) {
    if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "could not connect to SPI");
    PushActiveSnapshot(GetTransactionSnapshot());
    if (SPI_execute_with_args(statement, argument_count, types, values, nullptr, false, 1) !=
        SPI_OK_SELECT)
        elog(ERROR, "unexpected result of a worker's statement");
    SPI_finish();
    PopActiveSnapshot();
}

void begin_with(const Job *job) {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    XactIsoLevel = XACT_REPEATABLE_READ;
    ImportSnapshot(job->snapshot);
    clinical::open_release(job->project);
    pgstat_report_activity(STATE_RUNNING, "staging a release");
    Oid types[1] = {TEXTOID};
    Datum values[1] = {CStringGetTextDatum(job->task)};
    run_statement("SELECT _pgclinical.release_hold($1::pg_catalog.jsonb)", 1, types, values);
}

void stage(Job *job, int worker) {
    Oid types[3] = {TEXTOID, INT4OID, INT4OID};
    Datum values[3] = {CStringGetTextDatum(job->task), Int32GetDatum(worker),
                       Int32GetDatum(static_cast<int32>(pg_atomic_read_u32(&job->shares)))};
    run_statement("SELECT _pgclinical.release_share($1::pg_catalog.jsonb, $2, $3)", 3, types,
                  values);
    CommitTransactionCommand();
    pgstat_report_stat(true);
    pgstat_report_activity(STATE_IDLE, nullptr);
}

// The settings of the session that the work depends on.
void take_settings(const Job *job) {
    SetConfigOption("pgclinical.crosswalk_key_file", job->key_file, PGC_SUSET, PGC_S_SESSION);
    SetConfigOption("work_mem", job->work_mem, PGC_USERSET, PGC_S_SESSION);
    SetConfigOption("row_security", "off", PGC_USERSET, PGC_S_SESSION);
    SetConfigOption("jit", "off", PGC_USERSET, PGC_S_SESSION);
    // The workers are the parallelism.
    SetConfigOption("max_parallel_workers_per_gather", "0", PGC_USERSET, PGC_S_SESSION);
    clinical::take_role(job->session_user, job->role);
}

}  // namespace

extern "C" {

void pgclinical_release_worker(Datum handle) {
    int worker;
    memcpy(&worker, MyBgworkerEntry->bgw_extra, sizeof worker);
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    dsm_segment *shared = dsm_attach(DatumGetUInt32(handle));
    if (!shared) return;  // the release has ended
    Job *job = job_in(shared);
    Share *share = &job->share[worker];
    MemoryContext context = CurrentMemoryContext;

    PG_TRY();
    {
        BackgroundWorkerInitializeConnectionByOid(job->database, job->session_user, 0);
        take_settings(job);
        begin_with(job);
        pg_atomic_write_u32(&share->progress, progress_ready);
        while (pg_atomic_read_u32(&job->signal) == signal_wait) wait_a_moment();
        if (pg_atomic_read_u32(&job->signal) == signal_stop) proc_exit(0);
        stage(job, worker);
        pg_atomic_write_u32(&share->progress, progress_done);
    }
    PG_CATCH();
    {
        remember_failure(share, context);
        PG_RE_THROW();
    }
    PG_END_TRY();
}

}  // extern "C"

// release_start(workers int, project bigint, task jsonb, snapshot text) returns int
CLINICAL_FUNCTION(release_start) {
    const int64 project = PG_GETARG_INT64(1);
    clinical::require_release_of(project);
    return clinical::bridge::pg([&]() -> Datum {
        const int wanted = Min(PG_GETARG_INT32(0), k_most_workers);
        if (wanted <= 0) return Int32GetDatum(0);
        const char *task = DatumGetCString(DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(2)));
        const char *snapshot = text_to_cstring(PG_GETARG_TEXT_PP(3));
        if (!callback_registered) {
            RegisterXactCallback(end_workers, nullptr);
            callback_registered = true;
        }
        dismiss_workers();

        const Size size = offsetof(Job, task) + strlen(task) + 1;
        dsm_segment *fresh = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
        if (!fresh) return Int32GetDatum(0);
        Job *job = job_in(fresh);
        memset(job, 0, offsetof(Job, task));
        pg_atomic_init_u32(&job->signal, signal_wait);
        pg_atomic_init_u32(&job->shares, 0);
        for (Share &share : job->share) pg_atomic_init_u32(&share.progress, progress_starting);
        job->database = MyDatabaseId;
        job->session_user = GetSessionUserId();
        job->role = GetUserId();
        job->project = project;
        strlcpy(job->snapshot, snapshot, sizeof job->snapshot);
        strlcpy(job->key_file, GetConfigOption("pgclinical.crosswalk_key_file", false, false),
                sizeof job->key_file);
        strlcpy(job->work_mem, GetConfigOption("work_mem", false, false), sizeof job->work_mem);
        strcpy(job->task, task);
        // It and the handles outlive the transaction.
        dsm_pin_mapping(fresh);
        on_dsm_detach(fresh, tell_to_stop, PointerGetDatum(job));
        segment = fresh;

        BackgroundWorker worker =
            clinical::background_worker("pgclinical_release_worker", "pgclinical release");
        worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(fresh));
        snprintf(worker.bgw_name, BGW_MAXLEN, "pgclinical release of project " INT64_FORMAT,
                 project);
        MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
        while (worker_count < wanted) {
            memcpy(worker.bgw_extra, &worker_count, sizeof worker_count);
            if (!RegisterDynamicBackgroundWorker(&worker, &workers[worker_count])) break;
            worker_count++;
        }
        MemoryContextSwitchTo(caller);
        pg_atomic_write_u32(&job->shares, static_cast<uint32>(worker_count));
        if (worker_count == 0) {
            dismiss_workers();
            return Int32GetDatum(0);
        }
        wait_for(job, progress_ready);
        return Int32GetDatum(worker_count);
    });
}

// release_finish() returns void
CLINICAL_FUNCTION(release_finish) {
    clinical::bridge::pg([] {
        if (!segment) return;
        Job *job = job_in(segment);
        pg_atomic_write_u32(&job->signal, signal_go);
        wait_for(job, progress_done);
        dismiss_workers();
    });
    PG_RETURN_VOID();
}
