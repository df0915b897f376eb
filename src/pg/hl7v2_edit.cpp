// Messages changed, built, and in other forms: jsonb and bytes.

#include "hl7v2/edit.h"

#include <vector>

#include "bridge/cached.h"
#include "bridge/jsonb_writer.h"
#include "bridge/text_array.h"
#include "core/charset.h"
#include "hl7v2/file.h"
#include "hl7v2/format.h"
#include "hl7v2/tree.h"

extern "C" {
#include "mb/pg_wchar.h"
}

using namespace clinical;

namespace {

const hl7v2::Path &path_argument(FunctionCallInfo fcinfo) {
    return bridge::cached<hl7v2::Path>(
        fcinfo, 1, [](std::string_view text) { return bridge::take(hl7v2::Path::parse(text)); });
}

// What was made is a message like any other, or an error that says what it is not.
Datum checked(std::string_view text) {
    bridge::take(hl7v2::Message::parse(text, bridge::limits()));
    return bridge::to_text(text);
}

Datum set(FunctionCallInfo fcinfo, std::string_view value, hl7v2::Content content) {
    const hl7v2::Path &path = path_argument(fcinfo);
    return checked(bridge::take(hl7v2::set_value(bridge::text_argument(fcinfo, 0), path, value,
                                                 content, bridge::limits())));
}

}  // namespace

CLINICAL_FUNCTION(hl7v2_set) {
    const auto content = PG_GETARG_BOOL(3) ? hl7v2::Content::encoded : hl7v2::Content::text;
    return set(fcinfo, bridge::text_argument(fcinfo, 2), content);
}

CLINICAL_FUNCTION(hl7v2_set_null) { return set(fcinfo, {}, hl7v2::Content::null); }

CLINICAL_FUNCTION(hl7v2_remove) {
    const hl7v2::Path &path = path_argument(fcinfo);
    return checked(bridge::take(
        hl7v2::remove_values(bridge::text_argument(fcinfo, 0), path, bridge::limits())));
}

CLINICAL_FUNCTION(hl7v2_new) {
    return checked(
        hl7v2::new_message(bridge::text_argument(fcinfo, 0), bridge::text_argument(fcinfo, 1)));
}

CLINICAL_FUNCTION(hl7v2_to_jsonb) {
    const std::string_view text = bridge::text_argument(fcinfo, 0);
    const auto message = bridge::take(hl7v2::Message::parse(text, bridge::limits()));
    bridge::JsonbWriter writer;
    hl7v2::write_tree(message, writer);
    return writer.finish();
}

CLINICAL_FUNCTION(hl7v2_from_jsonb) {
    return checked(hl7v2::read_tree(bridge::jsonb_argument(fcinfo, 0), bridge::limits()));
}

CLINICAL_FUNCTION(hl7v2_joined) {
    std::vector<std::string_view> parts;
    for (const auto &part : bridge::text_array_argument(fcinfo, 0))
        if (part) parts.push_back(*part);
    if (parts.empty()) PG_RETURN_NULL();
    return checked(bridge::take(hl7v2::joined(parts, bridge::limits())));
}

// --- Bytes

namespace {

std::string known_charset(std::string_view name) {
    auto charset = core::charset_named(name);
    if (!charset)
        throw core::Error{core::ErrorCode::invalid_option, "unknown charset",
                          "It is neither a name of HL7 table 0211 nor one of IANA's.", 0};
    return *charset;
}

Datum decoded(std::string_view bytes, std::string_view fallback) {
    if (!fallback.empty()) known_charset(fallback);
    core::Decoder decoder;
    core::Decoded text;
    const std::string_view wide = hl7v2::wide_charset(bytes);
    decoder.decode(bytes, wide.empty() ? hl7v2::stated_charset(bytes) : wide, fallback, text);
    if (text.replaced > 0)
        throw core::Error{core::ErrorCode::encoding, "bytes are not text in the message's charset",
                          "The first is byte " + std::to_string(text.first_bad) + ".",
                          text.first_bad};
    const int encoding = GetDatabaseEncoding();
    if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII) return checked(text.text);
    const auto own = bridge::to_encoding(text.text, PG_UTF8, encoding);
    if (!own)
        throw core::Error{
            core::ErrorCode::encoding,
            "the message has a character that the database's encoding has no place for", "", 0};
    return checked(*own);
}

Datum encoded(std::string_view message, const std::string &charset) {
    const int encoding = GetDatabaseEncoding();
    std::string_view text = message;
    if (encoding != PG_UTF8 && encoding != PG_SQL_ASCII)
        text = bridge::to_encoding(message, encoding, PG_UTF8).value_or(message);
    const auto bytes = core::encode(text, charset);
    if (!bytes)
        throw core::Error{core::ErrorCode::encoding,
                          "the message has a character that its charset has no place for", "", 0};
    return bridge::to_text(*bytes);
}

}  // namespace

// bytea::hl7v2
CLINICAL_FUNCTION(hl7v2_from_bytea) { return decoded(bridge::text_argument(fcinfo, 0), {}); }

CLINICAL_FUNCTION(hl7v2_decode) {
    return decoded(bridge::text_argument(fcinfo, 0), bridge::text_argument(fcinfo, 1));
}

// hl7v2::bytea: as the decoder would read it, ASCII with other characters in it is UTF-8.
CLINICAL_FUNCTION(hl7v2_to_bytea) {
    const std::string_view text = bridge::text_argument(fcinfo, 0);
    auto charset = core::charset_named(hl7v2::stated_charset(text));
    if (!charset || *charset == "US-ASCII") charset = "UTF-8";
    return encoded(text, *charset);
}

CLINICAL_FUNCTION(hl7v2_encode) {
    return encoded(bridge::text_argument(fcinfo, 0),
                   known_charset(bridge::text_argument(fcinfo, 1)));
}
