// Rows of a policy in HL7 v2, C-CDA and X12.  With a key, all actions: test/sql/policy.sql.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/split.h"
#include "deid/column.h"
#include "deid_policy_run.h"

namespace clinical::deid {
namespace {

struct Copies : PolicyCopies {
    Copies(std::string_view mode, const std::string &rows) : PolicyCopies(mode, rows) {
        options.shift_days = 30;
        hash = [](std::string_view purpose, std::string_view text) {
            return std::string(purpose) + std::to_string(text.size());
        };
    }
};

constexpr std::string_view expert = "expert_determination";

}  // namespace

// packed_has halves its lists: a word out of order hides itself or its neighbour.
TEST(DeidPolicyFormats, EveryNameOfAListIsFound) {
    const auto each_name = [](std::string_view packed, const auto &each) {
        std::vector<std::string_view> names;
        core::split(packed.substr(1, packed.size() - 2), '|', names);
        for (const std::string_view name : names) each(std::string(name));
        return names.size();
    };
    const std::size_t elements = each_name(cda_element_names(), [](const std::string &name) {
        EXPECT_EQ(CdaRows().add(name + "/@ID", {}), std::nullopt) << name;
    });
    EXPECT_GT(elements, 200U);
    const std::size_t attributes = each_name(cda_attribute_names(), [](const std::string &name) {
        EXPECT_EQ(CdaRows().add("value/@" + name, {}), std::nullopt) << name;
    });
    EXPECT_GT(attributes, 20U);
    const std::size_t segments = each_name(x12_segment_names(), [](const std::string &name) {
        const bool envelope = name == "ISA" || name == "IEA";
        EXPECT_EQ(X12Rows().add(name + "-01", {}).has_value(), envelope) << name;
        if (envelope) return;
        EXPECT_EQ(X12Rows().add(name + "/NM1-03", {}), std::nullopt) << name;
    });
    EXPECT_GT(segments, 70U);
    each_name("|DT|DTM|FT|GTS|ID|IS|NM|SI|SNM|ST|TM|TN|TX|", [](const std::string &type) {
        EXPECT_EQ(V2Rows().add(type, {}), std::nullopt) << type;
    });
    each_name(
        "|as_of|authority|bins|category|digits|domain|format|left_pad|list|map|other|prefixes|"
        "proportional|ranges|role|round_to|span|system|unit|values|with|zone|",
        [](const std::string &parameter) {
            EXPECT_TRUE(read_label("action=keep " + parameter + "=1").ok()) << parameter;
        });
}

TEST(DeidPolicyFormats, RowsThatTighten) {
    const Copies v2("safe_harbor", row("hl7v2", "PID-11.5", "remove") + "," +
                                       row("hl7v2", "PV1", "remove") + "," +
                                       row("hl7v2", "OBX[3.1=\"8480-6\"]-5", "remove"));
    EXPECT_EQ(v2.v2("PID|||||||1960|F|||^^^MA^02115\nPV1|1|I\n"), "PID|||||||1960|F|||^^^MA\n");
    EXPECT_EQ(v2.v2("OBX|1|NM|8480-6^S^LN||1\nOBX|1|NM|8462-4^D^LN||1\n"),
              "OBX|1|NM|8480-6^^LN\nOBX|1|NM|8462-4^^LN||1\n");
    // An answer does not stay without its question.
    const Copies asked("safe_harbor", row("hl7v2", "OBX-3", "remove"));
    EXPECT_EQ(asked.v2("OBX|1|NM|8480-6^S^LN||1\n"), "OBX|1|NM\n");
    const Copies cda("limited_data_set", row("cda", "patient/birthTime", "remove"));
    EXPECT_EQ(cda.cda("<recordTarget><patientRole><patient><birthTime value=\"1960\"/>"
                      "</patient></patientRole></recordTarget>"),
              "<recordTarget><patientRole><patient/></patientRole></recordTarget>");
    const Copies x12("safe_harbor", row("x12", "2010BA/DMG-03", "remove"));
    EXPECT_EQ(x12.x12("ST*837*1~HL*1**22*0~NM1*IL*1~DMG*D8*19600405*F~NM1*PR*2~DMG*D8*19600405*F~"),
              "ST*837*0001~HL*1**22*0~NM1*IL*1~DMG*D8*19600101~NM1*PR*2~DMG*D8*19600101*F~");
    // A format without rows is as it was.
    EXPECT_EQ(x12.v2("PV1|1|I\n"), "PV1|1|I\n");
}

TEST(DeidPolicyFormats, RowsOfAnExpert) {
    const Copies bare(
        expert, row("hl7v2", "PID-5", "keep") + "," + row("hl7v2", "PID-5.1", "remove") + "," +
                    row("hl7v2", "DTM", "date_shift") + "," + row("hl7v2", "TS", "date_shift") +
                    "," + row("hl7v2", "XTN.1", "hash") + "," + row("hl7v2", "ZPD", "keep"));
    EXPECT_EQ(
        bare.v2("PID|1||7||Bob^Ann^^^^^L~Roe^Jo||19600405|F|||1 A||^PRN^PH~617-555\nZPD|x^y&z~1\n"
                "PV1|1|I\n"),
        "PID|||||^Ann^^^^^L~^Jo||19600505||||||id7\nZPD|x^y&z~1\n");
    // Escapes are read and written.
    const Copies texts(
        expert, row("hl7v2", "PID-5.1", "generalize", R"("map":{"A|B":"C^D"},"other":"keep")"));
    EXPECT_EQ(texts.v2("PID|||||A\\F\\B^x\n"), "PID|||||C\\S\\D\n");
    EXPECT_EQ(texts.v2("PID|||||\"\"\n"), "PID|||||\"\"\n");
    const Copies listed(expert, row("hl7v2", "*", "allow_list") + "," +
                                    row("hl7v2", "PID-3[5=\"MR\"].1", "keep") + "," +
                                    row("hl7v2", "OBX[3.1=\"21112-8\"]-5", "year"));
    EXPECT_EQ(listed.v2("PID|||9^^^^SS~8^^^^MR||||1960|F\nOBX|1|DT|21112-8^B^LN||19300102\n"
                        "OBX|1|DT|54125-0^N^LN||19300102\nZPD|x\n"),
              "PID|||8||||1960|F\nOBX|1|DT|21112-8^^LN||1930\n");

    const Copies cda(expert, row("cda", "time", "date_shift") + "," +
                                 row("cda", "patient/name/given", "keep") + "," +
                                 row("cda", "id/@extension", "hash"));
    EXPECT_EQ(
        cda.cda("<id root=\"1\" extension=\"23\"/><recordTarget><patientRole><patient><name use="
                "\"L\"><given>A &amp; B</given><family>Roe</family></name></patient>"
                "</patientRole></recordTarget><author><time value=\"20200101\"/></author>"),
        "<id extension=\"id2\"/><recordTarget><patientRole><patient><name><given>A &amp; B"
        "</given></name></patient></patientRole></recordTarget><author><time value=\"20200131\""
        "/></author>");
    const Copies kept(expert, row("cda", "*", "keep") + "," + row("cda", "text", "remove"));
    EXPECT_EQ(kept.cda("<title>T</title><component><section><text>Bob<br/></text><code code=\"x\"/>"
                       "</section></component>"),
              "<title>T</title><component><section><code code=\"x\"/></section></component>");

    const Copies x12(expert, row("x12", "SV1-01-2", "substitute", R"("with":"9:9")") + "," +
                                 row("x12", "SV1-01", "keep") + "," +
                                 row("x12", "DTP[01=472]-03", "date_shift") + "," +
                                 row("x12", "DTP", "keep") + "," + row("x12", "CLM/NM1", "keep"));
    EXPECT_EQ(
        x12.x12("ST*837*1~NM1*85*2*A~CLM*1~NM1*DN*1*B~SV1*HC:1:2*5~DTP*472*RD8*20200101-"
                "20200102~DTP*471*D8*20200230~HL*2~NM1*QC*1*C~"),
        "ST*837*0001~NM1*DN*1*B~SV1*HC:9 9:2~DTP*472*RD8*20200131-20200201~DTP*471*D8*20200230~");
}

TEST(DeidPolicyFormats, DatesOfX12AreEightDigits) {
    const auto copy = [](std::string_view action, const std::string &date) {
        const Copies x12(expert, row("x12", "DTP-03", action) + "," + row("x12", "DTP", "keep"));
        return x12.x12("ST*837*1~DTP*472*D8*" + date + "~");
    };
    const auto left = [](const std::string &date) {
        // Without a date, nothing is left of the segment.
        return "ST*837*0001~" + (date.empty() ? "" : "DTP*472*D8*" + date + "~");
    };
    EXPECT_EQ(copy("year", "20240305"), left("20240101"));
    EXPECT_EQ(copy("date_shift", "20240305"), left("20240404"));
    EXPECT_EQ(copy("year", "20240305-20250101"), left("20240101-20250101"));
    for (const std::string no_date : {"2024ABCD", "202403XY", "2024-3-5", "20240230", "2024",
                                      "2024ABCD-20250101", "20240305-2025ABCD", "202403051200"}) {
        EXPECT_EQ(copy("year", no_date), left("")) << no_date;
        EXPECT_EQ(copy("date_shift", no_date), left("")) << no_date;
    }
}

TEST(DeidPolicyFormats, NoiseIsAPersons) {
    Copies a(expert, row("hl7v2", "OBX-5", "perturb", R"("span":1000)"));
    Copies b(expert, row("hl7v2", "OBX-5", "perturb", R"("span":1000)"));
    a.hash = b.hash = keyed_digits;
    a.person.id = "p1";
    b.person.id = "p2";
    const auto *message = "OBX|1|NM|8480-6^S^LN||100000\n";
    EXPECT_EQ(a.v2(message), a.v2(message));
    EXPECT_NE(a.v2(message), b.v2(message));
}

TEST(DeidPolicyFormats, RefusesWhatCannotBe) {
    for (const std::string_view path :
         {"", "PID-", "PID-0", "PID-5-x", "XYZ-1", "PID-99", "PID-5.99", "PID-5.1.9.1", "MSH-1",
          "/PID-5", "PID[2]-5", "PID-3[2]", "XPN.99", "Patient.name", "* "})
        EXPECT_FALSE(compiled(expert, row("hl7v2", path, "keep"))) << path;
    for (const std::string_view path : {"PID-1", "PID-7.1", "ZPD-1", "OBX-5", "NM", "XPN"})
        EXPECT_TRUE(compiled(expert, row("hl7v2", path, "keep"))) << path;
    for (const std::string_view path : {"PID-1", "NM", "ID"})
        EXPECT_FALSE(compiled(expert, row("hl7v2", path, "date_shift"))) << path;
    for (const std::string_view path : {"PID-7", "OBX-5", "ZPD-1", "DTM", "DR.1", "PID"})
        EXPECT_TRUE(compiled(expert, row("hl7v2", path, "date_shift"))) << path;
    for (const std::string_view path :
         {"", "NM", "nm1-03", "NM1-3-", "NM1-00", "NM1[IL]-03", "NM1[01=]-03", "ISA-06", "GE",
          "QQQ/NM1-03", "2999/NM1-03", "NM103", "A/B/C/D/E/NM1-03"})
        EXPECT_FALSE(compiled(expert, row("x12", path, "keep"))) << path;
    for (const std::string_view path :
         {"NM1", "NM1-3", "2400/SV1-01-2", "HL[03=22]/NM1[01=IL]/N3-01"})
        EXPECT_TRUE(compiled(expert, row("x12", path, "keep"))) << path;
    for (const std::string_view path : {"", "/", "patient/", "@value", "patient/@classCode",
                                        "Patient", "ClinicalDocument", "id/@extension/id"})
        EXPECT_FALSE(compiled(expert, row("cda", path, "keep"))) << path;
    // The same place by another notation.
    EXPECT_FALSE(
        compiled(expert, row("hl7v2", "PID-5", "keep") + "," + row("hl7v2", "PID.5", "keep")));
    EXPECT_FALSE(
        compiled(expert, row("hl7v2", "ZPD", "keep") + "," + row("hl7v2", "ZPD-*", "keep")));
    EXPECT_FALSE(
        compiled(expert, row("x12", "NM1-03", "keep") + "," + row("x12", "NM1-3", "keep")));
    for (const auto &[format, path] :
         {std::pair("hl7v2", "PID-7"), std::pair("cda", "birthTime"), std::pair("x12", "DMG-02")}) {
        for (const std::string_view mode : {"safe_harbor", "limited_data_set"})
            for (const std::string_view action :
                 {"keep", "date_shift", "hash", "perturb", "allow_list", "scrub"})
                EXPECT_FALSE(compiled(mode, row(format, path, action))) << mode << action << format;
        // What takes detail away is for a second pass: the first knows no rows.
        for (const std::string_view action : {"year", "generalize"}) {
            EXPECT_FALSE(compiled("safe_harbor", row(format, path, action))) << action << format;
            const Copies limited("limited_data_set", row(format, path, action));
            EXPECT_FALSE(limited.options.v2_rows || limited.options.cda_rows ||
                         limited.options.x12_rows);
            const Options second = limited.policy.second_of(limited.options);
            EXPECT_TRUE(second.v2_rows && second.cda_rows && second.x12_rows);
        }
    }
    const auto refused =
        compiled(expert, row("hl7v2", "PID-7", "keep") + "," + row("cda", "x", "keep"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().where, "Row 2: The path names no element of CDA.");
    const Policy one = compiled(expert, row("hl7v2", "PID-7", "keep")).value();
    EXPECT_FALSE(one.refuse(Format::hl7v2));
    EXPECT_TRUE(one.refuse(Format::fhir));
    EXPECT_TRUE(one.refuse(Format::x12));
}

}  // namespace clinical::deid
