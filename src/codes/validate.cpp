// $validate-code: is a code in a value set (or code system), and what is to be said about it?
// The findings carry the ids and places that FHIR's validators use.

#include <algorithm>
#include <map>

#include "codes/context.h"
#include "codes/display_check.h"
#include "codes/operation.h"
#include "codes/version.h"

namespace clinical::codes {
namespace {

using core::Json;

constexpr std::string_view standards_status =
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status";

Json parameter(std::string_view name, std::string_view type, Json value) {
    Json p = Json::object();
    p.set("name", Json::string(name));
    p.set(type, std::move(value));
    return p;
}

std::string joined(const std::vector<std::string> &items, const char *separator) {
    std::string out;
    for (const std::string &item : items) out += (out.empty() ? "" : separator) + item;
    return out;
}

// A coding under validation.
struct Subject {
    std::string system, version, code, display;
    std::string prefix;  // of places: "", "Coding." or "CodeableConcept.coding[0]."
    [[nodiscard]] std::string place(std::string_view member) const {
        return prefix + std::string(member);
    }
    [[nodiscard]] std::string whole() const {
        return prefix.empty() ? "code" : prefix.substr(0, prefix.size() - 1);
    }
    [[nodiscard]] std::string named() const {
        return "'" + system + (version.empty() ? "" : "|" + version) + "#" + code +
               (display.empty() ? "" : " ('" + display + "')") + "'";
    }
};

struct Verdict {
    bool in_set = false;
    bool blocked = false;  // the value set could not be asked
    const System *system = nullptr;
    std::optional<std::uint32_t> number;
    std::string display, status, normalized;
    bool inactive = false;
    std::string unknown_system;  // x-unknown-system
    std::string caused_by;       // x-caused-by-unknown-system
    std::vector<Finding> findings;
};

class Validation {
public:
    Validation(Store &store, const Request &request, const Json *value_set)
        : context_(store, request), request_(request), value_set_(value_set) {
        context_.root = value_set;
        std::string languages = request.display_language;
        if (value_set && languages.empty())
            for (const Json &e : value_set->find("compose").find("extension").elements())
                for (const Json &part : e.find("extension").elements())
                    if (text_of(part, "url") == "value" && languages.empty())
                        languages = text_of(part, "valueCode");
        languages_ = Languages(languages);
        if (value_set) {
            name_ = text_of(*value_set, "url");
            if (!text_of(*value_set, "version").empty())
                name_ += "|" + text_of(*value_set, "version");
            if (name_.empty()) name_ = "(unidentified)";
        }
    }

    Json run() {
        static const Json none;
        context_.use_supplements(value_set_ ? *value_set_ : none);
        if (!request_.codeable_concept.is_absent()) return of_concept();
        Subject subject;
        if (!request_.coding.is_absent()) {
            subject = of_coding(request_.coding, "Coding.");
        } else if (request_.has_code) {
            subject = {request_.system, request_.system_version, request_.code, request_.display,
                       ""};
        } else {
            fail("invalid", "invalid-data", "",
                 "Unable to find code to validate (looked for coding | codeableConcept | code)");
        }
        if (!value_set_ && subject.system.empty()) subject.system = request_.url;
        Verdict verdict = check(subject);
        return answer(subject, verdict);
    }

private:
    static Subject of_coding(const Json &coding, std::string prefix) {
        return {text_of(coding, "system"), text_of(coding, "version"), text_of(coding, "code"),
                text_of(coding, "display"), std::move(prefix)};
    }

    static void add(Verdict &verdict, const char *severity, const char *code, const char *kind,
                    const char *id, std::string place, std::string text, bool in_message = true) {
        verdict.findings.push_back(
            {severity, code, kind, id, std::move(place), std::move(text), in_message});
    }

