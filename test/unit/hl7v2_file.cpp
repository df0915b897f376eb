#include <gtest/gtest.h>

#include "hl7v2/file.h"

using namespace std::string_literals;
namespace core = clinical::core;
using clinical::hl7v2::complete_prefix;
using clinical::hl7v2::FileReader;
using clinical::hl7v2::Record;

namespace {

const std::string a = "MSH|^~\\&|A||||||1\rPID|1";
const std::string b = "MSH|^~\\&|B||||||2\rPID|1";

// "offset:M" a message, "offset:J" what cannot be used, "+code" its issue.
std::string pieces(std::string_view contents, std::string_view fallback = {}) {
    FileReader reader(contents, fallback);
    Record r;
    std::string out;
    while (reader.next(r)) {
        if (!out.empty()) out += ' ';
        out += std::to_string(r.byte_offset) + (r.usable() ? ":M" : ":J");
        if (r.issue) out += "+" + r.issue->format_code;
    }
    return out;
}

std::string message(std::string_view contents, std::string_view fallback = {}) {
    FileReader reader(contents, fallback);
    Record r;
    return reader.next(r) && r.usable() ? std::string(r.message) : "none";
}

std::string utf16(std::string_view ascii, bool big_endian) {
    std::string out;
    for (char c : ascii) {
        if (big_endian) out += '\0';
        out += c;
        if (!big_endian) out += '\0';
    }
    return out;
}

}  // namespace

TEST(Hl7v2File, Concatenation) {
    for (const std::string e : {"\r", "\n", "\r\n", "\r\r", "\n\n\n", "\r\n  \r\n"}) {
        const auto second = std::to_string(a.size() + e.size());
        EXPECT_EQ(pieces(a + e + b + e), "0:M " + second + ":M");
        EXPECT_EQ(pieces(a + e + b), "0:M " + second + ":M");
    }
    EXPECT_EQ(pieces(""), "");
    EXPECT_EQ(pieces("\r\n \t\x1a"), "");
    EXPECT_EQ(pieces("\xef\xbb\xbf" + a), "3:M");
    // Files put together keep each its own byte order mark.
    const std::string marked = "\xef\xbb\xbf" + a + "\r\n";
    EXPECT_EQ(pieces(marked + marked + "\xef\xbb\xbf" + "BHS|^~\\&\r" + marked), "3:M 31:M 71:M");
    EXPECT_EQ(complete_prefix(marked + marked, false), marked.size());
    // MSH inside a field starts nothing.
    EXPECT_EQ(pieces(a + "|see MSH|^~\\&|X"), "0:M");
}

TEST(Hl7v2File, Frames) {
    EXPECT_EQ(pieces("\x0b" + a + "\r\x1c\r\x0b" + b + "\r\x1c\r"), "1:M 28:M");
    EXPECT_EQ(pieces("\x0b" + a + "\x1c\x0b" + b + "\x1c"), "1:M 26:M");
    EXPECT_EQ(pieces("\x0b" + a + "\r\x1c\rjunk\r\x0b" + b + "\x1c\r"), "1:M 27:J+malformed 33:M");
    // A vertical tab in text is data (Word's soft line end).
    EXPECT_EQ(message(a + "|x\x0by\rPV1|1\r"), a + "|x\x0by\rPV1|1");
}

TEST(Hl7v2File, Batches) {
    const std::string head = "FHS|^~\\&|F\rBHS|^~\\&|F\r";
    EXPECT_EQ(pieces(head + a + "\r" + b + "\rBTS|2\rFTS|1\r"), "22:M 46:M");
    EXPECT_EQ(pieces(head + a + "\r" + b + "\rBTS|3\rFTS|1\r"), "22:M 46:M 70:J+count-mismatch");
    EXPECT_EQ(pieces(head + a + "\rBTS|1\rFTS|2\r"), "22:M 52:J+count-mismatch");
    EXPECT_EQ(pieces(head + a + "\rBTS||all\rFTS\r"), "22:M");
    EXPECT_EQ(pieces(head + "BTS|0\rFTS|1"), "");
    // BHS may be left out: the messages are one batch all the same.
    EXPECT_EQ(pieces("FHS|^~\\&|F\r" + a + "\r" + b + "\rFTS|1\r"), "11:M 35:M");
    EXPECT_EQ(pieces("FHS|^~\\&|F\r" + a + "\rBTS|2\rFTS|1\r"), "11:M 35:J+count-mismatch");
    EXPECT_EQ(pieces("FHS|^~\\&|F\r" + a + "\rFTS|1\r" + b + "\rBTS|9\r"), "11:M 41:M");
    // A trailer without its header, as in the second chunk of a file, is not judged.
    EXPECT_EQ(pieces(a + "\rBTS|99\rFTS|99\r"), "0:M");
    EXPECT_EQ(pieces("BHS|^~\\&\n" + a + "\nBTS|1\nBHS|^~\\&\n" + b + "\nBTS|x\n"),
              "9:M 48:M 72:J+count-mismatch");
}

