#include "xml/reader.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <vector>

namespace clinical::xml {

using core::Error;
using core::ErrorCode;

namespace {

std::string_view view(const xmlChar *text) {
    return text ? std::string_view(reinterpret_cast<const char *>(text)) : std::string_view();
}

std::string place_text(int line, int column) {
    return "Line " + std::to_string(line) + ", column " + std::to_string(column) + ": ";
}

// What is wrong, in words of ours: libxml2's messages quote names and values.
const char *reason_of(int code) {
    switch (code) {
        case XML_ERR_DOCUMENT_EMPTY:
        case XML_ERR_DOCUMENT_START: return "there is no root element.";
        case XML_ERR_DOCUMENT_END: return "something follows the root element.";
        case XML_ERR_TAG_NAME_MISMATCH: return "the end tag does not match its start tag.";
        case XML_ERR_TAG_NOT_FINISHED: return "the document ends inside an element.";
        case XML_ERR_GT_REQUIRED: return "a tag has no \">\".";
        case XML_ERR_LTSLASH_REQUIRED: return "an end tag is expected.";
        case XML_ERR_NAME_REQUIRED: return "a name is expected.";
        case XML_ERR_SPACE_REQUIRED: return "white space is expected.";
        case XML_ERR_EQUAL_REQUIRED:
        case XML_ERR_ATTRIBUTE_WITHOUT_VALUE: return "an attribute has no value.";
        case XML_ERR_ATTRIBUTE_NOT_STARTED:
        case XML_ERR_ATTRIBUTE_NOT_FINISHED: return "an attribute's value is not in quotes.";
        case XML_ERR_LT_IN_ATTRIBUTE: return "an attribute's value has a bare \"<\".";
        case XML_ERR_ATTRIBUTE_REDEFINED: return "the element has this attribute already.";
        case XML_ERR_UNDECLARED_ENTITY:
        case XML_WAR_UNDECLARED_ENTITY: return "an entity is none of the five that XML defines.";
        case XML_ERR_ENTITYREF_SEMICOL_MISSING:
        case XML_ERR_ENTITYREF_NO_NAME:
        case XML_ERR_NAME_TOO_LONG:
        case XML_ERR_CHARREF_AT_EOF:
        case XML_ERR_INVALID_HEX_CHARREF:
        case XML_ERR_INVALID_DEC_CHARREF:
        case XML_ERR_INVALID_CHARREF: return "a reference (\"&...;\") is not complete.";
        case XML_ERR_INVALID_CHAR: return "a character that XML does not allow.";
        case XML_ERR_INVALID_ENCODING: return "bytes that are not UTF-8.";
        case XML_ERR_COMMENT_NOT_FINISHED: return "a comment does not end.";
        case XML_ERR_HYPHEN_IN_COMMENT: return "a comment has \"--\" inside.";
        case XML_ERR_PI_NOT_FINISHED: return "a processing instruction does not end.";
        case XML_ERR_RESERVED_XML_NAME: return "the XML declaration is not at the start.";
        case XML_ERR_CDATA_NOT_FINISHED: return "a CDATA section does not end.";
        case XML_ERR_MISPLACED_CDATA_END: return "text has a bare \"]]>\".";
        case XML_NS_ERR_UNDEFINED_NAMESPACE: return "a prefix has no namespace.";
        default: return "this is not well-formed XML.";
    }
}

// libxml2 2.9 compares every pair of attributes of an element: what has more than our bound must
// not reach it.  Looks at start tags alone and does not care what else is wrong.
std::optional<std::size_t> crowded_tag(std::string_view text) {
    const auto skip = [&](std::size_t at, std::string_view end) {
        const std::size_t found = text.find(end, at);
        return found == std::string_view::npos ? text.size() : found + end.size();
    };
    std::size_t at = 0;
    while ((at = text.find('<', at)) != std::string_view::npos) {
        const std::string_view rest = text.substr(at);
        if (rest.starts_with("<!--")) {
            at = skip(at + 4, "-->");
        } else if (rest.starts_with("<![CDATA[")) {
            at = skip(at, "]]>");
        } else if (rest.starts_with("<?")) {
            at = skip(at, "?>");
        } else {
            std::size_t attributes = 0;
            const std::size_t begin = at++;
            while (at < text.size() && text[at] != '>') {
                const char c = text[at++];
                if (c == '"' || c == '\'') {
                    const std::size_t close = text.find(c, at);
                    at = close == std::string_view::npos ? text.size() : close + 1;
                }
                if (c == '=' && ++attributes > max_attributes) return begin;
            }
        }
    }
    return std::nullopt;
}

struct FreeContext {
    void operator()(xmlParserCtxt *context) const { xmlFreeParserCtxt(context); }
};

}  // namespace

std::string Handler::line_and_column() const { return place_text(place_.line, place_.column); }

// One document being read.  libxml2 is C: no exception may cross it, so what a handler throws is
// kept, the parser is stopped, and run() throws it again.
class Session {
public:
    Session(std::string_view document, Handler &handler, const core::Limits &limits)
        : document_(document), handler_(handler), limits_(limits) {}

