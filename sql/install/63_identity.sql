-- identity: which patient_ids are one person
--
-- A patient_id never changes; identity says which person it stands for.  The person of a linked
-- group is the survivor of its merges, else its smallest patient_id: a function of the set of
-- links, so their order of arrival does not matter.  An unlink (A37) takes back the links (A24) that
-- are older than it; it is a row of identity_link, too.

-- Every writer takes the locks of what it writes, in one order, before it reads the state:
-- statements that follow see what an earlier holder committed, and nobody deadlocks.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.take_locks(warehouse text, keys text[])
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(k.key)
    FROM (SELECT DISTINCT hashtextextended(k.key, w.oid::bigint) AS key
          FROM unnest(keys) k(key), pg_namespace w WHERE w.nspname = warehouse
          ORDER BY key) k;
END $$;

COMMENT ON FUNCTION _pgclinical.take_locks(text, text[]) IS
'takes the transaction''s advisory locks of these patients or directory entries, in ascending order';

REVOKE ALL ON FUNCTION _pgclinical.take_locks(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.take_locks(text, text[]) TO pgclinical_etl;

-- One lock of the warehouse by its purpose: identity, plan.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.lock_warehouse(warehouse text, purpose text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('pgclinical ' || purpose, w.oid::bigint))
    FROM pg_namespace w WHERE w.nspname = warehouse;
END $$;

COMMENT ON FUNCTION _pgclinical.lock_warehouse(text, text) IS
'takes the transaction''s advisory lock for one purpose in this warehouse';

REVOKE ALL ON FUNCTION _pgclinical.lock_warehouse(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.lock_warehouse(text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.resolve_identity(warehouse text, patients text[])
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    changed bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.lock_warehouse(warehouse, 'identity');

    WITH RECURSIVE reached (seed, patient_id) AS (
        SELECT p.patient, p.patient
        FROM (SELECT DISTINCT unnest(patients) COLLATE "C") p(patient)
        UNION
        SELECT r.seed, l.neighbour
        -- One by one, each by its index: in a warehouse that has not been analyzed the planner
        -- takes links for few and compares all pairs.
        FROM reached r CROSS JOIN LATERAL (
            SELECT a.other, a.rule, a.event_time, a.tie FROM identity_link a
            WHERE a.patient_id = r.patient_id AND a.undone_at IS NULL
            UNION ALL
            SELECT b.patient_id, b.rule, b.event_time, b.tie FROM identity_link b
            WHERE b.other = r.patient_id AND b.undone_at IS NULL
            OFFSET 0
        ) l (neighbour, rule, event_time, tie)
        WHERE l.rule <> 'unlink'
          AND NOT (l.rule = 'link' AND EXISTS (
              SELECT FROM identity_link u
              WHERE u.rule = 'unlink' AND u.undone_at IS NULL
                AND (u.patient_id, u.other) IN ((r.patient_id, l.neighbour),
                                                (l.neighbour, r.patient_id))
                AND (coalesce(u.event_time, '-infinity'), u.tie)
                    > (coalesce(l.event_time, '-infinity'), l.tie)))
    ), member AS MATERIALIZED (
        SELECT r.patient_id, min(r.seed COLLATE "C") AS component FROM reached r GROUP BY r.patient_id
    ), merge AS MATERIALIZED (
        -- The later of two merges in opposite directions stands.
        SELECT m.component, l.patient_id AS survivor, l.other AS merged, l.event_time, l.tie
        FROM member m JOIN identity_link l ON l.patient_id = m.patient_id
        WHERE l.rule = 'merge' AND l.undone_at IS NULL AND NOT EXISTS (
            SELECT FROM identity_link back
            WHERE back.patient_id = l.other AND back.other = l.patient_id
              AND back.rule = 'merge' AND back.undone_at IS NULL
              AND (coalesce(back.event_time, '-infinity'), back.tie)
                  > (coalesce(l.event_time, '-infinity'), l.tie))
    ), survivor AS (
        -- One that was not itself merged away ...
        SELECT s.component, min(s.survivor COLLATE "C") AS person_id
        FROM merge s LEFT JOIN merge away
            ON away.component = s.component AND away.merged = s.survivor
        WHERE away.merged IS NULL GROUP BY s.component
    ), latest AS (
        -- ... in a longer circle, that of the last merge.
        SELECT DISTINCT ON (s.component) s.component, s.survivor AS person_id
        FROM merge s
        ORDER BY s.component, coalesce(s.event_time, '-infinity') DESC, s.tie DESC
    ), alias AS MATERIALIZED (
        -- A server's id is only another name of a patient: no person is known by it alone.
        SELECT m.patient_id AS alias, min(l.patient_id COLLATE "C") AS patient_id
        FROM member m JOIN identity_link l ON l.other = m.patient_id
        WHERE l.rule = 'server-id' AND l.undone_at IS NULL GROUP BY m.patient_id
    ), chosen AS (
        SELECT m.component, coalesce(max(s.person_id), max(l.person_id),
                                     min(m.patient_id COLLATE "C") FILTER (WHERE a.alias IS NULL),
                                     min(m.patient_id COLLATE "C")) AS person_id
        FROM member m LEFT JOIN survivor s USING (component) LEFT JOIN latest l USING (component)
        LEFT JOIN alias a ON a.alias = m.patient_id
        GROUP BY m.component
    ), person AS (
        SELECT c.component, coalesce(a.patient_id, c.person_id) AS person_id
        FROM chosen c LEFT JOIN alias a ON a.alias = c.person_id
    )
    UPDATE identity i SET person_id = p.person_id
    FROM member m JOIN person p USING (component)
    WHERE i.patient_id = m.patient_id AND i.person_id <> p.person_id;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;

COMMENT ON FUNCTION _pgclinical.resolve_identity(text, text[]) IS
'finds the persons of these patients and of all that are linked with them; returns how many changed';

REVOKE ALL ON FUNCTION _pgclinical.resolve_identity(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.resolve_identity(text, text[]) TO pgclinical_etl;

-- The last step of a batch.  Who adds a patient holds one of 256 locks, who links patients the one of
-- all links: patients who are only named by a link need not be locked from the beginning.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.identify(warehouse text, patients text[])
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    seen text[];
    linked text[];
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);

    -- Lists of identifiers are restated in every message: only what is new is written, and of a
    -- merge, a link or an unlink the latest time, which decides between opposite ones.
    DELETE FROM pg_temp.pgclinical_link;
    INSERT INTO pg_temp.pgclinical_link (patient_id, other, rule, event_time, tie, record)
    SELECT s.* FROM (
        SELECT DISTINCT ON (s.patient_id, s.id, rule)
               s.patient_id, s.id AS other, coalesce(s.resource ->> 'rule', 'link') AS rule,
               s.event_time, s.tie, s.record
        FROM pg_temp.pgclinical_said s
        WHERE s.kind = 'link' AND s.patient_id <> s.id
        ORDER BY s.patient_id, s.id, rule, s.event_time DESC, s.tie DESC
    ) s LEFT JOIN identity_link l USING (patient_id, other, rule)
    WHERE l.patient_id IS NULL
       OR (s.rule IN ('merge', 'link', 'unlink')
           AND (s.event_time, s.tie) > (coalesce(l.event_time, '-infinity'), l.tie));

    SELECT array_agg(n.patient ORDER BY n.patient) INTO seen
    FROM (SELECT unnest(patients) AS patient
          UNION SELECT l.other FROM pg_temp.pgclinical_link l) n
    WHERE NOT EXISTS (SELECT FROM identity i WHERE i.patient_id = n.patient);
    IF seen IS NULL AND NOT EXISTS (SELECT FROM pg_temp.pgclinical_link) THEN
        RETURN;
    END IF;

    PERFORM _pgclinical.take_locks(warehouse, array_agg(DISTINCT
        'identity ' || (hashtextextended(n.patient, 0) & 255))) FROM unnest(seen) n(patient);
    IF EXISTS (SELECT FROM pg_temp.pgclinical_link) THEN
        PERFORM _pgclinical.lock_warehouse(warehouse, 'identity');
    END IF;
    INSERT INTO identity (patient_id, person_id)
    SELECT n.patient, n.patient FROM unnest(seen) n(patient)
    ON CONFLICT DO NOTHING;
    WITH written AS (
        INSERT INTO identity_link AS l (patient_id, other, rule, event_time, tie, record)
        SELECT n.patient_id, n.other, n.rule, n.event_time, n.tie, n.record
        FROM pg_temp.pgclinical_link n
        ON CONFLICT (patient_id, other, rule) DO UPDATE
        SET event_time = excluded.event_time, tie = excluded.tie, record = excluded.record
        WHERE (excluded.event_time, excluded.tie) > (coalesce(l.event_time, '-infinity'), l.tie)
          AND l.rule IN ('merge', 'link', 'unlink')
        RETURNING l.patient_id, l.other
    )
    SELECT array_agg(DISTINCT p.patient) INTO linked
    FROM written w, unnest(ARRAY[w.patient_id, w.other]) p(patient);
    IF linked IS NOT NULL THEN
        PERFORM _pgclinical.resolve_identity(warehouse, linked);
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.identify(text, text[]) IS
'records patients and the links of pg_temp.pgclinical_said, and finds the persons of those that are newly linked';

REVOKE ALL ON FUNCTION _pgclinical.identify(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.identify(text, text[]) TO pgclinical_etl;

-- What a merge says of its two patients in their own resources (active, link) is as undone as the
-- link: it is taken out of the statements before they are folded.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.forget_undone(warehouse text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    IF NOT EXISTS (SELECT FROM identity_link i
                   WHERE i.undone_at IS NOT NULL AND i.rule = 'merge') THEN
        RETURN;
    END IF;
    WITH undone AS (
        SELECT s.record, s.ordinal, p.resource
        FROM pg_temp.pgclinical_said s,
             LATERAL (
                 SELECT jsonb_agg(e.link ORDER BY e.place) FILTER (WHERE NOT e.undone) AS links,
                        bool_or(e.undone AND e.link ->> 'type' = 'replaced-by') AS was_gone
                 FROM (SELECT l.link, l.place, EXISTS (
                           SELECT FROM identity_link i
                           WHERE i.rule = 'merge' AND i.undone_at IS NOT NULL
                             AND i.patient_id = CASE l.link ->> 'type' WHEN 'replaces' THEN s.id
                                 ELSE substr(l.link #>> '{other,reference}', 9) END
                             AND i.other = CASE l.link ->> 'type' WHEN 'replaced-by' THEN s.id
                                 ELSE substr(l.link #>> '{other,reference}', 9) END
                       ) AS undone
                       FROM jsonb_array_elements(s.resource -> 'link')
                           WITH ORDINALITY l(link, place)) e
                 HAVING bool_or(e.undone)
             ) f,
             LATERAL (
                 SELECT jsonb_strip_nulls(jsonb_build_object('link', f.links))
                        || (s.resource - 'link'
                            - CASE WHEN f.was_gone THEN 'active' ELSE '' END) AS resource
             ) p
        WHERE s.kind = 'resource' AND s.resource_type = 'Patient' AND s.resource ? 'link'
    )
    UPDATE pg_temp.pgclinical_said s
    SET resource = u.resource, hash = _pgclinical.content_hash(u.resource)
    FROM undone u WHERE s.record = u.record AND s.ordinal = u.ordinal;
END $$;

COMMENT ON FUNCTION _pgclinical.forget_undone(text) IS
'takes merges that an administrator has undone out of the Patients in pg_temp.pgclinical_said';

REVOKE ALL ON FUNCTION _pgclinical.forget_undone(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.forget_undone(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.unlink_patient(warehouse text, patient_id text, other text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    undone bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.take_locks(warehouse, ARRAY[unlink_patient.patient_id,
                                                       unlink_patient.other]);
    UPDATE identity_link l SET undone_at = now(), undone_by = current_user
    WHERE undone_at IS NULL
      AND (l.patient_id, l.other) IN ((unlink_patient.patient_id, unlink_patient.other),
                                      (unlink_patient.other, unlink_patient.patient_id));
    GET DIAGNOSTICS undone = ROW_COUNT;
    PERFORM _pgclinical.resolve_identity(warehouse, ARRAY[unlink_patient.patient_id,
                                                          unlink_patient.other]);
    RETURN undone;
END $$;

COMMENT ON FUNCTION pgclinical.unlink_patient(text, text, text) IS
'undoes the links between two patient_ids that messages made, and finds their persons anew; a link that was undone stays undone when messages state it again; returns how many links it undid';

REVOKE ALL ON FUNCTION pgclinical.unlink_patient(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.unlink_patient(text, text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.link_patient(warehouse text, patient_id text, other text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    known bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    SELECT count(*) INTO known FROM identity i
    WHERE i.patient_id IN (link_patient.patient_id, link_patient.other);
    IF known <> 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'two different patients of the warehouse are needed';
    END IF;
    PERFORM _pgclinical.take_locks(warehouse, ARRAY[link_patient.patient_id,
                                                       link_patient.other]);
    INSERT INTO identity_link AS l (patient_id, other, rule, event_time, tie)
    VALUES (link_patient.patient_id, link_patient.other, 'manual', now(), '')
    ON CONFLICT (patient_id, other, rule) DO UPDATE
    SET event_time = excluded.event_time, undone_at = NULL, undone_by = NULL;
    PERFORM _pgclinical.resolve_identity(warehouse, ARRAY[link_patient.patient_id]);
END $$;

COMMENT ON FUNCTION pgclinical.link_patient(text, text, text) IS
'says by an administrator''s word that two patient_ids are one person (unlink_patient undoes it); 22023 unless both are known and different';

REVOKE ALL ON FUNCTION pgclinical.link_patient(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.link_patient(text, text, text) TO pgclinical_etl;
