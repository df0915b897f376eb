#pragma once

// A stack of plain values in a memory context: what std::pmr::vector would be if its push were
// always inlined (measured: a fifth of the time of writing a jsonb).

#include <cstring>
#include <type_traits>

#include "bridge/memory.h"

namespace clinical::bridge {

template <typename T>
class PodStack {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    static_assert(alignof(T) <= MAXIMUM_ALIGNOF);

public:
    explicit PodStack(MemoryContext context) : context_(context) {}
    ~PodStack() {
        if (items_) pfree(items_);
    }
    PodStack(const PodStack &) = delete;
    PodStack &operator=(const PodStack &) = delete;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] T *data() { return items_; }
    [[nodiscard]] const T *data() const { return items_; }
    [[nodiscard]] T &back() { return items_[size_ - 1]; }
    [[nodiscard]] const T &back() const { return items_[size_ - 1]; }

    void push(const T &item) {
        if (size_ == room_) reserve(1);
        items_[size_++] = item;
    }
    // `count` values to be filled by the caller.
    T *push_many(std::size_t count) {
        if (room_ - size_ < count) reserve(count);
        T *first = items_ + size_;
        size_ += count;
        return first;
    }
    void pop() { --size_; }
    void cut(std::size_t size) { size_ = size; }

private:
    [[gnu::noinline]] void reserve(std::size_t more) {
        std::size_t room = room_ ? 2 * room_ : 64;
        if (room < size_ + more) room = size_ + more;
        auto *items = static_cast<T *>(allocate(context_, room * sizeof(T)));
        if (items_) {
            std::memcpy(items, items_, size_ * sizeof(T));
            pfree(items_);
        }
        items_ = items;
        room_ = room;
    }

    MemoryContext context_;
    T *items_ = nullptr;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

}  // namespace clinical::bridge