    void not_in_set(const Subject &subject, Verdict &verdict) {
        verdict.in_set = false;
        if (!value_set_) return;
        const bool part = subject.prefix.starts_with("CodeableConcept");
        add(verdict, part ? "information" : "error", "code-invalid",
            part ? "this-code-not-in-vs" : "not-in-vs",
            "None_of_the_provided_codes_are_in_the_value_set_one", subject.place("code"),
            "The provided code " + subject.named() + " was not found in the value set '" + name_ +
                "'",
            !part);
    }

    Verdict check(Subject &subject) {
        Verdict verdict;
        try {
            if (subject.system.empty() && request_.infer_system && subject.prefix.empty() &&
                value_set_) {
                if (!infer(subject, verdict)) return verdict;
            } else if (subject.system.empty()) {
                not_in_set(subject, verdict);
                add(verdict, "warning", "invalid", "invalid-data",
                    "Coding_has_no_system__cannot_validate", subject.whole(),
                    "Coding has no system. A code with no system has no defined meaning, and it "
                    "cannot be validated. A system should be provided");
                return verdict;
            }
            if (known_system(subject, verdict)) judge(subject, verdict);
        } catch (const OperationFailure &failure) {
            if (failure.finding.id != "Unable_to_resolve_value_Set_") throw;
            verdict.in_set = false;
            verdict.blocked = true;
            verdict.findings = {failure.finding};
        }
        return verdict;
    }

    // The one system of the value set that has the code.
    bool infer(Subject &subject, Verdict &verdict) {
        std::vector<std::string> found;
        for (const Member &m : context_.members(*value_set_))
            if (m.code == subject.code &&
                std::find(found.begin(), found.end(), m.url) == found.end())
                found.push_back(m.url);
        if (found.size() == 1) {
            subject.system = found.front();
            return true;
        }
        not_in_set(subject, verdict);
        const std::string start = "The System URI could not be determined for the code '" +
                                  subject.code + "' in the ValueSet '" + name_ + "'";
        if (found.empty())
            add(verdict, "error", "not-found", "cannot-infer", "UNABLE_TO_INFER_CODESYSTEM",
                subject.place("code"), start);
        else
            add(verdict, "error", "not-found", "cannot-infer",
                "Unable_to_resolve_system__value_set_has_multiple_matches", subject.place("code"),
                start + ": value set expansion has multiple matches: [" + joined(found, ", ") +
                    "]");
        return false;
    }

    // Says what is wrong with a system that is not loaded.
    bool known_system(const Subject &subject, Verdict &verdict) {
        const auto versions = context_.store().versions(subject.system);
        if (!versions.empty()) {
            const System *system = context_.choose(subject.system, {}, {}).system;
            if (system && text_of(system->resource(), "content") == "supplement") {
                verdict.in_set = false;
                add(verdict, "error", "invalid", "invalid-data", "CODESYSTEM_CS_NO_SUPPLEMENT",
                    subject.place("system"),
                    "CodeSystem " + system->canonical() +
                        " is a supplement, so can't be used as a value in Coding.system");
                if (value_set_) not_in_set(subject, verdict);
                return false;
            }
            return true;
        }
        bool included = false;
        if (value_set_)
            for (const Json &include : value_set_->find("compose").find("include").elements())
                included |= text_of(include, "system") == subject.system;
        if (!included) not_in_set(subject, verdict);
        if (!context_.store().value_set_versions(subject.system).empty()) {
            add(verdict, "error", "invalid", "invalid-data", "Terminology_TX_System_ValueSet2",
                subject.place("system"),
                "The Coding references a value set, not a code system ('" + subject.system + "')");
            return false;
        }
        if (subject.system.find(':') == std::string::npos)
            add(verdict, "error", "invalid", "invalid-data", "Terminology_TX_System_Relative",
                subject.place("system"),
                "Coding.system must be an absolute reference, not a local reference");
        if (subject.version.empty())
            add(verdict, "error", "not-found", "not-found", "UNKNOWN_CODESYSTEM",
                subject.place("system"),
                "A definition for CodeSystem '" + subject.system +
                    "' could not be found, so the code cannot be validated");
        else
            add(verdict, "error", "not-found", "not-found", "UNKNOWN_CODESYSTEM_VERSION_NONE",
                subject.place("system"),
                "A definition for CodeSystem '" + subject.system + "' version '" + subject.version +
                    "' could not be found, so the code cannot be validated. No versions of this "
                    "code system are known");
        (included ? verdict.caused_by : verdict.unknown_system) = subject.system;
        verdict.blocked = included;
        return false;
    }

