#include "convert/fhir_types.h"

#include <algorithm>
#include <iterator>

#include "fhir/definitions.h"

namespace clinical::convert {

namespace {

// Resources that R4B (4.3.0) has and R4 does not.
constexpr std::string_view r4b_types[] = {
    "AdministrableProductDefinition",
    "Citation",
    "ClinicalUseDefinition",
    "EvidenceReport",
    "Ingredient",
    "ManufacturedItemDefinition",
    "MedicinalProductDefinition",
    "NutritionProduct",
    "PackagedProductDefinition",
    "RegulatedAuthorization",
    "SubscriptionStatus",
    "SubscriptionTopic",
    "SubstanceDefinition",
};

// Resources that came with R5 (5.0.0).
constexpr std::string_view r5_types[] = {
    "ActorDefinition",
    "ArtifactAssessment",
    "BiologicallyDerivedProductDispense",
    "ConditionDefinition",
    "DeviceAssociation",
    "DeviceDispense",
    "DeviceUsage",
    "EncounterHistory",
    "FormularyItem",
    "GenomicStudy",
    "ImagingSelection",
    "InventoryItem",
    "InventoryReport",
    "MolecularDefinition",
    "NutritionIntake",
    "Permission",
    "RequestOrchestration",
    "Requirements",
    "SubstanceNucleicAcid",
    "TestPlan",
    "Transport",
};

}  // namespace

FhirRelease release_of(std::string_view resource_type) {
    const fhir::Type *type = fhir::resource_named(resource_type);
    if (type) return type->is_abstract() ? FhirRelease::unknown : FhirRelease::r4;
    const auto is_in = [&](const auto &list) {
        return std::find(std::begin(list), std::end(list), resource_type) != std::end(list);
    };
    if (is_in(r4b_types)) return FhirRelease::r4b;
    return is_in(r5_types) ? FhirRelease::r5 : FhirRelease::unknown;
}

}  // namespace clinical::convert
