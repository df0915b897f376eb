#include "store/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

namespace clinical::store {
namespace {

using core::Error;
using core::ErrorCode;

constexpr std::size_t max_entries = 10'000'000;  // of one listing
constexpr std::size_t max_folders = 32;          // levels below the location
constexpr std::size_t read_chunk = 8u << 20;     // bytes between two looks for a cancel

// Reasons in our words: strerror() follows the session's locale.
const char *reason(int error) {
    switch (error) {
        case ENOENT: return "It does not exist.";
        case EACCES:
        case EPERM: return "The server's operating system user may not read it.";
        case ENOTDIR: return "It is not a folder.";
        case ELOOP: return "Symbolic links are not followed.";
        case EMFILE:
        case ENFILE: return "Too many files are open.";
        default: return "The operating system reports an error.";
    }
}

Error failed(const char *message, int error) {
    return {ErrorCode::io_failure, message, reason(error), 0};
}

// The folder that `names` lead to, one after the other, or why not.  O_NOFOLLOW makes a link fail,
// with ELOOP or ENOTDIR by system.
core::Result<Descriptor> descend(int from, std::span<const std::string> names,
                                 int *reported = nullptr) {
    Descriptor folder;
    for (const std::string &name : names) {
        const int at = folder.is_open() ? folder.get() : from;
        Descriptor next(openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next.is_open()) {
            const int error = errno;
            if (reported) *reported = error;
            return failed("could not open a folder", error);
        }
        folder = std::move(next);
    }
    return folder;
}

std::int64_t microseconds(const struct timespec &t) {
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000 + t.tv_nsec / 1000;
}

struct CloseDir {
    void operator()(DIR *dir) const { closedir(dir); }
};

// A folder still to be read, and where in the pattern its names stand.  By name, since a tree may
// have more folders than a process may have open files.
struct Pending {
    std::vector<std::string> names;
    std::size_t level;
};

std::string joined(const std::vector<std::string> &folder, std::string_view name) {
    std::string path;
    for (const std::string &part : folder) {
        path += part;
        path += '/';
    }
    path += name;
    return path;
}

class Walk {
public:
    Walk(int location, const Pattern &pattern, const core::Interrupt &interrupt)
        : location_(location), pattern_(pattern), interrupt_(interrupt) {}

    core::Result<Listing> run() {
        pending_.push_back({{}, 0});
        while (!pending_.empty()) {
            const Pending next = std::move(pending_.back());
            pending_.pop_back();
            // `**` also stands for no folder at all.
            if (pattern_.any_depth(next.level)) pending_.push_back({next.names, next.level + 1});
            if (auto error = read_folder(next)) return *std::move(error);
        }
        std::sort(listing_.files.begin(), listing_.files.end(),
                  [](const FileEntry &a, const FileEntry &b) { return a.name < b.name; });
        return std::move(listing_);
    }

private:
    std::optional<Error> read_folder(const Pending &at) {
        int error = 0;
        auto opened = descend(location_, at.names, &error);
        // Not ours to read (lost+found), or removed meanwhile: no reason to read nothing at all.
        if (error == EACCES || error == EPERM || error == ENOENT) {
            if (!pattern_.any_depth(at.level)) ++listing_.passed_over;  // it comes twice
            return std::nullopt;
        }
        if (!opened.ok()) return std::move(opened).error();
        // Opened anew: a duplicate would share its reading position with the original.
        const Descriptor &folder = opened.value();
        const int fd = openat(folder.is_open() ? folder.get() : location_, ".",
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) return failed("could not read a folder", errno);
        const std::unique_ptr<DIR, CloseDir> dir(fdopendir(fd));
        if (!dir) {
            error = errno;
            close(fd);
            return failed("could not read a folder", error);
        }
        while (true) {
            interrupt_.poll();
            errno = 0;
            const struct dirent *entry = readdir(dir.get());
            if (!entry) break;
            const std::string_view name = entry->d_name;
            if (name == "." || name == "..") continue;
            if (auto failure = take(fd, at, entry->d_name)) return failure;
        }
        if (errno != 0) return failed("could not read a folder", errno);
        return std::nullopt;
    }

    // One entry of the folder `fd`: files go to the listing, folders to `pending_`.
    std::optional<Error> take(int fd, const Pending &at, const char *name) {
        const bool deep = pattern_.any_depth(at.level);
        const bool last = at.level + 1 == pattern_.depth();
        if (deep ? *name == '.' : !pattern_.matches(at.level, name)) return std::nullopt;

        struct stat status {};
        if (fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) return std::nullopt;  // removed meanwhile
            return failed("could not read a file's status", errno);
        }
        if (S_ISDIR(status.st_mode)) {
            if (last) return std::nullopt;
            if (at.names.size() == max_folders)
                return Error{ErrorCode::limit_exceeded, "folders are nested too deeply",
                             "At most 32 levels below the location are read.", 0};
            pending_.push_back({at.names, deep ? at.level : at.level + 1});
            pending_.back().names.emplace_back(name);
        } else if (last && S_ISREG(status.st_mode)) {
            if (listing_.files.size() == max_entries)
                return Error{ErrorCode::limit_exceeded, "too many files match the path",
                             "At most 10,000,000 files are listed at once.", 0};
            listing_.files.push_back(
                {joined(at.names, name), status.st_size, microseconds(status.st_mtim)});
        } else if (last || (S_ISLNK(status.st_mode) && !deep)) {
            ++listing_.passed_over;
        }
        return std::nullopt;
    }

    int location_;
    const Pattern &pattern_;
    const core::Interrupt &interrupt_;
    std::vector<Pending> pending_;
    Listing listing_;
};

}  // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) close(fd_);
}

core::Result<Folder> Folder::open(const std::string &path) {
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.is_open()) return failed("could not open the location's folder", errno);
    return Folder(std::move(descriptor));
}

core::Result<Listing> Folder::list(const Pattern &pattern, const core::Interrupt &interrupt) const {
    return Walk(descriptor_.get(), pattern, interrupt).run();
}

core::Result<File> Folder::file(std::string_view name) const {
    auto names = path_names(name);
    if (!names.ok()) return std::move(names).error();
    const std::span<const std::string> path = names.value();
    auto opened = descend(descriptor_.get(), path.first(path.size() - 1));
    if (!opened.ok()) return std::move(opened).error();
    const Descriptor &folder = opened.value();

    // O_NONBLOCK: opening a pipe must not wait for a writer.
    Descriptor descriptor(openat(folder.is_open() ? folder.get() : descriptor_.get(),
                                 path.back().c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!descriptor.is_open()) return failed("could not open the file", errno);
    struct stat status {};
    if (fstat(descriptor.get(), &status) != 0)
        return failed("could not read the file's status", errno);
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::invalid_option, "cannot read what is not a regular file", "", 0};
    return File(std::move(descriptor), status.st_size);
}

core::Result<std::size_t> File::read_at(std::int64_t offset, std::span<char> buffer,
                                        const core::Interrupt &interrupt) const {
    std::size_t done = 0;
    while (done < buffer.size()) {
        interrupt.poll();
        const std::size_t wanted = std::min(buffer.size() - done, read_chunk);
        const ssize_t got = pread(descriptor_.get(), buffer.data() + done, wanted,
                                  static_cast<off_t>(offset + static_cast<std::int64_t>(done)));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("could not read the file", errno);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

}  // namespace clinical::store
