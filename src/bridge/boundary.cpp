#include "bridge/boundary.h"

#include <cstdio>

namespace clinical::bridge {

int sqlstate_of(core::ErrorCode code) noexcept {
    using core::ErrorCode;
    switch (code) {
        case ErrorCode::invalid_syntax: return ERRCODE_INVALID_TEXT_REPRESENTATION;
        case ErrorCode::invalid_expression: return ERRCODE_SYNTAX_ERROR;
        case ErrorCode::invalid_value: return ERRCODE_DATA_EXCEPTION;
        case ErrorCode::invalid_option: return ERRCODE_INVALID_PARAMETER_VALUE;
        case ErrorCode::unsupported: return ERRCODE_FEATURE_NOT_SUPPORTED;
        case ErrorCode::limit_exceeded: return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
        case ErrorCode::corrupt: return ERRCODE_DATA_CORRUPTED;
        case ErrorCode::undefined_name: return ERRCODE_UNDEFINED_OBJECT;
        case ErrorCode::undefined_function: return ERRCODE_UNDEFINED_FUNCTION;
        case ErrorCode::encoding: return ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
        case ErrorCode::io_failure: return ERRCODE_IO_ERROR;
    }
    return ERRCODE_INTERNAL_ERROR;
}

void Failure::set(int code, const char *text, const char *more) noexcept {
    sqlstate = code;
    std::snprintf(message, sizeof message, "%s", text);
    std::snprintf(detail, sizeof detail, "%s", more);
}

void Failure::raise() const {
    if (pg) ReThrowError(pg);
    ereport(ERROR, (errcode(sqlstate), errmsg_internal("%s", message),
                    detail[0] ? errdetail_internal("%s", detail) : 0));
    pg_unreachable();
}

ErrorData *protect(void (*call)(void *), void *argument) {
    MemoryContext caller = CurrentMemoryContext;
    ErrorData *volatile error = nullptr;

    PG_TRY();
    { call(argument); }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);  // CopyErrorData must not run in ErrorContext
        error = CopyErrorData();
        FlushErrorState();
    }
    PG_END_TRY();
    return error;
}

core::Limits limits() {
    core::Limits l;
    l.interrupt.check = [] {
        if (InterruptPending) pg([] { CHECK_FOR_INTERRUPTS(); });
    };
    return l;
}

}  // namespace clinical::bridge
