#include <gtest/gtest.h>

#include <random>

#include "hl7v2/leaves.h"
#include "hl7v2/path.h"

using namespace clinical::hl7v2;
using clinical::core::ErrorCode;

namespace {

const std::string_view text =
    "MSH|^~\\&|APP^1.2|FAC|||2020\r"
    "PID|1||A^^^H&1.2&ISO^MR~B^^^X^SS||DOE^JO\\S\\HN\\.br\\X||1970|M||\"\"|\"\"^b\n"
    "OBX|1|NM|8480-6^Sys^LN||120|mm\r"
    "OBX|2|NM|8462-4^Dia^LN||80\r"
    "OBX|3|TX|T^^L||a & b\\F\\c~~third|\"\"\r"
    "ZXX\r";

// All matches, separated by |; - for absent, N for "".
std::string all(std::string_view path_text, std::string_view message_text = text) {
    auto path = Path::parse(path_text);
    if (!path.ok()) return path.error().where;
    const LazyMessage message(message_text);
    Matches matches(message, path.value());
    Value value;
    std::string out;
    bool first = true;
    while (matches.next(value)) {
        const bool verbatim = is_verbatim({value, value.has_escape()}, path.value());
        out += first ? "" : "|";
        out += value.is_absent() ? "-"
               : value.is_null() ? "N"
               : verbatim        ? std::string(value.raw())
                                 : value.text();
        first = false;
    }
    return first ? "none" : out;
}

}  // namespace

TEST(Hl7v2Path, WhatPathsFind) {
    const struct {
        const char *path;
        const char *found;
    } cases[] = {
        {"MSH-1", "|"},
        {"MSH-2", "^~\\&"},
        {"MSH-2.1", "^~\\&"},
        {"MSH-2.2", "-"},
        {"MSH.3.2", "1.2"},
        {"PID-5.1", "DOE"},
        {"PID.5.1", "DOE"},
        {"PID-5-1", "DOE"},
        {"pid-5-1", "DOE"},
        {"PID-5.2", "JO^HN\nX"},
        // With parts verbatim: an escaped delimiter must not look like one.
        {"PID-5", "DOE^JO\\S\\HN\\.br\\X"},
        {"PID-3", "A^^^H&1.2&ISO^MR|B^^^X^SS"},
        {"PID-3[*]", "A^^^H&1.2&ISO^MR|B^^^X^SS"},
        {"PID-3.4", "H&1.2&ISO|X"},
        {"PID-3[1].4.2", "1.2"},
        {"PID-3[2].4.1", "X"},
        {"PID-3[2].4", "X"},
        {"PID-3[3].4", "-"},
        {"PID-3[5='SS'].1", "B"},
        {"PID-3[4.2=\"1.2\"].1", "A"},
        {"PID-3[4.2=\"1.2\"][2].1", "none"},
        {"PID-3[5='no'].1", "none"},
        {"PID-7", "1970"},
        {"PID-7.1", "1970"},
        {"PID-7.1.1", "1970"},
        {"PID-7.2", "-"},
        {"PID-10", "N"},
        {"PID-10.1.1", "N"},
        {"PID-10.2", "-"},
        {"PID-11", "\"\"^b"},
        {"PID-11.1", "N"},
        {"PID-12", "-"},
        {"PID[2]-3", "none"},
        {"OBX-3.1", "8480-6|8462-4|T"},
        {"OBX[*]-6", "mm|-|N"},
        {"OBX[2]-5", "80"},
        {"OBX[4]-5", "none"},
        {"OBX[3.1='8462-4']-5", "80"},
        {"OBX[3.3='LN']-5", "120|80"},
        {"OBX[ 3.3 = 'LN' ][ 2 ]-5", "80"},
        {"OBX[2='NM'][*]-1", "1|2"},
        {"OBX[5='third']-1", "3"},
        {"OBX[6='']-1", "none"},
        {"OBX-5", "120|80|a & b\\F\\c|-|third"},
        {"OBX[3]-5.1.2", " b|c|-|-"},
        {"OBX[3]-5[3]", "third"},
        {"OBX-5[2]", "-|-|-"},
        {"ZXX", "ZXX"},
        {"ZXX-1", "-"},
        {"ABC", "none"},
        {"OBX[1]", "OBX|1|NM|8480-6^Sys^LN||120|mm"},
    };
    for (const auto &c : cases) EXPECT_EQ(all(c.path), c.found) << c.path;
}

