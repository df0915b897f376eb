// The grammar of UCUM (formal syntax of the specification, chapter 2):
//
//   unit       = ["/"] term
//   term       = component { ("." | "/") component }          from left to right
//   component  = symbol [exponent] [annotation] | digits [annotation] | annotation
//              | "(" term ")" [annotation]
//   symbol     = atom | prefix metric-atom
//   exponent   = ["+" | "-"] digits
//   annotation = "{" printable ASCII without braces "}"
//
// An exponent stands on a symbol only and there is one annotation a component.  The published
// grammar gives none to numbers and parentheses, but UCUM's own list of examples does
// (/100{WBCs}), and so does everybody.

#include <algorithm>
#include <cctype>

#include "ucum/impl.h"

namespace clinical::ucum {

namespace {

constexpr std::size_t text_max = 500;
constexpr int depth_max = 32;
constexpr std::size_t number_digits_max = 30;
constexpr int exponent_max = 999;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads a unit; `makes` also makes it.
template <bool makes>
class Parser {
public:
    Parser(std::string_view text, Case letters) : text_(text), letters_(letters) {}

    // Whether grammar and table have it.
    bool read() { return text_.size() <= text_max && (text_.empty() || unit()); }

    core::Result<Unit> parse() {
        auto impl = std::make_shared<Unit::Impl>();
        if (text_.size() > text_max) return at(0, "A unit is longer than 500 characters.");
        if (text_.empty())
            display_ = "(unity)";
        else if (!unit())
            return *std::move(error_);
        impl->factors = std::move(factors_);
        impl->display = std::move(display_);
        impl->text = letters_ == Case::sensitive ? std::string(text_) : written_;
        if (auto error = impl->derive()) return *std::move(error);
        return Unit(std::move(impl));
    }

private:
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    static core::Error at(std::size_t offset, std::string_view what) {
        return unit_error("Character " + std::to_string(offset + 1) + ": " + std::string(what),
                          offset);
    }
    bool fail(std::string_view what) {
        if constexpr (makes)
            if (!error_) error_ = at(at_, what);
        return false;
    }

    // For people, and as it was given.
    void show(std::string_view text) {
        if constexpr (makes) display_ += text;
    }
    void write(std::string_view text) {
        if constexpr (makes) written_ += text;
    }

    bool unit() {
        const bool leading = peek() == '/';
        if (leading) {
            ++at_;
            show("1 / ");
            write("/");
        }
        if (!term(leading ? -1 : 1, 0)) return false;
        return at_ == text_.size() ||
               fail("A component of a unit is not followed by a point or a solidus.");
    }

    // `first`: the sign of the first component, -1 behind the solidus that begins a unit.
    bool term(int first, int depth) {
        if (depth > depth_max) return fail("Parentheses are more than 32 deep.");
        int sign = first;
        while (true) {
            if (!component(sign, depth)) return false;
            if (peek() != '.' && peek() != '/') return true;
            // A leading solidus inverts the first component only: /a.b is (1/a).b.
            sign = (first < 0 && depth > 0) ? -1 : 1;
            if (peek() == '/') sign = -sign;
            show(peek() == '/' ? " / " : " * ");
            write(text_.substr(at_, 1));
            ++at_;
        }
    }

    bool component(int sign, int depth) {
        const std::size_t from = factors_.size();
        const char c = peek();
        if (c == '(') {
            if (!parenthesis(sign, depth)) return false;
        } else if (c == '{') {
            factors_.push_back({});
            factors_.back().exponent = sign;
            return annotation(factors_.size() - 1);
        } else if (is_digit(c) && !text_.substr(at_).starts_with("10*") &&
                   !text_.substr(at_).starts_with("10^")) {
            if (!number(sign)) return false;
        } else if (!symbol(sign)) {
            return false;
        }
        if (peek() != '{') return true;
        // Behind a parenthesis it belongs to the whole, which takes the place of its last factor.
        if (factors_.back().annotation.empty() && factors_.size() == from + 1)
            return annotation(from);
        factors_.push_back({});
        factors_.back().exponent = sign;
        return annotation(factors_.size() - 1);
    }

    bool parenthesis(int sign, int depth) {
        ++at_;
        write("(");
        const std::size_t display_from = display_.size();
        const std::size_t factors_from = factors_.size();
        if (!term(sign, depth + 1)) return false;
        if (peek() != ')') return fail("A parenthesis is not closed, or an operator is missing.");
        ++at_;
        write(")");
        if (makes && factors_.size() > factors_from + 1) {
            display_.insert(display_from, "(");
            show(")");
        }
        return true;
    }

    bool number(int sign) {
        const std::size_t start = at_;
        while (is_digit(peek())) ++at_;
        std::string digits(text_.substr(start, at_ - start));
        if (digits.size() > number_digits_max) {
            at_ = start;
            return fail("A number has more than 30 digits.");
        }
        write(digits);
        show(digits);
        digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
        if (digits == "0") {
            at_ = start;
            return fail("Zero is no unit.");
        }
        Factor factor;
        if constexpr (makes) factor.number = BigInteger(digits);
        factor.exponent = sign;
        if (at_ < text_.size() && std::string_view("./{)").find(peek()) == std::string_view::npos)
            return fail("A number is not followed by a point or a solidus.");
        factors_.push_back(std::move(factor));
        return true;
    }

