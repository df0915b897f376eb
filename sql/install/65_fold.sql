-- fold: from what was said about resources to their current rows
--
-- The current row is a function of the set of statements that count, taken in the order of
-- (event_time, tie): never of the order in which they arrived.

-- True when nothing of an older statement shows any more once the newer of the same source is
-- folded over it.  Lists of identifiers and links are united by the fold, so these must be equal.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.covers(
    newer jsonb, newer_cleared text[], older jsonb, older_cleared text[]
)
RETURNS boolean
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.covers(jsonb, text[], jsonb, text[]) IS
'true when every top-level element that the older statement sets or clears is set or cleared by the newer one; cleared {*} says that the newer one is all there is of the resource';

REVOKE ALL ON FUNCTION _pgclinical.covers(jsonb, text[], jsonb, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.covers(jsonb, text[], jsonb, text[]) TO pgclinical_etl;

-- A message may state a whole list of its patient, and one that deletes a patient
-- states that there is nothing of it: what the same feed said before no longer counts.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.note_snapshots(warehouse text, this_feed bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);

    WITH stated AS (
        SELECT DISTINCT ON (s.patient_id, r.list)
               s.patient_id, r.list, s.event_time, s.tie, s.record
        FROM pg_temp.pgclinical_said s,
             unnest(CASE WHEN s.kind = 'delete' AND s.resource_type = 'Patient' THEN '{*}'
                    ELSE s.replaced END) AS r(list)
        WHERE s.feed = this_feed AND s.patient_id <> ''
        ORDER BY s.patient_id, r.list, s.event_time DESC, s.tie DESC
    ), news AS (
        SELECT s.* FROM stated s LEFT JOIN source_snapshot o
            ON o.patient_id = s.patient_id AND o.list = s.list AND o.feed = this_feed
        WHERE o.patient_id IS NULL OR (o.event_time, o.tie) < (s.event_time, s.tie)
    ), written AS (
        INSERT INTO source_snapshot AS o (patient_id, list, feed, event_time, tie, record)
        SELECT n.patient_id, n.list, this_feed, n.event_time, n.tie, n.record FROM news n
        ON CONFLICT (patient_id, list, feed) DO UPDATE
        SET event_time = excluded.event_time, tie = excluded.tie, record = excluded.record
        RETURNING o.patient_id, o.list, o.event_time, o.tie
    )
    INSERT INTO pg_temp.pgclinical_touched (patient_id, resource_type, id, alone)
    SELECT DISTINCT o.patient_id, o.resource_type, o.id, false
    FROM written w JOIN resource_source o
        ON o.patient_id = w.patient_id AND w.list IN (o.resource_type, o.list, '*')
    WHERE o.feed = this_feed
      AND (coalesce(o.event_time, '-infinity'), o.tie) < (w.event_time, w.tie);
END $$;

COMMENT ON FUNCTION _pgclinical.note_snapshots(text, bigint) IS
'keeps the newest statements of whole lists and marks the resources that they leave out as touched';

REVOKE ALL ON FUNCTION _pgclinical.note_snapshots(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.note_snapshots(text, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.gather(warehouse text, directory boolean, again boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET work_mem = '64MB'
AS $$
DECLARE
    type text;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);

    INSERT INTO pg_temp.pgclinical_touched (patient_id, resource_type, id, alone)
    SELECT g.patient_id, g.resource_type, g.id,
           g.alone
           AND NOT EXISTS (SELECT FROM resource_source o WHERE o.patient_id = g.patient_id
                           AND o.resource_type = g.resource_type AND o.id = g.id)
           AND NOT EXISTS (SELECT FROM source_snapshot o WHERE o.patient_id = g.patient_id
                           AND o.list IN (g.resource_type, g.list, '*'))
    FROM (SELECT s.patient_id, s.resource_type, s.id, min(s.list) AS list,
                 count(*) = 1 AND bool_and(s.kind = 'resource'
                     AND (s.cleared IS NULL OR s.cleared = '{*}')) AS alone
          FROM pg_temp.pgclinical_said s
          WHERE s.kind IN ('resource', 'delete') AND s.waits IS NULL
            AND (s.patient_id = '') = directory
          GROUP BY s.patient_id, s.resource_type, s.id) g;
    -- Records said again may say other resources than before.
    IF again THEN
        INSERT INTO pg_temp.pgclinical_touched (patient_id, resource_type, id, alone)
        SELECT o.patient_id, o.resource_type, o.id, false
        FROM resource_source o JOIN pg_temp.pgclinical_fresh f USING (record)
        WHERE (o.patient_id = '') = directory
          AND o.patient_id IN (SELECT s.patient_id FROM pg_temp.pgclinical_said s);
    END IF;

    -- Without figures about them the next join compares every pair of rows.
    ANALYZE pg_temp.pgclinical_touched (id, alone);

    -- The same statement in the same words, repeated by one feed, is kept once: the latest.
    INSERT INTO pg_temp.pgclinical_known
        (patient_id, resource_type, id, record, ordinal, feed, event_time, tie, deleted, list,
         cleared, hash, resource, stored, live, dropped)
    SELECT DISTINCT ON (s.id, s.hash, own_time, s.resource_type, s.patient_id, s.feed, s.kind,
                        s.cleared)
           s.patient_id, s.resource_type, s.id, s.record, s.ordinal, s.feed, s.event_time, s.tie,
           s.kind = 'delete', s.list, s.cleared, s.hash, s.resource, false, false,
           EXISTS (SELECT FROM source_snapshot o
                   WHERE o.patient_id = s.patient_id AND o.list IN (s.resource_type, s.list, '*')
                     AND o.feed = s.feed
                     AND (s.event_time, s.tie) < (coalesce(o.event_time, '-infinity'), o.tie))
    FROM pg_temp.pgclinical_said s
    JOIN pg_temp.pgclinical_touched t USING (patient_id, resource_type, id),
         LATERAL (SELECT _pgclinical.keeps_all(s.resource_type)) f(all_count),
         LATERAL (SELECT CASE WHEN all_count THEN s.event_time END) g(own_time)
    WHERE NOT t.alone AND s.kind IN ('resource', 'delete') AND s.waits IS NULL
      AND (s.patient_id = '') = directory
    ORDER BY s.id, s.hash, own_time, s.resource_type, s.patient_id, s.feed, s.kind, s.cleared,
             s.event_time DESC, s.tie DESC, s.ordinal DESC;

    INSERT INTO pg_temp.pgclinical_known
        (patient_id, resource_type, id, record, ordinal, feed, event_time, tie, deleted, cleared,
         resource, stored, live, dropped)
    SELECT o.patient_id, o.resource_type, o.id, o.record, o.ordinal, o.feed,
           coalesce(o.event_time, '-infinity'), o.tie, o.deleted, o.cleared, o.resource,
           true, o.resource IS NULL AND NOT o.deleted,
           again AND EXISTS (SELECT FROM pg_temp.pgclinical_fresh f WHERE f.record = o.record)
           OR EXISTS (SELECT FROM source_snapshot n
                      WHERE n.patient_id = o.patient_id
                        AND n.list IN (o.resource_type, o.list, '*') AND n.feed = o.feed
                        AND (coalesce(o.event_time, '-infinity'), o.tie)
                            < (coalesce(n.event_time, '-infinity'), n.tie))
    FROM (SELECT DISTINCT t.patient_id, t.resource_type, t.id
          FROM pg_temp.pgclinical_touched t WHERE NOT t.alone
            AND (t.patient_id = '') = directory) t
    JOIN resource_source o USING (patient_id, resource_type, id);

    -- Where the live row is what was said, it is read from there.
    IF directory THEN
        UPDATE pg_temp.pgclinical_known k SET resource = d.resource, hash = d.hash
        FROM directory d WHERE k.live AND d.resource_type = k.resource_type AND d.id = k.id;
    ELSE
        FOR type IN SELECT DISTINCT k.resource_type FROM pg_temp.pgclinical_known k WHERE k.live LOOP
            EXECUTE format('UPDATE pg_temp.pgclinical_known k'
                           ' SET resource = r.resource, hash = r.hash FROM %I r'
                           ' WHERE k.live AND k.resource_type = %L'
                           ' AND r.patient_id = k.patient_id AND r.id = k.id',
                           _pgclinical.leaf_name(type), type);
        END LOOP;
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.gather(text, boolean, boolean) IS
'lists the resources that pg_temp.pgclinical_said touches (of the directory or of patients), and all statements known about those that are not new; again: the fresh records have been loaded before';

REVOKE ALL ON FUNCTION _pgclinical.gather(text, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.gather(text, boolean, boolean) TO pgclinical_etl;

-- Only temporary tables, which have no statistics: hash joins are never far from right.  Groups are
-- formed of sorted rows, whose order the fold needs.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.fold(directory boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET enable_hashagg = off
SET work_mem = '64MB'
AS $$
BEGIN
    -- Deleted by the same feed later.
    UPDATE pg_temp.pgclinical_known k SET dropped = true
    WHERE NOT k.dropped
      AND EXISTS (SELECT FROM pg_temp.pgclinical_known o
                  WHERE o.patient_id = k.patient_id AND o.resource_type = k.resource_type
                    AND o.id = k.id AND o.feed = k.feed AND o.deleted AND NOT o.dropped
                    AND (k.event_time, k.tie, k.ordinal) < (o.event_time, o.tie, o.ordinal));
    -- Covered by what the same feed said later.
    UPDATE pg_temp.pgclinical_known k SET dropped = true
    WHERE NOT k.dropped AND NOT k.deleted
      AND EXISTS (SELECT FROM pg_temp.pgclinical_known o
                  WHERE o.patient_id = k.patient_id AND o.resource_type = k.resource_type
                    AND o.id = k.id AND o.feed = k.feed AND NOT o.deleted AND NOT o.dropped
                    AND (k.event_time, k.tie, k.ordinal) < (o.event_time, o.tie, o.ordinal)
                    AND CASE WHEN _pgclinical.keeps_all(k.resource_type)
                             AND o.cleared IS DISTINCT FROM '{*}'
                        THEN k.event_time = o.event_time AND k.resource = o.resource
                             AND k.cleared IS NOT DISTINCT FROM o.cleared
                        ELSE _pgclinical.covers(o.resource, o.cleared, k.resource, k.cleared) END);

    INSERT INTO pg_temp.pgclinical_state
        (alone, patient_id, resource_type, id, event_time, record, ordinal, feed, tie, list,
         cleared, statements, hash, resource)
    SELECT true, s.patient_id, s.resource_type, s.id, s.event_time, s.record, s.ordinal, s.feed,
           s.tie, s.list, s.cleared, 1, s.hash, s.resource
    FROM pg_temp.pgclinical_said s
    JOIN pg_temp.pgclinical_touched t USING (patient_id, resource_type, id)
    WHERE t.alone AND (s.patient_id = '') = directory;
    INSERT INTO pg_temp.pgclinical_state
        (alone, patient_id, resource_type, id, event_time, record, statements, hash, resource)
    SELECT false, f.patient_id, f.resource_type, f.id, f.event_time, f.record, f.statements,
           coalesce(f.hash, _pgclinical.content_hash(f.resource)), f.resource
    -- Sorted once, for the groups and within them: an ORDER BY of each aggregate would sort again
    -- group by group.
    FROM (SELECT k.patient_id, k.resource_type, k.id, max(k.event_time) AS event_time,
                 (array_agg(k.record))[count(*)] AS record, count(*) AS statements,
                 -- Of one statement without cleared the fold is that statement.
                 CASE WHEN count(*) = 1 AND bool_and(k.cleared IS NULL OR k.cleared = '{*}')
                 THEN (array_agg(k.hash))[1] END AS hash,
                 _pgclinical.fhir_fold(k.resource, k.cleared) AS resource
          FROM (SELECT o.* FROM pg_temp.pgclinical_known o
                WHERE NOT o.dropped AND NOT o.deleted AND o.resource IS NOT NULL
                ORDER BY o.id, o.resource_type, o.patient_id, o.event_time, o.tie, o.ordinal) k
          GROUP BY k.id, k.resource_type, k.patient_id
          OFFSET 0) f
    WHERE f.resource IS NOT NULL;

    INSERT INTO pg_temp.pgclinical_gone (patient_id, resource_type, id, event_time, record)
    -- What no longer counts is not known to every order of arrival, and gives no time.
    SELECT k.patient_id, k.resource_type, k.id,
           max(k.event_time) FILTER (WHERE k.deleted AND NOT k.dropped), max(k.record)
    FROM pg_temp.pgclinical_known k
    WHERE (k.dropped OR k.deleted OR k.resource IS NULL) AND NOT EXISTS (SELECT FROM pg_temp.pgclinical_state s
                      WHERE s.patient_id = k.patient_id AND s.resource_type = k.resource_type
                        AND s.id = k.id)
    GROUP BY k.patient_id, k.resource_type, k.id;
END $$;

COMMENT ON FUNCTION _pgclinical.fold(boolean) IS
'drops statements that no longer count and folds the others into pg_temp.pgclinical_state; resources without any go to pg_temp.pgclinical_gone';

REVOKE ALL ON FUNCTION _pgclinical.fold(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.fold(boolean) TO pgclinical_etl;
