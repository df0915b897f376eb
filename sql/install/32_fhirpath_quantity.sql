-- fhirpath: quantities, which need their type first

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhirpath_quantity(resource jsonb, expression text)
RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhirpath_quantity(jsonb, text) IS
'a single Quantity with its comparator, or a quantity that the FHIRPath expression computes; NULL when there is none, several, or something else, and when its unit is not UCUM or is a calendar''s year or month; errors as fhirpath';
