// Chapter fhir: JSON text to jsonb.

#include <algorithm>
#include <optional>

#include "bridge/jsonb_writer.h"
#include "bridge/value.h"
#include "core/json_reader.h"

extern "C" {
#include "mb/pg_wchar.h"
}

using clinical::bridge::JsonbWriter;
using clinical::core::Error;
using clinical::core::ErrorCode;

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

// `text` in another encoding, in the current memory context.
std::string_view convert(std::string_view text, int from, int to) {
    const auto converted = clinical::bridge::to_encoding(text, from, to);
    if (!converted)
        throw Error{ErrorCode::encoding, "JSON has a character that cannot be converted",
                    "The database's encoding has no equivalent for it, or UTF-8 has none.", 0};
    return *converted;
}

// JSON is read as UTF-8; in a database of another encoding its strings are put back into that.
class ServerTextWriter {
public:
    explicit ServerTextWriter(JsonbWriter &writer) : writer_(writer) {}
    void begin_object() { writer_.begin_object(); }
    void end_object() { writer_.end_object(); }
    void begin_array() { writer_.begin_array(); }
    void end_array() { writer_.end_array(); }
    void key(std::string_view text) { writer_.key(to_server(text)); }
    void string(std::string_view text) { writer_.string(to_server(text)); }
    void number(std::string_view text) { writer_.number(text); }
    void boolean(bool value) { writer_.boolean(value); }
    void null() { writer_.null(); }

private:
    static std::string_view to_server(std::string_view text) {
        const bool ascii = std::none_of(text.begin(), text.end(), [](char c) { return c & 0x80; });
        return ascii ? text : convert(text, PG_UTF8, GetDatabaseEncoding());
    }
    JsonbWriter &writer_;
};
static_assert(clinical::core::Writer<ServerTextWriter>);

std::optional<Error> read(FunctionCallInfo fcinfo, Parser &parser) {
    const std::string_view text = clinical::bridge::text_argument(fcinfo, 0);
    const auto limits = clinical::bridge::limits();
    parser.writer.clear();
    const int encoding = GetDatabaseEncoding();
    if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
        return parser.reader.read(text, parser.writer, limits);
    ServerTextWriter writer(parser.writer);
    return parser.reader.read(convert(text, encoding, PG_UTF8), writer, limits);
}

}  // namespace

// fhir_parse(json text) RETURNS jsonb
CLINICAL_FUNCTION(fhir_parse) {
    Parser &parser = parser_of(fcinfo);
    if (auto error = read(fcinfo, parser)) throw Error(*std::move(error));
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
