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
    explicit JsonbNode(const Jsonb *document)
        : JsonbNode(
              reinterpret_cast<const char *>(&document->root), VARSIZE(document) - VARHDRSZ,
              JsonContainerIsObject(&document->root) ? core::Kind::object : core::Kind::array) {
        if (JsonContainerIsScalar(&document->root)) *this = scalar();
    }

    [[nodiscard]] core::Kind kind() const { return static_cast<core::Kind>(about_ >> 32 & 0xff); }
    [[nodiscard]] bool is_absent() const { return kind() == core::Kind::absent; }
    [[nodiscard]] bool as_bool() const { return about_ >> 40 != 0; }
    [[nodiscard]] std::string_view as_text() const {
        return kind() == core::Kind::string ? image() : std::string_view();
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
    [[nodiscard]] std::string_view image() const { return {data_, bytes()}; }

private:
    [[nodiscard]] bool is_container() const {
        return kind() == core::Kind::array || kind() == core::Kind::object;
    }
    [[nodiscard]] const JsonbContainer *container() const {
        return reinterpret_cast<const JsonbContainer *>(data_);
    }
    [[nodiscard]] JsonbNode child(std::uint32_t index) const;
    [[nodiscard]] JsonbNode scalar() const;

    JsonbNode(const char *data, std::uint32_t bytes, core::Kind kind, bool flag = false)
        : data_(data),
          about_(std::uint64_t{bytes} | std::uint64_t{static_cast<std::uint8_t>(kind)} << 32 |
                 std::uint64_t{flag} << 40) {}
    [[nodiscard]] std::uint32_t bytes() const { return static_cast<std::uint32_t>(about_); }

    // Two words, so that a node travels in registers: bytes, kind and flag share one.
    const char *data_ = nullptr;
    std::uint64_t about_ = 0;
};
static_assert(sizeof(JsonbNode) == 16 && core::Kind::absent == core::Kind{0});
static_assert(core::Node<JsonbNode>);

// Argument `n`, detoasted once; the caller has checked that it is not NULL.
JsonbNode jsonb_argument(FunctionCallInfo fcinfo, int n);

}  // namespace clinical::bridge
