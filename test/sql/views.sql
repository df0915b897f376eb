\set SHOW_CONTEXT never
-- SQL on FHIR: rows, views and kept tables say the same; conformance/views.sh runs the suite.
CREATE TABLE source (resource jsonb);
INSERT INTO source VALUES
('{"resourceType": "Patient", "id": "a", "active": true, "birthDate": "1970-06",
   "name": [{"use": "official", "family": "Test", "given": ["Alpha", "Beta"]}, {"family": "Sample"}],
   "contact": [{"telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "2"}]}, {}],
   "managingOrganization": {"reference": "Organization/o1"}, "multipleBirthInteger": 2}'),
('{"resourceType": "Patient", "id": "b", "birthDate": "1980-01-02", "multipleBirthBoolean": false}'),
('{"resourceType": "Observation", "id": "o", "status": "final", "valueQuantity": {"value": 1.50}}');

-- Columns and their types.
SELECT pgclinical.create_view('flat', '{"resource": "Patient", "select": [{"column": [
    {"name": "id", "path": "id"},
    {"name": "key", "path": "getResourceKey()", "type": "id"},
    {"name": "active", "path": "active"},
    {"name": "born", "path": "birthDate", "type": "date"},
    {"name": "born_on", "path": "birthDate", "type": "date", "tag": [{"name": "ansi/type", "value": "DATE"}]},
    {"name": "twin", "path": "multipleBirth.ofType(integer)", "type": "integer"},
    {"name": "names", "path": "name.family", "type": "string", "collection": true},
    {"name": "first_name", "path": "name.first()"},
    {"name": "organization", "path": "managingOrganization.getReferenceKey(Organization)"},
    {"name": "nobody", "path": "managingOrganization.getReferenceKey(Patient)"}]}]}', 'source');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = 'flat'::regclass AND attnum > 0 ORDER BY attnum;
SELECT * FROM flat ORDER BY id;
SELECT reloptions FROM pg_class WHERE oid = 'flat'::regclass;

-- Rows that unfold, in the order of the document.
SELECT pgclinical.create_view('unfolded', '{"resource": "Patient",
  "constant": [{"name": "how", "valueCode": "phone"}, {"name": "least", "valueInteger": -1}],
  "where": [{"path": "active or 1 > %least"}],
  "select": [
    {"column": [{"name": "id", "path": "id"}]},
    {"forEachOrNull": "contact", "column": [{"name": "contact", "path": "%rowIndex"}],
     "select": [{"unionAll": [
        {"forEach": "telecom.where(system = %how)", "column": [{"name": "what", "path": "value"}, {"name": "kind", "path": "''phone''"}]},
        {"forEach": "telecom.where(system != %how)", "column": [{"name": "what", "path": "value"}, {"name": "kind", "path": "''other''"}]},
        {"column": [{"name": "what", "path": "''none''"}, {"name": "kind", "path": "''none''"}]}]}]}]}', 'source');
SELECT * FROM unfolded;
SELECT definition FROM pg_views WHERE viewname = 'unfolded';
SELECT r FROM source, fhir_view_rows('{"resource": "Patient", "select": [{"forEach": "name", "column": [{"name": "f", "path": "family"}, {"name": "i", "path": "%rowIndex"}]}]}', resource) r;

-- What looks back at the resource goes through the rows.
SELECT pgclinical.create_view('back', '{"resource": "Patient", "select": [{"forEach": "name",
    "column": [{"name": "id", "path": "%resource.id", "type": "id"}, {"name": "family", "path": "family", "type": "string"}]}]}', 'source');
SELECT * FROM back;

-- A filter on a column meets an index on the accessor; a column not asked for is not computed.
CREATE INDEX source_id ON source (fhirpath_text(resource, 'getResourceKey()'));
SET enable_seqscan = off;
EXPLAIN (COSTS OFF, VERBOSE) SELECT born FROM flat WHERE key = 'a';
RESET enable_seqscan;

