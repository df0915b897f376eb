-- ucum: units of measure (UCUM 2.2) over text and numeric
--
-- UCUM table, codes and definitions: copyright (c) 1999-2024 Regenstrief Institute, Inc. and The
-- UCUM Organization; see docs/ucum.md.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.ucum_is_valid(unit text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.ucum_is_valid(text) IS
'whether the text is a case-sensitive UCUM unit; the empty text is unity. NULL for NULL, never raises (UCUM, formal syntax)';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.ucum_issues(unit text) RETURNS SETOF @extschema@.clinical_issue
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.ucum_issues(text) IS
'what is wrong with a unit and at which character, a row each; no rows for a valid one. Never raises and never quotes the text';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.ucum_canonical(unit text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.ucum_canonical(text) IS
'the unit in base and arbitrary units, alphabetically: g.m-1.s-2 for mm[Hg], 1 without dimension; of a special unit, that of the units it is defined by. An invalid unit raises 22023 with the character';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.ucum_display(unit text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.ucum_display(text) IS
'the unit in UCUM''s names: (milligram) / (deciliter). An invalid unit raises 22023 with the character';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.ucum_case_sensitive(unit text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.ucum_case_sensitive(text) IS
'the case-sensitive form of a case-insensitive UCUM code: mg/dL for MG/DL. Another code system, with other letters (MA is mega, M milli): for senders that declare it. An invalid code raises 22023 with the character';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.ucum_is_commensurable(unit text, other text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.ucum_is_commensurable(text, text) IS
'whether UCUM converts one unit to the other: the same dimension, arbitrary units with themselves only; mol is a number and annotations are nothing to it (type quantity is stricter). An invalid unit raises 22023';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.ucum_convert(value numeric, from_unit text, to_unit text) RETURNS numeric
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.ucum_convert(numeric, text, text) IS
'the value in another unit, exact where the factor is a decimal fraction of at most 40 digits, else 34 significant digits; levels, pH and slopes 30. An invalid unit raises 22023, units of different dimension and infinite values 22000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.ucum_try_convert(value numeric, from_unit text, to_unit text) RETURNS numeric
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.ucum_try_convert(numeric, text, text) IS
'ucum_convert, or NULL where that raises';
