-- release: a de-identified copy of a warehouse, or nothing at all
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_releaser;
CREATE ROLE regress_recipient;
CREATE ROLE regress_stranger;
GRANT pgclinical_etl, pgclinical_releaser TO regress_releaser;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_releaser', current_database()) \gexec
SELECT current_setting('data_directory') AS data \gset

SET ROLE regress_releaser;
CREATE SCHEMA scratch;
SELECT pgclinical.create_warehouse('clinic');
INSERT INTO clinic.feed (name, server, path, format) VALUES ('adt', 'none', 'none', 'hl7v2');
INSERT INTO clinic.record (feed, file, byte_offset, ordinal, format, sha256, raw)
SELECT 1, 1, 0, n, 'hl7v2', '\x00', convert_to(replace(message, E'\n', E'\r'), 'UTF8')
FROM (VALUES (1,
E'MSH|^~\\&|ADT|CLINIC|||20210304050607||ADT^A01|CTRL00012|P|2.5.1
PID|1||7788990^^^CLINIC^MR~123-45-6789^^^SSA^SS||Zandtvoort^Ottoline^Q||19300908|F||' ||
E'2106-3^White^HL70005|12 Quince Street^^Quahogport^RI^02907||(401)555-0199^PRN^PH^ottoline@mailbox.example~4015550100^WPN^FX|||||ACC5544332||L9988776
NK1|1|Perrywinkle^Bess|SPO
PV1|1|I|WARD^1^2||||||||||||||||V998877^^^CLINIC^VN
IN1|1|PLAN|INS|||||||||||||||||||||||||||||||||POL7654321
OBX|1|TX|NOTE||see https://portal.example/zandt from 192.168.77.12|||||||||||||DEV4455667'), (2,
E'MSH|^~\\&|LAB|CLINIC|||20210305050607||ORU^R01|CTRL00013|P|2.5.1
PID|1||5566778^^^CLINIC^MR||White^Mary||19800312|F
OBR|1|PLC77001|FIL88002|24323-8^Panel^LN|||20210305
OBX|1|NM|8480-6^Systolic^LN||120|mm[Hg]|||||F|||20210305')) AS r(n, message);
INSERT INTO clinic.identity VALUES ('p1', 'p1'), ('p2', 'p2'), ('p3', 'p2');
INSERT INTO clinic.resource (resource_type, id, patient_id, record, hash, resource)
SELECT resource ->> 'resourceType', resource ->> 'id', patient_id, record, '\x00', resource
FROM (VALUES ('p1', 1, '{"resourceType": "Patient", "id": "p1", "gender": "female",
    "birthDate": "1930-09-08", "name": [{"family": "Zandtvoort", "given": ["Ottoline", "Q"]}],
    "identifier": [{"value": "7788990"}], "address": [{"line": ["12 Quince Street"],
    "city": "Quahogport", "state": "RI", "postalCode": "02907"}]}'::jsonb),
('p2', 2, '{"resourceType": "Patient", "id": "p2", "gender": "female", "birthDate": "1980-03-12",
    "name": [{"family": "White", "given": ["Mary"]}]}'),
('p3', 2, '{"resourceType": "Patient", "id": "p3", "gender": "female", "birthDate": "1980-03-12",
    "link": [{"other": {"reference": "Patient/p2"}, "type": "replaced-by"}]}'),
('p1', 1, '{"resourceType": "Encounter", "id": "e1", "status": "in-progress", "class":
    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
    "subject": {"reference": "Patient/p1"}, "period": {"start": "2021-03-04T05:06:07Z"},
    "serviceProvider": {"reference": "Organization/o1"}}'),
('p3', 2, '{"resourceType": "Observation", "id": "b1", "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
    "subject": {"reference": "Patient/p3"}, "effectiveDateTime": "2021-03-05",
    "valueQuantity": {"value": 120, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}}')
) AS r(patient_id, record, resource);
INSERT INTO clinic.directory (resource_type, id, hash, resource)
VALUES ('Organization', 'o1', '\x00',
        '{"resourceType": "Organization", "id": "o1", "name": "Quahogport General"}');

-- Nobody releases what nobody has attested, nor without a key, nor within something else.
CALL pgclinical.release('clinic', 'study');
SELECT pgclinical.attest('clinic', 'study', 'safe_harbor', ' ');
SELECT pgclinical.attest('clinic', 'study', 'no_such_policy', 'reviewed');
SELECT pgclinical.attest('nowhere', 'study', 'safe_harbor', 'reviewed');
SELECT pgclinical.attest('clinic', 'study', NULL, 'reviewed');
SELECT pgclinical.attest('clinic', 'study', 'safe_harbor', 'reviewed') > 0 AS attested;
SELECT warehouse, target, policy, policy_hash = pgclinical.policy_hash('safe_harbor') AS current,
       who = session_user AS by_login, statement
FROM pgclinical_crosswalk.attestation;
CALL pgclinical.release('clinic', 'study');
BEGIN;
CALL pgclinical.release('clinic', 'study');
ROLLBACK;

-- The key file: every fault is the same error.
SHOW pgclinical.crosswalk_key_file;
SET pgclinical.crosswalk_key_file = '/etc/passwd';
RESET ROLE;
\set ECHO none
SELECT format($q$COPY (SELECT '%2$s') TO PROGRAM 'rm -f %1$s; umask %3$s; cat > %1$s'$q$,
    :'data' || file, content, umask)
FROM (VALUES ('/../good.key', repeat('k', 40), '0377'), ('/../open.key', repeat('k', 40), '0333'),
    ('/../short.key', 'k', '0377'), ('/inside.key', repeat('k', 40), '0377'),
    ('/../other.key', repeat('o', 40), '0377')) AS k(file, content, umask) \gexec
SELECT format($q$COPY (SELECT) TO PROGRAM 'cat >/dev/null; ln -sf %1$s/../good.key %1$s/../link.key'$q$, :'data') \gexec
\set ECHO all
\set try 'SET ROLE regress_releaser; CALL pgclinical.release(\'clinic\', \'study\'); RESET ROLE;'
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../missing.key', false) <> '' AS set;
:try
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../open.key', false) <> '' AS set;
:try
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../short.key', false) <> '' AS set;
:try
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/inside.key', false) <> '' AS set;
:try
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../link.key', false) <> '' AS set;
:try
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/..', false) <> '' AS set;
:try
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../good.key', false) <> '' AS set;

-- Arguments.
SET ROLE regress_releaser;
CALL pgclinical.release('nowhere', 'study');
CALL pgclinical.release('clinic', 'clinic');
CALL pgclinical.release('clinic', 'pg_study');
CALL pgclinical.release('clinic', 'study', 'expert_determination');
CALL pgclinical.release('clinic', 'study', recipient => 'regress_nobody');
CREATE SCHEMA study;
CALL pgclinical.release('clinic', 'study');
DROP SCHEMA study;

-- A release.
CALL pgclinical.release('clinic', 'study', reference_date => '2026-01-01',
    recipient => 'regress_recipient');
SELECT table_name, string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position)
FROM information_schema.columns WHERE table_schema = 'study' GROUP BY 1 ORDER BY 1;
CREATE VIEW scratch.released AS
    SELECT * FROM study.patient UNION ALL SELECT * FROM study.encounter
    UNION ALL SELECT * FROM study.observation UNION ALL SELECT * FROM study.organization;
-- Codes hidden, for they are random.
SELECT type, regexp_replace(resource::text, '[b-v]{32}', 'CODE', 'g') AS resource
FROM scratch.released ORDER BY 1, 2;
-- Every code is 32 consonants, every resource bears its own, every reference leads to a row.
SELECT count(*), count(*) FILTER (WHERE code ~ '^[bcdfghjkmnpqrstv]{32}$') AS shaped,
       count(*) FILTER (WHERE resource ->> 'id' = code) AS own,
       count(DISTINCT code) AS different
FROM scratch.released;
SELECT count(*) AS referring, count(t.code) AS resolved
FROM scratch.released r, jsonb_path_query(r.resource, '$.**.reference') v
    LEFT JOIN scratch.released t ON t.type || '/' || t.code = v #>> '{}';
-- The observation of one patient_id belongs to the person's one row.
SELECT p.resource ->> 'birthDate' AS birth, o.resource ->> 'effectiveDateTime' AS effective
FROM study.observation o JOIN study.patient p ON p.code = o.patient_code;
SELECT * FROM pgclinical.leak_check('study', 'clinic');
SELECT m.policy, m.reference_date, m.counts, m.leak_check, p.recipient
FROM pgclinical_crosswalk.manifest m JOIN pgclinical_crosswalk.project p USING (project);
SELECT count(DISTINCT obj_description(c.oid)) AS remarks,
       bool_and(obj_description(c.oid) LIKE 'pgclinical release by policy safe_harbor (%')
FROM pg_class c WHERE relnamespace = 'study'::regnamespace AND relkind = 'r';

-- Codes last within a project and say nothing across projects.
DROP VIEW scratch.released;
CREATE TABLE scratch.first_codes AS SELECT code FROM study.patient;
CALL pgclinical.release('clinic', 'study', reference_date => '2026-01-01');
SELECT count(*) AS kept FROM study.patient JOIN scratch.first_codes USING (code);
SELECT pgclinical.attest('clinic', 'trial', 'safe_harbor', 'reviewed') > 0 AS attested;
CALL pgclinical.release('clinic', 'trial', reference_date => '2026-01-01');
SELECT count(*) AS shared FROM trial.patient JOIN scratch.first_codes USING (code);
SELECT count(DISTINCT code) AS codes, count(DISTINCT token) AS tokens
FROM pgclinical_crosswalk.code;
CALL pgclinical.release('clinic', 'study', recipient => 'regress_stranger');
-- What others built on a release is not dropped under them.
CREATE VIEW scratch.built_on AS SELECT code FROM study.patient;
CALL pgclinical.release('clinic', 'study', reference_date => '2026-01-01');
SELECT count(*) FROM scratch.built_on JOIN scratch.first_codes USING (code);
DROP VIEW scratch.built_on;

-- Nor what stands in its place or beside it.
CREATE TABLE study.notes (note text);
CALL pgclinical.release('clinic', 'study', reference_date => '2026-01-01');
ALTER TABLE study.notes SET SCHEMA scratch;
ALTER SCHEMA study RENAME TO study_kept;
CREATE SCHEMA study;
CREATE TABLE study.patient (theirs text);
CALL pgclinical.release('clinic', 'study', reference_date => '2026-01-01');
SELECT count(*) AS theirs_stands FROM study.patient;
DROP SCHEMA study CASCADE;
ALTER SCHEMA study_kept RENAME TO study;
-- Default privileges give a release to nobody.
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO regress_stranger, PUBLIC;
CALL pgclinical.release('clinic', 'study', reference_date => '2026-01-01');
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON SCHEMAS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM regress_stranger, PUBLIC;
SELECT grantee::regrole, privilege_type, count(*) FROM (
    SELECT (aclexplode(nspacl)).* FROM pg_namespace WHERE nspname = 'study' UNION ALL
    SELECT (aclexplode(relacl)).* FROM pg_class WHERE relnamespace = 'study'::regnamespace) a
WHERE grantee <> 'regress_releaser'::regrole GROUP BY 1, 2 ORDER BY 1, 2;

-- Dates that are none fail no release: such a birth date is unknown, such a death has not been.
INSERT INTO clinic.identity VALUES ('p4', 'p4'), ('p5', 'p4'), ('p6', 'p6'), ('p7', 'p6');
INSERT INTO clinic.resource (resource_type, id, patient_id, record, hash, resource)
SELECT resource ->> 'resourceType', resource ->> 'id', patient_id, 2, '\x00', resource
FROM (VALUES ('p4', '{"resourceType": "Patient", "id": "p4", "gender": "other",
    "birthDate": "1934-13-45", "deceasedDateTime": "2020"}'::jsonb),
('p5', '{"resourceType": "Patient", "id": "p5", "birthDate": "19340501", "name": [{"family": {}}],
    "deceasedDateTime": "last week"}'),
('p6', '{"resourceType": "Patient", "id": "p6", "gender": "unknown", "birthDate": "1930-05-01"}'),
('p7', '{"resourceType": "Patient", "id": "p7", "birthDate": "1930-06-01",
    "deceasedDateTime": "2020-05-15"}'),
('p7', '{"resourceType": "Condition", "id": "c7", "subject": {"reference": "Patient/p7"},
    "recordedDate": "2010", "onsetAge": {"value": 79, "unit": "a"}}')
) AS r(patient_id, resource);
CALL pgclinical.release('clinic', 'study', reference_date => '2026-01-01');
SELECT resource - ARRAY['id', 'meta'] AS resource FROM study.patient
WHERE resource ->> 'gender' IN ('other', 'unknown') ORDER BY 1;
SELECT resource - ARRAY['id', 'meta', 'subject'] AS resource FROM study.condition;
DELETE FROM clinic.resource WHERE patient_id IN ('p4', 'p5', 'p6', 'p7');
DELETE FROM clinic.identity WHERE patient_id IN ('p4', 'p5', 'p6', 'p7');
CALL pgclinical.release('clinic', 'study', reference_date => '2026-01-01');
-- Nobody but a release says that there was one.
SELECT _pgclinical.audit_event('release', 'clinic', 'study', 5, '{"state": "published"}');
SELECT _pgclinical.audit_event('attest', 'clinic', 'study');

-- Who may see what.
RESET ROLE;
SELECT count(DISTINCT code) AS codes, count(DISTINCT token) AS tokens
FROM pgclinical_crosswalk.code;
SET ROLE regress_recipient;
SELECT count(*) FROM study.patient;
SELECT count(*) FROM trial.patient;
SELECT count(*) FROM clinic.patient;
SELECT count(*) FROM pgclinical_crosswalk.manifest;
SET ROLE regress_stranger;
CALL pgclinical.release('clinic', 'theft');
SELECT pgclinical.attest('clinic', 'theft', 'safe_harbor', 'reviewed');
SELECT * FROM pgclinical.leak_check('study', 'clinic');
SELECT count(*) FROM study.patient;

-- There is no way to ask for the code of an identifier outside a release.
SET ROLE regress_releaser;
SELECT * FROM _pgclinical.crosswalk_codes(1, ARRAY['Patient'], ARRAY['p1']);
SELECT * FROM _pgclinical.crosswalk_tokens(1, ARRAY['Patient'], ARRAY['p1']);
SELECT * FROM _pgclinical.crosswalk_begin(1);
SELECT * FROM _pgclinical.release_open('clinic', 'study', 'safe_harbor', '', NULL);
SELECT * FROM _pgclinical.release_close(1, 1, '', '', '2026-01-01', '{}', '{}', '{}');
SELECT * FROM _pgclinical.attestation_add('clinic', 'study', 'safe_harbor', '', '');
CALL _pgclinical.release_steps('clinic', 'study', 'safe_harbor', NULL, NULL);
RESET ROLE;
SELECT * FROM _pgclinical.crosswalk_codes(1, ARRAY['Patient'], ARRAY['p1']);
SELECT * FROM _pgclinical.crosswalk_tokens(1, ARRAY['Patient'], ARRAY['p1']);

-- Another key would make other tokens: refused before any code is lost.
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../other.key', false) <> '' AS set;
:try
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../good.key', false) <> '' AS set;

-- An attestation of another policy than the present one does not count.
UPDATE pgclinical_crosswalk.attestation SET policy_hash = 'earlier' WHERE target = 'trial';
SET ROLE regress_releaser;
CALL pgclinical.release('clinic', 'trial');

-- A leak: a number of a patient that is also a code of SNOMED CT, so that no rule removes it.
INSERT INTO clinic.record (feed, file, byte_offset, ordinal, format, sha256, raw)
VALUES (1, 1, 0, 3, 'hl7v2', '\x01', convert_to(E'MSH|^~\\&|A|B|||2021||ADT^A01|C|P|2.5.1\rPID|1||73211009\r', 'UTF8'));
INSERT INTO clinic.resource (resource_type, id, patient_id, record, hash, resource)
VALUES ('Condition', 'c1', 'p1', 1, '\x00', '{"resourceType": "Condition", "id": "c1",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "73211009"}]},
    "subject": {"reference": "Patient/p1"}}');
CALL pgclinical.release('clinic', 'study', reference_date => '2026-01-01');
SELECT to_regclass('study.condition') IS NULL AS not_published, count(*) AS earlier_release_stands
FROM study.patient JOIN scratch.first_codes USING (code);
SELECT nspname FROM pg_namespace WHERE nspname ~ '^pgclinical_(work|stage)';
SELECT count(*) AS manifests FROM pgclinical_crosswalk.manifest;
DELETE FROM clinic.resource WHERE id = 'c1';
DELETE FROM clinic.record WHERE sha256 = '\x01';
RESET ROLE;
SELECT rel, rows, detail - ARRAY['policy_hash', 'project'] AS detail FROM
    (SELECT event, rel, rows, detail::jsonb FROM pgclinical_audit.event
     WHERE kind IN ('release', 'attest')) e ORDER BY event;
-- Each asking for codes is an event: of the releasing session and of each worker.
SELECT rel, count(*) > 1 AS several, sum(rows) > 5 AS counted, count(DISTINCT detail::text) AS projects
FROM pgclinical_audit.event WHERE kind = 'crosswalk' GROUP BY rel ORDER BY rel;

-- An expert's policy that scrubs text: the manifest names the elements; another scrubber or row asks
-- for a new statement.
SET ROLE regress_releaser;
INSERT INTO pgclinical_crosswalk.policy (policy, mode) VALUES ('release_texts', 'expert_determination');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, path, action) VALUES
    ('release_texts', 'Patient.gender', 'keep'), ('release_texts', 'Annotation.text', 'scrub'),
    ('release_texts', 'Observation.valueString', 'scrub');
