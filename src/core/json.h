#pragma once

// The core's own JSON tree: what converters build and unit tests read.  Numbers keep their text.
// Objects keep the order in which members were added; setting a member again replaces it.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "core/tree.h"

namespace clinical::core {

class Json {
public:
    using Member = std::pair<std::string, Json>;

    Json() = default;  // absent
    static Json null();
    static Json boolean(bool value);
    static Json number(std::string_view digits);  // JSON grammar; not checked
    static Json number(long long value);
    static Json string(std::string_view text);
    static Json array();
    static Json object();

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] bool is_absent() const { return kind_ == Kind::absent; }
    [[nodiscard]] bool as_bool() const { return flag_; }
    [[nodiscard]] const std::string &as_text() const;  // string, or number's digits; else empty
    [[nodiscard]] std::size_t size() const;

    // Reading.  Absent when there is none.
    [[nodiscard]] const Json &find(std::string_view key) const;
    [[nodiscard]] const Json &at(std::size_t index) const;
    [[nodiscard]] std::string_view key(std::size_t index) const;
    [[nodiscard]] const std::vector<Json> &elements() const;   // none unless it is an array
    [[nodiscard]] const std::vector<Member> &members() const;  // none unless it is an object

    // Building.  What is no object or array becomes one on first use.
    Json &operator[](std::string_view key);
    Json &push(Json value);
    Json &element(std::size_t index);  // grows the array with absent elements
    Json &member(std::size_t index) { return own_members()[index].second; }
    Json &set(std::string_view key, Json value);
    // The same for a key that the object does not have, which is not looked for.
    Json &add(std::string key, Json value);
    void reserve(std::size_t size);  // members, of an object
    void erase(std::string_view key);
    // Takes out the elements, or the members, for which `is_gone` holds.
    template <typename Predicate>
    void erase_if(const Predicate &is_gone) {
        if (auto *list = std::get_if<std::vector<Json>>(&value_))
            std::erase_if(*list, is_gone);
        else if (auto *members = std::get_if<std::vector<Member>>(&value_))
            std::erase_if(*members, [&](Member &m) { return is_gone(m.second); });
    }

    friend bool operator==(const Json &a, const Json &b);  // order of members does not matter

private:
    std::vector<Json> &own_elements();
    std::vector<Member> &own_members();

    Kind kind_ = Kind::absent;
    bool flag_ = false;
    // One at a time: trees are moved about, and small nodes move fast.
    std::variant<std::monostate, std::string, std::vector<Json>, std::vector<Member>> value_;
};

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

// Sends a tree to any Writer; absent members and elements are left out.
template <Writer W>
void write(const Json &json, W &writer) {
    switch (json.kind()) {
        case Kind::absent:
        case Kind::null: writer.null(); break;
        case Kind::boolean: writer.boolean(json.as_bool()); break;
        case Kind::number: writer.number(json.as_text()); break;
        case Kind::string: writer.string(json.as_text()); break;
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
                writer.key(key);
                write(value, writer);
            }
            writer.end_object();
            break;
    }
}

}  // namespace clinical::core
