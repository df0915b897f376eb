-- load: one batch, one transaction

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.mapping_of(warehouse text, feed text DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    this_feed bigint;
    options jsonb := '{}';
    codes jsonb;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    IF mapping_of.feed IS NOT NULL THEN
        SELECT f.feed, f.options || jsonb_build_object('feed', f.name) INTO this_feed, options
        FROM feed f WHERE f.name = mapping_of.feed;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('feed "%s" does not exist', mapping_of.feed);
        END IF;
    END IF;

    -- A feed's own row comes after those of every feed: of equal keys the last one counts.
    SELECT jsonb_object_agg(k.kind, k.codes ORDER BY k.kind) INTO codes
    FROM (SELECT m.kind,
                 jsonb_object_agg(m.source_code, jsonb_strip_nulls(jsonb_build_object(
                     'code', m.code, 'system', m.system, 'display', m.display))
                     ORDER BY m.source_code, m.feed NULLS FIRST) AS codes
          FROM (SELECT c.kind, c.feed, c.source_code, c.code, c.system, c.display FROM code_map c
                UNION ALL
                SELECT 'unit', u.feed, u.alias, u.ucum, 'http://unitsofmeasure.org', NULL
                FROM unit_alias u) m
          WHERE m.feed IS NULL OR m.feed = this_feed
          GROUP BY m.kind) k;
    RETURN options || jsonb_strip_nulls(jsonb_build_object(
        'code_map', codes, 'mapping', _pgclinical.mapping_rows(warehouse, this_feed)));
END $$;

COMMENT ON FUNCTION pgclinical.mapping_of(text, text) IS
'a site''s overlay as options for hl7v2_fhir: its mapping rows, code map and unit aliases, with a feed also the options and rows of that feed; 42704 when there is no such feed';

REVOKE ALL ON FUNCTION pgclinical.mapping_of(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.mapping_of(text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.apply(
    warehouse text, this_feed bigint, patients text[], again boolean
)
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    counts _pgclinical.load_counts;
    entries text[];
BEGIN
    -- Locks in one order everywhere: patients, directory, identity.  The first keep nobody waiting
    -- who loads others; the last two keep everybody, and are taken late.
    PERFORM _pgclinical.take_locks(warehouse, patients);
    counts := _pgclinical.park(warehouse, patients);
    PERFORM _pgclinical.note_snapshots(warehouse, this_feed);
    PERFORM _pgclinical.gather(warehouse, false, again);
    PERFORM _pgclinical.fold(false);
    counts.resources := _pgclinical.write_state(warehouse, false);

    SELECT array_agg(DISTINCT s.resource_type || '/' || s.id) INTO entries
    FROM pg_temp.pgclinical_said s
    WHERE s.patient_id = '' AND s.kind IN ('resource', 'delete');
    IF entries IS NOT NULL THEN
        PERFORM _pgclinical.take_locks(warehouse, entries);
        PERFORM _pgclinical.gather(warehouse, true, again);
        PERFORM _pgclinical.fold(true);
        counts.resources := counts.resources + _pgclinical.write_state(warehouse, true);
    END IF;
    PERFORM _pgclinical.identify(warehouse, patients);
    RETURN counts;
END $$;

COMMENT ON FUNCTION _pgclinical.apply(text, bigint, text[], boolean) IS
'brings the warehouse to what pg_temp.pgclinical_said says of these patients and of the directory; again: the records were loaded before, and what they said is replaced';

REVOKE ALL ON FUNCTION _pgclinical.apply(text, bigint, text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.apply(text, bigint, text[], boolean) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.load_range(
    warehouse text, this_feed bigint, options jsonb, low bigint, high bigint, again boolean
)
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET default_statistics_target = 10
AS $$
DECLARE
    counts _pgclinical.load_counts;
    patients text[];
BEGIN
    IF again THEN
        INSERT INTO pg_temp.pgclinical_fresh (n, record)
        SELECT c.n, c.record FROM pg_temp.pgclinical_cut c WHERE c.n BETWEEN low AND high;
        GET DIAGNOSTICS counts.records = ROW_COUNT;
        counts.loaded := counts.records;
        PERFORM _pgclinical.forget_issues(warehouse);
    ELSE
        counts := _pgclinical.keep_records(warehouse, this_feed, low, high);
    END IF;
    IF counts.loaded > 0 THEN
        counts := _pgclinical.add_counts(
            counts, _pgclinical.convert_records(warehouse, this_feed, options));
        PERFORM _pgclinical.forget_undone(warehouse);
        ANALYZE pg_temp.pgclinical_said (patient_id, resource_type, id, kind, waits);
        counts.loaded := counts.loaded - counts.quarantined;
        SELECT array_agg(p.patient_id) FILTER (WHERE p.patient_id <> ''),
               nullif(max(p.newest), '-infinity')
        INTO patients, counts.newest
        FROM (SELECT s.patient_id, max(s.event_time) AS newest FROM pg_temp.pgclinical_said s
              GROUP BY s.patient_id
              UNION ALL
              -- What waits under another name of a patient comes with it.
              SELECT s.id, NULL FROM pg_temp.pgclinical_said s
              WHERE s.kind = 'link' AND s.resource ->> 'rule' = 'server-id') p;
        counts := _pgclinical.add_counts(
            counts, _pgclinical.apply(warehouse, this_feed, coalesce(patients, '{}'), again));
    END IF;
    RETURN counts;
END $$;

COMMENT ON FUNCTION _pgclinical.load_range(text, bigint, jsonb, bigint, bigint, boolean) IS
'loads the records low to high of pg_temp.pgclinical_cut, all or (by an error) none';

REVOKE ALL ON FUNCTION _pgclinical.load_range(text, bigint, jsonb, bigint, bigint, boolean)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.load_range(text, bigint, jsonb, bigint, bigint, boolean)
TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.forget_issues(warehouse text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    DELETE FROM issue i USING pg_temp.pgclinical_fresh f WHERE i.record = f.record;
END $$;

COMMENT ON FUNCTION _pgclinical.forget_issues(text) IS
'removes the findings about records that are converted anew';

REVOKE ALL ON FUNCTION _pgclinical.forget_issues(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.forget_issues(text) TO pgclinical_etl;

-- Errors that say something about the record; all others (locks, cancel, disk, rights) are about
-- the moment or the site, and another attempt may succeed.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.blames_record(sqlstate text)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN pg_catalog.left(sqlstate, 2) OPERATOR(pg_catalog.=)
    ANY (ARRAY['0A', '21', '22', '23', '2F', '38', '39', '54', 'XX', 'P0']);

COMMENT ON FUNCTION _pgclinical.blames_record(text) IS
'true for SQLSTATEs that another attempt with the same record would meet again';

REVOKE ALL ON FUNCTION _pgclinical.blames_record(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.blames_record(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.quarantine_range(
    warehouse text, this_feed bigint, low bigint, high bigint, again boolean, state text
)
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    counts _pgclinical.load_counts;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    IF again THEN
        INSERT INTO pg_temp.pgclinical_fresh (n, record)
        SELECT c.n, c.record FROM pg_temp.pgclinical_cut c WHERE c.n BETWEEN low AND high;
        GET DIAGNOSTICS counts.records = ROW_COUNT;
    ELSE
        counts := _pgclinical.keep_records(warehouse, this_feed, low, high);
    END IF;
    INSERT INTO quarantine (record, feed, reason, sqlstate)
    SELECT f.record, this_feed, 'internal', quarantine_range.state FROM pg_temp.pgclinical_fresh f
    ON CONFLICT (record) WHERE state IN ('open', 'retrying')
    DO UPDATE SET reason = excluded.reason, state = 'open', sqlstate = excluded.sqlstate,
        format_code = NULL, location = NULL, message = NULL,
        attempts = quarantine.attempts + 1, last_tried = now();
    GET DIAGNOSTICS counts.quarantined = ROW_COUNT;
    counts.loaded := 0;
    RETURN counts;
END $$;

COMMENT ON FUNCTION _pgclinical.quarantine_range(text, bigint, bigint, bigint, boolean, text) IS
'keeps the records low to high of pg_temp.pgclinical_cut and puts them into quarantine without converting them: internal, with this SQLSTATE (NULL when they ended their session)';

REVOKE ALL ON FUNCTION
    _pgclinical.quarantine_range(text, bigint, bigint, bigint, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    _pgclinical.quarantine_range(text, bigint, bigint, bigint, boolean, text) TO pgclinical_etl;

-- Conversion never raises for bad content; what raises nevertheless is found by halving, so that
-- one record in quarantine does not keep a thousand others waiting.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.load_carefully(
    warehouse text, this_feed bigint, options jsonb, low bigint, high bigint, again boolean
)
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    middle bigint := (low + high) / 2;
    counts _pgclinical.load_counts;
    failed text;
BEGIN
    BEGIN
        RETURN _pgclinical.load_range(warehouse, this_feed, options, low, high, again);
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS failed = RETURNED_SQLSTATE;
        IF NOT _pgclinical.blames_record(failed) THEN
            RAISE;
        END IF;
    END;
    IF low = high THEN
        RETURN _pgclinical.quarantine_range(warehouse, this_feed, low, high, again, failed);
    END IF;
    counts := _pgclinical.load_carefully(warehouse, this_feed, options, low, middle, again);
    PERFORM _pgclinical.clear_stage();
    RETURN _pgclinical.add_counts(counts, _pgclinical.load_carefully(
        warehouse, this_feed, options, middle + 1, high, again));
END $$;

COMMENT ON FUNCTION _pgclinical.load_carefully(text, bigint, jsonb, bigint, bigint, boolean) IS
'as load_range, but a record that raises an error of its own goes to quarantine and the others are loaded';

REVOKE ALL ON FUNCTION _pgclinical.load_carefully(text, bigint, jsonb, bigint, bigint, boolean)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.load_carefully(text, bigint, jsonb, bigint, bigint, boolean)
TO pgclinical_etl;