TEST(Hl7v2File, NothingIsLost) {
    EXPECT_EQ(pieces("just some text"), "0:J+malformed");
    EXPECT_EQ(pieces("PID|1\rPV1|1\r" + a), "0:J+malformed 12:M");
    EXPECT_EQ(pieces("MSH|"), "0:J+malformed");
    EXPECT_EQ(pieces(a + "\r|broken|\r" + b), "0:J+malformed 33:M");
    EXPECT_EQ(pieces("\xff\xfe"), "");
    EXPECT_EQ(pieces("# a comment\n# more\n" + a + "\n# next\n" + b), "19:M 50:M");
    EXPECT_EQ(message(a + "|text\n# not a comment\nPV1|1"), a + "|text\n# not a comment\nPV1|1");
}

// Every byte is in a record or means nothing.
TEST(Hl7v2File, RecordsCoverTheBytes) {
    const std::string contents = "\xef\xbb\xbf\r\njunk \rFHS|^~\\&\r" + a + "\r\n\x1c\r" + b +
                                 "\n more\nBTS|2\r\x1a" + a + "\0\0\0"s;
    FileReader reader(contents, {});
    Record r;
    std::size_t at = 0;
    std::string between;
    while (reader.next(r)) {
        EXPECT_GE(r.byte_offset, at);
        EXPECT_EQ(r.raw.data(), contents.data() + r.byte_offset);
        between += contents.substr(at, r.byte_offset - at);
        at = r.byte_offset + r.raw.size();
    }
    between += contents.substr(at);
    EXPECT_EQ(between, "\xef\xbb\xbf\r\n\rFHS|^~\\&\r\r\n\x1c\r\nBTS|2\r\x1a\0\0\0"s);
}

TEST(Hl7v2File, Charsets) {
    const std::string header = "MSH|^~\\&|A|||||||1||||||||";
    auto in = [&](std::string_view charset, std::string_view bytes) {
        return header + std::string(charset) + "\rPID|" + std::string(bytes);
    };
    auto out = [&](std::string_view contents, std::string_view fallback = {}) {
        const std::string text = message(contents, fallback);
        return text.substr(text.find("PID|") + 4);
    };
    EXPECT_EQ(out(in("8859/1", "\xe9")), "é");
    EXPECT_EQ(out(in("8859/1~ISO IR87", "\xe9")), "é");
    EXPECT_EQ(out(in("iso-8859-15", "\xa4")), "€");
    EXPECT_EQ(out(in("8859/5", "\xd6")), "ж");
    EXPECT_EQ(out(in("UNICODE UTF-8", "\xc3\xa9")), "é");
    EXPECT_EQ(out(in("GB 18030-2000", "\xc4\xe3")), "你");
    EXPECT_EQ(out(in("KS X 1001", "\xb0\xa1")), "가");
    EXPECT_EQ(out(in("BIG-5", "\xa7\x41")), "你");
    EXPECT_EQ(out(in("ISO IR87", "\x1b$B;3\x1b(B")), "山");
    // The second byte of these characters is | and ^ in ASCII: decoding comes before cutting.
    EXPECT_EQ(out(in("SHIFT_JIS", "\x83\x7c\x83\x5e|x")), "ポタ|x");
    EXPECT_EQ(pieces(in("8859/1", "\x93")), "0:M+charset-assumed");
    EXPECT_EQ(out(in("8859/1", "\x93")), "“");
    // Nothing stated.
    EXPECT_EQ(out(in("", "\xc3\xa9")), "é");
    EXPECT_EQ(pieces(in("", "\xc3\xa9")), "0:M");
    EXPECT_EQ(out(in("", "\xe9")), "é");
    EXPECT_EQ(pieces(in("", "\xe9")), "0:M+charset-assumed");
    EXPECT_EQ(pieces(in("ASCII", "\xe9")), "0:M+charset-assumed");
    EXPECT_EQ(pieces(in("no such set", "\xe9")), "0:M+charset-assumed");
    EXPECT_EQ(pieces(in("no such set", "\xc3\xa9")), "0:M+charset-assumed");
    EXPECT_EQ(pieces(in("no such set", "e")), "0:M");
    EXPECT_EQ(out(in("", "\xd6"), "8859/5"), "ж");
    EXPECT_EQ(pieces(in("", "\xd6"), "8859/5"), "0:M");
    // Stated, and not kept.
    EXPECT_EQ(out(in("UNICODE UTF-8", "a\xe9z")), "a\xef\xbf\xbdz");
    EXPECT_EQ(pieces(in("UNICODE UTF-8", "a\xe9z")), "0:M+charset-invalid");
    EXPECT_EQ(out(in("", "a\0z"s)), "a\xef\xbf\xbdz");
    EXPECT_EQ(out(in("SHIFT_JIS", "a\xfd\0z"s)), "a\xef\xbf\xbd\xef\xbf\xbdz");
}

