// Action scrub in HL7 v2 and C-CDA: what is text, and what the scrubber leaves of it.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "deid/policy_text.h"
#include "deid/v2_text.h"
#include "deid_policy_run.h"
#include "fhirpath/strings.h"

namespace clinical::deid {
namespace {

constexpr std::string_view expert = "expert_determination";

struct Copies : PolicyCopies {
    note::Options how;
    note::Known known;
    PolicyText text{how, &known, core::Limits{}};

    explicit Copies(const std::string &rows) : PolicyCopies(expert, rows) {
        options.text = &text;
        known.add_name("Zebulon Quackenbush");
        known.finish();
    }
};

const std::string notes = row("hl7v2", "NTE-3", "scrub") + "," + row("hl7v2", "OBX-5", "scrub") +
                          "," + row("hl7v2", "OBX-2", "keep") + "," +
                          row("hl7v2", "ZNT-2", "scrub");

}  // namespace

TEST(DeidPolicyScrub, TextOfV2) {
    const Copies copies(notes);
    EXPECT_EQ(copies.v2("NTE|1||Mr. Quackenbush fell on 3/4/2021.\n"),
              "NTE|||[NAME] fell on 2021.\n");
    // Escape sequences stay as they were; a repetition is a line.
    EXPECT_EQ(copies.v2("NTE|1||\\H\\Seen by\\N\\ Dr. Roe\\T\\Co.\\.br\\BP 120/80 \\T\\ stable\n"),
              "NTE|||\\H\\Seen by\\N\\ [NAME]\\T\\Co.\\.br\\BP 120/80 \\T\\ stable\n");
    EXPECT_EQ(copies.v2("NTE|1||was told by Zebulon~Quackenbush today~BP 120/80\n"),
              "NTE|||was told by [NAME]~[NAME] today~BP 120/80\n");
    EXPECT_EQ(copies.v2("OBX|1|TX|||Zebulon is 97 years old\nOBX|2|FT|||pain\\.sp1\\SSN "
                        "123-45-6789\n"),
              "OBX||TX|||[NAME] is 90+ years old\nOBX||FT|||pain\\.sp1\\SSN [SSN]\n");
    // A name in hexadecimal is one.
    EXPECT_EQ(copies.v2("NTE|1||told \\X5175616\\ \\X517561636B656E62757368\\ so\n"),
              "NTE|||told  [NAME] so\n");
    EXPECT_EQ(copies.v2("ZNT|1|Zebulon is well\n"), "ZNT||[NAME] is well\n");
}

TEST(DeidPolicyScrub, WhatIsNoTextOfV2) {
    const Copies copies(notes);
    // OBX-5 of another type; a sequence of the sender's own; another character set.
    EXPECT_EQ(copies.v2("OBX|1|CWE|||A^Quackenbush\nOBX|2|NM|||97\n"), "OBX||CWE\nOBX||NM\n");
    EXPECT_EQ(copies.v2("NTE|1||well\\ZQuackenbush\\, he said\n"), "NTE|||well, he said\n");
    EXPECT_EQ(copies.v2("NTE|1||well \\C2842\\ said\n"), "");
    EXPECT_EQ(copies.v2("NTE|1||\"\"\n"), "NTE|||\"\"\n");
    // Without the scrubber nothing of it stays.
    Copies bare(notes);
    bare.options.text = nullptr;
    EXPECT_EQ(bare.v2("NTE|1||well\nOBX|1|TX|||well\n"), "OBX||TX\n");
}

TEST(DeidPolicyScrub, PathsOfV2) {
    for (const char *path : {"NTE-3", "OBX-5", "FT", "TX", "OBX[3.1=\"11506-3\"]-5", "OBR-13",
                             "DG1-4", "AL1-5", "OBX-5.2", "DG1-3.2", "ZPD-3"})
        EXPECT_TRUE(compiled(expert, row("hl7v2", path, "scrub")).ok()) << path;
    for (const char *path : {"*", "NTE", "ST", "XPN", "PID-5", "PID-5.1", "PID-19", "PID-23",
                             "PID-11.1", "NK1-2", "OBX-3", "OBX-14", "IN1-4", "PV1-7.2", "ZPD"})
        EXPECT_FALSE(compiled(expert, row("hl7v2", path, "scrub")).ok()) << path;
    EXPECT_FALSE(compiled(expert, row("x12", "NTE02", "scrub")).ok());
}

TEST(DeidPolicyScrub, NarrativeOfCda) {
    const Copies copies(row("cda", "section/text", "scrub") + "," +
                        row("cda", "observation/value", "scrub"));
    const auto section = [&](const std::string &text) {
        const std::string out =
            copies.cda("<component><structuredBody><component><section>" + text +
                       "</section></component></structuredBody></component>");
        const std::size_t begin = out.find("<section>"), end = out.rfind("</section>");
        return begin == out.npos ? out : out.substr(begin + 9, end - begin - 9);
    };
    EXPECT_EQ(section("<text>Mr. <content ID=\"n1\">Zebulon</content> Quackenbush, aged 97 &amp; "
                      "well.</text>"),
              "<text>[NAME], aged 90+ &amp; well.</text>");
    EXPECT_EQ(section("<text><table><thead><tr><th>When</th><th>What</th></tr></thead><tbody><tr>"
                      "<td>3/4/2021</td><td>seen by Dr. Roe</td></tr></tbody></table></text>"),
              "<text><paragraph>When What</paragraph><paragraph>2021 seen by "
              "[NAME]</paragraph></text>");
    EXPECT_EQ(section("<text mediaType=\"text/html\">Zebulon</text>"),
              "<text nullFlavor=\"MSK\"/>");
    EXPECT_EQ(section("<text mediaType=\"text/plain\" representation=\"B64\">" +
                      *fhirpath::encode("Zebulon is well", "base64") + "</text>"),
              "<text mediaType=\"text/plain\" representation=\"B64\">" +
                  *fhirpath::encode("[NAME] is well", "base64") + "</text>");
    EXPECT_EQ(section("<text mediaType=\"application/pdf\" representation=\"B64\">AAAA</text>"),
              "<text nullFlavor=\"MSK\"/>");
    EXPECT_EQ(section("<entry><observation><value xsi:type=\"ST\">Zebulon is well</value>"
                      "<value xsi:type=\"PQ\" value=\"97\"/></observation></entry>"),
              "<entry><observation><value xsi:type=\"ST\">[NAME] is well</value>"
              "<value nullFlavor=\"MSK\"/></observation></entry>");
}

TEST(DeidPolicyScrub, PathsOfCda) {
    for (const char *path : {"text", "section/text", "title", "originalText", "observation/value"})
        EXPECT_TRUE(compiled(expert, row("cda", path, "scrub")).ok()) << path;
    for (const char *path : {"*", "name", "patient/name/family", "id", "streetAddressLine",
                             "value/@value", "text/@mediaType", "section"})
        EXPECT_FALSE(compiled(expert, row("cda", path, "scrub")).ok()) << path;
}

}  // namespace clinical::deid
