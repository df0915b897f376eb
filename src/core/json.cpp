#include "core/json.h"

#include <algorithm>
#include <cstdio>

namespace clinical::core {

namespace {

const Json absent;
const std::string no_text;
const std::vector<Json> no_elements;
const std::vector<Json::Member> no_members;

}  // namespace

const std::string &Json::as_text() const {
    const auto *text = std::get_if<std::string>(&value_);
    return text ? *text : no_text;
}

const std::vector<Json> &Json::elements() const {
    const auto *list = std::get_if<std::vector<Json>>(&value_);
    return list ? *list : no_elements;
}

const std::vector<Json::Member> &Json::members() const {
    const auto *list = std::get_if<std::vector<Member>>(&value_);
    return list ? *list : no_members;
}

std::vector<Json> &Json::own_elements() {
    if (auto *list = std::get_if<std::vector<Json>>(&value_)) return *list;
    kind_ = Kind::array;
    return value_.emplace<std::vector<Json>>();
}

std::vector<Json::Member> &Json::own_members() {
    if (auto *list = std::get_if<std::vector<Member>>(&value_)) return *list;
    kind_ = Kind::object;
    return value_.emplace<std::vector<Member>>();
}

Json Json::null() {
    Json j;
    j.kind_ = Kind::null;
    return j;
}

Json Json::boolean(bool value) {
    Json j;
    j.kind_ = Kind::boolean;
    j.flag_ = value;
    return j;
}

Json Json::number(std::string_view digits) {
    Json j;
    j.kind_ = Kind::number;
    j.value_.emplace<std::string>(digits);
    return j;
}

Json Json::number(long long value) { return number(std::to_string(value)); }

Json Json::string(std::string_view text) {
    Json j;
    j.kind_ = Kind::string;
    j.value_.emplace<std::string>(text);
    return j;
}

Json Json::array() {
    Json j;
    j.own_elements();
    return j;
}

Json Json::object() {
    Json j;
    j.own_members();
    return j;
}

std::size_t Json::size() const {
    if (kind_ == Kind::array) return elements().size();
    if (kind_ == Kind::object) return members().size();
    return 0;
}

const Json &Json::find(std::string_view key) const {
    for (const auto &member : members())
        if (member.first == key) return member.second;
    return absent;
}

const Json &Json::at(std::size_t index) const {
    if (kind_ == Kind::array) return index < elements().size() ? elements()[index] : absent;
    return index < members().size() ? members()[index].second : absent;
}

std::string_view Json::key(std::size_t index) const { return members()[index].first; }

Json &Json::operator[](std::string_view key) {
    auto &list = own_members();
    for (auto &member : list)
        if (member.first == key) return member.second;
    if (list.capacity() == list.size()) list.reserve(list.empty() ? 4 : list.size() * 2);
    return list.emplace_back(std::string(key), Json()).second;
}

Json &Json::push(Json value) { return own_elements().emplace_back(std::move(value)); }

Json &Json::element(std::size_t index) {
    auto &list = own_elements();
    if (list.size() <= index) list.resize(index + 1);
    return list[index];
}

Json &Json::set(std::string_view key, Json value) { return (*this)[key] = std::move(value); }

Json &Json::add(std::string key, Json value) {
    return own_members().emplace_back(std::move(key), std::move(value)).second;
}

void Json::reserve(std::size_t size) { own_members().reserve(size); }

void Json::erase(std::string_view key) {
    if (kind_ != Kind::object) return;
    std::erase_if(own_members(), [&](const Member &m) { return m.first == key; });
}

bool operator==(const Json &a, const Json &b) {
    if (a.kind_ != b.kind_) return false;
    switch (a.kind_) {
        case Kind::absent:
        case Kind::null: return true;
        case Kind::boolean: return a.flag_ == b.flag_;
        case Kind::number:
        case Kind::string: return a.as_text() == b.as_text();
        case Kind::array: return a.elements() == b.elements();
        case Kind::object:
            return a.members().size() == b.members().size() &&
                   std::all_of(a.members().begin(), a.members().end(),
                               [&](const Json::Member &m) { return b.find(m.first) == m.second; });
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
