-- convert: HL7 v2 messages to FHIR R4 resources

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_fhir(message @extschema@.hl7v2)
RETURNS SETOF jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'hl7v2_fhir';
COMMENT ON FUNCTION @extschema@.hl7v2_fhir(@extschema@.hl7v2) IS
'what the message says as FHIR R4 resources, one a row, by the shipped mapping; 0A000 for a type that is not converted, 22000 when it names no patient; NULL gives no rows';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_fhir(message @extschema@.hl7v2, options jsonb)
RETURNS SETOF jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'hl7v2_fhir';
COMMENT ON FUNCTION @extschema@.hl7v2_fhir(@extschema@.hl7v2, jsonb) IS
'the same with a site''s options: {"feed", "authority", "time_zone", "mapping", "code_map", ...}, such as pgclinical.mapping_of gives; 22023 for an invalid option; NULL gives no rows';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_bundle(message @extschema@.hl7v2)
RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_bundle(@extschema@.hl7v2) IS
'the message as a FHIR R4 Bundle of type message, its MessageHeader first; 0A000 for a type that is not converted, 22000 when it names no patient; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_unconverted(
    message @extschema@.hl7v2,
    OUT ordinal integer, OUT segment text, OUT occurrence integer, OUT field integer,
    OUT component integer, OUT path text
)
RETURNS SETOF record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10
AS 'MODULE_PATHNAME', 'hl7v2_unconverted';
COMMENT ON FUNCTION @extschema@.hl7v2_unconverted(@extschema@.hl7v2) IS
'the populated fields that the shipped mapping does not use, in the order of the message: ordinal of the segment, its name and occurrence, field, component (NULL: the whole field), path as hl7v2_get reads it; all of them when the message is refused; set ids and MSH are not counted; NULL gives no rows';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_unconverted(
    message @extschema@.hl7v2, options jsonb,
    OUT ordinal integer, OUT segment text, OUT occurrence integer, OUT field integer,
    OUT component integer, OUT path text
)
RETURNS SETOF record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10
AS 'MODULE_PATHNAME', 'hl7v2_unconverted';
COMMENT ON FUNCTION @extschema@.hl7v2_unconverted(@extschema@.hl7v2, jsonb) IS
'the same with a site''s options (pgclinical.mapping_of); 22023 for an invalid option; NULL gives no rows';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_from_fhir(
    resources jsonb, structure text DEFAULT NULL, options jsonb DEFAULT NULL
)
RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_from_fhir(jsonb, text, jsonb) IS
'an HL7 v2.5.1 message from FHIR R4 resources (a Bundle, an array, one resource); structure ORU_R01, ADT_A08, ADT_A40 or VXU_V04, NULL: what the resources ask for; options {"sending_application", "sending_facility", "receiving_application", "receiving_facility", "time", "control_id", "processing_id"}; sender and receiver are those of the options, else of a MessageHeader; MSH-7 is options.time, else Bundle.timestamp, else the latest time of the content; 0A000 for another structure, 22000 without a Patient; NULL for NULL resources';

-- What conversion gives, of every format.
-- Availability: 0.1.0
CREATE TYPE _pgclinical.statement AS (
    ordinal integer, kind text, resource_type text, id text, patient_id text,
    event_time timestamptz, resource jsonb, cleared text[], replaced text[], parents text[],
    issue @extschema@.clinical_issue, version bytea
);
COMMENT ON TYPE _pgclinical.statement IS
'what a document says of one resource (kind resource, delete), of one patient''s identity (link) or of itself (issue, refused); version orders statements of one time';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.hl7v2_convert(message @extschema@.hl7v2, options jsonb)
RETURNS SETOF _pgclinical.statement
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.hl7v2_convert(@extschema@.hl7v2, jsonb) IS
'everything a message says: resources, links of identities, issues, or why it is refused; never raises for content, 22023 for an invalid option; options NULL: none; a NULL message gives no rows';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.check_convert_options(options jsonb)
RETURNS void
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.check_convert_options(jsonb) IS
'raises 22023 for options that hl7v2_convert would refuse; of a mapping row the detail names the row, the column and the rule';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.fhir_merge(current jsonb, statement jsonb, cleared text[])
RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.fhir_merge(jsonb, jsonb, text[]) IS
'the statement folded over the current resource: element by element, cleared ones removed, results by finality; current NULL: the statement; statement NULL: current';

CREATE FUNCTION _pgclinical.fhir_fold_next(state internal, resource jsonb, cleared text[])
RETURNS internal
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.fhir_fold_next(internal, jsonb, text[]) IS
'transition of aggregate fhir_fold; a NULL resource changes nothing';

CREATE FUNCTION _pgclinical.fhir_fold_final(state internal)
RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.fhir_fold_final(internal) IS
'result of aggregate fhir_fold; NULL when nothing was folded';

-- Availability: 0.1.0
CREATE AGGREGATE _pgclinical.fhir_fold(resource jsonb, cleared text[]) (
    SFUNC = _pgclinical.fhir_fold_next,
    STYPE = internal,
    SSPACE = 4096,
    FINALFUNC = _pgclinical.fhir_fold_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE _pgclinical.fhir_fold(jsonb, text[]) IS
'the current resource from what was said about it: use ORDER BY event_time, record; one statement without cleared is its own fold';

REVOKE ALL ON FUNCTION _pgclinical.hl7v2_convert(@extschema@.hl7v2, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.check_convert_options(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.fhir_merge(jsonb, jsonb, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.fhir_fold_next(internal, jsonb, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.fhir_fold_final(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.fhir_fold(jsonb, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.hl7v2_convert(@extschema@.hl7v2, jsonb) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.check_convert_options(jsonb) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_merge(jsonb, jsonb, text[]) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_fold_next(internal, jsonb, text[]) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_fold_final(internal) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_fold(jsonb, text[]) TO pgclinical_etl;
