-- feed_format: what the loader asks of a format
--
-- A format is three functions: records cuts a file into records, those of one slice, which workers
-- had better load together; cut finds where whole records end in a part of a file; statements says
-- what a record says.  All formats give the same rows, and from there on the loader does not know them.
-- Three more are for formats that need them: envelope says what a chunk leaves open for the next,
-- prepare works on the fresh records before they are converted, complete on what they said.
-- Those of SQL are inlined where they are called.

-- Availability: 0.1.0
CREATE TYPE _pgclinical.feed_record AS (
    ordinal integer, byte_offset bigint, raw bytea, sha256 bytea, message @extschema@.hl7v2,
    key text, issue @extschema@.clinical_issue, unusable boolean
);
COMMENT ON TYPE _pgclinical.feed_record IS
'a record of a file: its place, its bytes, its natural key (NULL: its hash is its key); unusable: issue says why';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.hl7v2_feed_records(
    contents bytea, options jsonb, envelope bigint[] DEFAULT NULL, slice integer DEFAULT 0,
    slices integer DEFAULT 1
)
RETURNS SETOF _pgclinical.feed_record
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 100
BEGIN ATOMIC
    SELECT r.ordinal, r.byte_offset, r.raw, r.sha256, r.message, r.key, r.issue,
           r.message IS NULL
    FROM _pgclinical.hl7v2_records(
        contents, options OPERATOR(pg_catalog.->>) 'charset', envelope, slice, slices) r;
END;
COMMENT ON FUNCTION _pgclinical.hl7v2_feed_records(bytea, jsonb, bigint[], integer, integer) IS
'records of a file of HL7 v2 messages; unusable: issue says why';
REVOKE ALL ON FUNCTION _pgclinical.hl7v2_feed_records(bytea, jsonb, bigint[], integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.hl7v2_feed_records(bytea, jsonb, bigint[], integer, integer) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.fhir_feed_records(
    contents bytea, options jsonb, envelope bigint[] DEFAULT NULL, slice integer DEFAULT 0,
    slices integer DEFAULT 1
)
RETURNS SETOF _pgclinical.feed_record
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 100
BEGIN ATOMIC
    -- A document is parsed once, where it is converted.
    SELECT r.ordinal, r.byte_offset, r.raw, r.sha256, NULL::@extschema@.hl7v2, NULL::text,
           NULL::@extschema@.clinical_issue, false
    FROM _pgclinical.fhir_records(contents, slice, slices) r;
END;
COMMENT ON FUNCTION _pgclinical.fhir_feed_records(bytea, jsonb, bigint[], integer, integer) IS
'records of a file of FHIR documents; their hash is their key';
REVOKE ALL ON FUNCTION _pgclinical.fhir_feed_records(bytea, jsonb, bigint[], integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_feed_records(bytea, jsonb, bigint[], integer, integer) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.hl7v2_feed_statements(
    raw bytea, message @extschema@.hl7v2, options jsonb, received timestamptz, place bytea
)
RETURNS SETOF _pgclinical.statement
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 10
BEGIN ATOMIC
    SELECT s.* FROM _pgclinical.hl7v2_convert(message, options) s;
END;
COMMENT ON FUNCTION _pgclinical.hl7v2_feed_statements(
    bytea, @extschema@.hl7v2, jsonb, timestamptz, bytea) IS 'what a message says, by hl7v2_convert';
REVOKE ALL ON FUNCTION _pgclinical.hl7v2_feed_statements(
    bytea, @extschema@.hl7v2, jsonb, timestamptz, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.hl7v2_feed_statements(
    bytea, @extschema@.hl7v2, jsonb, timestamptz, bytea) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.fhir_feed_statements(
    raw bytea, message @extschema@.hl7v2, options jsonb, received timestamptz, place bytea
)
RETURNS SETOF _pgclinical.statement
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 10
BEGIN ATOMIC
    -- What has no time is ordered by its version, else by its arrival.
    SELECT s.ordinal, s.kind, s.resource_type, s.id, s.patient_id, s.event_time, s.resource,
           s.cleared, s.replaced, s.parents, s.issue,
           CASE WHEN s.event_time IS NULL
           THEN s.version OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(received) OPERATOR(pg_catalog.||) place
           ELSE s.version END
    FROM _pgclinical.fhir_convert(raw, options, received) s;
END;
COMMENT ON FUNCTION _pgclinical.fhir_feed_statements(
    bytea, @extschema@.hl7v2, jsonb, timestamptz, bytea) IS 'what a FHIR document says, by fhir_convert';
REVOKE ALL ON FUNCTION _pgclinical.fhir_feed_statements(
    bytea, @extschema@.hl7v2, jsonb, timestamptz, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_feed_statements(
    bytea, @extschema@.hl7v2, jsonb, timestamptz, bytea) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.feed_format(
    format text, OUT records text, OUT cut text, OUT statements text,
    OUT envelope text, OUT prepare text, OUT complete text, OUT options text[]
)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT f.records, f.cut, f.statements, f.envelope, f.prepare, f.complete, f.options
    FROM (VALUES
        ('hl7v2', 'hl7v2_feed_records', 'hl7v2_cut', 'hl7v2_feed_statements',
         'hl7v2_envelope', 'join_parts', NULL,
         '{authority,charset,time_zone,establish,registered_status,code_systems,batch}'::text[]),
        ('fhir', 'fhir_feed_records', 'fhir_cut', 'fhir_feed_statements',
         NULL, NULL, 'fhir_complete',
         '{authority,server,identifier_systems,validation,batch}'::text[])
    ) AS f (format, records, cut, statements, envelope, prepare, complete, options)
    WHERE f.format OPERATOR(pg_catalog.=) feed_format.format;
END;
COMMENT ON FUNCTION _pgclinical.feed_format(text) IS
'the functions of a format (in schema _pgclinical; envelope, prepare and complete are NULL where it needs none) and the options its feeds may have; all NULL for a format that is none';
REVOKE ALL ON FUNCTION _pgclinical.feed_format(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.feed_format(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.envelope_behind(format text, contents bytea, envelope bigint[])
RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    follow text := (_pgclinical.feed_format(format)).envelope;
    behind bigint[];
BEGIN
    IF follow IS NOT NULL THEN
        EXECUTE pg_catalog.format('SELECT _pgclinical.%I($1, $2)', follow)
            INTO behind USING contents, envelope;
    END IF;
    RETURN behind;
END $$;
COMMENT ON FUNCTION _pgclinical.envelope_behind(text, bytea, bigint[]) IS
'what is open behind a chunk of a file of this format whose chunks before left envelope (NULL: nothing); NULL for formats whose records stand alone';
REVOKE ALL ON FUNCTION _pgclinical.envelope_behind(text, bytea, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.envelope_behind(text, bytea, bigint[]) TO pgclinical_etl;
