#include "convert/identifier.h"

#include "convert/codes.h"
#include "convert/ids.h"

namespace clinical::convert {

std::string patient_id_of(std::string_view authority, std::string_view value) {
    const bool is_uri = authority.find(':') != authority.npos;
    return digest_id(
        {"Patient", is_uri ? std::string(authority) : named_authority(authority), value});
}

}  // namespace clinical::convert
