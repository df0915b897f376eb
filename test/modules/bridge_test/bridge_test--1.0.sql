-- Functions that exercise the bridge; see the .cpp files of the same chapter.

-- jsonb.cpp
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

-- cache.cpp
CREATE FUNCTION decoded_text(text) RETURNS text LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION decoded_text IS 'its argument, by way of the decode-once cache; ''refused'' does not decode';
CREATE FUNCTION decode_count() RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION decode_count IS 'how often this backend decoded';
CREATE FUNCTION compiled_length(int, text) RETURNS int LANGUAGE C IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION compiled_length IS 'the length of the text, compiled once per call site';
CREATE FUNCTION compile_count() RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION compile_count IS 'how often this backend compiled';
