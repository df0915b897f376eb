#include "pg/background_worker.h"

extern "C" {
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/guc.h"
}

namespace clinical {

BackgroundWorker background_worker(const char *function, const char *type) {
    BackgroundWorker worker = {};
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    worker.bgw_notify_pid = MyProcPid;
    strlcpy(worker.bgw_library_name, "$libdir/pgclinical", BGW_MAXLEN);
    strlcpy(worker.bgw_function_name, function, BGW_MAXLEN);
    strlcpy(worker.bgw_type, type, BGW_MAXLEN);
    return worker;
}

void take_role(Oid session_user, Oid role) {
    if (role == session_user) return;
    StartTransactionCommand();
    const char *name = GetUserNameFromId(role, false);
    SetConfigOption("role", name, PGC_USERSET, PGC_S_SESSION);
    CommitTransactionCommand();
}

}  // namespace clinical