    std::optional<Error> run() {
        std::unique_ptr<xmlParserCtxt, FreeContext> context(
            xmlCreateMemoryParserCtxt(document_.data(), static_cast<int>(document_.size())));
        if (!context) throw std::bad_alloc();
        context_ = context.get();
        *context->sax = callbacks();
        context->userData = this;
        // Without NOENT libxml2 leaves "&#38;" for "&" in attributes; there is nothing else that
        // it could replace, because a document type ends the reading.  HUGE lifts bounds on
        // depth and on the length of a value, for which ours stand.
        xmlCtxtUseOptions(context_, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOCDATA |
                                        XML_PARSE_HUGE | XML_PARSE_IGNORE_ENC | XML_PARSE_NODICT);
        xmlParseDocument(context_);
        if (thrown_) std::rethrow_exception(thrown_);
        if (!error_ && !context_->wellFormed)
            error_ = Error{ErrorCode::invalid_syntax, "invalid XML",
                           "The document is not well-formed XML.", 0};
        return std::move(error_);
    }

private:
    static xmlSAXHandler callbacks() {
        xmlSAXHandler sax = {};
        sax.initialized = XML_SAX2_MAGIC;
        sax.startElementNs = [](void *self, const xmlChar *local, const xmlChar *prefix,
                                const xmlChar *uri, int namespaces, const xmlChar **declared,
                                int attributes, int, const xmlChar **values) {
            static_cast<Session *>(self)->guarded([&](Session &s) {
                s.start({view(local), view(prefix), view(uri)}, namespaces, declared, attributes,
                        values);
            });
        };
        sax.endElementNs = [](void *self, const xmlChar *local, const xmlChar *prefix,
                              const xmlChar *uri) {
            static_cast<Session *>(self)->guarded([&](Session &s) {
                s.in_scope_ -= s.declared_.back();
                s.declared_.pop_back();
                s.count("<");
                s.handler_.end({view(local), view(prefix), view(uri)});
            });
        };
        sax.characters = [](void *self, const xmlChar *piece, int length) {
            static_cast<Session *>(self)->guarded([&](Session &s) {
                s.count("");
                s.handler_.text(
                    {reinterpret_cast<const char *>(piece), static_cast<std::size_t>(length)});
            });
        };
        sax.ignorableWhitespace = sax.characters;
        sax.cdataBlock = sax.characters;
        sax.comment = [](void *self, const xmlChar *text) {
            static_cast<Session *>(self)->guarded([&](Session &s) {
                s.count("<!--");
                s.handler_.comment(view(text));
            });
        };
        sax.processingInstruction = [](void *self, const xmlChar *target, const xmlChar *data) {
            static_cast<Session *>(self)->guarded([&](Session &s) {
                s.count("");
                s.handler_.instruction(view(target), view(data));
            });
        };
        sax.internalSubset = [](void *self, const xmlChar *, const xmlChar *, const xmlChar *) {
            auto *session = static_cast<Session *>(self);
            session->refuse(ErrorCode::unsupported, "XML with a document type declaration",
                            "a document type declaration is not accepted.");
        };
        sax.reference = [](void *self, const xmlChar *) {
            static_cast<Session *>(self)->refuse(ErrorCode::invalid_syntax, "invalid XML",
                                                 reason_of(XML_ERR_UNDECLARED_ENTITY));
        };
        sax.serror = [](void *self, xmlErrorPtr error) {
            auto *session = static_cast<Session *>(self);
            if (error->level < XML_ERR_ERROR || session->error_) return;
            if (error->code == XML_ERR_NO_MEMORY) {
                session->thrown_ = std::make_exception_ptr(std::bad_alloc());
                xmlStopParser(session->context_);
                return;
            }
            session->refuse(ErrorCode::invalid_syntax, "invalid XML", reason_of(error->code),
                            error->line, error->int2);
        };
        return sax;
    }

