#include "deid/ccda_rules.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "deid/rules.h"

namespace clinical::deid {

namespace {

struct Named {
    std::string_view name;
    CdaRule rule;
};
using R = CdaRule;
// By name.  What is not here is removed: text, name, telecom, originalText, reference, author of
// entries, informant, performer, lotNumberText, playingDevice, ...
constexpr Named elements[] = {
    {"ClinicalDocument", R::container},
    {"act", R::container},
    {"addr", R::address},
    {"administrationUnitCode", R::coded},
    {"administrativeGenderCode", R::coded},
    {"approachSiteCode", R::coded},
    {"author", R::masked},
    {"birthTime", R::birth},
    {"center", R::interval},
    {"code", R::coded},
    {"component", R::container},
    {"componentOf", R::container},
    {"confidentialityCode", R::coded},
    {"consumable", R::container},
    {"criterion", R::container},
    {"custodian", R::masked},
    {"denominator", R::interval},
    {"dischargeDispositionCode", R::coded},
    {"documentationOf", R::container},
    {"doseQuantity", R::quantity},
    {"effectiveTime", R::time},
    {"encompassingEncounter", R::container},
    {"encounter", R::container},
    {"entry", R::container},
    {"entryRelationship", R::container},
    {"ethnicGroupCode", R::coded},
    {"event", R::coded},
    {"expectedUseTime", R::time},
    {"high", R::interval},
    {"id", R::id},
    {"independentInd", R::flag},
    {"interpretationCode", R::coded},
    {"languageCode", R::language},
    {"languageCommunication", R::container},
    {"low", R::interval},
    {"manufacturedLabeledDrug", R::container},
    {"manufacturedMaterial", R::container},
    {"manufacturedProduct", R::container},
    {"maritalStatusCode", R::coded},
    {"maxDoseQuantity", R::quantity},
    {"methodCode", R::coded},
    {"modeCode", R::coded},
    {"numerator", R::interval},
    {"observation", R::container},
    {"observationRange", R::container},
    {"offset", R::interval},
    {"organizer", R::container},
    {"participant", R::participant},
    {"participantRole", R::container},
    {"patient", R::container},
    {"patientRole", R::container},
    {"period", R::interval},
    {"phase", R::time},
    {"playingEntity", R::container},
    {"precondition", R::container},
    {"preferenceInd", R::flag},
    {"priorityCode", R::coded},
    {"procedure", R::container},
    {"product", R::container},
    {"proficiencyLevelCode", R::coded},
    {"quantity", R::quantity},
    {"raceCode", R::coded},
    {"rateQuantity", R::quantity},
    {"realmCode", R::realm},
    {"recordTarget", R::container},
    {"referenceRange", R::container},
    {"relatedSubject", R::container},
    {"religiousAffiliationCode", R::coded},
    {"repeatNumber", R::quantity},
    {"routeCode", R::coded},
    {"section", R::container},
    {"serviceEvent", R::container},
    {"specimen", R::container},
    {"specimenPlayingEntity", R::container},
    {"specimenRole", R::container},
    {"statusCode", R::status},
    {"structuredBody", R::container},
    {"subject", R::container},
    {"substanceAdministration", R::container},
    {"supply", R::container},
    {"targetSiteCode", R::coded},
    {"templateId", R::template_id},
    {"time", R::time},
    {"title", R::title},
    {"translation", R::coded},
    {"typeId", R::type_id},
    {"value", R::value},
    {"width", R::interval},
};

constexpr Named of_sdtc[] = {
    {"deceasedInd", R::flag},
    {"deceasedTime", R::time},
    {"dischargeDispositionCode", R::coded},
    {"ethnicGroupCode", R::coded},
    {"multipleBirthInd", R::flag},
    {"raceCode", R::coded},
};

struct Words {
    std::string_view attribute;
    std::string_view words;
};
// The structural vocabulary of C-CDA (CDA R2 rim classes in use).
constexpr Words words[] = {
    {"classCode",
     "|ACT|BATTERY|CATEGORY|CLUSTER|COND|CONC|DGIMG|DOCBODY|DOCCLIN|DOCSECT|ENC|ENT|INFRM|LIQENT|"
     "MANU|MAT|MMAT|OBS|PAT|PCPR|PLC|PRS|PROC|PSN|RQST|SBADM|SDLOC|SPEC|SPLY|TRNS|"},
    {"contextConductionInd", "|false|true|"},
    {"contextControlCode", "|AN|AP|ON|OP|"},
    {"determinerCode", "|INSTANCE|KIND|"},
    {"institutionSpecified", "|false|true|"},
    {"inversionInd", "|false|true|"},
    {"moodCode", "|APT|ARQ|CRT|DEF|EVN|EVN.CRT|GOL|INT|PRMS|PRP|RQO|"},
    {"negationInd", "|false|true|"},
    {"nullFlavor", "|ASKU|DER|INV|MSK|NA|NASK|NAV|NI|NINF|NP|OTH|PINF|QS|TRC|UNC|UNK|"},
    {"operator", "|A|E|H|I|P|"},
    {"typeCode",
     "|AUTH|CAUS|COMP|CSM|DEV|DOC|DRIV|ELNK|GEN|GEVL|LOC|MFST|PART|PRCN|PRD|RCT|REFR|REFV|RSON|"
     "SAS|SBJ|SPRT|SUBJ|TRC|XCRPT|"},
};

template <std::size_t N>
CdaRule find(const Named (&table)[N], std::string_view name) {
    const auto *found =
        std::lower_bound(std::begin(table), std::end(table), name,
                         [](const Named &e, std::string_view n) { return e.name < n; });
    return found != std::end(table) && found->name == name ? found->rule : CdaRule::remove;
}

}  // namespace

CdaRule cda_rule(std::string_view name, bool sdtc) {
    return sdtc ? find(of_sdtc, name) : find(elements, name);
}

bool is_cda_word(std::string_view attribute, std::string_view word) {
    for (const Words &w : words) {
        if (w.attribute != attribute) continue;
        // |a|b|: few enough to be looked through.
        const std::size_t at = w.words.find(word);
        return !word.empty() && word.find('|') == word.npos && at != w.words.npos &&
               w.words.find("|" + std::string(word) + "|") != w.words.npos;
    }
    return false;
}

}  // namespace clinical::deid
