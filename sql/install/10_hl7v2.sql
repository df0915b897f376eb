-- hl7v2: HL7 version 2 messages

-- Availability: 0.1.0
CREATE TYPE @extschema@.hl7v2;
COMMENT ON TYPE @extschema@.hl7v2 IS
'an HL7 v2 message, verbatim: the text that went in comes out; input that is no message is refused (22P02)';

CREATE FUNCTION @extschema@.hl7v2_in(cstring) RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_in(cstring) IS
'input of type hl7v2; malformed input raises 22P02 with segment and byte, never with content';

CREATE FUNCTION @extschema@.hl7v2_out(@extschema@.hl7v2) RETURNS cstring
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'textout';
COMMENT ON FUNCTION @extschema@.hl7v2_out(@extschema@.hl7v2) IS 'output of type hl7v2';

CREATE FUNCTION @extschema@.hl7v2_recv(internal) RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_recv(internal) IS
'binary input of type hl7v2: text in the client''s encoding, checked as in text input';

CREATE FUNCTION @extschema@.hl7v2_send(@extschema@.hl7v2) RETURNS bytea
LANGUAGE internal STABLE STRICT PARALLEL SAFE COST 1 AS 'textsend';
COMMENT ON FUNCTION @extschema@.hl7v2_send(@extschema@.hl7v2) IS
'binary output of type hl7v2: its text in the client''s encoding';

CREATE TYPE @extschema@.hl7v2 (
    INPUT = @extschema@.hl7v2_in,
    OUTPUT = @extschema@.hl7v2_out,
    RECEIVE = @extschema@.hl7v2_recv,
    SEND = @extschema@.hl7v2_send,
    INTERNALLENGTH = variable,
    ALIGNMENT = int4,
    STORAGE = extended
);

CREATE FUNCTION @extschema@.hl7v2(message text) RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'hl7v2_from_text';
COMMENT ON FUNCTION @extschema@.hl7v2(text) IS
'the text as a message; malformed text raises 22P02 with segment and byte, never with content';

CREATE CAST (text AS @extschema@.hl7v2) WITH FUNCTION @extschema@.hl7v2(text) AS ASSIGNMENT;
-- Not implicit: a message would silently take part in text operators.
CREATE CAST (@extschema@.hl7v2 AS text) WITHOUT FUNCTION AS ASSIGNMENT;

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_try(message text) RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_try(text) IS
'the text as a message, or NULL when it is none; never raises for content';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_key(message @extschema@.hl7v2) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_key(@extschema@.hl7v2) IS
'what names a message: MSH-3, MSH-4, MSH-9 and MSH-10 as sent, joined by |; NULL when MSH-10 is absent or ""';

-- Comparison is by bytes, the server's own for bytea: the layout is the same.

CREATE FUNCTION @extschema@.hl7v2_eq(@extschema@.hl7v2, @extschema@.hl7v2) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 1 AS 'byteaeq';
CREATE FUNCTION @extschema@.hl7v2_ne(@extschema@.hl7v2, @extschema@.hl7v2) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 1 AS 'byteane';
CREATE FUNCTION @extschema@.hl7v2_lt(@extschema@.hl7v2, @extschema@.hl7v2) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 1 AS 'bytealt';
CREATE FUNCTION @extschema@.hl7v2_le(@extschema@.hl7v2, @extschema@.hl7v2) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 1 AS 'byteale';
CREATE FUNCTION @extschema@.hl7v2_gt(@extschema@.hl7v2, @extschema@.hl7v2) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 1 AS 'byteagt';
CREATE FUNCTION @extschema@.hl7v2_ge(@extschema@.hl7v2, @extschema@.hl7v2) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 1 AS 'byteage';
CREATE FUNCTION @extschema@.hl7v2_cmp(@extschema@.hl7v2, @extschema@.hl7v2) RETURNS integer
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 1 AS 'byteacmp';
CREATE FUNCTION @extschema@.hl7v2_hash(@extschema@.hl7v2) RETURNS integer
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'hashvarlena';
CREATE FUNCTION @extschema@.hl7v2_hash_extended(@extschema@.hl7v2, bigint) RETURNS bigint
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'hashvarlenaextended';

COMMENT ON FUNCTION @extschema@.hl7v2_eq(@extschema@.hl7v2, @extschema@.hl7v2) IS
'implementation of = operator: the same bytes';
COMMENT ON FUNCTION @extschema@.hl7v2_ne(@extschema@.hl7v2, @extschema@.hl7v2) IS
'implementation of <> operator';
COMMENT ON FUNCTION @extschema@.hl7v2_lt(@extschema@.hl7v2, @extschema@.hl7v2) IS
'implementation of < operator: order of bytes';
COMMENT ON FUNCTION @extschema@.hl7v2_le(@extschema@.hl7v2, @extschema@.hl7v2) IS
'implementation of <= operator';
COMMENT ON FUNCTION @extschema@.hl7v2_gt(@extschema@.hl7v2, @extschema@.hl7v2) IS
'implementation of > operator';
COMMENT ON FUNCTION @extschema@.hl7v2_ge(@extschema@.hl7v2, @extschema@.hl7v2) IS
'implementation of >= operator';
COMMENT ON FUNCTION @extschema@.hl7v2_cmp(@extschema@.hl7v2, @extschema@.hl7v2) IS
'less, equal, greater by bytes as -1, 0, 1: btree support';
COMMENT ON FUNCTION @extschema@.hl7v2_hash(@extschema@.hl7v2) IS 'hash support, 32 bits';
COMMENT ON FUNCTION @extschema@.hl7v2_hash_extended(@extschema@.hl7v2, bigint) IS
'hash support, 64 bits with a seed';

