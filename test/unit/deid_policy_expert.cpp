// Policies as data and the writer of expert determination.  With a key: test/sql/policy.sql.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "deid/dates.h"
#include "deid/expert.h"
#include "deid/policy.h"
#include "deid_policy_run.h"
#include "deid_run.h"

namespace clinical::deid {
namespace {

core::Result<Policy> compiled(std::string_view text) {
    return compile_policy(core::parse_json(text).value());
}

std::string expert(std::string_view resource, const std::string &rules, int shift_days = 0) {
    const Policy policy =
        compiled(R"({"mode":"expert_determination","rules":[)" + rules + "]}").value();
    Options options;
    options.mode = policy.mode;
    options.shift_days = shift_days;
    const KeyedHash hash = keyed_digits;
    const core::Json given = core::parse_json(resource).value();
    TreeWriter writer;
    ExpertWriter<core::JsonNode, TreeWriter> engine(policy, options, hash, nullptr, writer);
    engine.write(core::JsonNode(given));
    return core::to_text(writer.root);
}

}  // namespace

TEST(DeidPolicyExpert, TheOtherModesOnlyTighten) {
    for (const std::string mode : {"safe_harbor", "limited_data_set"}) {
        const std::string begin = R"({"mode":")" + mode + R"(",)";
        const auto row = [&](std::string_view action) {
            return compiled(begin + R"("rules":[{"path":"Patient.birthDate","action":")" +
                            std::string(action) + R"("}]})");
        };
        for (const std::string_view action : {"date_shift", "hash", "keep", "allow_list", "scrub",
                                              R"(perturb","span":"1)", "perturb"}) {
            const auto policy = row(action);
            ASSERT_FALSE(policy) << mode << " " << action;
            EXPECT_EQ(policy.error().code, core::ErrorCode::invalid_option);
        }
        // What takes detail away from what a limited data set may hold.
        for (const std::string_view action :
             {"year", "zip3", "age_cap", R"(substitute","with":"1970)", "generalize"}) {
            const auto policy = row(action);
            ASSERT_EQ(policy.ok(), mode == "limited_data_set") << mode << " " << action;
            EXPECT_TRUE(!policy || policy.value().is_second(Format::fhir));
        }
        EXPECT_FALSE(compiled(begin + R"("keep_weekday":true})"));
        EXPECT_FALSE(compiled(begin + R"("shift_days":3})"));
        EXPECT_FALSE(compiled(begin + R"("rules":[{"path":"*","action":"remove"}]})"));
        const auto policy =
            compiled(begin + R"("rules":[{"path":"Patient.gender","action":"remove"}]})");
        ASSERT_TRUE(policy);
        EXPECT_FALSE(policy.value().shifts_dates);
        EXPECT_EQ(policy.value().removed.size(), 1U);
    }
}

TEST(DeidPolicyExpert, RefusesWhatItDoesNotKnow) {
    const auto row = [](std::string_view text) {
        return compiled(R"({"mode":"expert_determination","rules":[)" + std::string(text) + "]}");
    };
    for (const std::string_view text :
         {R"(1)", R"({})", R"({"path":"date"})", R"({"action":"keep"})",
          R"({"path":"date","action":"eval"})", R"({"path":"date","action":"keep","if":"1"})",
          R"({"path":"Patient.nickname","action":"keep"})",
          R"({"path":"Patient.","action":"keep"})",
          R"({"path":"Patient.name..family","action":"keep"})", R"({"path":"","action":"keep"})",
          R"({"path":"date","action":"substitute"})",
          R"({"path":"integer","action":"perturb","span":"1"})",
          R"({"path":"integer","action":"perturb"})",
          R"({"path":"code","action":"generalize","map":[]})",
          R"({"path":"code","action":"generalize","other":"hash"})",
          R"({"path":"date","action":"keep"},{"path":"date","action":"remove"})"})
        EXPECT_FALSE(row(text)) << text;
    for (const std::string_view text :
         {R"([])", R"("x")", R"({})", R"({"mode":"open"})",
          R"({"mode":"safe_harbor","zip3_margin":-1})",
          R"({"mode":"safe_harbor","zip3_margin":1.5})",
          R"({"mode":"safe_harbor","zip3_basis":"1980"})", R"({"mode":"safe_harbor","rules":{}})"})
        EXPECT_FALSE(compiled(text)) << text;
    EXPECT_TRUE(compiled(R"({"mode":"expert_determination"})").value().shifts_dates);
    EXPECT_FALSE(row(R"({"path":"date","action":"year"})").value().shifts_dates);
    EXPECT_TRUE(row(R"({"path":"date","action":"date_shift"})").value().shifts_dates);
}

