-- hl7v2: messages changed, built, and in other forms

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_set(message @extschema@.hl7v2, path text, value text,
                                      encoded boolean DEFAULT false)
RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_set(@extschema@.hl7v2, text, text, boolean) IS
'the message with value at the path''s first place, escaped; every other byte as before (a field without repetition or component is the whole field, repetitions and all); missing repetitions, fields and the next segment of its name are made; an empty value leaves the place absent; encoded: value stands as it is and may hold delimiters of lower levels; 42601 for a path that is none, 22023 for a place that cannot be set';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_set_null(message @extschema@.hl7v2, path text)
RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_set_null(@extschema@.hl7v2, text) IS
'the message with the explicit null ("") at the path''s first place: the receiver is to delete the value; errors as hl7v2_set';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_remove(message @extschema@.hl7v2, path text)
RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_remove(@extschema@.hl7v2, text) IS
'the message without what the path finds, everywhere: whole segments, repetitions that it chooses, else values; every other byte as before; 42601 for a path that is none, 22023 for MSH, MSH-1 and MSH-2';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_new(type text, version text DEFAULT '2.5.1')
RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_new(text, text) IS
'a message of nothing but MSH with MSH-9 = type (ADT^A01^ADT_A01), MSH-11 = P and MSH-12 = version, to be filled by hl7v2_set';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_to_jsonb(message @extschema@.hl7v2) RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_to_jsonb(@extschema@.hl7v2) IS
'the message as a tree: {"segments": [{"segment": "PID", "fields": ["1", null, [["A1", null, null, "HOSP"]]]}]}; field n is element n - 1: null, a text (unescaped) or an array of repetitions of components of subcomponents; {"null": true} for "", {"raw": text} where unescaping loses something; hl7v2_from_jsonb gives the same bytes back';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_from_jsonb(tree jsonb) RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_from_jsonb(jsonb) IS
'the message of a tree as hl7v2_to_jsonb makes it; MSH-1 and MSH-2 that are null are the usual ones; 22000 for what is no tree or has members that are not known, 22P02 for a tree that makes no message';

CREATE CAST (@extschema@.hl7v2 AS jsonb) WITH FUNCTION @extschema@.hl7v2_to_jsonb(@extschema@.hl7v2);
CREATE CAST (jsonb AS @extschema@.hl7v2) WITH FUNCTION @extschema@.hl7v2_from_jsonb(jsonb);

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2(contents bytea) RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'hl7v2_from_bytea';
COMMENT ON FUNCTION @extschema@.hl7v2(bytea) IS
'the bytes of one message, decoded by byte order mark, MSH-18, else UTF-8 if they are, else windows-1252; 22021 for bytes that are no text, 22P02 for text that is no message';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_decode(contents bytea, charset text) RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_decode(bytea, text) IS
'as the cast from bytea, with charset for a message that states none; an unknown charset raises 22023';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_to_bytea(message @extschema@.hl7v2) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_to_bytea(@extschema@.hl7v2) IS
'the message''s bytes in the charset of MSH-18, else UTF-8: those that came, wherever the charset gives them back; 22021 for a character that it has no place for';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_encode(message @extschema@.hl7v2, charset text) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_encode(@extschema@.hl7v2, text) IS
'the message''s bytes in charset (22023 when unknown); 22021 for a character that it has no place for';

CREATE CAST (bytea AS @extschema@.hl7v2) WITH FUNCTION @extschema@.hl7v2(bytea);
CREATE CAST (@extschema@.hl7v2 AS bytea) WITH FUNCTION @extschema@.hl7v2_to_bytea(@extschema@.hl7v2);

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_joined(parts @extschema@.hl7v2[]) RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_joined(@extschema@.hl7v2[]) IS
'one message from its parts in order: DSC at the end of a part and MSH of the next go, ADD continues the field before it; NULL parts are left out, NULL for none; 22000 for parts that do not follow each other (DSC-1, MSH-14)';