// (n) counts from 0 as in HAPI; ERL has a number for each level.
TEST(Hl7v2Path, OtherNotations) {
    const struct {
        const char *path;
        const char *found;
    } cases[] = {
        {"PID-3(1)-4-2", "-"},
        {"PID-3(0)-4-2", "1.2"},
        {"OBX(1)-5", "80"},
        {"PID^1^3^2^5", "SS"},
        {"PID^1^3^1^4^2", "1.2"},
        {"OBX^2^5", "80"},
        {"OBX^2", "OBX|2|NM|8462-4^Dia^LN||80"},
        {"PID^1^3", "A^^^H&1.2&ISO^MR|B^^^X^SS"},
        // Components of ERR-2 that are empty.
        {"PID^1^3^^5", "MR|SS"},
        {"PID^1^3^2^", "B^^^X^SS"},
        {"PID^^3^2", "B^^^X^SS"},
        {"PID^1^3^1^4^", "H&1.2&ISO"},
    };
    for (const auto &c : cases) EXPECT_EQ(all(c.path), c.found) << c.path;
}

TEST(Hl7v2Path, ThroughGroups) {
    const std::string_view orders =
        "MSH|^~\\&|A|B|||2020||ORU^R01^ORU_R01|1|P|2.5.1\r"
        "PID|1||A^^^X~B^^^Y||DOE&VAN^JO\rPV1|1|I\r"
        "OBR|1||F1|C1^T\rNTE|1||order 1\rOBX|1|NM|a||1\rNTE|1||result 1\rOBX|2|NM|b||2\r"
        "OBR|2||F2|C2^T\rOBX|1|NM|c||3\rSPM|1|||BLD\rOBX|1|ST|d||4\r";
    const struct {
        const char *path;
        const char *found;
    } cases[] = {
        {"/PATIENT_RESULT/ORDER_OBSERVATION/OBR-4-1", "C1"},
        {"/PATIENT_RESULT/ORDER_OBSERVATION(1)/OBR-4", "C2"},
        {"/PATIENT_RESULT/ORDER_OBSERVATION[2]/OBR-4-2", "T"},
        {"/PATIENT_RESULT/ORDER_OBSERVATION[*]/OBR-4", "C1|C2"},
        {"/PATIENT_RESULT(0)/ORDER_OBSERVATION(0)/OBSERVATION(1)/OBX(0)-5-1", "2"},
        {"/PATIENT_RESULT/ORDER_OBSERVATION/OBSERVATION[*]/OBX-5", "1|2"},
        {"/PATIENT_RESULT/ORDER_OBSERVATION(1)/SPECIMEN/OBX-5", "4"},
        {"/PATIENT_RESULT/ORDER_OBSERVATION(0)/SPECIMEN/OBX-5", "none"},
        {"/PATIENT_RESULT/ORDER_OBSERVATION/NTE-3", "order 1"},
        {"/.OBX-5", "1"},
        {"/.OBX(3)-5", "4"},
        {"/.OBX[*]-5", "1|2|3|4"},
        {"/.ORDER_OBSERVATION(1)/.OBX(0)-5", "3"},
        {"/.ORDER*(1)/.OBX[*]-5", "3|4"},
        {"/.SPECIMEN/OB?-5", "4"},
        {"/.PID-3(1)-4", "Y"},
        {"/.PID-3[*]-4", "X|Y"},
        {"/.PID-5", "DOE"},
        {"/.PID-5-1-2", "VAN"},
        {"/.pid-5-2", "JO"},
        {"/.OBX[3='c']-5", "3"},
        {"/PID-5", "none"},
        {"/MSH-12", "2.5.1"},
        // The first slash may be left out.
        {"PATIENT_RESULT/ORDER_OBSERVATION(1)/OBR-4", "C2"},
        {"PATIENT_RESULT(0)/ORDER_OBSERVATION[*]/OBR-4", "C1|C2"},
        {".OBX-5", "1"},
        {".OBX[3='c']-5", "3"},
        {".ORDER*(1)/.OB?[*]-1", "2|1|1"},
        {"*/PATIENT/PID-5", "DOE"},
        {"MS?-12", "2.5.1"},
        {"/NOTHING/PID-5", "none"},
    };
    for (const auto &c : cases) EXPECT_EQ(all(c.path, orders), c.found) << c.path;
}

