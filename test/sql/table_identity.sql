-- One person, one code: in a message, a resource, a CDA document, an X12 interchange, a column and the
-- warehouse's own resources; another project, other codes.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_identity;
GRANT pgclinical_etl, pgclinical_releaser TO regress_identity;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_identity', current_database()) \gexec
SELECT current_setting('data_directory') AS data \gset
\set ECHO none
SELECT format($q$COPY (SELECT repeat('k', 40)) TO PROGRAM 'rm -f %1$s/../identity.key; umask 0377; cat > %1$s/../identity.key'$q$, :'data') \gexec
\set ECHO all
SELECT pgclinical.policy_document('safe_harbor') IS NOT NULL AS library_loaded;
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../identity.key', false) <> '' AS set;
SET ROLE regress_identity;
SELECT pgclinical.create_warehouse('registry');
INSERT INTO registry.feed (name, server, path, format) VALUES ('adt', 'none', 'none', 'hl7v2');
-- The patient_id of number and authority is that of the message's conversion.
\set message 'E\'MSH|^~\\\\&|ADT|HOSP|||20210304050607||ADT^A01|CTRL00012|P|2.5.1\\rPID|1||7788990^^^HOSP&1.2.3.4&ISO^MR||Zandtvoort^Ottoline||19300908|F\\r\''
SELECT _pgclinical.patient_id_of('1.2.3.4', '7788990') = r ->> 'id' AS same
FROM hl7v2_fhir(hl7v2(:message)) r WHERE r ->> 'resourceType' = 'Patient';
INSERT INTO registry.record (feed, file, byte_offset, ordinal, format, sha256, raw)
SELECT 1, 1, 0, 1, 'hl7v2', '\x00', convert_to(:message, 'UTF8');
-- Two numbers of one person, whom the warehouse has linked.
INSERT INTO registry.identity
SELECT _pgclinical.patient_id_of('1.2.3.4', n), _pgclinical.patient_id_of('1.2.3.4', '7788990')
FROM unnest(ARRAY['7788990', '7788991']) n;
INSERT INTO registry.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'Patient', p, p, 1, '\x00', jsonb_build_object('resourceType', 'Patient', 'id', p, 'gender', 'female')
FROM _pgclinical.patient_id_of('1.2.3.4', '7788990') p;

CREATE SCHEMA sources;
CREATE TABLE sources.document (
    place int PRIMARY KEY, mrn text, message text, resource jsonb, about jsonb, document xml, claim text);
INSERT INTO sources.document VALUES
(1, '7788990', :message,
 '{"resourceType":"Patient","id":"srv-1","gender":"female","identifier":[{"system":"http://x","value":"99"},{"system":"urn:oid:1.2.3.4","value":"7788990"}]}',
 '{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/srv-1"}}',
 '<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id root="1.2.3.4" extension="7788990"/></patientRole></recordTarget></ClinicalDocument>',
 'ISA*00*          *00*          *ZZ*S              *ZZ*R              *240115*1200*^*00501*000000009*0*T*:~GS*HC*A*B*20240115*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~NM1*IL*1*ZANDTVOORT*OTTOLINE****MI*7788990~SE*3*0001~GE*1*1~IEA*1*000000009~'),
-- The same person under the other number ...
(2, '7788991', 'MSH|^~\&|A|B|||20210304||ADT^A01|M2|P|2.5.1' || E'\r' || 'PID|1||7788991^^^&1.2.3.4&ISO' || E'\r',
 '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"srv-2","identifier":[{"system":"urn:oid:1.2.3.4","value":"7788991"}]}}]}',
 '{"resourceType":"Condition","id":"c2","subject":{"reference":"Patient/srv-2"}}',
 '<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id root="1.2.3.4" extension="7788991"/></patientRole></recordTarget></ClinicalDocument>', NULL),
