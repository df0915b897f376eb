-- lab: laboratory values and vital signs in one unit for one analyte, beside the source's

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.lab_unit(
    unit text, code @extschema@.coding DEFAULT NULL, options jsonb DEFAULT NULL
) RETURNS TABLE (ucum text, rule text, issue @extschema@.clinical_issue)
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1 ROWS 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.lab_unit(text, @extschema@.coding, jsonb) IS
'the UCUM unit that a local spelling stands for and the rule that said so, one row; ucum NULL and an issue when it is unknown or means one thing or another by what was measured. options: as pgclinical.mapping_of gives (code_map.unit), property (LOINC property of the code), unit_is_ucum (the sender declares UCUM); 22023 when they are no object';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.lab_normalize(code @extschema@.coding, value @extschema@.quantity)
RETURNS TABLE (
    normalized_code @extschema@.coding, normalized_value @extschema@.quantity,
    factor numeric, rule text, issue @extschema@.clinical_issue
)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.lab_normalize(@extschema@.coding, @extschema@.quantity) IS
'the value in the unit of its analyte, one row: mass becomes substance concentration and the LOINC with it, equivalents become mol, hemoglobin A1c IFCC, temperatures Cel; factor NULL where it is no multiple. An unknown code leaves the value as it is. A unit that does not fit the analyte gives no value and an issue. No rows for NULL; never raises for content';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.lab_normalize(
    code @extschema@.coding, value numeric, unit text, comparator text DEFAULT NULL, options jsonb DEFAULT NULL
) RETURNS TABLE (
    normalized_code @extschema@.coding, normalized_value @extschema@.quantity,
    factor numeric, rule text, issue @extschema@.clinical_issue
)
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 ROWS 1
AS 'MODULE_PATHNAME', 'lab_normalize_local';
COMMENT ON FUNCTION @extschema@.lab_normalize(@extschema@.coding, numeric, text, text, jsonb) IS
'the same of a number and a unit in a local spelling (lab_unit, with its options); code may be NULL. All columns NULL without a value; 22023 for a comparator other than <, <=, >=, > and for options that are no object, 22000 for infinity and NaN';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.lab_normalize_range(
    code @extschema@.coding, low numeric, high numeric, unit text, options jsonb DEFAULT NULL
) RETURNS TABLE (
    normalized_code @extschema@.coding, normalized_low @extschema@.quantity, normalized_high @extschema@.quantity,
    factor numeric, rule text, issue @extschema@.clinical_issue
)
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 ROWS 1
BEGIN ATOMIC
    SELECT coalesce(l.normalized_code, h.normalized_code), l.normalized_value, h.normalized_value,
           coalesce(l.factor, h.factor), coalesce(l.rule, h.rule), coalesce(l.issue, h.issue)
    FROM @extschema@.lab_normalize(code, low, unit, NULL, options) l,
         @extschema@.lab_normalize(code, high, unit, NULL, options) h;
END;
COMMENT ON FUNCTION @extschema@.lab_normalize_range(@extschema@.coding, numeric, numeric, text, jsonb) IS
'both ends of a range (a reference range, a Range) as lab_normalize has them, one row; an open end is NULL and stays so';
