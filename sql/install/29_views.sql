-- views: SQL on FHIR v2 (ViewDefinition); pgclinical.create_view stands in 95_view.sql

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_is(resource jsonb, type text)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_is(jsonb, text) IS
'true when the resource is of that FHIR type: its resourceType; NULL gives NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_rows(view jsonb, resource jsonb)
RETURNS SETOF jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 3
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_rows(jsonb, jsonb) IS
'rows that a SQL-on-FHIR ViewDefinition (2.x, or the 3.0 ballots resource) makes of one resource: an object a row, its keys the column names in lower or upper case as defined, absent values null, collections arrays; no rows for a resource of another type or one that where leaves out; 22023 for an invalid view, 22000 when a column that is no collection has several values or where is no boolean';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_items(focus jsonb, path text, type text)
RETURNS SETOF jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 3
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_items(jsonb, text, text) IS
'forEach of a view: the items of a FHIRPath within an item of that FHIR type (empty text: unknown), one a row in document order; a path that does not parse is 42601';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_repeat(focus jsonb, paths text[], type text)
RETURNS SETOF jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_repeat(jsonb, text[], text) IS
'repeat of a view: all items that the paths reach from an item of that FHIR type, in one or more steps, parents before children; no more than 512 levels deep';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_where(resource jsonb, path text)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_where(jsonb, text) IS
'where of a view: whether the FHIRPath is true of the resource; empty is false, what is no boolean is 22000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_text(focus jsonb, path text, type text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_text(jsonb, text, text) IS
'column of a view within an item of that FHIR type (empty text: unknown): the one value of a FHIRPath as text, NULL when there is none; several values are 22000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_boolean(focus jsonb, path text, type text)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_boolean(jsonb, text, text) IS
'column of a view within an item of that FHIR type (empty text: unknown): the one value of a FHIRPath as boolean, NULL when there is none; several values are 22000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_integer(focus jsonb, path text, type text)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_integer(jsonb, text, text) IS
'column of a view within an item of that FHIR type (empty text: unknown): the one value of a FHIRPath as integer, NULL when there is none; several values are 22000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_decimal(focus jsonb, path text, type text)
RETURNS numeric
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_decimal(jsonb, text, text) IS
'column of a view within an item of that FHIR type (empty text: unknown): the one value of a FHIRPath as numeric, digits kept, NULL when there is none; several values are 22000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_date(focus jsonb, path text, type text)
RETURNS date
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_date(jsonb, text, text) IS
'column of a view within an item of that FHIR type (empty text: unknown): the one value of a FHIRPath as date; a partial date is NULL, NULL when there is none; several values are 22000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_timestamp(focus jsonb, path text, type text)
RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_timestamp(jsonb, text, text) IS
'column of a view within an item of that FHIR type (empty text: unknown): the one value of a FHIRPath as timestamp; without a time zone, or partial, it is NULL, NULL when there is none; several values are 22000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_json(focus jsonb, path text, type text)
RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_json(jsonb, text, text) IS
'column of a view within an item of that FHIR type (empty text: unknown): the one value of a FHIRPath as jsonb, NULL when there is none; several values are 22000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_view_array(focus jsonb, path text, type text)
RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_view_array(jsonb, text, text) IS
'column of a view that is a collection: all values of a FHIRPath within an item of that FHIR type, as a jsonb array, empty when there is none';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.view_query(
    view jsonb, relation text, one_type boolean, extra text, functions text DEFAULT '@extschema@'
)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.view_query(jsonb, text, boolean, text, text) IS
'the SELECT of a ViewDefinition over a relation s with a column resource, both as SQL names them; one_type: it holds the view''s resource type alone; extra: further items of the target list, each after a comma; functions: the schema of the accessors, as SQL names it; 22023 for an invalid view';

REVOKE ALL ON FUNCTION _pgclinical.view_query(jsonb, text, boolean, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.view_query(jsonb, text, boolean, text, text) TO pgclinical_etl;
