#pragma once

// The search of a leak check in one value: which identifiers it holds, and where.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "bridge/jsonb_reader.h"
#include "bridge/value.h"
#include "deid/leak_matcher.h"

namespace clinical {

// Keys of FHIR's elements.
const std::unordered_set<std::string_view> &leak_elements();

class LeakSearch {
public:
    explicit LeakSearch(deid::LeakMatcher &matcher) : matcher_(matcher) {}

    // A name that is an identifier itself must not be printed.
    [[nodiscard]] std::string shown(std::string_view name);

    // Calls found(hit, path) for what one value of column `column` holds; `kind` is j (jsonb),
    // n (number as text) or t (text).
    template <typename Found>
    void value(std::string_view column, char kind, Datum value, Found found) {
        path_.assign(column);
        if (kind == 'j') {
            const auto *json = reinterpret_cast<const Jsonb *>(DatumGetPointer(value));
            walk(bridge::JsonbNode(json), {}, 0, found);
        } else {
            deid::LeakPlace place = place_of(column);
            place.number = kind == 'n';
            look(bridge::view(DatumGetPointer(value)), place, found);
        }
    }

    // Of the catalog, where names are words and definitions quote codes.
    template <typename Found>
    void catalog(std::string_view path, std::string_view text, Found found) {
        path_.assign(path);
        look(text, {.number = false, .code = true, .kept = false}, found);
    }

private:
    static constexpr int max_depth = 1000;  // a resource has a dozen levels

    template <typename Found>
    void look(std::string_view text, deid::LeakPlace place, Found &found) {
        for (const deid::LeakHit &hit : matcher_.search(text, place)) found(hit, path_);
    }

    [[nodiscard]] deid::LeakPlace place_of(std::string_view key) const;

    template <typename Found>
    void walk(const bridge::JsonbNode &node, deid::LeakPlace place, int depth, Found &found) {
        if (depth > max_depth)
            throw core::Error{core::ErrorCode::limit_exceeded, "document is nested too deeply",
                              "The leak check reads 1000 levels.", 0};
        const std::size_t length = path_.size();
        switch (node.kind()) {
            case core::Kind::string: look(node.as_text(), place, found); return;
            case core::Kind::number:
                place.number = true;
                look(node.number_text(), place, found);
                return;
            case core::Kind::array:
                if (!path_.ends_with("[]")) path_ += "[]";
                for (std::size_t i = 0; i < node.size(); ++i)
                    walk(node.at(i), place, depth + 1, found);
                break;
            case core::Kind::object:
                for (std::size_t i = 0; i < node.size(); ++i) {
                    const std::string_view key = node.key(i);
                    const bool known = leak_elements().contains(key);
                    // A key is shown only when the standard knows it; the values below are found
                    // under its parent's name.
                    path_ += '.';
                    path_ += known ? key : "*";
                    if (!known) look(key, {}, found);
                    walk(node.at(i), place_of(key), depth + 1, found);
                    path_.resize(length);
                }
                break;
            default: return;
        }
        path_.resize(length);
    }

    deid::LeakMatcher &matcher_;
    std::string path_;
};

// How findings travel from the processes that search to the one that reports: severity, category,
// length and bytes of the path, one after another.
void write_finding(std::string &out, const deid::LeakHit &hit, std::string_view path);

template <typename Found>
void read_findings(std::string_view bytes, Found found) {
    while (bytes.size() >= 4) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
        const deid::LeakHit hit{static_cast<deid::Severity>(byte(0)),
                                static_cast<deid::LeakCategory>(byte(1))};
        const std::size_t length = byte(2) | std::size_t{byte(3)} << 8;
        found(hit, bytes.substr(4, length));
        bytes.remove_prefix(std::min(bytes.size(), 4 + length));
    }
}

// Adds a value of a category that a query gave: hl7v2 for a message, ordinary for words that may
// stay, else the name of a LeakCategory.  How many identifiers that can be: 0 or 1.
int add_given(std::string_view value, std::string_view category, deid::LeakKeys &keys);

// An array of text as strings; NULL reads as empty.
std::vector<std::string> texts_argument(FunctionCallInfo fcinfo, int n);

// One key and its mark, as leak_keys() gives them.
inline constexpr std::size_t leak_key_bytes = 10;

// Which keys a pass over the records takes: what they need must fit into memory.
struct LeakPass {
    std::uint32_t number = 0;
    std::uint32_t of = 1;  // a power of two, at most 256
    [[nodiscard]] bool takes(std::uint64_t key) const { return (key >> 56 & (of - 1)) == number; }
};

// Memory that processes share, and the number that shows that it is a leak check's.
struct LeakShared {
    static constexpr std::uint64_t magic = 0x6b61656c6b616570ULL;
    std::uint64_t kind;
    std::uint64_t nonce;
    std::uint64_t words;
    std::uint64_t image[1];
};

}  // namespace clinical
