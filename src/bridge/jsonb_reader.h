#pragma once

// Binary jsonb read in place: nothing is copied, no text is made.

#include <string>
#include <string_view>

#include "bridge/boundary.h"
#include "core/tree.h"

extern "C" {
#include "utils/jsonb.h"
#include "utils/numeric.h"
}

namespace clinical::bridge {

// A value inside a detoasted jsonb, which must outlive it.  Satisfies core::Node.
class JsonbNode {
public:
    JsonbNode() = default;  // absent
    explicit JsonbNode(const Jsonb *document);

    [[nodiscard]] core::Kind kind() const { return kind_; }
    [[nodiscard]] bool is_absent() const { return kind_ == core::Kind::absent; }
    [[nodiscard]] bool as_bool() const { return flag_; }
    [[nodiscard]] std::string_view as_text() const {
        return kind_ == core::Kind::string ? std::string_view(data_, bytes_) : std::string_view();
    }
    // The digits of a number: numeric_out behind the door, 100 ns and an allocation.  To move a
    // number into another jsonb, JsonbWriter::copy() is exact and free.
    [[nodiscard]] std::string number_text() const;

    [[nodiscard]] std::size_t size() const {
        return is_container() ? JsonContainerSize(container()) : 0;
    }
    [[nodiscard]] JsonbNode find(std::string_view key) const;
    [[nodiscard]] JsonbNode at(std::size_t index) const;  // absent beyond the end
    [[nodiscard]] std::string_view key(std::size_t index) const;

    // A number as stored; aligned for the server's numeric functions.
    [[nodiscard]] Numeric as_numeric() const {
        return reinterpret_cast<Numeric>(const_cast<char *>(data_));
    }

    // The stored bytes of a string, number (with header) or container (without padding).
    [[nodiscard]] std::string_view image() const { return {data_, bytes_}; }

private:
    [[nodiscard]] bool is_container() const {
        return kind_ == core::Kind::array || kind_ == core::Kind::object;
    }
    [[nodiscard]] const JsonbContainer *container() const {
        return reinterpret_cast<const JsonbContainer *>(data_);
    }
    [[nodiscard]] JsonbNode child(std::uint32_t index) const;
    [[nodiscard]] JsonbNode find_among_few(std::string_view key, std::uint32_t count) const;

    const char *data_ = nullptr;
    std::uint32_t bytes_ = 0;
    core::Kind kind_ = core::Kind::absent;
    bool flag_ = false;
};
static_assert(core::Node<JsonbNode>);

// Argument `n`, detoasted once; the caller has checked that it is not NULL.
JsonbNode jsonb_argument(FunctionCallInfo fcinfo, int n);

}  // namespace clinical::bridge
