-- FHIR feeds: the same loader as for messages; what a document says, whose it is, what order means.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
\getenv folder PG_ABS_BUILDDIR
\set inbox :folder '/fhir_inbox'
\setenv INBOX :inbox
\! rm -rf "$INBOX" && mkdir -p "$INBOX/f" "$INBOX/v2" "$INBOX/g" "$INBOX/strict"
\set location 'file://' :inbox
CREATE SERVER regress_fhir FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location :'location');
SELECT set_config('regress.inbox', :'inbox', false) IS NOT NULL AS set;
CREATE FUNCTION pg_temp.put(name text, contents text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    object oid := lo_from_bytea(0, convert_to(contents, 'UTF8'));
BEGIN
    PERFORM lo_export(object, current_setting('regress.inbox') || '/' || name);
    PERFORM lo_unlink(object);
END $$;
SELECT pgclinical.create_warehouse('regress_fhir');
CREATE VIEW pg_temp.last_run AS
SELECT state, records, loaded, unchanged, quarantined, parked, resumed, resources
FROM regress_fhir.run ORDER BY run DESC LIMIT 1;
-- Row versions that transactions since `mark` wrote, runs aside.
CREATE FUNCTION pg_temp.written(mark xid8) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    t regclass;
    n bigint;
    total bigint := 0;
BEGIN
    FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'regress_fhir'::regnamespace AND relkind = 'r'
        AND relname <> 'run' LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE xmin::text::bigint >= $1::text::bigint', t) INTO n USING mark;
        total := total + n;
    END LOOP;
    RETURN total;
END $$;

-- Options of a format are those of its feeds.
SELECT pgclinical.create_feed('regress_fhir', 'x', 'regress_fhir', '*', 'fhir', '{"charset": "UTF-8"}');
SELECT pgclinical.create_feed('regress_fhir', 'x', 'regress_fhir', '*', 'fhir', '{"server": "not a url"}');
SELECT pgclinical.create_feed('regress_fhir', 'x', 'regress_fhir', '*', 'fhir', '{"validation": "maybe"}');
SELECT pgclinical.create_feed('regress_fhir', 'x', 'regress_fhir', '*', 'hl7v2', '{"server": "http://a.example"}');
SELECT pgclinical.create_feed('regress_fhir', 'f', 'regress_fhir', 'f/*', 'fhir',
           '{"server": "http://ehr.example/fhir", "identifier_systems": {"http://ehr.example/mrn": "HOSP"}}') AS f,
       pgclinical.create_feed('regress_fhir', 'v2', 'regress_fhir', 'v2/*', 'hl7v2', '{"time_zone": "UTC"}') AS v2,
       pgclinical.create_feed('regress_fhir', 'g', 'regress_fhir', 'g/*', 'fhir') AS g,
       pgclinical.create_feed('regress_fhir', 'strict', 'regress_fhir', 'strict/*', 'fhir', '{"validation": "refuse"}') AS strict;

-- What refers to a patient waits for it; broken lines and foreign types take nobody with them.
SELECT pg_temp.put('f/1.ndjson', $$
{"resourceType":"Observation","id":"o1","meta":{"lastUpdated":"2026-01-02T10:00:00Z"},"status":"final","code":{"text":"Glucose"},"subject":{"reference":"Patient/p1"},"encounter":{"reference":"http://ehr.example/fhir/Encounter/e1"},"valueQuantity":{"value":5.10,"unit":"mmol/L"}}
{"resourceType":"Encounter","id":"e1","meta":{"lastUpdated":"2026-01-02T10:00:00Z"},"status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p1"}}
{"resourceType":"Patient","id":"broken","name":[{"family":"Secret"}
{"resourceType":"Organization","id":"org","name":"Test hospital"}
{"resourceType":"ActorDefinition","id":"a"}
{"hello":"world"}
not json at all
$$);
CALL pgclinical.run('regress_fhir', 'f');
SELECT * FROM pg_temp.last_run;
SELECT reason, format_code, location, message FROM regress_fhir.quarantine ORDER BY record;
SELECT resource_type, waiting FROM regress_fhir.stub;
SELECT pg_temp.put('f/2.json', $$
{
  "resourceType": "Patient", "id": "p1",
  "meta": {"versionId": "1", "lastUpdated": "2026-01-01T10:00:00Z"},
  "identifier": [{"system": "http://ehr.example/mrn", "value": "100", "type": {"coding": [{"code": "MR"}]}}],
  "name": [{"family": "Doe", "given": ["Anna"]}],
  "managingOrganization": {"reference": "Organization/org"}
}
$$);
CALL pgclinical.run('regress_fhir', 'f');
SELECT * FROM pg_temp.last_run;
SELECT p.id = p.patient_id AS own, o.patient_id = p.patient_id AS with_patient,
       o.resource #>> '{subject,reference}' = 'Patient/' || p.id AS subject,
       o.resource #>> '{encounter,reference}' = 'Encounter/' || e.id AS encounter,
       p.resource #>> '{managingOrganization,reference}' = 'Organization/' || d.id AS organization
FROM regress_fhir.patient p, regress_fhir.observation o, regress_fhir.encounter e, regress_fhir.directory d;
SELECT pg_current_xact_id() AS mark \gset
CALL pgclinical.run('regress_fhir', 'f');
SELECT pg_temp.written(:'mark') AS written;
\! touch -d '2001-01-01' "$INBOX/f/1.ndjson"
CALL pgclinical.run('regress_fhir', 'f');
SELECT * FROM pg_temp.last_run;

-- Messages about the same number speak of the same patient.
SELECT pg_temp.put('v2/1.hl7', replace(E'MSH|^~\\&|ADT|HOSP|DW|HOSP|20250101080000||ADT^A01|1|P|2.5\nEVN|A01|20250101080000\nPID|1||100^^^HOSP^MR||OLD^NAME||19700102|F\nPV1|1|I|||||||||||||||||V1\n', E'\n', E'\r'));
CALL pgclinical.run('regress_fhir', 'v2');
SELECT count(*) AS patients, min(resource #>> '{name,0,family}') AS family, min(resource ->> 'gender') AS gender
FROM regress_fhir.patient;
SELECT count(*) AS names, count(DISTINCT person_id) AS persons, bool_or(person_id = p.id) AS is_the_patient
FROM regress_fhir.identity, regress_fhir.patient p;

-- A later version is all there is of the resource; an earlier one that comes late changes nothing.
SELECT pg_temp.put('f/3.ndjson', $$
{"resourceType":"Observation","id":"o1","meta":{"versionId":"3","lastUpdated":"2026-01-04T10:00:00Z"},"status":"preliminary","code":{"text":"Glucose"},"subject":{"reference":"Patient/p1"}}
{"resourceType":"Observation","id":"o1","meta":{"versionId":"2","lastUpdated":"2026-01-03T10:00:00Z"},"status":"amended","code":{"text":"Glucose"},"subject":{"reference":"Patient/p1"},"valueString":"late"}
$$);
CALL pgclinical.run('regress_fhir', 'f');
SELECT version, resource ->> 'status' AS status, resource ? 'encounter' AS encounter, resource ? 'valueString' AS late
FROM regress_fhir.observation;

-- A bundle: references between its entries, by URN and by condition; what it deletes, before and after.
SELECT pg_temp.put('f/4.json', $${"resourceType":"Bundle","type":"transaction","timestamp":"2026-02-01T00:00:00Z","entry":[
 {"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{"resourceType":"Patient","identifier":[{"system":"http://ehr.example/mrn","value":"200"}],"generalPractitioner":[{"reference":"Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1234567893"}]},"request":{"method":"POST","url":"Patient"}},
 {"fullUrl":"urn:uuid:22222222-2222-4222-8222-222222222222","resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:11111111-1111-4111-8111-111111111111"},"code":{"text":"Asthma"}},"request":{"method":"POST","url":"Condition"}},
 {"resource":{"resourceType":"Provenance","target":[{"reference":"urn:uuid:22222222-2222-4222-8222-222222222222"}],"recorded":"2026-02-01T00:00:00Z","agent":[{"who":{"display":"T"}}]},"request":{"method":"POST","url":"Provenance"}},
 {"fullUrl":"urn:uuid:33333333-3333-4333-8333-333333333333","resource":{"resourceType":"Practitioner","identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567893"}]},"request":{"method":"POST","url":"Practitioner","ifNoneExist":"identifier=http://hl7.org/fhir/sid/us-npi|1234567893"}},
 {"request":{"method":"DELETE","url":"Observation/o1"}},
 {"request":{"method":"DELETE","url":"Observation/o9"}},
 {"request":{"method":"DELETE","url":"Organization/org"}}]}$$);