    template <typename Call>
    void guarded(Call call) noexcept {
        if (thrown_ || error_) return;
        try {
            call(*this);
        } catch (Error &error) {
            error_ = std::move(error);
            xmlStopParser(context_);
        } catch (...) {
            thrown_ = std::current_exception();
            xmlStopParser(context_);
        }
    }

    void refuse(ErrorCode code, const char *message, const char *reason, int line = 0,
                int column = 0) noexcept {
        guarded([&](Session &s) {
            if (line == 0) line = xmlSAX2GetLineNumber(s.context_);
            if (column == 0) column = xmlSAX2GetColumnNumber(s.context_);
            throw Error{code, message, place_text(line, column) + reason, s.offset()};
        });
    }

    [[nodiscard]] std::size_t offset() const {
        const long consumed = xmlByteConsumed(context_);
        return consumed < 0 ? 0 : std::min<std::size_t>(consumed, document_.size());
    }

    // Notes the place of an event that begins with `first` (empty: no need to know).
    void count(std::string_view first) {
        if (++nodes_ > limits_.nodes) too_many("values");
        if (nodes_ % 1024 == 0) limits_.interrupt.poll();
        Place &place = handler_.place_;
        place.line = context_->input->line;
        place.column = context_->input->col;
        if (first.empty()) return;
        place.end = offset();
        const std::size_t begin = document_.substr(0, place.end).rfind(first);
        place.begin = begin == std::string_view::npos ? 0 : begin;
    }

    [[noreturn]] void too_many(const char *what) const {
        throw Error{ErrorCode::limit_exceeded, std::string("XML has too many ") + what,
                    handler_.line_and_column() + "this is more than is read.", offset()};
    }

    void start(const Name &name, int namespaces, const xmlChar **declared, int attributes,
               const xmlChar **values) {
        count("<");
        if (static_cast<int>(declared_.size()) >= limits_.depth)
            throw Error{ErrorCode::limit_exceeded, "XML is nested too deeply",
                        handler_.line_and_column() + "more than " + std::to_string(limits_.depth) +
                            " levels are not read.",
                        offset()};
        declared_.push_back(namespaces);
        in_scope_ += namespaces;
        if (in_scope_ > static_cast<int>(max_namespaces)) too_many("namespaces");
        namespaces_.clear();
        for (int i = 0; i < namespaces; ++i)
            namespaces_.push_back({view(declared[2 * i]), view(declared[2 * i + 1])});
        attributes_.clear();
        for (int i = 0; i < attributes; ++i) {
            const xmlChar **a = values + 5 * i;
            attributes_.push_back(
                {{view(a[0]), view(a[1]), view(a[2])},
                 {reinterpret_cast<const char *>(a[3]), static_cast<std::size_t>(a[4] - a[3])}});
        }
        nodes_ += attributes_.size();
        handler_.start({name, attributes_, namespaces_});
    }

    std::string_view document_;
    Handler &handler_;
    const core::Limits &limits_;
    xmlParserCtxt *context_ = nullptr;
    std::vector<Attribute> attributes_;
    std::vector<Namespace> namespaces_;
    std::vector<int> declared_;  // namespaces of each open element
    int in_scope_ = 0;
    std::size_t nodes_ = 0;
    std::optional<Error> error_;
    std::exception_ptr thrown_;
};

std::optional<Error> read(std::string_view document, Handler &handler, const core::Limits &limits) {
    if (document.starts_with("\xEF\xBB\xBF")) document.remove_prefix(3);
    if (document.size() > std::min<std::size_t>(limits.message_bytes, 1u << 30))
        return Error{ErrorCode::limit_exceeded, "XML is too large",
                     "More than " + std::to_string(limits.message_bytes) + " bytes are not read.",
                     0};
    const auto refused = [](ErrorCode code, const char *message, std::string where,
                            std::size_t at) {
        return Error{code, message, std::move(where), at};
    };
    if (document.empty())
        return refused(ErrorCode::invalid_syntax, "invalid XML", "There is no root element.", 0);
    if (const std::size_t nul = document.find('\0'); nul != std::string_view::npos)
        return refused(ErrorCode::invalid_syntax, "invalid XML",
                       "Byte " + std::to_string(nul) + " is NUL.", nul);
    if (const auto at = crowded_tag(document))
        return refused(ErrorCode::limit_exceeded, "XML has too many attributes",
                       "The element at byte " + std::to_string(*at) + " has more than " +
                           std::to_string(max_attributes) + " attributes.",
                       *at);
    return Session(document, handler, limits).run();
}

}  // namespace clinical::xml
