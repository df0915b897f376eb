#pragma once

// One terminology operation at work: finds releases and value sets under the request's rules of
// versions, and notes what it used.

#include <deque>
#include <set>

#include "codes/filter.h"
#include "codes/language.h"
#include "codes/outcome.h"
#include "codes/request.h"
#include "codes/store.h"

namespace clinical::codes {

// Which release a system stands for at one place.
struct Chosen {
    const System *system = nullptr;  // null: there is no such release
    std::string wanted;              // the version or pattern that was asked for; empty: any
    bool by_parameter = false;       // a parameter of the request decided
};

// A concept of a value set.
struct Member {
    const System *system = nullptr;  // null: a listed code of a system that is not loaded
    std::uint32_t number = 0;
    std::string url;  // of the system
    std::string code;
    const core::Json *listed = nullptr;  // its entry in include.concept
    bool may_nest = false;               // its include keeps the hierarchy
    bool operator==(const Member &other) const {
        return url == other.url && code == other.code && version() == other.version();
    }
    [[nodiscard]] std::string version() const { return system ? system->version() : std::string(); }
};

class Context {
public:
    Context(Store &store, const Request &request) : store_(store), request_(request) {}

    [[nodiscard]] Store &store() { return store_; }
    [[nodiscard]] const Request &request() const { return request_; }

    // The release for an include or a plain system.  A version of `coding` decides when nothing
    // else does, or when it fits the pattern that does.
    Chosen choose(std::string_view url, std::string_view include_version,
                  std::string_view coding_version = {});

    // A value set by canonical; null when there is none.
    const core::Json *value_set(std::string_view canonical, bool imported);

    // Supplements that the value set and the request ask for; fails when one is missing.
    void use_supplements(const core::Json &value_set);
    // With what the supplements add.
    Details details(const System &system, std::uint32_t number);

    // Members of a value set in order: includes without excludes.
    std::vector<Member> members(const core::Json &value_set);
    // Members of one include.
    std::vector<Member> include_members(const core::Json &include, std::string_view place);
    // Whether an include (or exclude) holds a code, without expanding it: in `system` when that is
    // given, else in the release that the include chooses.
    bool include_holds(const core::Json &include, std::string_view url, std::string_view code,
                       std::string_view coding_version, const System *system = nullptr);
    // Whether a value set holds it.
    bool value_set_holds(const core::Json &value_set, std::string_view url, std::string_view code,
                         std::string_view coding_version);
    // Whether an exclude of the value set takes it out.
    bool excluded(const core::Json &value_set, std::string_view url, std::string_view code,
                  std::string_view coding_version);

    // The value set that the request is about: what "#id" refers to lies in it.
    const core::Json *root = nullptr;

    // What was used, for the answer.
    std::vector<const System *> used_systems;
    std::vector<const core::Json *> used_value_sets;
    std::vector<const System *> used_supplements;

    // An exclude takes a code out of one version of its system only (versionsMatch false).
    bool versions_apart = false;
    // Whether one took codes of another version out.
    bool excluded_across_versions = false;

    void note(const System *system);

private:
    class Depth;

    Store &store_;
    const Request &request_;
    std::vector<const System *> supplements_;
    std::vector<std::string> open_;  // value sets being expanded: a circle ends here
};

// Filters of an include, with the place of each for errors.
std::vector<std::uint32_t> filtered(const System &system, const core::Json &include,
                                    std::string_view place);

[[noreturn]] void fail(const char *code, const char *kind, const char *id, std::string text);

}  // namespace clinical::codes
