#include "core/sha256.h"

#include <openssl/evp.h>

#include "core/error.h"

namespace clinical::core {

namespace {

// Looked up once: by EVP_sha256() every digest would look for its provider, which costs more than
// to hash a short text.
const EVP_MD *algorithm() {
    static const EVP_MD *const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return found;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
    Sha256 digest{};
    unsigned int length = 0;
    if (!algorithm() ||
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, algorithm(), nullptr) != 1)
        throw Error{ErrorCode::unsupported, "could not compute SHA-256", "", 0};
    return digest;
}

std::string to_hex(const Sha256 &digest) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * digest.size());
    for (unsigned char byte : digest) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

}  // namespace clinical::core
