#pragma once

// What runs in this session: verbs that do their work in SQL, and the functions that serve nothing
// else (crosswalk.cpp).

namespace clinical {

enum class Verb { none, attest, release };

Verb running_verb();

}  // namespace clinical
