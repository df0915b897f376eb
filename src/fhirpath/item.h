#pragma once

// What a collection holds: a place in the document with its FHIR type, or a computed value.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

#include "core/error.h"
#include "core/tree.h"
#include "fhir/definitions.h"
#include "fhirpath/value.h"

namespace clinical::fhirpath {

// A primitive of FHIR has a value (`node`) and, beside it in JSON, an object with id and extensions
// (`_name`).  The latter is looked up when somebody asks: until then `side` is the parent object
// and `side_name` the member's name.
template <core::Node N>
struct Item {
    N node{};                          // absent: a computed value, or only id and extensions
    N side{};                          // see above
    const fhir::Type *type = nullptr;  // null: System types by kind of JSON
    const Value *value = nullptr;      // computed; lives as long as the evaluation
    const std::string *side_name = nullptr;
    std::uint32_t side_index = no_index;  // in an array of primitives

    static constexpr std::uint32_t no_index = UINT32_MAX;

    [[nodiscard]] bool is_value() const { return value != nullptr; }
};

// A vector of items that needs no memory for one or two.
template <core::Node N>
class Collection {
    static_assert(std::is_trivially_copyable_v<Item<N>>);

public:
    // A bound on what one collection may hold: hostile expressions multiply.
    static constexpr std::size_t max_size = 1'000'000;

    Collection() = default;
    explicit Collection(const Item<N> &item) { push(item); }
    Collection(Collection &&other) noexcept { take(other); }
    Collection &operator=(Collection &&other) noexcept {
        if (this != &other) {
            heap_.reset();
            take(other);
        }
        return *this;
    }
    Collection(const Collection &other) { append(other); }
    Collection &operator=(const Collection &other) {
        if (this != &other) {
            size_ = 0;
            append(other);
        }
        return *this;
    }
    ~Collection() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] const Item<N> *data() const { return heap_ ? heap_.get() : local(); }
    [[nodiscard]] const Item<N> *begin() const { return data(); }
    [[nodiscard]] const Item<N> *end() const { return data() + size_; }
    [[nodiscard]] const Item<N> &operator[](std::size_t i) const { return data()[i]; }
    [[nodiscard]] Item<N> *begin() { return items(); }
    [[nodiscard]] Item<N> *end() { return items() + size_; }
    [[nodiscard]] Item<N> &operator[](std::size_t i) { return items()[i]; }
    [[nodiscard]] const Item<N> &front() const { return data()[0]; }
    [[nodiscard]] const Item<N> &back() const { return data()[size_ - 1]; }

    void push(const Item<N> &item) {
        if (size_ == room_) grow(size_ + 1);
        ::new (static_cast<void *>(items() + size_)) Item<N>(item);
        ++size_;
    }
    void append(const Collection &other) {
        if (room_ - size_ < other.size_) grow(size_ + other.size_);
        std::memcpy(static_cast<void *>(items() + size_), other.data(),
                    other.size_ * sizeof(Item<N>));
        size_ += other.size_;
    }
    void clear() { size_ = 0; }
    void cut(std::size_t size) { size_ = size; }

private:
    static constexpr std::size_t local_room = 2;

    [[nodiscard]] Item<N> *local() { return std::launder(reinterpret_cast<Item<N> *>(bytes_)); }
    [[nodiscard]] const Item<N> *local() const {
        return std::launder(reinterpret_cast<const Item<N> *>(bytes_));
    }
    [[nodiscard]] Item<N> *items() { return heap_ ? heap_.get() : local(); }

    void take(Collection &other) noexcept {
        size_ = other.size_;
        room_ = other.room_;
        heap_ = std::move(other.heap_);
        if (!heap_) std::memcpy(bytes_, other.bytes_, size_ * sizeof(Item<N>));
        other.size_ = 0;
        other.room_ = local_room;
    }
    [[gnu::noinline]] void grow(std::size_t needed) {
        if (needed > max_size)
            throw core::Error{core::ErrorCode::limit_exceeded, "FHIRPath collection is too large",
                              "A collection may hold 1,000,000 items.", 0};
        std::size_t room = 2 * room_;
        if (room < needed) room = needed;
        auto more = std::make_unique_for_overwrite<Item<N>[]>(room);
        std::memcpy(static_cast<void *>(more.get()), data(), size_ * sizeof(Item<N>));
        heap_ = std::move(more);
        room_ = room;
    }

    alignas(Item<N>) unsigned char bytes_[local_room * sizeof(Item<N>)];
    std::unique_ptr<Item<N>[]> heap_;
    std::size_t size_ = 0;
    std::size_t room_ = local_room;
};

}  // namespace clinical::fhirpath