    // One way in which the value set may hold the code.
    struct Way {
        Chosen chosen;
        std::string include_version;
        const Json *include;
        bool holds;
    };

    std::vector<Way> ways(const Subject &subject) {
        std::vector<Way> ways;
        bool direct = false;
        if (value_set_)
            for (const Json &include : value_set_->find("compose").find("include").elements()) {
                if (text_of(include, "system") != subject.system) continue;
                direct = true;
                Way way{
                    context_.choose(subject.system, text_of(include, "version"), subject.version),
                    text_of(include, "version"), &include, false};
                if (way.chosen.system)
                    way.holds = context_.include_holds(include, subject.system, subject.code,
                                                       subject.version, way.chosen.system) &&
                                !context_.excluded(*value_set_, subject.system, subject.code,
                                                   subject.version);
                ways.push_back(std::move(way));
            }
        if (!direct || !value_set_) {
            Way way{context_.choose(subject.system, {}, subject.version), {}, nullptr, true};
            if (value_set_)
                way.holds = context_.value_set_holds(*value_set_, subject.system, subject.code,
                                                     subject.version);
            else
                way.holds =
                    way.chosen.system && way.chosen.system->index().find(subject.code).has_value();
            ways.push_back(std::move(way));
        } else if (std::none_of(ways.begin(), ways.end(), [](const Way &w) { return w.holds; }) &&
                   context_.value_set_holds(*value_set_, subject.system, subject.code,
                                            subject.version)) {
            // Through an import beside the direct includes.
            ways.push_back(
                {context_.choose(subject.system, {}, subject.version), {}, nullptr, true});
        }
        return ways;
    }

    [[nodiscard]] bool right_display(const Way &way, const Subject &subject) {
        if (subject.display.empty() || !way.chosen.system) return true;
        const auto number = way.chosen.system->index().find(subject.code);
        if (!number) return false;
        const Details details = context_.details(*way.chosen.system, *number);
        const Names names = names_of(details, text_of(way.chosen.system->resource(), "language"));
        return !check_display(names, subject.display, languages_, "");
    }

    // The way that speaks for the value set: of the coding's version if there is one, holding the
    // code, agreeing with the display, of the latest version.
    Way best(std::vector<Way> ways, const Subject &subject) {
        const bool versioned =
            !subject.version.empty() && std::any_of(ways.begin(), ways.end(), [&](const Way &w) {
                return w.chosen.system && w.chosen.system->version() == subject.version;
            });
        const auto rank = [&](const Way &w) {
            const bool in_version =
                !versioned || (w.chosen.system && w.chosen.system->version() == subject.version);
            return (in_version ? 8 : 0) + (w.holds ? 4 : 0) +
                   (w.holds && right_display(w, subject) ? 2 : 0) + (w.chosen.system ? 1 : 0);
        };
        std::stable_sort(ways.begin(), ways.end(), [&](const Way &a, const Way &b) {
            const int left = rank(a), right = rank(b);
            if (left != right) return left > right;
            return a.chosen.system && b.chosen.system &&
                   version_less(b.chosen.system->version(), a.chosen.system->version());
        });
        return ways.front();
    }

    void judge(const Subject &subject, Verdict &verdict) {
        const Way way = best(ways(subject), subject);
        verdict.in_set = way.holds;
        if (request_.membership_only) {
            if (!way.holds) not_in_set(subject, verdict);
            verdict.system = way.chosen.system;
            if (verdict.system) verdict.number = verdict.system->index().find(subject.code);
            return;
        }
        if (!way.chosen.system) {
            unresolved_version(subject, way, verdict);
            return;
        }
        verdict.system = way.chosen.system;
        verdict.number = way.chosen.system->index().find(subject.code);
        check_version(subject, way, verdict);
        check_code(subject, way, verdict);
        if (verdict.number) check_concept(subject, way, verdict);
        check_statuses(verdict);
    }

