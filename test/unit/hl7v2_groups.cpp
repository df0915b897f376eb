#include <gtest/gtest.h>

#include <random>

#include "hl7v2/groups.h"

using namespace clinical::hl7v2;

namespace {

// A message of that type with these segments behind MSH, a blank between them.
std::string message_of(std::string_view type, std::string_view version, std::string_view segments) {
    std::string text =
        "MSH|^~\\&|A|B|C|D|2020||" + std::string(type) + "|1|P|" + std::string(version) + "\r";
    for (std::size_t at = 0; at < segments.size();) {
        const std::size_t end = std::min(segments.find(' ', at), segments.size());
        text += std::string(segments.substr(at, end - at)) + "|1\r";
        at = end + 1;
    }
    return text;
}

// Every segment with its group as initials and repetitions (PR1.OO2 for the second
// ORDER_OBSERVATION of the first PATIENT_RESULT), and a mark when it is not where it belongs.
std::string grouped(std::string_view text) {
    auto parsed = Message::parse(text);
    EXPECT_TRUE(parsed.ok());
    const Message &message = parsed.value();
    const Version version = version_of(message);
    const Grammar grammar(grammar_of(structure_of(message, version), version));
    const Groups groups(grammar, message);
    std::string out;
    for (std::size_t i = 1; i < message.size(); ++i) {
        std::string path;
        for (std::size_t g = groups.placement(i).group; g != 0; g = groups[g].parent) {
            std::string step(1, groups[g].name[0]);
            for (std::size_t c = 1; c < groups[g].name.size(); ++c)
                if (groups[g].name[c - 1] == '_') step += groups[g].name[c];
            step += std::to_string(groups[g].repetition);
            path = path.empty() ? step : step + "." + path;
        }
        constexpr std::string_view marks = " zrmu";
        const char mark = marks[static_cast<std::size_t>(groups.placement(i).state)];
        out += out.empty() ? "" : " ";
        out += std::string(message[i].id()) + (mark == ' ' ? "" : std::string(1, mark)) +
               (path.empty() ? "" : ":" + path);
    }
    for (const auto &missing : groups.missing()) out += " -" + std::string(missing.name);
    return out;
}

}  // namespace

TEST(Hl7v2Groups, SegmentsBelongWhereTheGrammarSays) {
    const struct {
        const char *type;
        const char *version;
        const char *segments;
        const char *groups;
    } cases[] = {
        {"ADT^A01^ADT_A01", "2.5.1", "EVN PID NK1 NK1 PV1 AL1 IN1 IN2 IN1",
         "EVN PID NK1 NK1 PV1 AL1 IN1:I1 IN2:I1 IN1:I2"},
        // An OBX belongs to its own OBR, and behind SPM to the specimen.
        {"ORU^R01^ORU_R01", "2.5.1", "PID PV1 ORC OBR OBX NTE OBX SPM OBX OBR OBX",
         "PID:PR1.P1 PV1:PR1.P1.V1 ORC:PR1.OO1 OBR:PR1.OO1 OBX:PR1.OO1.O1 NTE:PR1.OO1.O1 "
         "OBX:PR1.OO1.O2 SPM:PR1.OO1.S1 OBX:PR1.OO1.S1 OBR:PR1.OO2 OBX:PR1.OO2.O1"},
        // Two patients in one message.
        {"ORU^R01", "2.3", "PID OBR OBX PID OBR OBX",
         "PID:PR1.P1 OBR:PR1.OO1 OBX:PR1.OO1.O1 PID:PR2.P1 OBR:PR2.OO1 OBX:PR2.OO1.O1"},
        // PATIENT_OBSERVATION exists since 2.7.
        {"ORU^R01^ORU_R01", "2.7.1", "PID OBX OBR OBX",
         "PID:PR1.P1 OBX:PR1.P1.PO1 OBR:PR1.OO1 OBX:PR1.OO1.O1"},
        // OUL_R22: the specimen is above the order.
        {"OUL^R22^OUL_R22", "2.5.1", "PID SPM OBX SAC OBR OBX NTE SPM OBR OBX",
         "PID:P1 SPM:S1 OBX:S1 SAC:S1.C1 OBR:S1.O1 OBX:S1.O1.R1 NTE:S1.O1.R1 SPM:S2 OBR:S2.O1 "
         "OBX:S2.O1.R1"},
        // The next ORC is the next order, not a prior result.
        {"OML^O21^OML_O21", "2.5.1", "PID ORC OBR OBX SPM ORC OBR",
         "PID:P1 ORC:O1 OBR:O1.OR1 OBX:O1.OR1.O1 SPM:O1.OR1.S1 ORC:O2 OBR:O2.OR1"},
        {"OML^O21^OML_O21", "2.5.1", "PID ORC OBR PID ORC OBR OBX ORC OBR OBX",
         "PID:P1 ORC:O1 OBR:O1.OR1 PID:O1.OR1.PR1.PP1 ORC:O1.OR1.PR1.OP1 OBR:O1.OR1.PR1.OP1 "
         "OBX:O1.OR1.PR1.OP1.OP1 ORC:O1.OR1.PR1.OP2 OBR:O1.OR1.PR1.OP2 OBX:O1.OR1.PR1.OP2.OP1"},
        {"ORM^O01", "2.3", "PID PV1 ORC OBR NTE ORC RXO",
         "PID:P1 PV1:P1.PV1 ORC:O1 OBR:O1.OD1 NTE:O1.OD1 ORC:O2 RXO:O2.OD1"},
        {"VXU^V04^VXU_V04", "2.5.1", "PID NK1 ORC RXA RXR OBX OBX ORC RXA",
         "PID NK1 ORC:O1 RXA:O1 RXR:O1 OBX:O1.O1 OBX:O1.O2 ORC:O2 RXA:O2"},
        {"ADT^A40^ADT_A39", "2.5.1", "EVN PID MRG PID PD1 MRG PV1",
         "EVN PID:P1 MRG:P1 PID:P2 PD1:P2 MRG:P2 PV1:P2"},
        // Nothing known of the structure: everything is in the message.
        {"ZZZ^Z01", "2.5", "PID OBX", "PID OBX"},
    };
    for (const auto &c : cases)
        EXPECT_EQ(grouped(message_of(c.type, c.version, c.segments)), c.groups) << c.segments;
}

