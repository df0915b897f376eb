// Type quantity: a comparator, an exact number and a UCUM unit.

#include "bridge/jsonb_reader.h"
#include "bridge/jsonb_writer.h"
#include "pg/quantity_argument.h"

extern "C" {
#include "common/hashfn.h"
#include "libpq/pqformat.h"
}

using namespace clinical;
using pg::quantity_argument;
using pg::quantity_datum;
using ucum::Quantity;

namespace {

constexpr std::string_view ucum_uri = "http://unitsofmeasure.org";

Quantity parsed(std::string_view text) {
    return bridge::take(Quantity::parse(text, pg::unit_cache()));
}

std::strong_ordering order(FunctionCallInfo fcinfo) {
    return ucum::order(quantity_argument(fcinfo, 0), quantity_argument(fcinfo, 1));
}

Datum truth(FunctionCallInfo fcinfo, std::optional<bool> value) {
    if (!value) PG_RETURN_NULL();
    PG_RETURN_BOOL(*value);
}

core::Error not_fhir(const char *where) {
    return {core::ErrorCode::invalid_value, "jsonb is no quantity", where, 0};
}

// A FHIR Quantity: the code when its system is UCUM, else a unit that is one.
Quantity from_fhir(const bridge::JsonbNode &node) {
    const auto value = node.find("value");
    if (node.kind() != core::Kind::object || value.kind() != core::Kind::number)
        throw not_fhir("A FHIR Quantity is an object with a number as value.");
    const auto system = node.find("system").as_text();
    const auto code = node.find("code").as_text();
    if (!system.empty() && system != ucum_uri)
        throw not_fhir("The unit is of another code system than UCUM.");
    const auto comparator = ucum::comparator_of(node.find("comparator").as_text());
    if (!comparator) throw not_fhir("The comparator is none of <, <=, >=, >.");
    const auto unit = code.empty() ? node.find("unit").as_text() : code;
    return {*comparator, bridge::take(core::Decimal::parse(value.number_text())),
            bridge::take(pg::unit_cache().unit(unit))};
}

std::uint64_t hash(FunctionCallInfo fcinfo, std::uint64_t seed) {
    const std::string key = ucum::hash_key(quantity_argument(fcinfo, 0));
    return hash_bytes_extended(reinterpret_cast<const unsigned char *>(key.data()),
                               static_cast<int>(key.size()), seed);
}

Datum in_unit(const Quantity &quantity, std::string_view unit) {
    auto &units = pg::unit_cache();
    return quantity_datum(
        bridge::take(ucum::convert(quantity, bridge::take(units.unit(unit)), units)));
}

Quantity number(const core::Decimal &value) {
    return {ucum::Comparator::exact, value, bridge::take(pg::unit_cache().unit("1"))};
}

}  // namespace

CLINICAL_FUNCTION(quantity_in) { return quantity_datum(parsed(PG_GETARG_CSTRING(0))); }

CLINICAL_FUNCTION(quantity_out) {
    const std::string text = quantity_argument(fcinfo, 0).to_text();
    return bridge::pg([&] { return PointerGetDatum(pnstrdup(text.data(), text.size())); });
}

// A version, then the text in the client's encoding.
CLINICAL_FUNCTION(quantity_send) {
    const std::string text = quantity_argument(fcinfo, 0).to_text();
    return bridge::pg([&] {
        StringInfoData buffer;
        pq_begintypsend(&buffer);
        pq_sendint8(&buffer, 1);
        pq_sendtext(&buffer, text.data(), static_cast<int>(text.size()));
        return PointerGetDatum(pq_endtypsend(&buffer));
    });
}

CLINICAL_FUNCTION(quantity_recv) {
    const int version = bridge::pg(
        [&] { return pq_getmsgbyte(reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0))); });
    if (version != 1)
        throw core::Error{core::ErrorCode::unsupported, "unsupported version of type quantity",
                          "The binary form has a version other than 1.", 0};
    return quantity_datum(parsed(bridge::received_text(fcinfo)));
}

CLINICAL_FUNCTION(quantity_try) {
    const auto quantity = Quantity::parse(bridge::text_argument(fcinfo, 0), pg::unit_cache());
    if (!quantity.ok()) PG_RETURN_NULL();
    return quantity_datum(quantity.value());
}

CLINICAL_FUNCTION(quantity_from_text) {
    return quantity_datum(parsed(bridge::text_argument(fcinfo, 0)));
}

CLINICAL_FUNCTION(quantity_to_text) {
    return bridge::to_text(quantity_argument(fcinfo, 0).to_text());
}

CLINICAL_FUNCTION(quantity_from_parts) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const auto symbol = bridge::optional_text_argument(fcinfo, 2).value_or(std::string_view());
    const auto comparator = ucum::comparator_of(symbol);
    if (!comparator)
        throw core::Error{core::ErrorCode::invalid_option, "invalid comparator",
                          "The comparator is none of <, <=, >=, >.", 0};
    const auto unit = bridge::optional_text_argument(fcinfo, 1).value_or(std::string_view());
    return quantity_datum({*comparator, bridge::decimal_argument(fcinfo, 0),
                           bridge::take(pg::unit_cache().unit(unit))});
}

CLINICAL_FUNCTION(quantity_from_jsonb) {
    return quantity_datum(from_fhir(bridge::jsonb_argument(fcinfo, 0)));
}

