#pragma once

// What fuzzers promise of the code, and the memory that it takes for it.

#include <sanitizer/allocator_interface.h>

#include <cstddef>
#include <cstdlib>

namespace clinical::fuzz {

inline void require(bool promise) {
    if (!promise) std::abort();
}

// Bytes asked of the allocator since it was made, freed ones too: what is linear in all that is
// linear in what is held, and work that repeats shows.
class Allocated {
public:
    [[nodiscard]] std::size_t bytes() const { return total() - before_; }

private:
    static std::size_t &total() {
        static std::size_t bytes = 0;
        static const int installed = __sanitizer_install_malloc_and_free_hooks(
            [](const volatile void *, std::size_t size) { bytes += size; },
            [](const volatile void *) {});
        require(installed != 0);
        return bytes;
    }
    std::size_t before_ = total();
};

}  // namespace clinical::fuzz
