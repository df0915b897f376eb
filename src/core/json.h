#pragma once

// The core's own JSON tree: what converters build and unit tests read.  Numbers keep their text.
// Objects keep the order in which members were added; setting a member again replaces it.
//
// A node is 24 bytes: texts of up to 23 bytes lie in it, what is larger in one block of its own
// (blocks.h).  It holds no pointer into itself, so nodes are moved by copying their bytes.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "core/limits.h"
#include "core/tree.h"

namespace clinical::core {

class Json {
public:
    class Member;

    Json() = default;  // absent
    Json(Json &&other) noexcept : data_(other.data_) { other.data_ = {}; }
    Json(const Json &other);
    Json &operator=(Json &&other) noexcept {
        const Data data = other.data_;
        other.data_ = {};
        if (is_outside()) free_outside();
        data_ = data;
        return *this;
    }
    Json &operator=(const Json &other);
    ~Json() {
        if (is_outside()) free_outside();
    }

    static Json null() { return Json(Kind::null); }
    static Json boolean(bool value);
    static Json number(std::string_view digits) { return {Kind::number, digits}; }  // not checked
    static Json number(long long value);
    static Json string(std::string_view text) { return {Kind::string, text}; }
    static Json array();
    static Json object();

    [[nodiscard]] Kind kind() const { return static_cast<Kind>(data_.tag >> 5); }
    [[nodiscard]] bool is_absent() const { return kind() == Kind::absent; }
    [[nodiscard]] bool as_bool() const { return kind() == Kind::boolean && data_.bytes[0] != 0; }
    // Of a string, or a number's digits; else empty.  The view lasts as long as the node stays
    // where it is.
    [[nodiscard]] std::string_view as_text() const {
        if (kind() != Kind::string && kind() != Kind::number) return {};
        return is_outside() ? std::string_view(outside().text, outside().size)
                            : std::string_view(data_.bytes, data_.tag & outside_mark);
    }
    [[nodiscard]] std::size_t size() const { return is_container() ? outside().size : 0; }

    // Reading.  Absent when there is none.
    [[nodiscard]] const Json &find(std::string_view key) const;
    [[nodiscard]] const Json &at(std::size_t index) const;
    [[nodiscard]] std::string_view key(std::size_t index) const;
    [[nodiscard]] std::span<const Json> elements() const;   // none unless it is an array
    [[nodiscard]] std::span<const Member> members() const;  // none unless it is an object

    // Building.  What is no object or array becomes one on first use.
    Json &operator[](std::string_view key);
    Json &push(Json value);
    Json &element(std::size_t index);  // grows the array with absent elements
    Json &member(std::size_t index);
    Json &set(std::string_view key, Json value);
    // The same for a key that the object does not have, which is not looked for.
    Json &add(std::string_view key, Json value);
    // The same, before member `at`.
    Json &insert(std::size_t at, std::string_view key, Json value);
    void reserve(std::size_t size);  // members, of an object
    void erase(std::string_view key);
    // Takes out the elements, or the members, for which `is_gone` holds.
    template <typename Predicate>
    void erase_if(const Predicate &is_gone);
    // Takes out the members of an object for which `is_gone(key, value)` holds.
    template <typename Predicate>
    void erase_members_if(const Predicate &is_gone);

    friend bool operator==(const Json &a, const Json &b);  // order of members does not matter

private:
    static constexpr std::size_t inside = 23;  // bytes of text that fit into the node
    static constexpr unsigned char outside_mark = 31;

    // A block of text, of nodes or of members.
    struct Outside {
        union {
            char *text;
            Json *elements;
            Member *members;
        };
        std::uint32_t size;
        std::uint32_t capacity;  // of nodes or members
    };
    // Unused bytes are zero, so that texts within nodes are compared without a loop.
    struct alignas(8) Data {
        char bytes[inside] = {};
        unsigned char tag = 0;  // kind in the upper three bits; size of the text or outside_mark
    };

    explicit Json(Kind kind, unsigned char mark = 0) {
        data_.tag = static_cast<unsigned char>((static_cast<unsigned>(kind) << 5) | mark);
    }
    Json(Kind kind, std::string_view text) : Json(kind) { keep(text); }

    [[nodiscard]] bool is_outside() const { return (data_.tag & outside_mark) == outside_mark; }
    [[nodiscard]] bool is_container() const { return kind() >= Kind::array; }
    [[nodiscard]] Outside outside() const {
        Outside o;
        std::memcpy(&o, &data_, sizeof o);
        return o;
    }
    void set_outside(const Outside &o) { std::memcpy(data_.bytes, &o, sizeof o); }
    void keep(std::string_view text);
    void free_outside() noexcept;
    void become(Kind kind);  // an empty container, unless it is one of that kind
    Member *find_member(const Json &key) const;
    template <typename T>
    T *grow(T *items, Outside &o, std::size_t capacity);
    Json &append(Json key);
    template <typename T, typename Predicate>
    std::uint32_t sweep(T *items, std::uint32_t size, const Predicate &is_gone);