TEST(Hl7v2File, CharsetNames) {
    // Table 0211, the parts of ISO 8859 that it lacks, names of IANA, DICOM and Windows.
    const std::pair<const char *, std::string> cases[] = {
        {"8859/2", "\xa3|Ł"},
        {"8859/3", "\xa6|Ĥ"},
        {"8859/4", "\xbf|ŋ"},
        {"8859/6", "\xe5|م"},
        {"8859/7", "\xd0|Π"},
        {"8859/8", "\xf9|ש"},
        {"8859/9", "\xfd|ı"},
        {"8859/10", "\xbf|ŋ"},
        {"8859/13", "\xc0|Ą"},
        {"8859/14", "\xd0|Ŵ"},
        {"ISO8859/15", "\xa4|€"},
        {"ISO 8859-2", "\xa3|Ł"},
        {"CNS 11643-1992", "\xa4\xa4|"},
        {"GB2312", "\xd6\xd0|中"},
        {"KS X 1001", "\x8c\x63|똠"},
        {"ISO_IR 100", "\xe9|é"},
        {"ISO_IR 144", "\xb8|И"},
        {"ISO IR149", "\xb0\xa1|가"},
        {"1250", "\xa3|Ł"},
        {"WIN1251", "\xc8|И"},
        {"CP1252", "\x93|“"},
        {"ISO IR14", "\xd4|ﾔ"},
        {"ISO IR13", "\xd4|ﾔ"},
        {"TIS-620", "\xa1|ก"},
        {"ISO_IR 192", "\xc3\xa9|é"},
        {"CP932", "\x87\x40|①"},
        {"KOI8-R", "\xe9|И"},
    };
    for (const auto &[charset, both] : cases) {
        const auto bar = both.find('|', 1);
        const std::string bytes = both.substr(0, bar), expected = both.substr(bar + 1);
        const std::string contents =
            "MSH|^~\\&|A|||||||1||||||||" + std::string(charset) + "\rPID|" + bytes;
        const std::string text = message(contents);
        EXPECT_EQ(pieces(contents), "0:M") << charset;
        if (!expected.empty()) {
            EXPECT_EQ(text.substr(text.find("PID|") + 4), expected) << charset;
        }
        EXPECT_EQ(core::encode(text, *core::charset_named(charset)), contents) << charset;
    }
    // ICU knows the name and has no such set.
    EXPECT_EQ(core::charset_named("8859/16"), std::nullopt);
    EXPECT_EQ(core::charset_named("8859/1,x"), std::nullopt);
}

