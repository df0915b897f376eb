#include "fhir/to_xml.h"

#include "fhir/narrative.h"
#include "xml/escape.h"
#include "xml/reader.h"

namespace clinical::fhir {

using core::Error;
using core::ErrorCode;

namespace {

// Whether a document is one div of XHTML.
struct Div final : xml::Handler {
    void start(const xml::Tag &tag) override {
        if (depth++ == 0) is_div = tag.name.local == "div" && tag.name.uri == xml::xhtml_namespace;
    }
    void end(const xml::Name &) override { --depth; }
    int depth = 0;
    bool is_div = false;
};

}  // namespace

void XmlOutput::open(std::string_view name) { (text_ += '<') += name; }

void XmlOutput::attribute(std::string_view name, std::string_view value) {
    if (!xml::is_text(value)) refuse("a control character that XML does not allow");
    ((text_ += ' ') += name) += "=\"";
    xml::append_attribute(text_, value);
    text_ += '"';
}

void XmlOutput::end_tag(bool is_empty) {
    text_ += is_empty ? "/>" : ">";
    if (text_.size() > limits_.message_bytes)
        throw Error{ErrorCode::limit_exceeded, "the resource is too large as XML",
                    "More than " + std::to_string(limits_.message_bytes) + " bytes.", 0};
}

void XmlOutput::close(std::string_view name) { ((text_ += "</") += name) += '>'; }

void XmlOutput::narrative(std::string_view div) {
    std::string renamed;
    if (may_have_html_names(div)) div = renamed = without_html_names(div);
    Div check;
    if (xml::read(div, check, limits_) || !check.is_div)
        refuse("the narrative is not a well-formed div of XHTML");
    text_ += div;
}

void XmlOutput::refuse(std::string_view reason) const {
    throw Error{ErrorCode::invalid_value, "the resource has no form in XML",
                (path_.empty() ? std::string("The document: ") : "At " + path_ + ": ") +
                    std::string(reason) + ".",
                0};
}

XmlOutput::Step::Step(XmlOutput &out, std::string_view name, int index)
    : out_(out), length_(out.path_.size()) {
    if (out.depth_ >= out.limits_.depth)
        throw Error{ErrorCode::limit_exceeded, "the resource is nested too deeply",
                    "More than " + std::to_string(out.limits_.depth) + " levels.", 0};
    ++out.depth_;
    if (++out.steps_ % 1024 == 0) out.limits_.interrupt.poll();
    if (name.empty()) return;
    if (!out.path_.empty()) out.path_ += '.';
    out.path_ += name;
    if (index >= 0) out.path_ += "[" + std::to_string(index) + "]";
}

XmlOutput::Step::~Step() {
    out_.path_.resize(length_);
    --out_.depth_;
}

}  // namespace clinical::fhir
