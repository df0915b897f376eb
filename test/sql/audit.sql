-- The audit trail: one event for each statement that changes rows, in its transaction.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_audit_owner LOGIN;
CREATE ROLE regress_audit_clerk;
CREATE ROLE regress_audit_auditor;
GRANT pgclinical_etl TO regress_audit_owner;
GRANT pgclinical_auditor TO regress_audit_auditor;
GRANT regress_audit_clerk TO regress_audit_owner;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_audit_owner', current_database()) \gexec

SET SESSION AUTHORIZATION regress_audit_owner;
SELECT pgclinical.create_warehouse('ehr_audited');
GRANT USAGE ON SCHEMA ehr_audited TO regress_audit_clerk;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ehr_audited TO regress_audit_clerk;
RESET SESSION AUTHORIZATION;
CREATE TEMP VIEW events AS
SELECT statement, nullif(login_role, session_user) AS login_role,
    nullif(acting_role, session_user) AS acting_role, kind, rel, relation, rows, run, detail
FROM pgclinical_audit.event WHERE warehouse = 'ehr_audited' ORDER BY event;
SELECT * FROM events;
SELECT count(*) AS first FROM events \gset

-- Root and partition, by whichever name; a loop of statements; nothing for no rows.
SET SESSION AUTHORIZATION regress_audit_owner;
BEGIN;
SELECT _pgclinical.set_run(42);
INSERT INTO ehr_audited.resource (resource_type, id, patient_id, hash, resource)
SELECT t, g, 'p1', '\x', '{}' FROM unnest(ARRAY['Observation', 'Condition']) t, generate_series(1, 3) g;
INSERT INTO ehr_audited.observation (resource_type, id, patient_id, hash, resource)
VALUES ('Observation', 'x', 'p1', '\x', '{}');
SET LOCAL ROLE regress_audit_clerk;
UPDATE ehr_audited.resource SET version = 2 WHERE patient_id = 'p1';
UPDATE ehr_audited.condition SET version = 3 WHERE patient_id = 'p2';
COMMIT;
COPY ehr_audited.code_map (kind, source_code, code) FROM stdin;
gender	X1	male
gender	X2	female
\.
INSERT INTO ehr_audited.code_map (kind, source_code, code) VALUES ('gender', 'X2', 'female')
ON CONFLICT DO NOTHING;
BEGIN;
DELETE FROM ehr_audited.code_map;
ROLLBACK;
BEGIN;
DELETE FROM ehr_audited.code_map WHERE source_code = 'X1';
SAVEPOINT s;
DELETE FROM ehr_audited.code_map;
ROLLBACK TO s;
TRUNCATE ehr_audited.condition;
COMMIT;
-- Who skips ordinary triggers does not skip these.
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
INSERT INTO ehr_audited.record (feed, file, byte_offset, ordinal, received, format, sha256, raw)
VALUES (1, 1, 0, 1, '2020-01-01', 'hl7v2', '\x', '\x');
INSERT INTO ehr_audited.record_default (feed, file, byte_offset, ordinal, received, format, sha256, raw)
VALUES (1, 1, 0, 2, '2020-01-01', 'hl7v2', '\x', '\x');
RESET session_replication_role;
SELECT * FROM events OFFSET :first;

-- A foreign key that cascades is a statement as well, and a changed row is an event of its table.
BEGIN;
INSERT INTO ehr_audited.expectation (expectation, query) VALUES ('none', 'SELECT');
INSERT INTO ehr_audited.expectation_result (expectation, passed) VALUES ('none', true), ('none', true);
DELETE FROM ehr_audited.expectation;
SELECT kind, rel, rows FROM events WHERE rel LIKE 'expectation%';
ROLLBACK;

-- The trail belongs to nobody who changes data.
SET SESSION AUTHORIZATION regress_audit_owner;
SELECT * FROM pgclinical_audit.event;
INSERT INTO pgclinical_audit.event SELECT;
DELETE FROM pgclinical_audit.event;
SELECT nextval('pgclinical_audit.event_number');
SET SESSION AUTHORIZATION regress_audit_auditor;
SELECT count(*) > 0 AS readable FROM pgclinical_audit.event;
UPDATE pgclinical_audit.event SET rows = 0;
CREATE TRIGGER t AFTER INSERT ON pgclinical_audit.event EXECUTE FUNCTION suppress_redundant_updates_trigger();
RESET SESSION AUTHORIZATION;
UPDATE pgclinical_audit.event SET rows = 0;
DELETE FROM pgclinical_audit.event;
TRUNCATE pgclinical_audit.event;
SET session_replication_role = replica;
DELETE FROM pgclinical_audit.event;
RESET session_replication_role;

