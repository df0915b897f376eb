#include "convert/time_zone.h"

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

namespace clinical::convert {

namespace {

class IcuZone final : public TimeZone {
public:
    explicit IcuZone(std::unique_ptr<icu::BasicTimeZone> zone) : zone_(std::move(zone)) {}

    [[nodiscard]] Offset offset_of(const core::PartialDate &local) const override {
        const double ms =
            (static_cast<double>(core::days_from_civil(local.year, local.month, local.day)) *
                 86400 +
             local.hour * 3600 + local.minute * 60 + local.second) *
            1000;
        const int first = offset(ms, UCAL_TZ_LOCAL_FORMER);
        const int last = offset(ms, UCAL_TZ_LOCAL_LATTER);
        Offset out;
        out.minutes = first / 60000;
        if (first == last) return out;
        UErrorCode status = U_ZERO_ERROR;
        int32_t raw = 0;
        int32_t dst = 0;
        zone_->getOffset(ms - first, false, raw, dst, status);
        // In an overlap the first offset is in force at the moment that it gives.
        (raw + dst == first ? out.ambiguous : out.nonexistent) = true;
        return out;
    }

private:
    [[nodiscard]] int offset(double ms, UTimeZoneLocalOption option) const {
        UErrorCode status = U_ZERO_ERROR;
        int32_t raw = 0;
        int32_t dst = 0;
        zone_->getOffsetFromLocal(ms, option, option, raw, dst, status);
        return raw + dst;
    }
    std::unique_ptr<icu::BasicTimeZone> zone_;
};

}  // namespace

std::shared_ptr<const TimeZone> TimeZone::find(std::string_view name) {
    const auto id = icu::UnicodeString::fromUTF8(
        icu::StringPiece(name.data(), static_cast<int32_t>(name.size())));
    std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(id));
    if (!zone || *zone == icu::TimeZone::getUnknown()) return nullptr;
    auto *basic = dynamic_cast<icu::BasicTimeZone *>(zone.get());
    if (!basic) return nullptr;
    static_cast<void>(zone.release());
    return std::make_shared<IcuZone>(std::unique_ptr<icu::BasicTimeZone>(basic));
}

}  // namespace clinical::convert
