-- write: the folded rows into the live tables, and what they replace into history
--
-- Only what differs is written (an anti-join on the content hash comes first), so loading the same
-- statements again writes no row version.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.write_leaf(warehouse text, type text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET work_mem = '64MB'
AS $$
DECLARE
    written bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    EXECUTE format($sql$
        WITH changed AS MATERIALIZED (
            SELECT s.patient_id, s.id, s.event_time, s.record, s.hash, s.resource,
                   r.version AS former, t.version AS buried
            FROM pg_temp.pgclinical_state s
            LEFT JOIN %1$I r ON r.patient_id = s.patient_id AND r.id = s.id
            LEFT JOIN tombstone t ON r.id IS NULL AND t.patient_id = s.patient_id
                AND t.resource_type = %2$L AND t.id = s.id
            WHERE s.resource_type = %2$L AND r.hash IS DISTINCT FROM s.hash
        ), revived AS (
            DELETE FROM tombstone t USING changed c
            WHERE c.buried IS NOT NULL AND t.patient_id = c.patient_id
              AND t.resource_type = %2$L AND t.id = c.id
        ), history AS (
            INSERT INTO resource_history (patient_id, resource_type, id, version, event_time,
                                          recorded_at, record, hash, resource)
            SELECT r.patient_id, r.resource_type, r.id, r.version, r.event_time, r.recorded_at,
                   r.record, r.hash, r.resource
            FROM changed c JOIN %1$I r ON r.patient_id = c.patient_id AND r.id = c.id
            WHERE c.former IS NOT NULL
        ), replaced AS (
            UPDATE %1$I r
            SET version = c.former + 1, event_time = nullif(c.event_time, '-infinity'),
                recorded_at = now(), record = c.record, hash = c.hash, resource = c.resource
            FROM changed c
            WHERE c.former IS NOT NULL AND r.patient_id = c.patient_id AND r.id = c.id
        ), added AS (
            INSERT INTO %1$I (resource_type, id, patient_id, version, event_time, record, hash,
                              resource)
            SELECT %2$L, c.id, c.patient_id, coalesce(c.buried, 0) + 1,
                   nullif(c.event_time, '-infinity'), c.record, c.hash, c.resource
            FROM changed c WHERE c.former IS NULL
        )
        SELECT count(*) FROM changed
        $sql$, _pgclinical.leaf_name(type), type)
    INTO written;
    RETURN written;
END $$;

COMMENT ON FUNCTION _pgclinical.write_leaf(text, text) IS
'brings the live table of one type to pg_temp.pgclinical_state; returns the number of rows written';

REVOKE ALL ON FUNCTION _pgclinical.write_leaf(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.write_leaf(text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.write_directory(warehouse text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET work_mem = '64MB'
AS $$
DECLARE
    written bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    WITH changed AS MATERIALIZED (
        SELECT s.resource_type, s.id, s.event_time, s.record, s.hash, s.resource,
               d.version AS former, coalesce(d.version, t.version, 0) + 1 AS version
        FROM pg_temp.pgclinical_state s
        LEFT JOIN directory d ON d.resource_type = s.resource_type AND d.id = s.id
        LEFT JOIN tombstone t ON d.id IS NULL AND t.patient_id = ''
            AND t.resource_type = s.resource_type AND t.id = s.id
        WHERE d.hash IS DISTINCT FROM s.hash
    ), revived AS (
        DELETE FROM tombstone t USING changed c
        WHERE c.former IS NULL AND t.patient_id = ''
          AND t.resource_type = c.resource_type AND t.id = c.id
    ), history AS (
        INSERT INTO resource_history (patient_id, resource_type, id, version, event_time,
                                      recorded_at, record, hash, resource)
        SELECT '', d.resource_type, d.id, d.version, d.event_time, d.recorded_at, d.record, d.hash,
               d.resource
        FROM changed c JOIN directory d ON d.resource_type = c.resource_type AND d.id = c.id
        WHERE c.former IS NOT NULL
    )
    INSERT INTO directory AS d (resource_type, id, version, event_time, record, hash, resource)
    SELECT c.resource_type, c.id, c.version, nullif(c.event_time, '-infinity'), c.record, c.hash,
           c.resource
    FROM changed c
    ON CONFLICT (resource_type, id) DO UPDATE
    SET version = excluded.version, event_time = excluded.event_time, recorded_at = now(),
        record = excluded.record, hash = excluded.hash, resource = excluded.resource;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;

COMMENT ON FUNCTION _pgclinical.write_directory(text) IS
'brings the directory to pg_temp.pgclinical_state; returns the number of rows written';

REVOKE ALL ON FUNCTION _pgclinical.write_directory(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.write_directory(text) TO pgclinical_etl;

-- A patient stays while another feed's visits hang on it.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.bury(warehouse text, type text, directory boolean)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    buried bigint;
    live text := CASE WHEN directory THEN 'directory' ELSE _pgclinical.leaf_name(type) END;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    EXECUTE format($sql$
        WITH gone AS MATERIALIZED (
            SELECT g.* FROM pg_temp.pgclinical_gone g
            WHERE g.resource_type = %2$L AND (g.patient_id = '') = %3$L
              AND NOT (%2$L = 'Patient' AND EXISTS (SELECT FROM encounter e
                                                    WHERE e.patient_id = g.patient_id))
              AND (%5$L OR EXISTS (SELECT FROM directory d
                                   WHERE d.resource_type = g.resource_type AND d.id = g.id))
        ), removed AS (
            DELETE FROM %1$I r USING gone g
            WHERE r.resource_type = %2$L AND r.id = g.id AND %4$s
            RETURNING g.patient_id AS compartment, r.resource_type, r.id, r.version, r.event_time,
                      r.recorded_at, r.record, r.hash, r.resource
        ), history AS (
            INSERT INTO resource_history (patient_id, resource_type, id, version, event_time,
                                          recorded_at, record, hash, resource)
            SELECT r.compartment, r.resource_type, r.id, r.version, r.event_time, r.recorded_at,
                   r.record, r.hash, r.resource
            FROM removed r
        )
        INSERT INTO tombstone AS t (patient_id, resource_type, id, version, event_time, record)
        SELECT g.patient_id, %2$L, g.id, coalesce(r.version, 0), nullif(g.event_time, '-infinity'),
               g.record
        FROM gone g LEFT JOIN removed r ON r.compartment = g.patient_id AND r.id = g.id
        ON CONFLICT (patient_id, resource_type, id) DO UPDATE
        SET event_time = excluded.event_time, record = excluded.record
        WHERE t.event_time IS DISTINCT FROM excluded.event_time
        $sql$, live, type, directory,
        CASE WHEN directory THEN 'true' ELSE 'r.patient_id = g.patient_id' END,
        -- Of patients' types only what has none is there.
        NOT directory OR type <> ALL (_pgclinical.patient_types()));
    GET DIAGNOSTICS buried = ROW_COUNT;
    RETURN buried;
END $$;

COMMENT ON FUNCTION _pgclinical.bury(text, text, boolean) IS
'moves the rows of one type in pg_temp.pgclinical_gone (of the directory or of patients) from the live table to history, leaving tombstones; returns how many';

REVOKE ALL ON FUNCTION _pgclinical.bury(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.bury(text, text, boolean) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.revise_sources(warehouse text, directory boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET work_mem = '64MB'
SET default_statistics_target = 10
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    ANALYZE pg_temp.pgclinical_known (patient_id, resource_type, id, live, stored, dropped);

    DELETE FROM resource_source o USING pg_temp.pgclinical_known k
    WHERE k.stored AND k.dropped AND (k.patient_id = '') = directory
      AND o.patient_id = k.patient_id AND o.resource_type = k.resource_type AND o.id = k.id
      AND o.record = k.record AND o.ordinal = k.ordinal;
    -- A second statement comes in: the live row no longer is the first one.  Materialized, because
    -- the planner expects a single row of a join by five columns, and would then loop.
    WITH outgrown AS MATERIALIZED (
        SELECT k.* FROM pg_temp.pgclinical_known k
        LEFT JOIN pg_temp.pgclinical_state s
            ON s.patient_id = k.patient_id AND s.resource_type = k.resource_type AND s.id = k.id
        WHERE k.live AND NOT k.dropped AND (k.patient_id = '') = directory
          AND (s.hash = k.hash AND s.statements = 1) IS NOT TRUE
    )
    UPDATE resource_source o SET resource = k.resource
    FROM outgrown k
    WHERE o.patient_id = k.patient_id AND o.resource_type = k.resource_type AND o.id = k.id
      AND o.record = k.record AND o.ordinal = k.ordinal;
END $$;

COMMENT ON FUNCTION _pgclinical.revise_sources(text, boolean) IS
'removes from resource_source what no longer counts, and gives the statements their resource that the live row no longer is';

REVOKE ALL ON FUNCTION _pgclinical.revise_sources(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.revise_sources(text, boolean) TO pgclinical_etl;

-- Reads only temporary tables: hash joins are never far from right.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.add_sources(warehouse text, directory boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET work_mem = '64MB'
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    INSERT INTO resource_source (patient_id, resource_type, id, record, ordinal, feed, event_time,
                                 tie, deleted, list, cleared, resource)
    SELECT s.patient_id, s.resource_type, s.id, s.record, s.ordinal, s.feed,
           nullif(s.event_time, '-infinity'), s.tie, false, s.list, s.cleared, NULL
    FROM pg_temp.pgclinical_state s WHERE s.alone
    UNION ALL
    SELECT k.patient_id, k.resource_type, k.id, k.record, k.ordinal, k.feed,
           nullif(k.event_time, '-infinity'), k.tie, k.deleted, k.list, k.cleared,
           CASE WHEN s.statements = 1 AND s.hash = k.hash THEN NULL ELSE k.resource END
    FROM pg_temp.pgclinical_known k
    LEFT JOIN pg_temp.pgclinical_state s USING (patient_id, resource_type, id)
    WHERE NOT k.stored AND NOT k.dropped AND (k.patient_id = '') = directory;
END $$;

COMMENT ON FUNCTION _pgclinical.add_sources(text, boolean) IS
'keeps in resource_source the new statements that count';

REVOKE ALL ON FUNCTION _pgclinical.add_sources(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.add_sources(text, boolean) TO pgclinical_etl;

-- Patients, then encounters, then what refers to them; in the other direction when they go.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.write_state(warehouse text, directory boolean)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    written bigint := 0;
    type text;
BEGIN
    IF directory THEN
        written := _pgclinical.write_directory(warehouse);
    ELSE
        FOR type IN
            SELECT s.resource_type FROM pg_temp.pgclinical_state s GROUP BY s.resource_type
            ORDER BY s.resource_type <> 'Patient', s.resource_type <> 'Encounter', s.resource_type
        LOOP
            written := written + _pgclinical.write_leaf(warehouse, type);
        END LOOP;
    END IF;
    FOR type IN
        SELECT g.resource_type FROM pg_temp.pgclinical_gone g GROUP BY g.resource_type
        ORDER BY g.resource_type = 'Patient', g.resource_type = 'Encounter', g.resource_type
    LOOP
        written := written + _pgclinical.bury(warehouse, type, directory);
    END LOOP;
    PERFORM _pgclinical.revise_sources(warehouse, directory);
    PERFORM _pgclinical.add_sources(warehouse, directory);
    DELETE FROM pg_temp.pgclinical_touched;
    DELETE FROM pg_temp.pgclinical_known;
    DELETE FROM pg_temp.pgclinical_state;
    DELETE FROM pg_temp.pgclinical_gone;
    RETURN written;
END $$;

COMMENT ON FUNCTION _pgclinical.write_state(text, boolean) IS
'writes what was folded, of the directory or of patients, and empties the temporary tables; returns the number of resources written';

REVOKE ALL ON FUNCTION _pgclinical.write_state(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.write_state(text, boolean) TO pgclinical_etl;
