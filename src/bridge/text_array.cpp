#include "bridge/text_array.h"

#include <algorithm>

extern "C" {
#include "catalog/pg_type.h"
#include "utils/array.h"
}

namespace clinical::bridge {

std::vector<std::optional<std::string_view>> text_array_argument(FunctionCallInfo fcinfo, int n) {
    struct Elements {
        Datum *values;
        bool *nulls;
        int count;
    };
    const Elements elements = pg([&] {
        ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
        Elements out{};
        deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT, &out.values,
                          &out.nulls, &out.count);
        return out;
    });
    std::vector<std::optional<std::string_view>> texts(static_cast<std::size_t>(elements.count));
    // An array holds its elements plain: they need no detoasting of their own.
    for (std::size_t i = 0; i < texts.size(); ++i)
        if (!elements.nulls[i]) texts[i] = view(DatumGetPointer(elements.values[i]));
    return texts;
}

std::vector<std::string_view> text_array_without_nulls(FunctionCallInfo fcinfo, int n) {
    const auto elements = text_array_argument(fcinfo, n);
    if (!std::ranges::all_of(elements, [](const auto &element) { return element.has_value(); }))
        pg([] {
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("array must not contain nulls")));
        });
    std::vector<std::string_view> texts;
    texts.reserve(elements.size());
    for (const auto &element : elements) texts.push_back(*element);
    return texts;
}

Datum to_text_array(std::span<const std::string> texts, Oid element) {
    std::vector<Datum> values;
    values.reserve(texts.size());
    for (const std::string &text : texts) values.push_back(to_text(text));
    Datum *data = values.data();
    const auto count = static_cast<int>(values.size());
    return pg([&] {
        return PointerGetDatum(construct_array(data, count, element, -1, false, TYPALIGN_INT));
    });
}

Datum to_text_array(std::span<const std::string> texts) { return to_text_array(texts, TEXTOID); }

}  // namespace clinical::bridge
