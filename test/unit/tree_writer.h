#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace clinical::core {

// A Writer that builds a tree.
class TreeWriter {
public:
    Json root;
    void begin_object() { open(Json::object()); }
    void end_object() { path_.pop_back(); }
    void begin_array() { open(Json::array()); }
    void end_array() { path_.pop_back(); }
    void key(std::string_view text) { key_ = text; }
    void string(std::string_view text) { put(Json::string(text)); }
    void number(std::string_view text) { put(Json::number(text)); }
    void boolean(bool value) { put(Json::boolean(value)); }
    void null() { put(Json::null()); }

private:
    Json &put(Json value) {
        if (path_.empty()) return root = std::move(value);
        Json &parent = *path_.back();
        if (parent.kind() == Kind::array) return parent.push(std::move(value));
        return parent.set(key_, std::move(value));
    }
    void open(Json value) { path_.push_back(&put(std::move(value))); }
    std::vector<Json *> path_;
    std::string key_;
};

}  // namespace clinical::core
