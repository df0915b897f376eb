#include <array>
#include <optional>

#include "fhirpath/expression.h"
#include "fhirpath/lexer.h"
#include "fhirpath/quantity.h"

namespace clinical::fhirpath {

namespace {

using core::ErrorCode;

struct OperatorWord {
    std::string_view text;
    Operator op;
    bool is_word;
};

// Binary operators from tight to loose (appendix B); `is` and `as` stand between the second and
// the third level.
constexpr OperatorWord multiplicative[] = {{"*", Operator::multiply, false},
                                           {"/", Operator::divide, false},
                                           {"div", Operator::div, true},
                                           {"mod", Operator::mod, true}};
constexpr OperatorWord additive[] = {{"+", Operator::add, false},
                                     {"-", Operator::subtract, false},
                                     {"&", Operator::concatenate, false}};
constexpr OperatorWord unions[] = {{"|", Operator::unite, false}};
constexpr OperatorWord inequality[] = {{"<=", Operator::less_or_equal, false},
                                       {"<", Operator::less, false},
                                       {">=", Operator::greater_or_equal, false},
                                       {">", Operator::greater, false}};
constexpr OperatorWord equality[] = {{"=", Operator::equal, false},
                                     {"~", Operator::equivalent, false},
                                     {"!=", Operator::not_equal, false},
                                     {"!~", Operator::not_equivalent, false}};
constexpr OperatorWord membership[] = {{"in", Operator::in, true},
                                       {"contains", Operator::contains, true}};
constexpr OperatorWord conjunction[] = {{"and", Operator::and_, true}};
constexpr OperatorWord disjunction[] = {{"or", Operator::or_, true}, {"xor", Operator::xor_, true}};
constexpr OperatorWord implication[] = {{"implies", Operator::implies, true}};

struct Level {
    const OperatorWord *words;
    std::size_t count;
};
template <std::size_t N>
constexpr Level level(const OperatorWord (&words)[N]) {
    return {words, N};
}
constexpr Level none{nullptr, 0};
constexpr std::array levels{level(multiplicative), level(additive),    none,  // is, as
                            level(unions),         level(inequality),  level(equality),
                            level(membership),     level(conjunction), level(disjunction),
                            level(implication)};
constexpr std::size_t type_level = 2;

class Parser {
public:
    Parser(std::string_view text, const ParseLimits &limits) : lexer_(text), limits_(limits) {}

    Ast parse() {
        ast_.root = expression();
        if (lexer_.token() != Token::end) lexer_.fail("an operator or the end is expected");
        return std::move(ast_);
    }

private:
    using Index = std::uint32_t;

    // Counts the brackets and signs that are open.
    class Deeper {
    public:
        explicit Deeper(Parser &parser) : parser_(parser) {
            if (++parser_.depth_ > parser_.limits_.depth)
                Lexer::fail_at(parser_.lexer_.position(), "it is nested too deeply",
                               ErrorCode::limit_exceeded);
        }
        ~Deeper() { --parser_.depth_; }
        Deeper(const Deeper &) = delete;
        Deeper &operator=(const Deeper &) = delete;

    private:
        Parser &parser_;
    };

    Index add(NodeKind kind, std::uint32_t position) {
        if (ast_.nodes.size() >= limits_.nodes)
            Lexer::fail_at(position, "it has too many parts", ErrorCode::limit_exceeded);
        Node node;
        node.kind = kind;
        node.position = position;
        ast_.nodes.push_back(std::move(node));
        return static_cast<Index>(ast_.nodes.size() - 1);
    }
    Node &node(Index index) { return ast_.nodes[index]; }

    void expect(std::string_view symbol, const char *what) {
        if (!lexer_.is_symbol(symbol)) lexer_.fail(what);
        lexer_.next();
    }

    Index expression() {
        const Deeper deeper(*this);
        return binary(levels.size());
    }

    // Whether the current token is an operator of this level.
    [[nodiscard]] std::optional<Operator> operator_at(const Level &level) const {
        for (std::size_t i = 0; i < level.count; ++i) {
            const OperatorWord &w = level.words[i];
            if (w.is_word ? lexer_.is_word(w.text) : lexer_.is_symbol(w.text)) return w.op;
        }
        return std::nullopt;
    }

    // Operators of levels below `end`, those of a level from left to right.
    Index binary(std::size_t end) {
        if (end == 0) return unary();
        const std::size_t own = end - 1;
        const Index first = binary(own);
        if (own == type_level) return type_tests(first);
        auto op = operator_at(levels[own]);
        if (!op) return first;
        const Index chain = add(NodeKind::chain, lexer_.position());
        node(chain).children.push_back(first);
        while (op) {
            lexer_.next();
            const Index operand = binary(own);
            node(chain).operators.push_back(*op);
            node(chain).children.push_back(operand);
            op = operator_at(levels[own]);
        }
        return chain;
    }