    void unresolved_version(const Subject &subject, const Way &way, Verdict &verdict) {
        verdict.blocked = true;
        verdict.in_set = false;
        const auto known = context_.store().versions(subject.system);
        if (!subject.version.empty() && !way.include_version.empty())
            add(verdict, "error", "invalid", "vs-invalid", "VALUESET_VALUE_MISMATCH",
                subject.place("version"), mismatch(subject, way));
        add_unknown_version(subject, way.chosen.wanted, known, verdict);
        verdict.caused_by = subject.system + "|" + way.chosen.wanted;
        verdict.system = context_.choose(subject.system, {}, subject.version).system;
        if (verdict.system) verdict.number = verdict.system->index().find(subject.code);
        if (verdict.number)
            verdict.display = context_.details(*verdict.system, *verdict.number).display;
    }

    static std::string mismatch(const Subject &subject, const Way &way) {
        std::string text = "The code system '" + subject.system + "' version '";
        if (way.chosen.by_parameter && way.chosen.wanted != way.include_version)
            text += way.chosen.wanted + "' resulting from the version '";
        return text + way.include_version +
               "' in the ValueSet include is different to the one in the value ('" +
               subject.version + "')";
    }

    void add_unknown_version(const Subject &subject, const std::string &version,
                             std::vector<std::string> known, Verdict &verdict) {
        std::sort(known.begin(), known.end(), version_less);
        const std::string place = subject.prefix.empty() ? "system" : subject.place("system");
        add(verdict, "error", "not-found", "not-found", "UNKNOWN_CODESYSTEM_VERSION", place,
            "A definition for CodeSystem '" + subject.system + "' version '" + version +
                "' could not be found, so the code cannot be validated. Valid versions: " +
                joined(known, " or "));
    }

    void check_version(const Subject &subject, const Way &way, Verdict &verdict) {
        const std::string &version = way.chosen.system->version();
        const std::string checked = version_for(request_.checked_versions, subject.system);
        if (!checked.empty() && !version_matches(checked, version))
            add(verdict, "error", "exception", "version-error", "VALUESET_VERSION_CHECK",
                subject.place("version"),
                "The version '" + version + "' is not allowed for system '" + subject.system +
                    "': required to be '" + checked + "' by a version-check parameter");
        if (subject.version.empty() || version_matches(subject.version, version)) return;
        if (value_set_) {
            if (way.chosen.by_parameter && way.chosen.wanted != way.include_version)
                add(verdict, "error", "invalid", "vs-invalid", "VALUESET_VALUE_MISMATCH_CHANGED",
                    subject.place("version"), mismatch(subject, way));
            else if (!way.include_version.empty())
                add(verdict, "error", "invalid", "vs-invalid", "VALUESET_VALUE_MISMATCH",
                    subject.place("version"), mismatch(subject, way));
            else
                add(verdict, "warning", "invalid", "vs-invalid", "VALUESET_VALUE_MISMATCH_DEFAULT",
                    subject.place("version"),
                    "The code system '" + subject.system + "' version '" + version +
                        "' for the versionless include in the ValueSet include is different to "
                        "the one in the value ('" +
                        subject.version + "')",
                    false);
        }
        const auto known = context_.store().versions(subject.system);
        if (std::find(known.begin(), known.end(), subject.version) != known.end()) return;
        add_unknown_version(subject, subject.version, known, verdict);
        verdict.caused_by = subject.system + "|" + subject.version;
    }

