// Column labels (src/deid/column.h): the label provider, what SQL asks of labels, and the row
// functions that a released copy of a table is made with.

#include <optional>
#include <string>

#include "bridge/jsonb_reader.h"
#include "bridge/jsonb_writer.h"
#include "bridge/value.h"
#include "convert/identifier.h"
#include "deid/cell.h"
#include "deid/codes.h"
#include "deid/column.h"
#include "pg/deid_arguments.h"
#include "pg/json.h"
#include "pg/settings.h"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/seclabel.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
}

using namespace clinical;

namespace {

using deid::ColumnKind;
using deid::ColumnType;

// --- types ---------------------------------------------------------------------------------------

// The type whose values a column holds: that below its domains, of an array that of its elements.
struct BaseType {
    Oid oid;
    bool array;
    bool enumeration;
    bool message;  // hl7v2 of this extension
};

BaseType base_type(Oid declared) {
    return bridge::pg([&] {
        BaseType base{getBaseType(declared), false, false, false};
        if (const Oid element = get_element_type(base.oid); OidIsValid(element)) {
            base.array = true;
            base.oid = getBaseType(element);
        }
        base.enumeration = type_is_enum(base.oid);
        if (base.oid >= FirstNormalObjectId && !base.enumeration) {
            const Oid extension = get_extension_oid("pgclinical", true);
            char *name =
                OidIsValid(extension) && getExtensionOfObject(TypeRelationId, base.oid) == extension
                    ? format_type_extended(base.oid, -1, 0)
                    : nullptr;
            if (name) {
                const char *dot = strrchr(name, '.');
                base.message = strcmp(dot ? dot + 1 : name, "hl7v2") == 0;
            }
        }
        return base;
    });
}

ColumnType column_type(const BaseType &base) {
    const auto kind = [&] {
        switch (base.oid) {
            case BOOLOID: return ColumnKind::boolean;
            case INT2OID:
            case INT4OID:
            case INT8OID: return ColumnKind::integer;
            case NUMERICOID:
            case FLOAT4OID:
            case FLOAT8OID: return ColumnKind::number;
            case TEXTOID:
            case VARCHAROID:
            case BPCHAROID: return ColumnKind::text;
            case DATEOID: return ColumnKind::date;
            case TIMESTAMPOID: return ColumnKind::timestamp;
            case TIMESTAMPTZOID: return ColumnKind::timestamptz;
            case TIMEOID:
            case TIMETZOID: return ColumnKind::time;
            case INTERVALOID: return ColumnKind::interval;
            case UUIDOID: return ColumnKind::uuid;
            case JSONOID:
            case JSONBOID: return ColumnKind::json;
            case XMLOID: return ColumnKind::xml;
            default:
                return base.enumeration ? ColumnKind::enumeration
                       : base.message   ? ColumnKind::hl7v2
                                        : ColumnKind::other;
        }
    };
    return {kind(), base.array};
}

std::optional<ColumnType> type_named(std::string_view name) {
    ColumnType type;
    if (name.ends_with("[]")) {
        type.array = true;
        name.remove_suffix(2);
    }
    for (int i = 0; i <= static_cast<int>(ColumnKind::other); ++i) {
        type.kind = static_cast<ColumnKind>(i);
        if (deid::name_of(type.kind) == name) return type;
    }
    return std::nullopt;
}

// --- the provider --------------------------------------------------------------------------------

// SECURITY LABEL FOR pgclinical: the server has checked that the caller owns the table.
void check_written_label(const ObjectAddress *object, const char *label) {
    const bool column = object->classId == RelationRelationId && object->objectSubId > 0;
    const char kind = column ? bridge::pg([&] { return get_rel_relkind(object->objectId); }) : '\0';
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_MATVIEW)
        bridge::pg([&] {
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("pgclinical labels columns of tables"),
                            errdetail("What a recipient gets is copied from tables, never from "
                                      "views.")));
        });
    if (!label) return;  // the label is taken away
    const Oid declared = bridge::pg([&] {
        return get_atttype(object->objectId, static_cast<AttrNumber>(object->objectSubId));
    });
    if (auto error = deid::check_label(label, column_type(base_type(declared))))
        throw std::move(*error);
}

extern "C" void check_column_label(const ObjectAddress *object, const char *label) {
    bridge::enter_callback([&] { check_written_label(object, label); });
}

