-- Copies of labelled tables: one project with the warehouse's resources, or nothing at all.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_releaser;
CREATE ROLE regress_recipient;
CREATE ROLE regress_clinician;
GRANT pgclinical_etl, pgclinical_releaser TO regress_releaser;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_releaser', current_database()) \gexec
SELECT current_setting('data_directory') AS data \gset
\set ECHO none
SELECT format($q$COPY (SELECT repeat('k', 40)) TO PROGRAM 'rm -f %1$s/../tables.key; umask 0377; cat > %1$s/../tables.key'$q$, :'data') \gexec
\set ECHO all
SELECT pgclinical.policy_document('safe_harbor') IS NOT NULL AS library_loaded;
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../tables.key', false) <> '' AS set;

-- A warehouse of one message: its patient is the table's first person, under two numbers.
SET ROLE regress_releaser;
SELECT pgclinical.create_warehouse('ward');
INSERT INTO ward.feed (name, server, path, format) VALUES ('adt', 'none', 'none', 'hl7v2');
INSERT INTO ward.record (feed, file, byte_offset, ordinal, format, sha256, raw)
SELECT 1, 1, 0, 1, 'hl7v2', '\x00', convert_to(replace(E'MSH|^~\\&|ADT|WARD|||20210304050607||ADT^A01|CTRL00012|P|2.5.1
PID|1||7788990^^^WARD^MR||Zandtvoort^Ottoline^Q||19300908|F', E'\n', E'\r'), 'UTF8');
INSERT INTO ward.identity
SELECT _pgclinical.patient_id_of('WARD', n), _pgclinical.patient_id_of('WARD', '7788990')
FROM unnest(ARRAY['7788990', '7788991']) n;
INSERT INTO ward.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'Patient', p, p, 1, '\x00', jsonb_build_object('resourceType', 'Patient', 'id', p, 'gender', 'female',
    'birthDate', '1930-09-08', 'name', '[{"family": "Zandtvoort", "given": ["Ottoline", "Q"]}]'::jsonb)
FROM _pgclinical.patient_id_of('WARD', '7788990') p;
SELECT pgclinical.attest('ward', 'study', 'safe_harbor', 'reviewed') > 0 AS attested;
CALL pgclinical.release('ward', 'study', reference_date => '2024-01-01', recipient => 'regress_recipient');

CREATE SCHEMA clinic;
CREATE DOMAIN clinic.mrn AS varchar(20);
CREATE TABLE clinic.person (
    mrn clinic.mrn PRIMARY KEY, name text, born text, died date, sex char(1), zip int, state text, race text,
    weight numeric(9, 2), phones text[], note text, resource jsonb, message text, document xml);
CREATE TABLE clinic.visit (
    visit bigint PRIMARY KEY, mrn clinic.mrn REFERENCES clinic.person, admitted timestamptz, age int, cost numeric,
    code text, days int GENERATED ALWAYS AS (cost::int) STORED, mother_born date) PARTITION BY RANGE (visit);
CREATE TABLE clinic.visit_old PARTITION OF clinic.visit FOR VALUES FROM (0) TO (9100003);
CREATE TABLE clinic.visit_new PARTITION OF clinic.visit FOR VALUES FROM (9100003) TO (9200000);
ALTER TABLE clinic.visit ADD COLUMN gone text;
ALTER TABLE clinic.visit DROP COLUMN gone;
INSERT INTO clinic.person VALUES
('7788990', 'Zandtvoort, Ottoline', NULL, NULL, 'F', 2907, 'Rhode Island', 'white', 71.5, '{401-555-0199}',
 'Ottoline came late.', '{"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/7788990"},
  "onsetDateTime": "1929-02-03", "code": {"text": "Zandtvoort has it"}}',
 E'MSH|^~\\&|A|B|||20200102||ADT^A01|M1|P|2.5.1\rPID|1||7788990^^^WARD||Zandtvoort^Ottoline||19300908|F\r', NULL),
('5566778', 'Quimby, Fergus', '19800312', '2020-01-02', 'M', 3601, 'Quahogia', 'martian', 1234567.5, NULL, NULL,
 'null', 'no message', '<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id root="WARD"
  extension="5566778"/><patient><name><family>Quimby</family></name></patient></patientRole></recordTarget></ClinicalDocument>'),
('4433221', 'Brown, Bess', '2003-05', NULL, 'X', NULL, 'RI', 'black', 60, '{}', NULL, NULL, NULL, NULL);
INSERT INTO clinic.visit (visit, mrn, admitted, age, cost, code, mother_born)
VALUES (9100001, '7788990', '1930-12-31 10:00Z', 0, 120, '8480-6', NULL), (9100002, '7788990', '2020-06-01 02:00Z', 89, 9999999, '8480-7', NULL),
(9100003, '5566778', '2019-03-04', 39, 12.5, NULL, '1950-01-01'), (9100004, '5566778', 'infinity', 97, NULL, 'Quimby', '1930-01-01'),
(9100005, NULL, '1934-02-03', 12, 1, NULL, NULL), (9100006, NULL, '1990-01-01 00:00Z', 5, 51, NULL, NULL);

SELECT format('SECURITY LABEL FOR pgclinical ON COLUMN clinic.%s IS %L', col, label)
FROM (VALUES ('person.mrn', 'action=code domain=Patient authority=WARD'), ('person.name', 'action=remove category=name'),
    ('person.born', 'action=year role=birth expert_determination=date_shift'),
    ('person.died', 'action=year role=death expert_determination=date_shift'),
    ('person.sex', 'action=keep values=F|M'), ('person.zip', 'action=zip3 left_pad=true'),
    ('person.state', 'action=keep list=state'),
    ('person.race', '{"action": "generalize", "map": {"white": "White", "black": "Black"}}'),
    ('person.weight', 'action=keep'), ('person.phones', 'action=remove category=phone'),
    ('person.note', 'format=text expert_determination=scrub'), ('person.resource', 'format=fhir authority=WARD'),
    ('person.message', 'format=hl7v2'), ('person.document', 'format=ccda'),
    ('visit.visit', 'action=code domain=Visit'), ('visit.mrn', 'action=code domain=Patient authority=WARD'),
    ('visit.admitted', 'action=year zone=America/New_York expert_determination=date_shift'),
    ('visit.age', 'action=age_cap as_of=admitted'), ('visit.cost', 'action=generalize bins=50'),
    ('visit.code', 'action=keep system=http://loinc.org'), ('visit.days', 'action=keep'),
    ('visit.mother_born', 'action=year role=relative')) l(col, label) \gexec
\set tables 'ARRAY[\'clinic.person\', \'clinic.visit\']::regclass[]'

-- Nobody releases what nobody has attested; an attestation is of these labels.
CALL pgclinical.release_tables('ward', 'study', :tables);
SELECT pgclinical.attest('ward', 'study', 'safe_harbor', ' ', :tables);
SELECT pgclinical.attest('ward', 'study', 'safe_harbor', 'reviewed', :tables) > 0 AS attested;
SECURITY LABEL FOR pgclinical ON COLUMN clinic.visit.days IS 'action=keep digits=2';
CALL pgclinical.release_tables('ward', 'study', :tables);
SECURITY LABEL FOR pgclinical ON COLUMN clinic.visit.days IS 'action=keep';
BEGIN;
CALL pgclinical.release_tables('ward', 'study', :tables);
ROLLBACK;
-- Nor a column that nobody has labelled: new, generated, or whose label is gone.
ALTER TABLE clinic.visit ADD COLUMN newer text;
CALL pgclinical.release_tables('ward', 'study', :tables);
ALTER TABLE clinic.visit DROP COLUMN newer;
SECURITY LABEL FOR pgclinical ON COLUMN clinic.visit.days IS NULL;
CALL pgclinical.release_tables('ward', 'study', :tables);
SECURITY LABEL FOR pgclinical ON COLUMN clinic.visit.days IS 'action=keep';
-- Another date than that of the resources would let somebody turn 90 in between.
CALL pgclinical.release_tables('ward', 'study', :tables, reference_date => '2025-01-01');

CALL pgclinical.release_tables('ward', 'study', :tables);
\d study.person
\d study.visit
-- Codes hidden, for they are random.
\set hidden 'regexp_replace(t::text, \'[b-v]{32}\', \'CODE\', \'g\')'
SELECT :hidden AS person FROM study.person t ORDER BY weight NULLS LAST, 1;
SELECT :hidden AS visit FROM study.visit t ORDER BY 1;
-- One person, one code: in the table, in its documents and messages, in the resources.
SELECT count(DISTINCT code) AS codes FROM (
    SELECT p.mrn AS code FROM study.person p JOIN study.patient r ON r.code = p.mrn
    UNION ALL SELECT split_part(p.resource #>> '{subject,reference}', '/', 2) FROM study.person p WHERE p.resource IS NOT NULL
    UNION ALL SELECT v.mrn FROM study.visit v WHERE v.age IS NULL AND v.mrn IS NOT NULL
    UNION ALL SELECT substring(p.message FROM 'PID[|]1[|][|]([b-v]{32})') FROM study.person p WHERE p.message <> '') c;
SELECT document::text ~ mrn AS document_bears_code FROM study.person WHERE document IS NOT NULL;
SELECT p.policy, p.reference_date, p.counts #> '{(tables),visit}' AS visit, p.leak_check
FROM pgclinical_crosswalk.manifest p JOIN pgclinical_crosswalk.project j USING (project)
WHERE p.counts ? '(tables)' AND j.warehouse = 'ward';
SELECT count(*) AS tables, bool_and(obj_description(oid) LIKE 'pgclinical copy of a table by policy safe_harbor (%; project %') AS marked
FROM pg_class WHERE relnamespace = 'study'::regnamespace AND relname IN ('person', 'visit');
SELECT count(*) AS leftovers FROM pg_namespace WHERE nspname LIKE 'pgclinical_work%' OR nspname LIKE 'pgclinical_stage%';
SELECT grantee, privilege_type, table_name FROM information_schema.role_table_grants
WHERE table_schema = 'study' AND grantee <> 'regress_releaser' ORDER BY 3;

-- Again: the same codes; one table alone replaces the set.
CREATE SCHEMA scratch;
CREATE TABLE scratch.first AS SELECT mrn FROM study.person;
CALL pgclinical.release_tables('ward', 'study', :tables);
SELECT count(*) AS kept FROM study.person JOIN scratch.first USING (mrn);
SELECT pgclinical.attest('ward', 'study', 'safe_harbor', 'reviewed', ARRAY['clinic.person']::regclass[]) > 0 AS attested;
CALL pgclinical.release_tables('ward', 'study', ARRAY['clinic.person']::regclass[]);
SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'study'::regnamespace AND relkind = 'r';
-- A release of the resources leaves the copies of its reference date as they are, with what is built on them.
CALL pgclinical.release_tables('ward', 'study', :tables);
CREATE VIEW scratch.built AS SELECT * FROM study.person;
CREATE TABLE scratch.copies AS SELECT oid, relname, relacl::text, obj_description(oid) AS remark
FROM pg_class WHERE relnamespace = 'study'::regnamespace AND relname IN ('person', 'visit');
CALL pgclinical.release('ward', 'study', reference_date => '2024-01-01');
SELECT c.relname, c.oid = s.oid AS same, c.relacl::text = s.relacl AS grants, obj_description(c.oid) = s.remark AS remark
FROM scratch.copies s JOIN pg_class c ON c.relnamespace = 'study'::regnamespace AND c.relname = s.relname ORDER BY 1;
SELECT count(*) AS rows, has_table_privilege('regress_recipient', 'study.person', 'SELECT') AS recipient,
       has_schema_privilege('regress_recipient', 'study', 'USAGE') AS schema FROM scratch.built;
-- At another date somebody has turned 90 in between: they go, unless something is built on them, and it says so.
CALL pgclinical.release('ward', 'study', reference_date => '2024-06-01');
DROP VIEW scratch.built;
CALL pgclinical.release('ward', 'study', reference_date => '2024-06-01');
SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'study'::regnamespace AND relkind = 'r';
RESET ROLE;
SELECT detail -> 'copies_dropped' AS copies_dropped FROM pgclinical_audit.event
WHERE kind = 'release' AND rel = 'study' AND detail ->> 'state' = 'published' ORDER BY event DESC LIMIT 1;
SET ROLE regress_releaser;
CALL pgclinical.release('ward', 'study', reference_date => '2024-01-01');
-- A resource type of the name of a copy.
CREATE TABLE clinic.patient AS SELECT mrn FROM clinic.person;
SELECT pgclinical.label_column('clinic.patient', 'mrn', 'action=code domain=Patient authority=WARD');
SELECT pgclinical.attest('ward', 'named', 'safe_harbor', 'reviewed', ARRAY['clinic.patient']::regclass[]) > 0 AS tables,
       pgclinical.attest('ward', 'named', 'safe_harbor', 'reviewed') > 0 AS resources;
CALL pgclinical.release_tables('ward', 'named', ARRAY['clinic.patient']::regclass[], reference_date => '2024-01-01');
CALL pgclinical.release('ward', 'named', reference_date => '2024-01-01');
SELECT pgclinical.retract_release('ward', 'named', 'over') AS dropped;
CALL pgclinical.release_tables('ward', 'study', :tables);
-- What somebody built on it stops it.
CREATE VIEW scratch.built AS SELECT * FROM study.person;
CALL pgclinical.release_tables('ward', 'study', :tables);
DROP VIEW scratch.built;
-- Another project, other codes.
SELECT pgclinical.attest('ward', 'trial', 'safe_harbor', 'reviewed', :tables) > 0 AS attested;
-- Default privileges let nobody in.
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO regress_clinician;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO regress_clinician;
CALL pgclinical.release_tables('ward', 'trial', :tables, reference_date => '2024-01-01');
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON SCHEMAS FROM regress_clinician;
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM regress_clinician;
SELECT has_schema_privilege('regress_clinician', 'trial', 'USAGE') AS schema,
       has_table_privilege('regress_clinician', 'trial.person', 'SELECT') AS copy;
SELECT count(*) AS shared FROM trial.person JOIN scratch.first USING (mrn);

-- A record number that looks like a code of a public system: a residual identifier refuses it.
UPDATE clinic.visit SET code = '7788990' WHERE visit = 9100001;
SECURITY LABEL FOR pgclinical ON COLUMN clinic.visit.code IS 'action=keep system=http://www.nlm.nih.gov/research/umls/rxnorm';
SELECT pgclinical.attest('ward', 'trial', 'safe_harbor', 'reviewed', :tables) > 0 AS attested;
CALL pgclinical.release_tables('ward', 'trial', :tables);
RESET ROLE;
SELECT detail ->> 'state' AS state FROM pgclinical_audit.event WHERE kind = 'release' AND rel = 'trial' ORDER BY event DESC LIMIT 1;
SET ROLE regress_releaser;
-- What was found is kept; signed for these tables and their labels, it is published.
SELECT r.leak_check FROM pgclinical_crosswalk.refusal r JOIN pgclinical_crosswalk.project p USING (project)
WHERE p.warehouse = 'ward' AND p.target = 'trial';
\set finding '\'mrn\', \'visit\', \'code\''
SELECT pgclinical.sign_finding('ward', 'trial', 'safe_harbor', :finding, 1, 'an RxCUI as well') > 0 AS of_resources;
SELECT pgclinical.sign_finding('ward', 'trial', 'safe_harbor', :finding, 1, 'an RxCUI as well', NULL);
SELECT pgclinical.sign_finding('ward', 'trial', 'safe_harbor', :finding, 0, 'an RxCUI as well', :tables);
CALL pgclinical.release_tables('ward', 'trial', :tables);
SELECT pgclinical.sign_finding('ward', 'trial', 'safe_harbor', :finding, 1, 'an RxCUI as well', :tables) > 0 AS of_tables;
CALL pgclinical.release_tables('ward', 'trial', :tables);
SELECT m.leak_check #- '{0,signed}' AS leak_check, m.signatures = ARRAY[(m.leak_check #> '{0,signed}')::bigint] AS named,
       s.reason, s.policy_hash = pgclinical.table_policy_hash(:tables) AS of_these
FROM pgclinical_crosswalk.manifest m JOIN pgclinical_crosswalk.project p USING (project)
    JOIN pgclinical_crosswalk.signature s ON s.signature = ANY (m.signatures)
WHERE p.warehouse = 'ward' AND p.target = 'trial';
-- One finding more, or another label, and it is asked for again.
UPDATE clinic.visit SET code = '7788990' WHERE visit = 9100002;
CALL pgclinical.release_tables('ward', 'trial', :tables);
UPDATE clinic.visit SET code = '8480-7' WHERE visit = 9100002;
SELECT code, mrn IS NOT NULL AS coded FROM trial.visit WHERE code IS NOT NULL;
SECURITY LABEL FOR pgclinical ON COLUMN clinic.visit.code IS 'action=keep system=http://loinc.org';

-- The other modes.
SELECT pgclinical.attest('ward', p, m, 'reviewed', :tables) > 0 AS attested
FROM (VALUES ('limited', 'limited_data_set'), ('shifted', 'expert_determination')) x(p, m);
CALL pgclinical.release_tables('ward', 'limited', :tables, 'limited_data_set', '2024-01-01');
SELECT :hidden AS person FROM limited.person t ORDER BY weight NULLS LAST, 1;
CALL pgclinical.release_tables('ward', 'shifted', :tables, 'expert_determination', '2024-01-01');
SELECT s.born <> p.born AS moved, length(s.born) = length(p.born) AS same_form, s.died <> p.died AS death_moved,
       s.died - s.born::date = p.died - p.born::date AS interval_kept
FROM shifted.person s JOIN clinic.person p ON p.weight = s.weight WHERE p.mrn = '5566778';
SELECT note FROM shifted.person WHERE note IS NOT NULL;
-- What software scrubbed there, the manifest and its page name; Safe Harbor removes it.
SELECT j.target, m.scrubbed, pgclinical.release_evidence('ward', j.target, m.manifest) LIKE '%person.note%' AS on_page
FROM pgclinical_crosswalk.manifest m JOIN pgclinical_crosswalk.project j USING (project)
WHERE m.counts ? '(tables)' AND j.warehouse = 'ward' AND j.target IN ('trial', 'shifted') ORDER BY j.target;
SELECT bool_and(s.admitted <> v.admitted) AS moved, count(*) AS visits
FROM shifted.visit s JOIN clinic.visit v ON v.cost = s.days WHERE v.mrn IS NOT NULL;

-- Identifiers that stand in documents of columns alone are searched for as well: of every format.
CREATE TABLE clinic.filed (document xml, cda text, claim text, message text, resource jsonb, code text);
INSERT INTO clinic.filed (document) VALUES ('<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id root="1.2.3"
  extension="7731801"/></patientRole></recordTarget></ClinicalDocument>');
INSERT INTO clinic.filed (cda) SELECT replace(document::text, '7731801', '7731802') FROM clinic.filed;
INSERT INTO clinic.filed (claim) VALUES ('ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240115*1200*^*00501*000000009*0*T*:~GS*HC*A*B*20240115*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~NM1*IL*1*DOE*JANE****MI*7731803~SE*3*0001~GE*1*1~IEA*1*000000009~');
INSERT INTO clinic.filed (message) VALUES (E'MSH|^~\\&|A|B|||20200102||ADT^A01|M1|P|2.5.1\rPID|1||7731804^^^WARD\r');
INSERT INTO clinic.filed (resource) VALUES ('{"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:ward", "value": "7731805"}]}');
SELECT pgclinical.label_column('clinic.filed', c, l)
FROM (VALUES ('document', 'format=ccda'), ('cda', 'format=ccda'), ('claim', 'format=x12'), ('message', 'format=hl7v2'), ('resource', 'format=fhir'),
    ('code', 'action=keep system=http://www.nlm.nih.gov/research/umls/rxnorm')) x(c, l);
SELECT pgclinical.attest('ward', 'filed', 'limited_data_set', 'reviewed', ARRAY['clinic.filed']::regclass[]) > 0 AS attested;
CALL pgclinical.release_tables('ward', 'filed', ARRAY['clinic.filed']::regclass[], 'limited_data_set', '2024-01-01');
SELECT document IS NOT NULL AS document, cda <> '' AS cda, claim <> '' AS claim, message <> '' AS message, resource IS NOT NULL AS resource
FROM filed.filed ORDER BY 1, 2, 3, 4, 5;
-- What is no document of its format is not copied, and stops nothing.
INSERT INTO clinic.filed (document, cda, claim, message) VALUES ('words', 'words', 'words', 'words'), ('<a/>', '<a/>', 'ISA*00*', 'MSH|'),
(NULL, '<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1"', 'ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240115*1200*^*00501*000000009*0*T*:~GS*', NULL);
CALL pgclinical.release_tables('ward', 'filed', ARRAY['clinic.filed']::regclass[], 'limited_data_set', '2024-01-01');
SELECT count(document) AS documents, count(cda) AS cdas, count(claim) AS claims, count(message) AS messages, count(*) AS rows FROM filed.filed;
SELECT pgclinical.label_column('clinic.filed', 'claim', 'action=remove'), pgclinical.label_column('clinic.filed', 'cda', 'action=remove');
GRANT USAGE ON SCHEMA clinic TO regress_clinician;
GRANT SELECT ON clinic.filed TO regress_clinician;
SELECT pgclinical.create_masking_view('clinic.filed', 'clinic.masked_filed', readers => ARRAY['regress_clinician']::name[]);
SET ROLE regress_clinician;
SELECT count(document) AS documents, count(*) AS rows FROM clinic.masked_filed;
SET ROLE regress_releaser;
SELECT pgclinical.label_column('clinic.filed', 'claim', 'format=x12'), pgclinical.label_column('clinic.filed', 'cda', 'format=ccda');
INSERT INTO clinic.filed (code) SELECT '77318' || n FROM unnest(ARRAY['01', '02', '03', '04', '05']) n;
CALL pgclinical.release_tables('ward', 'filed', ARRAY['clinic.filed']::regclass[], 'limited_data_set', '2024-01-01');

-- Documents of columns are treated by the rows of the site's own policy, whatever its mode.
INSERT INTO pgclinical_crosswalk.policy (policy, mode) VALUES ('tables_stricter', 'safe_harbor');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action) VALUES ('tables_stricter', 'fhir', 'Patient.gender', 'remove'),
    ('tables_stricter', 'hl7v2', 'PID-8', 'remove'), ('tables_stricter', 'cda', 'administrativeGenderCode', 'remove');
CREATE TABLE clinic.strict (resource jsonb, message text, document xml, cda text);
INSERT INTO clinic.strict
SELECT '{"resourceType": "Patient", "gender": "female", "birthDate": "1980-02-03"}',
    E'MSH|^~\\&|A|B|||20200102||ADT^A01|M1|P|2.5.1\rPID|1||||||19800203|F\r', d::xml, d
FROM (VALUES ('<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><patient><administrativeGenderCode code="F"
    codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19800203"/></patient></patientRole></recordTarget></ClinicalDocument>')) x(d);
SELECT pgclinical.label_column('clinic.strict', c, l)
FROM (VALUES ('resource', 'format=fhir'), ('message', 'format=hl7v2'), ('document', 'format=ccda'), ('cda', 'format=ccda')) x(c, l);
SELECT pgclinical.attest('ward', p, p, 'reviewed', ARRAY['clinic.strict']::regclass[]) > 0 AS attested FROM unnest(ARRAY['safe_harbor', 'tables_stricter']) p;
CALL pgclinical.release_tables('ward', 'safe_harbor', ARRAY['clinic.strict']::regclass[], 'safe_harbor', '2024-01-01');
CALL pgclinical.release_tables('ward', 'tables_stricter', ARRAY['clinic.strict']::regclass[], 'tables_stricter', '2024-01-01');
SELECT resource ->> 'gender' AS fhir, hl7v2(message) ->> 'PID-8' AS hl7v2, document::text ~ 'code="F"' AS ccda, cda ~ 'code="F"' AS text FROM safe_harbor.strict
UNION ALL SELECT resource ->> 'gender', hl7v2(message) ->> 'PID-8', document::text ~ 'code="F"', cda ~ 'code="F"' FROM tables_stricter.strict;
SELECT pgclinical.label_column('clinic.strict', 'cda', 'action=remove');
SELECT pgclinical.create_masking_view('clinic.strict', 'clinic.masked_strict', 'tables_stricter');

-- What is no table, or breaks a foreign key.
CREATE VIEW clinic.seen AS SELECT sex FROM clinic.person;
SELECT pgclinical.attest('ward', 'trial', 'safe_harbor', 'reviewed', ARRAY['clinic.seen']::regclass[]);
CREATE TABLE clinic.odd (sex char(1));
RESET ROLE;
CREATE FOREIGN DATA WRAPPER regress_nowhere;
CREATE SERVER regress_far FOREIGN DATA WRAPPER regress_nowhere;
GRANT USAGE ON FOREIGN SERVER regress_far TO regress_releaser;
SET ROLE regress_releaser;
CREATE FOREIGN TABLE clinic.far () INHERITS (clinic.odd) SERVER regress_far;
SECURITY LABEL FOR pgclinical ON COLUMN clinic.odd.sex IS 'action=keep values=F|M';
SELECT pgclinical.attest('ward', 'trial', 'safe_harbor', 'reviewed', ARRAY['clinic.odd']::regclass[]);
SECURITY LABEL FOR pgclinical ON COLUMN clinic.visit.mrn IS 'action=code domain=Patient';
SELECT pgclinical.attest('ward', 'trial', 'safe_harbor', 'reviewed', :tables) > 0 AS attested;
CALL pgclinical.release_tables('ward', 'trial', :tables);
SECURITY LABEL FOR pgclinical ON COLUMN clinic.visit.mrn IS 'action=code domain=Patient authority=WARD';
-- Row security would hide rows: it refuses.
ALTER TABLE clinic.person ENABLE ROW LEVEL SECURITY;
ALTER TABLE clinic.person FORCE ROW LEVEL SECURITY;
CALL pgclinical.release_tables('ward', 'trial', :tables);
ALTER TABLE clinic.person NO FORCE ROW LEVEL SECURITY;
-- A type's owner runs nothing: neither a cast of an enumeration nor of another type of his.
CREATE TYPE clinic.word AS ENUM ('a', 'b');
CREATE TYPE clinic.pair AS (a text, b text);
CREATE FUNCTION clinic.spy(clinic.word) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'ran'; END$$;
CREATE FUNCTION clinic.spy(clinic.pair) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'ran'; END$$;
CREATE CAST (clinic.word AS text) WITH FUNCTION clinic.spy(clinic.word) AS IMPLICIT;
CREATE CAST (clinic.pair AS text) WITH FUNCTION clinic.spy(clinic.pair) AS IMPLICIT;
CREATE TABLE clinic.typed (w clinic.word, ws clinic.word[], p clinic.pair);
INSERT INTO clinic.typed VALUES ('a', '{a,b}', '(x,y)');
SELECT pgclinical.label_column('clinic.typed', c, l)
FROM (VALUES ('w', 'action=keep'), ('ws', 'action=keep values=b'), ('p', 'action=remove category=name')) x(c, l);
SELECT pgclinical.attest('ward', 'typed', 'safe_harbor', 'reviewed', ARRAY['clinic.typed']::regclass[]) > 0 AS attested;
CALL pgclinical.release_tables('ward', 'typed', ARRAY['clinic.typed']::regclass[]);
SELECT * FROM typed.typed;
-- Neither the crosswalk nor the row functions give a code outside it.
SELECT * FROM _pgclinical.table_keys('[]', 'ward', 'scratch_work', 1);

-- Masking views: for who may see the table, with his own rights.
SELECT pgclinical.create_masking_view('clinic.person', 'clinic.masked', readers => ARRAY['regress_clinician']::name[]);
SELECT pgclinical.create_masking_view('clinic.person', 'clinic.masked', readers => ARRAY['regress_recipient']::name[]);
GRANT USAGE ON SCHEMA clinic TO regress_clinician, regress_recipient;
GRANT SELECT ON clinic.visit TO regress_clinician;
SELECT pgclinical.create_masking_view('clinic.visit', 'clinic.masked', readers => ARRAY['regress_clinician']::name[]);
SELECT pgclinical.create_masking_view('clinic.visit', 'clinic.masked');
SELECT pgclinical.create_masking_view('clinic.visit', 'clinic.moved', 'expert_determination');
SELECT pgclinical.create_masking_view('clinic.visit', 'masked');
SELECT reloptions FROM pg_class WHERE oid = 'clinic.masked'::regclass;
SET ROLE regress_clinician;
SELECT * FROM clinic.masked ORDER BY days NULLS LAST;
SET ROLE regress_releaser;
-- Whatever the type of a person's dates: the view calls nothing that its readers may not.
CREATE TABLE clinic.kin (born int, died text, mother text, message text, resource json, cda text);
INSERT INTO clinic.kin VALUES (1980, '20200102', '1950-01-01', E'MSH|^~\\&|A|B|||20200102||ADT^A01|M1|P|2.5.1\r', '{"resourceType": "Patient", "id": "k1"}', NULL),
(1930, NULL, '1930', NULL, NULL, NULL), (NULL, 'no date', NULL, 'no message', '7', NULL);
SELECT pgclinical.label_column('clinic.kin', c, l)
FROM (VALUES ('born', 'action=year role=birth'), ('died', 'action=year role=death'), ('mother', 'action=year role=relative'),
    ('message', 'format=hl7v2'), ('resource', 'format=fhir'), ('cda', 'format=ccda')) x(c, l);
GRANT SELECT ON clinic.kin TO regress_clinician;
SELECT pgclinical.create_masking_view('clinic.kin', 'clinic.masked_kin', readers => ARRAY['regress_clinician']::name[]);
SELECT pgclinical.label_column('clinic.kin', 'cda', 'action=remove category=other');
SELECT pgclinical.create_masking_view('clinic.kin', 'clinic.masked_kin', readers => ARRAY['regress_clinician']::name[]);
SET ROLE regress_clinician;
SELECT born, died, mother, message <> '' AS message, resource -> 'resourceType' AS resource FROM clinic.masked_kin ORDER BY born, mother;
SET ROLE regress_releaser;
GRANT SELECT ON clinic.masked TO regress_recipient;
SET ROLE regress_recipient;
SELECT * FROM clinic.masked;
SELECT count(*) > 0 AS reads FROM study.person;
SELECT * FROM clinic.person;
SELECT * FROM trial.person;

RESET ROLE;
SELECT pgclinical.retract_release('ward', 'study', 'over') > 0 AS dropped;
SET ROLE regress_releaser;
DROP SCHEMA clinic, scratch, limited, shifted, trial, typed, filed, safe_harbor, tables_stricter CASCADE;
DELETE FROM pgclinical_crosswalk.policy WHERE policy = 'tables_stricter';
SELECT pgclinical.drop_warehouse('ward', 'ward');
RESET ROLE;
DROP FOREIGN DATA WRAPPER regress_nowhere CASCADE;
DROP OWNED BY regress_releaser, regress_recipient, regress_clinician CASCADE;
DROP ROLE regress_releaser, regress_recipient, regress_clinician;
