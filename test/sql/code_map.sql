-- A site's local codes: the work list, approval, imports, and what a replay makes of what is loaded.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
\getenv folder PG_ABS_BUILDDIR
\set inbox :folder '/code_map_inbox'
\setenv INBOX :inbox
\! rm -rf "$INBOX" && mkdir -p "$INBOX/lab"
\set location 'file://' :inbox
CREATE SERVER regress_codes_site FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location :'location');
SELECT set_config('regress.inbox', :'inbox', false) IS NOT NULL AS set;

CREATE FUNCTION pg_temp.put(name text, contents text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    object oid := lo_from_bytea(0, convert_to(replace(contents, E'\n', E'\r'), 'UTF8'));
BEGIN
    PERFORM lo_export(object, current_setting('regress.inbox') || '/' || name);
    PERFORM lo_unlink(object);
END $$;
-- A result of one patient, its code as the laboratory wrote it.
CREATE FUNCTION pg_temp.oru(at text, mrn text, code text, value text, status text DEFAULT 'F',
    ordered text DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
    SELECT concat(E'MSH|^~\\&|LAB|HOSP|DW|HOSP|', at, '||ORU^R01^ORU_R01|L', at, mrn, E'|P|2.5\n',
                  'PID|1||', mrn, E'^^^HOSP^MR||TEST^ANNA||19700102|F\n',
                  'OBR|1|PL', mrn, '|F', coalesce(ordered, at), mrn, '|24331-1^Lipid panel^LN|||', coalesce(ordered, at),
                  '|||||||||||||||', at, '|||', status, E'\n',
                  'OBX|1|NM|', code, '||', value, '|mg/dL^^UCUM|||||', status, E'\n')
$$;

SELECT pgclinical.create_warehouse('regress_codes_ehr');
SELECT pgclinical.create_feed('regress_codes_ehr', 'lab', 'regress_codes_site', 'lab/*', 'hl7v2', '{"time_zone": "UTC"}') AS lab;
SELECT pgclinical.load_terminology('{"resourceType": "CodeSystem", "url": "http://codes.example/lab", "version": "1",
    "content": "complete", "concept": [{"code": "S-GLU", "display": "Glucose in serum"},
    {"code": "S-CHOL", "display": "Cholesterol in serum"}, {"code": "U-GLU", "display": "Glucose in urine"}]}');
SELECT pg_temp.put('lab/1.hl7', pg_temp.oru('20240101080000', '100', 'GLU^Glucose serum^L', '90')
    || pg_temp.oru('20240102080000', '100', 'GLU^Glucose serum^L', '95')
    || pg_temp.oru('20240102090000', '200', 'GLU^Glucose serum^L', '99')
    || pg_temp.oru('20240102100000', '200', 'XYZ^^L', '7')
    || pg_temp.oru('20240102110000', '300', 'K^Potassium^L', '4')
    || pg_temp.oru('20240102130000', '100', 'GLU^Glucose serum^L', '59', 'C', '20240102120000')
    || pg_temp.oru('20240102120000', '100', 'GLU^Glucose serum^L', '51')
    || pg_temp.oru('20240102120000', '300', '2093-3^Cholesterol^LN', '190'));
CALL pgclinical.run('regress_codes_ehr', 'lab');

-- The work list: most used first; a standard code is not on it, unless it is not of the target.
SELECT resource_type, code, rows, patients, example, suggestions FROM pgclinical.code_worklist('regress_codes_ehr');
SELECT coding_code(code) AS code, rows, patients, example, jsonb_path_query_array(suggestions, '$[*].code') AS suggested
FROM pgclinical.code_worklist('regress_codes_ehr', 'http://codes.example/lab');
SELECT suggestions FROM pgclinical.code_worklist('regress_codes_ehr', 'http://codes.example/lab', most => 1);
SELECT coding_code(code) AS code, rows FROM pgclinical.code_worklist('regress_codes_ehr', 'loinc');
SELECT count(*) FROM pgclinical.code_worklist('regress_codes_ehr', resource_types => ARRAY['Condition']);
-- The code of a drug with form, strength or lot is that of a contained Medication.
BEGIN;
INSERT INTO regress_codes_ehr.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'MedicationRequest', 'drug', r.patient_id, r.record, '\x00', jsonb '{"resourceType": "MedicationRequest", "id": "drug",
    "contained": [{"resourceType": "Medication", "id": "product", "code": {"coding": [{"system": "urn:id:L", "code": "ASP", "display": "Aspirin"}]}}],
    "medicationReference": {"reference": "#product"}}'
FROM regress_codes_ehr.resource r WHERE r.resource_type = 'Observation' ORDER BY r.id LIMIT 1;
SELECT coding_code(code) AS code, rows, example FROM pgclinical.code_worklist('regress_codes_ehr', resource_types => ARRAY['MedicationRequest']);
ROLLBACK;

-- Approval: nothing changes before the replay, which puts the code beside the local one, in place:
-- the result that a correction replaced stays replaced, though its message is read again too.
CREATE TEMP VIEW glucose AS
SELECT version, record, event_time, resource #>> '{valueQuantity,value}' AS value,
    jsonb_path_query_array(resource, '$.code.coding[*].code') AS codes
FROM regress_codes_ehr.observation WHERE resource @? '$.code.coding[*] ? (@.code == "GLU")' ORDER BY event_time;
CREATE TEMP TABLE before AS SELECT * FROM glucose;
SELECT pgclinical.approve_code('regress_codes_ehr', 'observation', 'GLU', 'http://codes.example/lab|S-GLU') AS code_map;
SELECT kind, feed, source_code, code, system, display, note FROM regress_codes_ehr.code_map;
SELECT count(*) AS unchanged FROM before JOIN glucose USING (event_time, version, codes);
CALL pgclinical.replay('regress_codes_ehr', 'unmapped-code');
SELECT g.codes, g.value, g.version, g.record = b.record AS same_record, g.value = b.value AS same_value
FROM glucose g JOIN before b USING (event_time) ORDER BY event_time;
SELECT count(*) AS results, (SELECT count(*) FROM before) AS before FROM glucose;
SELECT coding_code(code) AS code FROM pgclinical.code_worklist('regress_codes_ehr', 'http://codes.example/lab');
-- What comes later has the code at once.
SELECT pg_temp.put('lab/2.hl7', pg_temp.oru('20240103080000', '100', 'GLU^Glucose serum^L', '97'));
CALL pgclinical.run('regress_codes_ehr', 'lab');
SELECT codes, value FROM glucose WHERE value = '97';

-- Approving again corrects the row; a feed's own row goes before that of all feeds.
SELECT pgclinical.approve_code('regress_codes_ehr', 'observation', 'K', 'http://codes.example/lab|WRONG', note => 'first') AS a,
       pgclinical.approve_code('regress_codes_ehr', 'observation', 'K', 'loinc|2823-3||Potassium', note => 'second') AS b,
       pgclinical.approve_code('regress_codes_ehr', 'observation', 'K', 'loinc|6298-4', feed => 'lab') AS c;
SELECT source_code, feed, code, system, display, note FROM regress_codes_ehr.code_map ORDER BY code_map;
SELECT concept, equivalence, map, rule, conditional FROM code_translate('|K', 'loinc', 'regress_codes_ehr');
SELECT concept, map FROM code_translate('http://any.example/local|K', NULL, 'regress_codes_ehr');
SELECT concept, map FROM code_translate('|K', 'http://codes.example/lab', 'regress_codes_ehr');
SELECT pgclinical.load_terminology('{"resourceType": "ConceptMap", "url": "http://codes.example/map", "version": "1",
    "group": [{"source": "http://codes.example/local", "target": "http://codes.example/lab", "element": [
    {"code": "GLU", "target": [{"code": "U-GLU", "equivalence": "equivalent"}]}]}]}');
SELECT concept, map FROM code_translate('http://codes.example/local|GLU', 'http://codes.example/lab', 'regress_codes_ehr');
SELECT concept, map FROM code_translate('http://codes.example/local|GLU', 'http://codes.example/lab', NULL);

-- CSV: columns by the header, quotes over line ends, CRLF, empty lines, a byte order mark.
SELECT pgclinical.import_code_map('regress_codes_ehr', 'observation', E'\uFEFFsource_code,system,code,display,note\r\n'
    '"NA,1",loinc,2951-2,"Sodium ""serum""","checked\r\ntwice"\r\n\r\nCL,,CHLOR,,\r\nCA,loinc,17861-6,,\r\n'::text) AS imported;
SELECT pgclinical.import_code_map('regress_codes_ehr', 'observation', E'code,source_code\nMG-1,MG'::text, feed => 'lab') AS imported;
SELECT source_code, feed, code, system, display, replace(note, E'\n', '<line>') AS note FROM regress_codes_ehr.code_map
WHERE source_code IN ('NA,1', 'CL', 'CA', 'MG') ORDER BY code_map;
SELECT pgclinical.import_code_map('regress_codes_ehr', 'observation', E'source_code,code\n'::text) AS imported;

-- What is no such CSV is refused whole, with its line and nothing of what it holds.
CREATE FUNCTION pg_temp.refusal(csv text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text; context text;
BEGIN
    PERFORM pgclinical.import_code_map('regress_codes_ehr', 'secret', csv);
    RETURN 'taken';
EXCEPTION WHEN others THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        context = PG_EXCEPTION_CONTEXT;
    RETURN concat_ws(' / ', SQLSTATE, message, detail)
        || CASE WHEN concat(message, detail, hint, context) ~ 'SECRET' THEN ' WITH CONTENT' ELSE '' END;
END $$;
SELECT name, pg_temp.refusal(csv) FROM (VALUES
    ('open quote', E'source_code,code\nA,1\n"SECRET,2\nB,3\n'),
    ('text after a quote', E'source_code,code\nA,1\n"SECRET"X,2\n'),
    ('quote within a plain field', E'source_code,code\nA,1\n5" tube,2\n'),
    ('too few fields', E'source_code,system,code\nA,,1\nSECRET\n'),
    ('too many fields', E'source_code,code\n"A\nB",1\n\nSECRET,2,3\n'),
    ('no source code', E'source_code,code\n,SECRET\n'),
    ('no code', E'source_code,code\nSECRET,\n'),
    ('a code for two targets', E'source_code,code\nSECRET,1\nA,1\nSECRET,2\n'),
    ('a code twice the same', E'source_code,code\nA,1\nA,1\n'),
    ('unknown column', E'source_code,code,SECRET\nA,1,2\n'),
    ('column twice', E'source_code,code,code\nA,1,SECRET\n'),
    ('no header', E'SECRET,1\nA,1\n'),
    ('empty', ''),
    ('control characters', E'source_code,code\nA,1\nB,SECRET\x01\n')) v(name, csv);
SELECT source_code, code FROM regress_codes_ehr.code_map WHERE kind = 'secret' ORDER BY code_map;

CREATE FUNCTION pg_temp.concept_map_refusal(map jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text;
BEGIN
    PERFORM pgclinical.import_code_map('regress_codes_ehr', 'gender', map);
    RETURN 'taken';
EXCEPTION WHEN others THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' / ', SQLSTATE, message, detail);
END $$;

-- ConceptMap: codes with one target that is equal or equivalent.
SELECT pgclinical.import_code_map('regress_codes_ehr', 'gender', '{"resourceType": "ConceptMap", "group": [
    {"target": "http://hl7.org/fhir/administrative-gender", "element": [
        {"code": "1", "target": [{"code": "male", "display": "Male", "equivalence": "equal", "comment": "by the registry"}]},
        {"code": "2", "target": [{"code": "female", "equivalence": "equivalent"}]},
        {"code": "3", "target": [{"code": "other", "equivalence": "wider"}]},
        {"code": "4", "target": [{"code": "other", "equivalence": "equal"}, {"code": "unknown", "equivalence": "equal"}]},
        {"code": "5"}, {"code": "6", "noMap": true}, {"code": "7", "target": [{"equivalence": "unmatched"}]},
        {"code": "8", "target": [{"code": "unknown", "relationship": "equivalent"}]}]}]}'::jsonb) AS imported;
SELECT source_code, code, system, display, note FROM regress_codes_ehr.code_map WHERE kind = 'gender' ORDER BY code_map;
SELECT pgclinical.import_code_map('regress_codes_ehr', 'gender', '{"resourceType": "ConceptMap"}'::jsonb) AS imported;
SELECT pgclinical.import_code_map('regress_codes_ehr', 'gender', '{"resourceType": "CodeSystem", "group": []}'::jsonb);
SELECT pgclinical.import_code_map('regress_codes_ehr', 'gender', '[1, 2]'::jsonb);
SELECT pgclinical.import_code_map('regress_codes_ehr', 'gender', '{"resourceType": "ConceptMap", "group": {"element": 1}}'::jsonb);
SELECT pgclinical.import_code_map('regress_codes_ehr', 'gender', '{"resourceType": "ConceptMap", "group": [
    {"target": "http://a.example", "element": [{"code": "9", "target": [{"code": "x", "equivalence": "equal"}]}]},
    {"target": "http://b.example", "element": [{"code": "9", "target": [{"code": "y", "equivalence": "equal"}]}]}]}'::jsonb);