TEST(Hl7v2Groups, WhatIsWrongIsKeptAndReported) {
    const struct {
        const char *type;
        const char *segments;
        const char *groups;
    } cases[] = {
        {"ADT^A01^ADT_A01", "PID PV1", "PID PV1 -EVN"},
        {"ADT^A01^ADT_A01", "EVN PV1 PID", "EVN PV1 PIDm"},
        {"ADT^A01^ADT_A01", "EVN PID PV1 PV1 AL1", "EVN PID PV1 PV1r AL1"},
        {"ADT^A01^ADT_A01", "EVN PID ZPD PV1 OBR OBX", "EVN PID ZPDz PV1 OBRu OBX"},
        // An order without its ORC starts the next order.
        {"ORM^O01^ORM_O01", "PID ORC OBR OBR", "PID:P1 ORC:O1 OBR:O1.OD1 OBR:O2.OD1 -ORC"},
        {"ORU^R01^ORU_R01", "PID OBX OBX OBR OBX",
         "PID:PR1.P1 OBX:PR1.OO1.O1 OBX:PR1.OO1.O2 OBR:PR1.OO2 OBX:PR1.OO2.O1 -OBR"},
        // A note never opens a group.
        {"ORU^R01^ORU_R01", "PID PV1 NTE OBR NTE",
         "PID:PR1.P1 PV1:PR1.P1.V1 NTEm:PR1.P1.V1 OBR:PR1.OO1 NTE:PR1.OO1"},
        {"ORU^R01^ORU_R01", "PID", "PID:PR1.P1 -ORDER_OBSERVATION"},
        {"ORU^R01^ORU_R01", "PID ZPI OBR ZBR OBX ZBX OBX",
         "PID:PR1.P1 ZPIz:PR1.P1 OBR:PR1.OO1 ZBRz:PR1.OO1 OBX:PR1.OO1.O1 ZBXz:PR1.OO1.O1 "
         "OBX:PR1.OO1.O2"},
    };
    for (const auto &c : cases)
        EXPECT_EQ(grouped(message_of(c.type, "2.5.1", c.segments)), c.groups) << c.segments;
}

TEST(Hl7v2Groups, ASegmentIsInTheGroupOfItsOwnOrderOrSpecimen) {
    const std::string text =
        message_of("ORU^R01^ORU_R01", "2.5.1", "PID ORC OBR OBX SPM OBX OBR OBX");
    const auto message = Message::parse(text);
    const Groups groups(Grammar(grammar_of("ORU_R01", Version::v251)), message.value());
    const auto path = [&](std::size_t segment) {
        return groups.path(groups.placement(segment).group);
    };
    const std::string order = "/PATIENT_RESULT[1]/ORDER_OBSERVATION";
    EXPECT_EQ(path(0), "");
    EXPECT_EQ(path(3), order + "[1]");
    EXPECT_EQ(path(4), order + "[1]/OBSERVATION[1]");
    EXPECT_EQ(path(5), order + "[1]/SPECIMEN[1]");
    EXPECT_EQ(path(6), order + "[1]/SPECIMEN[1]");
    EXPECT_EQ(path(7), order + "[2]");
    EXPECT_EQ(path(8), order + "[2]/OBSERVATION[1]");
}