CREATE OPERATOR @extschema@.= (
    LEFTARG = @extschema@.hl7v2, RIGHTARG = @extschema@.hl7v2,
    FUNCTION = @extschema@.hl7v2_eq, COMMUTATOR = OPERATOR(@extschema@.=),
    NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
CREATE OPERATOR @extschema@.<> (
    LEFTARG = @extschema@.hl7v2, RIGHTARG = @extschema@.hl7v2,
    FUNCTION = @extschema@.hl7v2_ne, COMMUTATOR = OPERATOR(@extschema@.<>),
    NEGATOR = OPERATOR(@extschema@.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
CREATE OPERATOR @extschema@.< (
    LEFTARG = @extschema@.hl7v2, RIGHTARG = @extschema@.hl7v2,
    FUNCTION = @extschema@.hl7v2_lt, COMMUTATOR = OPERATOR(@extschema@.>),
    NEGATOR = OPERATOR(@extschema@.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR @extschema@.<= (
    LEFTARG = @extschema@.hl7v2, RIGHTARG = @extschema@.hl7v2,
    FUNCTION = @extschema@.hl7v2_le, COMMUTATOR = OPERATOR(@extschema@.>=),
    NEGATOR = OPERATOR(@extschema@.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR @extschema@.> (
    LEFTARG = @extschema@.hl7v2, RIGHTARG = @extschema@.hl7v2,
    FUNCTION = @extschema@.hl7v2_gt, COMMUTATOR = OPERATOR(@extschema@.<),
    NEGATOR = OPERATOR(@extschema@.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR @extschema@.>= (
    LEFTARG = @extschema@.hl7v2, RIGHTARG = @extschema@.hl7v2,
    FUNCTION = @extschema@.hl7v2_ge, COMMUTATOR = OPERATOR(@extschema@.<=),
    NEGATOR = OPERATOR(@extschema@.<), RESTRICT = scalargesel, JOIN = scalargejoinsel
);

COMMENT ON OPERATOR @extschema@.= (@extschema@.hl7v2, @extschema@.hl7v2) IS 'the same bytes';
COMMENT ON OPERATOR @extschema@.<> (@extschema@.hl7v2, @extschema@.hl7v2) IS 'not the same bytes';
COMMENT ON OPERATOR @extschema@.< (@extschema@.hl7v2, @extschema@.hl7v2) IS 'before, by bytes';
COMMENT ON OPERATOR @extschema@.<= (@extschema@.hl7v2, @extschema@.hl7v2) IS
'before or the same, by bytes';
COMMENT ON OPERATOR @extschema@.> (@extschema@.hl7v2, @extschema@.hl7v2) IS 'after, by bytes';
COMMENT ON OPERATOR @extschema@.>= (@extschema@.hl7v2, @extschema@.hl7v2) IS
'after or the same, by bytes';

CREATE OPERATOR CLASS @extschema@.hl7v2_ops DEFAULT FOR TYPE @extschema@.hl7v2 USING btree AS
    OPERATOR 1 @extschema@.<,
    OPERATOR 2 @extschema@.<=,
    OPERATOR 3 @extschema@.=,
    OPERATOR 4 @extschema@.>=,
    OPERATOR 5 @extschema@.>,
    FUNCTION 1 @extschema@.hl7v2_cmp(@extschema@.hl7v2, @extschema@.hl7v2);
CREATE OPERATOR CLASS @extschema@.hl7v2_ops DEFAULT FOR TYPE @extschema@.hl7v2 USING hash AS
    OPERATOR 1 @extschema@.=,
    FUNCTION 1 @extschema@.hl7v2_hash(@extschema@.hl7v2),
    FUNCTION 2 @extschema@.hl7v2_hash_extended(@extschema@.hl7v2, bigint);

COMMENT ON OPERATOR CLASS @extschema@.hl7v2_ops USING btree IS 'messages by their bytes';
COMMENT ON OPERATOR CLASS @extschema@.hl7v2_ops USING hash IS 'messages by their bytes';

-- Contents of files.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_messages(contents text)
RETURNS TABLE (ordinal integer, byte_offset bigint, message @extschema@.hl7v2,
               issue @extschema@.clinical_issue)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME', 'hl7v2_messages_text';
COMMENT ON FUNCTION @extschema@.hl7v2_messages(text) IS
'the messages of a file''s text, a row each: one after the other, in MLLP frames or in batches; what is no message is a row with an issue and without message';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_messages(contents bytea, charset text DEFAULT NULL)
RETURNS TABLE (ordinal integer, byte_offset bigint, message @extschema@.hl7v2,
               issue @extschema@.clinical_issue)
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME', 'hl7v2_messages_bytes';
COMMENT ON FUNCTION @extschema@.hl7v2_messages(bytea, text) IS
'the messages of a file''s bytes, decoded by byte order mark, MSH-18, else charset (NULL: UTF-8 if it is, else windows-1252 with a warning); no rows for NULL contents; an unknown charset raises 22023';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.hl7v2_records(
    contents bytea, charset text, envelope bigint[] DEFAULT NULL, slice integer DEFAULT 0,
    slices integer DEFAULT 1
)
RETURNS TABLE (ordinal integer, byte_offset bigint, raw bytea, sha256 bytea,
               message @extschema@.hl7v2, key text, issue @extschema@.clinical_issue)
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.hl7v2_records(bytea, text, bigint[], integer, integer) IS
'every record of a file with its bytes and their hash; message is NULL when issue.code says why; charset as in hl7v2_messages; envelope: what the chunk before has left open (hl7v2_envelope), NULL: nothing; of several slices only the records of one, from 0 by the patient they name first, the last (slice = slices) for those that name two and for parts of messages; 22023 when it is no envelope or no slice';
REVOKE ALL ON FUNCTION _pgclinical.hl7v2_records(bytea, text, bigint[], integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.hl7v2_records(bytea, text, bigint[], integer, integer) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.hl7v2_envelope(contents bytea, envelope bigint[])
RETURNS bigint[]
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.hl7v2_envelope(bytea, bigint[]) IS
'what batch headers have opened behind a chunk of a file whose chunks before left envelope (NULL: nothing): {messages counted, messages, batches counted, batches}; NULL for NULL contents; 22023 when it is no envelope';
REVOKE ALL ON FUNCTION _pgclinical.hl7v2_envelope(bytea, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.hl7v2_envelope(bytea, bigint[]) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.hl7v2_cut(contents bytea, final boolean) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.hl7v2_cut(bytea, boolean) IS
'how many leading bytes are whole records, for reading in chunks; 0: none is whole yet; final: nothing follows, all of them';
REVOKE ALL ON FUNCTION _pgclinical.hl7v2_cut(bytea, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.hl7v2_cut(bytea, boolean) TO pgclinical_etl;

-- Values of a message.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_get(message @extschema@.hl7v2, path text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_get(@extschema@.hl7v2, text) IS
'the first value at the path (PID-5.1, PID-3[2].4.2, OBX[3.1="8480-6"]-5), unescaped; NULL when absent or ""; 42601 for a path that is none';

CREATE OPERATOR @extschema@.->> (
    LEFTARG = @extschema@.hl7v2, RIGHTARG = text, FUNCTION = @extschema@.hl7v2_get
);
COMMENT ON OPERATOR @extschema@.->> (@extschema@.hl7v2, text) IS
'the first value at the path, unescaped; NULL when absent or ""';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_raw(message @extschema@.hl7v2, path text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_raw(@extschema@.hl7v2, text) IS
'the first value at the path as it was sent, escape sequences and "" included; NULL when absent';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_formatted(message @extschema@.hl7v2, path text,
                                            width integer DEFAULT 0)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_formatted(@extschema@.hl7v2, text, integer) IS
'the first value at the path laid out by its formatting commands: lines, indents, and with a width (characters; 0: none) word wrap and centring; NULL when absent or ""; a negative width raises 22023';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_is_null(message @extschema@.hl7v2, path text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_is_null(@extschema@.hl7v2, text) IS
'true when the sender says "" at the path: the value is to be deleted; false for a value and for nothing';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_values(message @extschema@.hl7v2, path text) RETURNS SETOF text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_values(@extschema@.hl7v2, text) IS
'all values at the path: every segment and repetition that it does not choose between; NULL where one is absent or ""';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_segments(message @extschema@.hl7v2)
RETURNS TABLE (ordinal integer, id text, occurrence integer, byte_offset integer, segment text)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_segments(@extschema@.hl7v2) IS
'the segments in order, verbatim; occurrence counts those of one name from 1, byte_offset from 0';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_fields(message @extschema@.hl7v2)
RETURNS TABLE (ordinal integer, segment text, field integer, repetition integer,
               component integer, subcomponent integer, value text)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 200 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_fields(@extschema@.hl7v2) IS
'every position of the message that holds something, unescaped; "" has NULL as its value; ordinal is the segment''s';

-- Dates and times.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_time(value text, default_zone text DEFAULT NULL)
RETURNS timestamptz
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_time(text, text) IS
'the earliest moment that an HL7 date/time may mean: by its own offset, else by default_zone (IANA name or +hh:mm); NULL when it has neither, never by the session''s zone; 22P02 or 22000 for what is no date/time';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.hl7v2_time_try(value text, default_zone text DEFAULT NULL)
RETURNS timestamptz
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.hl7v2_time_try(text, text) IS
'as hl7v2_time; NULL for what is no date/time';
