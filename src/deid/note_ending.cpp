#include "deid/note_ending.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace clinical::deid::note {
namespace {

using std::literals::operator""sv;

// Endings in lower-case ASCII, looked for by their last letter.
template <std::size_t N>
class Endings {
public:
    constexpr explicit Endings(std::array<std::string_view, N> list) : list_(list) {
        std::sort(list_.begin(), list_.end(), [](auto a, auto b) { return a.back() < b.back(); });
        for (std::size_t letter = 0; letter <= 26; ++letter)
            first_[letter] = static_cast<std::size_t>(
                std::find_if(
                    list_.begin(), list_.end(),
                    [&](auto e) { return static_cast<std::size_t>(e.back() - 'a') >= letter; }) -
                list_.begin());
    }
    // Whether `word` has one of them and more than `before` letters before it.
    [[nodiscard]] bool end(std::string_view word, std::size_t before) const {
        if (word.empty() || word.back() < 'a' || word.back() > 'z') return false;
        const auto letter = static_cast<std::size_t>(word.back() - 'a');
        for (std::size_t i = first_[letter]; i < first_[letter + 1]; ++i)
            if (word.size() > list_[i].size() + before && word.ends_with(list_[i])) return true;
        return false;
    }

private:
    std::array<std::string_view, N> list_;
    std::array<std::size_t, 27> first_{};
};

constexpr Endings medical(std::array{
    "adenoma"sv,   "aemia"sv,         "algia"sv,    "carcinoma"sv, "cardia"sv,     "dopa"sv,
    "dynia"sv,     "ectasia"sv,       "emia"sv,     "esthesia"sv,  "kinesia"sv,    "kinra"sv,
    "lexia"sv,     "lymphoma"sv,      "malacia"sv,  "noma"sv,      "oma"sv,        "opia"sv,
    "opsia"sv,     "penia"sv,         "phasia"sv,   "philia"sv,    "plegia"sv,     "pnea"sv,
    "praxia"sv,    "rrhea"sv,         "sarcoma"sv,  "sulfa"sv,     "uria"sv,       "ciclib"sv,
    "inib"sv,      "mab"sv,           "nib"sv,      "rafenib"sv,   "umab"sv,       "ximab"sv,
    "zumab"sv,     "blastic"sv,       "emic"sv,     "genic"sv,     "graphic"sv,    "itic"sv,
    "lytic"sv,     "metric"sv,        "ologic"sv,   "ostatic"sv,   "otic"sv,       "pathic"sv,
    "plastic"sv,   "scopic"sv,        "trophic"sv,  "uric"sv,      "ximod"sv,      "acetate"sv,
    "amide"sv,     "apine"sv,         "arone"sv,    "ase"sv,       "azepine"sv,    "azole"sv,
    "caine"sv,     "chloride"sv,      "citrate"sv,  "codone"sv,    "cycline"sv,    "dipine"sv,
    "dronate"sv,   "ecainide"sv,      "etine"sv,    "fibrate"sv,   "giline"sv,     "glitazone"sv,
    "glutide"sv,   "hydrochloride"sv, "idone"sv,    "ipramine"sv,  "mide"sv,       "morphone"sv,
    "nazole"sv,    "nide"sv,          "oxetine"sv,  "phylline"sv,  "piprazole"sv,  "prazole"sv,
    "quine"sv,     "rrhage"sv,        "semide"sv,   "solone"sv,    "sone"sv,       "sulfate"sv,
    "thiazide"sv,  "tide"sv,          "tidine"sv,   "trexate"sv,   "triptyline"sv, "vudine"sv,
    "antel"sv,     "barbital"sv,      "cardial"sv,  "dermal"sv,    "dilol"sv,      "fentanil"sv,
    "ferol"sv,     "grel"sv,          "nasal"sv,    "ological"sv,  "olol"sv,       "peridol"sv,
    "pril"sv,      "spinal"sv,        "taxel"sv,    "terol"sv,     "azepam"sv,     "bactam"sv,
    "curium"sv,    "curonium"sv,      "derm"sv,     "oxicam"sv,    "penem"sv,      "tropium"sv,
    "zolam"sv,     "cillin"sv,        "floxacin"sv, "formin"sv,    "gabalin"sv,    "gliflozin"sv,
    "gliptin"sv,   "globulin"sv,      "micin"sv,    "mycin"sv,     "oxacin"sv,     "oxin"sv,
    "parin"sv,     "pentin"sv,        "platin"sv,   "relin"sv,     "rubicin"sv,    "sartan"sv,
    "setron"sv,    "statin"sv,        "tension"sv,  "triptan"sv,   "tropin"sv,     "xaban"sv,
    "zosin"sv,     "articular"sv,     "asvir"sv,    "buvir"sv,     "cellular"sv,   "cyclovir"sv,
    "gravir"sv,    "muscular"sv,      "navir"sv,    "ocular"sv,    "ovir"sv,       "previr"sv,
    "vascular"sv,  "vir"sv,           "alis"sv,     "aris"sv,      "centesis"sv,   "ceps"sv,
    "cutaneous"sv, "cytosis"sv,       "desis"sv,    "ectasis"sv,   "formis"sv,     "genesis"sv,
    "genous"sv,    "iasis"sv,         "iatrics"sv,  "icus"sv,      "itides"sv,     "itis"sv,
    "limus"sv,     "lysis"sv,         "oris"sv,     "osis"sv,      "ostosis"sv,    "phoresis"sv,
    "sclerosis"sv, "stasis"sv,        "ulosis"sv,   "blast"sv,     "cept"sv,       "lukast"sv,
    "ocet"sv,      "relix"sv,         "ectomy"sv,   "ectopy"sv,    "graphy"sv,     "iatry"sv,
    "megaly"sv,    "ology"sv,         "ostomy"sv,   "otomy"sv,     "pathy"sv,      "pexy"sv,
    "plasty"sv,    "rrhaphy"sv,       "scopy"sv,    "surgery"sv,   "tripsy"sv,     "trophy"sv});

constexpr Endings streets(std::array{
    "gata"sv,    "kova"sv,   "kuja"sv,    "ova"sv,     "ska"sv,    "tanska"sv, "utca"sv,
    "grand"sv,   "allee"sv,  "gade"sv,    "gasse"sv,   "gate"sv,   "kade"sv,   "strae"sv,
    "straede"sv, "strase"sv, "strasse"sv, "tie"sv,     "dreef"sv,  "ring"sv,   "steeg"sv,
    "steig"sv,   "stieg"sv,  "stig"sv,    "weg"sv,     "kaari"sv,  "raitti"sv, "vei"sv,
    "vej"sv,     "singel"sv, "damm"sv,    "backen"sv,  "bakken"sv, "gatan"sv,  "granden"sv,
    "kroken"sv,  "laan"sv,   "marken"sv,  "parken"sv,  "plein"sv,  "stigen"sv, "svingen"sv,
    "toften"sv,  "vagen"sv,  "vangen"sv,  "vegen"sv,   "veien"sv,  "aukio"sv,  "skeho"sv,
    "penger"sv,  "stigur"sv, "str"sv,     "ufer"sv,    "vegur"sv,  "braut"sv,  "gracht"sv,
    "straat"sv,  "torget"sv, "tunet"sv,   "vaenget"sv, "gotu"sv,   "katu"sv,   "polku"sv,
    "platz"sv});

}  // namespace

bool has_medical_ending(std::string_view letters) {
    // "statins", "biopsies": more than two letters before it, whether plural or not.
    const bool plural = letters.size() > 4 && letters.back() == 's';
    return medical.end(letters, 2) ||
           (plural && medical.end(letters.substr(0, letters.size() - 1), 1));
}

bool has_street_ending(std::string_view letters) { return streets.end(letters, 1); }

}  // namespace clinical::deid::note
