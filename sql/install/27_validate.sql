-- validate: resources against the definitions of FHIR R4

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_issues(resource jsonb)
RETURNS SETOF @extschema@.clinical_issue
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_issues(jsonb) IS
'what is wrong with a resource by the base definitions of R4 (4.0.1), a row each: structure, cardinality, primitive formats, choices, bindings, references, extensions, contained resources, narrative, invariants; expression is FHIRPath, format_code the rule or the invariant''s key; no rows for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_is_valid(resource jsonb)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_is_valid(jsonb) IS
'whether fhir_issues finds no error (warnings do not count); immutable and of base R4 only, fit for a CHECK constraint; NULL for NULL';
