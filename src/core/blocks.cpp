#include "core/blocks.h"

#include <array>
#include <cstdlib>
#include <new>

namespace clinical::core {

namespace {

// Blocks that were given back, one list for each size; of a thread, so nobody waits.
struct Store {
    struct Block {
        Block *next;
    };
    std::array<Block *, 64> free;  // [n]: blocks of 16 * (n + 1) bytes
    std::size_t kept;              // bytes in the lists

    // What a message of a hundred segments takes; a document of megabytes leaves no more behind.
    static constexpr std::size_t most = 1u << 20;
};

constinit thread_local Store store{};

// Under a sanitizer every block is malloc's, so that it sees what is read after its end.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif
#else
constexpr bool keeps = true;
#endif

}  // namespace

void *take_block(std::size_t size) {
    const std::size_t list = (size - 1) / 16;
    if (keeps && list < store.free.size()) {
        Store &s = store;
        if (Store::Block *block = s.free[list]) {
            s.free[list] = block->next;
            s.kept -= 16 * (list + 1);
            return block;
        }
    }
    void *block = std::malloc(block_size(size));
    if (!block) throw std::bad_alloc();
    return block;
}

void give_block(void *block, std::size_t size) noexcept {
    const std::size_t list = (size - 1) / 16;
    if (keeps && list < store.free.size()) {
        Store &s = store;
        if (s.kept < Store::most) {
            s.free[list] = new (block) Store::Block{s.free[list]};
            s.kept += 16 * (list + 1);
            return;
        }
    }
    std::free(block);
}

}  // namespace clinical::core
