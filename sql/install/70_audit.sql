-- audit: who changed what and when, one row per statement, in the same transaction
--
-- The trail is not the warehouse owner's: it lies in a schema of role pgclinical_owner and is
-- written by the C functions below alone, which act as that role for the one insert.

-- Availability: 0.1.0
CREATE SCHEMA pgclinical_audit AUTHORIZATION pgclinical_owner;
COMMENT ON SCHEMA pgclinical_audit IS
'pgclinical: the audit trail, written by triggers and functions of the extension only';
GRANT USAGE ON SCHEMA pgclinical_audit TO pgclinical_auditor;

-- Availability: 0.1.0
CREATE SEQUENCE pgclinical_audit.event_number;
ALTER SEQUENCE pgclinical_audit.event_number OWNER TO pgclinical_owner;
SELECT pg_catalog.pg_extension_config_dump('pgclinical_audit.event_number', '');

-- Availability: 0.1.0
CREATE TABLE pgclinical_audit.event (
    event           bigint PRIMARY KEY,
    xid             xid8 NOT NULL,
    statement       int NOT NULL,
    at              timestamptz NOT NULL,
    login_role      name NOT NULL,
    acting_role     name NOT NULL,
    client          inet,
    backend         int NOT NULL,
    backend_started timestamptz NOT NULL,
    kind            text NOT NULL,
    warehouse       name NOT NULL,
    rel             text,
    relation        name,
    rows            bigint,
    run             bigint,
    detail          json,
    leaf            bytea NOT NULL
);
ALTER TABLE pgclinical_audit.event OWNER TO pgclinical_owner;
SELECT pg_catalog.pg_extension_config_dump('pgclinical_audit.event', '');
GRANT SELECT ON pgclinical_audit.event TO pgclinical_auditor;

COMMENT ON SEQUENCE pgclinical_audit.event_number IS
'numbers of audit events; what is rolled back leaves a gap, so a gap alone proves nothing';
COMMENT ON TABLE pgclinical_audit.event IS
'changes of warehouses (kind insert, update, delete, truncate: one row per statement that changed rows) and acts of administration; holds no value of any row';
COMMENT ON COLUMN pgclinical_audit.event.xid IS 'the transaction, in the server where it ran';
COMMENT ON COLUMN pgclinical_audit.event.statement IS 'order of events within the transaction';
COMMENT ON COLUMN pgclinical_audit.event.at IS 'the server''s clock when the statement ended';
COMMENT ON COLUMN pgclinical_audit.event.login_role IS 'session_user: who logged in';
COMMENT ON COLUMN pgclinical_audit.event.acting_role IS 'current_user: whose rights were used';
COMMENT ON COLUMN pgclinical_audit.event.client IS
'the client''s address; NULL for local sockets and background workers';
COMMENT ON COLUMN pgclinical_audit.event.rel IS
'the table''s logical name: a partition by time goes by the name of its root';
COMMENT ON COLUMN pgclinical_audit.event.relation IS 'the table that the statement named';
COMMENT ON COLUMN pgclinical_audit.event.rows IS 'how many rows; NULL for truncate';
COMMENT ON COLUMN pgclinical_audit.event.run IS 'the run that the loader said it worked for';
COMMENT ON COLUMN pgclinical_audit.event.detail IS
'facts about the act, without values; json keeps the bytes that the leaf was made from';
COMMENT ON COLUMN pgclinical_audit.event.leaf IS
'SHA-256 over the other columns in canonical form (docs/audit.md)';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.audit_refuse()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
        MESSAGE = 'audit events are never changed or removed';
END $$;

COMMENT ON FUNCTION _pgclinical.audit_refuse() IS
'trigger function: refuses UPDATE, DELETE and TRUNCATE of audit events with 42501';

REVOKE ALL ON FUNCTION _pgclinical.audit_refuse() FROM PUBLIC;

CREATE TRIGGER refuse_change
BEFORE UPDATE OR DELETE OR TRUNCATE ON pgclinical_audit.event
FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.audit_refuse();
ALTER TABLE pgclinical_audit.event ENABLE ALWAYS TRIGGER refuse_change;
COMMENT ON TRIGGER refuse_change ON pgclinical_audit.event IS
'stops those whom privileges do not stop: the owner and superusers, until they disable it';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.audit_statement()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.audit_statement() IS
'trigger function: writes one audit event for a statement that changed rows; its argument is the table''s logical name; the warehouse is the table''s schema';

REVOKE ALL ON FUNCTION _pgclinical.audit_statement() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.audit_statement() TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.audit_event(
    kind text, warehouse text, rel text DEFAULT NULL, rows bigint DEFAULT NULL,
    detail jsonb DEFAULT NULL
)
RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.audit_event(text, text, text, bigint, jsonb) IS
'writes an audit event for an act of administration and gives its number; kind: create, drop, maintain, upgrade (pgclinical_etl with CREATE on the warehouse''s schema), attest, release, crosswalk (pgclinical_releaser with USAGE on it, while the verb runs); detail: an object of facts without values, at most 4096 bytes';

