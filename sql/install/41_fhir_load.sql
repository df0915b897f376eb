-- fhir_load: files of FHIR documents, as the loader reads them

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.fhir_records(
    contents bytea, slice integer DEFAULT 0, slices integer DEFAULT 1
)
RETURNS TABLE (ordinal integer, byte_offset bigint, raw bytea, sha256 bytea)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.fhir_records(bytea, integer, integer) IS
'every document of a file (NDJSON, JSON over many lines, XML) with its bytes and their hash; a broken one takes no neighbour with it; of several slices only those of one, from 0 by the patient they name first; NULL gives no rows, 22023 when there is no such slice';
REVOKE ALL ON FUNCTION _pgclinical.fhir_records(bytea, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_records(bytea, integer, integer) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.fhir_cut(contents bytea, final boolean) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.fhir_cut(bytea, boolean) IS
'how many leading bytes are whole documents; 0: read more; final: nothing follows, all of it';
REVOKE ALL ON FUNCTION _pgclinical.fhir_cut(bytea, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_cut(bytea, boolean) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.fhir_convert(
    document bytea, options jsonb, received timestamptz
)
RETURNS SETOF _pgclinical.statement
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.fhir_convert(bytea, jsonb, timestamptz) IS
'everything a FHIR document says, a row each as of hl7v2_convert: resources under the warehouse''s ids, deletions, identities, issues, or why it is refused; cleared is {*}: a resource says all there is of it; version: meta.versionId as 8 bytes that sort; received is the time of deletions without one; never raises for content, 22023 for an invalid option';
REVOKE ALL ON FUNCTION _pgclinical.fhir_convert(bytea, jsonb, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_convert(bytea, jsonb, timestamptz) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.fhir_repoint(resource jsonb, patient text, aliases jsonb)
RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.fhir_repoint(jsonb, text, jsonb) IS
'the resource with its references to patient pointing to the one that patient is another name of in aliases ({"<name>": "<patient_id>"}, of the same length); a Patient gets that id';
REVOKE ALL ON FUNCTION _pgclinical.fhir_repoint(jsonb, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_repoint(jsonb, text, jsonb) TO pgclinical_etl;
