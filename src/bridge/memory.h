#pragma once

// C++ containers over a MemoryContext: accounted to it, gone with it, and never an ereport.

#include <memory_resource>

#include "bridge/compat.h"

namespace clinical::bridge {

// For std::pmr containers.  A refused allocation is std::bad_alloc; MemoryContextAllocExtended
// raises for an impossible size only, which is checked before.
class ContextMemory final : public std::pmr::memory_resource {
public:
    explicit ContextMemory(MemoryContext context) : context_(context) {}
    [[nodiscard]] MemoryContext context() const { return context_; }

private:
    void *do_allocate(std::size_t bytes, std::size_t alignment) override;
    void do_deallocate(void *memory, std::size_t bytes, std::size_t alignment) override;
    [[nodiscard]] bool do_is_equal(const memory_resource &other) const noexcept override {
        return this == &other;
    }

    MemoryContext context_;
};

// Plain memory of a context; throws std::bad_alloc.
void *allocate(MemoryContext context, std::size_t bytes);

}  // namespace clinical::bridge
