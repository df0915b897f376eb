#pragma once

// Codes of public systems, and the extensions on the allow list.  Both are written to any Sink: a
// dry run tells whether something would stay.

#include <string_view>
#include <utility>

#include "deid/codes.h"
#include "deid/context.h"
#include "deid/rules.h"
#include "deid/sink.h"

namespace clinical::deid {

template <core::Node N>
class Coded {
public:
    using Kind = core::Kind;
    explicit Coded(Context<N> &context) : context_(context) {}

    template <typename S>
    bool concept_of(S &out, const N &node, std::string_view key) {
        if (node.kind() != Kind::object) return false;
        out.begin_object(key);
        const N codings = node.find("coding");
        if (codings.kind() == Kind::array) {
            out.begin_array("coding");
            for (std::size_t i = 0; i < codings.size(); ++i) {
                context_.count();
                coding(out, codings.at(i), {});
            }
            out.end();
        }
        const N extension = node.find("extension");
        if (extension.kind() == Kind::array) extensions(out, extension);
        return out.end();
    }

    // System and code only; a display is text.
    template <typename S>
    bool coding(S &out, const N &node, std::string_view key) {
        if (node.kind() != Kind::object) return false;
        const N system = node.find("system");
        const N code = node.find("code");
        if (system.kind() != Kind::string || code.kind() != Kind::string) return false;
        if (!is_public_code(system.as_text(), code.as_text())) return false;
        if (context_.is_known(code.as_text(), "a code")) return false;
        out.begin_object(key);
        out.string("system", system.as_text());
        out.string("code", code.as_text());
        const N selected = node.find("userSelected");
        if (selected.kind() == Kind::boolean) out.boolean("userSelected", selected.as_bool());
        return out.end();
    }

    // What a concept asks (the code of an Observation), and whether that is an identifier.
    static std::pair<Question, bool> question_of(const N &asking) {
        Question question{false, false};
        bool identifying = false;
        const N codings = asking.find("coding");
        for (std::size_t i = 0; codings.kind() == Kind::array && i < codings.size(); ++i) {
            const N system = codings.at(i).find("system");
            const N code = codings.at(i).find("code");
            if (system.kind() != Kind::string || code.kind() != Kind::string) continue;
            question.kept |= is_public_code(system.as_text(), code.as_text());
            question.asks_age |= asks_age(system.as_text(), code.as_text());
            identifying |= asks_identifier(system.as_text(), code.as_text());
        }
        return {question, identifying};
    }

    // The same of an item of a questionnaire, whose code is only known when its linkId is one.
    static std::pair<Question, bool> question_of_item(const N &node) {
        const N link = node.find("linkId");
        std::string_view id =
            link.kind() == Kind::string ? std::string_view(link.as_text()) : std::string_view();
        id.remove_prefix(id.rfind('/') + 1);  // npos + 1 is 0
        static constexpr std::string_view loinc = "http://loinc.org";
        return {Question{is_public_code(loinc, id), asks_age(loinc, id)},
                asks_identifier(loinc, id)};
    }

    template <typename S>
    bool extensions(S &out, const N &array) {
        if (array.kind() != Kind::array) return false;
        context_.count();
        out.begin_array("extension");
        for (std::size_t i = 0; i < array.size(); ++i) {
            const N url = array.at(i).find("url");
            if (url.kind() != Kind::string) continue;
            if (const ExtensionRule *rule = find_extension(url.as_text()))
                extension(out, array.at(i), *rule);
        }
        return out.end();
    }

    template <typename S>
    void extension(S &out, const N &node, const ExtensionRule &rule) {
        out.begin_object();
        if (rule.value == ExtensionValue::nested) {
            const N parts = node.find("extension");
            out.begin_array("extension");
            for (std::size_t i = 0; parts.kind() == Kind::array && i < parts.size(); ++i) {
                const N url = parts.at(i).find("url");
                if (url.kind() != Kind::string) continue;
                for (const auto &part : rule.parts)
                    if (!part.url.empty() && part.url == url.as_text()) {
                        out.begin_object();
                        extension_value(out, parts.at(i), part.value);
                        if (out.started()) out.string("url", part.url);
                        out.end();
                    }
            }
            out.end();
        } else {
            extension_value(out, node, rule.value);
        }
        if (out.started()) out.string("url", rule.url);
        out.end();
    }

    template <typename S>
    void extension_value(S &out, const N &node, ExtensionValue value) {
        context_.count();
        const N code = node.find("valueCode");
        const auto word =
            code.kind() == Kind::string ? std::string_view(code.as_text()) : std::string_view();
        bool kept = false;
        switch (value) {
            case ExtensionValue::boolean:
                if (const N flag = node.find("valueBoolean"); flag.kind() == Kind::boolean)
                    out.boolean("valueBoolean", flag.as_bool());
                return;
            case ExtensionValue::codeable:
                concept_of(out, node.find("valueCodeableConcept"), "valueCodeableConcept");
                return;
            case ExtensionValue::coding:
                coding(out, node.find("valueCoding"), "valueCoding");
                return;
            case ExtensionValue::sex: kept = is_birth_sex(word); break;
            case ExtensionValue::absent:
                kept = is_public_code("http://terminology.hl7.org/CodeSystem/data-absent-reason",
                                      word);
                break;
            case ExtensionValue::null_flavor:
                kept = is_public_code("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", word);
                break;
            default: return;
        }
        if (kept) out.string("valueCode", word);
    }

    bool allows_extension(const N &sibling) {
        if (sibling.kind() != Kind::object) return false;
        NullWriter nowhere;
        Sink<NullWriter> out(nowhere);
        out.begin_object();
        return extensions(out, sibling.find("extension"));
    }

private:
    Context<N> &context_;
};

}  // namespace clinical::deid