SELECT count(*) AS of_what_was_refused FROM regress_codes_ehr.code_map WHERE source_code IN ('9', '10');

SELECT pg_temp.concept_map_refusal('{"resourceType": "ConceptMap", "group": [
    {"target": "http://a.example", "element": [{"code": "10", "target": [{"code": "SECRET\u0001", "equivalence": "equal"}]}]}]}');

-- LOINC as it is released: quoted fields over several lines, one of them empty; else the line is named.
CREATE TEMP TABLE loinc_lines (line text);
INSERT INTO loinc_lines VALUES ('"LOINC_NUM","COMPONENT","STATUS","LONG_COMMON_NAME","DefinitionDescription"'),
    ('"1-8","Acyclovir","ACTIVE","Acyclovir [Susceptibility]","First line, with ""quotes""'), (''), ('third line"'),
    ('"3-4","Carbamazepine","ACTIVE","Carbamazepine","One line"');
SELECT pgclinical.load_loinc('pg_temp.loinc_lines', version => 'regress-codes', make_current => false) AS concepts;
SELECT c.code, c.display, replace(c.definition, E'\n', '<line>') AS definition
FROM _pgclinical.code_concept c JOIN _pgclinical.code_system s USING (code_system)
WHERE s.version = 'regress-codes' ORDER BY c.code;
DELETE FROM _pgclinical.code_system WHERE version = 'regress-codes';
\set VERBOSITY default
UPDATE loinc_lines SET line = line || 'x' WHERE line = 'third line"';
SELECT pgclinical.load_loinc('pg_temp.loinc_lines', version => 'regress-codes', make_current => false);
UPDATE loinc_lines SET line = '"5-9","SECRET' WHERE line = 'third line"x';
SELECT pgclinical.load_loinc('pg_temp.loinc_lines', version => 'regress-codes', make_current => false);
\set VERBOSITY terse
SELECT count(*) FROM _pgclinical.code_system WHERE version = 'regress-codes';
-- A column of the header that is not there is empty in every row.
TRUNCATE loinc_lines;
INSERT INTO loinc_lines VALUES ('LOINC_NUM,COMPONENT'), ('1-8,Acyclovir');
SELECT pgclinical.load_loinc('pg_temp.loinc_lines', version => 'regress-codes', make_current => false) AS concepts;
SELECT c.code, c.display, c.inactive FROM _pgclinical.code_concept c JOIN _pgclinical.code_system s USING (code_system)
WHERE s.version = 'regress-codes';
DELETE FROM _pgclinical.code_system WHERE version = 'regress-codes';