// --- rows ----------------------------------------------------------------------------------------

Datum year_datum(int year, bool *is_null) {
    if (year < 1 || year > 9999) *is_null = true;
    return Int32GetDatum(year);
}

std::optional<deid::Date> optional_date(FunctionCallInfo fcinfo, int n) {
    if (PG_ARGISNULL(n)) return std::nullopt;
    return deid::cell_date(bridge::text_argument(fcinfo, n));
}

// The rows of argument `n`, read once per call site.
const core::Json &rows_argument(FunctionCallInfo fcinfo, int n) {
    struct Entry {
        std::string source;
        std::optional<core::Json> rows;
    };
    const bridge::JsonbNode node = bridge::jsonb_argument(fcinfo, n);
    auto *entry = static_cast<Entry *>(fcinfo->flinfo->fn_extra);
    if (!entry) {
        entry = bridge::make_in<Entry>(fcinfo->flinfo->fn_mcxt);
        fcinfo->flinfo->fn_extra = entry;
    }
    if (!entry->rows || entry->source != node.image()) {
        entry->rows.reset();
        entry->source = node.image();
        entry->rows = pg_json(node);
    }
    return *entry->rows;
}

Datum scalar(FunctionCallInfo fcinfo, const core::Json &value) {
    if (value.is_absent()) PG_RETURN_NULL();
    return bridge::to_text(value.kind() == core::Kind::boolean
                               ? (value.as_bool() ? "true" : "false")
                               : value.as_text());
}

std::string digits_of(FunctionCallInfo fcinfo, int n) {
    return bridge::pg([&] {
        return static_cast<const char *>(
            DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(n))));
    });
}

}  // namespace

namespace clinical {
void register_column_labels() { register_label_provider("pgclinical", check_column_label); }
}  // namespace clinical

// text, date[], ...: what a column of a type holds, as labels see it.
CLINICAL_FUNCTION(column_type) {
    const ColumnType type = column_type(base_type(PG_GETARG_OID(0)));
    return bridge::to_text(std::string(deid::name_of(type.kind)) + (type.array ? "[]" : ""));
}

CLINICAL_FUNCTION(column_base_type) { PG_RETURN_OID(base_type(PG_GETARG_OID(0)).oid); }

// (label, type, mode): {"action": ..., parameters}, or {"refused": why}.
CLINICAL_FUNCTION(column_rule) {
    const auto type = type_named(bridge::text_argument(fcinfo, 1));
    if (!type) pg::refuse("unknown type of a column");
    const auto mode = deid::mode_named(bridge::text_argument(fcinfo, 2));
    if (!mode) pg::refuse("unknown mode of a policy");
    core::Json out = core::Json::object();
    auto label = deid::read_label(bridge::text_argument(fcinfo, 0));
    if (!label.ok()) {
        out.set("refused", core::Json::string(label.error().where));
    } else {
        const auto rule = deid::compile_column(label.value(), *type, *mode);
        if (!rule.ok()) {
            out.set("refused", core::Json::string(rule.error().where));
        } else {
            out = rule.value().parameters;
            out.set("action", core::Json::string(deid::name_of(rule.value().action)));
        }
    }
    bridge::JsonbWriter writer;
    core::write(out, writer);
    return writer.finish();
}

CLINICAL_FUNCTION(deid_year_date) {
    const DateADT days = PG_GETARG_DATEADT(0);
    if (DATE_NOT_FINITE(days)) PG_RETURN_NULL();
    int year, month, day;
    j2date(days + POSTGRES_EPOCH_JDATE, &year, &month, &day);
    return year_datum(year, &fcinfo->isnull);
}

CLINICAL_FUNCTION(deid_year_timestamp) {
    struct pg_tm tm;
    fsec_t fraction;
    const Timestamp when = PG_GETARG_TIMESTAMP(0);
    if (TIMESTAMP_NOT_FINITE(when) ||
        timestamp2tm(when, nullptr, &tm, &fraction, nullptr, nullptr) != 0)
        PG_RETURN_NULL();
    return year_datum(tm.tm_year, &fcinfo->isnull);
}

