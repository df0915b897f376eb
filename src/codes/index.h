#pragma once

// One code system, compiled: its codes, their hierarchy and flags in one flat run of bytes that is
// stored as it is and used where it lies.  A million concepts are about 45 MB.
//
// Hierarchy: concepts are numbered in preorder of a spanning tree, so that the descendants of a
// concept along the tree are the range [a, last(a)].  What a polyhierarchy adds are the ancestors
// off the tree path: a sorted set per concept, kept once for all concepts that share it (siblings
// with one parent do).  An ancestor test is a comparison and, if that says no, a search in a short
// sorted run: the cost of a hash probe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codes/index_layout.h"
#include "core/error.h"
#include "core/limits.h"

namespace clinical::codes {

// Flags of a concept.
constexpr std::uint8_t flag_inactive = 1;
constexpr std::uint8_t flag_abstract = 2;  // FHIR notSelectable

struct IndexSource {
    std::vector<std::string_view> codes;  // unique; the order is that of siblings
    std::vector<std::uint8_t> flags;      // as many as codes
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;  // (child, parent), as numbers
    // (descendant, ancestor) where the source states its closure itself, whether or not it is
    // what following the edges gives (OMOP CONCEPT_ANCESTOR is not): then it alone decides.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> closure;
    bool has_closure = false;
    bool case_sensitive = true;
    core::Interrupt interrupt;
};

// invalid_value: an empty or repeated code, an edge to nowhere, a cycle (the place is the number of
// the concept from 1); limit_exceeded: a hierarchy so dense that its closure would not fit.
core::Result<std::string> build_index(const IndexSource &source);

class Index {
public:
    // Views into `bytes`, which must stay and be aligned for 4-byte words.  All offsets are
    // checked here, so damaged bytes are an error now and not an overrun later.
    static core::Result<Index> open(std::string_view bytes);

    [[nodiscard]] std::uint32_t size() const { return size_; }
    [[nodiscard]] bool case_sensitive() const { return case_sensitive_; }
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view code) const;
    [[nodiscard]] std::string_view code(std::uint32_t i) const {
        return {bytes_ + records_[i].code_at, records_[i + 1].code_at - records_[i].code_at};
    }
    [[nodiscard]] std::uint8_t flags(std::uint32_t i) const {
        return static_cast<std::uint8_t>(flags_[i]);
    }
    [[nodiscard]] std::span<const std::uint32_t> parents(std::uint32_t i) const {
        return {parents_ + records_[i].parents_at,
                records_[i + 1].parents_at - records_[i].parents_at};
    }

    // Whether `a` is an ancestor of `d`, or is it.
    [[nodiscard]] bool subsumes(std::uint32_t a, std::uint32_t d) const {
        if (a <= d && d <= records_[a].last) return true;
        return in_set(records_[d].set_at, a);
    }

    // `a` and everything below it, ascending.
    [[nodiscard]] std::vector<std::uint32_t> descendants(std::uint32_t a) const;
    [[nodiscard]] std::vector<std::uint32_t> children(std::uint32_t a) const;
    // Everything above `d`, without it, ascending.
    [[nodiscard]] std::vector<std::uint32_t> ancestors(std::uint32_t d) const;

private:
    [[nodiscard]] bool in_set(std::uint32_t set_at, std::uint32_t a) const;

    std::uint32_t size_ = 0;
    std::uint32_t slot_count_ = 0;
    std::uint32_t set_words_ = 0;
    bool case_sensitive_ = true;
    const std::uint32_t *slots_ = nullptr;
    const layout::Record *records_ = nullptr;
    const std::uint32_t *sets_ = nullptr;
    const std::uint32_t *parents_ = nullptr;
    const char *flags_ = nullptr;
    const char *bytes_ = nullptr;
};

}  // namespace clinical::codes
