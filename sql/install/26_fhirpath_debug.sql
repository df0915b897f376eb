-- fhirpath: what helps to write expressions

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_trace(resource jsonb, expression text, variables jsonb DEFAULT '{}',
    OUT ordinal int, OUT name text, OUT item jsonb)
RETURNS SETOF record
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 10
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_trace(jsonb, text, jsonb) IS
'what the trace() calls of a FHIRPath expression see, in order, each with the name given there, then the result''s items with name NULL; errors as fhirpath(resource, expression, variables)';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_issues(expression text, resource_type text DEFAULT NULL)
RETURNS SETOF @extschema@.clinical_issue
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 ROWS 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_issues(text, text) IS
'what is wrong with a FHIRPath expression before any resource is seen, with the character''s place: fatal when it does not parse; an error for an element that the type of the context does not have (FHIR R4), a choice named by its type (valueQuantity), an order asked of children(), a string function on a complex type; no row when nothing is; an unknown resource_type is 42704';