// hl7v2_get is the first of hl7v2_values.
TEST(Hl7v2Path, FirstMatchIsTheFirstOfAll) {
    const LazyMessage message(text);
    for (const char *segment : {"MSH", "PID", "PID[1]", "PID[2]", "OBX", "OBX[2]", "OBX[*]",
                                "OBX[3.3='LN']", "OBX[3.3='LN'][2]", "OBX[1='9']", "ZXX", "ABC"})
        for (const char *field : {"", "-1", "-2", "-3", "-3[2]", "-3[9]", "-3[5='SS']", "-5",
                                  "-5[2]", "-5[*]", "-6", "-10", "-99"})
            for (const char *part : {"", ".1", ".2", ".4.2"}) {
                const std::string written = std::string(segment) + field + (*field ? part : "");
                const Path path = Path::parse(written).value();
                Matches matches(message, path);
                Value first;
                if (!matches.next(first)) first = Value();
                EXPECT_EQ(first_match(message, path).value.raw(), first.raw()) << written;
            }
}

TEST(Hl7v2Path, SyntaxErrorsTellTheCharacter) {
    const struct {
        const char *path;
        int character;
    } cases[] = {
        {"", 1},
        {"P", 2},
        {"1PI-3", 1},
        {"PI", 3},
        {"PID-", 5},
        {"PID-0", 5},
        {"PID-x", 5},
        {"PID-5.", 7},
        {"PID--5", 5},
        {"PIDX-5", 4},
        {"PID 5", 4},
        {"PID-5 ", 6},
        {".", 2},
        {"PATIENT/", 9},
        {"PID^^^2", 8},
        {"PID^1^3^1^^2", 13},
        {"/", 2},
        {"//PID-5", 2},
        {"/PATIENT/", 10},
        {"/PATIENT", 2},
        {"/PATIENT(x)/PID-5", 10},
        {"/PATIENT[5='x']/PID-5", 16},
        {"/PID-5-1-1-1", 11},
        {"PID-3(", 7},
        {"PID-3(1", 8},
        {"PID-3(1)[2]", 9},
        {"PID^0", 5},
        {"PID^1^3^1^4^2^1", 14},
        {"PID^1-3", 6},
        {"PID-3[", 7},
        {"PID-3[]", 7},
        {"PID-3[0]", 7},
        {"PID-3[1", 8},
        {"PID-3[1][2]", 11},
        {"PID-3[*][1]", 11},
        {"PID-3[1][5='x']", 11},
        {"PID-3[x]", 7},
        {"PID-3[5=MR]", 9},
        {"PID-3[5='MR]", 13},
        {"PID-3[5'MR']", 8},
        {"PID-3[5.1.1='x']", 10},
        {"OBX[3.1.1.1='x']", 10},
        {"PID-3[5='é'", 12},
        {"PID-5.1[1]", 8},
        {"PID-5.1.1.1", 10},
        {"PID-5.1.1 ", 10},
        {"PID-1000000", 11},
        {"PID-3[5='x'][5='y']", 15},
    };
    for (const auto &c : cases) {
        auto path = Path::parse(c.path);
        ASSERT_FALSE(path.ok()) << c.path;
        EXPECT_EQ(path.error().code, ErrorCode::invalid_expression);
        const std::string start = "At character " + std::to_string(c.character) + " ";
        EXPECT_EQ(path.error().where.substr(0, start.size()), start) << c.path;
    }
}