    Index type_tests(Index operand) {
        int tests = 0;
        while (lexer_.is_word("is") || lexer_.is_word("as")) {
            if (++tests > limits_.depth / 4) lexer_.fail("there are too many type tests");
            const Index test = add(lexer_.is_word("is") ? NodeKind::is_type : NodeKind::as_type,
                                   lexer_.position());
            lexer_.next();
            node(test).children.push_back(operand);
            std::string name = type_name();
            node(test).name = std::move(name);
            operand = test;
        }
        return operand;
    }

    std::string type_name() {
        std::string name;
        for (;;) {
            if (lexer_.token() != Token::identifier) lexer_.fail("a type's name is expected");
            name += lexer_.text();
            lexer_.next();
            if (!lexer_.is_symbol(".")) return name;
            name += '.';
            lexer_.next();
        }
    }

    Index unary() {
        if (!lexer_.is_symbol("-") && !lexer_.is_symbol("+")) return path();
        const Deeper deeper(*this);
        const Index sign =
            add(lexer_.is_symbol("-") ? NodeKind::negate : NodeKind::plus, lexer_.position());
        lexer_.next();
        const Index operand = unary();
        node(sign).children.push_back(operand);
        return sign;
    }

    Index path() {
        const Index first = term();
        if (!lexer_.is_symbol(".") && !lexer_.is_symbol("[")) return first;
        const Index chain = add(NodeKind::path, node(first).position);
        node(chain).children.push_back(first);
        for (;;) {
            Index step;
            if (lexer_.is_symbol(".")) {
                lexer_.next();
                step = invocation();
            } else if (lexer_.is_symbol("[")) {
                step = add(NodeKind::indexer, lexer_.position());
                lexer_.next();
                const Index index = expression();
                node(step).children.push_back(index);
                expect("]", "\"]\" is expected");
            } else {
                return chain;
            }
            node(chain).children.push_back(step);
        }
    }

    Index special(NodeKind kind) {
        const Index index = add(kind, lexer_.position());
        lexer_.next();
        return index;
    }

    Index literal(Value value) {
        const Index index = add(NodeKind::literal, lexer_.position());
        node(index).value = std::move(value);
        lexer_.next();
        return index;
    }

    Index term() {
        switch (lexer_.token()) {
            case Token::string: return literal(Value::of_string(lexer_.text()));
            case Token::number: return number();
            case Token::long_number: {
                const auto value = core::Decimal::parse(lexer_.text());
                const auto whole = value.ok() ? value.value().to_int64() : std::nullopt;
                if (!whole) lexer_.fail("a long integer is out of range");
                return literal(Value::of_long(*whole));
            }
            case Token::date: return temporal(TemporalKind::date);
            case Token::date_time: return temporal(TemporalKind::date_time);
            case Token::time: return temporal(TemporalKind::time);
            case Token::symbol: return symbol_term();
            case Token::end: lexer_.fail("it is not complete");
            default: return invocation();
        }
    }

    Index symbol_term() {
        if (lexer_.is_symbol("(")) {
            lexer_.next();
            const Index inner = expression();
            expect(")", "\")\" is expected");
            return inner;
        }
        if (lexer_.is_symbol("{")) {
            const Index empty = add(NodeKind::empty, lexer_.position());
            lexer_.next();
            expect("}", "\"}\" is expected");
            return empty;
        }
        if (lexer_.is_symbol("%")) {
            const Index variable = add(NodeKind::variable, lexer_.position());
            lexer_.next();
            if (lexer_.token() != Token::identifier && lexer_.token() != Token::string)
                lexer_.fail("a variable's name is expected");
            node(variable).name = lexer_.text();
            lexer_.next();
            if (node(variable).name == "factory" && lexer_.is_symbol(".")) return factory(variable);
            return variable;
        }
        lexer_.fail("a term is expected");
    }

    // %factory.name(...): names of their own.
    Index factory(Index call) {
        lexer_.next();
        if (lexer_.token() != Token::identifier) lexer_.fail("a function's name is expected");
        node(call).kind = NodeKind::factory;
        node(call).name = lexer_.text();
        const bool of_type = lexer_.text() == "create";
        lexer_.next();
        expect("(", "\"(\" is expected");
        if (!lexer_.is_symbol(")")) {
            for (;;) {
                const Index argument = of_type ? type_argument() : expression();
                node(call).children.push_back(argument);
                if (!lexer_.is_symbol(",")) break;
                lexer_.next();
            }
        }
        expect(")", "\")\" is expected");
        return call;
    }

