#include "core/json.h"

#include <algorithm>
#include <cstdio>
#include <new>
#include <stdexcept>

#include "core/blocks.h"

namespace clinical::core {

namespace {

const Json absent;

// memcpy of a few bytes, without the call.
inline void copy_short(char *to, const char *from, std::size_t size) {
    if (size >= 16) {
        std::memcpy(to, from, 16);
        std::memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 8) {
        std::memcpy(to, from, 8);
        std::memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
        std::memcpy(to, from, 4);
        std::memcpy(to + size - 4, from + size - 4, 4);
    } else {
        for (std::size_t i = 0; i < size; i++) to[i] = from[i];
    }
}

[[noreturn]] void too_long() { throw std::length_error("JSON value is too long"); }

}  // namespace

void Json::keep(std::string_view text) {
    if (text.size() <= inside) {
        copy_short(data_.bytes, text.data(), text.size());
        data_.tag |= static_cast<unsigned char>(text.size());
        return;
    }
    if (text.size() > UINT32_MAX) too_long();
    Outside o{};
    o.text = static_cast<char *>(take_block(text.size()));
    o.size = static_cast<std::uint32_t>(text.size());
    std::memcpy(o.text, text.data(), text.size());
    set_outside(o);
    data_.tag |= outside_mark;
}

void Json::free_outside() noexcept {
    const Outside o = outside();
    switch (kind()) {
        case Kind::array:
            std::destroy_n(o.elements, o.size);
            if (o.capacity > 0) give_block(o.elements, o.capacity * sizeof(Json));
            break;
        case Kind::object:
            std::destroy_n(o.members, o.size);
            if (o.capacity > 0) give_block(o.members, o.capacity * sizeof(Member));
            break;
        default: give_block(o.text, o.size);
    }
}

Json::Json(const Json &other) {
    if (!other.is_outside()) {
        data_ = other.data_;
        return;
    }
    if (!other.is_container()) {
        data_.tag = static_cast<unsigned char>(static_cast<unsigned>(other.kind()) << 5);
        keep(other.as_text());
        return;
    }
    // A container as far as it got is freed like any other when memory runs out.
    become(other.kind());
    if (kind() == Kind::object) {
        reserve(other.size());
        for (const auto &[key, value] : other.members()) add(key, value);
    } else {
        for (const Json &element : other.elements()) push(element);
    }
}

Json &Json::operator=(const Json &other) {
    if (this != &other) *this = Json(other);
    return *this;
}

void Json::become(Kind kind) {
    if (this->kind() == kind) return;
    *this = Json(kind, outside_mark);
}

// Room for `capacity` items; those that are there move.
template <typename T>
T *Json::grow(T *items, Outside &o, std::size_t capacity) {
    if (capacity > UINT32_MAX / 2) too_long();
    auto *larger = static_cast<T *>(take_block(capacity * sizeof(T)));
    if (o.capacity > 0) {
        std::memcpy(static_cast<void *>(larger), static_cast<const void *>(items),
                    o.size * sizeof(T));
        give_block(items, o.capacity * sizeof(T));
    }
    o.capacity = static_cast<std::uint32_t>(capacity);
    return larger;
}

Json Json::boolean(bool value) {
    Json j(Kind::boolean);
    j.data_.bytes[0] = value ? 1 : 0;
    return j;
}

Json Json::number(long long value) { return number(std::to_string(value)); }
Json Json::array() { return Json(Kind::array, outside_mark); }
Json Json::object() { return Json(Kind::object, outside_mark); }

std::span<const Json> Json::elements() const {
    if (kind() != Kind::array) return {};
    const Outside o = outside();
    return {o.elements, o.size};
}

std::span<const Json::Member> Json::members() const {
    if (kind() != Kind::object) return {};
    const Outside o = outside();
    return {o.members, o.size};
}

// `key` is a string.  The bytes of a text within its node say all of it.
Json::Member *Json::find_member(const Json &key) const {
    if (kind() != Kind::object) return nullptr;
    const Outside o = outside();
    if (!key.is_outside()) {
        for (Member *m = o.members; m != o.members + o.size; m++)
            if (std::memcmp(&m->key_.data_, &key.data_, sizeof(Data)) == 0) return m;
    } else {
        for (Member *m = o.members; m != o.members + o.size; m++)
            if (m->key() == key.as_text()) return m;
    }
    return nullptr;
}

const Json &Json::find(std::string_view key) const {
    const Member *found = find_member(string(key));
    return found ? found->value_ : absent;
}

const Json &Json::at(std::size_t index) const {
    if (index >= size()) return absent;
    return kind() == Kind::array ? outside().elements[index] : outside().members[index].value_;
}

std::string_view Json::key(std::size_t index) const { return outside().members[index].key(); }

Json &Json::member(std::size_t index) { return outside().members[index].value_; }

Json &Json::append(Json key) {
    Outside o = outside();
    if (o.size == o.capacity) {
        o.members = grow(o.members, o, o.capacity == 0 ? 4 : std::size_t{o.capacity} * 2);
        set_outside(o);
    }
    Member *added = new (o.members + o.size) Member(std::move(key));
    o.size++;
    set_outside(o);
    return added->value_;
}

Json &Json::operator[](std::string_view key) {
    become(Kind::object);
    Json wanted = string(key);
    if (Member *found = find_member(wanted)) return found->value_;
    return append(std::move(wanted));
}

Json &Json::push(Json value) {
    become(Kind::array);
    Json &added = element(size());
    added = std::move(value);
    return added;
}

Json &Json::element(std::size_t index) {
    become(Kind::array);
    Outside o = outside();
    if (index >= o.size) {
        if (index >= o.capacity) {
            o.elements = grow(o.elements, o,
                              std::max({std::size_t{2}, index + 1, std::size_t{o.capacity} * 2}));
        }
        while (o.size <= index) new (o.elements + o.size++) Json();
        set_outside(o);
    }
    return o.elements[index];
}

Json &Json::set(std::string_view key, Json value) { return (*this)[key] = std::move(value); }

Json &Json::add(std::string_view key, Json value) {
    become(Kind::object);
    return append(string(key)) = std::move(value);
}

Json &Json::insert(std::size_t at, std::string_view key, Json value) {
    add(key, std::move(value));
    Member *place = outside().members + at;
    Member *last = outside().members + size() - 1;
    alignas(Member) char added[sizeof(Member)];
    std::memcpy(added, static_cast<const void *>(last), sizeof added);
    std::memmove(static_cast<void *>(place + 1), static_cast<const void *>(place),
                 static_cast<std::size_t>(last - place) * sizeof(Member));
    std::memcpy(static_cast<void *>(place), added, sizeof added);
    return place->value_;
}

void Json::reserve(std::size_t size) {
    become(Kind::object);
    Outside o = outside();
    if (size <= o.capacity) return;
    o.members = grow(o.members, o, size);
    set_outside(o);
}

void Json::erase(std::string_view key) {
    if (Member *found = find_member(string(key))) {
        found->value_ = Json();
        const Json *gone = &found->value_;
        erase_if([&](const Json &value) { return &value == gone; });
    }
}

bool operator==(const Json &a, const Json &b) {
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case Kind::absent:
        case Kind::null: return true;
        case Kind::boolean: return a.as_bool() == b.as_bool();
        case Kind::number:
        case Kind::string: return a.as_text() == b.as_text();
        case Kind::array: return std::ranges::equal(a.elements(), b.elements());
        case Kind::object:
            return a.members().size() == b.members().size() &&
                   std::ranges::all_of(a.members(), [&](const Json::Member &m) {
                       return b.find(m.key()) == m.value();
                   });
    }
    return false;
}