TEST(Hl7v2Path, QuotesInConditions) {
    const std::string_view message = "MSH|^~\\&|A\rNTE|1||it's\rNTE|2||say \"a\"";
    EXPECT_EQ(all("NTE[3='it''s']-1", message), "1");
    EXPECT_EQ(all("NTE[3=\"it's\"]-1", message), "1");
    EXPECT_EQ(all("NTE[3=\"say \"\"a\"\"\"]-1", message), "2");
    EXPECT_EQ(all("NTE[3='a' ]-1", message), "none");
}

// A condition compares what hl7v2_get would give.
TEST(Hl7v2Path, ConditionsSeeUnescapedText) {
    const std::string_view message = "MSH|^~\\&|A\rNTE|1||a\\F\\b\rNTE|2||a\\F\\b^c";
    EXPECT_EQ(all("NTE[3='a|b']-1", message), "1");
    EXPECT_EQ(all("NTE[3.1='a|b']-1", message), "1|2");
    EXPECT_EQ(all("NTE[3='a\\F\\b^c']-1", message), "2");
}

// The leaves of a message are its fields again.
TEST(Hl7v2Leaves, EveryPositionOnce) {
    const Message message = Message::parse(text).value();
    Leaves leaves(message);
    Leaves::Leaf leaf;
    int count = 0;
    std::string last;
    while (leaves.next(leaf)) {
        ++count;
        const Value value = message[leaf.segment]
                                .field(leaf.field)
                                .repetition(leaf.repetition)
                                .component(leaf.component)
                                .subcomponent(leaf.subcomponent);
        EXPECT_EQ(value.raw(), leaf.value.raw());
        EXPECT_FALSE(value.is_absent());
        char place[64];
        std::snprintf(place, sizeof place, "%03zu.%03d.%03d.%03d.%03d", leaf.segment, leaf.field,
                      leaf.repetition, leaf.component, leaf.subcomponent);
        EXPECT_LT(last, place);
        last = place;
    }
    EXPECT_EQ(count, 43);
}

// One pass, however many delimiters: a look from the start of the field for each position would
// take hours here.
TEST(Hl7v2Leaves, AHeaderOfOtherDelimitersIsNotDivided) {
    const std::string text = "MSH|^~\\&|A\nFHS\nno segment|B|C";
    const Message message = Message::parse(text).value();
    Leaves leaves(message);
    Leaves::Leaf leaf;
    std::string found;
    while (leaves.next(leaf)) {
        const Value value = message[leaf.segment].field(leaf.field);
        EXPECT_EQ(value.raw().data(), leaf.value.raw().data());
        if (leaf.segment == 1) found += std::to_string(leaf.field) + std::string(leaf.value.raw());
    }
    EXPECT_EQ(found, "1\n2B3C");
}