CLINICAL_FUNCTION(deid_year) {
    const auto date = deid::cell_date(bridge::text_argument(fcinfo, 0));
    if (!date) PG_RETURN_NULL();
    return year_datum(date->year, &fcinfo->isnull);
}

// (birth, death, reference)
CLINICAL_FUNCTION(deid_year_rule) {
    if (PG_ARGISNULL(2)) PG_RETURN_NULL();
    PG_RETURN_INT32(deid::year_rule(optional_date(fcinfo, 0), optional_date(fcinfo, 1),
                                    pg::to_date(PG_GETARG_DATEADT(2))));
}

CLINICAL_FUNCTION(deid_shift_date) {
    const int64 days = PG_GETARG_DATEADT(0);
    const int64 moved = days + PG_GETARG_INT32(1);
    if (DATE_NOT_FINITE(days) || !IS_VALID_DATE(moved)) PG_RETURN_NULL();
    PG_RETURN_DATEADT(static_cast<DateADT>(moved));
}

// Of both timestamp types: a day is 24 hours.
CLINICAL_FUNCTION(deid_shift_date_timestamp) {
    const Timestamp when = PG_GETARG_TIMESTAMP(0);
    Timestamp moved;
    if (TIMESTAMP_NOT_FINITE(when) ||
        pg_add_s64_overflow(when, PG_GETARG_INT32(1) * USECS_PER_DAY, &moved) ||
        !IS_VALID_TIMESTAMP(moved))
        PG_RETURN_NULL();
    PG_RETURN_TIMESTAMP(moved);
}

CLINICAL_FUNCTION(deid_shift_date_text) {
    const auto moved = deid::shift_cell(bridge::text_argument(fcinfo, 0), PG_GETARG_INT32(1));
    if (!moved) PG_RETURN_NULL();
    return bridge::to_text(*moved);
}

// (value, digits): significant digits count, those behind the point as well.
CLINICAL_FUNCTION(deid_number) {
    const auto value = PG_GETARG_NUMERIC(0);
    if (numeric_is_nan(value) || numeric_is_inf(value)) PG_RETURN_NULL();
    const int most = PG_GETARG_INT32(1);
    int significant = 0;
    for (const char c : digits_of(fcinfo, 0))
        if (c >= '0' && c <= '9' && (c != '0' || significant > 0)) ++significant;
    if (significant > most) PG_RETURN_NULL();
    PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

CLINICAL_FUNCTION(deid_listed) {
    const auto value =
        deid::listed(bridge::text_argument(fcinfo, 0), bridge::text_argument(fcinfo, 1));
    if (!value) PG_RETURN_NULL();
    return bridge::to_text(*value);
}

CLINICAL_FUNCTION(deid_public_code) {
    if (!deid::is_public_code(bridge::text_argument(fcinfo, 1), bridge::text_argument(fcinfo, 0)))
        PG_RETURN_NULL();
    PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

CLINICAL_FUNCTION(deid_generalize) {
    const core::Json &rows = rows_argument(fcinfo, 1);
    return scalar(fcinfo, deid::generalized(bridge::text_argument(fcinfo, 0), false, rows));
}

CLINICAL_FUNCTION(deid_generalize_numeric) {
    const auto value = PG_GETARG_NUMERIC(0);
    if (numeric_is_nan(value) || numeric_is_inf(value)) PG_RETURN_NULL();
    const core::Json &rows = rows_argument(fcinfo, 1);
    return scalar(fcinfo, deid::generalized(digits_of(fcinfo, 0), true, rows));
}

// The text of a date that a cell holds, as deid_safe_harbor's person takes it.
CLINICAL_FUNCTION(deid_day) {
    const auto date = deid::cell_date(bridge::text_argument(fcinfo, 0));
    if (!date) PG_RETURN_NULL();
    char text[16];
    const int length =
        date->day
            ? snprintf(text, sizeof text, "%04d-%02d-%02d", date->year, date->month, date->day)
        : date->month ? snprintf(text, sizeof text, "%04d-%02d", date->year, date->month)
                      : snprintf(text, sizeof text, "%04d", date->year);
    return bridge::to_text({text, static_cast<std::size_t>(length)});
}

CLINICAL_FUNCTION(patient_id_of) {
    return bridge::to_text(
        convert::patient_id_of(bridge::text_argument(fcinfo, 0), bridge::text_argument(fcinfo, 1)));
}