TEST(DeidPolicyExpert, ShiftsDates) {
    const struct {
        std::string_view in;
        int days;
        const char *out;  // null: removed
    } cases[] = {
        {"2024-02-28", 1, "2024-02-29"},
        {"2023-02-28", 1, "2023-03-01"},
        {"2000-02-29", 366, "2001-03-01"},
        {"1900-03-01", -1, "1900-02-28"},
        {"2024-01-01", -1, "2023-12-31"},
        {"2024-12-31", 364, "2025-12-30"},
        {"20240228", 2, "20240301"},
        {"2024-02-28T10:11:12.5+05:30", 7, "2024-03-06T10:11:12.5+05:30"},
        {"20240228101112-0500", 7, "20240306101112-0500"},
        {"2024-02", 40, "2024-03"},  // from the middle of the month
        {"2024", 300, "2024"},
        {"0001-01-01", -1, nullptr},
        {"9999-12-31", 1, nullptr},
        {"2023-02-29", 1, nullptr},
        {"2024-13-01", 1, nullptr},
        {"2024-1-1", 1, nullptr},
        {"20241", 1, nullptr},
        {"", 1, nullptr},
        {"Bob", 1, nullptr},
        {"2024-02-28TBob", 1, nullptr},
        {"2024-02-28T5551234567", 1, nullptr},
        {"2024-02-28T10:11:12.12345678901", 1, nullptr},
        {"20240228123456789012345", 1, nullptr},
        {"20240228-555-123-4567", 1, nullptr},
    };
    for (const auto &c : cases) {
        const auto moved = shift_date(c.in, c.days);
        EXPECT_EQ(moved.value_or("(none)"), c.out ? c.out : "(none)") << c.in;
    }
}

TEST(DeidPolicyExpert, EveryShiftKeepsIntervalsAndWholeWeeksTheDay) {
    // A day, a week and a leap day apart, whatever the shift; 21 days go on the same weekday.
    constexpr std::string_view rule = R"({"path":"Encounter.period","action":"date_shift"})";
    const auto at = [&](int days) {
        return expert(R"({"resourceType":"Encounter","period":{"start":"2024-02-26",
                          "end":"2024-03-04"}})",
                      std::string(rule), days);
    };
    EXPECT_EQ(at(-21), R"({"resourceType":"Encounter","period":{"start":"2024-02-05",)"
                       R"("end":"2024-02-12"}})");
    EXPECT_EQ(at(364), R"({"resourceType":"Encounter","period":{"start":"2025-02-24",)"
                       R"("end":"2025-03-03"}})");
    for (int days = -364; days <= 364; ++days) {
        // Back again: one to one, so every interval is kept.
        const auto there = shift_date("2024-02-29", days);
        ASSERT_TRUE(there);
        EXPECT_EQ(shift_date(*there, -days), "2024-02-29");
    }
}

TEST(DeidPolicyExpert, TheClosestRowTreats) {
    const std::string patient = R"({"resourceType":"Patient","id":"1","gender":"female",
        "birthDate":"1934-06-01","_birthDate":{"extension":[{"url":"http://x","valueString":"Bob"}]},
        "name":[{"family":"Bob","use":"usual"}],"contact":[{"name":{"family":"Eve"}}]})";
    EXPECT_EQ(expert(patient, R"({"path":"Patient.gender","action":"keep"})"),
              R"({"resourceType":"Patient","gender":"female"})");
    EXPECT_EQ(expert(patient, R"({"path":"HumanName.use","action":"keep"})"),
              R"({"resourceType":"Patient","name":[{"use":"usual"}]})");
    EXPECT_EQ(expert(patient, R"({"path":"Patient","action":"remove"},
                                 {"path":"date","action":"year"})"),
              R"({"resourceType":"Patient","birthDate":"1934"})");
    EXPECT_EQ(expert(patient, R"({"path":"*","action":"keep"},
                                 {"path":"Patient.name","action":"remove"},
                                 {"path":"Patient.birthDate","action":"date_shift"},
                                 {"path":"Patient.contact","action":"remove"},
                                 {"path":"Resource.id","action":"remove"})",
                     1),
              R"({"resourceType":"Patient","gender":"female","birthDate":"1934-06-02"})");
    EXPECT_EQ(expert(R"({"resourceType":"Nothing","id":"1"})", R"({"path":"*","action":"keep"})"),
              "null");  // no type of R4
}