    void check_code(const Subject &subject, const Way &way, Verdict &verdict) {
        const System &system = *way.chosen.system;
        const std::string version =
            system.version().empty() ? "" : " version '" + system.version() + "'";
        if (!verdict.number) {
            if (text_of(system.resource(), "content") == "fragment") {
                verdict.in_set = true;
                add(verdict, "warning", "code-invalid", "invalid-code", "UNKNOWN_CODE_IN_FRAGMENT",
                    subject.place("code"),
                    "Unknown Code '" + subject.code + "' in the CodeSystem '" + subject.system +
                        "'" + version +
                        " - note that the code system is labeled as a fragment, so the code may "
                        "be valid in some other fragment",
                    false);
                return;
            }
            not_in_set(subject, verdict);
            verdict.in_set = false;
            add(verdict, "error", "code-invalid", "invalid-code",
                system.version().empty() ? "Unknown_Code_in" : "Unknown_Code_in_Version",
                subject.place("code"),
                "Unknown code '" + subject.code + "' in the CodeSystem '" + subject.system + "'" +
                    version);
            return;
        }
        const std::string_view written = system.index().code(*verdict.number);
        if (written != subject.code) {
            verdict.normalized = written;
            add(verdict, "information", "business-rule", "code-rule", "CODE_CASE_DIFFERENCE",
                subject.place("code"),
                "The code '" + subject.code + "' differs from the correct code '" +
                    std::string(written) + "' by case. Although the code system '" +
                    system.canonical() +
                    "' is case insensitive, implementers are strongly encouraged to use the "
                    "correct case anyway",
                false);
        }
        const std::uint8_t flags = system.index().flags(*verdict.number);
        if ((flags & flag_abstract) && !request_.abstract_allowed) {
            verdict.in_set = false;
            add(verdict, "error", "business-rule", "code-rule", "ABSTRACT_CODE_NOT_ALLOWED",
                subject.place("code"),
                "Code '" + subject.system + "#" + subject.code +
                    "' is abstract, and not allowed in this context");
        }
        const bool inactive_set =
            value_set_ && !flag_of(value_set_->find("compose"), "inactive", true);
        if ((flags & flag_inactive) && (inactive_set || request_.active_only.value_or(false))) {
            verdict.in_set = false;
            add(verdict, "error", "business-rule", "code-rule", "STATUS_CODE_WARNING_CODE",
                subject.place("code"),
                "The concept '" + subject.code + "' is valid but is not active");
        }
        if (!verdict.in_set) not_in_set(subject, verdict);
    }

    void check_concept(const Subject &subject, const Way &way, Verdict &verdict) {
        const System &system = *verdict.system;
        const Details details = context_.details(system, *verdict.number);
        const std::uint8_t flags = system.index().flags(*verdict.number);
        for (const Property &p : details.properties)
            if (p.code == "status") verdict.status = p.value;
        for (const Json &e : details.extension.elements())
            if (text_of(e, "url") == standards_status) verdict.status = text_of(e, "valueCode");
        if (flags & flag_inactive) {
            verdict.inactive = true;
            const std::string status = verdict.status.empty() || verdict.status == "inactive"
                                           ? "inactive"
                                           : verdict.status + " and inactive";
            add(verdict, "warning", "business-rule", "code-comment", "INACTIVE_CONCEPT_FOUND",
                subject.whole(),
                "The concept '" + subject.code + "' has a status of " + status +
                    " and its use should be reviewed");
        } else if (verdict.status == "deprecated") {
            add(verdict, "warning", "business-rule", "code-comment", "DEPRECATED_CONCEPT_FOUND",
                subject.place("code"),
                "The concept '" + subject.code + "' is deprecated and its use should be reviewed");
        } else {
            verdict.status.clear();
        }
        const Json *listed = nullptr;
        if (way.include)
            for (const Json &c : way.include->find("concept").elements())
                if (text_of(c, "code") == subject.code) listed = &c;
        if (listed &&
            (text_of(extension_of(*listed, standards_status), "valueCode") == "deprecated" ||
             !extension_of(*listed,
                           "http://hl7.org/fhir/StructureDefinition/"
                           "valueset-deprecated")
                  .is_absent()))
            add(verdict, "warning", "business-rule", "code-comment",
                "CONCEPT_DEPRECATED_IN_VALUESET", subject.place("code"),
                "The presence of the concept '" + subject.code + "' in the system '" +
                    subject.system + "' in the value set " + name_ +
                    " is marked with a status of deprecated and its use should be reviewed",
                false);

        Names names = names_of(details, text_of(system.resource(), "language"));
        const int chosen = names.choose(languages_);
        verdict.display = chosen >= 0 ? names.all[chosen].value : details.display;
        if (listed && !text_of(*listed, "display").empty()) {
            verdict.display = text_of(*listed, "display");
            names.all.insert(names.all.begin(), {text_of(system.resource(), "language"),
                                                 verdict.display, nullptr, true, false});
        }
        if (subject.display.empty()) return;
        auto wrong =
            check_display(names, subject.display, languages_, subject.system + "#" + subject.code);
        if (!wrong) return;
        wrong->place = subject.place("display");
        if (request_.lenient_display && wrong->severity == "error") wrong->severity = "warning";
        verdict.findings.push_back(std::move(*wrong));
    }