CALL pgclinical.run('regress_fhir', 'f');
SELECT * FROM pg_temp.last_run;
SELECT c.resource #>> '{subject,reference}' = 'Patient/' || p.id AS subject, c.patient_id = p.patient_id AS own,
       v.resource #>> '{target,0,reference}' = 'Condition/' || c.id AS target, v.patient_id = p.patient_id AS provenance,
       p.resource #>> '{generalPractitioner,0,reference}' = 'Practitioner/' || d.id AS practitioner
FROM regress_fhir.condition c, regress_fhir.patient p, regress_fhir.provenance v, regress_fhir.directory d
WHERE p.resource #>> '{identifier,0,value}' = '200' AND v.patient_id = c.patient_id AND d.resource_type = 'Practitioner'
  AND d.resource ? 'identifier' AND d.resource #>> '{identifier,0,value}' = '1234567893';
SELECT (SELECT count(*) FROM regress_fhir.observation) AS observations,
       (SELECT count(*) FROM regress_fhir.directory WHERE resource ->> 'name' = 'Test hospital') AS organizations;
SELECT resource_type, patient_id <> '' AS has_patient, event_time FROM regress_fhir.tombstone ORDER BY 1, 2;
SELECT pg_temp.put('f/5.ndjson', $$
{"resourceType":"Observation","id":"o9","meta":{"lastUpdated":"2026-01-31T00:00:00Z"},"status":"final","code":{"text":"Gone"},"subject":{"reference":"Patient/p1"}}
{"resourceType":"Observation","id":"o1","meta":{"lastUpdated":"2026-02-02T00:00:00Z"},"status":"final","code":{"text":"Back"},"subject":{"reference":"Patient/p1"}}
$$);
CALL pgclinical.run('regress_fhir', 'f');
SELECT resource #>> '{code,text}' AS code, version FROM regress_fhir.observation;

