-- server_id: what the ids of a FHIR server's resources stand for
--
-- A server's id of a patient is another name of the patient that the identifiers name (identity_link,
-- rule server-id).  What refers to it waits under that name until the patient comes, and then is the
-- patient's.  Which patient a deleted resource belonged to is for the warehouse to know: a deletion
-- names only the resource.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.follow_aliases(warehouse text, locked text[])
RETURNS void
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    aliases jsonb;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    -- Of several patients that one name stands for, always the same one.
    SELECT jsonb_object_agg(a.alias, a.patient_id) INTO aliases
    FROM (SELECT l.alias, min(l.patient_id COLLATE "C") AS patient_id
          FROM (SELECT s.id AS alias, s.patient_id FROM pg_temp.pgclinical_said s
                WHERE s.kind = 'link' AND s.resource ->> 'rule' = 'server-id'
                UNION ALL
                SELECT i.other, i.patient_id FROM identity_link i
                WHERE i.rule = 'server-id' AND i.undone_at IS NULL
                  AND i.other = ANY (ARRAY(SELECT DISTINCT s.patient_id
                                           FROM pg_temp.pgclinical_said s
                                           WHERE s.kind <> 'link' AND s.patient_id <> ''))) l
          WHERE locked IS NULL OR l.patient_id = ANY (locked)
          GROUP BY l.alias) a;
    IF aliases IS NULL THEN
        RETURN;
    END IF;
    UPDATE pg_temp.pgclinical_said s
    SET patient_id = n.patient_id,
        id = CASE WHEN s.resource_type = 'Patient' THEN n.patient_id ELSE s.id END,
        parents = array_replace(s.parents, 'Patient/' || s.patient_id, 'Patient/' || n.patient_id),
        resource = n.resource, hash = _pgclinical.content_hash(n.resource)
    FROM (SELECT o.record, o.ordinal, aliases ->> o.patient_id AS patient_id,
                 _pgclinical.fhir_repoint(o.resource, o.patient_id, aliases) AS resource
          FROM pg_temp.pgclinical_said o
          WHERE o.kind IN ('resource', 'delete') AND aliases ? o.patient_id
          OFFSET 0) n
    WHERE s.record = n.record AND s.ordinal = n.ordinal;
END $$;

COMMENT ON FUNCTION _pgclinical.follow_aliases(text, text[]) IS
'makes what pg_temp.pgclinical_said says under a server''s id of a patient a statement about the patient that the id stands for (one of locked; NULL: any)';

REVOKE ALL ON FUNCTION _pgclinical.follow_aliases(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.follow_aliases(text, text[]) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.recall_deletions(warehouse text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    INSERT INTO pg_temp.pgclinical_said
        (record, ordinal, feed, kind, patient_id, resource_type, id, event_time, tie, parents)
    SELECT o.record, o.ordinal, o.feed, 'delete', s.patient_id, o.resource_type, o.id,
           coalesce(o.event_time, '-infinity'), o.tie, '{}'
    FROM (SELECT DISTINCT n.patient_id, n.resource_type, n.id, n.feed FROM pg_temp.pgclinical_said n
          WHERE n.kind = 'resource' AND n.patient_id <> '') s
    JOIN resource_source o ON o.patient_id = '' AND o.resource_type = s.resource_type
        AND o.id = s.id AND o.deleted AND o.feed = s.feed
    WHERE NOT EXISTS (SELECT FROM pg_temp.pgclinical_said k
                      WHERE k.kind = 'delete' AND k.patient_id = s.patient_id
                        AND k.record = o.record AND k.ordinal = o.ordinal)
      AND NOT EXISTS (SELECT FROM resource_source k
                      WHERE k.patient_id = s.patient_id AND k.resource_type = o.resource_type
                        AND k.id = o.id AND k.record = o.record AND k.ordinal = o.ordinal);
END $$;

COMMENT ON FUNCTION _pgclinical.recall_deletions(text) IS
'says earlier deletions of what pg_temp.pgclinical_said says, for the patients that it belongs to';

REVOKE ALL ON FUNCTION _pgclinical.recall_deletions(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.recall_deletions(text) TO pgclinical_etl;

-- A deletion stays known under no patient, so that a version that it deletes may come later.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.spread_deletions(warehouse text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    types text[];
    type text;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    SELECT array_agg(DISTINCT s.resource_type) INTO types FROM pg_temp.pgclinical_said s
    WHERE s.kind = 'delete' AND s.patient_id = ''
      AND s.resource_type = ANY (_pgclinical.patient_types());
    -- Who deletes sees all that others have said, and they see the deletion.
    IF types IS NULL THEN
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended('pgclinical deletions', n.oid::bigint))
        FROM pg_namespace n WHERE n.nspname = warehouse;
    ELSE
        PERFORM _pgclinical.lock_warehouse(warehouse, 'deletions');
    END IF;

    FOREACH type IN ARRAY coalesce(types, '{}') LOOP
        EXECUTE format($sql$
            INSERT INTO pg_temp.pgclinical_said
                (record, ordinal, feed, kind, patient_id, resource_type, id, event_time, tie, parents)
            SELECT DISTINCT s.record, s.ordinal, s.feed, s.kind, o.patient_id, s.resource_type, s.id,
                   s.event_time, s.tie, '{}'::text[]
            FROM pg_temp.pgclinical_said s
            JOIN (SELECT r.id, r.patient_id FROM %1$I r
                  UNION SELECT p.id, p.patient_id FROM parked p WHERE p.resource_type = %2$L
                  UNION SELECT n.id, n.patient_id FROM pg_temp.pgclinical_said n
                  WHERE n.resource_type = %2$L AND n.kind = 'resource') o USING (id)
            WHERE s.kind = 'delete' AND s.patient_id = '' AND s.resource_type = %2$L
              AND o.patient_id <> ''
            $sql$, _pgclinical.leaf_name(type), type);
    END LOOP;

    PERFORM _pgclinical.recall_deletions(warehouse);
END $$;

COMMENT ON FUNCTION _pgclinical.spread_deletions(text) IS
'says deletions of pg_temp.pgclinical_said, and earlier ones of what it says, for the patients that the resources belong to';

REVOKE ALL ON FUNCTION _pgclinical.spread_deletions(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.spread_deletions(text) TO pgclinical_etl;
