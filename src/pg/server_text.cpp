#include "pg/server_text.h"

#include <algorithm>

#include "bridge/value.h"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace clinical::pg {

namespace {

std::string_view convert(std::string_view text, int from, int to) {
    if (from == to || std::none_of(text.begin(), text.end(), [](char c) { return c & 0x80; }))
        return text;
    const auto converted = bridge::to_encoding(text, from, to);
    if (!converted)
        throw core::Error{
            core::ErrorCode::encoding, "the document has a character that cannot be converted",
            "The database's encoding has no equivalent for it, or UTF-8 has none.", 0};
    return *converted;
}

}  // namespace

bool server_is_utf8() {
    const int encoding = GetDatabaseEncoding();
    return encoding == PG_UTF8 || encoding == PG_SQL_ASCII;
}

std::string_view utf8_of(std::string_view text) {
    return server_is_utf8() ? text : convert(text, GetDatabaseEncoding(), PG_UTF8);
}

std::string_view server_text_of(std::string_view utf8) {
    return server_is_utf8() ? utf8 : convert(utf8, PG_UTF8, GetDatabaseEncoding());
}

core::Json utf8_json(const bridge::JsonbNode &node) {
    using core::Json;
    switch (node.kind()) {
        case core::Kind::absent: return {};
        case core::Kind::null: return Json::null();
        case core::Kind::boolean: return Json::boolean(node.as_bool());
        case core::Kind::number: return Json::number(node.number_text());
        case core::Kind::string: return Json::string(utf8_of(node.as_text()));
        case core::Kind::array: {
            Json out = Json::array();
            for (std::size_t i = 0; i < node.size(); i++) out.push(utf8_json(node.at(i)));
            return out;
        }
        case core::Kind::object: {
            Json out = Json::object();
            for (std::size_t i = 0; i < node.size(); i++)
                out[utf8_of(node.key(i))] = utf8_json(node.at(i));
            return out;
        }
    }
    return {};
}

}  // namespace clinical::pg