-- Another feed's Patient/p1 is another patient, until a number says otherwise.
SELECT pg_temp.put('g/1.json', '{"resourceType":"Patient","id":"p1","active":true}');
CALL pgclinical.run('regress_fhir', 'g');
SELECT count(*) AS patients, count(DISTINCT i.person_id) AS persons
FROM regress_fhir.patient p JOIN regress_fhir.identity i USING (patient_id);

-- XML is the same document; a document type is refused.
SELECT pg_temp.put('g/2.xml', '<?xml version="1.0" encoding="UTF-8"?><Condition xmlns="http://hl7.org/fhir"><id value="c1"/><code><text value="Cough"/></code><subject><reference value="Patient/p1"/></subject></Condition>'),
       pg_temp.put('g/3.xml', E'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY e "Secret">]><Patient xmlns="http://hl7.org/fhir"><id value="&e;"/></Patient>'),
       pg_temp.put('g/4.xml', E'<Patient xmlns="http://hl7.org/fhir">\n<id value="x"/><oops/></Patient>');
CALL pgclinical.run('regress_fhir', 'g');
SELECT * FROM pg_temp.last_run;
SELECT resource #>> '{code,text}' AS code FROM regress_fhir.condition ORDER BY 1;
SELECT reason, format_code, location, message FROM regress_fhir.quarantine WHERE format_code = 'xml' ORDER BY record;

-- Findings are issues; a feed may have records with errors refused, and take them again later.
SELECT pg_temp.put('strict/1.ndjson', $$
{"resourceType":"Patient","id":"ok","gender":"female"}
{"resourceType":"Patient","id":"bad","birthDate":"1970-13-45"}
$$);
CALL pgclinical.run('regress_fhir', 'strict');
SELECT * FROM pg_temp.last_run;
SELECT q.reason, q.format_code, q.location LIKE 'Patient/%' AS place, i.severity, i.expression, i.message
FROM regress_fhir.quarantine q JOIN regress_fhir.issue i USING (record)
WHERE q.feed = (SELECT feed FROM regress_fhir.feed WHERE name = 'strict');
SELECT pgclinical.alter_feed('regress_fhir', 'strict', options => '{}');
CALL pgclinical.replay('regress_fhir', 'validation-error');
SELECT state, attempts FROM regress_fhir.quarantine WHERE reason = 'validation-error';
SELECT count(*) AS patients FROM regress_fhir.patient WHERE record IN (
    SELECT record FROM regress_fhir.record WHERE feed = (SELECT feed FROM regress_fhir.feed WHERE name = 'strict'));

