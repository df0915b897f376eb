-- maintain: keeping a warehouse healthy, and bringing its tables to a new version

-- The trail's owner is nobody's to be, so this one repair is the extension's.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.repair_audit_guards()
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    ALTER TABLE pgclinical_audit.event ENABLE ALWAYS TRIGGER refuse_change;
END $$;

COMMENT ON FUNCTION _pgclinical.repair_audit_guards() IS
'enables the trigger that refuses changes of audit events, always: a restore with --disable-triggers leaves it skippable';

REVOKE ALL ON FUNCTION _pgclinical.repair_audit_guards() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.repair_audit_guards() TO pgclinical_etl;

-- Each version of the extension, oldest first, and the function that brings the tables of a
-- warehouse from the version before to it; NULL when no table changed.  An upgrade script replaces
-- this function with a longer one.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.warehouse_steps(
    OUT place int, OUT version text, OUT step regprocedure
)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 1 ROWS 10
BEGIN ATOMIC
    VALUES (1, '0.1.0', NULL::regprocedure);
END;

COMMENT ON FUNCTION _pgclinical.warehouse_steps() IS
'versions of the extension in order, each with the function (warehouse text) that changes a warehouse''s tables for it, if any';

REVOKE ALL ON FUNCTION _pgclinical.warehouse_steps() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.warehouse_steps() TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.warehouse_place(warehouse text)
RETURNS int
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place int;
    unknown boolean;
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    EXECUTE format('SELECT max(s.place), coalesce(bool_or(s.place IS NULL), true) '
            'FROM %I.schema_version v LEFT JOIN _pgclinical.warehouse_steps() s USING (version)',
            warehouse)
        INTO place, unknown;
    IF unknown THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('warehouse "%s" is of a version that this extension does not know',
                warehouse),
            HINT = 'Use ALTER EXTENSION pgclinical UPDATE first.';
    END IF;
    RETURN place;
END $$;

COMMENT ON FUNCTION _pgclinical.warehouse_place(text) IS
'place of the warehouse''s version in _pgclinical.warehouse_steps(); 55000 when it was made by a later version';

REVOKE ALL ON FUNCTION _pgclinical.warehouse_place(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.warehouse_place(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.upgrade_warehouse(
    name text, OUT version text, OUT state text
)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 1
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    next record;
    done int := 0;
BEGIN
    PERFORM _pgclinical.warehouse_path(name);
    EXECUTE format('LOCK TABLE %I.schema_version IN EXCLUSIVE MODE', name);
    FOR next IN SELECT * FROM _pgclinical.warehouse_steps() s
        WHERE s.place > _pgclinical.warehouse_place(name) ORDER BY s.place
    LOOP
        IF next.step IS NOT NULL THEN
            EXECUTE format('SELECT %s($1)', next.step::oid::regproc) USING name;
        END IF;
        EXECUTE format('INSERT INTO %I.schema_version (version) VALUES ($1)', name)
            USING next.version;
        version := next.version;
        state := CASE WHEN next.step IS NULL THEN 'no table changed' ELSE 'upgraded' END;
        done := done + 1;
        RETURN NEXT;
    END LOOP;
    IF done > 0 THEN
        PERFORM _pgclinical.attach_audit(name);
        PERFORM _pgclinical.audit_event('upgrade', name, NULL, done,
            jsonb_build_object('version', version));
    END IF;
END $$;

COMMENT ON FUNCTION pgclinical.upgrade_warehouse(text) IS
'brings a warehouse''s tables to the extension''s version after ALTER EXTENSION pgclinical UPDATE, one row for each version stepped through, none when it is there already; needs to own the warehouse';

REVOKE ALL ON FUNCTION pgclinical.upgrade_warehouse(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.upgrade_warehouse(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.maintain(
    warehouse text, OUT item text, OUT state text, OUT detail text
)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 5
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    partitions int;
    repaired bigint;
    triggers bigint;
    broken bigint;
    strays bigint;
    guards text;
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);

    partitions := _pgclinical.make_record_partitions(warehouse, 3);
    EXECUTE format('SELECT count(*) FROM %I.record_default', warehouse) INTO strays;
    item := 'partitions';
    state := CASE WHEN partitions > 0 THEN 'repaired' ELSE 'ok' END;
    detail := format('%s made, %s records outside the monthly ones', partitions, strays);
    RETURN NEXT;

    repaired := _pgclinical.attach_audit(warehouse);
    SELECT count(*), count(*) FILTER (WHERE t.state <> 'ok') INTO triggers, broken
        FROM _pgclinical.audit_triggers(warehouse) t;
    item := 'triggers';
    state := CASE WHEN broken > 0 THEN 'broken' WHEN repaired > 0 THEN 'repaired' ELSE 'ok' END;
    detail := format('%s audit triggers, %s repaired, %s on tables of another owner need it',
        triggers, repaired, broken);
    RETURN NEXT;

    item := 'trail';
    state := 'ok';
    IF EXISTS (SELECT FROM _pgclinical.audit_guards() g
               WHERE g.guard = 'trigger refuse_change' AND g.state = 'not always') THEN
        PERFORM _pgclinical.repair_audit_guards();
        state := 'repaired';
    END IF;
    SELECT string_agg(format('%s: %s', g.guard, g.state), ', ') INTO guards
        FROM _pgclinical.audit_guards() g WHERE g.state <> 'ok';
    IF guards IS NOT NULL THEN
        state := 'broken';
    END IF;
    detail := coalesce(guards, 'only the extension writes audit events');
    RETURN NEXT;

    item := 'version';
    SELECT CASE WHEN s.place > _pgclinical.warehouse_place(warehouse) THEN 'outdated' ELSE 'ok' END,
            CASE WHEN s.place > _pgclinical.warehouse_place(warehouse)
                THEN 'use pgclinical.upgrade_warehouse' ELSE 'tables are of version ' || s.version END
        INTO state, detail
        FROM _pgclinical.warehouse_steps() s ORDER BY s.place DESC LIMIT 1;
    RETURN NEXT;

    IF partitions > 0 OR repaired > 0 THEN
        PERFORM _pgclinical.audit_event('maintain', warehouse, NULL, NULL,
            jsonb_build_object('partitions', partitions, 'triggers', repaired));
    END IF;
END $$;

COMMENT ON FUNCTION pgclinical.maintain(text) IS
'makes the monthly partitions of record for the next three months, makes and repairs audit triggers (a restore with --disable-triggers leaves them skippable) and says what it found: state is ok, repaired, broken (not the caller''s to repair) or outdated; removes nothing; needs to own the warehouse';

REVOKE ALL ON FUNCTION pgclinical.maintain(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.maintain(text) TO pgclinical_etl;
