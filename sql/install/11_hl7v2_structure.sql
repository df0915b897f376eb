-- hl7v2: the structure of messages

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_groups(message @extschema@.hl7v2)
RETURNS TABLE (ordinal integer, id text, group_path text, group_number integer,
               parent_number integer, state text)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_groups(@extschema@.hl7v2) IS
'the segments in order with the group each belongs to by the grammar of the message''s structure (MSH-9.3, else table 0354; version MSH-12 or the nearest): group_path such as /PATIENT_RESULT[1]/ORDER_OBSERVATION[2], empty for the message itself, whose number is 0 and whose parent is NULL; state is placed, local (Z-segment, ADD), repeated (one too many), misplaced or unknown (to the structure); all of group 0 when the structure is not defined';
