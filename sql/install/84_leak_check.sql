-- leak_check: residual identifiers of a warehouse in a release

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.leak_check(
    target text, against text,
    OUT severity text, OUT category text, OUT relation text, OUT path text, OUT findings bigint
)
RETURNS SETOF record
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 10
SET search_path = pg_catalog, pg_temp
SET row_security = off
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION pgclinical.leak_check(text, text) IS
'searches the identifiers of warehouse against (read again from every segment of its raw records) in every column, key, number and string of schema target; one row per place: severity (blocking, review), category (the identifiers of 45 CFR 164.514(b)(2)(i); of geography, street stands for lines of an address), relation, path, how often; never the value; plants identifiers of every category first and refuses (55000) when one is not found; the caller needs SELECT on both schemas';

REVOKE ALL ON FUNCTION pgclinical.leak_check(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.leak_check(text, text)
TO pgclinical_releaser, pgclinical_auditor;