-- ... and another one, unknown to the warehouse, in another assigner's number of the same digits.
(3, '5555555', 'MSH|^~\&|A|B|||20210304||ADT^A01|M3|P|2.5.1' || E'\r' || 'PID|1||7788990^^^OTHER' || E'\r',
 '{"resourceType":"Patient","id":"srv-3","identifier":[{"system":"urn:oid:1.2.3.4","value":"5555555"}]}',
 '{"resourceType":"Condition","id":"c3","subject":{"reference":"Patient/srv-3"}}',
 '<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id root="1.2.3.4" extension="5555555"/></patientRole></recordTarget></ClinicalDocument>', NULL);
SELECT format('SECURITY LABEL FOR pgclinical ON COLUMN sources.document.%s IS %L', col, label)
FROM (VALUES ('place', 'action=keep digits=1'), ('mrn', 'action=code domain=Patient authority=1.2.3.4'),
    ('message', 'format=hl7v2'), ('resource', 'format=fhir'), ('about', 'format=fhir'), ('document', 'format=ccda'),
    ('claim', 'format=x12 authority=1.2.3.4')) l(col, label) \gexec
SELECT pgclinical.attest('registry', t, 'limited_data_set', 'reviewed') > 0
   AND pgclinical.attest('registry', t, 'limited_data_set', 'reviewed', ARRAY['sources.document']::regclass[]) > 0 AS attested
FROM unnest(ARRAY['study_a', 'study_b']) t;
CALL pgclinical.release('registry', 'study_a', 'limited_data_set', reference_date => '2024-01-01');
CALL pgclinical.release('registry', 'study_b', 'limited_data_set', reference_date => '2024-01-01');
CALL pgclinical.release_tables('registry', 'study_a', ARRAY['sources.document']::regclass[], policy => 'limited_data_set');
CALL pgclinical.release_tables('registry', 'study_b', ARRAY['sources.document']::regclass[], policy => 'limited_data_set');
CREATE VIEW sources.code AS
SELECT p.project, d.place, f.format, f.code FROM (VALUES ('a'), ('b')) p(project),
    LATERAL (SELECT * FROM study_a.document WHERE p.project = 'a' UNION ALL
             SELECT * FROM study_b.document WHERE p.project = 'b') d,
    LATERAL (VALUES ('column', d.mrn), ('hl7v2', substring(d.message::text FROM 'PID[|]1[|][|]([b-z]{32})')),
        ('fhir', coalesce(d.resource ->> 'id', d.resource #>> '{entry,0,resource,id}')),
        ('reference', substr(d.about #>> '{subject,reference}', 9)),
        ('ccda', substring(d.document::text FROM 'extension="([b-z]{32})"')),
        ('x12', substring(d.claim FROM 'MI[*]([b-z]{32})'))) f(format, code)
WHERE f.code IS NOT NULL;
SELECT project, place, count(DISTINCT code) AS codes, string_agg(format, ' ' ORDER BY format) AS formats
FROM sources.code WHERE NOT (place = 3 AND format = 'hl7v2') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT project, count(DISTINCT code) AS persons, count(DISTINCT code) FILTER (WHERE place < 3) AS first_person
FROM sources.code GROUP BY 1 ORDER BY 1;
SELECT count(DISTINCT c.code) AS of_the_warehouse FROM sources.code c
JOIN study_a.patient r ON r.code = c.code AND c.project = 'a' WHERE c.place < 3;
SELECT count(*) AS shared FROM sources.code a JOIN sources.code b USING (code) WHERE a.project < b.project;
RESET ROLE;
DROP SCHEMA sources, study_a, study_b CASCADE;
SELECT pgclinical.drop_warehouse('registry', 'registry');

DELETE FROM pgclinical_crosswalk.manifest m USING pgclinical_crosswalk.project p WHERE p.project = m.project AND p.warehouse = 'registry';
DELETE FROM pgclinical_crosswalk.attestation WHERE warehouse = 'registry';
DELETE FROM pgclinical_crosswalk.project WHERE warehouse = 'registry';
DROP OWNED BY regress_identity; DROP ROLE regress_identity;
