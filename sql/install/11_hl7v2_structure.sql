-- hl7v2: the structure of messages

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_groups(message @extschema@.hl7v2)
RETURNS TABLE (ordinal integer, id text, group_path text, group_number integer,
               parent_number integer, state text)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_groups(@extschema@.hl7v2) IS
'the segments in order with the group each belongs to by the grammar of the message''s structure (MSH-9.3, else table 0354; version MSH-12 or the nearest): group_path such as /PATIENT_RESULT[1]/ORDER_OBSERVATION[2], empty for the message itself, whose number is 0 and whose parent is NULL; state is placed, local (Z-segment, ADD), repeated (one too many), misplaced or unknown (to the structure); all of group 0 when the structure is not defined';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_issues(message @extschema@.hl7v2, version text DEFAULT NULL,
                                         profile jsonb DEFAULT NULL)
RETURNS SETOF @extschema@.clinical_issue
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_issues(@extschema@.hl7v2, text, jsonb) IS
'what breaks the standard of the message''s version (or of version: 2.1 to 2.8, else 22023) and of profile ({"segments": [{"segment": "PID", "usage": "R", "cardinality": {"min": 1, "max": 1}, "fields": [{"field": 8, "component": 1, "usage": "R", "valueSet": ["M", "F"], "length": 1, "datatype": "IS"}]}], "tables": {"0001": ["M", "F"]}}, else 22023); format_code is of table 0357, location as in ERR-2; no rows for a NULL message';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_ack(message @extschema@.hl7v2, code text DEFAULT 'AA',
                                      issues @extschema@.clinical_issue[] DEFAULT NULL,
                                      sent timestamptz DEFAULT NULL, control_id text DEFAULT NULL)
RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_ack(@extschema@.hl7v2, text, @extschema@.clinical_issue[],
                                          timestamptz, text) IS
'the acknowledgement: MSH with sender and receiver exchanged, MSA with code (AA, AE, AR, CA, CE, CR, else 22023; NULL: hl7v2_ack_code) and MSH-10, ERR for issues; MSH-7 is sent in UTC, NULL: the message''s own; MSH-10 is control_id, NULL: 20 digits of SHA-256 over message and code, so that the same message is always answered alike; NULL for a NULL message';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_ack_code(message @extschema@.hl7v2,
                                           issues @extschema@.clinical_issue[])
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_ack_code(@extschema@.hl7v2, @extschema@.clinical_issue[]) IS
'the code that issues ask for: rejected (R) for an error 200 to 203, 206 or 207, else error (E) for any error, else accepted (A); with C in front when MSH-15 or MSH-16 is valued (enhanced mode) unless MSH-16 alone asks for an answer, else A; NULL issues are none; NULL for a NULL message';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_ack_is_due(message @extschema@.hl7v2, code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_ack_is_due(@extschema@.hl7v2, text) IS
'whether the sender asks for an acknowledgement with that code: original mode AA, AE, AR, but not of an answer (ACK, MSA); enhanced mode by MSH-15 (C..) and MSH-16 (A..), table 0155; an unknown code raises 22023';