REVOKE ALL ON FUNCTION _pgclinical.audit_event(text, text, text, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.audit_event(text, text, text, bigint, jsonb)
    TO pgclinical_etl, pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.set_run(run bigint)
RETURNS void
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.set_run(bigint) IS
'audit events of the rest of this transaction carry this run''s number; NULL takes it back';

REVOKE ALL ON FUNCTION _pgclinical.set_run(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.set_run(bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.audit_leaf(event pgclinical_audit.event)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.audit_leaf(pgclinical_audit.event) IS
'the leaf that this event must have, computed from its other columns';

REVOKE ALL ON FUNCTION _pgclinical.audit_leaf(pgclinical_audit.event) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.audit_leaf(pgclinical_audit.event) TO pgclinical_auditor;

-- A statement fires the triggers of the table it names alone, root or partition: each has its own.
-- run and batch only say how far the loader is; run's rows are a journal themselves.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.audit_triggers(
    warehouse text,
    OUT relation regclass, OUT rel text, OUT operation text, OUT state text, OUT mine boolean
)
RETURNS SETOF record
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 400
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH tables AS (
        SELECT c.oid, c.relowner,
            CASE WHEN p.partstrat = 'r' THEN parent.relname ELSE c.relname END::text AS rel
        FROM pg_namespace n
            JOIN pg_class c ON c.relnamespace = n.oid
            LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
            LEFT JOIN pg_class parent ON parent.oid = i.inhparent
            LEFT JOIN pg_partitioned_table p ON p.partrelid = parent.oid
        WHERE n.nspname = warehouse AND c.relkind IN ('r', 'p')
            AND c.relname NOT IN ('run', 'batch')
    ), operations (operation, type, changed) AS (
        VALUES ('insert', 4, 'new'), ('delete', 8, 'old'), ('update', 16, 'new'),
            ('truncate', 32, NULL)
    )
    SELECT t.oid, t.rel, o.operation,
        CASE
            WHEN g.oid IS NULL THEN 'missing'
            WHEN g.tgfoid <> '_pgclinical.audit_statement()'::regprocedure OR g.tgtype <> o.type
                OR g.tgqual IS NOT NULL OR g.tgattr::text <> ''
                OR g.tgargs <> convert_to(t.rel, getdatabaseencoding()) || '\x00'::bytea
                OR (o.changed = 'new' AND g.tgnewtable IS NULL)
                OR (o.changed = 'old' AND g.tgoldtable IS NULL) THEN 'altered'
            WHEN g.tgenabled = 'A' THEN 'ok'
            WHEN g.tgenabled = 'D' THEN 'disabled'
            ELSE 'not always'
        END,
        pg_has_role(t.relowner, 'USAGE')
    FROM tables t CROSS JOIN operations o
        LEFT JOIN pg_trigger g ON g.tgrelid = t.oid AND g.tgname = 'pgclinical_audit_' || o.operation
    ORDER BY t.oid::regclass::text, o.type;
END;

COMMENT ON FUNCTION _pgclinical.audit_triggers(text) IS
'the audit trigger that each table of the warehouse must have, and its state: ok, missing, altered, disabled, or not always (skipped when session_replication_role is replica); mine: the caller may repair it';

REVOKE ALL ON FUNCTION _pgclinical.audit_triggers(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.audit_triggers(text)
    TO pgclinical_etl, pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.attach_audit(warehouse text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t record;
    repaired bigint := 0;
BEGIN
    FOR t IN SELECT * FROM _pgclinical.audit_triggers(warehouse) x
        WHERE x.state <> 'ok' AND x.mine
    LOOP
        IF t.state = 'altered' THEN
            EXECUTE format('DROP TRIGGER %I ON %s', 'pgclinical_audit_' || t.operation, t.relation);
        END IF;
        IF t.state IN ('missing', 'altered') THEN
            EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT '
                    'EXECUTE FUNCTION _pgclinical.audit_statement(%L)',
                'pgclinical_audit_' || t.operation, t.operation, t.relation,
                CASE t.operation WHEN 'delete' THEN 'REFERENCING OLD TABLE AS changed'
                    WHEN 'truncate' THEN '' ELSE 'REFERENCING NEW TABLE AS changed' END,
                t.rel);
        END IF;
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I',
            t.relation, 'pgclinical_audit_' || t.operation);
        repaired := repaired + 1;
    END LOOP;
    RETURN repaired;
END $$;

COMMENT ON FUNCTION _pgclinical.attach_audit(text) IS
'makes and repairs the audit triggers of every table of the warehouse that the caller owns; returns how many it touched';

REVOKE ALL ON FUNCTION _pgclinical.attach_audit(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.attach_audit(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.audit_guards(OUT guard text, OUT state text)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE COST 100 ROWS 4
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH relations AS (
        SELECT c.relowner, c.relacl, pg_get_userbyid(c.relowner) AS owner
        FROM pg_class c
        WHERE c.oid IN ('pgclinical_audit.event'::regclass,
                        'pgclinical_audit.event_number'::regclass)
    )
    SELECT 'trigger refuse_change', CASE
        WHEN count(*) = 0 THEN 'missing'
        WHEN bool_and(g.tgenabled = 'A'
            AND g.tgfoid = '_pgclinical.audit_refuse()'::regprocedure) THEN 'ok'
        ELSE 'not always' END
    FROM pg_trigger g
    WHERE g.tgrelid = 'pgclinical_audit.event'::regclass AND g.tgname = 'refuse_change'
    UNION ALL
    SELECT 'owner', CASE WHEN bool_and(r.owner = 'pgclinical_owner') THEN 'ok' ELSE 'changed' END
    FROM relations r
    UNION ALL
    SELECT 'privileges', CASE WHEN count(*) = 0 THEN 'ok' ELSE 'too many' END
    FROM relations r, aclexplode(r.relacl) a
    WHERE a.grantee <> r.relowner
        AND NOT (a.privilege_type = 'SELECT' AND a.grantee <> 0
                 AND pg_get_userbyid(a.grantee) = 'pgclinical_auditor')
    UNION ALL
    SELECT 'members of pgclinical_owner', CASE WHEN count(*) = 0 THEN 'ok' ELSE 'some' END
    FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
    WHERE r.rolname = 'pgclinical_owner';
END;

COMMENT ON FUNCTION _pgclinical.audit_guards() IS
'what keeps others from writing the trail, and its state: the trigger that refuses changes, the owner, who else has privileges (only pgclinical_auditor, to read), who is a member of pgclinical_owner (nobody)';

REVOKE ALL ON FUNCTION _pgclinical.audit_guards() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.audit_guards()
    TO pgclinical_etl, pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.verify_audit(
    warehouse text, OUT item text, OUT state text, OUT event bigint, OUT detail text
)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    checked bigint;
    broken bigint[];
    bad bigint;
    triggers bigint;
BEGIN
    SELECT count(*), array_agg(e.event ORDER BY e.event) FILTER (
            WHERE e.leaf <> _pgclinical.audit_leaf(e))
        INTO checked, broken
        FROM pgclinical_audit.event e WHERE e.warehouse = verify_audit.warehouse;
    item := 'events';
    state := CASE WHEN broken IS NULL THEN 'ok' ELSE 'broken' END;
    detail := format('%s events, %s do not match their leaf', checked,
        coalesce(cardinality(broken), 0));
    RETURN NEXT;
    RETURN QUERY SELECT 'event', 'broken', b, 'a column was changed after the event was written'
        FROM unnest(broken) b;

    SELECT count(*), count(*) FILTER (WHERE t.state <> 'ok') INTO triggers, bad
        FROM _pgclinical.audit_triggers(warehouse) t;
    item := 'triggers';
    state := CASE WHEN bad = 0 AND triggers > 0 THEN 'ok' ELSE 'broken' END;
    detail := CASE WHEN triggers = 0 THEN 'there is no such schema, or it has no tables'
        ELSE format('%s triggers, %s do not write events as they must', triggers, bad) END;
    RETURN NEXT;
    RETURN QUERY SELECT 'trigger', 'broken', NULL::bigint,
            format('%s, %s: %s', t.relation, t.operation, t.state)
        FROM _pgclinical.audit_triggers(warehouse) t WHERE t.state <> 'ok';

    RETURN QUERY SELECT 'trail', CASE g.state WHEN 'ok' THEN 'ok' ELSE 'broken' END, NULL::bigint,
            format('%s: %s', g.guard, g.state)
        FROM _pgclinical.audit_guards() g;

    item := 'limits';
    state := 'note';
    detail := 'Not detected in this version: events that were removed, or written anew with a leaf '
        'that fits, by a superuser; changes made while a trigger was disabled; dropped tables.';
    RETURN NEXT;
END $$;

COMMENT ON FUNCTION pgclinical.verify_audit(text) IS
'checks a warehouse''s audit trail: that each event still has the leaf made when it was written (detects edited events), that every table has its triggers enabled always, that nobody but the extension can write the trail; state is ok, broken or note. It cannot detect events that were removed, or forged whole by a superuser: that shows once a later version seals and anchors the trail. Needs pgclinical_auditor';

REVOKE ALL ON FUNCTION pgclinical.verify_audit(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.verify_audit(text) TO pgclinical_auditor;
