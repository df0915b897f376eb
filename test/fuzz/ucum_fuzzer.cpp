// A number, and two units behind lines of their own: what parses has a canonical form that parses
// to the same, converts there and back within the stated precision, survives being stored, and
// orders as its hash key says.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "ucum/lab.h"

using namespace clinical;

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static ucum::Cache cache;
    const std::string input(reinterpret_cast<const char *>(data), size);
    const auto first = input.find('\n');
    const auto second = first == std::string::npos ? first : input.find('\n', first + 1);
    if (second == std::string::npos) return 0;
    const std::string number = input.substr(0, first);
    const std::string text = input.substr(first + 1, second - first - 1);
    const std::string other = input.substr(second + 1);

    (void)ucum::unit_issues(text);
    (void)ucum::resolve_unit(text, "2345-7", {}, cache);
    if (auto folded = ucum::Unit::parse_insensitive(text); folded.ok())
        must(ucum::Unit::parse(folded.value().text()).ok());

    const auto unit = cache.unit(text);
    const auto value = core::Decimal::parse(number);
    if (!unit.ok()) return 0;
    const auto canonical = ucum::Unit::parse(unit.value().canonical());
    must(canonical.ok());
    must(canonical.value().canonical() == unit.value().canonical());
    must(commensurable(unit.value(), canonical.value()));
    if (!value.ok() || value.value().precision() > 60 || value.value().scale() > 60) return 0;

    const ucum::Quantity quantity{ucum::Comparator::exact, value.value(), unit.value()};
    std::string bytes;
    quantity.encode(bytes);
    const auto decoded = ucum::Quantity::decode(bytes, cache);
    must(decoded.ok() && order(decoded.value(), quantity) == 0);
    must(hash_key(decoded.value()) == hash_key(quantity));
    must(ucum::Quantity::parse(quantity.to_text(), cache).ok());
    (void)ucum::normalize_lab("2345-7", quantity, cache);
    (void)ucum::normalize_lab("8310-5", quantity, cache);
    (void)ucum::normalize_lab("4548-4", quantity, cache);

    const auto target = cache.unit(other);
    if (!target.ok()) return 0;
    const ucum::Quantity against{ucum::Comparator::exact, value.value(), target.value()};
    must((order(quantity, against) == 0) == (hash_key(quantity) == hash_key(against)));
    const auto there = cache.conversion(text, other);
    must(there.ok() == commensurable(unit.value(), target.value()));
    (void)multiply(quantity, against);
    (void)divide(quantity, against);
    if (!there.ok()) return 0;
    const auto converted = there.value()->apply(value.value());
    if (!converted.ok() || unit.value().is_special() || target.value().is_special()) return 0;
    const auto back = cache.conversion(other, text);
    must(back.ok());
    const auto again = back.value()->apply(converted.value());
    if (!again.ok() || value.value().is_zero()) return 0;
    // 34 digits each way, and a value of up to 60 digits keeps its own.
    must(again.value().round_significant(28) == value.value().round_significant(28) ||
         value.value().precision() > 28 || converted.value().is_zero());
    return 0;
}