TEST(Hl7v2Leaves, ManyPositions) {
    const auto count = [](const std::string &field) {
        const std::string many = "MSH|^~\\&|A\rPID|1||" + field + "\r";
        const Message message = Message::parse(many).value();
        Leaves leaves(message);
        Leaves::Leaf leaf;
        int n = 0;
        while (leaves.next(leaf)) ++n;
        return n - 4;  // MSH-1 to -3 and PID-1
    };
    std::string repetitions, parts, fields;
    for (int i = 0; i < 500'000; ++i) {
        repetitions += "a~";
        parts += "^&";
        fields += "|a";
    }
    EXPECT_EQ(count(repetitions), 500'000);
    EXPECT_EQ(count(parts), 0);
    EXPECT_EQ(count(fields), 500'000);
}

// The leaves that walking through fields, repetitions and components finds, in that order.
std::vector<const char *> walked(const Message &message) {
    std::vector<const char *> out;
    for (const Segment &segment : message)
        for (int f = 1; f <= segment.fields(); ++f) {
            const Value field = segment.field(f);
            for (int r = 1; r <= field.repetitions(); ++r)
                for (int c = 1; c <= field.repetition(r).components(); ++c) {
                    const Value component = field.repetition(r).component(c);
                    for (int s = 1; s <= component.subcomponents(); ++s)
                        if (const Value part = component.subcomponent(s); !part.is_absent())
                            out.push_back(part.raw().data());
                }
        }
    return out;
}

// A lazy message sees what a parsed one sees, whatever is damaged.
TEST(Hl7v2Mutation, LazyAndEagerAgree) {
    std::mt19937 chance(7);
    const std::string_view alphabet = "|^~\\&\r\n\"MSHPID1 \x1c\x0b#";
    int parsed = 0, changed = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string damaged(text);
        for (unsigned i = 0, n = 1 + chance() % 4; i < n; ++i) {
            const std::size_t at = chance() % damaged.size();
            switch (chance() % 3) {
                case 0: damaged.erase(at, 1 + chance() % 3); break;
                case 1: damaged.insert(at, 1, alphabet[chance() % alphabet.size()]); break;
                default: damaged[at] = alphabet[chance() % alphabet.size()];
            }
        }
        auto message = Message::parse(damaged);
        if (!message.ok()) {
            EXPECT_EQ(message.error().code, ErrorCode::invalid_syntax);
            EXPECT_LE(message.error().offset, damaged.size());
            continue;
        }
        ++parsed;
        const LazyMessage lazy(damaged);
        for (const Segment &segment : message.value()) {
            std::size_t at = 0;
            bool found = false;
            while (auto other = lazy.find(segment.id(), at))
                found |= other->offset() == segment.offset() && other->text() == segment.text();
            ASSERT_TRUE(found);
        }
        std::size_t covered = 0;
        for (const Segment &segment : message.value()) {
            ASSERT_GE(segment.offset(), covered);
            covered = segment.offset() + segment.text().size();
        }
        ASSERT_LE(covered, damaged.size());
        Leaves leaves(message.value());
        Leaves::Leaf leaf;
        std::vector<const char *> found;
        while (leaves.next(leaf)) found.push_back(leaf.value.raw().data());
        ASSERT_EQ(found, walked(message.value()));
        // One lazy message, asked in any order, and a look at all that matches.
        for (int i = 0; i < 20; ++i) {
            static constexpr const char *segments[] = {"MSH", "PID", "OBX", "OBX[2]", "ZPI"};
            std::string written = segments[chance() % 5];
            written += '-' + std::to_string(1 + chance() % 12);
            if (chance() % 3 == 0) written += '[' + std::to_string(1 + chance() % 3) + ']';
            for (unsigned n = chance() % 3; n > 0; --n)
                written += '.' + std::to_string(1 + chance() % 4);
            const Path path = Path::parse(written).value();
            Matches matches(lazy, path);
            Value first;
            if (!matches.next(first)) first = Value();
            const Found one = first_match(lazy, path);
            ASSERT_EQ(one.value.raw(), first.raw()) << written;
            ASSERT_EQ(one.escaped, first.has_escape()) << written;
            // What stands behind its front decides nothing.
            std::string other = damaged;
            for (std::size_t at = one.front; at < other.size(); ++at)
                if (chance() % 3 == 0) other[at] = alphabet[chance() % alphabet.size()];
            if (!Message::parse(other).ok()) continue;
            ++changed;
            const Found same = first_match(LazyMessage(other), path);
            ASSERT_EQ(one.value.raw(), same.value.raw()) << written;
            ASSERT_EQ(one.escaped, same.escaped) << written;
        }
    }
    EXPECT_GT(changed, 5000);
    EXPECT_GT(parsed, 5000);
    EXPECT_LT(parsed, 20000);
}
