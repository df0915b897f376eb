#include "convert/result_status.h"

#include <algorithm>

namespace clinical::convert {

namespace {

struct Row {
    std::string_view v2;
    ResultStatus status;
};

// Table 0085.  The guide leaves B, I, N, O, R, S, U and V open; domain 2.2 and corrections 2.2
// decide them.
constexpr Row observation_rows[] = {
    {"F", {"final", "", false}},
    {"P", {"preliminary", "", false}},
    {"C", {"corrected", "", false}},
    {"A", {"amended", "", false}},
    {"B", {"amended", "", false}},      // appended
    {"R", {"preliminary", "", false}},  // entered, not verified
    {"S", {"preliminary", "", false}},  // partial
    {"I", {"registered", "", false}},   // specimen in laboratory, pending
    {"O", {"registered", "", false}},   // order detail, no result
    {"V", {"final", "", false}},        // verified
    {"U", {"final", "", true}},         // final, values as sent before
    {"N", {"unknown", "not-asked", false}},
    {"X", {"cancelled", "not-performed", true}},
    {"D", {"entered-in-error", "", true}},
    {"W", {"entered-in-error", "", true}},
};

// Table 0123; A, M and N are open in the guide.
constexpr std::pair<std::string_view, std::string_view> report_rows[] = {
    {"F", "final"},      {"P", "preliminary"}, {"C", "corrected"},  {"R", "partial"},
    {"A", "partial"},    {"M", "preliminary"}, {"N", "registered"}, {"O", "registered"},
    {"I", "registered"}, {"S", "registered"},  {"X", "cancelled"},
};

bool is_open(std::string_view status) { return status == "preliminary" || status == "registered"; }

}  // namespace

ResultStatus observation_status(std::string_view obx11) {
    for (const auto &row : observation_rows)
        if (row.v2 == obx11) return row.status;
    return {};
}

std::string_view report_status(std::string_view obr25) {
    for (const auto &[v2, fhir] : report_rows)
        if (v2 == obr25) return fhir;
    return {};
}

std::string_view inherited_status(std::string_view obr25) {
    const auto status = report_status(obr25);
    return status == "partial" ? "preliminary" : status;
}

std::string_view reconcile(std::string_view report, const std::vector<std::string> &results) {
    const bool open = std::any_of(results.begin(), results.end(),
                                  [](const std::string &s) { return is_open(s); });
    if (report.empty()) {
        if (results.empty()) return "unknown";
        if (open) return "preliminary";
        const bool corrected = std::any_of(results.begin(), results.end(), [](const auto &s) {
            return s == "corrected" || s == "amended";
        });
        const bool has_final =
            std::any_of(results.begin(), results.end(), [](const auto &s) { return s == "final"; });
        return corrected ? "corrected" : has_final ? "final" : "unknown";
    }
    if (open && (report == "final" || report == "corrected" || report == "amended"))
        return "partial";
    return report;
}

}  // namespace clinical::convert
