#pragma once

// The allow list of CDA elements.

#include <cstdint>
#include <string_view>

namespace clinical::deid {

enum class CdaRule : std::uint8_t {
    remove,
    container,  // walked; class, mood, type and determiner codes stay
    coded,      // CD, CE, CV, CS: a public code, else nullFlavor MSK
    status,     // a word of ActStatus and the like, without a code system
    language,
    realm,
    time,         // TS, IVL_TS, PIVL_TS, EIVL_TS: years
    birth,        // birthTime
    interval,     // low, high, center, width, period, ...: as what holds them
    quantity,     // PQ, IVL_PQ, RTO, INT: number and unit
    flag,         // BL
    value,        // by xsi:type
    id,           // a code, or MSK
    address,      // rebuilt
    title,        // a constant
    template_id,  // public roots
    type_id,
    participant,  // only what an entry is about (typeCode CSM, LOC)
    masked,       // required by CDA: there, with nullFlavor MSK and nothing in it
};

// Of an element of urn:hl7-org:v3 or, `sdtc`, of urn:hl7-org:sdtc.
CdaRule cda_rule(std::string_view name, bool sdtc);

// Structural codes that may stay as attributes (classCode, moodCode, typeCode, ...).
bool is_cda_word(std::string_view attribute, std::string_view word);

}  // namespace clinical::deid
