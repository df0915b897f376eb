// Any file of FHIR documents: its pieces cover all that is not white space, in whatever chunks it
// is read; each says something, twice the same.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "convert/fhir_document.h"
#include "fhir/file.h"

using namespace clinical;

namespace {

const convert::Options &options() {
    static const convert::Options parsed = [] {
        auto json = core::parse_json(R"({"feed": "f", "server": "http://a.example",
            "code_map": {"gender": {"W": {"code": "female"}},
                         "observation": {"X": {"code": "2345-7", "system": "http://loinc.org"}}}})");
        return convert::Options::parse(json.value()).value();
    }();
    return parsed;
}

std::string text_of(const std::vector<convert::FhirStatement> &said) {
    std::string out;
    for (const auto &s : said)
        out += s.id + s.patient_id + core::to_text(s.resource) + s.issue.location + s.issue.message;
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string text(reinterpret_cast<const char *>(data), size);
    fhir::FileScanner scanner(text);
    fhir::FilePiece piece;
    std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    while (scanner.next(piece)) {
        if (piece.begin < at || piece.end <= piece.begin || piece.end > size) std::abort();
        if (text.find_first_not_of(" \t\r\n", at) != piece.begin) std::abort();
        at = piece.end;
        const std::string document = text.substr(piece.begin, piece.end - piece.begin);
        const auto said = convert::convert_fhir(document, options(), 0);
        if (text_of(said) != text_of(convert::convert_fhir(document, options(), 0))) std::abort();
        if (fhir::slice_of(document, 3) > 2) std::abort();
    }
    if (text.find_first_not_of(" \t\r\n", at) != std::string::npos) std::abort();
    if (fhir::complete_prefix(text, false) > size) std::abort();
    return 0;
}
