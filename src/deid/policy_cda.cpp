#include "deid/policy_cda.h"

#include <algorithm>
#include <utility>

#include "deid/rules.h"

namespace clinical::deid {

namespace {

using Text = std::string_view;

// Elements of CDA R2 with its data types and narrative, and of the extensions urn:hl7-org:sdtc.
constexpr Text element_names =
    "|ClinicalDocument|act|additionalLocator|addr|administrationUnitCode|administrativeGenderCode|"
    "approachSiteCode|asOrganizationPartOf|asPatientRelationship|assignedAuthor|"
    "assignedAuthoringDevice|assignedCustodian|assignedEntity|assignedPerson|associatedEntity|"
    "associatedPerson|authenticator|author|authorization|awarenessCode|birthTime|birthplace|"
    "bodyHeight|br|buildingNumberSuffix|caption|careOf|category|censusTract|center|city|code|col|"
    "colgroup|completionCode|component|componentOf|condition|confidentialityCode|consent|"
    "consumable|content|country|county|criterion|custodian|dataEnterer|deceasedInd|deceasedTime|"
    "delimiter|deliveryAddressLine|deliveryInstallationArea|deliveryInstallationQualifier|"
    "deliveryInstallationType|deliveryMode|deliveryModeIdentifier|denominator|derivationExpr|desc|"
    "direction|dischargeDispositionCode|documentationOf|doseQuantity|effectiveTime|"
    "encompassingEncounter|encounter|encounterParticipant|entry|entryRelationship|ethnicGroupCode|"
    "event|existenceTime|expectedUseTime|expirationTime|externalAct|externalDocument|"
    "externalObservation|externalProcedure|family|footnote|footnoteRef|functionCode|given|guardian|"
    "guardianPerson|healthCareFacility|high|houseNumber|houseNumberNumeric|id|inFulfillmentOf|"
    "independentInd|informant|informationRecipient|intendedRecipient|interpretationCode|item|"
    "labeledDrug|languageCode|languageCommunication|legalAuthenticator|linkHtml|list|location|"
    "lotNumberText|low|maintainedEntity|maintainingPerson|manufacturedLabeledDrug|"
    "manufacturedMaterial|manufacturedProduct|manufacturerModelName|manufacturerOrganization|"
    "maritalStatusCode|maxDoseQuantity|methodCode|modeCode|multipleBirthInd|"
    "multipleBirthOrderNumber|name|nonXMLBody|numerator|observation|observationMedia|"
    "observationRange|offset|order|organizer|originalText|paragraph|parentDocument|participant|"
    "participantRole|patient|patientRole|performer|period|phase|place|playingDevice|playingEntity|"
    "postBox|postalCode|precinct|precondition|preferenceInd|prefix|priorityCode|procedure|product|"
    "proficiencyLevelCode|providerOrganization|qualifier|quantity|raceCode|rateQuantity|realmCode|"
    "receivedOrganization|recordTarget|reference|referenceRange|regionOfInterest|relatedDocument|"
    "relatedEntity|relatedPerson|relatedSubject|religiousAffiliationCode|renderMultiMedia|"
    "repeatNumber|representedCustodianOrganization|representedOrganization|"
    "responsibleParty|routeCode|scopingEntity|scopingOrganization|section|seperatableInd|"
    "sequenceNumber|serviceEvent|serviceProviderOrganization|setId|signatureCode|signatureText|"
    "softwareName|specimen|specimenPlayingEntity|specimenRole|standardDeviation|"
    "standardIndustryClassCode|state|statusCode|streetAddressLine|streetName|streetNameBase|"
    "streetNameType|structuredBody|sub|subject|substanceAdministration|substitutionConditionCode|"
    "suffix|sup|supply|table|targetSiteCode|tbody|td|telecom|templateId|text|tfoot|th|thead|"
    "thumbnail|time|title|tr|translation|typeId|unitID|unitType|useablePeriod|value|versionNumber|"
    "wholeOrganization|width|";
constexpr Text attribute_names =
    "|ID|alignment|assigningAuthorityName|code|codeSystem|codeSystemName|codeSystemVersion|"
    "compression|currency|displayName|displayable|extension|inclusive|institutionSpecified|"
    "integrityCheck|language|mediaType|partType|qualifier|representation|root|unit|use|value|";

// What a value of a time, a number or a postal code can stand in.
bool can_hold(Text name, Text attribute, Treatment treatment) {
    switch (treatment) {
        case Treatment::year:
        case Treatment::date_shift:
        case Treatment::age_cap:
        case Treatment::perturb: return attribute.empty() || attribute == "value";
        case Treatment::zip3: return name == "postalCode" || name == "addr";
        case Treatment::scrub:
            return attribute.empty() &&
                   packed_has(
                       "|caption|content|desc|item|originalText|paragraph|td|text|th|title|"
                       "value|",
                       name);
        default: return true;
    }
}

bool ends_with(const std::vector<std::string> &open, const std::vector<std::string> &path) {
    return path.size() <= open.size() && std::equal(path.rbegin(), path.rend(), open.rbegin());
}

}  // namespace

Text cda_element_names() { return element_names; }
Text cda_attribute_names() { return attribute_names; }

std::optional<std::string> CdaRows::add(Text path, Treated treated) {
    static constexpr const char *twice = "Two rows name the same path.";
    const Treatment action = treated.treatment;
    if (action == Treatment::substitute) {
        const auto kind = treated.parameters.find("with").kind();
        if (kind != core::Kind::string && kind != core::Kind::number)
            return "What substitutes a text or an attribute of CDA is a string or a number.";
    }
    if (path == "*") {
        if (rest) return twice;
        if (action == Treatment::substitute)
            return "Action substitute needs the path of an element or attribute.";
        if (action == Treatment::scrub) return "Action scrub needs the path of an element of text.";
        rest = std::move(treated);
        return std::nullopt;
    }
    CdaRow row;
    for (bool more = true; more;) {
        const std::size_t stop = path.find('/');
        Text name = path.substr(0, stop);
        more = stop != path.npos;
        if (more) path.remove_prefix(stop + 1);
        if (!more && name.starts_with("@") && !row.path.empty()) {
            name.remove_prefix(1);
            if (!packed_has(attribute_names, name))
                return "The path names no attribute of CDA that a row may treat.";
            row.attribute = name;
        } else if (packed_has(element_names, name) && row.path.size() < 16) {
            row.path.emplace_back(name);
        } else {
            return "The path names no element of CDA.";
        }
    }
    const std::string &name = row.path.back();
    if (name == "ClinicalDocument" && row.attribute.empty())
        return "ClinicalDocument itself always stays; * is the row of the rest.";
    if (!can_hold(name, row.attribute, action))
        return "The path names no value that the action could treat.";
    row.treated = std::move(treated);
    std::vector<CdaRow> &rows = elements[name];
    if (std::any_of(rows.begin(), rows.end(), [&](const CdaRow &r) {
            return r.path == row.path && r.attribute == row.attribute;
        }))
        return twice;
    const auto before = std::find_if(
        rows.begin(), rows.end(), [&](const CdaRow &r) { return r.path.size() < row.path.size(); });
    rows.insert(before, std::move(row));
    return std::nullopt;
}

const Treated *CdaRows::find(const std::vector<std::string> &open, Text attribute) const {
    const auto rows = elements.find(open.back());
    if (rows == elements.end()) return nullptr;
    for (const CdaRow &row : rows->second)
        if (row.attribute == attribute && ends_with(open, row.path)) return &row.treated;
    return nullptr;
}

bool CdaRows::has_attributes(const std::vector<std::string> &open) const {
    const auto rows = elements.find(open.back());
    return rows != elements.end() &&
           std::any_of(rows->second.begin(), rows->second.end(), [&](const CdaRow &row) {
               return !row.attribute.empty() && ends_with(open, row.path);
           });
}

bool CdaRows::keeps(const std::vector<std::string> &open) const {
    const auto rows = elements.find(open.back());
    return rows != elements.end() &&
           std::any_of(rows->second.begin(), rows->second.end(), [&](const CdaRow &row) {
               return row.treated.treatment != Treatment::remove && ends_with(open, row.path);
           });
}

}  // namespace clinical::deid
