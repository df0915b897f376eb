#include "convert/ids.h"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <memory>
#include <new>

namespace clinical::convert {

std::string digest_id(std::initializer_list<std::string_view> parts) {
    std::size_t length = 0;
    for (const auto part : parts) length += part.size() + 21;  // a size and its colon
    std::string bytes;
    bytes.reserve(length);
    for (const auto part : parts) {
        char digits[20];
        const auto written = std::to_chars(digits, digits + sizeof digits, part.size());
        bytes.append(digits, written.ptr);
        bytes += ':';
        bytes += part;
    }
    // Fetched once: looking the algorithm up by name costs more than a short hash.
    static EVP_MD *const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    static thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    if (!sha256 || !context || !EVP_DigestInit_ex2(context.get(), sha256, nullptr) ||
        !EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) ||
        !EVP_DigestFinal_ex(context.get(), digest.data(), &size))
        throw std::bad_alloc();
    static constexpr char hex[] = "0123456789abcdef";
    std::string out(32, '0');
    for (std::size_t i = 0; i < 16; i++) {
        out[2 * i] = hex[digest[i] >> 4];
        out[2 * i + 1] = hex[digest[i] & 15];
    }
    return out;
}

}  // namespace clinical::convert
