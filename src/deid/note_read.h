#pragma once

// deid_text's arguments `known` and `options`, from any tree.

#include "deid/note_options.h"

namespace clinical::deid::note {

// What a member of `known` holds.
enum class Fact : std::uint8_t {
    refused,
    skipped,
    anything,
    name,
    place,
    organization,
    phone,
    fax,
    email,
    url,
    number,
    ssn,
    mrn,
    health_plan,
    account,
    license,
    vehicle,
    device,
    date,
    person,   // an object of such members: contacts, relatives
    telecom,  // FHIR ContactPoint
    address,  // FHIR Address
};
Fact fact_of(std::string_view key);

// Adds a text that is a `fact`.
void add_fact(Fact fact, std::string_view text, Known &known);

core::Error bad_option(const char *message, const char *detail = "");

template <core::Node N>
std::string text_of(const N &node) {
    if (node.kind() == core::Kind::string) return std::string(node.as_text());
    if constexpr (requires { node.number_text(); })
        return node.number_text();
    else
        return std::string(node.as_text());
}

template <core::Node N>
class KnownReader {
public:
    core::Result<Known> read(const N &node) {
        std::optional<core::Error> error = value(node, Fact::person, false, 0);
        if (error) return *std::move(error);
        known_.finish();
        return std::move(known_);
    }

private:
    std::optional<core::Error> value(const N &node, Fact fact, bool resource, int depth) {
        if (depth > 16) return bad_option("known is nested too deeply");
        switch (node.kind()) {
            case core::Kind::string:
                if (fact == Fact::person) fact = Fact::anything;
                [[fallthrough]];
            case core::Kind::number:
                if (++values_ > 100'000) return bad_option("known holds too many values");
                add_fact(fact, text_of(node), known_);
                return {};
            case core::Kind::array:
                for (std::size_t i = 0; i < node.size(); ++i)
                    if (auto error = value(node.at(i), fact, resource, depth + 1)) return error;
                return {};
            case core::Kind::object: return object(node, fact, resource, depth);
            default: return {};
        }
    }

    std::optional<core::Error> object(const N &node, Fact fact, bool resource, int depth) {
        resource = resource || node.find("resourceType").kind() == core::Kind::string;
        // A FHIR ContactPoint says by its system what it is.
        if (const N system = node.find("system"); fact == Fact::telecom || fact == Fact::phone) {
            const std::string name =
                system.kind() == core::Kind::string ? std::string(system.as_text()) : "";
            fact = name == "email" ? Fact::email
                   : name == "fax" ? Fact::fax
                   : name == "url" ? Fact::url
                                   : Fact::phone;
            return value(node.find("value"), fact, resource, depth + 1);
        }
        if (fact == Fact::name) whole_name(node);
        for (std::size_t i = 0; i < node.size(); ++i) {
            const std::string_view key = node.key(i);
            Fact member = fact_of(key);
            // Within a name or a number: "family", "value".
            if (key == "value" || key == "text" || key == "display")
                member = fact == Fact::person ? (resource ? Fact::skipped : Fact::anything) : fact;
            if (member == Fact::refused) {
                if (!resource && fact == Fact::person)
                    return bad_option("known has a member that is not known",
                                      "Members are name, birthDate, telecom, address, identifier "
                                      "and others that docs/deid_text.md lists.");
                continue;
            }
            if (member == Fact::skipped) continue;
            if (auto error = value(node.at(i), member, resource, depth + 1)) return error;
        }
        return {};
    }

    // The parts of a FHIR HumanName as one name: initials and order need it whole.
    void whole_name(const N &node) {
        std::string name;
        const N given = node.find("given"), family = node.find("family");
        for (std::size_t i = 0; given.kind() == core::Kind::array && i < given.size(); ++i)
            if (given.at(i).kind() == core::Kind::string) name += text_of(given.at(i)) + ' ';
        if (given.kind() == core::Kind::string) name += text_of(given) + ' ';
        if (family.kind() == core::Kind::string) name += text_of(family);
        add_fact(Fact::name, name, known_);
    }

    Known known_;
    std::size_t values_ = 0;
};

template <core::Node N>
core::Result<Known> read_known(const N &node) {
    return KnownReader<N>().read(node);
}

std::optional<Category> category_named(std::string_view name);
std::optional<Detector> detector_named(std::string_view name);
void add_site_word(std::string_view text, Word bits, WordTable &site);

template <core::Node N>
core::Result<Options> read_options(const N &node) {
    if (node.kind() != core::Kind::object) return bad_option("options must be an object");
    Options options;
    const auto words = [&](const N &list, Word bits) -> std::optional<core::Error> {
        if (list.kind() != core::Kind::array)
            return bad_option("a dictionary must be an array of strings");
        if (!options.site) options.site.emplace(list.size());
        for (std::size_t i = 0; i < list.size(); ++i) {
            const N word = list.at(i);
            if (word.kind() != core::Kind::string)
                return bad_option("a dictionary must be an array of strings");
            add_site_word(word.as_text(), bits, *options.site);
        }
        return {};
    };
    // A bit for each name of a list.
    const auto bits = [](const N &list, auto named, std::uint32_t &set, const char *no_array,
                         const char *no_names) -> std::optional<core::Error> {
        if (list.kind() != core::Kind::array) return bad_option(no_array);
        for (std::size_t k = 0; k < list.size(); ++k) {
            const N name = list.at(k);
            const auto one =
                named(name.kind() == core::Kind::string ? std::string_view(name.as_text())
                                                        : std::string_view());
            if (!one) return bad_option(no_names);
            set |= 1U << static_cast<int>(*one);
        }
        return {};
    };
    for (std::size_t i = 0; i < node.size(); ++i) {
        const std::string_view key = node.key(i);
        const N value = node.at(i);
        const std::string text =
            value.kind() == core::Kind::string || value.kind() == core::Kind::number
                ? text_of(value)
                : std::string();
        std::optional<core::Error> error;
        if (key == "replace") {
            if (text == "tag")
                options.replacement = Replacement::tag;
            else if (text == "surrogate")
                options.replacement = Replacement::surrogate;
            else
                return bad_option("option \"replace\" must be tag or surrogate");
        } else if (key == "mode") {
            if (text != "standard" && text != "strict")
                return bad_option("option \"mode\" must be standard or strict");
            options.strict = text == "strict";
        } else if (key == "threshold") {
            char *end = nullptr;
            options.threshold = std::strtof(text.c_str(), &end);
            if (text.empty() || *end != '\0' || !(options.threshold > 0 && options.threshold <= 1))
                return bad_option("option \"threshold\" must be above 0 and at most 1");
        } else if (key == "years" || key == "areas") {
            if (value.kind() != core::Kind::boolean)
                return bad_option("options \"years\" and \"areas\" must be booleans");
            (key == "years" ? options.keep_years : options.keep_areas) = value.as_bool();
        } else if (key == "seed") {
            options.seed = text;
        } else if (key == "reference_date") {
            options.reference = parse_date(text);
            if (!options.reference) return bad_option("option \"reference_date\" must be a date");
        } else if (key == "keep") {
            error = bits(value, category_named, options.kept, "option \"keep\" must be an array",
                         "option \"keep\" must hold names of categories");
        } else if (key == "without") {
            error =
                bits(value, detector_named, options.without, "option \"without\" must be an array",
                     "option \"without\" must hold names of detectors");
        } else if (key == "names") {
            error = words(value, word::site_name);
        } else if (key == "places") {
            error = words(value, word::site_place);
        } else if (key == "organizations") {
            error = words(value, word::site_organization);
        } else if (key == "allow") {
            error = words(value, word::allowed);
        } else {
            return bad_option(
                "unknown option",
                "Options are replace, mode, threshold, years, areas, seed, "
                "reference_date, keep, without, names, places, organizations and allow.");
        }
        if (error) return *std::move(error);
    }
    return options;
}

}  // namespace clinical::deid::note
