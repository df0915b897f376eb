#include "bridge/memory.h"

#include <cstdint>
#include <new>

namespace clinical::bridge {

void *allocate(MemoryContext context, std::size_t bytes) {
    if (!AllocHugeSizeIsValid(bytes)) throw std::bad_alloc();
    void *memory =
        MemoryContextAllocExtended(context, bytes ? bytes : 1, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
    if (!memory) throw std::bad_alloc();
    return memory;
}

// What asks for more than the server's alignment (std::pmr's own buffers ask for 16) gets a larger
// piece, whose start is remembered just before what is handed out.
void *ContextMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
    if (alignment <= MAXIMUM_ALIGNOF) return bridge::allocate(context_, bytes);
    if (bytes > MaxAllocHugeSize - alignment) throw std::bad_alloc();
    void *start = bridge::allocate(context_, bytes + alignment);
    const auto address = reinterpret_cast<std::uintptr_t>(start);
    auto *aligned = reinterpret_cast<void **>((address + alignment) & ~(alignment - 1));
    aligned[-1] = start;
    return aligned;
}

void ContextMemory::do_deallocate(void *memory, std::size_t, std::size_t alignment) {
    pfree(alignment <= MAXIMUM_ALIGNOF ? memory : static_cast<void **>(memory)[-1]);
}

}  // namespace clinical::bridge
