#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace clinical::core {

enum class ErrorCode {
    invalid_syntax,      // it does not parse
    invalid_expression,  // an expression or path that does not parse
    invalid_value,       // it parses, but breaks a rule
    invalid_option,      // an argument that the caller chose (path, option, unit)
    unsupported,         // valid, not implemented
    limit_exceeded,      // one of our limits
    corrupt,             // stored data fails verification
    undefined_name,      // unknown element, unit, table
    undefined_function,  // a function that an expression calls
    encoding,            // bytes that are not text in the stated charset
    io_failure,          // the operating system refuses to read
};

// Where and why an input was refused.  `message` and `where` never quote the input: it may be
// patient data.  Strings start lower case and end without a full stop (`message`); `where` is a
// full sentence fit for errdetail, such as "Segment 3 (byte 118) has no name.".
struct Error {
    ErrorCode code = ErrorCode::invalid_syntax;
    std::string message;
    std::string where;
    std::size_t offset = 0;  // bytes from the start of the input
};

// T or Error.  Expected outcomes are values; exceptions are for broken promises and memory.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T &value() & { return std::get<0>(state_); }
    const T &value() const & { return std::get<0>(state_); }
    T &&value() && { return std::get<0>(std::move(state_)); }

    const Error &error() const & { return std::get<1>(state_); }
    Error &&error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Error> state_;
};

}  // namespace clinical::core
