// Chapter fhir: JSON text to jsonb.

#include <optional>
#include <string>

#include "bridge/jsonb_writer.h"
#include "bridge/value.h"
#include "core/json_reader.h"
#include "fhir/json_path.h"
#include "pg/server_text.h"

using clinical::bridge::JsonbWriter;
using clinical::core::Error;

namespace {

// Kept for the life of a call site: the reader's index and the writer's tables grow once.
struct Parser {
    explicit Parser(MemoryContext context) : writer(context, JsonbWriter::Duplicates::refuse) {}
    clinical::core::JsonReader reader;
    JsonbWriter writer;
};

Parser &parser_of(FunctionCallInfo fcinfo) {
    auto *parser = static_cast<Parser *>(fcinfo->flinfo->fn_extra);
    if (!parser) {
        MemoryContext context = fcinfo->flinfo->fn_mcxt;
        parser = clinical::bridge::make_in<Parser>(context, context);
        fcinfo->flinfo->fn_extra = parser;
    }
    return *parser;
}

std::optional<Error> read(FunctionCallInfo fcinfo, Parser &parser) {
    const std::string_view text = clinical::bridge::text_argument(fcinfo, 0);
    const auto limits = clinical::bridge::limits();
    parser.writer.clear();
    if (clinical::pg::server_is_utf8()) return parser.reader.read(text, parser.writer, limits);
    clinical::pg::ServerTextWriter writer(parser.writer);
    return parser.reader.read(clinical::pg::utf8_of(text), writer, limits);
}

// The place of an error as a path, too: "Line 1, column 8 (byte 7): ... (Patient.name[0])."
void add_path(Error &error, std::string_view text) {
    const std::string path =
        clinical::fhir::path_in_json(clinical::pg::utf8_of(text), error.offset);
    // Deep nonsense has a long path, documents that are no resources one without names.
    constexpr std::size_t longest = 200;
    const bool has_name = path.find_first_not_of("[]0123456789.*") != std::string::npos;
    if (!has_name || path.size() > longest || !error.where.ends_with('.')) return;
    error.where.insert(error.where.size() - 1, " (" + path + ")");
}

}  // namespace

// fhir_parse(json text) RETURNS jsonb
CLINICAL_FUNCTION(fhir_parse) {
    Parser &parser = parser_of(fcinfo);
    if (auto error = read(fcinfo, parser)) {
        add_path(*error, clinical::bridge::text_argument(fcinfo, 0));
        throw Error(*std::move(error));
    }
    return parser.writer.finish();
}

// fhir_try_parse(json text) RETURNS jsonb
CLINICAL_FUNCTION(fhir_try_parse) {
    Parser &parser = parser_of(fcinfo);
    try {
        if (!read(fcinfo, parser)) return parser.writer.finish();
    } catch (const Error &) {  // what the reader does not see: size, encoding
    }
    fcinfo->isnull = true;
    return 0;
}
