#include "fhir/definitions.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace clinical::fhir;

namespace {

std::string names(const Type &type) {
    std::string all;
    for (const Element &e : type.elements())
        all += (all.empty() ? "" : " ") + std::string(e.name());
    return all;
}

std::string type_names(const Element &element) {
    std::string all;
    for (const Use &u : element.types())
        all += (all.empty() ? "" : " ") + std::string(u.type().name());
    return all;
}

std::string target_names(const Use &use) {
    std::string all;
    for (const Type &t : use.targets()) all += (all.empty() ? "" : " ") + std::string(t.name());
    return all;
}

const Element &element(const char *type, const char *name) {
    return *element_of(*type_named(type), name);
}

}  // namespace

TEST(FhirDefinitions, EveryTypeIsFoundByName) {
    for (const Type &t : types()) {
        EXPECT_EQ(type_named(t.name()), &t) << t.name();
        EXPECT_EQ(&types()[t.number()], &t);
    }
    for (const char *no : {"", "P", "patient", "Patients", "Patient.", "Patient.contac",
                           "SubscriptionStatus", "Patient.contact.name"})
        EXPECT_EQ(type_named(no), nullptr) << no;
}

TEST(FhirDefinitions, Everything146ResourcesAre) {
    int resources = 0;
    for (const Type &t : types()) resources += resource_named(t.name()) != nullptr;
    EXPECT_EQ(resources, 146);  // R4 4.0.1
    EXPECT_EQ(resource_named("Resource"), nullptr);
    EXPECT_EQ(resource_named("DomainResource"), nullptr);
    EXPECT_EQ(resource_named("HumanName"), nullptr);
}

TEST(FhirDefinitions, EveryMemberOfEveryType) {
    for (const Type &t : types()) {
        std::set<std::string> seen;
        for (const Element &e : t.elements()) {
            EXPECT_EQ(&e.owner(), &t);
            ASSERT_FALSE(e.types().empty());
            for (const Use &use : e.types()) {
                std::string name(e.name());
                if (e.is_choice()) {
                    std::string type(use.type().name());
                    type[0] = static_cast<char>(std::toupper(type[0]));
                    name += type;
                }
                const auto member = member_of(t, name);
                ASSERT_TRUE(member) << t.name() << " " << name;
                EXPECT_EQ(member->element, &e);
                EXPECT_EQ(member->type, &use.type());
                EXPECT_EQ(member->use, &use);
                EXPECT_TRUE(seen.insert(name).second) << t.name() << " " << name;
            }
            EXPECT_EQ(member_of(t, e.name()).has_value(), !e.is_choice()) << t.name() << e.name();
        }
        EXPECT_FALSE(member_of(t, ""));
        EXPECT_FALSE(member_of(t, "_id"));
    }
}

TEST(FhirDefinitions, OrderIsThatOfTheSpecification) {
    EXPECT_EQ(names(*type_named("Patient.contact")),
              "id extension modifierExtension relationship name telecom address gender "
              "organization period");
    EXPECT_EQ(names(*type_named("Identifier")),
              "id extension use type system value period assigner");
    EXPECT_EQ(names(*type_named("string")), "id extension");
    EXPECT_EQ(names(*type_named("Meta")),
              "id extension versionId lastUpdated source profile security tag");
}

TEST(FhirDefinitions, KindsAndBases) {
    EXPECT_EQ(type_named("Patient")->base()->name(), "DomainResource");
    EXPECT_EQ(type_named("Patient.contact")->base()->name(), "BackboneElement");
    EXPECT_EQ(type_named("Timing.repeat")->base()->name(), "Element");
    EXPECT_EQ(type_named("code")->base()->name(), "string");
    EXPECT_EQ(type_named("Element")->base(), nullptr);
    EXPECT_TRUE(type_named("Age")->is_a(*type_named("Quantity")));
    EXPECT_TRUE(type_named("Bundle")->is_a(*type_named("Resource")));
    EXPECT_FALSE(type_named("Bundle")->is_a(*type_named("DomainResource")));
    EXPECT_EQ(type_named("Patient.contact")->kind(), TypeKind::backbone);
    EXPECT_EQ(type_named("base64Binary")->primitive(), Primitive::base64Binary);
    EXPECT_EQ(type_named("Period")->primitive(), Primitive::none);
    EXPECT_TRUE(type_named("DomainResource")->is_abstract());
}

