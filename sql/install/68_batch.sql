-- batch: planning work, claiming it, doing it
--
-- Any number of runs and workers share the batches of a warehouse.  A claim is committed before
-- the work and counts an attempt; the work holds the batch's row locked until it commits, so a
-- batch whose session died is free at once, and one that is being loaded is passed over.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.file_fingerprint(server text, name text, size bigint)
RETURNS bytea
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part bigint := least(size, 65536);
BEGIN
    RETURN sha256(_pgclinical.read_piece(server, name, 0, part)
                  || _pgclinical.read_piece(server, name, size - part, part));
END $$;

COMMENT ON FUNCTION _pgclinical.file_fingerprint(text, text, bigint) IS
'SHA-256 over the first and the last 64 kB of the first size bytes of a file; NULL when it is not there';

REVOKE ALL ON FUNCTION _pgclinical.file_fingerprint(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.file_fingerprint(text, text, bigint) TO pgclinical_etl;

-- Workers divide a range of bytes by patients (slices of a batch), so that they do not wait for each
-- other's locks: each cuts all of it, which costs little, and keeps its part.  What names two patients
-- (merges) is a slice of its own, the last, and is loaded when nothing else is left.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.slices_for(workers int)
RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN pg_catalog.int4smaller(pg_catalog.int4larger(workers, 1), 8);

COMMENT ON FUNCTION _pgclinical.slices_for(int) IS
'into how many slices so many workers divide what they load: at most 8';

REVOKE ALL ON FUNCTION _pgclinical.slices_for(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.slices_for(int) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.batches_of_range(slices int)
RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN CASE WHEN slices OPERATOR(pg_catalog.=) 1 THEN 1 ELSE slices OPERATOR(pg_catalog.+) 1 END;

COMMENT ON FUNCTION _pgclinical.batches_of_range(int) IS
'how many batches a range of bytes has: one for each of so many slices, and one for what names two patients; 1 when it is not divided';

REVOKE ALL ON FUNCTION _pgclinical.batches_of_range(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.batches_of_range(int) TO pgclinical_etl;

-- The slices of a range count its bytes together: each every so-manyth byte of the file, which stays
-- true when a batch is split.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.slice_bytes(start bigint, length bigint, slice int, slices int)
RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (start + length + n - 1 - slice) / n - (start + n - 1 - slice) / n
    FROM _pgclinical.batches_of_range(slices) n
$$;

COMMENT ON FUNCTION _pgclinical.slice_bytes(bigint, bigint, int, int) IS
'how many of the length bytes of a file from start on one slice of so many counts as its own';

REVOKE ALL ON FUNCTION _pgclinical.slice_bytes(bigint, bigint, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.slice_bytes(bigint, bigint, int, int) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.batch_files(options jsonb)
RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN coalesce((options OPERATOR(pg_catalog.->>) 'batch')::bigint, 1000);

COMMENT ON FUNCTION _pgclinical.batch_files(jsonb) IS
'how many records of an ordinary size, and how many files, a batch has at most: option batch of a feed, else 1000';

REVOKE ALL ON FUNCTION _pgclinical.batch_files(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.batch_files(jsonb) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.chunk_bytes(options jsonb, slices int)
RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN least(_pgclinical.batch_files(options) OPERATOR(pg_catalog.*) slices, 8192::bigint)
       OPERATOR(pg_catalog.*) 2048;

COMMENT ON FUNCTION _pgclinical.chunk_bytes(jsonb, int) IS
'how many bytes of a feed''s files a range of so many slices has: 2 kB for each record of a batch and each slice, 16 MB at most';

REVOKE ALL ON FUNCTION _pgclinical.chunk_bytes(jsonb, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.chunk_bytes(jsonb, int) TO pgclinical_etl;

-- Files up to a chunk are planned here, many to a batch; larger ones piece by piece when a worker
-- asks for work.  A file that only grew goes on at its last record, which may have been cut short.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.plan_files(warehouse text, this_feed bigint, slices int DEFAULT 1)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET jit = off
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    f record;
    most bigint;
    chunk bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.lock_warehouse(warehouse, 'plan');
    SELECT * INTO f FROM feed WHERE feed = this_feed;
    most := _pgclinical.batch_files(f.options);
    chunk := _pgclinical.chunk_bytes(f.options, slices);

    WITH listed AS MATERIALIZED (
        SELECT l.name, l.size, l.modified FROM _pgclinical.feed_files(warehouse, f.name) l
    ), changed AS MATERIALIZED (
        SELECT l.name, l.size, l.modified, o.file,
               CASE WHEN o.fingerprint IS NOT NULL AND l.size > o.size AND o.fingerprint =
                         _pgclinical.file_fingerprint(f.server, l.name, o.size)
                    THEN o.last_record ELSE 0 END AS start
        FROM listed l LEFT JOIN file o ON o.feed = this_feed AND o.name = l.name
        WHERE o.file IS NULL OR o.size <> l.size OR o.modified <> l.modified
           OR o.state = 'missing'
    ), seen AS (
        INSERT INTO file AS o (feed, name, size, modified, planned, state)
        SELECT this_feed, c.name, c.size, c.modified,
               CASE WHEN c.size <= chunk THEN c.size ELSE 0 END,
               CASE WHEN c.size = 0 THEN 'done' ELSE 'ready' END
        FROM changed c WHERE c.file IS NULL ORDER BY c.name COLLATE "C"
        RETURNING o.file, 0::bigint AS start, o.size
    ), again AS (
        UPDATE file o
        SET size = c.size, modified = c.modified, loaded = c.start, fingerprint = NULL,
            envelope = NULL,
            records = CASE WHEN c.start > 0 THEN o.records - 1 ELSE 0 END, last_record = c.start,
            planned = CASE WHEN c.size - c.start <= chunk THEN c.size ELSE c.start END,
            state = CASE WHEN c.size = 0 THEN 'done' ELSE 'ready' END
        FROM changed c WHERE o.file = c.file
        RETURNING o.file, c.start, o.size
    ), small AS (
        SELECT p.file, p.start, p.size,
               sum(p.size - p.start) OVER w / chunk AS by_bytes,
               (row_number() OVER w - 1) / (most * slices) AS by_files
        FROM (SELECT * FROM seen UNION ALL SELECT * FROM again) p
        WHERE p.size - p.start BETWEEN 1 AND chunk
        WINDOW w AS (ORDER BY p.file)
    )
    INSERT INTO batch (feed, files, offsets, lengths, slice, slices)
    SELECT this_feed, r.files, r.offsets, r.lengths, p.slice, slices
    FROM (SELECT array_agg(s.file ORDER BY s.file) AS files,
                 array_agg(s.start ORDER BY s.file) AS offsets,
                 array_agg(s.size - s.start ORDER BY s.file) AS lengths, min(s.file) AS first
          FROM small s GROUP BY trunc(s.by_bytes), s.by_files) r,
         generate_series(0, _pgclinical.batches_of_range(slices) - 1) p(slice)
    ORDER BY r.first, p.slice;
END $$;

COMMENT ON FUNCTION _pgclinical.plan_files(text, bigint, int) IS
'lists the files of a feed and makes batches, so many slices of each range, of those that are new or changed; an unchanged one is not read and its row not written';

REVOKE ALL ON FUNCTION _pgclinical.plan_files(text, bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.plan_files(text, bigint, int) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.plan_chunk(warehouse text, this_feed bigint, slices int)
RETURNS bigint
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    f record;
    contents bytea;
    want bigint;
    whole bigint;
    final boolean;
    made bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    SELECT o.*, d.server, d.options, d.format, (_pgclinical.feed_format(d.format)).cut INTO f
    FROM file o JOIN feed d USING (feed)
    WHERE o.planned < o.size AND (this_feed IS NULL OR o.feed = this_feed)
    ORDER BY o.file LIMIT 1 FOR UPDATE OF o SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    want := _pgclinical.chunk_bytes(f.options, slices);
    LOOP
        contents := _pgclinical.read_piece(f.server, f.name, f.planned, want);
        final := f.planned + length(contents) >= f.size OR length(contents) < want;
        EXECUTE format('SELECT _pgclinical.%I($1, $2)', f.cut) INTO whole USING contents, final;
        -- A record longer than all limits is nobody's message: the reader will say so.
        EXIT WHEN contents IS NULL OR whole > 0 OR final OR want >= 268435456;
        want := want * 2;
    END LOOP;
    IF contents IS NULL THEN
        UPDATE file SET state = 'missing', planned = size WHERE file = f.file;
        RETURN _pgclinical.plan_chunk(warehouse, this_feed, slices);
    END IF;
    IF whole = 0 THEN
        whole := length(contents);
    END IF;
    IF final THEN
        whole := f.size - f.planned;
    END IF;

    WITH planned AS (
        INSERT INTO batch (feed, files, offsets, lengths, slice, slices, envelope)
        SELECT f.feed, ARRAY[f.file], ARRAY[f.planned], ARRAY[whole], p.slice, slices,
               f.envelope
        FROM generate_series(0, _pgclinical.batches_of_range(slices) - 1) p(slice)
        ORDER BY p.slice
        RETURNING batch
    )
    SELECT min(p.batch) INTO made FROM planned p;
    UPDATE file SET planned = planned + whole,
        envelope = CASE WHEN NOT final THEN _pgclinical.envelope_behind(
                       f.format, substr(contents, 1, whole::int), f.envelope) END,
        fingerprint = CASE WHEN final
                      THEN _pgclinical.file_fingerprint(f.server, f.name, f.size) END
    WHERE file = f.file;
    RETURN made;
END $$;

COMMENT ON FUNCTION _pgclinical.plan_chunk(text, bigint, int) IS
'makes a batch, or one for each of so many slices, of the next whole records of a large file (of one feed, or any) and returns the first one''s number; NULL when there is none that nobody else is planning';

REVOKE ALL ON FUNCTION _pgclinical.plan_chunk(text, bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.plan_chunk(text, bigint, int) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.claim_batch(warehouse text, this_run bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    this_feed bigint;
    this_workers int;
    claimed bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.show_alive(warehouse, this_run);
    SELECT feed, workers INTO this_feed, this_workers FROM run WHERE run = this_run;

    -- Rather patients whom nobody else is loading; merges last.
    SELECT b.batch INTO claimed FROM batch b
    WHERE b.state IN ('ready', 'running') AND (this_feed IS NULL OR b.feed = this_feed)
      AND b.slice < b.slices
    ORDER BY b.state = 'running',
             EXISTS (SELECT FROM batch o WHERE o.state = 'running' AND o.batch <> b.batch
                     AND (o.slice, o.slices) = (b.slice, b.slices)),
             b.batch
    LIMIT 1 FOR UPDATE SKIP LOCKED;
    claimed := coalesce(claimed, _pgclinical.plan_chunk(
        warehouse, this_feed, _pgclinical.slices_for(this_workers)));
    IF claimed IS NULL THEN
        SELECT b.batch INTO claimed FROM batch b
        WHERE b.state IN ('ready', 'running') AND (this_feed IS NULL OR b.feed = this_feed)
        ORDER BY b.state = 'running', b.batch LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;

    UPDATE batch SET state = 'running', run = this_run, attempts = attempts + 1,
        started = clock_timestamp(), sqlstate = NULL
    WHERE batch = claimed;
    RETURN claimed;
END $$;

COMMENT ON FUNCTION _pgclinical.claim_batch(text, bigint) IS
'takes the next batch that nobody is working on for this run and counts the attempt; to be committed before the work; NULL when there is none';

REVOKE ALL ON FUNCTION _pgclinical.claim_batch(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.claim_batch(text, bigint) TO pgclinical_etl;

-- Three sessions have died over this batch: halve it, until the record that does it stands alone.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.split_batch(warehouse text, this_batch bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    b record;
    half int;
    border bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    SELECT * INTO b FROM batch WHERE batch = this_batch;
    half := cardinality(b.files) / 2;
    IF half > 0 THEN
        INSERT INTO batch (feed, slice, slices, files, offsets, lengths, envelope)
        VALUES (b.feed, b.slice, b.slices, b.files[:half], b.offsets[:half], b.lengths[:half],
                b.envelope),
               (b.feed, b.slice, b.slices, b.files[half + 1:], b.offsets[half + 1:],
                b.lengths[half + 1:], NULL);
    ELSE
        PERFORM _pgclinical.cut_batch(warehouse, this_batch);
        SELECT c.byte_offset INTO border FROM pg_temp.pgclinical_cut c
        WHERE c.n = (SELECT max(m.n) / 2 + 1 FROM pg_temp.pgclinical_cut m)
          AND c.byte_offset > b.offsets[1];
        IF border IS NULL THEN
            RETURN false;
        END IF;
        INSERT INTO batch (feed, slice, slices, files, offsets, lengths, envelope)
        SELECT b.feed, b.slice, b.slices, b.files, b.offsets, ARRAY[border - b.offsets[1]], b.envelope
        UNION ALL
        SELECT b.feed, b.slice, b.slices, b.files, ARRAY[border],
               ARRAY[b.offsets[1] + b.lengths[1] - border],
               _pgclinical.envelope_behind(d.format, _pgclinical.read_piece(
                   d.server, f.name, b.offsets[1], border - b.offsets[1]), b.envelope)
        FROM file f JOIN feed d USING (feed) WHERE f.file = b.files[1];
    END IF;
    UPDATE batch SET state = 'split', ended = clock_timestamp() WHERE batch = this_batch;
    RETURN true;
END $$;

COMMENT ON FUNCTION _pgclinical.split_batch(text, bigint) IS
'replaces a batch by two halves; false when it is a single record';

REVOKE ALL ON FUNCTION _pgclinical.split_batch(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.split_batch(text, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.finish_batch(
    warehouse text, this_batch bigint, counts _pgclinical.load_counts
)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    UPDATE batch SET state = 'done', ended = clock_timestamp(), sqlstate = NULL,
        records = coalesce(counts.records, 0), loaded = coalesce(counts.loaded, 0),
        unchanged = coalesce(counts.unchanged, 0),
        quarantined = coalesce(counts.quarantined, 0), parked = coalesce(counts.parked, 0),
        resumed = coalesce(counts.resumed, 0), resources = coalesce(counts.resources, 0),
        issues = coalesce(counts.issues, 0), newest = counts.newest
    WHERE batch = this_batch;

    WITH piece AS (
        SELECT p.file, sum(_pgclinical.slice_bytes(p.start, p.length, b.slice, b.slices)) AS length
        FROM batch b, unnest(b.files, b.offsets, b.lengths) AS p(file, start, length)
        WHERE b.batch = this_batch GROUP BY p.file
    ), cut AS (
        SELECT c.file, count(*) AS records, max(c.byte_offset) AS last
        FROM pg_temp.pgclinical_cut c GROUP BY c.file
    ), locked AS MATERIALIZED (
        SELECT f.file FROM file f JOIN piece p USING (file) ORDER BY f.file FOR UPDATE OF f
    )
    UPDATE file f SET loaded = f.loaded + p.length, records = f.records + coalesce(c.records, 0),
        last_record = greatest(f.last_record, c.last),
        state = CASE WHEN f.state = 'ready' AND f.loaded + p.length >= f.size
                THEN 'done' ELSE f.state END
    FROM locked l JOIN piece p USING (file) LEFT JOIN cut c USING (file)
    WHERE f.file = l.file;
END $$;

COMMENT ON FUNCTION _pgclinical.finish_batch(text, bigint, _pgclinical.load_counts) IS
'marks a batch done, with its counts, and its files as far as it went';

REVOKE ALL ON FUNCTION _pgclinical.finish_batch(text, bigint, _pgclinical.load_counts) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.finish_batch(text, bigint, _pgclinical.load_counts)
TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.load_batch(
    warehouse text, this_batch bigint, this_run bigint, OUT failed text, OUT reason text
)
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET jit = off
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    work record;
    counts _pgclinical.load_counts;
    found_records bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.open_stage();
    PERFORM _pgclinical.show_alive(warehouse, this_run);
    PERFORM _pgclinical.set_run(this_run);
    -- Another session may have taken it since the claim.
    SELECT b.*, f.name INTO work FROM batch b JOIN feed f USING (feed)
    WHERE b.batch = this_batch AND b.state = 'running' FOR UPDATE OF b SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    IF work.attempts > 3 THEN
        IF NOT _pgclinical.split_batch(warehouse, this_batch) THEN
            counts := _pgclinical.quarantine_range(warehouse, work.feed, 1, 1, false, NULL);
            PERFORM _pgclinical.finish_batch(warehouse, this_batch, counts);
        END IF;
        RETURN;
    END IF;

    BEGIN
        found_records := _pgclinical.cut_batch(warehouse, this_batch);
        IF found_records > 0 THEN
            counts := _pgclinical.load_carefully(
                warehouse, work.feed, pgclinical.mapping_of(warehouse, work.name),
                1, found_records, false);
        ELSE
            counts.records := 0;
        END IF;
        PERFORM _pgclinical.finish_batch(warehouse, this_batch, counts);
    EXCEPTION WHEN OTHERS THEN
        -- Not a crash: the run ends and says why, and the attempt does not count.
        GET STACKED DIAGNOSTICS failed = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        UPDATE batch SET state = 'ready', attempts = attempts - 1, sqlstate = failed
        WHERE batch = this_batch;
    END;
END $$;

COMMENT ON FUNCTION _pgclinical.load_batch(text, bigint, bigint) IS
'loads a claimed batch; failed and reason say why it could not (SQLSTATE and message): the batch is then as before';

REVOKE ALL ON FUNCTION _pgclinical.load_batch(text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.load_batch(text, bigint, bigint) TO pgclinical_etl;
