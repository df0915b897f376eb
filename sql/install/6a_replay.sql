-- replay: records in quarantine get another try, with today's configuration

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.claim_replay(
    warehouse text, this_run bigint, this_reason text, after bigint,
    OUT this_feed bigint, OUT records bigint[]
)
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    work record;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.show_alive(warehouse, this_run);
    PERFORM _pgclinical.set_run(this_run);
    -- Records that were used all the same, with codes that had no map, are said again as well.
    SELECT w.feed, array_agg(w.record ORDER BY w.record) AS records INTO work
    FROM (SELECT t.record, t.feed, first_value(t.feed) OVER (ORDER BY t.record) AS first_feed
          FROM (SELECT q.record, q.feed FROM quarantine q
                WHERE q.state IN ('open', 'retrying') AND q.record > after
                  AND (this_reason IS NULL OR q.reason = this_reason)
                UNION
                SELECT i.record, i.feed FROM issue i
                WHERE this_reason = 'unmapped-code' AND i.record > after
                  AND 'unmapped-code' IN (i.code, i.format_code)) t
          ORDER BY t.record LIMIT 500) w
    WHERE w.feed = w.first_feed
    GROUP BY w.feed;
    this_feed := work.feed;
    records := work.records;
    UPDATE quarantine q SET state = 'retrying'
    WHERE q.record = ANY (claim_replay.records) AND q.state = 'open';
END $$;

COMMENT ON FUNCTION _pgclinical.claim_replay(text, bigint, text, bigint) IS
'the next records (of one feed, with numbers above after) that a replay is to try; NULL when there are none';

REVOKE ALL ON FUNCTION _pgclinical.claim_replay(text, bigint, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.claim_replay(text, bigint, text, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.load_again(
    warehouse text, this_run bigint, this_feed bigint, records bigint[]
)
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET jit = off
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    f record;
    cut bigint;
    counts _pgclinical.load_counts;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.open_stage();
    DELETE FROM pg_temp.pgclinical_cut;
    PERFORM _pgclinical.clear_stage();
    PERFORM _pgclinical.show_alive(warehouse, this_run);
    PERFORM _pgclinical.set_run(this_run);
    SELECT d.name, d.options, (_pgclinical.feed_format(d.format)).records AS reader INTO f
    FROM feed d WHERE d.feed = this_feed;

    EXECUTE format($sql$
        INSERT INTO pg_temp.pgclinical_cut
            (n, file, byte_offset, ordinal, raw, sha256, key_hash, message, issue, unusable,
             received, record)
        SELECT row_number() OVER (ORDER BY r.record), r.file, r.byte_offset, r.ordinal, r.raw,
               r.sha256, NULL, m.message, m.issue, coalesce(m.unusable, true), r.received, r.record
        FROM record r
        LEFT JOIN LATERAL (SELECT * FROM _pgclinical.%I(r.raw, $2) LIMIT 1) m ON true
        WHERE r.record = ANY ($1)
        $sql$, f.reader)
    USING records, f.options;
    GET DIAGNOSTICS cut = ROW_COUNT;
    IF cut > 0 THEN
        counts := _pgclinical.load_carefully(
            warehouse, this_feed, pgclinical.mapping_of(warehouse, f.name), 1, cut, true);
    END IF;

    UPDATE quarantine q SET state = 'resolved', attempts = q.attempts + 1, last_tried = now(),
        ended = now(), ended_by = current_user
    WHERE q.record = ANY (records) AND q.state = 'retrying';
    RETURN counts;
END $$;

COMMENT ON FUNCTION _pgclinical.load_again(text, bigint, bigint, bigint[]) IS
'converts records anew from their bytes, at the place that their event times give them, and replaces what they said before';

REVOKE ALL ON FUNCTION _pgclinical.load_again(text, bigint, bigint, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.load_again(text, bigint, bigint, bigint[]) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE PROCEDURE pgclinical.replay(warehouse text, reason text DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    this_run pg_catalog.int8;
    this_feed pg_catalog.int8;
    records pg_catalog.int8[];
    after pg_catalog.int8 := 0;
    counts _pgclinical.load_counts;
BEGIN
    PERFORM _pgclinical.check_reason(reason);
    this_run := _pgclinical.begin_run(warehouse, NULL, 1, 'replay');
    COMMIT;
    LOOP
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        SELECT c.this_feed, c.records INTO this_feed, records
        FROM _pgclinical.claim_replay(warehouse, this_run, reason, after) c;
        COMMIT;
        EXIT WHEN records IS NULL;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        counts := _pgclinical.add_counts(
            counts, _pgclinical.load_again(warehouse, this_run, this_feed, records));
        COMMIT;
        after := records[pg_catalog.cardinality(records)];
    END LOOP;
    PERFORM _pgclinical.end_run(warehouse, this_run, counts, NULL);
    COMMIT;
END $$;

COMMENT ON PROCEDURE pgclinical.replay(text, text) IS
'tries the open records in quarantine again (NULL: whatever the reason) with the current configuration; with reason unmapped-code also records that were loaded with such codes; a record takes the place that its event time gives it';

REVOKE ALL ON PROCEDURE pgclinical.replay(text, text) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE pgclinical.replay(text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.check_reason(reason text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF reason IS NOT NULL AND _pgclinical.quarantine_reason(reason, NULL) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unknown reason "%s"', reason),
            HINT = 'The reasons are those that table quarantine accepts, such as malformed or unmapped-code.';
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.check_reason(text) IS
'raises 22023 for a text that is none of the reasons of quarantine; NULL is accepted';

REVOKE ALL ON FUNCTION _pgclinical.check_reason(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.check_reason(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.discard(warehouse text, quarantine bigint, note text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    UPDATE quarantine q SET state = 'discarded', note = discard.note, ended = now(),
        ended_by = current_user
    WHERE q.quarantine = discard.quarantine AND q.state IN ('open', 'retrying');
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('there is no open quarantine %s', discard.quarantine);
    END IF;
END $$;

COMMENT ON FUNCTION pgclinical.discard(text, bigint, text) IS
'gives up a record in quarantine, with a note that says why; its bytes stay; 22023 unless it is open';

REVOKE ALL ON FUNCTION pgclinical.discard(text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.discard(text, bigint, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.code_unmapped(
    warehouse text, OUT feed text, OUT location text, OUT expression text, OUT message text,
    OUT records bigint
)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    RETURN QUERY
    SELECT f.name, i.location, i.expression, i.message, count(DISTINCT i.record)
    FROM issue i JOIN feed f USING (feed)
    WHERE 'unmapped-code' IN (i.code, i.format_code)
    GROUP BY f.name, i.location, i.expression, i.message
    ORDER BY 5 DESC, 1, 2, 3, 4;
END $$;

COMMENT ON FUNCTION pgclinical.code_unmapped(text) IS
'work list: where codes without a map were met, by feed, with the number of records; add code_map rows and call replay with reason unmapped-code';

REVOKE ALL ON FUNCTION pgclinical.code_unmapped(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.code_unmapped(text) TO pgclinical_etl;
