-- fhirpath: expressions over FHIR resources in jsonb

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath(resource jsonb, expression text)
RETURNS SETOF jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 4
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath(jsonb, text) IS
'what a FHIRPath expression (N1, R4) finds in a resource, one item a row: places as they are stored, dates and times as strings, quantities as objects; NULL gives no row; an expression that does not parse is 42601, several items where one is allowed 22000; what an immutable function has not (now(), memberOf(), resolve() beyond the resource) is 0A000 and works in the form with variables';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath(resource jsonb, expression text, variables jsonb)
RETURNS SETOF jsonb
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 4
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath(jsonb, text, jsonb) IS
'as fhirpath(resource, expression), with variables: each member of the object is %name, an array a collection (''{}'' for none); now() is the transaction''s, and references that the resource does not hold resolve to nothing';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_text(resource jsonb, expression text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_text(jsonb, text) IS
'a single primitive as text (a date, number or boolean as FHIR writes it, a quantity with its unit), found by a FHIRPath expression; NULL when there is none, several, or something else; errors as fhirpath';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_boolean(resource jsonb, expression text)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_boolean(jsonb, text) IS
'a single boolean, found by a FHIRPath expression; NULL when there is none, several, or something else; errors as fhirpath';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_integer(resource jsonb, expression text)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_integer(jsonb, text) IS
'a single integer, found by a FHIRPath expression; NULL when there is none, several, or something else; errors as fhirpath';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_decimal(resource jsonb, expression text)
RETURNS numeric
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_decimal(jsonb, text) IS
'a single number, exact with its digits, found by a FHIRPath expression; NULL when there is none, several, or something else; errors as fhirpath';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_date(resource jsonb, expression text)
RETURNS date
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_date(jsonb, text) IS
'a single date; of a dateTime the date as written; NULL when it is a year or month only, found by a FHIRPath expression; NULL when there is none, several, or something else; errors as fhirpath';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_timestamp(resource jsonb, expression text)
RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_timestamp(jsonb, text) IS
'a single dateTime or instant with its offset; NULL without one, since no time zone is assumed, found by a FHIRPath expression; NULL when there is none, several, or something else; errors as fhirpath';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_exists(resource jsonb, expression text)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_exists(jsonb, text) IS
'whether a FHIRPath expression finds anything in a resource; NULL only for NULL; errors as fhirpath';