-- The wrong file, which might be one of patients, is refused without its content.
\set VERBOSITY default
TRUNCATE loinc_lines;
INSERT INTO loinc_lines VALUES ('SECRET|PATIENT');
SELECT pgclinical.load_rxnorm('pg_temp.loinc_lines');
UPDATE loinc_lines SET line = E'100\tSECRET';
SELECT pgclinical.load_snomed('pg_temp.loinc_lines', 'pg_temp.loinc_lines', 'pg_temp.loinc_lines', 'regress-codes');
UPDATE loinc_lines SET line = E'concept_id\tconcept_name';
INSERT INTO loinc_lines VALUES (E'SECRET\tPATIENT');
SELECT pgclinical.load_athena('pg_temp.loinc_lines');
\set VERBOSITY terse

-- What is refused otherwise.
SELECT pgclinical.approve_code('regress_codes_ehr', 'observation', 'GLU', 'loinc|1', feed => 'none');
SELECT pgclinical.import_code_map('regress_codes_ehr', 'observation', E'source_code,code\nA,1'::text, feed => 'none');
SELECT pgclinical.approve_code('regress_codes_ehr', NULL, 'GLU', 'loinc|1');
SELECT pgclinical.approve_code('regress_codes_ehr', 'observation', '', 'loinc|1');
SELECT pgclinical.approve_code('regress_codes_ehr', 'observation', 'GLU', NULL);
SELECT pgclinical.approve_code('public', 'observation', 'GLU', 'loinc|1');
SELECT pgclinical.approve_code(NULL, 'observation', 'GLU', 'loinc|1');
SELECT * FROM pgclinical.code_worklist('nowhere');
SELECT * FROM pgclinical.code_worklist(NULL);
SELECT pgclinical.import_code_map('nowhere', 'observation', E'source_code,code\n'::text);
SELECT pgclinical.import_code_map('nowhere', 'observation', '{"resourceType": "ConceptMap"}'::jsonb);
SELECT * FROM code_translate('|K', 'loinc', 'nowhere');

