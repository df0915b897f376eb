#include "fhir/json_path.h"

#include <algorithm>
#include <vector>

#include "fhir/definitions.h"

namespace clinical::fhir {

namespace {

constexpr std::size_t deepest = 600;  // beyond what fhir_parse reads

bool is_element_name(std::string_view name) {
    const auto all = types();
    return std::any_of(all.begin(), all.end(),
                       [&](const Type &type) { return member_of(type, name).has_value(); });
}

class Tracker {
public:
    explicit Tracker(std::string_view text) : text_(text) {}

    std::string run() {
        while (at_ < text_.size() && open_.size() < deepest) {
            const char c = text_[at_];
            if (c == '"') {
                string();
                continue;
            }
            if (c == '{' || c == '[')
                open_.push_back({c == '{', c == '{', {}, 0});
            else if ((c == '}' || c == ']') && !open_.empty())
                open_.pop_back();
            else if (c == ',' && !open_.empty())
                next();
            else if (c == ':' && !open_.empty())
                open_.back().at_key = false;
            ++at_;
        }
        return path();
    }

private:
    struct Level {
        bool is_object;
        bool at_key;
        std::string_view key;  // the member being read
        std::size_t index;
    };

    void next() {
        Level &level = open_.back();
        level.at_key = level.is_object;
        if (level.is_object)
            level.key = {};
        else
            ++level.index;
    }

    // A string with its quotes; an unfinished one ends the text.
    void string() {
        const std::size_t begin = ++at_;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        const std::size_t end = std::min(at_, text_.size());
        const std::string_view inside = text_.substr(begin, end - begin);
        at_ = end + 1;
        if (open_.empty()) return;
        Level &level = open_.back();
        if (level.at_key)
            level.key = inside;
        else if (open_.size() == 1 && level.key == "resourceType" && resource_named(inside))
            root_ = inside;
    }

    [[nodiscard]] std::string path() const {
        std::string out = root_.empty() ? "" : std::string(root_);
        for (const Level &level : open_) {
            if (!level.is_object) {
                out += "[" + std::to_string(level.index) + "]";
                continue;
            }
            std::string_view key = level.key;
            if (key.empty()) break;
            if (key.starts_with('_')) key.remove_prefix(1);
            if (!out.empty()) out += '.';
            out += key == "resourceType" || is_element_name(key) ? key : "*";
        }
        return out;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string_view root_;
    std::vector<Level> open_;
};

}  // namespace

std::string path_in_json(std::string_view text, std::size_t offset) {
    return Tracker(text.substr(0, std::min(offset, text.size()))).run();
}

}  // namespace clinical::fhir