// Any order of segments: each is placed once, groups nest, and instances are numbered from 1.
TEST(Hl7v2Groups, AnyOrderIsPlaced) {
    const std::string_view ids[] = {"PID", "PV1", "ORC", "OBR", "OBX", "NTE", "SPM", "ZZZ",
                                    "SAC", "TQ1", "AL1", "DSC", "ADD", "RXA", "EVN", "MRG"};
    const std::string_view types[] = {"ORU^R01^ORU_R01", "OML^O21^OML_O21", "ADT^A40^ADT_A39",
                                      "OUL^R22^OUL_R22", "VXU^V04^VXU_V04", "ORM^O01^ORM_O01"};
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        std::string segments;
        for (unsigned n = random() % 20 + 1; n > 0; --n)
            segments += std::string(ids[random() % std::size(ids)]) + (n > 1 ? " " : "");
        const std::string text = message_of(types[random() % std::size(types)],
                                            random() % 2 ? "2.5.1" : "2.7.1", segments);
        const auto parsed = Message::parse(text);
        const Message &message = parsed.value();
        const Version version = version_of(message);
        const Grammar grammar(grammar_of(structure_of(message, version), version));
        const Groups groups(grammar, message);
        for (std::size_t g = 1; g < groups.size(); ++g) {
            ASSERT_LT(groups[g].parent, g) << segments;
            ASSERT_GE(groups[g].repetition, 1);
            ASSERT_LE(groups[groups[g].parent].first, groups[g].first);
            ASSERT_GE(groups[groups[g].parent].last, groups[g].last);
        }
        for (std::size_t i = 0; i < message.size(); ++i) {
            const auto &group = groups[groups.placement(i).group];
            ASSERT_TRUE(group.first <= i && i <= group.last) << segments;
        }
    }
}

// Every grammar that ships compiles to what its text says, and each group has a beginning.
TEST(Hl7v2Groups, GrammarsAreWhole) {
    for (const Version version : {Version::v231, Version::v251, Version::v271})
        for (const char *name : {"ADT_A01", "ORU_R01", "ORM_O01", "MDM_T02", "SIU_S12", "DFT_P03",
                                 "RDE_O11", "VXU_V04", "BAR_P01", "MFN_M02", "REF_I12", "ACK"}) {
            const std::string_view text = grammar_of(name, version);
            ASSERT_FALSE(text.empty()) << name;
            const Grammar grammar(text);
            EXPECT_TRUE(grammar[1].is_segment("MSH")) << name;
            EXPECT_FALSE(grammar[1].optional);
            for (std::size_t i = 1; i < grammar.size(); ++i) {
                EXPECT_GT(grammar[i].next, i);
                if (grammar[i].is_group) {
                    EXPECT_GT(grammar[i].next, i + 1) << name;
                }
            }
        }
}

TEST(Hl7v2Definitions, Versions) {
    EXPECT_EQ(nearest_version("2.5.1"), Version::v251);
    EXPECT_EQ(nearest_version("2.3.2"), Version::v231);
    EXPECT_EQ(nearest_version("2.9"), Version::v28);
    EXPECT_EQ(nearest_version("2.8.2"), Version::v28);
    EXPECT_EQ(nearest_version(""), Version::v251);
    EXPECT_EQ(nearest_version("x"), Version::v251);
    EXPECT_FALSE(version_named("2.9"));
    EXPECT_EQ(structure_of("ADT", "A08"), "ADT_A01");
    EXPECT_EQ(structure_of("ADT", "A24"), "ADT_A24");
    EXPECT_EQ(structure_of("ADT", "Z99"), "");
    EXPECT_EQ(field_of("PID", 7, Version::v251)->datatype.view(), "TS");
    EXPECT_EQ(field_of("PID", 7, Version::v26)->datatype.view(), "DTM");
    EXPECT_EQ(field_of("PID", 3, Version::v251)->usage, 'R');
    EXPECT_EQ(field_of("PID", 99, Version::v251), nullptr);
    EXPECT_EQ(is_code(125, "CE", Version::v251), Membership::in);
    EXPECT_EQ(is_code(125, "CE", Version::v27), Membership::other_version);
    EXPECT_EQ(is_code(125, "QQ", Version::v27), Membership::out);
    EXPECT_EQ(is_code(125, "", Version::v27), Membership::out);
    EXPECT_EQ(is_code(9999, "A", Version::v27), Membership::unknown);
}
