#pragma once

// Where the codes of ids and references come from: nowhere (they are removed), from the caller
// (a missing one is an error), or they are only gathered (what the caller must know).

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/tree.h"
#include "deid/reference.h"

namespace clinical::deid {

// An element of a definition, for errors: Observation, subject.
struct Place {
    std::string_view structure;
    std::string_view element;
    [[nodiscard]] std::string path() const {
        return std::string(structure) + "." + std::string(element);
    }
};

// find(type, id, place, code): the code of a resource, or false to remove its mention.

struct NoCodes {
    static constexpr bool linkable = false;
    bool find(std::string_view, std::string_view, const Place &, std::string &) { return false; }
};

// {"Patient/1": "code", ...}
template <core::Node N>
class GivenCodes {
public:
    static constexpr bool linkable = true;
    explicit GivenCodes(const N &codes) : codes_(codes) {
        if (codes.kind() != core::Kind::object) refuse("codes must be an object", {});
    }

    bool find(std::string_view type, std::string_view id, const Place &place, std::string &code) {
        key_.assign(type).append(1, '/').append(id);
        const N value = codes_.find(key_);
        if (value.kind() == core::Kind::absent) refuse("missing code of a resource", place);
        if (value.kind() != core::Kind::string || !is_fhir_id(value.as_text()))
            refuse("a code is not a FHIR id", place);
        // 164.514(c)(1): a code is not derived from the individual's information.
        if (value.as_text() == id) refuse("a code equals the identifier it stands for", place);
        code.assign(value.as_text());
        return true;
    }

private:
    [[noreturn]] static void refuse(const char *what, const Place &place) {
        throw core::Error{
            core::ErrorCode::invalid_option, what,
            place.structure.empty() ? std::string() : "Element " + place.path() + " needs it.", 0};
    }
    N codes_;
    std::string key_;
};

struct GatheredCodes {
    static constexpr bool linkable = true;
    std::set<std::pair<std::string, std::string>> wanted;

    bool find(std::string_view type, std::string_view id, const Place &, std::string &code) {
        wanted.emplace(type, id);
        code = "x";
        return true;
    }
};

// Takes a document and keeps nothing.
struct NullWriter {
    void begin_object() {}
    void end_object() {}
    void begin_array() {}
    void end_array() {}
    void key(std::string_view) {}
    void string(std::string_view) {}
    void number(std::string_view) {}
    void boolean(bool) {}
    void null() {}
};
static_assert(core::Writer<NullWriter>);

}  // namespace clinical::deid