-- Acts of administration: closed kinds, each of its group, in a warehouse of the caller's.
SELECT count(*) AS first FROM events \gset
SET SESSION AUTHORIZATION regress_audit_owner;
SELECT _pgclinical.audit_event('maintain', 'ehr_audited', 'somewhere', 3, '{"findings": 0}') > 0 AS written;
SELECT _pgclinical.audit_event('release', 'ehr_audited');
SELECT _pgclinical.audit_event('insert', 'ehr_audited', 'patient', 1000000);
SELECT _pgclinical.audit_event('maintain', 'ehr_audited', detail => '[1]');
SELECT _pgclinical.audit_event('maintain', 'ehr_audited', detail => jsonb_build_object('note', repeat('x', 5000)));
SELECT _pgclinical.audit_event('maintain', NULL);
SELECT _pgclinical.audit_event('maintain', 'nowhere');
SELECT _pgclinical.audit_statement();
RESET SESSION AUTHORIZATION;
GRANT pgclinical_etl TO regress_audit_clerk;
SET ROLE regress_audit_clerk;
SELECT _pgclinical.audit_event('drop', 'ehr_audited');
SET SESSION AUTHORIZATION regress_audit_auditor;
SELECT _pgclinical.audit_event('maintain', 'ehr_audited');
SELECT _pgclinical.attach_audit('ehr_audited');
RESET SESSION AUTHORIZATION;
SELECT * FROM events OFFSET :first;
-- A trigger made by hand names its own schema and table, or is none that we know.
CREATE SCHEMA regress_forged AUTHORIZATION regress_audit_owner;
SET SESSION AUTHORIZATION regress_audit_owner;
CREATE TABLE regress_forged.patient (id int);
CREATE TRIGGER forged AFTER INSERT ON regress_forged.patient REFERENCING NEW TABLE AS n
FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.audit_statement('patient');
INSERT INTO regress_forged.patient VALUES (1);
CREATE TABLE regress_forged.anything (id int);
CREATE TRIGGER forged AFTER INSERT ON regress_forged.anything REFERENCING NEW TABLE AS n
FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.audit_statement('patient');
INSERT INTO regress_forged.anything VALUES (1);
CREATE TRIGGER forged_row AFTER INSERT ON regress_forged.patient
FOR EACH ROW EXECUTE FUNCTION _pgclinical.audit_statement('patient');
INSERT INTO regress_forged.patient VALUES (1);
RESET SESSION AUTHORIZATION;
SELECT warehouse, rel, relation FROM pgclinical_audit.event WHERE warehouse = 'regress_forged'
ORDER BY event;

-- The leaf covers every column: whichever is edited, it no longer fits.
DO $$
DECLARE
    whole pgclinical_audit.event;
    edited pgclinical_audit.event;
    edit record;
BEGIN
    SELECT * INTO STRICT whole FROM pgclinical_audit.event
    WHERE warehouse = 'ehr_audited' AND kind = 'maintain' AND detail IS NOT NULL;
    whole.client := '192.0.2.7';
    whole.relation := 'a_table';
    whole.run := 1;
    FOR edit IN SELECT * FROM (VALUES ('event', '1'), ('xid', '3'), ('statement', '9'),
        ('at', '2020-01-01'), ('login_role', 'somebody'), ('acting_role', 'somebody'), ('client', '192.0.2.8'),
        ('client', '192.0.2.7/24'), ('client', '::192.0.2.7'), ('client', NULL), ('backend', '1'),
        ('backend_started', '2020-01-01'), ('kind', 'chec'), ('warehouse', 'ehr_audite'), ('rel', 'somewher'),
        ('rel', ''), ('rel', NULL), ('relation', 'other'), ('relation', NULL), ('rows', '4'), ('rows', NULL),
        ('run', '0'), ('run', NULL), ('detail', '{"findings": 1}'), ('detail', '{"findings":0}'), ('detail', NULL)
    ) e (name, value) LOOP
        edited := whole;
        IF edit.name = 'detail' THEN
            edited.detail := edit.value;
        ELSE
            edited := jsonb_populate_record(whole, jsonb_build_object(edit.name, edit.value, 'detail', NULL));
            edited.detail := whole.detail;
        END IF;
        IF _pgclinical.audit_leaf(edited) = _pgclinical.audit_leaf(whole) THEN
            RAISE WARNING 'an edit of % does not show', edit.name;
        END IF;
    END LOOP;
    IF _pgclinical.audit_leaf(whole) <> _pgclinical.audit_leaf(whole) OR whole.leaf = _pgclinical.audit_leaf(whole) THEN
        RAISE WARNING 'the comparison is wrong';
    END IF;
    FOR edit IN SELECT attname FROM pg_attribute
        WHERE attrelid = 'pgclinical_audit.event'::regclass AND attnum > 0
            AND NOT attname = ANY ('{event,xid,statement,at,login_role,acting_role,client,backend,backend_started,kind,warehouse,rel,relation,rows,run,detail,leaf}')
    LOOP
        RAISE WARNING 'column % is not tried', edit.attname;
    END LOOP;
