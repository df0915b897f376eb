-- codes: operators over the database's terminology

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_is_below(below @extschema@.coding, above @extschema@.coding) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_is_below(@extschema@.coding, @extschema@.coding) IS
'implementation of <@ operator: below is above or one of its descendants ($subsumes); false across systems; NULL when the loaded terminology does not know one of them; the version that above names if it is loaded, else the current one; letter case matters';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_is_above(above @extschema@.coding, below @extschema@.coding) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_is_above(@extschema@.coding, @extschema@.coding) IS
'implementation of @> operator: as code_is_below with its arguments exchanged';

CREATE OPERATOR @extschema@.<@ (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding, FUNCTION = @extschema@.code_is_below,
    COMMUTATOR = OPERATOR(@extschema@.@>), RESTRICT = contsel, JOIN = contjoinsel
);
CREATE OPERATOR @extschema@.@> (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding, FUNCTION = @extschema@.code_is_above,
    COMMUTATOR = OPERATOR(@extschema@.<@), RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR @extschema@.<@ (@extschema@.coding, @extschema@.coding) IS
'is the same concept or lies below it';
COMMENT ON OPERATOR @extschema@.@> (@extschema@.coding, @extschema@.coding) IS
'is the same concept or lies above it';

-- FHIR's operations.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_operation(name text, parameters jsonb) RETURNS jsonb
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_operation(text, jsonb) IS
'a FHIR terminology operation (ValueSet/$expand, ValueSet/$validate-code, CodeSystem/$validate-code) on a Parameters resource; gives the ValueSet or Parameters that a server would, or an OperationOutcome; 22023 for another name';
