#pragma once

// Bytes to UTF-8.  Lenient: what is not a character becomes U+FFFD and is counted, so that one bad
// byte does not cost a message.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace clinical::core {

bool is_utf8(std::string_view bytes);

// The converter's name of a character set: names of HL7 table 0211 as MSH-18 has them, those seen
// in its place, and IANA's.  Case, blanks, dashes and underscores do not matter.  Nothing when
// there is no such set.
std::optional<std::string> charset_named(std::string_view name);

// What decoding had to do beyond the plain case.
struct Decoded {
    std::string_view text;      // UTF-8 without NUL: the input itself or `storage`
    std::string storage;        // may own the text: keep it as long as the text
    std::string charset;        // the converter's name, such as "UTF-8"
    bool assumed = false;       // the charset was neither stated nor a plain reading of the bytes
    bool unknown = false;       // one was stated that is not known, and the bytes are not all ASCII
    std::size_t replaced = 0;   // places where U+FFFD stands for bytes or a NUL
    std::size_t first_bad = 0;  // byte of the first of them

    Decoded() = default;
    Decoded(Decoded &&) = delete;  // text may point into storage
};

// Decodes with converters kept from call to call.  Not for use by two threads at once.
class Decoder {
public:
    Decoder();
    ~Decoder();

    // `stated` is what the source says (may be empty), `fallback` what a feed is known to send
    // when it says nothing (may be empty).  In this order: byte order mark; `stated`; `fallback`;
    // UTF-8 when the bytes are; windows-1252, assumed.  A stated set that does not exist, or
    // ASCII with other bytes in it, counts as not stated.  ISO 8859-1 with bytes 80 to 9F is
    // windows-1252, as everywhere else.
    void decode(std::string_view bytes, std::string_view stated, std::string_view fallback,
                Decoded &out);

private:
    struct Converters;
    std::unique_ptr<Converters> converters_;
};

// The text (UTF-8) in a set that the converter has, by the converter's name; nothing when a
// character has no place there.  ISO 8859-1 that cannot is tried as windows-1252.
std::optional<std::string> encode(std::string_view text, const std::string &charset);

}  // namespace clinical::core
