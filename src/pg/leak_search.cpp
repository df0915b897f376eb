// The two functions by which a leak check uses every process that a query may have: leak_keys reads
// identifiers from records, leak_look searches them in rows.

#include "pg/leak_search.h"

#include <algorithm>
#include <vector>

#include "bridge/text_array.h"
#include "deid/leak_identifiers.h"

extern "C" {
#include "catalog/pg_type.h"
#include "storage/dsm.h"
#include "utils/jsonb.h"
}

namespace clinical {

namespace {

constexpr std::string_view element_names =
#include "deid/data/leak_elements.inc"
    ;
constexpr std::string_view code_element_names =
#include "deid/data/leak_code_elements.inc"
    ;

std::unordered_set<std::string_view> leak_words(std::string_view list) {
    std::unordered_set<std::string_view> words;
    deid::each_word(list, [&](std::string_view word) { words.insert(word); });
    return words;
}

// --- keys ----------------------------------------------------------------------------------------

// What a call site keeps between rows: the same dates and codes come again and again.
struct KeySite {
    deid::LeakKeyList list;
    std::vector<std::uint64_t> sent = std::vector<std::uint64_t>(std::size_t{1} << 15);
    std::string bytes;
};

KeySite &key_site(FunctionCallInfo fcinfo) {
    if (!fcinfo->flinfo->fn_extra)
        fcinfo->flinfo->fn_extra = bridge::make_in<KeySite>(fcinfo->flinfo->fn_mcxt);
    return *static_cast<KeySite *>(fcinfo->flinfo->fn_extra);
}

LeakPass pass_argument(FunctionCallInfo fcinfo, int n) {
    return {static_cast<std::uint32_t>(PG_GETARG_INT32(n)),
            std::clamp<std::uint32_t>(static_cast<std::uint32_t>(PG_GETARG_INT32(n + 1)), 1, 256)};
}

// NULL when this record says nothing that was not said before.
Datum keys_of(FunctionCallInfo fcinfo, KeySite &site, LeakPass pass) {
    site.bytes.clear();
    for (const auto &[key, bits] : site.list.items) {
        if (!pass.takes(key)) continue;
        std::uint64_t &sent = site.sent[(key >> 20) & (site.sent.size() - 1)];
        const std::uint64_t said = (key << 12 | key >> 52) ^ bits;
        if (sent == said) continue;
        sent = said;
        site.bytes.append(reinterpret_cast<const char *>(&key), sizeof key);
        site.bytes.append(reinterpret_cast<const char *>(&bits), sizeof bits);
    }
    site.list.items.clear();
    if (site.bytes.empty()) PG_RETURN_NULL();
    return bridge::to_text(site.bytes);
}

// --- looking -------------------------------------------------------------------------------------

struct LookSite {
    explicit LookSite(std::span<const std::uint64_t> image) : matcher(image), search(matcher) {}
    deid::LeakMatcher matcher;
    LeakSearch search;
    std::vector<std::string> columns;  // kind and name
    std::string findings;
};

// Memory of this session's own segment stays mapped; a worker's lasts as long as the worker.
std::span<const std::uint64_t> shared_image(std::int64_t handle, std::uint64_t nonce) {
    const auto *shared = static_cast<const LeakShared *>(bridge::pg([&]() -> void * {
        const auto number = static_cast<dsm_handle>(handle);
        dsm_segment *segment = dsm_find_mapping(number);
        if (!segment) {
            segment = dsm_attach(number);
            if (!segment) return nullptr;
            dsm_pin_mapping(segment);
        }
        const auto *found = static_cast<const LeakShared *>(dsm_segment_address(segment));
        const Size size = dsm_segment_map_length(segment);
        const bool ours = size > sizeof(LeakShared) && found->kind == LeakShared::magic &&
                          found->nonce == nonce &&
                          found->words <= (size - offsetof(LeakShared, image)) / 8;
        return ours ? const_cast<LeakShared *>(found) : nullptr;
    }));
    if (!shared)
        throw core::Error{core::ErrorCode::invalid_option, "no leak check has this number", "", 0};
    return {shared->image, static_cast<std::size_t>(shared->words)};
}

}  // namespace

const std::unordered_set<std::string_view> &leak_elements() {
    static const auto elements = leak_words(element_names);
    return elements;
}

std::string LeakSearch::shown(std::string_view name) {
    for (const deid::LeakHit &hit : matcher_.search(name, {}))
        if (hit.severity == deid::Severity::blocking) return "*";
    return std::string(name);
}

deid::LeakPlace LeakSearch::place_of(std::string_view key) const {
    static const auto code_elements = leak_words(code_element_names);
    return {.number = false,
            .code = code_elements.contains(key),
            .kept = key == "state" || key == "country"};
}

int add_given(std::string_view value, std::string_view category, deid::LeakKeys &keys) {
    if (category == "ordinary") {
        keys.add_ordinary(value);
        return 0;
    }
    if (deid::add_identifiers(category, value, keys)) return 1;
    keys.add_text(deid::leak_category_named(category).value_or(deid::LeakCategory::other), value);
    return 1;
}

std::vector<std::string> texts_argument(FunctionCallInfo fcinfo, int n) {
    std::vector<std::string> texts;
    for (const auto &text : bridge::text_array_argument(fcinfo, n))
        texts.emplace_back(text.value_or(std::string_view()));
    return texts;
}

void write_finding(std::string &out, const deid::LeakHit &hit, std::string_view path) {
    const std::size_t length = std::min<std::size_t>(path.size(), 0xffff);
    out += static_cast<char>(hit.severity);
    out += static_cast<char>(hit.category);
    out += static_cast<char>(length & 0xff);
    out += static_cast<char>(length >> 8);
    out += path.substr(0, length);
}

}  // namespace clinical

