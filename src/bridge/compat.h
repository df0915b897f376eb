#pragma once

// Differences between server versions live here and nowhere else (15 is at hand; 16 to 18 must
// compile).

#include "bridge/server.h"

#if PG_VERSION_NUM >= 160000
extern "C" {
#include "varatt.h"
}
#endif

#if PG_VERSION_NUM < 150000
#error "pgclinical needs PostgreSQL 15 or later"
#endif

extern "C" {
#include "storage/proc.h"
}

namespace clinical::bridge {

// Names the session's current transaction; a number is not used twice in a session.
inline LocalTransactionId local_transaction() {
#if PG_VERSION_NUM >= 170000
    return MyProc->vxid.lxid;
#else
    return MyProc->lxid;
#endif
}

}  // namespace clinical::bridge