TEST(Hl7v2File, JapaneseEscapeSequences) {
    auto out = [&](std::string_view charset, std::string_view bytes) {
        const std::string text = message("MSH|^~\\&|A|||||||1||||||||" + std::string(charset) +
                                         "|JPN|ISO 2022-1994\rPID|" + std::string(bytes));
        return text.substr(text.find("PID|") + 4);
    };
    // The second set is what the bytes switch to; the first, left out, is ASCII.
    const std::string_view name = "\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B";
    for (const char *list : {"~ISO IR87", "ISO IR6~ISO IR87", "ASCII~ISO IR87~ISO IR159",
                             "ISO IR14~ISO IR87", "JIS X 0202"})
        EXPECT_EQ(out(list, name), "山田^太郎") << list;
    EXPECT_EQ(out("~ISO IR87~ISO IR159", "\x1b$(D0!\x1b(B"), "丂");
    EXPECT_EQ(out("~ISO IR14~ISO IR87", "\x1b(IT\x1b(B^\xd4"), "ﾔ^ﾔ");
    // Behind ESC ( J a tilde still divides repetitions.
    EXPECT_EQ(out("~ISO IR87", "\x1b$B;3\x1b(J~\\T\\"), "山~\\T\\");
    // A line end is followed by ASCII.
    EXPECT_EQ(out("~ISO IR87", "\x1b$B;3\rPV1|1"), "山\rPV1|1");
    EXPECT_EQ(out("~ISO IR87", "\x1b$B;\x1b(Bx\x1bQ"), "\xef\xbf\xbdx\x1bQ");
    // The one that is stated first is what the message is in, if it can be more than ASCII.
    EXPECT_EQ(out("UNICODE UTF-8~ISO IR87", "\xe5\xb1\xb1"), "山");
    EXPECT_EQ(out("~8859/1", "\xe9"), "é");
    const std::string text = "山ﾔ丂A";
    const auto bytes = core::encode(text, "ISO-2022-JP");
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(*bytes, "\x1b$B;3\x1b(IT\x1b$(D0!\x1b(BA");
    EXPECT_EQ(core::encode("é가", "ISO-2022-JP"), std::nullopt);
    EXPECT_EQ(core::encode("a\x1b(Bc", "ISO-2022-JP"), std::nullopt);
}

// The second byte of a character in the header looks like a delimiter, so that MSH-18 seems to be a
// later field.
TEST(Hl7v2File, CharsetBehindTrailBytes) {
    const std::string facility = "\x83\x54\x83\x62\x83\x7c\x83\x8d";  // サッポロ
    const std::string sjis = "MSH|^~\\&|A|" + facility + "||||||1||||||||SHIFT_JIS\rPID|x";
    EXPECT_EQ(message(sjis), "MSH|^~\\&|A|サッポロ||||||1||||||||SHIFT_JIS\rPID|x");
    EXPECT_EQ(pieces(sjis), "0:M");
    // The second byte of 似 in JIS.
    const std::string jis = "MSH|^~\\&|A|\x1b$B;|\x1b(B||||||1||||||||~ISO IR87\rPID|x";
    EXPECT_EQ(pieces(jis), "0:M");
    EXPECT_EQ(message(jis).find("ISO IR87\rPID|x"), message(jis).size() - 14);
    // Nothing that follows is a charset: as before.
    EXPECT_EQ(pieces("MSH|^~\\&|A|\x83\x7c||||||1\rPID|x"), "0:M+charset-assumed");
}

TEST(Hl7v2File, WideCharsets) {
    const std::string file = a + "\r\n" + b + "\r\n";
    EXPECT_EQ(pieces("\xff\xfe"s + utf16(file, false)), "2:M 52:M");
    EXPECT_EQ(pieces("\xfe\xff"s + utf16(file, true)), "2:M 52:M");
    EXPECT_EQ(pieces(utf16(file, false)), "0:M 50:M");
    EXPECT_EQ(message(utf16(file, true)), a);
    EXPECT_EQ(complete_prefix(utf16(file, true), false), 50u);
}