    Index temporal(TemporalKind kind) {
        const auto value = parse_temporal(lexer_.text(), kind);
        if (!value) lexer_.fail("this date or time does not exist");
        return literal(Value::of_temporal(*value));
    }

    // A number, or a quantity when a unit follows: 1.5 'mg', 4 days.
    Index number() {
        const std::uint32_t position = lexer_.position();
        const bool is_integer = lexer_.text().find('.') == std::string::npos;
        auto parsed = core::Decimal::parse(lexer_.text());
        if (!parsed.ok()) lexer_.fail("a number has too many digits");
        core::Decimal decimal = std::move(parsed).value();
        lexer_.next();
        const Index index = add(NodeKind::literal, position);
        if (lexer_.token() == Token::string) {
            node(index).value = Value::of_quantity(decimal, lexer_.text());
            lexer_.next();
        } else if (lexer_.token() == Token::identifier && !lexer_.is_delimited() &&
                   calendar_unit(lexer_.text())) {
            node(index).value = Value::of_quantity(decimal, lexer_.text(), UnitKind::calendar);
            lexer_.next();
        } else if (is_integer) {
            const auto whole = decimal.to_int64();
            // 3.0: what exceeds 32 bits needs L; older engines took it as a decimal.
            if (whole && *whole <= INT32_MAX)
                node(index).value = Value::of_integer(*whole);
            else
                node(index).value = Value::of_decimal(decimal);
        } else {
            node(index).value = Value::of_decimal(decimal);
        }
        return index;
    }

    // A member, function or $ name.
    Index invocation() {
        switch (lexer_.token()) {
            case Token::this_item: return special(NodeKind::this_item);
            case Token::index: return special(NodeKind::index);
            case Token::total: return special(NodeKind::total);
            case Token::identifier: break;
            default: lexer_.fail("a name is expected");
        }
        const std::uint32_t position = lexer_.position();
        std::string name = lexer_.text();
        if (!lexer_.is_delimited()) {
            if (name == "true" || name == "false")
                return literal(Value::of_boolean(name == "true"));
            for (const std::string_view word : {"and", "or", "xor", "implies", "div", "mod"})
                if (name == word) lexer_.fail("a term is expected");
        }
        lexer_.next();
        if (lexer_.is_symbol("(")) return function(name, position);
        const Index member = add(NodeKind::member, position);
        node(member).name = std::move(name);
        return member;
    }

    Index function(const std::string &name, std::uint32_t position) {
        const Signature *signature = signature_of(name);
        if (!signature)
            Lexer::fail_at(position, "there is no such function", ErrorCode::undefined_function);
        const Index call = add(NodeKind::function, position);
        node(call).function = signature->function;
        lexer_.next();
        if (!lexer_.is_symbol(")")) {
            for (;;) {
                const Parameter kind =
                    node(call).children.empty() ? signature->first : signature->rest;
                const Index argument = kind == Parameter::type ? type_argument() : expression();
                if (signature->function == Function::sort)
                    sort_direction(argument, call);
                else
                    node(call).children.push_back(argument);
                if (!lexer_.is_symbol(",")) break;
                lexer_.next();
            }
        }
        expect(")", "\")\" is expected");
        const std::size_t count = node(call).children.size();
        if (count < signature->least || count > signature->most)
            Lexer::fail_at(position, "the function takes another number of arguments",
                           ErrorCode::invalid_option);
        return call;
    }

    Index type_argument() {
        const Index argument = add(NodeKind::member, lexer_.position());
        std::string name = type_name();
        node(argument).name = std::move(name);
        return argument;
    }

    // `key desc`, or the older `-key`, which works for strings too and, in HL7's tests, leaves
    // empty keys in front.
    void sort_direction(Index argument, Index call) {
        bool descending = false;
        bool empty_first = true;
        if (lexer_.is_word("asc") || lexer_.is_word("desc")) {
            descending = lexer_.is_word("desc");
            empty_first = !descending;
            lexer_.next();
        } else if (node(argument).kind == NodeKind::negate) {
            descending = true;
            argument = node(argument).children[0];
        }
        node(argument).descending = descending;
        node(argument).empty_first = empty_first;
        node(call).children.push_back(argument);
    }

    Lexer lexer_;
    const ParseLimits &limits_;
    Ast ast_;
    int depth_ = 0;
};

}  // namespace

core::Result<Expression> Expression::parse(std::string_view text, const ParseLimits &limits) {
    if (text.size() > limits.bytes)
        return core::Error{ErrorCode::limit_exceeded, "FHIRPath expression is too long", "", 0};
    try {
        return Expression(std::make_shared<const Ast>(Parser(text, limits).parse()));
    } catch (core::Error &error) {
        return std::move(error);
    }
}

}  // namespace clinical::fhirpath
