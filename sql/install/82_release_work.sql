-- release: the work of staging, divided over workers by person

-- A release works in two schemas of its own, named by the project's number, which nobody but the
-- releaser has rights to: one for what is kept in between, one for the tables to be published.
-- Everything that holds identifiers is made and dropped within one transaction.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_clear(schema_name text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t record;
BEGIN
    IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
        RETURN;
    END IF;
    FOR t IN SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = to_regnamespace(quote_ident(schema_name)) AND c.relkind = 'r'
    LOOP
        EXECUTE format('DROP TABLE %I.%I', schema_name, t.relname);
    END LOOP;
    EXECUTE format('DROP SCHEMA %I', schema_name);
END $$;

COMMENT ON FUNCTION _pgclinical.release_clear(text) IS
'drops a schema of a release that did not end, with its tables; without CASCADE: what others have built on it is 2BP01';

REVOKE ALL ON FUNCTION _pgclinical.release_clear(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_clear(text) TO pgclinical_releaser;

-- Default privileges would let others in before anything is published.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_schema(schema_name text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM _pgclinical.release_clear(schema_name);
    EXECUTE format('CREATE SCHEMA %I', schema_name);
    PERFORM _pgclinical.release_revoke(schema_name);
END $$;

COMMENT ON FUNCTION _pgclinical.release_schema(text) IS
'makes a schema of a release anew, for its owner alone';

REVOKE ALL ON FUNCTION _pgclinical.release_schema(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_schema(text) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_revoke(schema_name text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT format('SCHEMA %I', schema_name) AS object, a.grantee
        FROM pg_namespace n, aclexplode(n.nspacl) a
        WHERE n.nspname = schema_name AND a.grantee <> n.nspowner
        UNION
        SELECT format('TABLE %I.%I', schema_name, c.relname), a.grantee
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = to_regnamespace(quote_ident(schema_name))
          AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', t.object,
            CASE t.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(t.grantee)) END);
    END LOOP;
END $$;

COMMENT ON FUNCTION _pgclinical.release_revoke(text) IS
'takes away what default privileges have given others on a schema and its tables';

REVOKE ALL ON FUNCTION _pgclinical.release_revoke(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_revoke(text) TO pgclinical_releaser;

-- What stands for a patient is the person, so that all patient_ids of one person get one code.
-- The ids of other resources are unique within a patient only: a reference means the resource of
-- the same patient, else the first patient's that has one of that id, else one outside patients.
--
-- Codes of a person and of its own resources are made by the one worker that has the person; all
-- others could be asked for by several, and are made here, before the workers go.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_ask(warehouse text, work text, project bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked bigint;
BEGIN
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.mentioned AS
        SELECT DISTINCT CASE WHEN m.domain <> 'Patient' THEN r.patient_id END AS patient_id,
               m.domain, m.identifier
        FROM %2$I.resource r, @extschema@.deid_references(r.resource) m
        WHERE CASE m.domain WHEN 'Patient' THEN m.identifier <> r.patient_id
              ELSE m.domain <> r.resource_type OR m.identifier <> r.id END
        UNION ALL
        SELECT DISTINCT NULL, m.domain, m.identifier
        FROM %2$I.directory r, @extschema@.deid_references(r.resource) m
        WHERE m.domain = 'Patient' OR m.domain <> r.resource_type OR m.identifier <> r.id$q$,
        work, warehouse);
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.asked AS
        SELECT DISTINCT 'Patient' AS domain, coalesce(i.person_id, m.identifier) AS canonical
        FROM %1$I.mentioned m LEFT JOIN %2$I.identity i ON i.patient_id = m.identifier
        WHERE m.domain = 'Patient'
        UNION ALL
        SELECT resource_type, id FROM %2$I.directory$q$, work, warehouse);
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.elsewhere AS
        SELECT DISTINCT m.domain, m.identifier
        FROM %1$I.mentioned m
        LEFT JOIN %2$I.resource o ON o.resource_type = m.domain AND o.id = m.identifier
            AND o.patient_id = m.patient_id
        WHERE m.domain <> 'Patient' AND o.id IS NULL$q$, work, warehouse);
    EXECUTE format($q$INSERT INTO %1$I.asked
        SELECT e.domain, concat(min(f.patient_id) || '/', e.identifier)
        FROM %1$I.elsewhere e
        LEFT JOIN %2$I.resource f ON f.resource_type = e.domain AND f.id = e.identifier
        GROUP BY e.domain, e.identifier$q$, work, warehouse);
    asked := _pgclinical.crosswalk_ask(project, format('SELECT domain, canonical FROM %I.asked', work));
    EXECUTE format('DROP TABLE %1$I.mentioned, %1$I.asked, %1$I.elsewhere', work);
    RETURN asked;
END $$;

COMMENT ON FUNCTION _pgclinical.release_ask(text, text, bigint) IS
'makes the codes of resources outside patients and of what is referred to beyond a patient; returns how many there are';

REVOKE ALL ON FUNCTION _pgclinical.release_ask(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_ask(text, text, bigint) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_tables(warehouse text, work text, stage text)
RETURNS text[]
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    types text[] := '{}';
    type text;
    leaf text;
    kept boolean;
BEGIN
    FOR leaf IN SELECT p.relid::text FROM pg_partition_tree(
            to_regclass(format('%I.resource', warehouse))) p WHERE p.isleaf
        UNION ALL SELECT format('%I.directory', warehouse)
    LOOP
        -- A leaf holds one type; the first row of a type tells whether it is dropped.
        FOR type IN EXECUTE format('SELECT resource_type FROM %s %s', leaf,
            CASE WHEN leaf LIKE '%directory' THEN 'GROUP BY 1' ELSE 'LIMIT 1' END)
        LOOP
            EXECUTE format($q$SELECT EXISTS (SELECT FROM %s r, @extschema@.deid_references(r.resource)
                WHERE r.resource_type = %L)$q$, leaf, type) INTO kept;
            IF kept AND NOT type = ANY (types) THEN
                types := types || type;
            END IF;
        END LOOP;
    END LOOP;
    types := ARRAY(SELECT t FROM unnest(types) t ORDER BY t COLLATE "C");
    FOREACH type IN ARRAY types LOOP
        EXECUTE format('CREATE TABLE %I.%I (type text NOT NULL, code text NOT NULL,
            patient_code text, resource jsonb COMPRESSION lz4 NOT NULL)', stage,
            _pgclinical.leaf_name(type));
    END LOOP;
    -- What a share has staged: rows by type, and what was done to which elements.
    EXECUTE format('CREATE UNLOGGED TABLE %I.staged (share int, type text, rows bigint, tally text)',
        work);
    RETURN types;
END $$;

COMMENT ON FUNCTION _pgclinical.release_tables(text, text, text) IS
'makes the empty tables of a release, one per resource type that is not dropped, and returns these types';

REVOKE ALL ON FUNCTION _pgclinical.release_tables(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_tables(text, text, text) TO pgclinical_releaser;

-- Not strict, and its body at hand: it is part of the query that calls it.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.known_values(resource jsonb)
RETURNS SETOF jsonb
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 ROWS 10
BEGIN ATOMIC
    SELECT v.v
    FROM pg_catalog.unnest(ARRAY['$.name[*].family', '$.name[*].given[*]', '$.name[*].text',
            '$.identifier[*].value', '$.telecom[*].value', '$.address[*].line[*]',
            '$.address[*].city', '$.address[*].district', '$.address[*].text',
            '$.address[*].postalCode']::pg_catalog.jsonpath[]) AS p(path),
        pg_catalog.jsonb_path_query(resource, p.path) AS v(v)
    WHERE pg_catalog.jsonb_typeof(v.v) OPERATOR(pg_catalog.=) ANY (ARRAY['string', 'number']);
END;

COMMENT ON FUNCTION _pgclinical.known_values(jsonb) IS
'what a Patient or RelatedPerson is called and reached by: the strings and numbers that its rules remove from text; no row for NULL';

REVOKE ALL ON FUNCTION _pgclinical.known_values(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.known_values(jsonb) TO pgclinical_releaser;

-- Tables of a share, dropped before it is committed:
--   member   the patient_ids of its persons
--   mention  every resource and what it refers to, with what stands for it in the crosswalk
--   codes    per resource: its code, and {"Type/id": "code"} for deid_safe_harbor
--   person   per patient_id: what is known of the person
-- A share is chosen by a hash under a number that is forgotten with the release: neither a column
-- nor the place of a row tells when, in which order or from where anything came.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_prepare(task jsonb, share int, shares int)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
-- Tables that were just made have no statistics, and by hashing none is needed.
SET enable_mergejoin = off
SET enable_sort = off
AS $$
DECLARE
    warehouse text := task ->> 'warehouse';
    work text := task ->> 'work';
    salt bigint := task -> 'salt';
    asked bigint;
BEGIN
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.member_%3$s AS
        SELECT patient_id, person_id FROM (
            SELECT p.patient_id, coalesce(i.person_id, p.patient_id) AS person_id
            FROM (SELECT DISTINCT patient_id FROM %2$I.resource) p
            LEFT JOIN %2$I.identity i USING (patient_id)) m
        WHERE abs(hashtextextended(person_id, %4$s) %% %5$s) = %3$s$q$,
        work, warehouse, share, salt, shares);
    EXECUTE format('ANALYZE %I.member_%s', work, share);
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.mention_%3$s AS
        WITH mention AS MATERIALIZED (
            SELECT r.resource_type, r.patient_id, r.id, m.domain, m.identifier
            FROM %2$I.resource r JOIN %1$I.member_%3$s USING (patient_id),
                @extschema@.deid_references(r.resource) m
            UNION ALL
            SELECT r.resource_type, NULL, r.id, m.domain, m.identifier
            FROM %2$I.directory r, @extschema@.deid_references(r.resource) m
            WHERE abs(hashtextextended(r.id, %4$s) %% %5$s) = %3$s
        ), first AS (
            SELECT f.resource_type, f.id, min(f.patient_id) AS patient_id
            FROM %2$I.resource f
            WHERE (f.resource_type, f.id) IN (
                SELECT m.domain, m.identifier FROM mention m
                WHERE m.domain <> 'Patient' AND (m.domain <> m.resource_type
                    OR m.identifier <> m.id OR m.patient_id IS NULL))
            GROUP BY f.resource_type, f.id
        )
        SELECT m.*, m.patient_id || '/' || m.identifier AS canonical FROM mention m
        WHERE m.domain = m.resource_type AND m.identifier = m.id AND m.domain <> 'Patient'
          AND m.patient_id IS NOT NULL
        UNION ALL
        SELECT m.*, coalesce(i.person_id, m.identifier) FROM mention m
        LEFT JOIN %2$I.identity i ON i.patient_id = m.identifier
        WHERE m.domain = 'Patient'
        UNION ALL
        SELECT m.*, CASE WHEN m.patient_id IS NULL AND m.domain = m.resource_type
                              AND m.identifier = m.id THEN m.identifier
                         WHEN o.id IS NOT NULL THEN m.patient_id || '/' || m.identifier
                         ELSE concat(f.patient_id || '/', m.identifier) END
        FROM mention m
        LEFT JOIN %2$I.resource o ON o.resource_type = m.domain AND o.id = m.identifier
            AND o.patient_id = m.patient_id
        LEFT JOIN first f ON f.resource_type = m.domain AND f.id = m.identifier
        WHERE m.domain <> 'Patient' AND (m.domain <> m.resource_type OR m.identifier <> m.id
            OR m.patient_id IS NULL)$q$, work, warehouse, share, salt, shares);

    EXECUTE format('CREATE UNLOGGED TABLE %I.code_%s (domain text, canonical text, code text)',
        work, share);
    asked := _pgclinical.crosswalk_ask((task ->> 'project')::bigint,
        format('SELECT domain, canonical FROM %1$I.mention_%2$s
                UNION SELECT ''Patient'', person_id FROM %1$I.member_%2$s', work, share),
        format('%I.code_%s', work, share));
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.codes_%2$s AS
        SELECT m.resource_type, m.patient_id, m.id,
               min(c.code) FILTER (WHERE m.domain = m.resource_type AND m.identifier = m.id) AS code,
               jsonb_object_agg(m.domain || '/' || m.identifier, c.code) AS codes
        FROM %1$I.mention_%2$s m JOIN %1$I.code_%2$s c USING (domain, canonical)
        GROUP BY m.resource_type, m.patient_id, m.id$q$, work, share);

    -- Every patient_id that a row bears, with the person's facts from all of the person's rows,
    -- each read as the older: the first birth date (what is no date counts for nothing), the last
    -- death (of one year, the one known in part), alive when what is said of a death is no date.
    -- The row released for a person is that of the patient_id that stands for it, if it is live.
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.person_%3$s AS
        WITH said AS (
            SELECT m.person_id, r.resource_type, r.patient_id, r.resource
            FROM %2$I.resource r JOIN %1$I.member_%3$s m USING (patient_id)
            WHERE r.resource_type IN ('Patient', 'RelatedPerson')
        ), known AS (
            SELECT s.person_id, jsonb_agg(DISTINCT v) AS known
            FROM said s, _pgclinical.known_values(s.resource) v
            GROUP BY s.person_id
        ), fact AS (
            SELECT person_id,
                   min(_pgclinical.deid_date(resource ->> 'birthDate') COLLATE "C") AS birth,
                   CASE WHEN count(resource -> 'deceasedDateTime')
                           = count(_pgclinical.deid_date(resource ->> 'deceasedDateTime'))
                       THEN rtrim(max(_pgclinical.deid_date(resource ->> 'deceasedDateTime') || '~'
                                  COLLATE "C"), '~')
                   END AS death,
                   (array_agg(patient_id ORDER BY patient_id <> person_id, patient_id))[1] AS chosen
            FROM said WHERE resource_type = 'Patient' GROUP BY person_id
        )
        SELECT m.patient_id, f.chosen, k.code,
               jsonb_strip_nulls(jsonb_build_object(
                   'birthDate', f.birth, 'deceased', f.death, 'known', n.known,
                   'on_known', 'remove', 'person_id', m.person_id)) AS facts
        FROM %1$I.member_%3$s m
        LEFT JOIN fact f USING (person_id)
        LEFT JOIN known n USING (person_id)
        LEFT JOIN %1$I.code_%3$s k ON k.domain = 'Patient' AND k.canonical = m.person_id$q$,
        work, warehouse, share);
    EXECUTE format('ANALYZE %1$I.codes_%2$s, %1$I.person_%2$s', work, share);
    RETURN asked;
END $$;

COMMENT ON FUNCTION _pgclinical.release_prepare(jsonb, int, int) IS
'makes the tables of a share with the codes and persons that staging needs; returns how many codes were asked for';

REVOKE ALL ON FUNCTION _pgclinical.release_prepare(jsonb, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_prepare(jsonb, int, int) TO pgclinical_releaser;

-- While the session still has its locks, so that nothing can come between.  Who waits for a lock on
-- them already (to detach a partition) would wait for the session, and the session for the worker:
-- the worker does not wait.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_hold(task jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('LOCK TABLE %1$I.resource, %1$I.directory, %1$I.identity IN ACCESS SHARE MODE NOWAIT',
        task ->> 'warehouse');
END $$;

COMMENT ON FUNCTION _pgclinical.release_hold(jsonb) IS
'keeps the tables of a warehouse as they are while this transaction stages a share of them; 55P03 when somebody waits to change them';

REVOKE ALL ON FUNCTION _pgclinical.release_hold(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_hold(jsonb) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_share(task jsonb, share int, shares int)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    warehouse text := task ->> 'warehouse';
    work text := task ->> 'work';
    stage text := task ->> 'stage';
    policy text := task ->> 'policy';
    type text;
    staged bigint;
    -- The plain policy is immutable and needs no key.
    copied text := CASE policy WHEN 'safe_harbor'
        THEN '@extschema@.deid_safe_harbor(%s, %s, $1, c.codes)'
        ELSE 'pgclinical.apply_policy(%s, $2, %s, $1, c.codes)' END;
    shaped text := CASE task #>> '{document,flavour}' WHEN 'dapl'
        THEN '@extschema@.deid_dapl(%s, $1, %s)' ELSE '%s' END;
BEGIN
    PERFORM _pgclinical.release_check(warehouse, task ->> 'target', policy, NULL);
    PERFORM _pgclinical.audit_event('crosswalk', warehouse, task ->> 'target',
        _pgclinical.release_prepare(task, share, shares),
        jsonb_build_object('project', task -> 'project'));
    PERFORM _pgclinical.release_tallied();
    FOR type IN SELECT jsonb_array_elements_text(task -> 'types') LOOP
        -- Without a fence around it, deid_safe_harbor would run twice a row: to filter, to show.
        EXECUTE format('INSERT INTO %1$I.%2$I
            SELECT * FROM (
                SELECT r.resource_type AS type, c.code, p.code AS patient_code,
                       _pgclinical.release_tally(r.resource_type, r.resource, %6$s) AS resource
                FROM %3$I.resource r
                JOIN %4$I.codes_%8$s c USING (resource_type, patient_id, id)
                JOIN %4$I.person_%8$s p USING (patient_id)
                WHERE r.resource_type = %5$L
                  AND (r.resource_type <> ''Patient'' OR r.patient_id = p.chosen)
                OFFSET 0) d
            WHERE resource IS NOT NULL
            UNION ALL
            SELECT * FROM (
                SELECT r.resource_type, c.code, NULL::text,
                       _pgclinical.release_tally(r.resource_type, r.resource, %7$s) AS resource
                FROM %3$I.directory r
                JOIN %4$I.codes_%8$s c ON c.resource_type = r.resource_type AND c.id = r.id
                    AND c.patient_id IS NULL
                WHERE r.resource_type = %5$L
                OFFSET 0) d
            WHERE resource IS NOT NULL
            ORDER BY code', stage, _pgclinical.leaf_name(type), warehouse, work, type,
            format(shaped, format(copied, $e$CASE WHEN r.resource_type = 'Patient'
                THEN r.resource - 'link' ELSE r.resource END$e$, 'p.facts'),
                $e$p.facts ? 'birthDate'$e$),
            format(shaped, format(copied, 'r.resource', CASE policy WHEN 'safe_harbor' THEN 'NULL'
                ELSE $e$'{"person_id": "directory"}'$e$ END), 'false'), share)
        USING (task ->> 'reference_date')::date, task -> 'document';
        GET DIAGNOSTICS staged = ROW_COUNT;
        EXECUTE format('INSERT INTO %I.staged VALUES ($1, $2, $3, $4)', work)
        USING share, type, staged, _pgclinical.release_tallied();
    END LOOP;
    EXECUTE format('DROP TABLE %1$I.member_%2$s, %1$I.mention_%2$s, %1$I.code_%2$s, %1$I.codes_%2$s,
        %1$I.person_%2$s', work, share);
END $$;

COMMENT ON FUNCTION _pgclinical.release_share(jsonb, int, int) IS
'stages the de-identified resources of one share of the persons, of so many shares; works only where the project''s codes may be asked for (42501, 22023)';

REVOKE ALL ON FUNCTION _pgclinical.release_share(jsonb, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_share(jsonb, int, int) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_tally(type text, before jsonb, after jsonb)
RETURNS jsonb
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.release_tally(text, jsonb, jsonb) IS
'its last argument; counts per element what became of the values of before (for release_tallied)';

REVOKE ALL ON FUNCTION _pgclinical.release_tally(text, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_tally(text, jsonb, jsonb) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_tallied()
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.release_tallied() IS
'what release_tally has counted in this session since the last call: a line per path with the numbers of values kept, changed, removed, added; keys that FHIR does not know are *';

REVOKE ALL ON FUNCTION _pgclinical.release_tallied() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_tallied() TO pgclinical_releaser;

-- Keys when all rows are there: once, and by as many processes as the server allows.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_staged(
    work text, stage text, OUT counts jsonb, OUT actions jsonb
)
RETURNS record
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type record;
BEGIN
    counts := '{}';
    FOR type IN EXECUTE format(
        'SELECT type AS name, sum(rows) AS rows FROM %I.staged GROUP BY 1 ORDER BY 1', work)
    LOOP
        EXECUTE format('ALTER TABLE %I.%I ADD PRIMARY KEY (code)', stage,
            _pgclinical.leaf_name(type.name));
        EXECUTE format('CREATE INDEX ON %I.%I (patient_code) WHERE patient_code IS NOT NULL', stage,
            _pgclinical.leaf_name(type.name));
        counts := counts || jsonb_build_object(type.name, type.rows);
    END LOOP;
    EXECUTE format($q$
        SELECT coalesce(jsonb_object_agg(path, jsonb_strip_nulls(jsonb_build_object(
            'kept', nullif(kept, 0), 'changed', nullif(changed, 0), 'removed', nullif(removed, 0),
            'added', nullif(added, 0)))), '{}')
        FROM (SELECT w[1] AS path, sum(w[2]::bigint) AS kept, sum(w[3]::bigint) AS changed,
                     sum(w[4]::bigint) AS removed, sum(w[5]::bigint) AS added
              FROM %I.staged s, string_to_table(s.tally, E'\n') AS line,
                  string_to_array(line, ' ') AS w
              WHERE line <> '' GROUP BY 1) t$q$, work) INTO actions;
    PERFORM _pgclinical.release_clear(work);
END $$;

COMMENT ON FUNCTION _pgclinical.release_staged(text, text) IS
'gives the staged tables their keys and drops schema work; returns rows by type, and by path of an element how many values were kept, changed, removed, added';

REVOKE ALL ON FUNCTION _pgclinical.release_staged(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_staged(text, text) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_start(
    workers int, project bigint, task jsonb, snapshot text
)
RETURNS int
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.release_start(int, bigint, jsonb, text) IS
'starts so many background workers that will each stage a share of the release under this exported snapshot, waits until they have it, and returns how many there are; they end when a transaction of the caller fails; works only below CALL pgclinical.release (42501)';

REVOKE ALL ON FUNCTION _pgclinical.release_start(int, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_start(int, bigint, jsonb, text)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_finish()
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.release_finish() IS
'lets the workers of release_start go and waits until each has committed its share; what one of them failed with is raised here';

REVOKE ALL ON FUNCTION _pgclinical.release_finish() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_finish() TO pgclinical_releaser;
