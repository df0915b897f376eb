#include "xml/reader.h"

#include <gtest/gtest.h>

#include "xml/escape.h"

using namespace clinical;
using core::ErrorCode;

namespace {

// The events as one line: {ns}name[attr=value](text)...
struct Dump : xml::Handler {
    void start(const xml::Tag &tag) override {
        out += "<" + std::string(tag.name.local);
        if (!tag.name.uri.empty()) out += "{" + std::string(tag.name.uri) + "}";
        for (const auto &a : tag.attributes)
            out += " " + std::string(a.name.local) + "=" + std::string(a.value);
        out += ">";
        starts.push_back(place());
    }
    void end(const xml::Name &name) override {
        out += "</" + std::string(name.local) + ">";
        ends.push_back(place());
    }
    void text(std::string_view piece) override { out += piece; }
    void comment(std::string_view text) override { out += "!" + std::string(text); }
    void instruction(std::string_view target, std::string_view) override {
        out += "?" + std::string(target);
    }
    std::string out;
    std::vector<xml::Place> starts, ends;
};

std::string dump(std::string_view text, core::Limits limits = {}) {
    Dump d;
    if (auto error = xml::read(text, d, limits)) return "refused: " + error->where;
    return d.out;
}

ErrorCode code_of(std::string_view text, core::Limits limits = {}) {
    Dump d;
    const auto error = xml::read(text, d, limits);
    EXPECT_TRUE(error) << text.substr(0, 60);
    return error ? error->code : ErrorCode::corrupt;
}

std::string repeated(int n, const char *text) {
    std::string out;
    for (int i = 0; i < n; ++i) out += text;
    return out;
}

}  // namespace

TEST(XmlReader, Events) {
    const struct {
        const char *xml, *events;
    } cases[] = {
        {"<a/>", "<a></a>"},
        {"<?xml version='1.0' encoding='ISO-8859-1'?>\n<a b='1' c=\"2\">x</a>\n",
         "<a b=1 c=2>x</a>"},
        {"<a xmlns='urn:x'><b:c xmlns:b='urn:y' b:d='1'/></a>", "<a{urn:x}><c{urn:y} d=1></c></a>"},
        {"<a b='&amp;&lt;&#38;&#x26;&quot;'>&amp;&lt;&gt;&apos;&#10;</a>",
         "<a b=&<&&\">&<>'\n</a>"},
        {"<a><![CDATA[<x>&amp;]]></a>", "<a><x>&amp;</a>"},
        {"<a><!--c--><?p d?></a>", "<a>!c?p</a>"},
        {"<a>\xC3\xA4</a>", "<a>\xC3\xA4</a>"},
        {"\xEF\xBB\xBF<a/>", "<a></a>"},
        {"<a b='x\ny'/>", "<a b=x y></a>"},
        {"<a b='x&#10;y'/>", "<a b=x\ny></a>"},
    };
    for (const auto &c : cases) EXPECT_EQ(dump(c.xml), c.events) << c.xml;
}

TEST(XmlReader, RefusesWithAPlaceAndWithoutContent) {
    const struct {
        const char *xml, *where;
    } cases[] = {
        {"", "There is no root element."},
        {"secret", "Line 1, column 1: there is no root element."},
        {"<a>\n<secret></a>", "Line 2, column 13: the end tag does not match its start tag."},
        {"<a/><secret/>", "Line 1, column 5: something follows the root element."},
        {"<a secret/>", "Line 1, column 10: an attribute has no value."},
        {"<a secret='1' secret='2'/>",
         "Line 1, column 25: the element has this attribute already."},
        {"<a>&secret;</a>", "Line 1, column 12: an entity is none of the five that XML defines."},
        {"<a b='&secret;'/>", "Line 1, column 15: an entity is none of the five that XML defines."},
        {"<secret:a/>", "Line 1, column 10: a prefix has no namespace."},
        {"<a>\x01</a>", "Line 1, column 4: a character that XML does not allow."},
        {"<a b=secret/>", "Line 1, column 6: an attribute's value is not in quotes."},
    };
    for (const auto &c : cases) {
        Dump d;
        const auto error = xml::read(c.xml, d, {});
        ASSERT_TRUE(error) << c.xml;
        EXPECT_EQ(error->where, c.where) << c.xml;
        EXPECT_EQ(error->where.find("secret"), std::string::npos);
        EXPECT_EQ(error->code, ErrorCode::invalid_syntax);
    }
    EXPECT_EQ(code_of("<a>\xC3</a>"), ErrorCode::invalid_syntax);
    EXPECT_EQ(code_of(std::string_view("<a>\0</a>", 8)), ErrorCode::invalid_syntax);
}