END $$;

-- What verification detects ...
SET SESSION AUTHORIZATION regress_audit_auditor;
SELECT item, state, regexp_replace(detail, '^\d+ ', '# ') AS detail
FROM pgclinical.verify_audit('ehr_audited');
RESET SESSION AUTHORIZATION;
ALTER TABLE pgclinical_audit.event DISABLE TRIGGER refuse_change;
SELECT min(event) AS victim FROM pgclinical_audit.event WHERE warehouse = 'ehr_audited' AND rows = 7 \gset
UPDATE pgclinical_audit.event SET rows = 6 WHERE event = :victim;
GRANT INSERT ON pgclinical_audit.event TO regress_audit_owner;
SET SESSION AUTHORIZATION regress_audit_owner;
ALTER TABLE ehr_audited.patient DISABLE TRIGGER pgclinical_audit_delete;
DROP TRIGGER pgclinical_audit_update ON ehr_audited.patient;
DROP TRIGGER pgclinical_audit_insert ON ehr_audited.observation;
CREATE TRIGGER pgclinical_audit_insert AFTER INSERT ON ehr_audited.observation
REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (false)
EXECUTE FUNCTION _pgclinical.audit_statement('observation');
ALTER TABLE ehr_audited.observation ENABLE ALWAYS TRIGGER pgclinical_audit_insert;
ALTER TABLE ehr_audited.resource DISABLE TRIGGER ALL;
ALTER TABLE ehr_audited.resource ENABLE TRIGGER ALL;
SET SESSION AUTHORIZATION regress_audit_auditor;
SELECT item, state, event = :victim AS victim,
    regexp_replace(detail, '^\d+ ', '# ') AS detail
FROM pgclinical.verify_audit('ehr_audited') WHERE state = 'broken';
RESET SESSION AUTHORIZATION;

-- ... and what maintenance repairs.
UPDATE pgclinical_audit.event SET rows = 7 WHERE event = :victim;
REVOKE INSERT ON pgclinical_audit.event FROM regress_audit_owner;
SET SESSION AUTHORIZATION regress_audit_owner;
SELECT item, state, regexp_replace(detail, '^\d+ audit', '# audit') AS detail
FROM pgclinical.maintain('ehr_audited');
SELECT item, state, regexp_replace(detail, '^\d+ audit', '# audit') AS detail
FROM pgclinical.maintain('ehr_audited');
SELECT * FROM pgclinical.upgrade_warehouse('ehr_audited');
SELECT * FROM pgclinical.maintain('nowhere');
RESET SESSION AUTHORIZATION;
SELECT DISTINCT state FROM pgclinical.verify_audit('ehr_audited') ORDER BY 1;
SELECT DISTINCT item, state FROM pgclinical.verify_audit('nowhere') WHERE state = 'broken';

-- A warehouse of a version that is not known is left alone.
INSERT INTO ehr_audited.schema_version VALUES ('99.0');
SELECT * FROM pgclinical.upgrade_warehouse('ehr_audited');

-- No event holds a value of a row.
SELECT count(*) AS leaks FROM pgclinical_audit.event e
WHERE e.warehouse = 'ehr_audited' AND to_jsonb(e)::text ~ 'X1|X2|p1';

SELECT pgclinical.drop_warehouse('ehr_audited', 'ehr_audited');
SELECT login_role, kind FROM events WHERE kind = 'drop';
DROP SCHEMA regress_forged CASCADE;
DROP VIEW events;
DROP OWNED BY regress_audit_owner, regress_audit_clerk, regress_audit_auditor;
DROP ROLE regress_audit_owner, regress_audit_clerk, regress_audit_auditor;
