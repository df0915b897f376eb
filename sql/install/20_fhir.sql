-- fhir: resources as jsonb

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_parse(json text)
RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_parse(text) IS
'JSON text as jsonb, several times as fast as the cast and byte for byte the same; numbers keep their digits; NULL gives NULL; what is not JSON, and an object with the same key twice, is refused with 22P02 and its line and column, never its content; more than 512 levels, 4 million values or 256 MB is 54000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_try_parse(json text)
RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_try_parse(text) IS
'as fhir_parse, but NULL where that raises';

-- Resources in XML.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_from_xml(xml text)
RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_from_xml(text) IS
'a resource from FHIR XML (R4) with nothing lost but comments and white space between elements; an encoding that the document declares is not looked at; what is not well-formed is 22P02, a document type declaration 0A000, unknown, misplaced or repeated elements and attributes 22000, each with line, column and path';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_try_from_xml(xml text)
RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_try_from_xml(text) IS
'as fhir_from_xml, but NULL where that raises';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_to_xml(resource jsonb)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_to_xml(jsonb) IS
'the resource as FHIR XML without a declaration; fhir_from_xml gives the same resource back; what R4 does not know, or XML cannot hold, is 22000 with its path';

-- Resources in bundles and files.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_resources(bundle jsonb)
RETURNS TABLE (ordinal integer, full_url text, resource_type text, id text, resource jsonb)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_resources(jsonb) IS
'the resources of a Bundle of any type, a row each; ordinal is the entry''s place from 1; entries without a resource (deletions, responses) give no row; any other resource gives itself';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_ndjson(contents text)
RETURNS TABLE (ordinal integer, byte_offset bigint, resource jsonb, issue @extschema@.clinical_issue)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_ndjson(text) IS
'the documents of a file with one JSON document a line, parsed as by fhir_parse; blank lines are passed over; a line that is refused is a row with an issue and without resource; byte_offset is where the line starts';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_hash(resource jsonb)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_hash(jsonb) IS
'SHA-256 of the canonical form: members sorted, numbers as written, without meta.versionId, meta.lastUpdated and narrative: equal when two versions say the same';

-- Issues as a resource.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_operation_outcome(issues @extschema@.clinical_issue[])
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_build_object(
        'resourceType', 'OperationOutcome',
        'issue', coalesce(
            pg_catalog.jsonb_agg(
                pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
                    'severity', i.severity,
                    'code', i.code,
                    'details', CASE WHEN i.format_code IS NOT NULL
                                    THEN pg_catalog.jsonb_build_object('text', i.format_code) END,
                    'diagnostics', i.message,
                    'location', CASE WHEN i.location IS NOT NULL
                                     THEN pg_catalog.jsonb_build_array(i.location) END,
                    'expression', CASE WHEN i.expression IS NOT NULL
                                       THEN pg_catalog.jsonb_build_array(i.expression) END))
                ORDER BY i.ordinality),
            '[{"severity": "information", "code": "informational", "diagnostics": "no issues"}]'))
    FROM ROWS FROM (pg_catalog.unnest(issues)) WITH ORDINALITY
        AS i (severity, code, format_code, location, expression, message, ordinality);
END;

COMMENT ON FUNCTION @extschema@.fhir_operation_outcome(@extschema@.clinical_issue[]) IS
'an OperationOutcome with an issue for each element, in their order; one that says there are none for an empty array';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_references(resource jsonb)
RETURNS TABLE (ordinal integer, path text, kind text, reference text, target_type text, target_id text,
               target_version text, identifier_system text, identifier_value text)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.fhir_references(jsonb) IS
'every Reference and canonical of a resource, of what it contains and of a bundle''s entries, a row each; kind is relative, absolute, urn, contained, query, logical (identifier only), display, canonical or invalid; targets within the document are resolved to type and id, else the type is the one that the reference or the only one that the element names';