CLINICAL_FUNCTION(quantity_to_jsonb) {
    const Quantity quantity = quantity_argument(fcinfo, 0);
    bridge::JsonbWriter writer;
    writer.begin_object();
    writer.key("value");
    writer.number(quantity.value.to_text());
    if (quantity.comparator != ucum::Comparator::exact) {
        writer.key("comparator");
        writer.string(ucum::symbol_of(quantity.comparator));
    }
    const std::string unit = quantity.unit.text().empty() ? "1" : std::string(quantity.unit.text());
    if (unit != "1") {
        writer.key("unit");
        writer.string(unit);
    }
    writer.key("system");
    writer.string(ucum_uri);
    writer.key("code");
    writer.string(unit);
    writer.end_object();
    return writer.finish();
}

CLINICAL_FUNCTION(quantity_value) {
    return bridge::numeric_datum(quantity_argument(fcinfo, 0).value);
}

CLINICAL_FUNCTION(quantity_unit) {
    const Quantity quantity = quantity_argument(fcinfo, 0);
    const std::string &unit = quantity.unit.text();
    return bridge::to_text(unit.empty() ? "1" : unit);
}

CLINICAL_FUNCTION(quantity_comparator) {
    const auto symbol = ucum::symbol_of(quantity_argument(fcinfo, 0).comparator);
    if (symbol.empty()) PG_RETURN_NULL();
    return bridge::to_text(symbol);
}

CLINICAL_FUNCTION(quantity_is_same_kind) {
    PG_RETURN_BOOL(
        ucum::same_kind(quantity_argument(fcinfo, 0).unit, quantity_argument(fcinfo, 1).unit));
}

CLINICAL_FUNCTION(quantity_convert) {
    return in_unit(quantity_argument(fcinfo, 0), bridge::text_argument(fcinfo, 1));
}

// The total order, for = and for indexes.
CLINICAL_FUNCTION(quantity_eq) { PG_RETURN_BOOL(std::is_eq(order(fcinfo))); }
CLINICAL_FUNCTION(quantity_ne) { PG_RETURN_BOOL(std::is_neq(order(fcinfo))); }
CLINICAL_FUNCTION(quantity_order_lt) { PG_RETURN_BOOL(std::is_lt(order(fcinfo))); }
CLINICAL_FUNCTION(quantity_order_le) { PG_RETURN_BOOL(std::is_lteq(order(fcinfo))); }
CLINICAL_FUNCTION(quantity_order_gt) { PG_RETURN_BOOL(std::is_gt(order(fcinfo))); }
CLINICAL_FUNCTION(quantity_order_ge) { PG_RETURN_BOOL(std::is_gteq(order(fcinfo))); }
CLINICAL_FUNCTION(quantity_cmp) {
    const auto o = order(fcinfo);
    PG_RETURN_INT32(std::is_lt(o) ? -1 : std::is_gt(o) ? 1 : 0);
}
CLINICAL_FUNCTION(quantity_hash) { PG_RETURN_UINT32(static_cast<std::uint32_t>(hash(fcinfo, 0))); }
CLINICAL_FUNCTION(quantity_hash_extended) {
    PG_RETURN_UINT64(hash(fcinfo, static_cast<std::uint64_t>(PG_GETARG_INT64(1))));
}

// What is true of the measured values: NULL where nobody can say.
CLINICAL_FUNCTION(quantity_lt) {
    return truth(fcinfo, ucum::is_less(quantity_argument(fcinfo, 0), quantity_argument(fcinfo, 1)));
}
CLINICAL_FUNCTION(quantity_gt) {
    return truth(fcinfo, ucum::is_less(quantity_argument(fcinfo, 1), quantity_argument(fcinfo, 0)));
}
CLINICAL_FUNCTION(quantity_le) {
    return truth(
        fcinfo, ucum::is_less_or_equal(quantity_argument(fcinfo, 0), quantity_argument(fcinfo, 1)));
}
CLINICAL_FUNCTION(quantity_ge) {
    return truth(
        fcinfo, ucum::is_less_or_equal(quantity_argument(fcinfo, 1), quantity_argument(fcinfo, 0)));
}

CLINICAL_FUNCTION(quantity_plus) {
    return quantity_datum(bridge::take(
        ucum::add(quantity_argument(fcinfo, 0), quantity_argument(fcinfo, 1), pg::unit_cache())));
}
CLINICAL_FUNCTION(quantity_minus) {
    return quantity_datum(bridge::take(ucum::subtract(
        quantity_argument(fcinfo, 0), quantity_argument(fcinfo, 1), pg::unit_cache())));
}
CLINICAL_FUNCTION(quantity_times) {
    return quantity_datum(
        bridge::take(ucum::multiply(quantity_argument(fcinfo, 0), quantity_argument(fcinfo, 1))));
}
CLINICAL_FUNCTION(quantity_divided) {
    return quantity_datum(
        bridge::take(ucum::divide(quantity_argument(fcinfo, 0), quantity_argument(fcinfo, 1))));
}
CLINICAL_FUNCTION(quantity_times_numeric) {
    return quantity_datum(bridge::take(
        ucum::multiply(quantity_argument(fcinfo, 0), number(bridge::decimal_argument(fcinfo, 1)))));
}
CLINICAL_FUNCTION(quantity_numeric_times) {
    return quantity_datum(bridge::take(
        ucum::multiply(quantity_argument(fcinfo, 1), number(bridge::decimal_argument(fcinfo, 0)))));
}
CLINICAL_FUNCTION(quantity_divided_numeric) {
    return quantity_datum(bridge::take(
        ucum::divide(quantity_argument(fcinfo, 0), number(bridge::decimal_argument(fcinfo, 1)))));
}
CLINICAL_FUNCTION(quantity_negated) {
    return quantity_datum(bridge::take(ucum::negate(quantity_argument(fcinfo, 0))));
}
