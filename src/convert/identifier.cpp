#include "convert/identifier.h"

#include "convert/codes.h"
#include "convert/context.h"
#include "convert/ids.h"

namespace clinical::convert {

std::string patient_id_of(std::string_view authority, std::string_view value) {
    std::string system(authority);
    if (authority.find(':') == authority.npos) {
        // As Context::authority_uri reads it.
        if (const auto known = known_authority(authority); !known.empty())
            system = known;
        else
            system = is_oid(authority) ? "urn:oid:" + system : "urn:id:" + urn_part(authority);
    }
    return digest_id({"Patient", system, value});
}

}  // namespace clinical::convert