    Data data_;
};
static_assert(sizeof(Json) == 24);

// Reads as a pair of its name and its value: for (const auto &[key, value] : json.members()).
class Json::Member {
public:
    [[nodiscard]] std::string_view key() const { return key_.as_text(); }
    [[nodiscard]] const Json &value() const { return value_; }
    template <std::size_t i>
    [[nodiscard]] decltype(auto) get() const {
        if constexpr (i == 0)
            return key();
        else
            return value();
    }

private:
    friend class Json;
    explicit Member(Json key) : key_(std::move(key)) {}
    Json key_;
    Json value_;
};

template <typename T, typename Predicate>
std::uint32_t Json::sweep(T *items, std::uint32_t size, const Predicate &is_gone) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < size; i++) {
        if (is_gone(items[i])) continue;
        if (kept != i) items[kept] = std::move(items[i]);
        kept++;
    }
    std::destroy(items + kept, items + size);
    return kept;
}

template <typename Predicate>
void Json::erase_members_if(const Predicate &is_gone) {
    if (kind() != Kind::object) return;
    Outside o = outside();
    o.size = sweep(o.members, o.size, [&](Member &m) { return is_gone(m.key(), m.value_); });
    set_outside(o);
}

template <typename Predicate>
void Json::erase_if(const Predicate &is_gone) {
    if (kind() == Kind::array) {
        Outside o = outside();
        o.size = sweep(o.elements, o.size, is_gone);
        set_outside(o);
    } else {
        erase_members_if([&](std::string_view, Json &value) { return is_gone(value); });
    }
}

// A cheap view of a Json, fit for algorithms over Node.
class JsonNode {
public:
    JsonNode() = default;
    explicit JsonNode(const Json &json) : json_(&json) {}
    [[nodiscard]] Kind kind() const { return json_ ? json_->kind() : Kind::absent; }
    [[nodiscard]] bool as_bool() const { return json_->as_bool(); }
    [[nodiscard]] std::string_view as_text() const { return json_->as_text(); }
    [[nodiscard]] std::size_t size() const { return json_ ? json_->size() : 0; }
    [[nodiscard]] JsonNode find(std::string_view key) const { return JsonNode(json_->find(key)); }
    [[nodiscard]] JsonNode at(std::size_t index) const { return JsonNode(json_->at(index)); }
    [[nodiscard]] std::string_view key(std::size_t index) const { return json_->key(index); }

private:
    const Json *json_ = nullptr;
};
static_assert(Node<JsonNode>);

// Whether `text` is a number by the grammar of JSON (RFC 8259 section 6).
bool is_json_number(std::string_view text);

// Strict RFC 8259; duplicate keys, lone surrogates and NUL are refused.
Result<Json> parse_json(std::string_view text, const Limits &limits = {});

// Compact text; absent members and elements are left out.
std::string to_text(const Json &json);

}  // namespace clinical::core

template <>
struct std::tuple_size<clinical::core::Json::Member> : std::integral_constant<std::size_t, 2> {};
template <>
struct std::tuple_element<0, clinical::core::Json::Member> {
    using type = std::string_view;
};
template <>
struct std::tuple_element<1, clinical::core::Json::Member> {
    using type = const clinical::core::Json;
};

namespace clinical::core {

// Sends a tree to any Writer; absent members and elements are left out.  A writer that takes views
// gets views: the tree must stay as it is until that writer is done.
template <Writer W>
void write(const Json &json, W &writer) {
    constexpr bool views = requires(std::string_view text) {
        writer.key_view(text);
        writer.string_view(text);
    };
    switch (json.kind()) {
        case Kind::absent:
        case Kind::null: writer.null(); break;
        case Kind::boolean: writer.boolean(json.as_bool()); break;
        case Kind::number: writer.number(json.as_text()); break;
        case Kind::string:
            if constexpr (views)
                writer.string_view(json.as_text());
            else
                writer.string(json.as_text());
            break;
        case Kind::array:
            writer.begin_array();
            for (const auto &element : json.elements())
                if (!element.is_absent()) write(element, writer);
            writer.end_array();
            break;
        case Kind::object:
            writer.begin_object();
            for (const auto &[key, value] : json.members()) {
                if (value.is_absent()) continue;
                if constexpr (views)
                    writer.key_view(key);
                else
                    writer.key(key);
                write(value, writer);
            }
            writer.end_object();
            break;
    }
}

}  // namespace clinical::core