-- Invalid definitions, with their place and never a value.
SELECT pgclinical.create_view('bad', '{}', 'source');
SELECT pgclinical.create_view('bad', '{"resource": "Patient"}', 'source');
SELECT pgclinical.create_view('bad', '{"resource": "Patient", "select": [{"column": [{"name": "1a", "path": "id"}]}]}', 'source');
SELECT pgclinical.create_view('bad', '{"resource": "Patient", "select": [{"column": [{"name": "a", "path": "id"}, {"name": "a", "path": "id"}]}]}', 'source');
SELECT pgclinical.create_view('bad', '{"resource": "Patient", "select": [{"forEach": "name", "repeat": ["x"], "column": [{"name": "a", "path": "id"}]}]}', 'source');
SELECT pgclinical.create_view('bad', '{"resource": "Patient", "select": [{"column": [{"name": "a", "path": "id = %secret"}]}]}', 'source');
SELECT pgclinical.create_view('bad', '{"resource": "Patient", "select": [{"column": [{"name": "a", "path": "@@secret"}]}]}', 'source');
SELECT pgclinical.create_view('bad', '{"resource": "Patient", "select": [{"column": [{"name": "a", "path": "id.secret()"}]}]}', 'source');
\echo :LAST_ERROR_SQLSTATE
SELECT pgclinical.create_view('bad', '{"resource": "Patient", "select": [{"column": [{"name": "a", "path": "id", "tag": [{"name": "ansi/type", "value": "secret"}]}]}]}', 'source');
SELECT pgclinical.create_view('bad', '{"resource": "Patient", "select": [{"unionAll": [{"column": [{"name": "a", "path": "id"}]}, {"column": [{"name": "b", "path": "id"}]}]}]}', 'source');
SELECT pgclinical.create_view('bad', '{"resource": "Patient", "select": [{"column": [{"name": "a", "path": "id"}]}]}', 'flat');
SELECT fhir_view_rows('{"resource": "Patient", "select": [{"column": [{"name": "a", "path": "name.family"}]}]}', resource) FROM source;
SELECT fhir_view_where(resource, 'name.family') FROM source;

-- Names are names only.
SELECT pgclinical.create_view('"x; DROP TABLE source"', '{"resource": "Patient", "select": [{"column": [{"name": "a", "path": "''\\''; --''"}]}]}', 'source');
SELECT * FROM "x; DROP TABLE source";

-- Kept as a table: only what changed is made again.
SELECT pgclinical.create_view('kept', '{"resource": "Patient", "select": [{"column": [{"name": "id", "path": "id"}]},
    {"forEachOrNull": "name", "column": [{"name": "family", "path": "family"}]}]}', 'source', materialized => true);
SELECT id, family FROM kept ORDER BY 1, 2;
SELECT pgclinical.refresh_view('kept');
CREATE TABLE before AS SELECT ctid AS place, * FROM kept;
UPDATE source SET resource = jsonb_set(resource, '{name,1,family}', '"Changed"') WHERE resource ->> 'id' = 'a';
INSERT INTO source VALUES ('{"resourceType": "Patient", "id": "c", "name": [{"family": "New"}]}');
SELECT pgclinical.refresh_view('kept');
SELECT k.id, k.family, b.id IS NOT NULL AS untouched
FROM kept k LEFT JOIN before b ON b.place = k.ctid AND b.source_row = k.source_row ORDER BY 1, 2;
DELETE FROM source WHERE resource ->> 'id' = 'a';
SELECT pgclinical.refresh_view('kept');
SELECT id, family FROM kept ORDER BY 1, 2;
SELECT pgclinical.refresh_view('flat');
SELECT pgclinical.create_view('kept2', '{"resource": "Patient", "select": [{"column": [{"name": "id", "path": "id"}]}]}', 'flat', materialized => true);

-- Every ready definition makes a view over resources of its type.
SELECT count(*) AS ready, count(*) FILTER (WHERE pgclinical.create_view(name, view, 'source') IS NOT NULL) AS made
FROM pgclinical.view_library();
SELECT * FROM patients;
-- A drug with form, strength or lot is a contained Medication.
SELECT row ->> 'system' AS system, row ->> 'code' AS code, row ->> 'display' AS display
FROM (VALUES ('{"resourceType": "MedicationRequest", "id": "m", "contained": [{"resourceType": "Medication", "id": "product",
        "code": {"coding": [{"system": "http://codes.example", "code": "7", "display": "Drug"}]}}],
        "medicationReference": {"reference": "#product"}}'::jsonb),
    ('{"resourceType": "MedicationRequest", "id": "m", "medicationCodeableConcept": {"text": "Words"}}')) m(resource),
    pgclinical.view_library() v, fhir_view_rows(v.view, m.resource) AS row
WHERE v.name = 'medications' ORDER BY 2;
SELECT name FROM pgclinical.view_library() v
WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(v.name) AND attnum = 1);

SELECT fhir_is('{"resourceType": "Patient"}', 'Patient'), fhir_is('{"resourceType": "Patient"}', 'Group'), fhir_is('[]', 'Group');
