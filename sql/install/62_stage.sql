-- stage: the session's working tables, and from bytes to statements
--
-- A batch passes through temporary tables that are made once a session and empty themselves at
-- each commit; every step is one statement over all of its rows.  Functions of this and the next
-- files work in one warehouse: they set search_path to it, below pg_catalog.  The forced custom
-- plans fit each statement to the sizes its tables have at that moment; warehouses grow.  A batch
-- is some megabytes: sorting it in memory is worth setting work_mem where it is sorted.

-- What a batch did; also the columns of batch and run.
-- Availability: 0.1.0
CREATE TYPE _pgclinical.load_counts AS (
    records bigint, loaded bigint, unchanged bigint, quarantined bigint, parked bigint,
    resumed bigint, resources bigint, issues bigint, newest timestamptz
);
COMMENT ON TYPE _pgclinical.load_counts IS 'what a batch did, in rows; newest: the latest event time';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.add_counts(a _pgclinical.load_counts, b _pgclinical.load_counts)
RETURNS _pgclinical.load_counts
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ROW(coalesce(a.records, 0) + coalesce(b.records, 0),
               coalesce(a.loaded, 0) + coalesce(b.loaded, 0),
               coalesce(a.unchanged, 0) + coalesce(b.unchanged, 0),
               coalesce(a.quarantined, 0) + coalesce(b.quarantined, 0),
               coalesce(a.parked, 0) + coalesce(b.parked, 0),
               coalesce(a.resumed, 0) + coalesce(b.resumed, 0),
               coalesce(a.resources, 0) + coalesce(b.resources, 0),
               coalesce(a.issues, 0) + coalesce(b.issues, 0),
               greatest(a.newest, b.newest))::_pgclinical.load_counts
$$;

COMMENT ON FUNCTION _pgclinical.add_counts(_pgclinical.load_counts, _pgclinical.load_counts) IS
'the counts of both; NULL counts as nothing';