    // Of the code system and the value set.
    void check_statuses(Verdict &verdict) {
        const auto say = [&](const char *id, const std::string &text) {
            add(verdict, "information", "business-rule", "status-check", id, "",
                "Reference to " + text, false);
        };
        const auto look = [&](const Json &resource, const std::string &what, bool is_set) {
            const std::string status =
                text_of(extension_of(resource, standards_status), "valueCode");
            if (status == "deprecated") say("MSG_DEPRECATED", "deprecated " + what);
            if (status == "withdrawn") say("MSG_WITHDRAWN", "withdrawn " + what);
            if (is_set) return;
            const Json none;
            const Json &set = value_set_ ? *value_set_ : none;
            if (flag_of(resource, "experimental", false) && !flag_of(set, "experimental", false))
                say("MSG_EXPERIMENTAL", "experimental " + what);
            if (text_of(resource, "status") == "draft" && text_of(set, "status") != "draft")
                say("MSG_DRAFT", "draft " + what);
        };
        look(verdict.system->resource(), "CodeSystem " + verdict.system->canonical(), false);
        if (value_set_) look(*value_set_, "ValueSet " + name_, true);
    }

    static bool has_error(const std::vector<Finding> &findings) {
        return std::any_of(findings.begin(), findings.end(),
                           [](const Finding &f) { return f.severity == "error"; });
    }

    static void put_findings(Json &parameters, const std::vector<Finding> &findings) {
        if (findings.empty()) return;
        Json issues = Json::object();
        issues.set("name", Json::string("issues"));
        issues.set("resource", outcome_of(findings));
        parameters.push(std::move(issues));
        std::vector<std::string> texts;
        const bool errors = has_error(findings);
        for (const Finding &f : findings)
            if (f.in_message && (!errors || f.severity == "error" ||
                                 f.id == "Coding_has_no_system__cannot_validate"))
                texts.push_back(f.text);
        std::sort(texts.begin(), texts.end());
        texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
        if (!texts.empty())
            parameters.push(parameter("message", "valueString", Json::string(joined(texts, "; "))));
    }

    static void put_unknown(Json &parameters, const Verdict &verdict) {
        if (!verdict.unknown_system.empty())
            parameters.push(parameter("x-unknown-system", "valueCanonical",
                                      Json::string(verdict.unknown_system)));
        if (!verdict.caused_by.empty())
            parameters.push(parameter("x-caused-by-unknown-system", "valueCanonical",
                                      Json::string(verdict.caused_by)));
    }

    static void put_concept(Json &parameters, const Subject &subject, const Verdict &verdict) {
        if (!verdict.display.empty())
            parameters.push(parameter("display", "valueString", Json::string(verdict.display)));
        if (verdict.inactive)
            parameters.push(parameter("inactive", "valueBoolean", Json::boolean(true)));
        if (!verdict.normalized.empty())
            parameters.push(
                parameter("normalized-code", "valueCode", Json::string(verdict.normalized)));
        if (!verdict.status.empty())
            parameters.push(parameter("status", "valueCode", Json::string(verdict.status)));
        if (verdict.system && !verdict.system->version().empty())
            parameters.push(
                parameter("version", "valueString", Json::string(verdict.system->version())));
        (void)subject;
    }