TEST(FhirDefinitions, ElementsSayWhatTheyHold) {
    const Element &deceased = element("Patient", "deceased");
    EXPECT_TRUE(deceased.is_choice());
    EXPECT_TRUE(deceased.is_modifier());
    EXPECT_EQ(type_names(deceased), "boolean dateTime");
    EXPECT_EQ(type_names(element("Patient", "id")), "id");
    EXPECT_FALSE(element("Patient", "id").is_xml_attribute());
    EXPECT_EQ(type_names(element("HumanName", "id")), "string");
    EXPECT_TRUE(element("HumanName", "id").is_xml_attribute());
    EXPECT_EQ(type_names(element("Extension", "url")), "uri");
    EXPECT_TRUE(element("Extension", "url").is_xml_attribute());
    EXPECT_EQ(element("Extension", "value").types().size(), 50u);
    EXPECT_TRUE(element("Patient", "name").is_list());
    EXPECT_EQ(element("Observation", "status").min(), 1u);
    EXPECT_EQ(element("EvidenceVariable.characteristic", "definition").min(), 1u);
    EXPECT_EQ(type_names(element("Questionnaire.item", "item")), "Questionnaire.item");
    EXPECT_TRUE(element("Questionnaire.item", "item").is_content_reference());
    EXPECT_EQ(element_of(*type_named("ResearchStudy"), "label"), nullptr);  // of R5
}

TEST(FhirDefinitions, TargetsAndProfiles) {
    EXPECT_EQ(target_names(element("Patient", "generalPractitioner").types()[0]),
              "Organization Practitioner PractitionerRole");
    EXPECT_EQ(target_names(*member_of(*type_named("ActivityDefinition"), "library")->use),
              "Library");
    EXPECT_TRUE(element("Identifier", "assigner").types()[0].targets().size() == 1);
    const Use &low = element("Range", "low").types()[0];
    EXPECT_EQ(low.type().name(), "Quantity");
    EXPECT_EQ(low.profile().name(), "SimpleQuantity");
}

TEST(FhirDefinitions, Bindings) {
    const Element &gender = element("Patient", "gender");
    EXPECT_EQ(gender.binding(), Strength::required);
    ASSERT_NE(gender.value_set(), nullptr);
    EXPECT_EQ(gender.value_set()->url(), "http://hl7.org/fhir/ValueSet/administrative-gender");
    EXPECT_EQ(gender.value_set()->size(), 4u);
    EXPECT_TRUE(gender.value_set()->has_code("female"));
    EXPECT_FALSE(gender.value_set()->has_code("F"));
    EXPECT_TRUE(gender.value_set()->has("http://hl7.org/fhir/administrative-gender", "male"));
    EXPECT_FALSE(gender.value_set()->has("http://example.org", "male"));
    EXPECT_EQ(value_set_at("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1"),
              gender.value_set());
    EXPECT_FALSE(value_set_at("http://hl7.org/fhir/ValueSet/mimetypes")->is_enumerated());
    for (const Type &t : types())
        for (const Element &e : t.elements())
            if (const ValueSet *v = e.value_set()) {
                for (std::size_t i = 0; i < v->size(); ++i)
                    ASSERT_TRUE(v->has(v->system(i), v->code(i))) << v->url() << " " << v->code(i);
            }
}

TEST(FhirDefinitions, CodeSystems) {
    const CodeSystem *gender = code_system_at("http://hl7.org/fhir/administrative-gender");
    ASSERT_NE(gender, nullptr);
    EXPECT_TRUE(gender->has("other"));
    EXPECT_FALSE(gender->has("Other"));
    EXPECT_TRUE(code_system_at("http://terminology.hl7.org/CodeSystem/v3-ActCode")->has("AMB"));
    EXPECT_EQ(code_system_at("http://loinc.org"), nullptr);
    EXPECT_EQ(code_system_at("http://snomed.info/sct"), nullptr);
    EXPECT_TRUE(value_set_at("http://hl7.org/fhir/ValueSet/currencies")->has_code("CHF"));
}

TEST(FhirDefinitions, InvariantsStandOnceWhereTheyAreStated) {
    std::string keys;
    for (const Invariant &i : type_named("Observation")->invariants())
        keys += std::string(i.key()) + " ";
    EXPECT_EQ(keys, "dom-2 dom-3 dom-4 dom-5 dom-6 obs-6 obs-7 ");
    keys.clear();
    for (const Invariant &i : type_named("Patient.contact")->invariants())
        keys += std::string(i.key()) + " ";
    EXPECT_EQ(keys, "ele-1 pat-1 ");
    EXPECT_TRUE(element("Patient", "name").invariants().empty());
    for (const Invariant &i : invariants()) {
        EXPECT_FALSE(i.expression().empty()) << i.key();
        EXPECT_EQ(&invariants()[i.number()], &i);
    }
}

TEST(FhirDefinitions, SearchParameters) {
    const SearchParameter *p = search_parameter(*type_named("Patient"), "general-practitioner");
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(p->expression(), "Patient.generalPractitioner");
    EXPECT_EQ(p->type(), SearchType::reference);
    EXPECT_EQ(search_parameter(*type_named("Patient"), "nothing"), nullptr);
    for (const SearchParameter &q : search_parameters())
        ASSERT_EQ(search_parameter(q.base(), q.code()), &q) << q.code();
}
