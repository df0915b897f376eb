#include <algorithm>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/json_reader.h"

namespace clinical::core {

// Builds a tree from events.
class JsonBuilder {
public:
    void begin_object() { open(Json::object()); }
    void end_object() {
        refuse_duplicates(open_.back().value.members());
        close();
    }
    void begin_array() { open(Json::array()); }
    void end_array() { close(); }
    void key(std::string_view text) { open_.back().key = text; }
    void string(std::string_view text) { add(Json::string(text)); }
    void number(std::string_view text) { add(Json::number(text)); }
    void boolean(bool value) { add(Json::boolean(value)); }
    void null() { add(Json::null()); }

    Json take() { return std::move(root_); }

private:
    struct Open {
        Json value;
        std::string key;  // of the member being read
    };

    void open(Json container) { open_.push_back({std::move(container), {}}); }
    void close() {
        Json done = std::move(open_.back().value);
        open_.pop_back();
        add(std::move(done));
    }
    void add(Json value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return;
        }
        Open &parent = open_.back();
        if (parent.value.kind() == Kind::array)
            parent.value.push(std::move(value));
        else
            parent.value.add(parent.key, std::move(value));
    }
    static void refuse_duplicates(std::span<const Json::Member> members) {
        std::vector<std::string_view> keys;
        keys.reserve(members.size());
        for (const auto &member : members) keys.push_back(member.key());
        std::sort(keys.begin(), keys.end());
        if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
            throw Error{ErrorCode::invalid_syntax, "object has a duplicate key", "", 0};
    }

    std::vector<Open> open_;
    Json root_;
};
static_assert(Writer<JsonBuilder>);

Result<Json> parse_json(std::string_view text, const Limits &limits) {
    JsonReader reader;
    JsonBuilder builder;
    if (auto error = reader.read(text, builder, limits)) return *std::move(error);
    return builder.take();
}

}  // namespace clinical::core
