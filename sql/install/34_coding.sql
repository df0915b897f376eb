-- coding: a code of a code system

-- Availability: 0.1.0
CREATE TYPE @extschema@.coding;
COMMENT ON TYPE @extschema@.coding IS
'a code of a code system: system|code[|version[|display]]; systems by URI, by short name (loinc|8480-6) or OID; two codings are equal when system and code are';

CREATE FUNCTION @extschema@.coding_in(cstring) RETURNS @extschema@.coding
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_in(cstring) IS
'input of type coding; 22P02 without a | or without a code, never with content';

CREATE FUNCTION @extschema@.coding_out(@extschema@.coding) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_out(@extschema@.coding) IS
'output of type coding: the system by its URI';

CREATE FUNCTION @extschema@.coding_recv(internal) RETURNS @extschema@.coding
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_recv(internal) IS
'binary input of type coding: its text in the client''s encoding';

CREATE FUNCTION @extschema@.coding_send(@extschema@.coding) RETURNS bytea
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_send(@extschema@.coding) IS
'binary output of type coding: its text in the client''s encoding';

CREATE TYPE @extschema@.coding (
    INPUT = @extschema@.coding_in,
    OUTPUT = @extschema@.coding_out,
    RECEIVE = @extschema@.coding_recv,
    SEND = @extschema@.coding_send,
    INTERNALLENGTH = variable,
    ALIGNMENT = int4,
    STORAGE = extended
);

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding(text) RETURNS @extschema@.coding
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'coding_from_text';
COMMENT ON FUNCTION @extschema@.coding(text) IS
'the text system|code[|version[|display]] as a coding; 22P02 when it is none, never with content';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding(
    system text, code text, version text DEFAULT NULL, display text DEFAULT NULL
) RETURNS @extschema@.coding
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'coding_from_parts';
COMMENT ON FUNCTION @extschema@.coding(text, text, text, text) IS
'a coding of its parts; NULL when code is NULL; system NULL: a code without a system; 22P02 for an empty code';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding_try(text) RETURNS @extschema@.coding
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_try(text) IS
'the text as a coding, or NULL when it is none; never raises for content';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding(jsonb) RETURNS @extschema@.coding
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'coding_from_jsonb';
COMMENT ON FUNCTION @extschema@.coding(jsonb) IS
'the coding of a FHIR Coding or CodeableConcept: what the user selected, else the first that has a code; NULL when there is none';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_codings(concept jsonb) RETURNS SETOF @extschema@.coding
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 2 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_codings(jsonb) IS
'every coding of a FHIR CodeableConcept (or the one of a Coding) that has a code, in order';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding_to_text(@extschema@.coding) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_to_text(@extschema@.coding) IS
'the text of a coding, its system by URI: what the cast to text gives';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding_to_jsonb(@extschema@.coding) RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_to_jsonb(@extschema@.coding) IS
'the coding as FHIR Coding (system, version, code, display): what the cast to jsonb gives';

CREATE CAST (text AS @extschema@.coding) WITH FUNCTION @extschema@.coding(text) AS ASSIGNMENT;
CREATE CAST (@extschema@.coding AS text) WITH FUNCTION @extschema@.coding_to_text(@extschema@.coding) AS ASSIGNMENT;
CREATE CAST (jsonb AS @extschema@.coding) WITH FUNCTION @extschema@.coding(jsonb);
CREATE CAST (@extschema@.coding AS jsonb) WITH FUNCTION @extschema@.coding_to_jsonb(@extschema@.coding);

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding_system(@extschema@.coding) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_system(@extschema@.coding) IS
'URI of the code system; NULL when it has none';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding_code(@extschema@.coding) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_code(@extschema@.coding) IS
'the code itself';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding_version(@extschema@.coding) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_version(@extschema@.coding) IS
'version of the code system that the coding names; NULL when it names none';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.coding_display(@extschema@.coding) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_display(@extschema@.coding) IS
'display that the coding carries; NULL when it carries none (code_display asks the terminology)';

-- Comparison: system, then code, as bytes; version and display take no part.

CREATE FUNCTION @extschema@.coding_eq(@extschema@.coding, @extschema@.coding) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_eq(@extschema@.coding, @extschema@.coding) IS
'implementation of = operator: the same system and code';

CREATE FUNCTION @extschema@.coding_ne(@extschema@.coding, @extschema@.coding) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_ne(@extschema@.coding, @extschema@.coding) IS
'implementation of <> operator';