-- Rows of other formats say nothing of resources.
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action) VALUES
    ('release_texts', 'hl7v2', 'NTE-3', 'scrub'), ('release_texts', 'cda', 'text', 'scrub');
INSERT INTO clinic.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'Observation', 'text1', r.patient_id, 2, '\x00', jsonb_build_object('resourceType', 'Observation',
    'id', 'text1', 'valueString', 'Told ' || (r.resource #>> '{name,0,family}') || ' on 3/4/2020, MRN 00471199.',
    'note', '[{"time": "2020-03-04", "text": "Call 555-867-5309."}]'::jsonb)
FROM clinic.resource r WHERE r.resource_type = 'Patient' AND r.resource #>> '{name,0,family}' <> ''
ORDER BY r.patient_id LIMIT 1;
SELECT pgclinical.attest('clinic', 'texts', 'release_texts', 'an expert determined') > 0 AS attested;
CALL pgclinical.release('clinic', 'texts', policy => 'release_texts', reference_date => '2026-01-01');
SELECT resource FROM texts.observation WHERE resource ? 'note';
SELECT scrubbed, policy_hash = pgclinical.policy_hash('release_texts') AS current
FROM pgclinical_crosswalk.manifest WHERE policy = 'release_texts';
SELECT DISTINCT scrubbed FROM pgclinical_crosswalk.manifest WHERE policy = 'safe_harbor';
INSERT INTO pgclinical_crosswalk.policy_rule (policy, path, action) VALUES ('release_texts', 'Narrative', 'scrub');
CALL pgclinical.release('clinic', 'texts', policy => 'release_texts', reference_date => '2026-01-01');
DELETE FROM clinic.resource WHERE id = 'text1';
DROP SCHEMA texts CASCADE;
RESET ROLE;

-- leak_check finds each category wherever it stands, and prints no value.
SET ROLE regress_releaser;
CREATE SCHEMA leaky;
CREATE TABLE leaky.patient AS SELECT * FROM study.patient LIMIT 1;
CREATE FUNCTION pg_temp.leaks(planted jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE leaky.patient;
    INSERT INTO leaky.patient SELECT type, code, patient_code, resource || planted
    FROM study.patient LIMIT 1;
    RETURN QUERY SELECT format('%s %s %s.%s %s', severity, category, relation, path, findings)
        FROM pgclinical.leak_check('leaky', 'clinic');
END $$;
SELECT * FROM pg_temp.leaks('{}');
SELECT planted.*, leaks FROM (VALUES
    ('{"note": [{"text": "OTTOLINE zandtvoort"}]}'::jsonb), ('{"maritalStatus": {"text": "Zandtvoort"}}'),
    ('{"note": "seen by Perrywinkle, B."}'), ('{"Zandtvoort": true}'),
    ('{"extension": [{"valueAddress": {"city": "quahogport"}}]}'), ('{"text": {"div": "quince street"}}'),
    ('{"address": [{"postalCode": "02907"}]}'),
    ('{"birthDate": "1930-09-08"}'), ('{"note": "born 9/8/1930"}'), ('{"valueInteger": 19300908}'),
    ('{"birthDate": "1999-12"}'),
    ('{"telecom": [{"value": "401.555.0199"}]}'), ('{"valueDecimal": 4015550100}'),
    ('{"telecom": [{"value": "Ottoline@Mailbox.example"}]}'), ('{"note": "123456789"}'),
    ('{"note": "xxx-xx-6789"}'), ('{"valueDecimal": 7788990}'), ('{"note": "MRN 0007788990"}'),
    ('{"note": "POL 7654321"}'), ('{"note": "acc5544332"}'), ('{"note": "L-9988776"}'),
    ('{"note": "DEV4455667"}'), ('{"note": "https://portal.example/zandt"}'),
    ('{"note": "from 192.168.77.12"}'), ('{"id": "CTRL00012"}'), ('{"note": "V998877"}'),
    ('{"reference": "Patient/PLC77001"}'),
    ('{"note": "\\u005aandtvoort"}'), ('{"note": "&#90;andtvoort"}'), ('{"note": "Z%61ndtvoort"}'),
    ('{"text": "White"}'), ('{"text": "Mary White"}'), ('{"code": "55667-78"}'),
    ('{"unheard-of": {"name": "Zandtvoort"}}')) AS planted(resource)
    LEFT JOIN LATERAL pg_temp.leaks(planted.resource) AS leaks ON true;
TRUNCATE leaky.patient;
INSERT INTO leaky.patient VALUES ('Patient', 'zandtvoort', 'p1-5566778', '{}');
CREATE TABLE leaky.encounter (admitted date, pages int[], remark bytea, mrn numeric);
INSERT INTO leaky.encounter VALUES ('1980-03-12', '{7788990}', 'Perrywinkle', 7788990);
COMMENT ON TABLE leaky.encounter IS 'without Ottoline';
COMMENT ON COLUMN leaky.encounter.mrn IS 'of Perrywinkle';
CREATE VIEW leaky.zandtvoort AS SELECT 'Quahogport' AS city;
SELECT * FROM pgclinical.leak_check('leaky', 'clinic');

-- A patient may be called like an element of FHIR, and live in a short street.
INSERT INTO clinic.record (feed, file, byte_offset, ordinal, format, sha256, raw)
VALUES (1, 1, 0, 4, 'hl7v2', '\x01', convert_to(E'MSH|^~\\&|A|B|||2021||ADT^A01|C|P|2.5.1\r'
    'PID|1||||page^link||||||4 Elm St\r', 'UTF8'));
SELECT count(*) FROM pgclinical.leak_check('study', 'clinic') WHERE severity = 'blocking';
DELETE FROM clinic.record WHERE sha256 = '\x01';

-- Other modes: exact dates and places, or dates that move together.
SELECT pgclinical.attest('clinic', 'limited', 'limited_data_set', 'data use agreement 7') > 0 AS attested,
       pgclinical.attest('clinic', 'shifted', 'expert_determination', 'the expert signed') > 0 AS signed;
-- A street is no town, even where a town is kept.
UPDATE clinic.resource SET resource = jsonb_set(resource, '{address,0,city}', '"12 Quince Street"')
WHERE resource_type = 'Patient' AND id = 'p1';
CALL pgclinical.release('clinic', 'limited', 'limited_data_set', '2024-01-01');
UPDATE clinic.resource SET resource = jsonb_set(resource, '{address,0,city}', '"Quahogport"')
WHERE resource_type = 'Patient' AND id = 'p1';
CALL pgclinical.release('clinic', 'limited', 'limited_data_set', '2024-01-01');
CALL pgclinical.release('clinic', 'shifted', 'expert_determination', '2024-01-01');
SELECT bool_or(l.resource ->> 'birthDate' ~ '^\d{4}-\d\d-\d\d$') AS exact, bool_or(l.resource ? 'name') AS named,
       bool_or(l.resource::text ~ 'PSEUDED') AS marked FROM limited.patient l;
SELECT count(*) > 0 AS patients, bool_and(NOT EXISTS (SELECT FROM limited.patient l
           WHERE l.resource ->> 'birthDate' = s.resource ->> 'birthDate')) AS all_moved
FROM shifted.patient s WHERE s.resource ->> 'birthDate' ~ '-';
SELECT policy, policy_hash = pgclinical.policy_hash(policy) AS current, retracted_at IS NULL AS stands
FROM pgclinical_crosswalk.manifest WHERE policy <> 'safe_harbor' ORDER BY manifest;
SELECT pgclinical.retract_release('clinic', 'limited', 'agreement ended') > 0 AS dropped;
SELECT to_regnamespace('limited') IS NULL AS gone, (SELECT retracted_for FROM pgclinical_crosswalk.manifest
    WHERE policy = 'limited_data_set') AS why;
SELECT pgclinical.retract_release('clinic', 'nothing', 'none');
SELECT pgclinical.retract_release('clinic', 'shifted', ' ');

-- What it cannot do, it refuses.
SELECT * FROM pgclinical.leak_check('nowhere', 'clinic');
SELECT * FROM pgclinical.leak_check('study', 'nowhere');
SELECT * FROM pgclinical.leak_check('study', 'study');
INSERT INTO clinic.record (feed, file, byte_offset, ordinal, format, sha256, raw)
VALUES (1, 1, 0, 4, 'edi', '\x01', 'ISA');
SELECT * FROM pgclinical.leak_check('study', 'clinic');
DELETE FROM clinic.record;
SELECT * FROM pgclinical.leak_check('study', 'clinic');

RESET ROLE;
SET client_min_messages = error;
DROP SCHEMA leaky, study, trial, scratch, shifted CASCADE;
SET ROLE regress_releaser;
SELECT pgclinical.drop_warehouse('clinic');
RESET ROLE;
DROP OWNED BY regress_releaser, regress_recipient, regress_stranger CASCADE;
DROP ROLE regress_releaser, regress_recipient, regress_stranger;
