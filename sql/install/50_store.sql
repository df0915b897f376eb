-- store: foreign servers that stand for a folder, and the files in them

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.files_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.files_validator(text[], oid) IS
'checks the options of wrapper pgclinical_files (a server''s location); an unknown option is refused with the list of valid ones, an object store with 0A000; setting a location needs pg_read_server_files';

REVOKE ALL ON FUNCTION _pgclinical.files_validator(text[], oid) FROM PUBLIC;

-- No handler yet: a server names a folder for feeds; foreign tables over it cannot be read.
-- Availability: 0.1.0
CREATE FOREIGN DATA WRAPPER pgclinical_files VALIDATOR _pgclinical.files_validator;

COMMENT ON FOREIGN DATA WRAPPER pgclinical_files IS
'folders that feeds read from: CREATE SERVER ... FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location ''file:///folder'')';

GRANT USAGE ON FOREIGN DATA WRAPPER pgclinical_files TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.server_files(
    server text, path text,
    OUT name text, OUT size bigint, OUT modified timestamptz
)
RETURNS SETOF record
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED COST 1000 ROWS 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.server_files(text, text) IS
'the regular files below the server''s location that match path (wildcards *, ?, [a-z]; ** for folders at any depth), in the order of their names'' bytes; links are not followed; a warning counts what was passed over; needs pg_read_server_files and USAGE on the server';

REVOKE ALL ON FUNCTION _pgclinical.server_files(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.server_files(text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.check_path(path text)
RETURNS void
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.check_path(text) IS
'raises 22023 with the rule when path cannot be a feed''s: absolute, empty, with "." or "..", "**" twice or at the end';

REVOKE ALL ON FUNCTION _pgclinical.check_path(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.check_path(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.server_file(
    server text, name text, byte_offset bigint DEFAULT 0, length bigint DEFAULT NULL
)
RETURNS bytea
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.server_file(text, text, bigint, bigint) IS
'bytes of a file below the server''s location from byte_offset on, at most length (to its end when NULL), empty behind the end; NULL for a NULL server, name or offset; errors never name the file; needs pg_read_server_files and USAGE on the server';

REVOKE ALL ON FUNCTION _pgclinical.server_file(text, text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.server_file(text, text, bigint, bigint) TO pgclinical_etl;