-- A role that may work in warehouses, but not in this one.
\set VERBOSITY sqlstate
CREATE ROLE regress_codes_stranger IN ROLE pgclinical_etl;
SET ROLE regress_codes_stranger;
SELECT * FROM pgclinical.code_worklist('regress_codes_ehr');
SELECT pgclinical.approve_code('regress_codes_ehr', 'observation', 'GLU', 'loinc|1');
SELECT pgclinical.import_code_map('regress_codes_ehr', 'observation', E'source_code,code\nA,1'::text);
SELECT pgclinical.import_code_map('regress_codes_ehr', 'observation', '{"resourceType": "ConceptMap"}'::jsonb);
SELECT * FROM code_translate('|K', 'loinc', 'regress_codes_ehr');
RESET ROLE;
-- Who may read the resources may read the work list, and still changes nothing.
GRANT USAGE ON SCHEMA regress_codes_ehr TO regress_codes_stranger;
GRANT SELECT ON ALL TABLES IN SCHEMA regress_codes_ehr TO regress_codes_stranger;
SET ROLE regress_codes_stranger;
SELECT count(*) FROM pgclinical.code_worklist('regress_codes_ehr');
SELECT count(*) FROM code_translate('|K', 'loinc', 'regress_codes_ehr');
SELECT pgclinical.approve_code('regress_codes_ehr', 'observation', 'GLU', 'loinc|1');
RESET ROLE;
-- One that is not of the extension's roles at all.
REVOKE pgclinical_etl FROM regress_codes_stranger;
SET ROLE regress_codes_stranger;
SELECT * FROM pgclinical.code_worklist('regress_codes_ehr');
SELECT pgclinical.approve_code('regress_codes_ehr', 'observation', 'GLU', 'loinc|1');
RESET ROLE;
\set VERBOSITY terse

DROP VIEW glucose;
SELECT pgclinical.drop_warehouse('regress_codes_ehr', confirm => 'regress_codes_ehr');
DROP OWNED BY regress_codes_stranger;
DROP ROLE regress_codes_stranger;
DROP SERVER regress_codes_site;
DELETE FROM _pgclinical.code_system WHERE url = 'http://codes.example/lab';
DELETE FROM _pgclinical.code_concept_map WHERE url = 'http://codes.example/map';