-- Codes and units pass the step that those of messages pass: beside the source's, with an issue that says so.
INSERT INTO regress_fhir.code_map (kind, source_code, code, system, display) VALUES
    ('observation', 'GLU', '2345-7', 'http://loinc.org', 'Glucose'), ('gender', 'W', 'female', NULL, NULL);
INSERT INTO regress_fhir.unit_alias (alias, ucum) VALUES ('units per mL', '[IU]/mL');
SELECT pg_temp.put('f/6.ndjson', $$
{"resourceType":"Observation","id":"n1","status":"final","code":{"coding":[{"system":"http://lab.example","code":"GLU"}]},"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":99,"unit":"mg/dl"},"referenceRange":[{"low":{"value":60,"unit":"mg/dl"}}]}
{"resourceType":"Observation","id":"n2","status":"final","code":{"coding":[{"system":"http://lab.example","code":"XYZ"}]},"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":7,"unit":"units per mL","system":"http://lab.example/units","code":"units per mL"}}
{"resourceType":"Observation","id":"n3","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2345-7"}]},"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":5.5,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}
{"resourceType":"Patient","id":"p1","meta":{"lastUpdated":"2026-03-01T00:00:00Z"},"identifier":[{"system":"http://ehr.example/mrn","value":"100"}],"gender":"W"}
$$);
CALL pgclinical.run('regress_fhir', 'f');
SELECT resource #> '{code,coding}' AS coding, resource -> 'valueQuantity' AS quantity
FROM regress_fhir.observation WHERE resource ? 'valueQuantity' ORDER BY resource::text;
SELECT resource ->> 'gender' AS gender, resource #>> '{_gender,extension,0,valueCodeableConcept,coding,0,code}' AS source
FROM regress_fhir.patient WHERE resource ? '_gender';
SELECT i.format_code, i.expression, i.message, i.location LIKE '%/%' AS place, r.ordinal IS NOT NULL AS record
FROM regress_fhir.issue i JOIN regress_fhir.record r USING (record)
WHERE i.format_code IN ('code-map', 'unmapped-code', 'unit-alias', 'unit-code') ORDER BY 1, 2, 3, i.location;
SELECT feed, expression, records FROM pgclinical.code_unmapped('regress_fhir');
-- Whether the target is loaded depends on the tests before; code_map.sql has the warning.
SET client_min_messages = error;
SELECT pgclinical.approve_code('regress_fhir', 'observation', 'XYZ', 'http://loinc.org|718-7') > 0 AS approved;
SET client_min_messages = warning;
CALL pgclinical.replay('regress_fhir', 'unmapped-code');
SELECT count(*) AS mapped FROM regress_fhir.observation WHERE resource @> '{"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]}}';
SELECT count(*) AS unmapped FROM pgclinical.code_unmapped('regress_fhir');
SELECT pgclinical.create_laboratory_view('regress_fhir');
SELECT source_value ->> 'value' AS source, normalized_value::text, rule FROM regress_fhir.laboratory
WHERE normalized_value IS NOT NULL ORDER BY 1;

-- Every byte is there.
SELECT format, count(*), bool_and(sha256(raw) = sha256) AS intact FROM regress_fhir.record GROUP BY 1 ORDER BY 1;
SELECT count(*) AS leaks FROM (SELECT message, location, expression FROM regress_fhir.issue
    UNION ALL SELECT message, location, NULL FROM regress_fhir.quarantine) t WHERE t::text ~ 'Secret|Doe|hello';
SELECT pgclinical.drop_warehouse('regress_fhir', 'regress_fhir');
DROP SERVER regress_fhir;
\! rm -rf "$INBOX"

-- Slices: every document is in one, with its place among all.
SELECT slices, count(*) AS records, count(DISTINCT r.byte_offset) AS places, bool_and(r = whole) AS same
FROM (SELECT convert_to(string_agg(format('{"resourceType": "Observation", "subject": {"reference": "Patient/%s"}}', n % 40), E'\n'), 'UTF8')
      FROM generate_series(1, 200) n) file(contents),
     generate_series(2, 4) slices, generate_series(0, slices) slice,
     LATERAL _pgclinical.fhir_records(contents, slice, slices) r
     JOIN _pgclinical.fhir_records(contents) whole USING (byte_offset)
GROUP BY slices ORDER BY slices;
SELECT count(*) FROM _pgclinical.fhir_records('{}', 2, 1);
