#pragma once

// A ViewDefinition of SQL on FHIR v2, read and checked: what columns it has, and how rows unfold.
//
// Accepted are the logical model of 2.x and the resource of the 3.0 ballot, which differ in
// resourceType, url and profiles alone.  Constants are put into the paths as FHIRPath literals
// while reading, so that every path of a View stands for itself: it can be an argument of a SQL
// function, be indexed, and be read in a plan.

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"

namespace clinical::views {

struct Column {
    std::string name;
    std::string path;         // FHIRPath, relative to the focus of its select
    std::string type;         // FHIR type such as "string"; empty: not stated
    std::string sql_type;     // tag ansi/type, such as "DATE"; empty: none
    bool collection = false;  // all items of the path, as an array
};

// One select: a focus, and under each item of it the product of columns, selects and unions.
struct Select {
    enum class Focus {
        context,           // the enclosing focus itself
        for_each,          // each item of paths[0]
        for_each_or_null,  // the same, and one empty focus when there is none
        repeat,            // all items that paths reach from the focus, in any number of steps
    };
    Focus focus = Focus::context;
    std::vector<std::string> paths;
    std::vector<Column> columns;
    std::vector<Select> selects;
    std::vector<Select> unions;
};

struct View {
    std::string name;  // may be empty
    std::string resource;
    std::vector<std::string> where;
    Select root;  // focus: the resource; its selects are those of the view
};

// The view in `definition`, or what is wrong with it and where: names that are no SQL names or
// stand twice, branches of a union that differ in columns, unknown constants, more than one focus.
core::Result<View> read_view(const core::Json &definition);

// The columns in their order: columns of a select, then its selects, then its unionAll, of which
// the first branch names them.
std::vector<const Column *> columns_of(const View &view);
std::vector<const Column *> columns_of(const Select &select);

}  // namespace clinical::views
