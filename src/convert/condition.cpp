#include "convert/condition.h"

#include <charconv>

namespace clinical::convert {

namespace {

bool is_name(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

core::Error bad(std::string_view what) {
    return {core::ErrorCode::invalid_option, "invalid mapping row",
            "Its " + std::string(what) + " does not parse.", 0};
}

// Reads a number at `at`; false when there is none.
bool number_at(std::string_view text, std::size_t &at, int &out) {
    const auto result = std::from_chars(text.data() + at, text.data() + text.size(), out);
    if (result.ec != std::errc() || out < 0) return false;
    at = static_cast<std::size_t>(result.ptr - text.data());
    return true;
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    bool parse(Condition::Node &out) {
        if (!any(out)) return false;
        skip();
        return at_ == text_.size();
    }

private:
    using Node = Condition::Node;
    using Kind = Condition::Node::Kind;

    void skip() {
        while (at_ < text_.size() && is_space(text_[at_])) at_++;
    }
    bool word(std::string_view w) {
        skip();
        if (text_.substr(at_, w.size()) != w) return false;
        const std::size_t end = at_ + w.size();
        if (is_name(w.back()) && end < text_.size() && is_name(text_[end])) return false;
        at_ = end;
        return true;
    }
    bool list(Node &out, Kind kind, std::string_view glue, bool (Parser::*part)(Node &)) {
        Node first;
        if (!(this->*part)(first)) return false;
        if (!word(glue)) {
            out = std::move(first);
            return true;
        }
        out.kind = kind;
        out.parts.push_back(std::move(first));
        do {
            if (!(this->*part)(out.parts.emplace_back())) return false;
        } while (word(glue));
        return true;
    }
    bool any(Node &out) { return list(out, Kind::any, "OR", &Parser::all); }
    bool all(Node &out) { return list(out, Kind::all, "AND", &Parser::no); }
    bool no(Node &out) {
        if (++depth_ > 50) return false;
        const bool ok = no_inner(out);
        depth_--;
        return ok;
    }
    bool no_inner(Node &out) {
        if (word("NOT")) {
            out.kind = Kind::no;
            return no(out.parts.emplace_back());
        }
        if (word("(")) return any(out) && word(")");
        if (word("NEVER")) {
            out.kind = Kind::never;
            return true;
        }
        return test(out);
    }
    bool text(std::string &out) {
        skip();
        if (at_ >= text_.size() || text_[at_] != '"') return false;
        const auto end = text_.find('"', at_ + 1);
        if (end == std::string_view::npos) return false;
        out = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return true;
    }
    bool size_test(Node &out, Condition::Test test) {
        out.test = test;
        if (word("GREATER THAN"))
            out.order = 1;
        else if (word("LESS THAN"))
            out.order = -1;
        else if (!word("EQUALS"))
            return false;
        skip();
        return number_at(text_, at_, out.number);
    }
    bool test(Node &out) {
        skip();
        const std::size_t start = at_;
        while (at_ < text_.size() &&
               (is_name(text_[at_]) || text_[at_] == '-' || text_[at_] == '.'))
            at_++;
        auto position = parse_position(text_.substr(start, at_ - start));
        if (!position.ok()) return false;
        out.position = position.value();
        if (word("LST.COUNT")) return size_test(out, Condition::Test::count);
        if (word("LENGTH")) return size_test(out, Condition::Test::length);
        const bool negated = word("NOT");
        if (word("VALUED")) {
            out.test = Condition::Test::valued;
        } else if (word("EQUALS")) {
            out.test = Condition::Test::equals_any;
            if (!text(out.texts.emplace_back())) return false;
        } else if (word("IN") && word("(")) {
            out.test = Condition::Test::equals_any;
            do {
                if (!text(out.texts.emplace_back())) return false;
            } while (word(","));
            if (!word(")")) return false;
        } else {
            return false;
        }
        if (negated) {
            Node inner = std::move(out);
            out = Node();
            out.kind = Kind::no;
            out.parts.push_back(std::move(inner));
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

core::Result<Position> parse_position(std::string_view text) {
    Position p;
    std::size_t at = 0;
    while (at < text.size() && is_name(text[at])) at++;
    if (at < 2 || at > 3) return bad("position");
    text.copy(p.segment, at);
    if (at == text.size()) return p;
    if (text[at] == '-') {
        at++;
        if (!number_at(text, at, p.field)) return bad("position");
    } else {
        p.segment[0] = '\0';
        if (text[at] != '.') return bad("position");
        at++;
        if (!number_at(text, at, p.component)) return bad("position");
    }
    for (int *part : {&p.component, &p.subcomponent}) {
        if (at == text.size()) break;
        if (*part != 0) continue;
        if (text[at] != '.') return bad("position");
        at++;
        if (!number_at(text, at, *part)) return bad("position");
    }
    if (at != text.size()) return bad("position");
    return p;
}

core::Result<Condition> Condition::parse(std::string_view text) {
    Condition c;
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    if (text.empty()) return c;
    c.always_ = false;
    if (!Parser(text).parse(c.root_)) return bad("condition");
    return c;
}

}  // namespace clinical::convert
