#pragma once

// Where PostgreSQL's errors (longjmp) and C++ exceptions meet.  Two doors:
//
//   enter   PostgreSQL calls C++: every exception becomes an error after its handler has ended.
//   pg      C++ calls PostgreSQL: an error becomes the exception PgError, which only enter ends.
//
// Inside a glue function: fetch (pg), compute (plain C++), emit (pg).

#include "bridge/compat.h"

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "core/error.h"
#include "core/limits.h"

namespace clinical::bridge {

// A PostgreSQL error travelling through C++ frames.  Never swallowed: the boundary raises it again
// whole.
struct PgError {
    ErrorData *data;
};

int sqlstate_of(core::ErrorCode code) noexcept;

// What the boundary knows of a failure.  Trivially destructible: ereport() jumps over it.
struct Failure {
    ErrorData *pg = nullptr;
    int sqlstate = ERRCODE_INTERNAL_ERROR;
    char message[256];
    char detail[512];
    Failure() { message[0] = detail[0] = '\0'; }  // every call pays for it: not the whole of them

    void set(int code, const char *text, const char *more = "") noexcept;
    [[noreturn]] void raise() const;
};
static_assert(std::is_trivially_destructible_v<Failure>);

// Runs `body` and fills `failure` when it throws; true when it returned.
template <typename Body>
bool guarded(Failure &failure, Body &&body) noexcept {
    try {
        body();
        return true;
    } catch (const PgError &e) {
        failure.pg = e.data;
    } catch (const core::Error &e) {
        failure.set(sqlstate_of(e.code), e.message.c_str(), e.where.c_str());
    } catch (const std::bad_alloc &) {
        failure.set(ERRCODE_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception &) {
        // what() of a library may quote its input.
        failure.set(ERRCODE_INTERNAL_ERROR, "unexpected C++ exception");
    } catch (...) {
        failure.set(ERRCODE_INTERNAL_ERROR, "unrecognized C++ exception");
    }
    return false;
}

// PostgreSQL calls a function of the extension.
template <Datum (*Body)(FunctionCallInfo)>
Datum enter(FunctionCallInfo fcinfo) {
    Failure failure;
    Datum result = 0;
    if (guarded(failure, [&] { result = Body(fcinfo); })) return result;
    failure.raise();  // every handler has ended: no C++ object is alive here
}

// Any other entry (callback, worker, hook): `body` takes and returns nothing.
template <typename Body>
void enter_callback(Body &&body) {
    Failure failure;
    if (!guarded(failure, std::forward<Body>(body))) failure.raise();
}

// Runs `call` under PostgreSQL's error handler; returns the error, or null.
ErrorData *protect(void (*call)(void *), void *argument);

// C++ calls PostgreSQL.  `call` lives in PostgreSQL's regime: it may capture references, but
// neither throws nor creates objects with destructors.  About 20 ns: one crossing per value, never
// per byte.
template <typename Call>
auto pg(Call call) {
    using Result = decltype(call());
    static_assert(std::is_trivially_destructible_v<Call>);

    if constexpr (std::is_void_v<Result>) {
        ErrorData *error =
            protect([](void *arg) noexcept { (*static_cast<Call *>(arg))(); }, &call);
        if (error) throw PgError{error};
    } else {
        static_assert(std::is_trivially_destructible_v<Result>);
        struct Frame {
            Call &call;
            Result result;
        } frame{call, Result{}};
        ErrorData *error = protect(
            [](void *arg) noexcept {
                auto *f = static_cast<Frame *>(arg);
                f->result = f->call();
            },
            &frame);
        if (error) throw PgError{error};
        return frame.result;
    }
}

// Unwraps a core result, or throws its error to the boundary.
template <typename T>
T take(core::Result<T> result) {
    if (!result.ok()) throw std::move(result).error();
    return std::move(result).value();
}

// Builds a C++ object that dies with a memory context.  The callback is registered before the
// object exists, so no step can leak the one before it.
template <typename T, typename... Args>
T *make_in(MemoryContext context, Args &&...args) {
    struct Slot {
        MemoryContextCallback callback;
        T *object;
    };
    auto *slot =
        static_cast<Slot *>(pg([&] { return MemoryContextAllocZero(context, sizeof(Slot)); }));
    slot->callback.func = [](void *arg) { delete static_cast<Slot *>(arg)->object; };
    slot->callback.arg = slot;
    MemoryContextRegisterResetCallback(context, &slot->callback);
    slot->object = new T(std::forward<Args>(args)...);
    return slot->object;
}

// The limits every parser gets in the server: long loops can be cancelled.
core::Limits limits();

}  // namespace clinical::bridge

// CLINICAL_FUNCTION(name) { body using fcinfo; returns Datum }: the exported C entry of SQL
// function `name` and its body, which may throw.
#define CLINICAL_FUNCTION(name)                              \
    static Datum name##_body(FunctionCallInfo fcinfo);       \
    extern "C" {                                             \
    PG_FUNCTION_INFO_V1(name);                               \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS) {               \
        return clinical::bridge::enter<name##_body>(fcinfo); \
    }                                                        \
    }                                                        \
    static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)
