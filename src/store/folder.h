#pragma once

// Reading files below one folder, and nowhere else.
//
// Every name is opened relative to the folder that holds it, one after the other, and no symbolic
// link is followed: since no name is `..`, nothing outside can be reached, whatever is renamed or
// replaced meanwhile.  (The folder itself may be reached through a link: whoever set the location
// chose it.)  Errors say what failed, never the name of a file: it may be patient data.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "store/pattern.h"

namespace clinical::store {

// Owns a file descriptor.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor &&other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    Descriptor &operator=(Descriptor &&other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

private:
    int fd_;
};

struct FileEntry {
    std::string name;  // relative to the folder, names joined by '/'
    std::int64_t size = 0;
    std::int64_t modified = 0;  // microseconds since 1970-01-01 UTC
};

struct Listing {
    std::vector<FileEntry> files;  // in the order of their names' bytes
    std::size_t passed_over = 0;   // links, special files, folders that cannot be opened
};

// A regular file, open for reading.
class File {
public:
    [[nodiscard]] std::int64_t size() const { return size_; }
    // Fills `buffer` from `offset` on; the number of bytes read is smaller only at the end of file.
    core::Result<std::size_t> read_at(std::int64_t offset, std::span<char> buffer,
                                      const core::Interrupt &interrupt) const;

private:
    friend class Folder;
    File(Descriptor descriptor, std::int64_t size)
        : descriptor_(std::move(descriptor)), size_(size) {}
    Descriptor descriptor_;
    std::int64_t size_;
};

class Folder {
public:
    static core::Result<Folder> open(const std::string &path);
    [[nodiscard]] core::Result<Listing> list(const Pattern &pattern,
                                             const core::Interrupt &interrupt) const;
    [[nodiscard]] core::Result<File> file(std::string_view name) const;

private:
    explicit Folder(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
    Descriptor descriptor_;
};

}  // namespace clinical::store