TEST(XmlReader, NoDocumentTypeHenceNoEntities) {
    for (const char *xml : {
             "<!DOCTYPE a><a/>",
             "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
             "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
             "<!DOCTYPE a [<!ENTITY x 'xxxxxxxxxx'><!ENTITY y '&x;&x;'>]><a>&y;</a>",
             "<!DOCTYPE a PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'http://x.example/x.dtd'><a/>",
         }) {
        Dump d;
        const auto error = xml::read(xml, d, {});
        ASSERT_TRUE(error) << xml;
        EXPECT_EQ(error->code, ErrorCode::unsupported) << xml;
        EXPECT_EQ(d.out, "");
    }
}

TEST(XmlReader, Limits) {
    core::Limits limits;
    limits.depth = 10;
    EXPECT_EQ(dump(repeated(10, "<a>") + repeated(10, "</a>"), limits).substr(0, 3), "<a>");
    EXPECT_EQ(code_of(repeated(11, "<a>") + repeated(11, "</a>"), limits),
              ErrorCode::limit_exceeded);
    limits = {};
    EXPECT_EQ(code_of(repeated(100'000, "<a>"), limits), ErrorCode::limit_exceeded);
    limits.nodes = 100;
    EXPECT_EQ(code_of("<a>" + repeated(100, "<b/>") + "</a>", limits), ErrorCode::limit_exceeded);
    limits = {};
    limits.message_bytes = 10;
    EXPECT_EQ(code_of("<a>1234567</a>", limits), ErrorCode::limit_exceeded);

    std::string many = "<a";
    for (int i = 0; i < 100'000; ++i) many += " b" + std::to_string(i) + "=''";
    EXPECT_EQ(code_of(many + "/>"), ErrorCode::limit_exceeded);
    std::string names;
    for (int i = 0; i < 300; ++i) names += "<a xmlns:n" + std::to_string(i) + "='urn:x'>";
    EXPECT_EQ(code_of(names), ErrorCode::limit_exceeded);
    // A value of any length.
    const std::string large(20u << 20, 'x');
    EXPECT_EQ(dump("<a b='" + large + "'/>").size(), large.size() + 10);
}

TEST(XmlReader, PlacesCutTheSource) {
    const std::string text = "<a>\n <b c='>'>x</b><d/>\n</a>";
    Dump d;
    ASSERT_FALSE(xml::read(text, d, {}));
    ASSERT_EQ(d.starts.size(), 3u);
    const auto cut = [&](const xml::Place &from, const xml::Place &to) {
        return text.substr(from.begin, to.end - from.begin);
    };
    EXPECT_EQ(cut(d.starts[1], d.ends[0]), "<b c='>'>x</b>");
    EXPECT_EQ(cut(d.starts[2], d.ends[1]), "<d/>");
    EXPECT_EQ(cut(d.starts[0], d.ends[2]), text);
    EXPECT_EQ(d.starts[1].line, 2);
}

TEST(XmlReader, AHandlerRefuses) {
    struct Refuses : xml::Handler {
        void start(const xml::Tag &) override {
            if (++count == 2) throw core::Error{ErrorCode::invalid_value, "no", "here", 7};
            if (count > 2) FAIL();
        }
        int count = 0;
    } handler;
    const auto error = xml::read("<a><b/><c/></a>", handler, {});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->where, "here");
    struct Throws : xml::Handler {
        void text(std::string_view) override { throw 42; }
    } throws;
    EXPECT_THROW((void)xml::read("<a>x</a>", throws, {}), int);
}

TEST(XmlEscape, ComesBack) {
    const std::string text = "a&b<c>d\"e'f\tg\nh\ri \xC3\xA4 ]]>";
    std::string doc = "<a b=\"";
    xml::append_attribute(doc, text);
    doc += "\">";
    xml::append_text(doc, text);
    EXPECT_EQ(dump(doc + "</a>"), "<a b=" + text + ">" + text + "</a>");
    EXPECT_TRUE(xml::is_text(text));
    EXPECT_FALSE(xml::is_text("\x01"));
    EXPECT_FALSE(xml::is_text("x\xEF\xBF\xBE"));
    EXPECT_TRUE(xml::is_text("\xEF\xBF\xBD"));
}
