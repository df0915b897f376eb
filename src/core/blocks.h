#pragma once

// Small blocks of memory for trees that are built, read and thrown away by the thousand.  What is
// given back is kept, up to a bound, for the next tree: malloc's own cache of seven blocks a size
// is empty halfway through a message.

#include <cstddef>

namespace clinical::core {

// At least `size` bytes, aligned for pointers; the real size is block_size(size).  Throws
// std::bad_alloc.
void *take_block(std::size_t size);

// `size` as it was asked for.
void give_block(void *block, std::size_t size) noexcept;

constexpr std::size_t block_size(std::size_t size) { return (size + 15) & ~std::size_t{15}; }

}  // namespace clinical::core