REVOKE ALL ON FUNCTION _pgclinical.add_counts(_pgclinical.load_counts, _pgclinical.load_counts)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.add_counts(_pgclinical.load_counts, _pgclinical.load_counts)
TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.open_stage()
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
BEGIN
    IF to_regclass('pg_temp.pgclinical_gone') IS NOT NULL THEN
        RETURN;
    END IF;
    -- A batch of some ten megabytes is read many times: the default of 8 MB would have every pass
    -- fetch it from the system.  Too late in a session that has used temporary tables before.
    BEGIN
        PERFORM set_config('temp_buffers', '64MB', true);
    EXCEPTION WHEN invalid_parameter_value THEN
        NULL;
    END;
    -- These tables are read some twenty times a batch: what rows are chosen by stands first in them,
    -- what is long last.
    -- The records of a batch, in their order (n); record is set where they have been kept before;
    -- part: its content is in the message of another.
    CREATE TEMP TABLE pgclinical_cut (
        n bigint, file bigint, byte_offset bigint, ordinal int, raw bytea, sha256 bytea,
        key_hash bytea, message @extschema@.hl7v2, issue @extschema@.clinical_issue,
        unusable boolean, received timestamptz, record bigint,
        part boolean NOT NULL DEFAULT false
    ) ON COMMIT DELETE ROWS;
    -- Parts of messages: before is the pointer that leads to one, after the one to the next.
    CREATE TEMP TABLE pgclinical_part (
        record bigint, n bigint, sender text, before text, after text, used boolean,
        message @extschema@.hl7v2
    ) ON COMMIT DELETE ROWS;
    -- Those that are new here, or that are to be said again.
    CREATE TEMP TABLE pgclinical_fresh (n bigint, record bigint) ON COMMIT DELETE ROWS;
    -- What they say.  A time that is not known is older than all others; the compartment of what
    -- belongs to no patient is ''.
    CREATE TEMP TABLE pgclinical_said (
        record bigint, feed bigint, parked bigint, event_time timestamptz, ordinal int,
        waits text, kind text, patient_id text COLLATE "C", resource_type text COLLATE "C",
        id text COLLATE "C", tie bytea, cleared text[], replaced text[], parents text[],
        issue @extschema@.clinical_issue, list text COLLATE "C", hash bytea, resource jsonb
    ) ON COMMIT DELETE ROWS;
    -- The directory is a small part of it, and so are these kinds.
    CREATE INDEX pgclinical_said_directory ON pgclinical_said (resource_type, id)
        WHERE patient_id = '';
    CREATE INDEX pgclinical_said_kind ON pgclinical_said (kind) WHERE kind IN ('link', 'refused');
    -- Parents that are asked for and are not live.
    CREATE TEMP TABLE pgclinical_wanted (
        patient_id text COLLATE "C", parent text, resource_type text COLLATE "C",
        id text COLLATE "C"
    ) ON COMMIT DELETE ROWS;
    -- Resources to be made anew; alone: nothing else was ever said about it.
    CREATE TEMP TABLE pgclinical_touched (
        alone boolean, patient_id text COLLATE "C", resource_type text COLLATE "C",
        id text COLLATE "C"
    ) ON COMMIT DELETE ROWS;
    -- All statements about those that are not alone.
    CREATE TEMP TABLE pgclinical_known (
        dropped boolean, deleted boolean, stored boolean, live boolean,
        record bigint, feed bigint, event_time timestamptz, ordinal int,
        patient_id text COLLATE "C", resource_type text COLLATE "C", id text COLLATE "C",
        tie bytea, list text COLLATE "C", cleared text[], hash bytea, resource jsonb
    ) ON COMMIT DELETE ROWS;
    -- Their current rows, those that are alone as they were said, and the resources that have none
    -- any more.
    CREATE TEMP TABLE pgclinical_state (
        alone boolean, record bigint, event_time timestamptz, statements bigint, ordinal int,
        feed bigint, tie bytea, list text COLLATE "C", cleared text[],
        patient_id text COLLATE "C", resource_type text COLLATE "C", id text COLLATE "C",
        hash bytea, resource jsonb
    ) ON COMMIT DELETE ROWS;
    -- Links between patients that are news.
    CREATE TEMP TABLE pgclinical_link (
        patient_id text COLLATE "C", other text COLLATE "C", rule text, event_time timestamptz,
        tie bytea, record bigint
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE pgclinical_gone (
        patient_id text COLLATE "C", resource_type text COLLATE "C", id text COLLATE "C",
        event_time timestamptz, record bigint
    ) ON COMMIT DELETE ROWS;
END $$;

COMMENT ON FUNCTION _pgclinical.open_stage() IS
'makes the temporary tables that batches pass through, once a session; needs TEMPORARY on the database';

REVOKE ALL ON FUNCTION _pgclinical.open_stage() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.open_stage() TO pgclinical_etl;

-- Between two ranges of one transaction; a commit empties them by itself.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.clear_stage()
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM pg_temp.pgclinical_fresh;
    DELETE FROM pg_temp.pgclinical_said;
    DELETE FROM pg_temp.pgclinical_wanted;
END $$;

COMMENT ON FUNCTION _pgclinical.clear_stage() IS
'empties the temporary tables of a range of records, but not the records';

REVOKE ALL ON FUNCTION _pgclinical.clear_stage() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.clear_stage() TO pgclinical_etl;

-- A file may vanish or be replaced between the listing and here, or not be ours to read: it must not
-- keep the others waiting.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.read_piece(server text, name text, byte_offset bigint, length bigint)
RETURNS bytea
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN _pgclinical.server_file(server, name, byte_offset, length);
EXCEPTION WHEN io_error OR invalid_parameter_value THEN
    RETURN NULL;
END $$;

COMMENT ON FUNCTION _pgclinical.read_piece(text, text, bigint, bigint) IS
'bytes of a file of a server, NULL when it is not there any more or cannot be read';

REVOKE ALL ON FUNCTION _pgclinical.read_piece(text, text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.read_piece(text, text, bigint, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.key_hash(key text, sha256 bytea)
RETURNS bytea
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1
RETURN pg_catalog.substr(CASE WHEN key IS NULL THEN sha256
    ELSE pg_catalog.sha256(pg_catalog.convert_to(key, 'UTF8')) END, 1, 16);

COMMENT ON FUNCTION _pgclinical.key_hash(text, bytea) IS
'the first 16 bytes of the SHA-256 of a record''s natural key, of its bytes when it has none';

REVOKE ALL ON FUNCTION _pgclinical.key_hash(text, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.key_hash(text, bytea) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.content_hash(resource jsonb)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.content_hash(jsonb) IS
'SHA-256 over the text of a resource in UTF-8, sha256(convert_to(resource::text, ''UTF8'')): equal for equal resources';

REVOKE ALL ON FUNCTION _pgclinical.content_hash(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.content_hash(jsonb) TO pgclinical_etl;

-- Diagnoses are stated as a list of their visit, never of their patient.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.list_of(resource_type text, resource jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1
RETURN CASE WHEN resource_type OPERATOR(pg_catalog.=) 'Condition'
    THEN 'Condition?encounter=' OPERATOR(pg_catalog.||)
         (resource OPERATOR(pg_catalog.#>>) '{encounter,reference}'::text[]) END;

COMMENT ON FUNCTION _pgclinical.list_of(text, jsonb) IS
'the list within its patient that a statement is a member of, as converted messages name it in replaced; NULL where that is its type';

REVOKE ALL ON FUNCTION _pgclinical.list_of(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.list_of(text, jsonb) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.cut_batch(warehouse text, this_batch bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET work_mem = '64MB'
AS $$
DECLARE
    work record;
    missing bigint[];
    found_records bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    SELECT b.*, f.server, f.options, fmt.records AS reader INTO work
    FROM batch b JOIN feed f USING (feed), LATERAL _pgclinical.feed_format(f.format) fmt
    WHERE b.batch = this_batch;

    EXECUTE format($sql$
        WITH piece AS (
            SELECT p.place, p.file, p.byte_offset,
                   _pgclinical.read_piece($1, f.name, p.byte_offset, p.length) AS contents
            FROM unnest($2, $3, $4) WITH ORDINALITY AS p(file, byte_offset, length, place)
            JOIN file f ON f.file = p.file
        ), cut AS (
            INSERT INTO pg_temp.pgclinical_cut
                (n, file, byte_offset, ordinal, raw, sha256, key_hash, message, issue, unusable)
            SELECT row_number() OVER (ORDER BY p.place, r.ordinal), p.file,
                   p.byte_offset + r.byte_offset, r.ordinal, r.raw, r.sha256,
                   _pgclinical.key_hash(r.key, r.sha256), r.message, r.issue, r.unusable
            FROM piece p, LATERAL _pgclinical.%I(
                     p.contents, $5, CASE WHEN p.place = 1 THEN $6 END, $7, $8) r
            WHERE p.contents IS NOT NULL
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM cut),
               (SELECT array_agg(p.file ORDER BY p.file) FROM piece p WHERE p.contents IS NULL)
        $sql$, work.reader)
    INTO found_records, missing
    USING work.server, work.files, work.offsets, work.lengths, work.options, work.envelope,
          work.slice, work.slices;
    IF missing IS NOT NULL THEN
        UPDATE file SET state = 'missing' WHERE file = ANY (missing);
        RAISE WARNING USING MESSAGE = format('files that could not be read: %s',
                cardinality(missing)),
            DETAIL = 'They are gone, replaced, or not readable for the server. The next run tries again.';
    END IF;
    RETURN found_records;
END $$;

COMMENT ON FUNCTION _pgclinical.cut_batch(text, bigint) IS
'reads the byte ranges of a batch and cuts them into records, those of its slice, in pg_temp.pgclinical_cut; marks files that are gone; returns the number of records';

REVOKE ALL ON FUNCTION _pgclinical.cut_batch(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.cut_batch(text, bigint) TO pgclinical_etl;

-- Keys go in sorted: two workers with the same records wait for each other instead of deadlocking.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.keep_records(
    warehouse text, this_feed bigint, low bigint, high bigint
)
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    counts _pgclinical.load_counts;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);

    WITH candidate AS MATERIALIZED (
        SELECT DISTINCT ON (c.key_hash, c.sha256) c.n, c.key_hash, c.sha256
        FROM pg_temp.pgclinical_cut c
        WHERE c.n BETWEEN low AND high
          AND NOT EXISTS (SELECT FROM record_key k WHERE k.feed = this_feed
                          AND k.key_hash = c.key_hash AND k.sha256 = c.sha256)
        ORDER BY c.key_hash, c.sha256, c.n
    ), added AS (
        INSERT INTO record_key AS k (feed, key_hash, sha256, record)
        SELECT this_feed, c.key_hash, c.sha256, nextval('record_number') FROM candidate c
        ORDER BY c.key_hash, c.sha256
        ON CONFLICT DO NOTHING
        RETURNING k.key_hash, k.sha256, k.record
    )
    INSERT INTO pg_temp.pgclinical_fresh (n, record)
    SELECT c.n, a.record FROM added a JOIN candidate c USING (key_hash, sha256);
    GET DIAGNOSTICS counts.loaded = ROW_COUNT;

    INSERT INTO record (record, feed, file, byte_offset, ordinal, format, sha256, raw)
    SELECT f.record, this_feed, c.file, c.byte_offset, c.ordinal, d.format, c.sha256, c.raw
    FROM pg_temp.pgclinical_fresh f JOIN pg_temp.pgclinical_cut c USING (n)
    JOIN feed d ON d.feed = this_feed
    ORDER BY c.n;

    SELECT count(*) INTO counts.records
    FROM pg_temp.pgclinical_cut c WHERE c.n BETWEEN low AND high;
    counts.unchanged := counts.records - counts.loaded;
    RETURN counts;
END $$;

COMMENT ON FUNCTION _pgclinical.keep_records(text, bigint, bigint, bigint) IS
'keeps the records low to high of pg_temp.pgclinical_cut that this feed has not loaded before, and lists them in pg_temp.pgclinical_fresh';

REVOKE ALL ON FUNCTION _pgclinical.keep_records(text, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.keep_records(text, bigint, bigint, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.quarantine_reason(code text, otherwise text)
RETURNS text
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1
RETURN CASE WHEN code OPERATOR(pg_catalog.=) ANY (ARRAY[
        'malformed', 'encoding', 'count-mismatch', 'unsupported-type', 'missing-key',
        'validation-error', 'unmapped-code', 'unit-dimension', 'unresolved-reference',
        'multiple-matches', 'stale-version', 'conflict', 'terminology-missing', 'internal'])
    THEN code ELSE otherwise END;

COMMENT ON FUNCTION _pgclinical.quarantine_reason(text, text) IS
'code when it is one of the closed list of reasons, else the other';

REVOKE ALL ON FUNCTION _pgclinical.quarantine_reason(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.quarantine_reason(text, text) TO pgclinical_etl;

-- Which statement of a result stands is decided by its status, not by time alone, and a visit
-- gathers the places it names: all of theirs count.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.keeps_all(resource_type text)
RETURNS boolean
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1
RETURN resource_type OPERATOR(pg_catalog.=)
    ANY (ARRAY['Observation', 'DiagnosticReport', 'ServiceRequest', 'Encounter']);

COMMENT ON FUNCTION _pgclinical.keeps_all(text) IS
'true for the types of which no statement is covered by a later one';

REVOKE ALL ON FUNCTION _pgclinical.keeps_all(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.keeps_all(text) TO pgclinical_etl;

-- Messages repeat themselves: the sender, the visit, the patient.  Of the same statement in the same
-- words with the same parents the latest stays (gather does so again with what waited); the first rows
-- of whole lists stay, too.  All later steps see half as many rows.  What tells most rows apart is
-- compared first, and stands first in the rows that are sorted.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.convert_records(warehouse text, this_feed bigint, options jsonb)
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET work_mem = '64MB'
AS $$
DECLARE
    counts _pgclinical.load_counts;
    named record;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    SELECT fmt.* INTO named
    FROM feed f, LATERAL _pgclinical.feed_format(f.format) fmt WHERE f.feed = this_feed;
    IF named.prepare IS NOT NULL THEN
        EXECUTE format('SELECT _pgclinical.%I($1, $2)', named.prepare) USING warehouse, this_feed;
    END IF;

    EXECUTE format($sql$
    INSERT INTO pg_temp.pgclinical_said
        (id, hash, kind, resource_type, patient_id, cleared, parents, event_time, tie, ordinal,
         record, feed, list, replaced, issue, resource)
    SELECT DISTINCT ON (c.id COLLATE "C", c.hash, c.own_time, c.own_record, c.own_ordinal, c.kind,
                        c.resource_type, c.patient_id, c.cleared, c.parents)
           c.id, c.hash, c.kind, c.resource_type, c.patient_id, c.cleared, c.parents,
           c.event_time, c.tie, c.ordinal, c.record, c.feed, c.list, c.replaced, c.issue,
           c.resource
    FROM (
        SELECT f.record, s.ordinal, $1 AS feed, s.kind,
               CASE WHEN s.resource_type = ANY (_pgclinical.patient_types())
                    THEN coalesce(s.patient_id, '') ELSE '' END AS patient_id,
               s.resource_type, s.id, coalesce(s.event_time, '-infinity') AS event_time,
               s.version || substr(c.sha256, 1, 8) AS tie, s.resource,
               _pgclinical.list_of(s.resource_type, s.resource) AS list,
               CASE WHEN s.kind IN ('resource', 'link')
                    THEN _pgclinical.content_hash(s.resource) END AS hash,
               nullif(s.cleared, '{}') AS cleared, s.replaced,
               CASE WHEN s.resource_type = 'Encounter' AND s.patient_id IS NOT NULL
                    THEN coalesce(s.parents, '{}') || ('Patient/' || s.patient_id)
                    ELSE coalesce(s.parents, '{}') END AS parents,
               s.issue,
               CASE WHEN _pgclinical.keeps_all(s.resource_type)
                    THEN coalesce(s.event_time, '-infinity') END AS own_time,
               CASE WHEN own.is_row THEN f.record END AS own_record,
               CASE WHEN own.is_row THEN s.ordinal END AS own_ordinal
        FROM pg_temp.pgclinical_fresh f JOIN pg_temp.pgclinical_cut c USING (n),
             LATERAL _pgclinical.%I(c.raw, c.message, $2, coalesce(c.received, now()),
                                    int8send(c.file) || int8send(c.byte_offset)) s,
             LATERAL (SELECT s.replaced IS NOT NULL OR s.kind IN ('issue', 'refused')) own(is_row)
        WHERE NOT c.unusable
    ) c
    ORDER BY c.id COLLATE "C", c.hash, c.own_time, c.own_record, c.own_ordinal, c.kind,
             c.resource_type, c.patient_id, c.cleared, c.parents, c.event_time DESC, c.tie DESC,
             c.ordinal DESC
    $sql$, named.statements)
    USING this_feed, options;
    IF named.complete IS NOT NULL THEN
        EXECUTE format('SELECT _pgclinical.%I($1, $2)', named.complete) USING warehouse, options;
    END IF;

    INSERT INTO issue (record, feed, severity, code, format_code, location, expression, message)
    SELECT s.record, this_feed, coalesce((s.issue).severity, 'warning'),
           coalesce((s.issue).code, 'processing'), (s.issue).format_code, (s.issue).location,
           (s.issue).expression, (s.issue).message
    FROM (SELECT s.record, s.issue FROM pg_temp.pgclinical_said s WHERE s.kind = 'issue'
          UNION ALL
          SELECT f.record, c.issue
          FROM pg_temp.pgclinical_fresh f JOIN pg_temp.pgclinical_cut c USING (n)
          WHERE NOT c.unusable AND (c.issue).code IS NOT NULL) s
    ORDER BY s.record;
    GET DIAGNOSTICS counts.issues = ROW_COUNT;

    INSERT INTO quarantine (record, feed, reason, format_code, location, message)
    SELECT DISTINCT ON (q.record) q.record, this_feed, q.reason, (q.issue).format_code,
           (q.issue).location, (q.issue).message
    FROM (SELECT f.record, c.issue,
                 _pgclinical.quarantine_reason((c.issue).format_code,
                     _pgclinical.quarantine_reason((c.issue).code, 'malformed')) AS reason
          FROM pg_temp.pgclinical_fresh f JOIN pg_temp.pgclinical_cut c USING (n)
          WHERE c.unusable AND NOT c.part
          UNION ALL
          SELECT s.record, s.issue,
                 _pgclinical.quarantine_reason((s.issue).code, 'validation-error')
          FROM pg_temp.pgclinical_said s WHERE s.kind = 'refused') q
    ORDER BY q.record, q.reason
    ON CONFLICT (record) WHERE state IN ('open', 'retrying')
    DO UPDATE SET reason = excluded.reason, state = 'open', format_code = excluded.format_code,
        location = excluded.location, message = excluded.message, sqlstate = NULL,
        attempts = quarantine.attempts + 1, last_tried = now();
    GET DIAGNOSTICS counts.quarantined = ROW_COUNT;

    -- A refused message is not used in part.
    IF counts.quarantined > 0 THEN
        DELETE FROM pg_temp.pgclinical_said s
        USING (SELECT r.record FROM pg_temp.pgclinical_said r WHERE r.kind = 'refused') refused
        WHERE s.record = refused.record;
    END IF;
    RETURN counts;
END $$;

COMMENT ON FUNCTION _pgclinical.convert_records(text, bigint, jsonb) IS
'converts the fresh records into pg_temp.pgclinical_said; findings go to issue, records that cannot be used to quarantine';

REVOKE ALL ON FUNCTION _pgclinical.convert_records(text, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.convert_records(text, bigint, jsonb) TO pgclinical_etl;
