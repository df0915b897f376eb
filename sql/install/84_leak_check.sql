-- leak_check: residual identifiers of a warehouse in a release

-- For what a query may spread over processes.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.leak_keys(format text, raw bytea, pass int, passes int)
RETURNS bytea
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.leak_keys(text, bytea, int, int) IS
'hashes of the identifiers of a raw record, those of one of so many passes; NULL when this call site has given them before; a format that cannot be read is 0A000';

REVOKE ALL ON FUNCTION _pgclinical.leak_keys(text, bytea, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.leak_keys(text, bytea, int, int)
TO pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.leak_id_keys(id text, pass int, passes int)
RETURNS bytea
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.leak_id_keys(text, int, int) IS
'the same for an id that the warehouse made';

REVOKE ALL ON FUNCTION _pgclinical.leak_id_keys(text, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.leak_id_keys(text, int, int)
TO pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.leak_look(
    handle bigint, nonce bigint, columns text[], VARIADIC "values" "any"
)
RETURNS bytea
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.leak_look(bigint, bigint, text[], "any") IS
'what a running leak check, named by its shared memory and number, finds in the columns of a row; NULL for nothing; 22023 when there is no such leak check';

REVOKE ALL ON FUNCTION _pgclinical.leak_look(bigint, bigint, text[], "any") FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.leak_look(bigint, bigint, text[], "any")
TO pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.leak_check(
    target text, against text,
    OUT severity text, OUT category text, OUT relation text, OUT path text, OUT findings bigint
)
RETURNS SETOF record
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 10
SET search_path = pg_catalog, pg_temp
SET row_security = off
SET parallel_tuple_cost = 0
SET min_parallel_table_scan_size = '1MB'
SET jit = off
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION pgclinical.leak_check(text, text) IS
'searches the identifiers of warehouse against (read again from every segment of its raw records) in every column, key, number and string of schema target; one row per place: severity (blocking, review), category (the identifiers of 45 CFR 164.514(b)(2)(i); of geography, street stands for lines of an address), relation, path, how often; never the value; plants identifiers of every category first and refuses (55000) when one is not found; the caller needs SELECT on both schemas';

REVOKE ALL ON FUNCTION pgclinical.leak_check(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.leak_check(text, text)
TO pgclinical_releaser, pgclinical_auditor;
