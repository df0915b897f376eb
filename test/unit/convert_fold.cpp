#include "convert/fold.h"

#include <algorithm>

#include "convert_fixture.h"

using namespace clinical::convert;
using clinical::core::Json;

namespace {
Json folded(const std::vector<std::string> &statements) {
    Json current;
    for (const auto &s : statements) fold(current, json(s), {});
    return current;
}
std::string observation(std::string_view status, std::string_view value) {
    std::string out =
        R"({"resourceType": "Observation", "id": "o", "status": ")" + std::string(status) + "\"";
    if (!value.empty()) out += R"(, "valueString": ")" + std::string(value) + "\"";
    return out + "}";
}
std::string visit(std::string_view rest) {
    return R"({"resourceType": "Encounter", "id": "e")" + std::string(rest) + "}";
}
}  // namespace

TEST(ConvertFold, OneStatementIsItsOwnFold) {
    const std::string s = R"({"resourceType":"Patient","id":"p","name":[{"family":"Doe"}]})";
    EXPECT_EQ(to_text(folded({s})), s);
}

TEST(ConvertFold, LaterElementsWinAndOthersStay) {
    const Json p =
        folded({R"({"resourceType":"Patient","id":"p","gender":"male","birthDate":"1980-01-01",
                               "identifier":[{"system":"a","value":"1"}]})",
                R"({"resourceType":"Patient","id":"p","gender":"female",
                               "identifier":[{"system":"a","value":"1","use":"usual"},
                                             {"system":"b","value":"1"}]})"});
    EXPECT_EQ(p.find("gender").as_text(), "female");
    EXPECT_EQ(p.find("birthDate").as_text(), "1980-01-01");
    EXPECT_EQ(p.find("identifier").size(), 2u);
    EXPECT_EQ(p.find("identifier").at(0).find("use").as_text(), "usual");
}

TEST(ConvertFold, ClearedElementsGo) {
    Json p = json(R"({"resourceType":"Patient","id":"p","birthDate":"1980-01-01",
                      "_birthDate":{"id":"x"},"deceasedBoolean":true})");
    fold(p, json(R"({"resourceType":"Patient","id":"p"})"), {"birthDate", "deceased"});
    EXPECT_EQ(to_text(p), R"({"resourceType":"Patient","id":"p"})");
}

TEST(ConvertFold, AChoiceHoldsOneValue) {
    const Json p = folded({R"({"resourceType":"Patient","id":"p","deceasedBoolean":true})",
                           R"({"resourceType":"Patient","id":"p","deceasedDateTime":"2026"})"});
    EXPECT_TRUE(p.find("deceasedBoolean").is_absent());
    EXPECT_EQ(p.find("deceasedDateTime").as_text(), "2026");
}

TEST(ConvertFold, ExtensionsGoWithTheirPrimitive) {
    const Json p =
        folded({R"({"resourceType":"Patient","id":"p","gender":"unknown","_gender":{"id":"x"}})",
                R"({"resourceType":"Patient","id":"p","gender":"female"})"});
    EXPECT_TRUE(p.find("_gender").is_absent());
}

TEST(ConvertFold, FinalityIsATransitionTable) {
    const auto status = [](const std::vector<std::string> &s) {
        const Json o = folded(s);
        return std::string(o.find("status").as_text()) + " " +
               std::string(o.find("valueString").as_text());
    };
    const std::string p = observation("preliminary", "p"), f = observation("final", "f"),
                      c = observation("corrected", "c"), u = observation("final", ""),
                      d = observation("entered-in-error", ""), x = observation("cancelled", "");
    EXPECT_EQ(status({p, f}), "final f");
    EXPECT_EQ(status({f, p}), "final f");  // a late P never replaces F
    EXPECT_EQ(status({f, c}), "corrected c");
    EXPECT_EQ(status({c, f}), "corrected c");
    EXPECT_EQ(status({p, u}), "final p");  // U: the stored values become final
    EXPECT_EQ(status({c, u}), "corrected c");
    EXPECT_EQ(status({f, d}), "entered-in-error f");
    EXPECT_EQ(status({p, x}), "cancelled p");
    EXPECT_EQ(status({d, f}), "final f");  // said again afterwards
    EXPECT_EQ(status({f, observation("final", "g")}), "final g");
}

