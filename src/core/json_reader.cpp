#include "core/json_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <new>

namespace clinical::core {

namespace {

// A reader that has seen a large document does not hold on to its index (4 bytes a byte).
constexpr std::size_t capacity_kept = 4u << 20;

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Four hexadecimal digits at the start of `text`, or -1.
int code_unit(std::string_view text) {
    if (text.size() < 4) return -1;
    int unit = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hex(text[i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

void append_utf8(std::string &out, std::uint32_t c) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | c >> 6);
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

}  // namespace

bool unescape_json(std::string_view raw, std::string &out) {
    out.clear();
    while (!raw.empty()) {
        const std::size_t run = std::min(raw.find('\\'), raw.size());
        out.append(raw.substr(0, run));
        raw.remove_prefix(run);
        if (raw.empty()) break;
        if (raw.size() < 2) return false;
        const char c = raw[1];
        raw.remove_prefix(2);
        switch (c) {
            case '"':
            case '\\':
            case '/': out += c; continue;
            case 'b': out += '\b'; continue;
            case 'f': out += '\f'; continue;
            case 'n': out += '\n'; continue;
            case 'r': out += '\r'; continue;
            case 't': out += '\t'; continue;
            case 'u': break;
            default: return false;
        }
        const int unit = code_unit(raw);
        if (unit <= 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return false;
        raw.remove_prefix(4);
        auto c32 = static_cast<std::uint32_t>(unit);
        if (unit >= 0xD800 && unit <= 0xDBFF) {
            if (!raw.starts_with("\\u")) return false;
            const int low = code_unit(raw.substr(2));
            if (low < 0xDC00 || low > 0xDFFF) return false;
            raw.remove_prefix(6);
            c32 = 0x10000 + ((c32 - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00);
        }
        append_utf8(out, c32);
    }
    return true;
}

// simdjson's index.  Its first stage reads no byte beyond the text, so nothing is copied and no
// padding is asked for.
struct JsonReader::Tokens {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
};

JsonReader::JsonReader() = default;
JsonReader::~JsonReader() = default;

bool JsonReader::find_tokens(std::string_view text) {
    if (!tokens_) tokens_ = std::make_unique<Tokens>();
    auto &stage = tokens_->stage;
    if (!stage || stage->capacity() < text.size()) {
        const std::size_t capacity = std::max<std::size_t>(text.size() + text.size() / 2, 4096);
        constexpr std::size_t unused_depth = 1;
        stage.reset();
        if (simdjson::get_active_implementation()->create_dom_parser_implementation(
                capacity, unused_depth, stage))
            throw std::bad_alloc();
    }
    const auto *bytes = reinterpret_cast<const std::uint8_t *>(text.data());
    if (stage->stage1(bytes, text.size(), simdjson::stage1_mode::regular)) return false;
    at_ = stage->structural_indexes.get();
    count_ = stage->n_structural_indexes;
    end_ = text.data() + text.size();
    next_escape_ = find_escape(text.data());
    return true;
}

const char *JsonReader::find_escape(const char *from) const {
    const void *found = std::memchr(from, '\\', static_cast<std::size_t>(end_ - from));
    return found ? static_cast<const char *>(found) : end_;
}

void JsonReader::release_excess() {
    if (tokens_ && tokens_->stage && tokens_->stage->capacity() > capacity_kept)
        tokens_->stage.reset();
}

}  // namespace clinical::core
