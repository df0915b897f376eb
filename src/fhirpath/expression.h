#pragma once

// A parsed expression: immutable, cheap to copy, good for any resource and any number of threads.

#include <memory>
#include <string_view>

#include "core/error.h"
#include "fhirpath/ast.h"

namespace clinical::fhirpath {

struct ParseLimits {
    std::size_t bytes = 1u << 20;  // the longest of FHIR's own invariants has 2 kB
    std::size_t nodes = 100'000;
    int depth = 200;  // brackets within brackets: the evaluator recurses as deep
};

class Expression {
public:
    // Grammar of FHIRPath N1 with 3.0's long numbers and sort directions.  invalid_expression for
    // what does not parse, undefined_function for a function that does not exist, invalid_option
    // for a wrong number of arguments; `where` gives the character, never the text.
    static core::Result<Expression> parse(std::string_view text, const ParseLimits &limits = {});

    [[nodiscard]] const Ast &ast() const { return *ast_; }

private:
    explicit Expression(std::shared_ptr<const Ast> ast) : ast_(std::move(ast)) {}
    std::shared_ptr<const Ast> ast_;
};

}  // namespace clinical::fhirpath
