// Raw records of any bytes: every one is read, every plain name and number in its PID is found.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "deid/leak_identifiers.h"
#include "deid/leak_matcher.h"
#include "deid/leak_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using clinical::deid::LeakMatcher;
    const std::string_view bytes(reinterpret_cast<const char *>(data), size);
    static const LeakMatcher fresh;
    LeakMatcher matcher = fresh;
    for (const char *format : {"hl7v2", "fhir", "ccda", "x12", "csv"})
        clinical::deid::add_identifiers(format, bytes, matcher);
    // A segment of our own behind whatever came: the record's delimiters may be anything, so it is
    // a record of its own.
    clinical::deid::add_identifiers("PID|1||7654321||Quibblington^Yorick\r", matcher);
    if (matcher.search("yorick QUIBBLINGTON", {}).empty()) std::abort();
    if (matcher.search("7-654-321", {}).empty()) std::abort();

    // Folding settles after one turn, and undoing escapes never grows a text.
    const std::string folded = clinical::deid::fold(bytes);
    if (clinical::deid::is_utf8(bytes) && clinical::deid::fold(folded) != folded) std::abort();
    if (clinical::deid::undo_escapes(bytes).size() > bytes.size()) std::abort();
    matcher.search(bytes, {});
    matcher.search(bytes, {.number = true, .code = true, .kept = true});
    return 0;
}
