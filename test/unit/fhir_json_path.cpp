#include "fhir/json_path.h"

#include <gtest/gtest.h>

using clinical::fhir::path_in_json;

TEST(FhirJsonPath, NamesWhatTheDefinitionsKnow) {
    const struct {
        const char *text, *path;
    } cases[] = {
        {"", ""},
        {"[", "[0]"},
        {"{", ""},
        {R"({"name":[{"given":["A",)", "name[0].given[1]"},
        {R"({"resourceType":"Patient","name":[{},{"given":"x)", "Patient.name[1].given"},
        {R"({"resourceType":"Patient","contact":[{"gender")", "Patient.contact[0].gender"},
        {R"({"resourceType":"Patient","_birthDate":{"extension":[{"valueCode":)",
         "Patient.birthDate.extension[0].valueCode"},
        {R"({"resourceType":"Patient","secret":{"name":)", "Patient.*.name"},
        {R"({"resourceType":"secret","name":"a\"b","gender":)", "gender"},
        {R"({"id":"x","entry":[{"resource":{"resourceType":"Patient","id":)",
         "entry[0].resource.id"},
    };
    for (const auto &c : cases) EXPECT_EQ(path_in_json(c.text, 1000), c.path) << c.text;
    EXPECT_EQ(path_in_json(R"({"name":[1,2,3]})", 11), "name[1]");
}
