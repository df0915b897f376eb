-- park: statements wait for the resources they need
--
-- A parent and its children are in one patient's compartment, so the patient's lock, which is held
-- here, orders the session that parks a child against the one that loads its parent.

-- Only temporary tables, which have no statistics: hash joins are never far from right.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.hold_orphans()
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
AS $$
DECLARE
    held boolean := false;
BEGIN
    -- A statement may wait for one that waits itself: until nothing more has to.
    LOOP
        WITH missing AS MATERIALIZED (
            SELECT w.* FROM pg_temp.pgclinical_wanted w
            WHERE NOT EXISTS (SELECT FROM pg_temp.pgclinical_said p
                              WHERE p.kind = 'resource' AND p.waits IS NULL
                                AND p.patient_id = w.patient_id
                                AND p.resource_type = w.resource_type AND p.id = w.id)
        )
        UPDATE pg_temp.pgclinical_said s SET waits = m.parent
        FROM missing m
        WHERE s.patient_id = m.patient_id AND s.kind = 'resource' AND s.waits IS NULL
          AND m.parent = ANY (s.parents);
        EXIT WHEN NOT FOUND;
        held := true;
    END LOOP;
    RETURN held;
END $$;

COMMENT ON FUNCTION _pgclinical.hold_orphans() IS
'marks the statements of pg_temp.pgclinical_said that have to wait for one of pg_temp.pgclinical_wanted; false when there are none';

REVOKE ALL ON FUNCTION _pgclinical.hold_orphans() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.hold_orphans() TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.park(warehouse text, patients text[])
RETURNS _pgclinical.load_counts
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    counts _pgclinical.load_counts;
    resumed bigint;
    held boolean;
    type text;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);

    -- What is said again replaces what the same record said before.
    IF EXISTS (SELECT FROM parked p WHERE p.patient_id = ANY (patients)) THEN
        DELETE FROM parked p USING pg_temp.pgclinical_said s
        WHERE p.patient_id = s.patient_id AND p.record = s.record;
    END IF;

    -- All that waits for these patients tries again.
    INSERT INTO pg_temp.pgclinical_said
        (record, ordinal, feed, kind, patient_id, resource_type, id, event_time, tie, list,
         hash, resource, cleared, parents, parked)
    SELECT p.record, p.ordinal, p.feed, 'resource', p.patient_id, p.resource_type, p.id,
           coalesce(p.event_time, '-infinity'), p.tie,
           _pgclinical.list_of(p.resource_type, p.resource),
           _pgclinical.content_hash(p.resource), p.resource, p.cleared, p.parents, p.parked
    FROM parked p
    WHERE p.patient_id = ANY (patients);
    GET DIAGNOSTICS resumed = ROW_COUNT;
    IF resumed > 0 THEN
        PERFORM _pgclinical.follow_aliases(warehouse, patients);
        PERFORM _pgclinical.recall_deletions(warehouse);
    END IF;

    INSERT INTO pg_temp.pgclinical_wanted (patient_id, parent, resource_type, id)
    SELECT w.patient_id, w.parent, split_part(w.parent, '/', 1), split_part(w.parent, '/', 2)
    FROM (SELECT DISTINCT s.patient_id, r.parent
          FROM pg_temp.pgclinical_said s, unnest(s.parents) AS r(parent)
          WHERE s.kind = 'resource' AND s.patient_id <> '') w;

    FOR type IN SELECT DISTINCT w.resource_type FROM pg_temp.pgclinical_wanted w LOOP
        IF type = ANY (_pgclinical.patient_types()) THEN
            EXECUTE format('DELETE FROM pg_temp.pgclinical_wanted w USING %I live'
                           ' WHERE w.resource_type = %L AND live.patient_id = w.patient_id'
                           ' AND live.id = w.id', _pgclinical.leaf_name(type), type);
        ELSE
            DELETE FROM pg_temp.pgclinical_wanted w USING directory d
            WHERE w.resource_type = type AND d.resource_type = type AND d.id = w.id;
        END IF;
    END LOOP;

    held := _pgclinical.hold_orphans();

    IF resumed > 0 THEN
        DELETE FROM parked p USING pg_temp.pgclinical_said s
        WHERE p.parked = s.parked AND s.waits IS NULL;
        GET DIAGNOSTICS counts.resumed = ROW_COUNT;
    END IF;
    IF held THEN
        UPDATE parked p SET missing = s.waits FROM pg_temp.pgclinical_said s
        WHERE p.parked = s.parked AND p.missing <> s.waits;
        INSERT INTO parked (patient_id, resource_type, id, missing, parents, record, ordinal, feed,
                            event_time, tie, cleared, resource)
        SELECT s.patient_id, s.resource_type, s.id, s.waits, s.parents, s.record, s.ordinal,
               s.feed, s.event_time, s.tie, s.cleared, s.resource
        FROM pg_temp.pgclinical_said s WHERE s.waits IS NOT NULL AND s.parked IS NULL
        ORDER BY s.record, s.ordinal;
        GET DIAGNOSTICS counts.parked = ROW_COUNT;
    END IF;
    RETURN counts;
END $$;

COMMENT ON FUNCTION _pgclinical.park(text, text[]) IS
'sets aside the statements of pg_temp.pgclinical_said whose parents are not live, and lets those resume whose parents now are; their patients must be locked';

REVOKE ALL ON FUNCTION _pgclinical.park(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.park(text, text[]) TO pgclinical_etl;
