#pragma once

// Messages written as lines, converted, and looked at by resource type.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "convert/convert.h"

namespace clinical::convert {

inline core::Json json(std::string_view text) {
    auto parsed = core::parse_json(text);
    EXPECT_TRUE(parsed.ok()) << text;
    return parsed.ok() ? std::move(parsed).value() : core::Json();
}

class Converted {
public:
    Converted(std::vector<std::string> segments, std::string_view options = "{}") {
        for (const auto &s : segments) text_ += s + "\r";
        auto parsed = Options::parse(json(options));
        EXPECT_TRUE(parsed.ok());
        auto message = hl7v2::Message::parse(text_);
        EXPECT_TRUE(message.ok());
        said = convert_hl7v2(message.value(), parsed.value());
    }

    // The n-th resource of a type; an empty object when there is none.
    const core::Json &resource(std::string_view type, int n = 1) const {
        const Statement *s = statement(type, n);
        return s ? s->resource : none_;
    }
    const Statement *statement(std::string_view type, int n = 1) const {
        for (const auto &s : said.statements)
            if (s.kind == Statement::Kind::resource && s.resource_type == type && --n == 0)
                return &s;
        return nullptr;
    }
    int count(std::string_view type) const {
        int n = 0;
        while (statement(type, n + 1)) n++;
        return n;
    }
    bool has_issue(std::string_view format_code, std::string_view location = "") const {
        for (const auto &s : said.statements)
            if (s.issue.format_code == format_code &&
                (location.empty() || s.issue.location == location))
                return true;
        return false;
    }
    std::string refusal() const {
        for (const auto &s : said.statements)
            if (s.kind == Statement::Kind::refused) return s.issue.code;
        return "";
    }
    std::vector<const Statement *> links() const {
        std::vector<const Statement *> out;
        for (const auto &s : said.statements)
            if (s.kind == Statement::Kind::link) out.push_back(&s);
        return out;
    }
    // A value by path: "name.0.given.1".
    std::string at(std::string_view type, std::string_view path, int n = 1) const {
        return text_at(resource(type, n), path);
    }
    static std::string text_at(const core::Json &root, std::string_view path) {
        const core::Json *node = &root;
        while (!path.empty()) {
            const auto dot = path.find('.');
            const std::string_view step = path.substr(0, dot);
            path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
            const bool is_index = step.find_first_not_of("0123456789") == std::string_view::npos;
            node = is_index ? &node->at(std::stoul(std::string(step))) : &node->find(step);
        }
        if (node->kind() == core::Kind::boolean) return node->as_bool() ? "true" : "false";
        if (node->kind() == core::Kind::object || node->kind() == core::Kind::array)
            return core::to_text(*node);
        return std::string(node->as_text());
    }

    Conversion said;

private:
    std::string text_;
    core::Json none_ = core::Json::object();
};

inline std::string msh(std::string_view type, std::string_view time = "20260101120000+0000") {
    return "MSH|^~\\&|APP|HOSP|||" + std::string(time) + "||" + std::string(type) + "|1|P|2.5.1";
}
// A segment from its fields by number.
inline std::string segment(std::string_view id,
                           std::initializer_list<std::pair<int, std::string_view>> fields) {
    std::string out(id);
    int at = 0;
    for (const auto &[n, value] : fields) {
        while (at < n) {
            out += '|';
            at++;
        }
        out += value;
    }
    return out;
}
inline std::string pv1(std::string_view patient_class, std::string_view number = "V1^^^A",
                       std::string_view place = "") {
    return segment("PV1", {{1, "1"}, {2, patient_class}, {3, place}, {19, number}});
}
inline std::string evn(std::string_view time) { return "EVN||" + std::string(time); }

}  // namespace clinical::convert
