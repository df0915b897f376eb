#pragma once

// Rules of the specification's own artifacts (Questionnaire, ValueSet, CodeSystem,
// SearchParameter) that their definitions state in words only.

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/tree.h"
#include "fhir/definitions.h"
#include "fhir/primitive_text.h"
#include "validate/bindings.h"
#include "validate/primitive.h"
#include "validate/report.h"

namespace clinical::validate {

// R4, Questionnaire.item.enableWhen.question: an item of the questionnaire that is not inside the
// item itself.
template <core::Node N>
class QuestionnaireCheck {
public:
    explicit QuestionnaireCheck(Report &report) : report_(report) {}

    void run(const N &questionnaire, const Frame &at) {
        collect(questionnaire.find("item"), 0);
        items(questionnaire.find("item"), at, 0);
    }

private:
    static constexpr int deepest = 100;  // the walk of the structure has its own bound

    void collect(const N &items, int depth) {
        for (std::size_t i = 0; is_list(items) && i < items.size() && depth < deepest; ++i) {
            all_.insert(text_of(items.at(i).find("linkId")));
            collect(items.at(i).find("item"), depth + 1);
        }
    }

    static bool is_list(const N &node) { return node.kind() == core::Kind::array; }

    static bool contains(const N &items, std::string_view link, int depth) {
        for (std::size_t i = 0; is_list(items) && i < items.size() && depth < deepest; ++i)
            if (text_of(items.at(i).find("linkId")) == link ||
                contains(items.at(i).find("item"), link, depth + 1))
                return true;
        return false;
    }

    void items(const N &items_, const Frame &at, int depth) {
        Frame frame = at.child("item");
        for (std::size_t i = 0; is_list(items_) && i < items_.size() && depth < deepest; ++i) {
            frame.index = static_cast<int>(i);
            const N item = items_.at(i);
            const N conditions = item.find("enableWhen");
            for (std::size_t k = 0; is_list(conditions) && k < conditions.size(); ++k) {
                const std::string_view link = text_of(conditions.at(k).find("question"));
                if (link.empty()) continue;
                if (!all_.count(link))
                    report_.error(frame, "business-rule", "enable-when",
                                  "an enableWhen asks for an item that does not exist");
                else if (contains(item.find("item"), link, 0))
                    report_.error(frame, "business-rule", "enable-when",
                                  "an enableWhen asks for an item inside its own");
            }
            items(item.find("item"), frame, depth + 1);
        }
    }

    Report &report_;
    std::unordered_set<std::string_view> all_;
};

template <core::Node N>
void check_value_set(const N &set, const Frame &at, Report &report) {
    const Frame compose = at.child("compose");
    for (const char *name : {"include", "exclude"}) {
        const N parts = set.find("compose").find(name);
        Frame frame = compose.child(name);
        for (std::size_t i = 0; parts.kind() == core::Kind::array && i < parts.size(); ++i) {
            frame.index = static_cast<int>(i);
            const std::string_view system = text_of(parts.at(i).find("system"));
            if (!system.empty() && !is_absolute_uri(system))
                report.error(frame, "invalid", "system",
                             "the system of a value set must be an absolute URI");
        }
    }
}

template <core::Node N>
std::size_t count_concepts(const N &concepts, int depth = 0) {
    std::size_t count = 0;
    for (std::size_t i = 0; concepts.kind() == core::Kind::array && i < concepts.size(); ++i)
        count += 1 + (depth < 100 ? count_concepts(concepts.at(i).find("concept"), depth + 1) : 0);
    return count;
}

template <core::Node N>
void check_code_system(const N &system, const Frame &at, Report &report) {
    const std::string_view content = text_of(system.find("content"));
    if (system.find("supplements").kind() == core::Kind::string && content != "supplement")
        report.error(at.child("content"), "business-rule", "supplement",
                     "a supplement states the content \"supplement\"");
    const N total = system.find("count");
    if (content == "complete" && total.kind() == core::Kind::number &&
        fhir::number_text(total) != std::to_string(count_concepts(system.find("concept"))))
        report.error(at, "invalid", "count",
                     "the number of concepts is not the stated count of a complete system");
    const N properties = system.find("property");
    std::unordered_set<std::string_view> codes, uris;
    Frame frame = at.child("property");
    for (std::size_t i = 0; properties.kind() == core::Kind::array && i < properties.size(); ++i) {
        frame.index = static_cast<int>(i);
        const std::string_view code = text_of(properties.at(i).find("code"));
        const std::string_view uri = text_of(properties.at(i).find("uri"));
        if (!code.empty() && !codes.insert(code).second)
            report.error(frame, "business-rule", "property",
                         "a property of this code is defined already");
        if (!uri.empty() && !uris.insert(uri).second)
            report.error(frame, "business-rule", "property",
                         "a property of this URI is defined already");
    }
}

// The parameter of the specification at a canonical URL ("http://hl7.org/fhir/SearchParameter/
// Organization-name"); null when it is none.
const fhir::SearchParameter *standard_parameter(std::string_view url);
std::string_view name_of(fhir::SearchType type);

template <core::Node N>
void check_search_parameter(const N &parameter, const Frame &at, Report &report) {
    const std::string_view type = text_of(parameter.find("type"));
    if (type == "composite" && parameter.find("component").size() < 2)
        report.error(at, "business-rule", "composite",
                     "a composite parameter has two or more components");
    const auto *standard = standard_parameter(text_of(parameter.find("derivedFrom")));
    if (standard && !type.empty() && type != name_of(standard->type()))
        report.error(at, "business-rule", "derived-from",
                     "the type is not that of the parameter it is derived from");
}

template <core::Node N>
void check_artifact(const fhir::Type &type, const N &resource, const Frame &at, Report &report) {
    const std::string_view name = type.name();
    if (name == "Questionnaire")
        QuestionnaireCheck<N>(report).run(resource, at);
    else if (name == "ValueSet")
        check_value_set(resource, at, report);
    else if (name == "CodeSystem")
        check_code_system(resource, at, report);
    else if (name == "SearchParameter")
        check_search_parameter(resource, at, report);
}

}  // namespace clinical::validate
