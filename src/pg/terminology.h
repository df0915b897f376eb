#pragma once

// The database's terminology as a backend keeps it: which releases there are (read once per
// generation), and the compiled form of those that were asked for.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/boundary.h"
#include "codes/index.h"
#include "codes/membership.h"
#include "codes/translation.h"

extern "C" {
#include "utils/snapmgr.h"
}

namespace clinical {

// A row of _pgclinical.code_system that is ready.
struct SystemRelease {
    std::int64_t id;
    std::string url;
    std::string version;
    std::string supplements;
    std::int64_t compiled;  // names the compiled form; 0: there is none
    bool current;
};

// A compiled code system in memory of its own.
class CompiledSystem {
public:
    CompiledSystem(const SystemRelease &release, MemoryContext memory, codes::Index index)
        : release_(release), memory_(memory), index_(index) {}
    CompiledSystem(const CompiledSystem &) = delete;
    CompiledSystem &operator=(const CompiledSystem &) = delete;
    ~CompiledSystem() { MemoryContextDelete(memory_); }

    [[nodiscard]] std::int64_t id() const { return release_.id; }
    [[nodiscard]] const SystemRelease &release() const { return release_; }
    [[nodiscard]] const codes::Index &index() const { return index_; }

private:
    SystemRelease release_;
    MemoryContext memory_;
    codes::Index index_;
};

// The last few of something that is made from the terminology, by name.
template <typename T>
class Kept {
public:
    template <typename Make>
    std::shared_ptr<const T> get(std::string_view name, Make make) {
        for (const auto &[known, value] : entries_)
            if (known == name) return value;
        std::shared_ptr<const T> value = make();
        if (entries_.size() == most) entries_.erase(entries_.begin());
        entries_.emplace_back(std::string(name), value);
        return value;
    }

private:
    static constexpr std::size_t most = 32;
    std::vector<std::pair<std::string, std::shared_ptr<const T>>> entries_;
};

// One generation.
class Terminology {
public:
    [[nodiscard]] std::int64_t generation() const { return generation_; }

    // The release that `version` names; the current one when it is empty; null when there is none.
    [[nodiscard]] const SystemRelease *release(std::string_view url,
                                               std::string_view version) const;
    // All releases of a system, the current one first.
    [[nodiscard]] const std::vector<SystemRelease> *releases(std::string_view url) const;
    [[nodiscard]] const std::map<std::string, std::vector<SystemRelease>, std::less<>> &all()
        const {
        return systems_;
    }

    // Read on first use; an error when the release was never compiled.
    std::shared_ptr<const CompiledSystem> compiled(const SystemRelease &release);

    // The same for what a coding means: the version it names when that is loaded, else the current
    // one; null when the system is not loaded.
    std::shared_ptr<const CompiledSystem> compiled(std::string_view url, std::string_view version);

    // Value sets and maps made ready by a call site, for the other ones; the oldest go.
    Kept<codes::Membership> memberships;
    Kept<codes::Translation> translations;

private:
    friend std::shared_ptr<Terminology> current_terminology();
    std::int64_t generation_ = 0;
    std::map<std::string, std::vector<SystemRelease>, std::less<>> systems_;
};

// What the active snapshot sees; reads the generation row, and the releases when it is a new one.
std::shared_ptr<Terminology> current_terminology();

// A call site's terminology.  The generation is read when the site first meets a snapshot, so all
// calls of one statement see one terminology, and a site that lives longer (PL/pgSQL) follows.
class TerminologySite {
public:
    // True when the terminology is another one than at the last call.
    bool refresh();
    [[nodiscard]] Terminology &terminology() const { return *terminology_; }
    [[nodiscard]] const std::shared_ptr<Terminology> &shared() const { return terminology_; }

private:
    // Names what a snapshot sees: with one xmax no transaction can begin between two snapshots,
    // so the running ones can only become fewer.  A rollback to a savepoint changes what the same
    // command sees: the subtransaction is another one then.
    struct Seen {
        LocalTransactionId transaction;
        SubTransactionId subtransaction;
        TransactionId xmax;
        std::uint32_t running;
        std::int32_t subrunning;
        CommandId command;
        bool operator==(const Seen &) const = default;
    };
    std::shared_ptr<Terminology> terminology_;
    Seen seen_{};
};

}  // namespace clinical