using namespace clinical;

// leak_keys(format text, raw bytea, pass int, passes int)
CLINICAL_FUNCTION(leak_keys) {
    KeySite &site = key_site(fcinfo);
    if (!deid::add_identifiers(bridge::text_argument(fcinfo, 0), bridge::text_argument(fcinfo, 1),
                               site.list))
        throw core::Error{core::ErrorCode::unsupported,
                          "leak check cannot read the records of this format",
                          std::string("It reads ") + deid::leak_formats + ".", 0};
    return keys_of(fcinfo, site, pass_argument(fcinfo, 2));
}

// leak_id_keys(id text, pass int, passes int)
CLINICAL_FUNCTION(leak_id_keys) {
    KeySite &site = key_site(fcinfo);
    site.list.add_text(deid::LeakCategory::other, bridge::text_argument(fcinfo, 0));
    return keys_of(fcinfo, site, pass_argument(fcinfo, 1));
}

// leak_value_keys(value text, category text, pass int, passes int)
CLINICAL_FUNCTION(leak_value_keys) {
    KeySite &site = key_site(fcinfo);
    add_given(bridge::text_argument(fcinfo, 0), bridge::text_argument(fcinfo, 1), site.list);
    return keys_of(fcinfo, site, pass_argument(fcinfo, 2));
}

// leak_look(handle bigint, nonce bigint, columns text[], VARIADIC "any"): NULL when nothing is
// found
CLINICAL_FUNCTION(leak_look) {
    auto *site = static_cast<LookSite *>(fcinfo->flinfo->fn_extra);
    if (!site) {
        const auto image =
            shared_image(PG_GETARG_INT64(0), static_cast<std::uint64_t>(PG_GETARG_INT64(1)));
        site = bridge::make_in<LookSite>(fcinfo->flinfo->fn_mcxt, image);
        site->columns = texts_argument(fcinfo, 2);
        const int given = PG_NARGS() - 3;
        if (given != static_cast<int>(site->columns.size()))
            throw core::Error{core::ErrorCode::invalid_option, "every column needs a value", "", 0};
        for (int i = 0; i < given; ++i) {
            const Oid type = bridge::pg([&] { return get_fn_expr_argtype(fcinfo->flinfo, i + 3); });
            if (type != (site->columns[static_cast<std::size_t>(i)][0] == 'j' ? JSONBOID : TEXTOID))
                throw core::Error{core::ErrorCode::invalid_option, "a value is of another type", "",
                                  0};
        }
        fcinfo->flinfo->fn_extra = site;
    }
    site->findings.clear();
    for (std::size_t i = 0; i < site->columns.size(); ++i) {
        const int argument = static_cast<int>(i) + 3;
        if (PG_ARGISNULL(argument)) continue;
        const std::string &column = site->columns[i];
        const Datum value = bridge::pg([&] {
            return PointerGetDatum(column[0] == 'j'
                                       ? PG_DETOAST_DATUM(PG_GETARG_DATUM(argument))
                                       : PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(argument)));
        });
        site->search.value(std::string_view(column).substr(1), column[0], value,
                           [&](const deid::LeakHit &hit, std::string_view path) {
                               write_finding(site->findings, hit, path);
                           });
    }
    if (site->findings.empty()) PG_RETURN_NULL();
    return bridge::to_text(site->findings);
}
