-- release: de-identified copies of a warehouse, and the crosswalk of their codes (schema: 81)

-- Availability: 0.1.0
CREATE SEQUENCE pgclinical_crosswalk.project_number;
ALTER SEQUENCE pgclinical_crosswalk.project_number OWNER TO pgclinical_owner;
COMMENT ON SEQUENCE pgclinical_crosswalk.project_number IS 'numbers of projects';
CREATE SEQUENCE pgclinical_crosswalk.attestation_number;
ALTER SEQUENCE pgclinical_crosswalk.attestation_number OWNER TO pgclinical_owner;
COMMENT ON SEQUENCE pgclinical_crosswalk.attestation_number IS 'numbers of attestations';
CREATE SEQUENCE pgclinical_crosswalk.manifest_number;
ALTER SEQUENCE pgclinical_crosswalk.manifest_number OWNER TO pgclinical_owner;
COMMENT ON SEQUENCE pgclinical_crosswalk.manifest_number IS 'numbers of manifests';

-- Availability: 0.1.0
CREATE TABLE pgclinical_crosswalk.project (
    project    bigint PRIMARY KEY DEFAULT nextval('pgclinical_crosswalk.project_number'),
    warehouse  text NOT NULL,
    target     text NOT NULL,
    policy     text NOT NULL,
    recipient  name,
    key_check  bytea,
    created    timestamptz NOT NULL DEFAULT now(),
    created_by name NOT NULL DEFAULT session_user,
    UNIQUE (warehouse, target)
);
ALTER TABLE pgclinical_crosswalk.project OWNER TO pgclinical_owner;
COMMENT ON TABLE pgclinical_crosswalk.project IS
'one warehouse, one target schema, one recipient: its codes are its own';
COMMENT ON COLUMN pgclinical_crosswalk.project.key_check IS
'tells the key that the project''s tokens were made with from any other';
GRANT SELECT (project, warehouse, target, policy, recipient, created, created_by)
ON pgclinical_crosswalk.project TO pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE TABLE pgclinical_crosswalk.code (
    -- without a foreign key: a check per row would cost as much as the row
    project bigint NOT NULL,
    domain  text NOT NULL,
    token   bytea NOT NULL,
    code    text NOT NULL,
    PRIMARY KEY (project, domain, token),
    UNIQUE (project, code)
);
ALTER TABLE pgclinical_crosswalk.code OWNER TO pgclinical_owner;
COMMENT ON TABLE pgclinical_crosswalk.code IS
'random codes of identifiers; token is an HMAC under a key outside the database, so a row names nobody; deleting a project''s rows makes its codes irreversible once backups have expired';
-- What a histogram of tokens and codes would be good for, nobody needs.
ALTER TABLE pgclinical_crosswalk.code ALTER COLUMN token SET STATISTICS 0;
ALTER TABLE pgclinical_crosswalk.code ALTER COLUMN code SET STATISTICS 0;

-- Availability: 0.1.0
CREATE TABLE pgclinical_crosswalk.attestation (
    attestation bigint PRIMARY KEY DEFAULT nextval('pgclinical_crosswalk.attestation_number'),
    warehouse   text NOT NULL,
    target      text NOT NULL,
    policy      text NOT NULL,
    policy_hash text NOT NULL,
    who         name NOT NULL DEFAULT session_user,
    at          timestamptz NOT NULL DEFAULT now(),
    statement   text NOT NULL
);
ALTER TABLE pgclinical_crosswalk.attestation OWNER TO pgclinical_owner;
COMMENT ON TABLE pgclinical_crosswalk.attestation IS
'who stated what about a release under which policy: software cannot know whether the remainder could identify someone (45 CFR 164.514(b)(2)(ii))';
GRANT SELECT ON pgclinical_crosswalk.attestation TO pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE TABLE pgclinical_crosswalk.manifest (
    manifest       bigint PRIMARY KEY DEFAULT nextval('pgclinical_crosswalk.manifest_number'),
    project        bigint NOT NULL REFERENCES pgclinical_crosswalk.project,
    attestation    bigint NOT NULL REFERENCES pgclinical_crosswalk.attestation,
    released_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    who            name NOT NULL DEFAULT session_user,
    policy         text NOT NULL,
    policy_hash    text NOT NULL,
    reference_date date NOT NULL,
    counts         jsonb NOT NULL,
    scrubbed       text[] NOT NULL DEFAULT '{}',
    leak_check     jsonb NOT NULL,
    actions        jsonb NOT NULL DEFAULT '{}',
    hints          jsonb NOT NULL DEFAULT '{}',
    signatures     bigint[] NOT NULL DEFAULT '{}',
    retracted_at   timestamptz,
    retracted_by   name,
    retracted_for  text
);
ALTER TABLE pgclinical_crosswalk.manifest OWNER TO pgclinical_owner;
COMMENT ON TABLE pgclinical_crosswalk.manifest IS
'releases that were published: the transformations applied (policy and its hash, reference date), rows by type, the elements (or table.column) whose free text was not removed but scrubbed by software (scrubbed), the residual scan''s findings with the signatures that accept them, what became of the values of each element (actions), who stands out (hints)';
GRANT SELECT ON pgclinical_crosswalk.manifest TO pgclinical_releaser, pgclinical_auditor;

SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.project_number', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.attestation_number', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.manifest_number', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.project', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.code', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.attestation', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.manifest', '');

-- The functions below that act as pgclinical_owner call each other.
GRANT USAGE ON SCHEMA _pgclinical TO pgclinical_owner;

-- The door: these refuse unless the verb of the same name runs in this session.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.require_release()
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.require_release() IS
'refuses (42501) unless CALL pgclinical.release is running in this session';

REVOKE ALL ON FUNCTION _pgclinical.require_release() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.require_release() TO pgclinical_owner;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.require_attest()
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.require_attest() IS
'refuses (42501) unless pgclinical.attest is running in this session';

REVOKE ALL ON FUNCTION _pgclinical.require_attest() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.require_attest() TO pgclinical_owner;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.crosswalk_begin(project bigint)
RETURNS bytea
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.crosswalk_begin(bigint) IS
'lets this transaction of a running release ask for codes of this project; returns what tells the key from any other; F0000 when the key file cannot be used';

REVOKE ALL ON FUNCTION _pgclinical.crosswalk_begin(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.crosswalk_begin(bigint) TO pgclinical_owner;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.crosswalk_tokens(
    project bigint, domains text[], identifiers text[]
)
RETURNS bytea[]
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.crosswalk_tokens(bigint, text[], text[]) IS
'HMAC-SHA256(key, project 00 domain 00 identifier) of each; works only below CALL pgclinical.release, in the transaction that stages this project (42501, 22023); F0000 when the key file cannot be used';

REVOKE ALL ON FUNCTION _pgclinical.crosswalk_tokens(bigint, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.crosswalk_tokens(bigint, text[], text[])
TO pgclinical_owner;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.crosswalk_random_codes(number int)
RETURNS text[]
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.crosswalk_random_codes(int) IS
'so many codes of 128 random bits each, written as 32 consonants';

REVOKE ALL ON FUNCTION _pgclinical.crosswalk_random_codes(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.crosswalk_random_codes(int) TO pgclinical_owner;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.crosswalk_find(project bigint, domains text[], tokens bytea[])
RETURNS text[]
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.crosswalk_find(bigint, text[], bytea[]) IS
'the codes that the project has for these tokens, NULL where it has none, as last committed, whatever the caller''s snapshot; works as crosswalk_tokens';

REVOKE ALL ON FUNCTION _pgclinical.crosswalk_find(bigint, text[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.crosswalk_find(bigint, text[], bytea[]) TO pgclinical_owner;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.crosswalk_lock(key bigint)
RETURNS boolean
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.crosswalk_lock(bigint) IS
'takes the advisory lock of that key for the whole of a running release; false when another session has it';

REVOKE ALL ON FUNCTION _pgclinical.crosswalk_lock(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.crosswalk_lock(bigint) TO pgclinical_owner;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.crosswalk_codes(
    project bigint, domains text[], identifiers text[],
    OUT domain text, OUT identifier text, OUT code text
)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER PARALLEL UNSAFE COST 1000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    tokens bytea[];
    codes text[];
BEGIN
    PERFORM _pgclinical.require_release();
    tokens := _pgclinical.crosswalk_tokens($1, domains, identifiers);
    codes := _pgclinical.crosswalk_find($1, domains, tokens);
    -- The project is locked: nobody but this release's workers adds codes to it, each its own.
    RETURN QUERY
    WITH made AS (
        INSERT INTO pgclinical_crosswalk.code (project, domain, token, code)
        SELECT $1, x.domain, x.token, x.code
        FROM (SELECT x.domain, x.token, row_number() OVER () AS n
              FROM unnest(domains, tokens, codes) AS x(domain, token, code)
              WHERE x.code IS NULL) AS m
            JOIN unnest(_pgclinical.crosswalk_random_codes(cardinality(array_positions(codes, NULL))))
                WITH ORDINALITY AS r(code, n) USING (n)
            CROSS JOIN LATERAL (SELECT m.domain, m.token, r.code) AS x
        ON CONFLICT ON CONSTRAINT code_pkey DO NOTHING
        RETURNING domain, token, code
    )
    SELECT x.domain, x.identifier, coalesce(x.code, made.code)
    FROM unnest(domains, identifiers, tokens, codes) AS x(domain, identifier, token, code)
        LEFT JOIN made ON x.code IS NULL AND made.domain = x.domain AND made.token = x.token;
END $$;
ALTER FUNCTION _pgclinical.crosswalk_codes(bigint, text[], text[]) OWNER TO pgclinical_owner;

COMMENT ON FUNCTION _pgclinical.crosswalk_codes(bigint, text[], text[]) IS
'the codes of these identifiers in this project, made at random when new; works only below CALL pgclinical.release, in the transaction that stages this project (42501, 22023)';

REVOKE ALL ON FUNCTION _pgclinical.crosswalk_codes(bigint, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.crosswalk_codes(bigint, text[], text[])
TO pgclinical_releaser;

-- A batch at a time: a project may have millions of codes.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.crosswalk_ask(project bigint, names text, destination text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    batch record;
    asked bigint := 0;
BEGIN
    FOR batch IN EXECUTE format('SELECT array_agg(domain) AS domains, array_agg(canonical) AS names
        FROM (SELECT domain, canonical, row_number() OVER () / 20000 AS n
              FROM (SELECT DISTINCT domain, canonical FROM (%s) q) d) x GROUP BY n', names)
    LOOP
        IF destination IS NULL THEN
            PERFORM count(*) FROM _pgclinical.crosswalk_codes(project, batch.domains, batch.names);
        ELSE
            EXECUTE format('INSERT INTO %s SELECT * FROM _pgclinical.crosswalk_codes($1, $2, $3)',
                destination) USING project, batch.domains, batch.names;
        END IF;
        asked := asked + cardinality(batch.names);
    END LOOP;
    RETURN asked;
END $$;

COMMENT ON FUNCTION _pgclinical.crosswalk_ask(bigint, text, text) IS
'the codes of what query names gives (columns domain, canonical), made when new and written to table destination (domain, canonical, code; NULL: only made); returns how many; works as crosswalk_codes';

REVOKE ALL ON FUNCTION _pgclinical.crosswalk_ask(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.crosswalk_ask(bigint, text, text) TO pgclinical_releaser;

-- Attestations.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.attestation_add(
    warehouse text, target text, policy text, policy_hash text, statement text
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM _pgclinical.require_attest();
    INSERT INTO pgclinical_crosswalk.attestation (warehouse, target, policy, policy_hash, statement)
    VALUES (warehouse, target, policy, policy_hash, statement)
    RETURNING attestation INTO number;
    RETURN number;
END $$;
ALTER FUNCTION _pgclinical.attestation_add(text, text, text, text, text) OWNER TO pgclinical_owner;

COMMENT ON FUNCTION _pgclinical.attestation_add(text, text, text, text, text) IS
'stores an attestation; works only below pgclinical.attest (42501)';

REVOKE ALL ON FUNCTION _pgclinical.attestation_add(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.attestation_add(text, text, text, text, text)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.attest_steps(
    warehouse text, target text, policy text, statement text, policy_hash text, tables int DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    IF coalesce(btrim(target), '') = '' OR coalesce(btrim(statement), '') = '' OR policy_hash IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'an attestation needs a target, a policy, a statement and, for copies of tables, the tables';
    END IF;
    number := _pgclinical.attestation_add(warehouse, target, policy, policy_hash, statement);
    PERFORM _pgclinical.audit_event('attest', warehouse, target, NULL, jsonb_strip_nulls(
        jsonb_build_object('attestation', number, 'policy', policy, 'policy_hash', policy_hash,
            'tables', tables)));
    RETURN number;
END $$;

COMMENT ON FUNCTION _pgclinical.attest_steps(text, text, text, text, text, int) IS
'what pgclinical.attest does, by the hash of the policy, or of the policy and so many tables';

REVOKE ALL ON FUNCTION _pgclinical.attest_steps(text, text, text, text, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.attest_steps(text, text, text, text, text, int)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.attest(warehouse text, target text, policy text, statement text)
RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION pgclinical.attest(text, text, text, text) IS
'records that the session''s login role states what statement says about releasing warehouse to target under policy as it is now; release asks for one whose policy has not changed since; returns its number; 42501 for who is not in pgclinical_releaser, 22023 without a policy or a statement';

REVOKE ALL ON FUNCTION pgclinical.attest(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.attest(text, text, text, text) TO pgclinical_releaser;

-- A release's own bookkeeping.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_open(
    warehouse text, target text, policy text, policy_hash text, recipient name,
    OUT project bigint, OUT attestation bigint, OUT recipient_now name, OUT replaces boolean
)
RETURNS record
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT SECURITY DEFINER PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    p pgclinical_crosswalk.project;
    key_now bytea;
BEGIN
    PERFORM _pgclinical.require_release();
    IF NOT _pgclinical.crosswalk_lock(
        hashtextextended(jsonb_build_array('pgclinical.release', $1, $2)::text, 0)) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_in_use',
            MESSAGE = format('schema "%s" is being released by another session', $2);
    END IF;

    SELECT a.attestation INTO release_open.attestation
    FROM pgclinical_crosswalk.attestation a
    WHERE a.warehouse = $1 AND a.target = $2 AND a.policy = $3 AND a.policy_hash = $4
    ORDER BY a.attestation DESC LIMIT 1;
    IF release_open.attestation IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'release has no attestation',
            DETAIL = CASE WHEN EXISTS (SELECT FROM pgclinical_crosswalk.attestation a
                                       WHERE a.warehouse = $1 AND a.target = $2)
                THEN 'What was attested was another policy than the present one.'
                ELSE 'Nobody has attested this release.' END,
            HINT = 'Use SELECT pgclinical.attest(warehouse, target, policy, statement).';
    END IF;

    SELECT * INTO p FROM pgclinical_crosswalk.project j WHERE j.warehouse = $1 AND j.target = $2;
    IF p.project IS NULL THEN
        INSERT INTO pgclinical_crosswalk.project (warehouse, target, policy, recipient)
        VALUES ($1, $2, $3, $5) RETURNING * INTO p;
    ELSIF p.policy <> $3 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a project keeps its policy',
            HINT = 'Release under another policy to another target.';
    ELSIF $5 <> p.recipient THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a project serves one recipient',
            HINT = 'Release for another recipient to another target.';
    ELSIF p.recipient IS NULL AND $5 IS NOT NULL THEN
        UPDATE pgclinical_crosswalk.project j SET recipient = $5 WHERE j.project = p.project;
    END IF;

    key_now := _pgclinical.crosswalk_begin(p.project);
    IF p.key_check IS NULL THEN
        UPDATE pgclinical_crosswalk.project j SET key_check = key_now
        WHERE j.project = p.project;
    ELSIF p.key_check <> key_now THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'crosswalk key is not the one this project was made with';
    END IF;

    release_open.project := p.project;
    recipient_now := coalesce($5, p.recipient);
    replaces := EXISTS (SELECT FROM pgclinical_crosswalk.manifest m WHERE m.project = p.project);
END $$;
ALTER FUNCTION _pgclinical.release_open(text, text, text, text, name) OWNER TO pgclinical_owner;

COMMENT ON FUNCTION _pgclinical.release_open(text, text, text, text, name) IS
'the project of a release, made at its first, and the attestation that permits it (55000 without); locks the project until the release ends (55006 when it is locked) and lets the transaction ask for its codes; replaces: it has been published before; works only below CALL pgclinical.release (42501)';

REVOKE ALL ON FUNCTION _pgclinical.release_open(text, text, text, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_open(text, text, text, text, name)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_close(
    project bigint, attestation bigint, policy text, policy_hash text, reference_date date,
    counts jsonb, leak_check jsonb, evidence jsonb DEFAULT '{}'
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM _pgclinical.require_release();
    INSERT INTO pgclinical_crosswalk.manifest
        (project, attestation, policy, policy_hash, reference_date, counts, scrubbed, leak_check,
         actions, hints, signatures)
    VALUES (project, attestation, policy, policy_hash, reference_date, counts,
        -- Resources are FHIR; columns of tables hold documents of any format, and text by label.
        ARRAY(SELECT s.path FROM (
                  SELECT r.path FROM pgclinical_crosswalk.policy_rule r
                  WHERE r.policy = release_close.policy AND r.action = 'scrub'
                    AND (r.format = 'fhir' OR counts ? '(tables)')
                  UNION
                  SELECT format('%s.%s', t.name, c.name)
                  FROM jsonb_each(counts -> '(tables)') AS t(name, said),
                      jsonb_each(t.said -> 'columns') AS c(name, said)
                  WHERE c.said ->> 'action' = 'scrub') s
              ORDER BY s.path COLLATE "C"), leak_check,
        coalesce(evidence -> 'actions', '{}'), coalesce(evidence -> 'hints', '{}'),
        ARRAY(SELECT v::bigint FROM jsonb_array_elements_text(evidence -> 'signatures') v))
    RETURNING manifest INTO number;
    RETURN number;
END $$;
ALTER FUNCTION _pgclinical.release_close(bigint, bigint, text, text, date, jsonb, jsonb, jsonb)
OWNER TO pgclinical_owner;

COMMENT ON FUNCTION _pgclinical.release_close(bigint, bigint, text, text, date, jsonb, jsonb, jsonb) IS
'writes the manifest of a published release and gives its number; works only below CALL pgclinical.release (42501)';

REVOKE ALL ON FUNCTION _pgclinical.release_close(bigint, bigint, text, text, date, jsonb, jsonb, jsonb)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_close(bigint, bigint, text, text, date, jsonb, jsonb, jsonb)
TO pgclinical_releaser;

-- What a release asks first, so that it fails before the work.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_check(warehouse text, target text, policy text, recipient name)
RETURNS void
LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    IF policy IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'unknown release policy',
            HINT = 'It is safe_harbor or another name that pgclinical.policy_document knows.';
    END IF;
    PERFORM pgclinical.policy_document(policy);
    IF coalesce(target, '') = '' OR octet_length(target) > 63 OR target = warehouse
       OR target ~ '^(pg_|_?pgclinical)' OR target = 'information_schema' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
            MESSAGE = 'target cannot be the name of a release';
    END IF;
    IF recipient IS NOT NULL AND to_regrole(quote_ident(recipient)) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role "%s" does not exist', recipient);
    END IF;
    -- A view in their place would run its owner's code while the crosswalk is open, and so would
    -- a cast of a type of his.
    IF EXISTS (SELECT FROM pg_class c
                   LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
                   LEFT JOIN pg_class root ON root.oid = i.inhparent
               WHERE to_regnamespace(quote_ident(warehouse)) IN (c.relnamespace, root.relnamespace)
                 AND coalesce(root.relname, c.relname)
                     IN ('resource', 'directory', 'identity', 'record')
                 AND (c.relkind NOT IN ('r', 'p') OR EXISTS (
                     SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                       AND t.typnamespace <> 'pg_catalog'::regnamespace))) THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = 'the tables of a warehouse are not tables';
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.release_check(text, text, text, name) IS
'refuses arguments that no release can have: 3F000, 22023, 42704, 42809';

REVOKE ALL ON FUNCTION _pgclinical.release_check(text, text, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_check(text, text, text, name)
TO pgclinical_releaser;

-- For the transaction.  Each statement runs once over many partitions: compiling them costs seconds.
-- Functions are parallel safe: whatever the size, queries go over the workers the server allows.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_settings()
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 100
BEGIN ATOMIC
    SELECT pg_catalog.count(pg_catalog.set_config(s.name, s.value, true))
    FROM (VALUES ('row_security', 'off'), ('jit', 'off'), ('parallel_tuple_cost', '0'),
        ('work_mem', GREATEST(pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem'))
            OPERATOR(pg_catalog./) 1024, 65536)::pg_catalog.text),
        ('min_parallel_table_scan_size', LEAST(pg_catalog.pg_size_bytes(
            pg_catalog.current_setting('min_parallel_table_scan_size'))
            OPERATOR(pg_catalog./) 8192, 128)::pg_catalog.text)) AS s(name, value);
END;

COMMENT ON FUNCTION _pgclinical.release_settings() IS
'settings of the transactions of a release';

REVOKE ALL ON FUNCTION _pgclinical.release_settings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_settings() TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_workers(warehouse text)
RETURNS int
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
    SELECT CASE WHEN pg_catalog.sum(pg_catalog.pg_relation_size(t.relid)) OPERATOR(pg_catalog.>=)
            pg_catalog.pg_size_bytes(pg_catalog.current_setting('min_parallel_table_scan_size'))
        THEN pg_catalog.current_setting('max_parallel_workers_per_gather')::pg_catalog.int4
        ELSE 0 END
    FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(
        pg_catalog.format('%I.resource', warehouse))) AS t(relid, parent, leaf, level);
END;

COMMENT ON FUNCTION _pgclinical.release_workers(text) IS
'in how many processes a release of this warehouse is staged: as many as a query may have, and when there is as little that no query would ask for one, none';

REVOKE ALL ON FUNCTION _pgclinical.release_workers(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_workers(text) TO pgclinical_releaser;

-- In one statement, for copies of tables keep their foreign keys; without CASCADE, and the release's
-- own tables only: what others have put beside them or built on them must not vanish silently.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_drop(project bigint, target text, remark text DEFAULT '')
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    list text;
    number bigint;
BEGIN
    SELECT string_agg(format('%I.%I', target, c.relname), ', '), count(*) INTO list, number
    FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(quote_ident(target)) AND c.relkind = 'r'
      AND obj_description(c.oid, 'pg_class') LIKE format('%s%%; project %s', remark, project);
    IF number > 0 THEN
        EXECUTE 'DROP TABLE ' || list;
    END IF;
    RETURN number;
END $$;

COMMENT ON FUNCTION _pgclinical.release_drop(bigint, text, text) IS
'drops the tables that a project has published in schema target, those whose comments begin with remark (a pattern); returns how many; 2BP01 when something depends on them';

REVOKE ALL ON FUNCTION _pgclinical.release_drop(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_drop(bigint, text, text) TO pgclinical_releaser;

-- Copies of tables (8a) stay where they were judged at the same reference date: of two dates one could
-- say that somebody has turned 90 in between.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_copies(project bigint, target text, stage text, reference_date date)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    mark constant text := 'pgclinical copy of a table';
    judged date;
    t record;
BEGIN
    SELECT m.reference_date INTO judged FROM pgclinical_crosswalk.manifest m
    WHERE m.project = $1 AND m.counts ? '(tables)' ORDER BY m.manifest DESC LIMIT 1;
    IF judged IS DISTINCT FROM $4 THEN
        RETURN _pgclinical.release_drop(project, target, mark);
    END IF;
    FOR t IN SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = to_regnamespace(quote_ident(target)) AND c.relkind = 'r'
          AND obj_description(c.oid, 'pg_class') LIKE format('%s%%; project %s', mark, project)
    LOOP
        IF to_regclass(format('%I.%I', stage, t.relname)) IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'duplicate_table',
                MESSAGE = format('table "%s" of the release has the name of a copy of a table', t.relname),
                HINT = 'Release tables of that name to another target.';
        END IF;
        EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', target, t.relname, stage);
    END LOOP;
    RETURN 0;
END $$;

COMMENT ON FUNCTION _pgclinical.release_copies(bigint, text, text, date) IS
'moves the copies of tables that a project has published from schema target to stage when their reference date is this one (returns 0), else drops them and returns how many; 42P07 when a table of that name is in stage, 2BP01 when something depends on what is dropped';

REVOKE ALL ON FUNCTION _pgclinical.release_copies(bigint, text, text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_copies(bigint, text, text, date) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_publish(
    project bigint, stage text, target text, replaces boolean, recipient name, reference_date date,
    remark text
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mark text := format('%%; project %s', project);
    earlier oid := to_regnamespace(quote_ident(target));
    copies_dropped bigint := 0;
    t record;
BEGIN
    remark := format('%s; project %s', remark, project);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', stage, remark);
    FOR t IN SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = to_regnamespace(quote_ident(stage)) AND c.relkind = 'r'
    LOOP
        EXECUTE format('COMMENT ON TABLE %I.%I IS %L', stage, t.relname, remark);
    END LOOP;
    -- Before copies move in: what their earlier readers had stays.
    PERFORM _pgclinical.release_revoke(stage);
    IF earlier IS NOT NULL THEN
        IF NOT replaces OR obj_description(earlier, 'pg_namespace') LIKE mark IS NOT TRUE THEN
            RAISE EXCEPTION USING ERRCODE = 'duplicate_schema',
                MESSAGE = format('schema "%s" exists and is not an earlier release', target);
        END IF;
        copies_dropped := _pgclinical.release_copies(project, target, stage, reference_date);
        PERFORM _pgclinical.release_drop(project, target);
        EXECUTE format('DROP SCHEMA %I', target);
    END IF;
    EXECUTE format('ALTER SCHEMA %I RENAME TO %I', stage, target);
    IF recipient IS NOT NULL THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', target, recipient);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', target, recipient);
    END IF;
    RETURN copies_dropped;
END $$;

COMMENT ON FUNCTION _pgclinical.release_publish(bigint, text, text, boolean, name, date, text) IS
'puts schema stage in the place of schema target, with comments and grants, and with the copies of tables of that reference date; returns how many others went; 42P06 when target is something else than an earlier release';

REVOKE ALL ON FUNCTION _pgclinical.release_publish(bigint, text, text, boolean, name, date, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_publish(bigint, text, text, boolean, name, date, text)
TO pgclinical_releaser;

-- One snapshot of the warehouse is staged by workers, each in a transaction of its own, into tables
-- that nobody else may read; the leak check and the publication are one transaction.  An error on
-- the way, or a crash, leaves the earlier release; what was staged goes with the next one.
-- Availability: 0.1.0
CREATE PROCEDURE _pgclinical.release_steps(
    warehouse text, target text, policy text, reference_date date, recipient name
)
LANGUAGE plpgsql
AS $$
DECLARE
    hash pg_catalog.text;
    project pg_catalog.record;
    work pg_catalog.text;
    stage pg_catalog.text;
    task pg_catalog.jsonb;
    workers pg_catalog.int4;
    codes bigint;
    staged pg_catalog.record;
    leaks pg_catalog.jsonb;
    hints pg_catalog.jsonb;
    verdict pg_catalog.record;
    manifest bigint;
    mode pg_catalog.text;
    copies_dropped bigint;
BEGIN
    PERFORM _pgclinical.release_check(warehouse, target, policy, recipient);
    hash := pgclinical.policy_hash(policy);
    reference_date := COALESCE(reference_date, pg_catalog.transaction_timestamp()::pg_catalog.date);
    project := _pgclinical.release_open(warehouse, target, policy, hash, recipient);
    work := pg_catalog.format('pgclinical_work_%s', project.project);
    stage := pg_catalog.format('pgclinical_stage_%s', project.project);
    PERFORM _pgclinical.release_schema(work);
    PERFORM _pgclinical.release_schema(stage);
    PERFORM _pgclinical.audit_event('release', warehouse, target, NULL,
        pg_catalog.jsonb_build_object('state', 'started', 'policy', policy, 'policy_hash', hash));
    COMMIT;

    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    project := _pgclinical.release_open(warehouse, target, policy, hash, recipient);
    PERFORM _pgclinical.release_settings();
    codes := _pgclinical.release_ask(warehouse, work, project.project);
    PERFORM _pgclinical.audit_event('crosswalk', warehouse, target, codes,
        pg_catalog.jsonb_build_object('project', project.project));
    task := pg_catalog.jsonb_build_object('warehouse', warehouse, 'target', target, 'work', work,
        'stage', stage, 'project', project.project, 'policy', policy,
        'document', pgclinical.policy_document(policy), 'reference_date', reference_date,
        'types', _pgclinical.release_tables(warehouse, work, stage),
        'salt', pg_catalog.hashtextextended(pg_catalog.gen_random_uuid()::pg_catalog.text, 0));
    workers := _pgclinical.release_workers(warehouse);
    IF _pgclinical.release_start(workers, project.project, task, pg_catalog.pg_export_snapshot())
            OPERATOR(pg_catalog.=) 0 THEN
        PERFORM _pgclinical.release_share(task, 0, 1);
    END IF;
    COMMIT;

    project := _pgclinical.release_open(warehouse, target, policy, hash, recipient);
    PERFORM _pgclinical.release_settings();
    PERFORM _pgclinical.release_finish();
    staged := _pgclinical.release_staged(work, stage);
    mode := _pgclinical.policy_mode(pgclinical.policy_document(policy));
    SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(l)), '[]'::pg_catalog.jsonb) INTO leaks
    FROM pgclinical.leak_check(stage, warehouse) l;
    hints := _pgclinical.release_hints(warehouse, stage, target, project.replaces);
    verdict := _pgclinical.release_judge(warehouse, target, policy, hash, mode, leaks, hints);
    leaks := verdict.judged;

    IF verdict.unsigned OPERATOR(pg_catalog.>) 0 OR verdict.unsigned_hints IS NOT NULL THEN
        PERFORM _pgclinical.release_clear(stage);
        PERFORM _pgclinical.release_refuse(project.project, hash, leaks, hints);
        PERFORM _pgclinical.audit_event('release', warehouse, target, verdict.unsigned,
            pg_catalog.jsonb_build_object('state', 'refused', 'policy', policy));
        COMMIT;
        IF verdict.unsigned OPERATOR(pg_catalog.>) 0 THEN
            RAISE EXCEPTION USING ERRCODE = 'data_exception',
                MESSAGE = pg_catalog.format('release refused: %s residual identifiers',
                    verdict.unsigned),
                DETAIL = verdict.unsigned_places,
                HINT = 'Nothing was published.';
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'data_exception',
            MESSAGE = 'release refused: persons who stand out, without a signature',
            DETAIL = verdict.unsigned_hints,
            HINT = 'Resolve them, or use SELECT pgclinical.sign_finding(...). Nothing was published.';
    END IF;

    copies_dropped := _pgclinical.release_publish(project.project, stage, target, project.replaces,
        project.recipient_now, reference_date,
        pg_catalog.format('pgclinical release by policy %s (%s): transformations applied, residual'
            ' scan without blocking finding; reference date and findings for review in'
            ' pgclinical_crosswalk.manifest', policy, hash));
    manifest := _pgclinical.release_close(project.project, project.attestation, policy, hash,
        reference_date, staged.counts, leaks, pg_catalog.jsonb_build_object('actions', staged.actions,
            'hints', hints, 'signatures', verdict.signatures));
    PERFORM _pgclinical.audit_event('release', warehouse, target,
        (SELECT pg_catalog.sum(v::pg_catalog.int8) FROM pg_catalog.jsonb_each_text(staged.counts) AS c(k, v))
            ::pg_catalog.int8,
        pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('state', 'published',
            'policy', policy, 'policy_hash', hash, 'manifest', manifest,
            'reference_date', reference_date, 'review', pg_catalog.jsonb_array_length(leaks),
            'copies_dropped', CASE WHEN copies_dropped OPERATOR(pg_catalog.>) 0 THEN copies_dropped END)));
    COMMIT;
    IF copies_dropped OPERATOR(pg_catalog.>) 0 THEN
        RAISE WARNING USING
            MESSAGE = pg_catalog.format('%s copies of tables in schema "%s" are gone', copies_dropped, target),
            DETAIL = 'They were released at another reference date.',
            HINT = 'Release them again: CALL pgclinical.release_tables(...).';
    END IF;
    RAISE NOTICE 'released % resources of % types to schema "%", % places for review',
        (SELECT pg_catalog.sum(v::pg_catalog.int8) FROM pg_catalog.jsonb_each_text(staged.counts) AS c(k, v)),
        (SELECT pg_catalog.count(*) FROM pg_catalog.jsonb_object_keys(staged.counts)), target,
        pg_catalog.jsonb_array_length(leaks);
END $$;

COMMENT ON PROCEDURE _pgclinical.release_steps(text, text, text, date, name) IS
'what pgclinical.release does; works only below it';

REVOKE ALL ON PROCEDURE _pgclinical.release_steps(text, text, text, date, name) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE _pgclinical.release_steps(text, text, text, date, name)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE PROCEDURE pgclinical.release(
    warehouse text, target text, policy text DEFAULT 'safe_harbor',
    reference_date date DEFAULT NULL, recipient name DEFAULT NULL
)
LANGUAGE C
AS 'MODULE_PATHNAME';

COMMENT ON PROCEDURE pgclinical.release(text, text, text, date, name) IS
'publishes a de-identified copy of warehouse as schema target (tables per resource type: type, code, patient_code, resource), or nothing at all: staged, leak-checked, then put in place of an earlier release in one transaction; copies of tables (release_tables) stay when their reference date is this one, else they go with a warning; needs an attestation of the policy as it is and a crosswalk key; reference_date (default: today) decides who is over 89 and is declared in the manifest; recipient gets USAGE and SELECT, also of later releases of the same project; cannot run inside a transaction block (2D000)';

REVOKE ALL ON PROCEDURE pgclinical.release(text, text, text, date, name) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE pgclinical.release(text, text, text, date, name) TO pgclinical_releaser;

-- Marks every manifest of a project; who may release may say that a release is withdrawn.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.manifest_retract(warehouse text, target text, reason text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    number bigint;
BEGIN
    UPDATE pgclinical_crosswalk.manifest m
    SET retracted_at = clock_timestamp(), retracted_by = session_user, retracted_for = $3
    FROM pgclinical_crosswalk.project p
    WHERE p.project = m.project AND p.warehouse = $1 AND p.target = $2 AND m.retracted_at IS NULL;
    SELECT p.project INTO number FROM pgclinical_crosswalk.project p
    WHERE p.warehouse = $1 AND p.target = $2;
    RETURN number;
END $$;
ALTER FUNCTION _pgclinical.manifest_retract(text, text, text) OWNER TO pgclinical_owner;

COMMENT ON FUNCTION _pgclinical.manifest_retract(text, text, text) IS
'marks the manifests of a project as retracted and returns its number; NULL when there is none';

REVOKE ALL ON FUNCTION _pgclinical.manifest_retract(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.manifest_retract(text, text, text) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.retract_release(warehouse text, target text, reason text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    project bigint;
    tables bigint;
BEGIN
    IF btrim(reason) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a retraction needs a reason';
    END IF;
    project := _pgclinical.manifest_retract(warehouse, target, reason);
    IF project IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'there is no such release';
    END IF;
    tables := _pgclinical.release_drop(project, target);
    -- What others have put beside them stays theirs.
    IF tables > 0 AND NOT EXISTS (SELECT FROM pg_class
            WHERE relnamespace = to_regnamespace(quote_ident(target))) THEN
        EXECUTE format('DROP SCHEMA %I', target);
    END IF;
    PERFORM _pgclinical.audit_event('retract', warehouse, target, tables,
        jsonb_build_object('project', project));
    RAISE NOTICE 'the tables are gone; copies that were made of them cannot be called back';
    RETURN tables;
END $$;

COMMENT ON FUNCTION pgclinical.retract_release(text, text, text) IS
'drops the tables of a release and records in its manifests who withdrew it and why; returns how many tables; what was read or copied before cannot be called back; without a reason or a release 22023; something built on the tables is 2BP01';

REVOKE ALL ON FUNCTION pgclinical.retract_release(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.retract_release(text, text, text) TO pgclinical_releaser;
