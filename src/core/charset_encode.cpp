// UTF-8 to other character sets.

#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include <climits>
#include <memory>

#include "core/charset.h"
#include "core/iso2022_jp.h"

namespace clinical::core {

namespace {

struct Close {
    void operator()(UConverter *c) const { ucnv_close(c); }
};

std::optional<std::string> converted(std::string_view text, const std::string &charset) {
    // ICU counts in 32 bits, and a unit may take several bytes.
    if (text.size() > INT_MAX / 8) return std::nullopt;
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UConverter, Close> converter(ucnv_open(charset.c_str(), &status));
    if (U_FAILURE(status)) return std::nullopt;
    ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                          &status);
    ucnv_setFallback(converter.get(), false);
    std::u16string units(text.size() + 1, u'\0');
    std::int32_t count = 0;
    u_strFromUTF8(units.data(), static_cast<std::int32_t>(units.size()), &count, text.data(),
                  static_cast<std::int32_t>(text.size()), &status);
    if (U_FAILURE(status)) return std::nullopt;
    std::string out(static_cast<std::size_t>(
                        UCNV_GET_MAX_BYTES_FOR_STRING(count, ucnv_getMaxCharSize(converter.get()))),
                    '\0');
    const std::int32_t size =
        ucnv_fromUChars(converter.get(), out.data(), static_cast<std::int32_t>(out.size()),
                        units.data(), count, &status);
    if (U_FAILURE(status)) return std::nullopt;
    out.resize(static_cast<std::size_t>(size));
    return out;
}

}  // namespace

std::optional<std::string> encode(std::string_view text, const std::string &charset) {
    if (charset == "UTF-8") return std::string(text);
    if (charset == "ISO-2022-JP") {
        // An escape of the text's own would switch the set.
        if (text.find('\x1b') != text.npos) return std::nullopt;
        const auto euc = converted(text, "EUC-JP");
        if (!euc) return std::nullopt;
        return iso2022_jp_of_euc(*euc);
    }
    auto out = converted(text, charset);
    // As the decoder reads it (charset.h).
    if (!out && charset == "ISO-8859-1") out = converted(text, "windows-1252");
    return out;
}

}  // namespace clinical::core
