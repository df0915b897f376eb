#include "deid/x12_rules.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "deid/rules.h"

namespace clinical::deid {

namespace {

struct X12Words {
    std::string_view element;
    std::string_view words;
};
#include "deid/data/x12_words.inc"

// By name.  ISA, IEA, GS, GE, ST and SE are written by the engine.
constexpr X12Rule rules[] = {
    {"AMT", "wn"},
    {"BHT", "wwKY.w"},
    {"BPR", "wnww...........Y"},
    {"CAS", "wjnnjnnjnnjnnjnnjnn"},
    {"CL1", "www"},
    {"CLM", "Cn..fwwww.a"},
    {"CLP", "CwnnnwLlw"},
    {"CR1", "wnwwwn"},
    {"CR2", "nnwwwnnww..w"},
    {"CR3", "wwn"},
    {"CR5", "wnwwwn......nn"},
    {"CR6", "w"},
    {"CR7", "wnn"},
    {"CR8", "ww"},
    {"CRC", "wwwwwww"},
    {"CTP", "...nw"},
    {"CUR", "we"},
    {"DMG", "wBw.w"},
    {"DTM", "wY"},
    {"DTP", "wwD"},
    {"EB", "wwtw.wnnwnwwp"},
    {"EQ", "tpww"},
    {"HI", "hhhhhhhhhhhh"},
    {"HL", "nnwn"},
    {"INS", "..........wD"},
    {"LIN", ".wv"},
    {"LQ", "wm"},
    {"LX", "n"},
    {"MIA", "nnnnmnnnnnnnnnnnnnnmmmmn"},
    {"MOA", "nnmmmmmnn"},
    {"N1", "w.w"},
    {"N4", ".szc..s"},
    {"NM1", "ww.....wM"},
    {"PAT", "w...wDwnw"},
    {"PLB", "..in.n.n.n.n.n"},
    {"PRV", "wwx"},
    {"QTY", "wnw"},
    {"SBR", "ww..w...w"},
    {"SV1", "pnwnl.i.w.ww..w"},
    {"SV2", "rpnwnnn"},
    {"SV3", "pnlywn"},
    {"SV5", "pwnnnw"},
    {"SVC", "pnnrnpn"},
    {"SVD", ".nprnn"},
    {"TOO", "woy"},
    {"TRN", "wT"},
    {"UM", "wwtfawww.w"},
};

}  // namespace

const X12Rule *x12_rule(std::string_view segment) {
    const auto *found =
        std::lower_bound(std::begin(rules), std::end(rules), segment,
                         [](const X12Rule &r, std::string_view name) { return r.segment < name; });
    return found != std::end(rules) && found->segment == segment ? found : nullptr;
}

bool is_x12_word(std::string_view segment, int element, std::string_view word) {
    const std::string key = std::string(segment) + "-" + std::to_string(element);
    const auto *found =
        std::lower_bound(std::begin(x12_words), std::end(x12_words), std::string_view(key),
                         [](const X12Words &w, std::string_view name) { return w.element < name; });
    return found != std::end(x12_words) && found->element == key && packed_has(found->words, word);
}

}  // namespace clinical::deid
