// The jsonb reader and writer, compared by the tests with the server's own.

#include <string>

#include "bridge/jsonb_writer.h"
#include "bridge/value.h"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/array.h"
PG_MODULE_MAGIC;
}

using clinical::bridge::JsonbNode;
using clinical::bridge::JsonbWriter;
using clinical::bridge::pg;
using clinical::core::Kind;

namespace {

void rewrite(const JsonbNode &node, JsonbWriter &writer) {
    switch (node.kind()) {
        case Kind::absent: break;
        case Kind::null: writer.null(); break;
        case Kind::boolean: writer.boolean(node.as_bool()); break;
        case Kind::number: writer.number(node.number_text()); break;
        case Kind::string: writer.string(node.as_text()); break;
        case Kind::array:
            writer.begin_array();
            for (std::size_t i = 0; i < node.size(); ++i) rewrite(node.at(i), writer);
            writer.end_array();
            break;
        case Kind::object:
            writer.begin_object();
            for (std::size_t i = node.size(); i-- > 0;) {  // backwards: the writer must sort
                writer.key(node.key(i));
                rewrite(node.at(i), writer);
            }
            writer.end_object();
            break;
    }
}

}  // namespace

CLINICAL_FUNCTION(jsonb_image) {
    auto *document = pg([&] { return PG_GETARG_JSONB_P(0); });
    return clinical::bridge::to_text(clinical::bridge::view(document));
}

CLINICAL_FUNCTION(jsonb_rewrite) {
    JsonbWriter writer;
    rewrite(clinical::bridge::jsonb_argument(fcinfo, 0), writer);
    return writer.finish();
}

CLINICAL_FUNCTION(jsonb_copy) {
    JsonbWriter writer;
    const JsonbNode root = clinical::bridge::jsonb_argument(fcinfo, 0);
    if (root.kind() == Kind::object) {
        writer.begin_object();
        for (std::size_t i = 0; i < root.size(); ++i) {
            writer.key(root.key(i));
            writer.copy(root.at(i));
        }
        writer.end_object();
    } else if (root.kind() == Kind::array) {
        writer.begin_array();
        for (std::size_t i = 0; i < root.size(); ++i) writer.copy(root.at(i));
        writer.end_array();
    } else {
        writer.copy(root);
    }
    return writer.finish();
}

CLINICAL_FUNCTION(jsonb_find) {
    const JsonbNode root = clinical::bridge::jsonb_argument(fcinfo, 0);
    const JsonbNode found = root.find(clinical::bridge::text_argument(fcinfo, 1));
    if (found.is_absent()) {
        fcinfo->isnull = true;
        return 0;
    }
    JsonbWriter writer;
    writer.copy(found);
    return writer.finish();
}

namespace {

struct Elements {
    Datum *values;
    int count;
};

Elements elements_of(FunctionCallInfo fcinfo) {
    return pg([&] {
        Elements e{};
        deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT, &e.values,
                          nullptr, &e.count);
        return e;
    });
}

}  // namespace

CLINICAL_FUNCTION(jsonb_numbers) {
    const Elements elements = elements_of(fcinfo);
    JsonbWriter writer;
    writer.begin_array();
    for (int i = 0; i < elements.count; ++i)
        writer.number(clinical::bridge::view(DatumGetPointer(elements.values[i])));
    writer.end_array();
    return writer.finish();
}

CLINICAL_FUNCTION(jsonb_members) {
    const Elements elements = elements_of(fcinfo);
    JsonbWriter writer;
    writer.begin_object();
    for (int i = 0; i < elements.count; ++i) {
        writer.key(clinical::bridge::view(DatumGetPointer(elements.values[i])));
        writer.number(std::to_string(i + 1));
    }
    writer.end_object();
    return writer.finish();
}
