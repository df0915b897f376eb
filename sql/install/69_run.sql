-- run: the commands, which commit batch by batch
--
-- PostgreSQL refuses COMMIT in a procedure with a SET clause or with SECURITY DEFINER and inside
-- an EXCEPTION block.  So these carry none, qualify every name and operator, and leave the work to
-- functions that carry a search_path and never commit.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.start_workers(workers int, warehouse text, run bigint)
RETURNS int
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.start_workers(int, text, bigint) IS
'starts so many background workers for a run, with the caller''s own role, and returns how many slots it got; they end with the caller''s transaction when that fails';

REVOKE ALL ON FUNCTION _pgclinical.start_workers(int, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.start_workers(int, text, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.wait_for_workers()
RETURNS int
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.wait_for_workers() IS
'waits until the workers that this session started have ended (a cancel ends them) and returns how many there were';

REVOKE ALL ON FUNCTION _pgclinical.wait_for_workers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.wait_for_workers() TO pgclinical_etl;

-- A run is alive while one of its transactions holds this lock; between two of them it does not,
-- so that another run may take it for abandoned: its own end puts that right.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.show_alive(warehouse text, this_run bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(
        hashtextextended('pgclinical run ' || this_run, n.oid::bigint))
    FROM pg_namespace n WHERE n.nspname = warehouse;
END $$;

COMMENT ON FUNCTION _pgclinical.show_alive(text, bigint) IS
'takes the lock that shows that a session works for this run';

REVOKE ALL ON FUNCTION _pgclinical.show_alive(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.show_alive(text, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.begin_run(warehouse text, feed text, workers int, kind text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    this_feed bigint;
    made bigint;
    abandoned bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    IF workers IS NULL OR workers NOT BETWEEN 1 AND 64 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'workers must be a number from 1 to 64';
    END IF;
    IF begin_run.feed IS NOT NULL THEN
        SELECT f.feed INTO this_feed FROM feed f WHERE f.name = begin_run.feed;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('feed "%s" does not exist', begin_run.feed);
        END IF;
    END IF;

    INSERT INTO run (feed, workers, kind) VALUES (this_feed, begin_run.workers, begin_run.kind)
    RETURNING run INTO made;
    PERFORM _pgclinical.set_run(made);
    PERFORM _pgclinical.show_alive(warehouse, made);
    UPDATE run r SET state = 'abandoned'
    FROM pg_namespace n
    WHERE r.state = 'running' AND r.run <> made AND n.nspname = warehouse
      AND pg_try_advisory_xact_lock(
              hashtextextended('pgclinical run ' || r.run, n.oid::bigint));
    GET DIAGNOSTICS abandoned = ROW_COUNT;
    IF abandoned > 0 THEN
        RAISE NOTICE 'pgclinical: % earlier runs were abandoned; their work is taken up', abandoned;
    END IF;
    RETURN made;
END $$;

COMMENT ON FUNCTION _pgclinical.begin_run(text, text, int, text) IS
'makes the row of a run (of one feed, or of all) and marks those whose session is gone; 22023 for impossible workers, 42704 for an unknown feed';

REVOKE ALL ON FUNCTION _pgclinical.begin_run(text, text, int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.begin_run(text, text, int, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.plan_run(warehouse text, this_run bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    this_feed bigint;
    slices int;
    f record;
    batches bigint;
    large bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.show_alive(warehouse, this_run);
    PERFORM _pgclinical.set_run(this_run);
    SELECT r.feed, _pgclinical.slices_for(r.workers) INTO this_feed, slices
    FROM run r WHERE r.run = this_run;
    FOR f IN SELECT d.feed FROM feed d WHERE this_feed IS NULL OR d.feed = this_feed
             ORDER BY d.feed
    LOOP
        PERFORM _pgclinical.plan_files(warehouse, f.feed, slices);
    END LOOP;
    SELECT count(*) INTO batches FROM batch b
    WHERE b.state IN ('ready', 'running') AND (this_feed IS NULL OR b.feed = this_feed);
    SELECT count(*) INTO large FROM file o
    WHERE o.planned < o.size AND (this_feed IS NULL OR o.feed = this_feed);
    RAISE NOTICE 'pgclinical: run %: % batches ready, % large files to be cut', this_run, batches,
        large;
    RETURN batches > 1 OR large > 0;
END $$;

COMMENT ON FUNCTION _pgclinical.plan_run(text, bigint) IS
'finds the work of a run; true when there is some for more than one worker';

REVOKE ALL ON FUNCTION _pgclinical.plan_run(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.plan_run(text, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.sum_run(warehouse text, this_run bigint)
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    counts _pgclinical.load_counts;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    SELECT coalesce(sum(b.records), 0), coalesce(sum(b.loaded), 0), coalesce(sum(b.unchanged), 0),
           coalesce(sum(b.quarantined), 0), coalesce(sum(b.parked), 0),
           coalesce(sum(b.resumed), 0), coalesce(sum(b.resources), 0),
           coalesce(sum(b.issues), 0), max(b.newest)
    INTO counts FROM batch b WHERE b.run = this_run AND b.state = 'done';
    RETURN counts;
END $$;

COMMENT ON FUNCTION _pgclinical.sum_run(text, bigint) IS
'the counts of all batches that a run has done';

REVOKE ALL ON FUNCTION _pgclinical.sum_run(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.sum_run(text, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_progress(warehouse text, this_run bigint, said timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    counts _pgclinical.load_counts;
BEGIN
    IF clock_timestamp() < said + interval '5 seconds' THEN
        RETURN said;
    END IF;
    counts := _pgclinical.sum_run(warehouse, this_run);
    RAISE NOTICE 'pgclinical: run %: % records so far, % loaded, % unchanged, % quarantined',
        this_run, counts.records, counts.loaded, counts.unchanged, counts.quarantined;
    RETURN clock_timestamp();
END $$;

COMMENT ON FUNCTION _pgclinical.report_progress(text, bigint, timestamptz) IS
'says every five seconds how far a run is; returns when it last did';

REVOKE ALL ON FUNCTION _pgclinical.report_progress(text, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_progress(text, bigint, timestamptz) TO pgclinical_etl;

-- What resumes comes with its parent, under the patient's lock; this finds what nothing touched,
-- such as rows whose parent was put there by hand.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.sweep(warehouse text, this_run bigint)
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
    patients text[] := '{}';
    ready text[];
    type text;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.show_alive(warehouse, this_run);
    PERFORM _pgclinical.set_run(this_run);
    FOR type IN SELECT DISTINCT split_part(p.missing, '/', 1) FROM parked p LOOP
        CONTINUE WHEN type <> ALL (_pgclinical.patient_types());
        EXECUTE format('SELECT array_agg(DISTINCT p.patient_id) FROM parked p JOIN %I r'
                       ' ON r.patient_id = p.patient_id AND p.missing = %L || r.id',
                       _pgclinical.leaf_name(type), type || '/') INTO ready;
        patients := patients || coalesce(ready, '{}');
    END LOOP;
    -- Some wait under another name of a patient that has come.
    SELECT array_agg(DISTINCT n.patient) INTO ready
    FROM parked p JOIN identity_link l ON l.other = p.patient_id AND l.rule = 'server-id'
    JOIN patient r ON r.patient_id = l.patient_id,
         unnest(ARRAY[p.patient_id, l.patient_id]) AS n(patient)
    WHERE l.undone_at IS NULL;
    patients := patients || coalesce(ready, '{}');
    IF patients = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM _pgclinical.open_stage();
    RETURN _pgclinical.apply(warehouse, NULL, patients, false);
END $$;

COMMENT ON FUNCTION _pgclinical.sweep(text, bigint) IS
'lets parked rows resume whose parents are live; NULL when there are none';

REVOKE ALL ON FUNCTION _pgclinical.sweep(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.sweep(text, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.end_run(
    warehouse text, this_run bigint, counts _pgclinical.load_counts, failed text
)
RETURNS void
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    r record;
    total _pgclinical.load_counts;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.set_run(this_run);
    total := _pgclinical.add_counts(_pgclinical.sum_run(warehouse, this_run), counts);
    UPDATE run SET state = CASE WHEN failed IS NULL THEN 'done' ELSE 'failed' END,
        ended = clock_timestamp(), sqlstate = failed,
        files = (SELECT count(DISTINCT p.file) FROM batch b, unnest(b.files) AS p(file)
                 WHERE b.run = this_run AND b.state = 'done'),
        bytes = (SELECT coalesce(sum(_pgclinical.slice_bytes(p.start, p.length, b.slice,
                                                             b.slices)), 0)
                 FROM batch b, unnest(b.offsets, b.lengths) AS p(start, length)
                 WHERE b.run = this_run AND b.state = 'done'),
        records = total.records, loaded = total.loaded, unchanged = total.unchanged,
        quarantined = total.quarantined, parked = total.parked, resumed = total.resumed,
        resources = total.resources, issues = total.issues, newest = total.newest,
        rate = round(total.records
                     / greatest(extract(epoch FROM clock_timestamp() - started), 0.001), 1),
        lag = clock_timestamp() - total.newest
    WHERE run = this_run RETURNING * INTO r;
    RAISE NOTICE '%', format('pgclinical: run %s: %s records in %s files: %s loaded, %s unchanged,'
        ' %s quarantined; %s parked, %s resumed, %s resources written; %s records/s',
        this_run, r.records, r.files, r.loaded, r.unchanged, r.quarantined, r.parked, r.resumed,
        r.resources, r.rate);
END $$;

COMMENT ON FUNCTION _pgclinical.end_run(text, bigint, _pgclinical.load_counts, text) IS
'completes the row of a run from its batches and further counts, and says what it did';

REVOKE ALL ON FUNCTION _pgclinical.end_run(text, bigint, _pgclinical.load_counts, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.end_run(text, bigint, _pgclinical.load_counts, text)
TO pgclinical_etl;

-- A worker that could not go on left its batch as it was, with the reason.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.worker_failure(warehouse text, this_run bigint)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    RETURN (SELECT min(b.sqlstate) FROM batch b WHERE b.run = this_run AND b.state = 'ready');
END $$;

COMMENT ON FUNCTION _pgclinical.worker_failure(text, bigint) IS
'SQLSTATE of a batch that this run gave up, NULL when there is none';

REVOKE ALL ON FUNCTION _pgclinical.worker_failure(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.worker_failure(text, bigint) TO pgclinical_etl;

-- Locks only help those who look afresh: every transaction of a run reads what is committed.
-- Availability: 0.1.0
CREATE PROCEDURE pgclinical.run(warehouse text, feed text DEFAULT NULL, workers int DEFAULT 1)
LANGUAGE plpgsql
AS $$
DECLARE
    this_run pg_catalog.int8;
    this_batch pg_catalog.int8;
    swept _pgclinical.load_counts;
    failed pg_catalog.text;
    reason pg_catalog.text;
    said pg_catalog.timestamptz := pg_catalog.clock_timestamp();
    shared pg_catalog.bool;
BEGIN
    this_run := _pgclinical.begin_run(warehouse, feed, workers, 'run');
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    shared := _pgclinical.plan_run(warehouse, this_run);
    COMMIT;
    IF shared AND workers OPERATOR(pg_catalog.>) 1 THEN
        PERFORM _pgclinical.start_workers(workers OPERATOR(pg_catalog.-) 1, warehouse, this_run);
        COMMIT;
    END IF;
    LOOP
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        this_batch := _pgclinical.claim_batch(warehouse, this_run);
        COMMIT;
        EXIT WHEN this_batch IS NULL;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        SELECT b.failed, b.reason INTO failed, reason
        FROM _pgclinical.load_batch(warehouse, this_batch, this_run) b;
        COMMIT;
        EXIT WHEN failed IS NOT NULL;
        said := _pgclinical.report_progress(warehouse, this_run, said);
        COMMIT;
    END LOOP;
    IF _pgclinical.wait_for_workers() OPERATOR(pg_catalog.>) 0 AND failed IS NULL THEN
        failed := _pgclinical.worker_failure(warehouse, this_run);
    END IF;
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    IF failed IS NULL THEN
        swept := _pgclinical.sweep(warehouse, this_run);
    END IF;
    COMMIT;
    PERFORM _pgclinical.end_run(warehouse, this_run, swept, failed);
    COMMIT;
    IF failed IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = failed,
            MESSAGE = pg_catalog.format('run %s could not load a batch: %s', this_run,
                coalesce(reason, 'a worker failed')),
            HINT = 'What was loaded stays. The next run goes on from there.';
    END IF;
END $$;

COMMENT ON PROCEDURE pgclinical.run(text, text, int) IS
'loads what is new in the files of a feed (NULL: of all feeds), in batches that commit one by one, with so many workers; may be called again at any time, also while another run is at work: a second run loads nothing twice';

REVOKE ALL ON PROCEDURE pgclinical.run(text, text, int) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE pgclinical.run(text, text, int) TO pgclinical_etl;