    Json answer(const Subject &subject, const Verdict &verdict) {
        Json out = Json::object();
        out.set("resourceType", Json::string("Parameters"));
        Json &parameters = out.set("parameter", Json::array());
        const bool result = verdict.in_set && !has_error(verdict.findings);
        parameters.push(parameter("result", "valueBoolean", Json::boolean(result)));
        if (!subject.code.empty())
            parameters.push(parameter("code", "valueCode", Json::string(subject.code)));
        if (!subject.system.empty())
            parameters.push(parameter("system", "valueUri", Json::string(subject.system)));
        put_concept(parameters, subject, verdict);
        put_unknown(parameters, verdict);
        put_findings(parameters, verdict.findings);
        return out;
    }

    // A CodeableConcept is in the set when one of its codings is.
    Json of_concept() {
        std::vector<Finding> findings;
        std::optional<std::pair<Subject, Verdict>> found;
        std::optional<Verdict> blocked;
        Verdict unknown;
        std::size_t number = 0;
        bool broken = false;
        for (const Json &coding : request_.codeable_concept.find("coding").elements()) {
            Subject subject =
                of_coding(coding, "CodeableConcept.coding[" + std::to_string(number++) + "].");
            Verdict verdict = check(subject);
            findings.insert(findings.end(), verdict.findings.begin(), verdict.findings.end());
            if (verdict.blocked && !broken) {
                broken = true;
                blocked = verdict;
            }
            if (!verdict.unknown_system.empty()) unknown.unknown_system = verdict.unknown_system;
            if (!verdict.caused_by.empty()) unknown.caused_by = verdict.caused_by;
            if (verdict.in_set && !found) found.emplace(std::move(subject), std::move(verdict));
        }
        if (!found && !broken && value_set_)
            findings.insert(
                findings.begin(),
                {"error", "code-invalid", "not-in-vs", "TX_GENERAL_CC_ERROR_MESSAGE", "",
                 "No valid coding was found for the value set '" + name_ + "'", true});
        Json out = Json::object();
        out.set("resourceType", Json::string("Parameters"));
        Json &parameters = out.set("parameter", Json::array());
        const bool result = found && !has_error(findings);
        parameters.push(parameter("result", "valueBoolean", Json::boolean(result)));
        parameters.push(
            parameter("codeableConcept", "valueCodeableConcept", request_.codeable_concept));
        if (found) {
            parameters.push(parameter("code", "valueCode", Json::string(found->first.code)));
            parameters.push(parameter("system", "valueUri", Json::string(found->first.system)));
            put_concept(parameters, found->first, found->second);
        } else if (blocked && blocked->system) {
            put_concept(parameters, Subject(), *blocked);
        }
        put_unknown(parameters, unknown);
        put_findings(parameters, findings);
        return out;
    }

    Context context_;
    const Request &request_;
    const Json *value_set_;  // null: of a code system
    Languages languages_;
    std::string name_;
};

}  // namespace

Json validate_code(Store &store, const Request &request, bool of_code_system) {
    try {
        if (of_code_system) return Validation(store, request, nullptr).run();
        Context context(store, request);
        const Json *value_set = request.value_set.is_absent()
                                    ? context.value_set(request.url, false)
                                    : &request.value_set;
        if (!value_set)
            fail("not-found", "not-found", "Unable_to_resolve_value_Set_",
                 "A definition for the value Set '" + request.url +
                     (request.value_set_version.empty() ? "" : "|" + request.value_set_version) +
                     "' could not be found");
        return Validation(store, request, value_set).run();
    } catch (const OperationFailure &failure) {
        return outcome_of({failure.finding});
    }
}

}  // namespace clinical::codes
