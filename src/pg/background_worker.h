#pragma once

// What the background workers of loads and of releases have in common.  PostgreSQL's regime.

#include "bridge/compat.h"

extern "C" {
#include "postmaster/bgworker.h"
}

namespace clinical {

// A worker that runs `function` of the library for this session, once.
BackgroundWorker background_worker(const char *function, const char *type);

// In a worker that is connected: the role of the session that started it, which may be one that
// cannot log in itself.
void take_role(Oid session_user, Oid role);

}  // namespace clinical