TEST(ConvertFold, AValueAndTheReasonOfItsAbsenceExclude) {
    const std::string absent = R"({"resourceType":"Observation","id":"o","status":"cancelled",
                                   "dataAbsentReason":{"text":"x"}})";
    EXPECT_TRUE(folded({observation("final", "f"), absent}).find("valueString").is_absent());
    EXPECT_TRUE(folded({absent, observation("final", "f")}).find("dataAbsentReason").is_absent());
}

TEST(ConvertFold, AnErrorHasNoStateAndWhatIsThereHasNotEnded) {
    const auto condition = [](const std::string &rest) {
        return R"({"resourceType":"Condition","id":"c",)" + rest + "}";
    };
    const std::string active = condition(R"("clinicalStatus":{"coding":[{"code":"active"}]})");
    const std::string resolved = condition(
        R"("clinicalStatus":{"coding":[{"code":"resolved"}]},"abatementDateTime":"2026-01-02")");
    const std::string error =
        condition(R"("verificationStatus":{"coding":[{"code":"entered-in-error"}]})");
    EXPECT_EQ(to_text(folded({active, error})), to_text(folded({error})));
    EXPECT_EQ(to_text(folded({resolved, error})), to_text(folded({error})));
    EXPECT_EQ(to_text(folded({error, active})), to_text(folded({active})));
    EXPECT_EQ(to_text(folded({resolved, active})), to_text(folded({active})));
    EXPECT_EQ(to_text(folded({active, resolved})), to_text(folded({resolved})));
}

TEST(ConvertFold, PlacesAreAHistory) {
    const auto place = [](std::string_view where, std::string_view status, std::string_view since) {
        return visit(R"(, "status": "in-progress", "location": [{"location": {"reference": ")" +
                     std::string(where) + R"("}, "status": ")" + std::string(status) +
                     R"(", "period": {"start": ")" + std::string(since) + "\"}}]");
    };
    const Json e = folded({place("A", "active", "1"), place("B", "active", "2")});
    ASSERT_EQ(e.find("location").size(), 2u);
    EXPECT_EQ(e.find("location").at(0).find("status").as_text(), "completed");
    EXPECT_EQ(e.find("location").at(0).find("period").find("end").as_text(), "2");
    EXPECT_EQ(e.find("location").at(1).find("status").as_text(), "active");
}

TEST(ConvertFold, AnEncounterKeepsWhatLaterEventsDoNotSay) {
    const Json e =
        folded({visit(R"(, "status": "in-progress", "class": {"system": "x", "code": "IMP"},
                                    "period": {"start": "1"})"),
                visit(R"(, "status": "finished", "period": {"end": "2"})"),
                visit(R"(, "status": "unknown", "class": {"system":
                                 "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK"})")});
    EXPECT_EQ(e.find("status").as_text(), "finished");
    EXPECT_EQ(e.find("class").find("code").as_text(), "IMP");
    EXPECT_EQ(to_text(e.find("period")), R"({"start":"1","end":"2"})");
    Json reopened = e;
    fold(reopened, json(visit(R"(, "status": "in-progress")")), {"period.end"});
    EXPECT_EQ(to_text(reopened.find("period")), R"({"start":"1"})");
}

// What is folded is a function of the ordered statements; folding in two steps is the same.
TEST(ConvertFold, StepsDoNotMatter) {
    const std::vector<std::string> statements = {
        observation("preliminary", "a"), observation("final", "b"), observation("preliminary", "c"),
        observation("corrected", "d"), observation("final", "")};
    Json whole = folded(statements);
    for (std::size_t cut = 1; cut < statements.size(); cut++) {
        Json first = folded({statements.begin(), statements.begin() + static_cast<long>(cut)});
        for (std::size_t i = cut; i < statements.size(); i++) fold(first, json(statements[i]), {});
        EXPECT_EQ(first, whole);
    }
}
