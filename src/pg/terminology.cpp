#include "pg/terminology.h"

#include <algorithm>

#include "bridge/compat.h"
#include "pg/table_scan.h"

namespace clinical {
namespace {

// Columns of _pgclinical.code_system, code_generation and code_index.
constexpr AttrNumber system_id = 1, system_url = 2, system_version = 3, system_supplements = 4,
                     system_compiled = 10, system_state = 11, system_current = 12;
constexpr AttrNumber generation_number = 1;
constexpr AttrNumber index_system = 1, index_bytes = 2;

// How many compiled systems a backend keeps that no call site holds.
constexpr std::size_t most_kept = 24;

struct Backend {
    std::shared_ptr<Terminology> terminology;                 // the last generation seen
    std::vector<std::shared_ptr<const CompiledSystem>> kept;  // most recently used last
    static Backend &get() {
        static auto &backend = *new Backend;  // no destructor at exit
        return backend;
    }
};

// Allocates in `context` as long as it lives.
class In {
public:
    explicit In(MemoryContext context) : caller_(MemoryContextSwitchTo(context)) {}
    In(const In &) = delete;
    In &operator=(const In &) = delete;
    ~In() { MemoryContextSwitchTo(caller_); }

private:
    MemoryContext caller_;
};

// A short-lived context below the current one.
class Scratch {
public:
    Scratch()
        : context_(bridge::pg([] {
              return AllocSetContextCreate(CurrentMemoryContext, "pgclinical terminology rows",
                                           ALLOCSET_DEFAULT_SIZES);
          })) {}
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;
    ~Scratch() { MemoryContextDelete(context_); }
    [[nodiscard]] MemoryContext context() const { return context_; }

private:
    MemoryContext context_;
};

std::int64_t read_generation() {
    const auto rows = table_rows("code_generation", nullptr, {});
    return rows.empty() ? 0 : rows.front().number(generation_number);
}

// The bytes are used where they lie, in a memory context of their own below the session's.
std::shared_ptr<const CompiledSystem> read_compiled(const SystemRelease &release) {
    MemoryContext memory = bridge::pg([] {
        return AllocSetContextCreate(TopMemoryContext, "pgclinical code system",
                                     ALLOCSET_SMALL_SIZES);
    });
    try {
        In in(memory);
        const auto rows =
            table_rows("code_index", "code_index_pkey", {TableKey::of(index_system, release.id)});
        if (rows.empty())
            throw core::Error{core::ErrorCode::corrupt, "code system is not compiled",
                              "Its compiled form is missing; compile the release again.", 0};
        auto index = bridge::take(codes::Index::open(rows.front().text(index_bytes)));
        return std::make_shared<const CompiledSystem>(release, memory, index);
    } catch (...) {
        MemoryContextDelete(memory);
        throw;
    }
}

}  // namespace

const std::vector<SystemRelease> *Terminology::releases(std::string_view url) const {
    const auto found = systems_.find(url);
    return found == systems_.end() ? nullptr : &found->second;
}

const SystemRelease *Terminology::release(std::string_view url, std::string_view version) const {
    const auto *all = releases(url);
    if (!all) return nullptr;
    if (version.empty()) return &all->front();
    for (const auto &release : *all)
        if (release.version == version) return &release;
    return nullptr;
}

std::shared_ptr<const CompiledSystem> Terminology::compiled(const SystemRelease &release) {
    auto &kept = Backend::get().kept;
    const auto known = std::find_if(kept.begin(), kept.end(), [&](const auto &system) {
        return system->release().compiled == release.compiled && system->id() == release.id;
    });
    if (known != kept.end()) {
        std::rotate(known, known + 1, kept.end());
        return kept.back();
    }
    auto system = read_compiled(release);
    if (kept.size() == most_kept) kept.erase(kept.begin());
    kept.push_back(system);
    return system;
}

std::shared_ptr<const CompiledSystem> Terminology::compiled(std::string_view url,
                                                            std::string_view version) {
    const SystemRelease *found = release(url, version);
    if (!found) found = release(url, {});
    return found ? compiled(*found) : nullptr;
}

std::shared_ptr<Terminology> current_terminology() {
    Scratch scratch;
    In in(scratch.context());
    const std::int64_t generation = read_generation();
    Backend &backend = Backend::get();
    if (backend.terminology && backend.terminology->generation() == generation)
        return backend.terminology;

    auto fresh = std::make_shared<Terminology>();
    fresh->generation_ = generation;
    for (const TableRow &row : table_rows("code_system", nullptr, {})) {
        if (row.text(system_state) != "ready") continue;
        auto &all = fresh->systems_[std::string(row.text(system_url))];
        all.push_back({row.number(system_id), std::string(row.text(system_url)),
                       std::string(row.text(system_version)),
                       std::string(row.text(system_supplements)), row.number(system_compiled),
                       row.flag(system_current)});
    }
    // Without a current release the latest by version stands for the system.
    for (auto &[url, all] : fresh->systems_)
        std::sort(all.begin(), all.end(), [](const SystemRelease &a, const SystemRelease &b) {
            return a.current != b.current ? a.current : a.version > b.version;
        });
    // What is gone is not kept.
    std::erase_if(backend.kept, [&](const auto &system) {
        const auto *all = fresh->releases(system->release().url);
        return !all || std::none_of(all->begin(), all->end(), [&](const SystemRelease &release) {
            return release.compiled == system->release().compiled;
        });
    });
    backend.terminology = fresh;
    return fresh;
}

bool TerminologySite::refresh() {
    const Snapshot snapshot = GetActiveSnapshot();
    const Seen now{bridge::local_transaction(),
                   GetCurrentSubTransactionId(),
                   snapshot->xmax,
                   snapshot->xcnt,
                   snapshot->subxcnt,
                   snapshot->curcid};
    if (terminology_ && now == seen_) return false;
    auto fresh = current_terminology();
    seen_ = now;
    if (terminology_ == fresh) return false;
    terminology_ = std::move(fresh);
    return true;
}

}  // namespace clinical
