#pragma once

#include <cstdint>

// What runs in this session: verbs that do their work in SQL, and the functions that serve nothing
// else (crosswalk.cpp).

namespace clinical {

enum class Verb { none, attest, release };

Verb running_verb();

// Throws unless this transaction may ask for the codes of `project`.
void require_release_of(std::int64_t project);

// A worker of a release may ask for the codes of `project` in its current transaction.
void open_release(std::int64_t project);

}  // namespace clinical