    // The end of a symbol from here: brackets hold anything, and letters end at an operator, a
    // parenthesis, a brace, a sign or a digit.
    [[nodiscard]] std::size_t symbol_end() const {
        std::size_t end = at_;
        if (text_.substr(at_).starts_with("10*") || text_.substr(at_).starts_with("10^"))
            return at_ + 3;
        while (end < text_.size()) {
            const char c = text_[end];
            if (c == '[') {
                const std::size_t close = text_.find(']', end);
                if (close == std::string_view::npos) return std::string_view::npos;
                end = close + 1;
                continue;
            }
            if (is_digit(c) || std::string_view("./(){}+-]").find(c) != std::string_view::npos)
                break;
            ++end;
        }
        return end;
    }

    bool symbol(int sign) {
        const std::size_t start = at_;
        const std::size_t end = symbol_end();
        if (end == std::string_view::npos) return fail("A bracket is not closed.");
        std::string code(text_.substr(start, end - start));
        if (code.empty()) return fail("A unit symbol is missing.");
        if (letters_ == Case::insensitive)
            std::transform(code.begin(), code.end(), code.begin(), [](char c) {
                return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            });
        const Symbol found = find_symbol(code, letters_);
        if (!found.atom)
            return fail(found.refused_prefix ? "The unit takes no prefix (it is not metric)."
                                             : "No unit of UCUM has this symbol.");
        at_ = end;

        Factor factor;
        factor.prefix = found.prefix;
        factor.atom = found.atom;
        show("(");
        if (found.prefix) {
            show(found.prefix->name);
            write(found.prefix->code);
        }
        show(found.atom->name);
        write(found.atom->code);
        int exponent = 1;
        if (is_digit(peek()) || peek() == '+' || peek() == '-') {
            if (!read_exponent(exponent)) return false;
            if (makes && exponent != 1) show(" ^ " + std::to_string(exponent));
        }
        show(")");
        factor.exponent = sign * exponent;
        factors_.push_back(std::move(factor));
        return true;
    }

    bool read_exponent(int &exponent) {
        const std::size_t start = at_;
        if (!is_digit(peek())) ++at_;
        if (!is_digit(peek())) return fail("An exponent has no digits.");
        exponent = 0;
        while (is_digit(peek())) {
            exponent = exponent * 10 + (peek() - '0');
            if (exponent > exponent_max) return fail("An exponent is larger than 999.");
            ++at_;
        }
        if (text_[start] == '-') exponent = -exponent;
        write(text_.substr(start, at_ - start));
        return true;
    }

    bool annotation(std::size_t index) {
        const std::size_t close = text_.find('}', at_);
        if (close == std::string_view::npos) return fail("An annotation is not closed.");
        const std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
        if (inside.empty()) return fail("An annotation is empty.");
        for (const char c : inside)
            if (c < 33 || c > 126 || c == '{')
                return fail("An annotation holds a character that is not printable ASCII.");
        // A component that is nothing else stands for one.
        if (display_.empty() || display_.back() == ' ' || display_.back() == '(') show("1");
        write(text_.substr(at_, close + 1 - at_));
        at_ = close + 1;
        if (peek() == '{') return fail("A component has more than one annotation.");
        if (at_ < text_.size() && std::string_view("./)").find(peek()) == std::string_view::npos)
            return fail("An annotation is not followed by a point or a solidus.");
        factors_[index].annotation = inside;
        return true;
    }

    std::string_view text_;
    Case letters_;
    std::size_t at_ = 0;
    std::vector<Factor> factors_;
    std::string display_, written_;
    std::optional<core::Error> error_;
};

}  // namespace

core::Error unit_error(std::string where, std::size_t offset) {
    return {core::ErrorCode::invalid_option, "invalid UCUM unit", std::move(where), offset};
}

core::Result<Unit> Unit::parse(std::string_view text) {
    return Parser<true>(text, Case::sensitive).parse();
}

core::Result<Unit> Unit::parse_insensitive(std::string_view text) {
    return Parser<true>(text, Case::insensitive).parse();
}

bool is_unit(std::string_view text) { return Parser<false>(text, Case::sensitive).read(); }

std::vector<core::Issue> unit_issues(std::string_view text) {
    const auto parsed = Unit::parse(text);
    if (parsed.ok()) return {};
    core::Issue issue;
    issue.severity = "error";
    issue.code = "code-invalid";
    issue.format_code = "ucum-unit";
    // "Character 3: ..." is place and finding.
    const std::string &where = parsed.error().where;
    const auto colon = where.find(": ");
    if (colon != std::string::npos) issue.location = where.substr(0, colon);
    issue.message = colon != std::string::npos ? where.substr(colon + 2) : where;
    std::vector<core::Issue> issues = {issue};
    if (Unit::parse_insensitive(text).ok()) {
        issue.severity = "information";
        issue.code = "informational";
        issue.format_code = "ucum-case";
        issue.location.clear();
        issue.message = "It is a valid case-insensitive code (see ucum_case_sensitive).";
        issues.push_back(issue);
    }
    return issues;
}

}  // namespace clinical::ucum