bool is_json_number(std::string_view text) {
    std::size_t i = 0;
    const auto digits = [&] {
        const std::size_t from = i;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
        return i - from;
    };
    const auto skip = [&](char a, char b) {
        const bool is = i < text.size() && (text[i] == a || text[i] == b);
        i += is;
        return is;
    };

    skip('-', '-');
    const std::size_t start = i;
    const std::size_t integer = digits();
    if (integer == 0 || (integer > 1 && text[start] == '0')) return false;
    if (skip('.', '.') && digits() == 0) return false;
    if (skip('e', 'E')) {
        skip('+', '-');
        if (digits() == 0) return false;
    }
    return i == text.size();
}

namespace {

void escape(std::string &out, std::string_view text) {
    out += '"';
    for (char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    char buffer[8];
                    std::snprintf(buffer, sizeof buffer, "\\u%04x", c);
                    out += buffer;
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

// Writes JSON text as events come in.
class TextWriter {
public:
    std::string out;
    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }
    void key(std::string_view text) {
        separate();
        escape(out, text);
        out += ':';
        first_ = true;
    }
    void string(std::string_view text) {
        separate();
        escape(out, text);
    }
    void number(std::string_view text) {
        separate();
        out += text;
    }
    void boolean(bool value) {
        separate();
        out += value ? "true" : "false";
    }
    void null() {
        separate();
        out += "null";
    }

private:
    void open(char c) {
        separate();
        out += c;
        first_ = true;
    }
    void close(char c) {
        out += c;
        first_ = false;
    }
    void separate() {
        if (!first_) out += ',';
        first_ = false;
    }
    bool first_ = true;
};
static_assert(Writer<TextWriter>);

}  // namespace

std::string to_text(const Json &json) {
    TextWriter writer;
    write(json, writer);
    return std::move(writer.out);
}

}  // namespace clinical::core
