#pragma once

// Documents are UTF-8; the database may have another encoding.

#include <string_view>

#include "bridge/jsonb_reader.h"
#include "bridge/jsonb_writer.h"
#include "core/json.h"

namespace clinical::pg {

// Whether text of the database can be taken as UTF-8 as it is.
bool server_is_utf8();

// Text of the database as UTF-8, and the way back, in the current memory context; what has no
// equivalent is refused.
std::string_view utf8_of(std::string_view text);
std::string_view server_text_of(std::string_view utf8);

// A JsonbWriter fed with UTF-8 in a database of another encoding.
class ServerTextWriter {
public:
    explicit ServerTextWriter(bridge::JsonbWriter &writer) : writer_(writer) {}
    void begin_object() { writer_.begin_object(); }
    void end_object() { writer_.end_object(); }
    void begin_array() { writer_.begin_array(); }
    void end_array() { writer_.end_array(); }
    void key(std::string_view text) { writer_.key(server_text_of(text)); }
    void string(std::string_view text) { writer_.string(server_text_of(text)); }
    void number(std::string_view text) { writer_.number(text); }
    void boolean(bool value) { writer_.boolean(value); }
    void null() { writer_.null(); }

private:
    bridge::JsonbWriter &writer_;
};
static_assert(core::Writer<ServerTextWriter>);

// A stored document as a tree of UTF-8, for what must see characters in a database of another
// encoding.
core::Json utf8_json(const bridge::JsonbNode &node);

}  // namespace clinical::pg
