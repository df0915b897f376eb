#include "hl7v2/validate_condition.h"

#include <algorithm>
#include <array>

namespace clinical::hl7v2 {

namespace {

// By owner.  Clauses are those of v2.5.1 and, since v2.7, of v2.8.
constexpr std::array conditions{
    // 10.6.4 to 10.6.7: an offset and a duration have units.
    Condition{"AIG", 10, 9, {}, Version::v23, {}},
    Condition{"AIG", 12, 11, {}, Version::v23, {}},
    Condition{"AIL", 8, 7, {}, Version::v23, {}},
    Condition{"AIL", 10, 9, {}, Version::v23, {}},
    Condition{"AIP", 8, 7, {}, Version::v23, {}},
    Condition{"AIP", 10, 9, {}, Version::v23, {}},
    Condition{"AIS", 6, 5, {}, Version::v23, {}},
    Condition{"AIS", 8, 7, {}, Version::v23, {}},
    // 2.A.13: a code has its system, by name or by OID.
    Condition{"CNE", 3, 1, {14, 0}, Version::v27, {}},
    Condition{"CNE", 6, 4, {17, 0}, Version::v27, {}},
    Condition{"CWE", 3, 1, {14, 0}, Version::v27, {}},
    Condition{"CWE", 6, 4, {17, 0}, Version::v27, {}},
    // 2.A.14: an identifier has its authority.
    Condition{"CX", 4, 1, {9, 10}, Version::v27, {}},
    // 2.A.28, 2.A.33: a universal id and its type come together.
    Condition{"EI", 3, 4, {}, Version::v23, {}},
    Condition{"EI", 4, 3, {}, Version::v23, {}},
    Condition{"HD", 2, 3, {}, Version::v23, {}},
    Condition{"HD", 3, 2, {}, Version::v23, {}},
    // 7.4.1.3, 7.4.1.7, 7.4.1.22, 7.4.1.25: a report says what it is of, of when, and how final.
    Condition{"OBR", 3, 0, {}, Version::v23, "ORU"},
    Condition{"OBR", 7, 0, {}, Version::v23, "ORU"},
    Condition{"OBR", 22, 0, {}, Version::v23, "ORU"},
    Condition{"OBR", 25, 0, {}, Version::v23, "ORU"},
    // 3.4.2.35, 3.4.2.36.
    Condition{"PID", 35, 36, {}, Version::v24, {}},
    Condition{"PID", 35, 38, {}, Version::v24, {}},
    Condition{"PID", 36, 37, {}, Version::v24, {}},
    // 10.6.2.1, 10.6.2.2.
    Condition{"SCH", 1, 0, {2, 0}, Version::v23, {}},
    // 2.A.88: a person is told by number or by name.
    Condition{"XCN", 1, 0, {2, 0}, Version::v23, {}},
};

constexpr bool is_sorted() { return std::ranges::is_sorted(conditions, {}, &Condition::owner); }
static_assert(is_sorted());

}  // namespace

std::span<const Condition> conditions_of(std::string_view owner) {
    const auto first = std::ranges::lower_bound(conditions, owner, {}, &Condition::owner);
    const auto last = std::ranges::upper_bound(conditions, owner, {}, &Condition::owner);
    return {first, last};
}

}  // namespace clinical::hl7v2
