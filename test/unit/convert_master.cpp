#include "convert_fixture.h"

namespace clinical::convert {
namespace {

const std::vector<std::string> opening{"MSH|^~\\&|A|B|C|D|20260102120000+0000||MFN^M02|1|P|2.5",
                                       "MFI|PRA||UPD|||AL"};

Converted master(std::vector<std::string> entry) {
    std::vector<std::string> segments = opening;
    segments.insert(segments.end(), entry.begin(), entry.end());
    return Converted(segments);
}

TEST(ConvertMaster, AnEntryIsAPractitioner) {
    const Converted c = master({"MFE|MAD|1||P1|CWE", "STF|P1|P1^^^C&C|TESTER^TESSA"});
    EXPECT_EQ(c.count("Practitioner"), 1);
    EXPECT_FALSE(c.has_issue("missing-segment"));
}

// Found by the fuzzer: such a message stated nothing and said nothing.
TEST(ConvertMaster, AnEntryWithoutItsSegmentIsReported) {
    const Converted c = master({"MFE|MAD|1||P1|CWE"});
    EXPECT_EQ(c.count("Practitioner"), 0);
    EXPECT_TRUE(c.has_issue("missing-segment"));
}

}  // namespace
}  // namespace clinical::convert