TEST(Hl7v2File, ChunksAreCutWhereMessagesStart) {
    EXPECT_EQ(complete_prefix(a + "\r", false), 0u);
    EXPECT_EQ(complete_prefix("\r\n" + a + "\r", false), 0u);
    EXPECT_EQ(complete_prefix(a + "\r", true), a.size() + 1);
    EXPECT_EQ(complete_prefix(a + "\r" + b, false), a.size() + 1);
    EXPECT_EQ(complete_prefix(a + "\rMSH", false), 0u);
    EXPECT_EQ(complete_prefix(a + "\rFTS", false), 0u);  // FTSX would be none
    EXPECT_EQ(complete_prefix(a + "\r# x\r#y\r" + b, false), a.size() + 1);
    EXPECT_EQ(complete_prefix(a + "\x1c\r\x0b" + b, false), a.size() + 3);
    EXPECT_EQ(complete_prefix("junk MSH|", false), 0u);
    EXPECT_EQ(complete_prefix("", false), 0u);
    EXPECT_EQ(complete_prefix("", true), 0u);
}

// Whatever the chunks, the records are the same.  The short ones were found by the fuzzer.
TEST(Hl7v2File, ChunksGiveTheSameRecords) {
    const std::string files[] = {
        "\xef\xbb\xbfjunk\n# c\n" + a + "|\xc3\xa9\r\n# d\n" + b + "\n1st\n\x0b" + a +
            "\x1c\r\x0b" + b + "\rPV1|\r\x1c\rFHS|^~\\&\r" + a + "\rBTS|1\r",
        "S\nFTS\xe9",
        "u&\n#\rBHS}~&A]c\nMS\rMSHH|",
        "||\x0b\x1cMSH|I",
        "7k\n\n #Js\nMSH|x",
        "i\x1c#\rMSH^\r",
        "FHS\x1cMSH|1",
        ";\x1c"
        "BHS\x1a^",
    };
    auto records = [](std::string_view contents, std::string &out) {
        FileReader reader(contents, {});
        Record r;
        while (reader.next(r)) out += std::string(r.raw) + (r.usable() ? "\n=\n" : "\n?\n");
    };
    for (const std::string &file : files) {
        std::string whole;
        records(file, whole);
        for (std::size_t size = 1; size <= file.size(); ++size) {
            std::string out, held;
            for (std::size_t at = 0; at < file.size(); at += size) {
                held += file.substr(at, size);
                const std::size_t cut = complete_prefix(held, at + size >= file.size());
                records(std::string_view(held).substr(0, cut), out);
                held.erase(0, cut);
            }
            ASSERT_EQ(out, whole) << "chunks of " << size;
        }
    }
}

TEST(Hl7v2File, RecordsOfOnePatientAreInOneSlice) {
    using clinical::hl7v2::slice_of;
    const std::string msh = "MSH|^~\\&|A|B|||20260101||ADT^A08|1|P|2.5\r";
    const auto slice = [&](const std::string &rest) { return slice_of(msh + rest, 7); };
    EXPECT_EQ(slice("PID|1||77^^^A^MR\rPV1|1|I"), slice("PID|1|x|77&q~8||Doe\n"));
    EXPECT_EQ(slice("PID|1|77\r"), slice("EVN|A08\r\nPID|1||77\r"));
    // Two patients: in none of the slices.
    EXPECT_EQ(slice("PID|1||77\rMRG|78\r"), 7);
    EXPECT_EQ(slice("PID|1||77\rPID|1||78\r"), 7);
    // Parts of a message.
    EXPECT_EQ(slice("PID|1||77\rDSC|P1|F\r"), 7);
    EXPECT_EQ(slice_of("MSH|^~\\&|A|B|C|D|1||ORU^R01|9|P|2.5||P1\rOBX|1\r", 7), 7);
    // Numbers spread; what names nobody goes by its bytes.
    std::vector<int> hits(7);
    for (int n = 0; n < 700; n++) {
        const int s = slice("PID|1||" + std::to_string(n) + "\r");
        ASSERT_TRUE(s >= 0 && s < 7);
        hits[static_cast<std::size_t>(s)]++;
    }
    for (const int n : hits) EXPECT_GT(n, 50);
    for (const std::string &odd : {std::string(), std::string("PID"), std::string("\rPID"),
                                   std::string("\rPID|"), std::string("\r\r\nPID|1||")}) {
        EXPECT_GE(slice_of(odd, 3), 0);
        EXPECT_LT(slice_of(odd, 3), 3);
    }
}
