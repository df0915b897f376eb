-- Functions that exercise the bridge; see the .cpp files named.

-- test_jsonb.cpp
CREATE FUNCTION jsonb_image(jsonb) RETURNS bytea LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION jsonb_image IS 'the stored bytes of a value, detoasted';
CREATE FUNCTION jsonb_rewrite(jsonb) RETURNS jsonb LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION jsonb_rewrite IS 'read node by node, written event by event';
CREATE FUNCTION jsonb_copy(jsonb) RETURNS jsonb LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION jsonb_copy IS 'members and elements of the root copied whole';
CREATE FUNCTION jsonb_find(jsonb, text) RETURNS jsonb LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION jsonb_find IS 'JsonbNode::find, as the operator ->';
CREATE FUNCTION jsonb_numbers(text[]) RETURNS jsonb LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION jsonb_numbers IS 'an array of numbers from their texts';
CREATE FUNCTION jsonb_members(text[]) RETURNS jsonb LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION jsonb_members IS 'an object: each key with its place in the array';

-- test_cache.cpp
CREATE FUNCTION decoded_text(text) RETURNS text LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION decoded_text IS 'its argument, by way of the decode-once cache; ''refused'' does not decode';
CREATE FUNCTION decoded_front(text, int) RETURNS text LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION decoded_front IS 'the first characters of its argument, of which no more is compared';
CREATE FUNCTION decode_count() RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION decode_count IS 'how often this backend decoded';
CREATE FUNCTION compiled_length(int, text) RETURNS int LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION compiled_length IS 'the length of the text, compiled once per call site';
CREATE FUNCTION compile_count() RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION compile_count IS 'how often this backend compiled';

-- test_boundary.cpp
CREATE FUNCTION boundary_fail(how text) RETURNS boolean LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION boundary_fail IS 'fails ten calls deep, a C++ object alive in each';
CREATE FUNCTION objects_alive() RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION objects_alive IS 'C++ objects whose destructor has not run';
CREATE FUNCTION exception_state() RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION exception_state IS 'what the C++ runtime of this backend believes to be in flight';
CREATE FUNCTION resident_bytes() RETURNS bigint LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resident_bytes IS 'resident memory of this backend';
CREATE FUNCTION spin(seconds int) RETURNS bigint LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION spin IS 'computes in C++ for so long, polling for interrupts';
CREATE FUNCTION refused_allocation(bytes bigint) RETURNS bigint LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION refused_allocation IS 'a vector of so many bytes in a memory context';
CREATE FUNCTION count_rows(last int, fail_at int DEFAULT 0, OUT number int, OUT even text)
    RETURNS SETOF record LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION count_rows IS 'rows by stream_rows, with a counted C++ state';
CREATE FUNCTION count_values(last int, fail_at int DEFAULT 0)
    RETURNS SETOF int LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION count_values IS 'values by stream_values, with a counted C++ state';
