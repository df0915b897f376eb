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