CREATE FUNCTION @extschema@.coding_lt(@extschema@.coding, @extschema@.coding) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_lt(@extschema@.coding, @extschema@.coding) IS
'implementation of < operator: by system, then code, as bytes';

CREATE FUNCTION @extschema@.coding_le(@extschema@.coding, @extschema@.coding) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_le(@extschema@.coding, @extschema@.coding) IS
'implementation of <= operator';

CREATE FUNCTION @extschema@.coding_gt(@extschema@.coding, @extschema@.coding) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_gt(@extschema@.coding, @extschema@.coding) IS
'implementation of > operator';

CREATE FUNCTION @extschema@.coding_ge(@extschema@.coding, @extschema@.coding) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_ge(@extschema@.coding, @extschema@.coding) IS
'implementation of >= operator';

CREATE FUNCTION @extschema@.coding_cmp(@extschema@.coding, @extschema@.coding) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_cmp(@extschema@.coding, @extschema@.coding) IS
'less, equal, greater as -1, 0, 1: btree support';

CREATE FUNCTION @extschema@.coding_hash(@extschema@.coding) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_hash(@extschema@.coding) IS
'hash support, 32 bits';

CREATE FUNCTION @extschema@.coding_hash_extended(@extschema@.coding, bigint) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.coding_hash_extended(@extschema@.coding, bigint) IS
'hash support, 64 bits with a seed';

CREATE OPERATOR @extschema@.= (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding,
    FUNCTION = @extschema@.coding_eq, COMMUTATOR = OPERATOR(@extschema@.=),
    NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
CREATE OPERATOR @extschema@.<> (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding,
    FUNCTION = @extschema@.coding_ne, COMMUTATOR = OPERATOR(@extschema@.<>),
    NEGATOR = OPERATOR(@extschema@.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
CREATE OPERATOR @extschema@.< (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding,
    FUNCTION = @extschema@.coding_lt, COMMUTATOR = OPERATOR(@extschema@.>),
    NEGATOR = OPERATOR(@extschema@.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR @extschema@.<= (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding,
    FUNCTION = @extschema@.coding_le, COMMUTATOR = OPERATOR(@extschema@.>=),
    NEGATOR = OPERATOR(@extschema@.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR @extschema@.> (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding,
    FUNCTION = @extschema@.coding_gt, COMMUTATOR = OPERATOR(@extschema@.<),
    NEGATOR = OPERATOR(@extschema@.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR @extschema@.>= (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding,
    FUNCTION = @extschema@.coding_ge, COMMUTATOR = OPERATOR(@extschema@.<=),
    NEGATOR = OPERATOR(@extschema@.<), RESTRICT = scalargesel, JOIN = scalargejoinsel
);

COMMENT ON OPERATOR @extschema@.= (@extschema@.coding, @extschema@.coding) IS 'the same system and code';
COMMENT ON OPERATOR @extschema@.<> (@extschema@.coding, @extschema@.coding) IS 'not the same system and code';
COMMENT ON OPERATOR @extschema@.< (@extschema@.coding, @extschema@.coding) IS 'before, by system and code';
COMMENT ON OPERATOR @extschema@.<= (@extschema@.coding, @extschema@.coding) IS 'before or the same';
COMMENT ON OPERATOR @extschema@.> (@extschema@.coding, @extschema@.coding) IS 'after, by system and code';
COMMENT ON OPERATOR @extschema@.>= (@extschema@.coding, @extschema@.coding) IS 'after or the same';

-- No function 4: equal codings may differ in version and display, so an index cannot merge them.
CREATE OPERATOR CLASS @extschema@.coding_ops DEFAULT FOR TYPE @extschema@.coding USING btree AS
    OPERATOR 1 @extschema@.<,
    OPERATOR 2 @extschema@.<=,
    OPERATOR 3 @extschema@.=,
    OPERATOR 4 @extschema@.>=,
    OPERATOR 5 @extschema@.>,
    FUNCTION 1 @extschema@.coding_cmp(@extschema@.coding, @extschema@.coding);
CREATE OPERATOR CLASS @extschema@.coding_ops DEFAULT FOR TYPE @extschema@.coding USING hash AS
    OPERATOR 1 @extschema@.=,
    FUNCTION 1 @extschema@.coding_hash(@extschema@.coding),
    FUNCTION 2 @extschema@.coding_hash_extended(@extschema@.coding, bigint);

COMMENT ON OPERATOR CLASS @extschema@.coding_ops USING btree IS 'codings by system and code';
COMMENT ON OPERATOR CLASS @extschema@.coding_ops USING hash IS 'codings by system and code';
