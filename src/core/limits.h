#pragma once

#include <cstddef>

namespace clinical::core {

// Called from long loops: the glue passes one that lets the server cancel (it may throw), tests
// and fuzzers pass none.
struct Interrupt {
    void (*check)() = nullptr;
    void poll() const {
        if (check) check();
    }
};

// Bounds on what a parser accepts, each with its reason.  Exceeding one is limit_exceeded.
struct Limits {
    std::size_t message_bytes = 256u << 20;  // a PostgreSQL value must stay below 1 GB, escaped
    std::size_t segments = 1'000'000;        // a batch of a day fits; a bomb does not
    int depth = 512;                         // nesting of JSON, far beyond any FHIR resource
    std::size_t nodes = 4'000'000;           // values in one JSON document
    Interrupt interrupt;
};

}  // namespace clinical::core