TEST(DeidPolicyExpert, AgesAndNumbers) {
    const auto number = [](const std::string &value, const std::string &rule) {
        return expert(R"({"resourceType":"Observation","valueInteger":)" + value + "}",
                      R"({"path":"Observation.valueInteger",)" + rule + "}");
    };
    const auto is = [](const std::string &value) {
        return R"({"resourceType":"Observation","valueInteger":)" + value + "}";
    };
    EXPECT_EQ(number("89", R"("action":"age_cap")"), is("89"));
    EXPECT_EQ(number("89.9", R"("action":"age_cap")"), is("89.9"));
    EXPECT_EQ(number("90", R"("action":"age_cap")"), is("90"));
    EXPECT_EQ(number("104", R"("action":"age_cap")"), is("90"));
    EXPECT_EQ(number("1e400", R"("action":"age_cap")"), is("90"));
    EXPECT_EQ(number("1.04e2", R"("action":"age_cap")"), is("90"));
    EXPECT_EQ(number("97", R"("action":"generalize","bins":10)"), is("90"));
    EXPECT_EQ(number("-1", R"("action":"generalize","bins":10)"), is("-10"));
    EXPECT_EQ(number("97", R"("action":"generalize","bins":0)"),
              R"({"resourceType":"Observation"})");
    // The same value, the same noise, within its span.
    const std::string noisy = number("100", R"("action":"perturb","span":10)");
    EXPECT_EQ(noisy, number("100", R"("action":"perturb","span":10)"));
    // Bounds that a policy gets wrong give no number that JSON does not know.
    for (const std::string value : {"1e400", "-1e400", "1e308"})
        for (const char *rule : {R"("action":"perturb","span":10,"round_to":400)",
                                 R"("action":"perturb","span":1e308,"proportional":true)",
                                 R"("action":"perturb","span":10,"round_to":-3)",
                                 R"("action":"generalize","bins":1e-300)"}) {
            const std::string out = number(value, rule);
            EXPECT_EQ(out.find("inf"), out.npos) << value << rule;
            EXPECT_EQ(out.find("nan"), out.npos) << value << rule;
        }
}

TEST(DeidPolicyExpert, Texts) {
    const auto state = [](const std::string &rule) {
        return expert(
            R"({"resourceType":"Patient","address":[{"state":"MA","postalCode":"02115"}]})", rule);
    };
    const auto is = [](const std::string &address) {
        return R"({"resourceType":"Patient","address":[)" + address + "]}";
    };
    EXPECT_EQ(state(R"({"path":"Address.postalCode","action":"zip3"})"),
              is(R"({"postalCode":"021"})"));
    EXPECT_EQ(state(R"({"path":"Address.state","action":"generalize","map":{"MA":"North"}})"),
              is(R"({"state":"North"})"));
    EXPECT_EQ(state(R"({"path":"Address.state","action":"generalize","other":"remove"})"),
              R"({"resourceType":"Patient"})");
    EXPECT_EQ(state(R"({"path":"Address.postalCode","action":"generalize",
                        "prefixes":[{"prefix":"02","keep":2,"append":"***"}]})"),
              is(R"({"postalCode":"02***"})"));
    // Whole characters, and only numbers of them that a policy can mean.
    EXPECT_EQ(expert(R"({"resourceType":"Patient","name":[{"family":"B\u00f6b"}]})",
                     R"({"path":"HumanName.family","action":"generalize",
                         "prefixes":[{"prefix":"B","keep":2}]})"),
              R"({"resourceType":"Patient","name":[{"family":"B"}]})");
    for (const std::string keep : {"-1", "1e30", "1.5", "\"1\"", "null"})
        EXPECT_FALSE(compiled(R"({"mode":"expert_determination","rules":[{"path":"Address.city",
            "action":"generalize","prefixes":[{"prefix":"0","keep":)" +
                              keep + "}]}]}"))
            << keep;
    // Hashes: 64 digits with a key; the type of a reference stays, its server goes.
    const std::string linked =
        expert(R"({"resourceType":"Observation","subject":{"reference":"http://bob/Patient/1"}})",
               R"({"path":"Reference.reference","action":"hash"})");
    EXPECT_NE(linked.find(R"("reference":"Patient/)"), linked.npos) << linked;
    EXPECT_EQ(linked.find("bob"), linked.npos);
}

}  // namespace clinical::deid
