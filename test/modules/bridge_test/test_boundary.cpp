// The two doors: what is left behind when something fails with C++ objects alive.

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory_resource>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridge/memory.h"
#include "bridge/rows.h"
#include "bridge/value.h"

extern "C" {
#include <unistd.h>
}

using clinical::bridge::pg;
using clinical::core::Error;
using clinical::core::ErrorCode;

namespace {

int alive = 0;

// Counts itself; holds memory, so that a skipped destructor is a leak to be measured, too.
struct Counted {
    Counted() { ++alive; }
    Counted(const Counted &) = delete;
    Counted &operator=(const Counted &) = delete;
    ~Counted() { --alive; }
    std::vector<char> ballast = std::vector<char>(10'000, 'x');
};

[[noreturn]] void backend_error() {
    pg([] {
        ereport(ERROR, (errcode(ERRCODE_DIVISION_BY_ZERO), errmsg("message of the backend"),
                        errdetail("detail of the backend"), errhint("hint of the backend")));
    });
    throw std::logic_error("the error was lost");
}

void fail(std::string_view how, int depth) {
    Counted object;
    if (depth > 0) return fail(how, depth - 1);
    if (how == "core") throw Error{ErrorCode::invalid_syntax, "core message", "Core detail.", 0};
    if (how == "library") throw std::out_of_range("may quote its input");
    if (how == "memory") throw std::bad_alloc();
    if (how == "other") throw 42;
    if (how == "backend") backend_error();
    if (how == "in destructor order") {
        // A backend call that works, on the way out of one that failed.
        struct Caller {
            ~Caller() {
                pg([] { pfree(palloc(100)); });
            }
        } caller;
        backend_error();
    }
}

}  // namespace

CLINICAL_FUNCTION(boundary_fail) {
    Counted object;
    fail(clinical::bridge::text_argument(fcinfo, 0), 10);
    return BoolGetDatum(true);
}

CLINICAL_FUNCTION(objects_alive) { return Int32GetDatum(alive); }

CLINICAL_FUNCTION(exception_state) {
    const bool clean = !std::current_exception() && std::uncaught_exceptions() == 0;
    return clinical::bridge::to_text(clean ? "clean" : "an exception is still being handled");
}

CLINICAL_FUNCTION(resident_bytes) {
    long pages = 0;
    if (std::FILE *file = std::fopen("/proc/self/statm", "r")) {
        long total = 0;
        if (std::fscanf(file, "%ld %ld", &total, &pages) != 2) pages = 0;
        (void)std::fclose(file);
    }
    return Int64GetDatum(pages * sysconf(_SC_PAGESIZE));
}

// Works in C++ alone, calling nothing of the server but its interrupt check.
CLINICAL_FUNCTION(spin) {
    Counted object;
    const auto interrupt = clinical::bridge::limits().interrupt;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(PG_GETARG_INT32(0));
    std::int64_t rounds = 0;
    while (std::chrono::steady_clock::now() < end) {
        ++rounds;
        interrupt.poll();
    }
    return Int64GetDatum(rounds);
}

// A std::pmr container that asks its memory context for more than there can be.
CLINICAL_FUNCTION(refused_allocation) {
    Counted object;
    clinical::bridge::ContextMemory memory(CurrentMemoryContext);
    std::pmr::vector<char> bytes(&memory);
    bytes.resize(static_cast<std::size_t>(PG_GETARG_INT64(0)));
    return Int64GetDatum(static_cast<int64>(bytes.size()));
}

namespace {

// The state of a set-returning function: counted, so that a test sees when it goes.
struct Counter {
    Counted object;
    int next = 1;
    int last;
    int fail_at;
    Counter(int last, int fail_at) : last(last), fail_at(fail_at) {}

    bool step() {
        if (next == fail_at) throw Error{ErrorCode::invalid_value, "row refused", "", 0};
        return next <= last;
    }
};

Counter *open_counter(FunctionCallInfo fcinfo, MemoryContext context) {
    return clinical::bridge::make_in<Counter>(context, PG_GETARG_INT32(0), PG_GETARG_INT32(1));
}

}  // namespace

CLINICAL_FUNCTION(count_rows) {
    return clinical::bridge::stream_rows<2>(
        fcinfo, [&](MemoryContext context) { return open_counter(fcinfo, context); },
        [](void *state, clinical::bridge::Row<2> &row) {
            auto *counter = static_cast<Counter *>(state);
            if (!counter->step()) return false;
            row.set(0, Int32GetDatum(counter->next));
            if (counter->next % 2 == 0)
                row.set(1, clinical::bridge::to_text(std::to_string(counter->next)));
            ++counter->next;
            return true;
        });
}

CLINICAL_FUNCTION(count_values) {
    return clinical::bridge::stream_values(
        fcinfo, [&](MemoryContext context) { return open_counter(fcinfo, context); },
        [](void *state, Datum &value) {
            auto *counter = static_cast<Counter *>(state);
            if (!counter->step()) return false;
            value = Int32GetDatum(counter->next++);
            return true;
        });
}
