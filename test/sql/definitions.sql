-- Loaded profiles: slicing by value, type, exists and profile, fixed and pattern values, extensions by
-- their definitions, bindings to loaded value sets, constraints.
\pset null ''
CREATE FUNCTION errors(resource jsonb, profile text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(i.expression || ' ' || i.format_code || ': ' || i.message, '; ' ORDER BY ordinality)
    FROM fhir_issues(resource, profile) WITH ORDINALITY i WHERE i.severity = 'error' $$;

SELECT pgclinical.load_definitions('[
 {"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"complete","concept":[{"code":"a"},{"code":"b"}]},
 {"resourceType":"ValueSet","url":"http://example.org/vs","status":"active","compose":{"include":[{"system":"http://example.org/cs","concept":[{"code":"a"}]}]}},
 {"resourceType":"StructureDefinition","url":"http://example.org/ext","name":"E","status":"active","kind":"complex-type","abstract":false,"type":"Extension",
  "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension","derivation":"constraint","differential":{"element":[
   {"id":"Extension","path":"Extension"},
   {"id":"Extension.url","path":"Extension.url","fixedUri":"http://example.org/ext"},
   {"id":"Extension.value[x]","path":"Extension.value[x]","min":1,"type":[{"code":"Coding"}],"binding":{"strength":"required","valueSet":"http://example.org/vs"}}]}},
 {"resourceType":"StructureDefinition","url":"http://example.org/pressure","version":"1.0","name":"P","status":"active","kind":"resource","abstract":false,"type":"Observation",
  "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Observation","derivation":"constraint","differential":{"element":[
   {"id":"Observation","path":"Observation","constraint":[{"key":"p-1","severity":"error","human":"A value and an interpretation go together","expression":"value.exists() implies interpretation.exists()"}]},
   {"id":"Observation.extension","path":"Observation.extension","slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}},
   {"id":"Observation.extension:e","path":"Observation.extension","sliceName":"e","max":"1","type":[{"code":"Extension","profile":["http://example.org/ext"]}]},
   {"id":"Observation.code","path":"Observation.code","patternCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]}},
   {"id":"Observation.subject","path":"Observation.subject","min":1,"type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Patient"]}]},
   {"id":"Observation.value[x]","path":"Observation.value[x]","type":[{"code":"Quantity"},{"code":"string"}]},
   {"id":"Observation.component","path":"Observation.component","min":1,"slicing":{"discriminator":[{"type":"pattern","path":"code"}],"ordered":true,"rules":"closed"}},
   {"id":"Observation.component:systolic","path":"Observation.component","sliceName":"systolic","min":1,"max":"1"},
   {"id":"Observation.component:systolic.code","path":"Observation.component.code","patternCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]}},
   {"id":"Observation.component:systolic.value[x]","path":"Observation.component.value[x]","min":1,"type":[{"code":"Quantity"}]},
   {"id":"Observation.component:systolic.value[x].code","path":"Observation.component.value[x].code","fixedCode":"mm[Hg]"},
   {"id":"Observation.component:diastolic","path":"Observation.component","sliceName":"diastolic","max":"1"},
   {"id":"Observation.component:diastolic.code","path":"Observation.component.code","patternCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]}},
   {"id":"Observation.component:diastolic.value[x]","path":"Observation.component.value[x]","max":"0"}]}},
 {"resourceType":"StructureDefinition","url":"http://example.org/derived","name":"D","status":"active","kind":"resource","abstract":false,"type":"Observation",
  "baseDefinition":"http://example.org/pressure","derivation":"constraint","differential":{"element":[
   {"id":"Observation.component:diastolic","path":"Observation.component","sliceName":"diastolic","min":1}]}},
 {"resourceType":"StructureDefinition","url":"http://example.org/bundle","name":"B","status":"active","kind":"resource","abstract":false,"type":"Bundle",
  "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Bundle","derivation":"constraint","differential":{"element":[
   {"path":"Bundle.entry","slicing":{"discriminator":[{"type":"type","path":"resource"}],"rules":"open"}},
   {"path":"Bundle.entry","sliceName":"patient","min":1},
   {"path":"Bundle.entry.resource","min":1,"type":[{"code":"Patient"}]},
   {"path":"Bundle.entry","sliceName":"pressure","min":1},
   {"path":"Bundle.entry.resource","min":1,"type":[{"code":"Observation","profile":["http://example.org/pressure"]}]}]}},
 {"resourceType":"StructureDefinition","url":"http://example.org/exists","name":"X","status":"active","kind":"resource","abstract":false,"type":"Patient",
  "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[
   {"path":"Patient.identifier","slicing":{"discriminator":[{"type":"exists","path":"system"}],"rules":"open"}},
   {"path":"Patient.identifier","sliceName":"with","min":1},
   {"path":"Patient.identifier.system","min":1},
   {"path":"Patient.identifier.value","min":1},
   {"path":"Patient.identifier","sliceName":"without","max":"0"},
   {"path":"Patient.identifier.system","max":"0"}]}},
 {"resourceType":"StructureDefinition","url":"http://example.org/orphan","name":"O","status":"active","kind":"resource","abstract":false,"type":"Patient",
  "baseDefinition":"http://example.org/nobody","derivation":"constraint","differential":{"element":[{"path":"Patient"}]}},
 {"resourceType":"Patient"}]') AS loaded;

CREATE FUNCTION pressure(change jsonb DEFAULT '{}', remove text DEFAULT '') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT ('{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/1"},
        "code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"x"}]},
        "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
                     {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"dataAbsentReason":{"text":"x"}}]}'::jsonb || change) - remove $$;
\pset format unaligned
\pset tuples_only on
SELECT note, errors(r, 'http://example.org/pressure') FROM (VALUES
    ('as asked for', pressure()),
    ('no subject', pressure(remove => 'subject')),
    ('another subject', pressure('{"subject":{"reference":"Group/1"}}')),
    ('another code', pressure('{"code":{"coding":[{"system":"http://loinc.org","code":"1"}]}}')),
    ('a type that is not allowed', pressure('{"valueBoolean":true,"interpretation":[{"text":"x"}]}')),
    ('constraint', pressure('{"valueString":"x"}')),
    ('extension', pressure('{"extension":[{"url":"http://example.org/ext","valueCoding":{"system":"http://example.org/cs","code":"a"}},{"url":"http://example.org/other","valueCode":"x"}]}')),
    ('extension, code', pressure('{"extension":[{"url":"http://example.org/ext","valueCoding":{"system":"http://example.org/cs","code":"b"}}]}')),
    ('extension, type', pressure('{"extension":[{"url":"http://example.org/ext","valueString":"x"}]}')),
    ('extension, twice', pressure('{"extension":[{"url":"http://example.org/ext","valueCoding":{"system":"http://example.org/cs","code":"a"}},{"url":"http://example.org/ext","valueCoding":{"system":"http://example.org/cs","code":"a"}}]}')),
    ('no component', pressure(remove => 'component')),
    ('no systolic', pressure(jsonb_build_object('component', (pressure() -> 'component') - 0))),
    ('fixed unit', pressure('{"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":16,"system":"http://unitsofmeasure.org","code":"kPa"}}]}')),
    ('out of order', pressure(jsonb_build_object('component', jsonb_build_array(pressure() #> '{component,1}', pressure() #> '{component,0}')))),
    ('in no slice', pressure(jsonb_build_object('component', (pressure() -> 'component') || '{"code":{"text":"x"},"valueString":"x"}'::jsonb))),
    ('max 0', pressure(jsonb_build_object('component', jsonb_set(pressure() -> 'component', '{1,valueString}', '"x"')))),
    ('another type', '{"resourceType":"Patient"}')) v (note, r);
SELECT 'derived', errors(pressure(), 'http://example.org/derived'), errors(pressure(jsonb_build_object('component', (pressure() -> 'component') - 1)), 'http://example.org/derived');
SELECT note, errors(r, 'http://example.org/exists') FROM (VALUES
    ('with', '{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"}]}'::jsonb),
    ('with, no value', '{"resourceType":"Patient","identifier":[{"system":"urn:x"}]}'),
    ('without', '{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"},{"value":"1"}]}')) v (note, r);
SELECT errors(jsonb_build_object('resourceType', 'Bundle', 'type', 'collection', 'entry', jsonb_build_array(jsonb_build_object('fullUrl', 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520', 'resource', e))),
              'http://example.org/bundle')
FROM (VALUES ('{"resourceType":"Patient"}'::jsonb), (pressure(remove => 'subject'))) v (e);
SELECT errors(pressure(), 'http://example.org/pressure|1.0'), errors('{"resourceType":"Patient"}', 'http://hl7.org/fhir/StructureDefinition/Patient');
\set SHOW_CONTEXT never
SELECT errors(pressure(), 'http://example.org/pressure|2.0');
SELECT errors(pressure(), 'http://example.org/nobody');
SELECT errors('{"resourceType":"Patient"}', 'http://example.org/orphan');
SELECT count(*) FROM fhir_issues(NULL, 'http://example.org/nobody');

-- A profile loaded again counts from the next statement on, in a transaction too.
BEGIN;
SELECT pgclinical.load_definitions('{"resourceType":"StructureDefinition","url":"http://example.org/exists","name":"X","status":"active","kind":"resource","abstract":false,"type":"Patient",
  "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[{"path":"Patient.gender","min":1}]}}');
SELECT errors('{"resourceType":"Patient"}', 'http://example.org/exists');
ROLLBACK;
SELECT errors('{"resourceType":"Patient"}', 'http://example.org/exists');

-- conformsTo() knows what is loaded, and what the base asks too.
SELECT note, fhirpath(r, 'conformsTo(''http://example.org/exists'')', '{}') AS conforms FROM (VALUES
    ('with', '{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"}]}'::jsonb),
    ('with, no value', '{"resourceType":"Patient","identifier":[{"system":"urn:x"}]}'),
    ('with, wrong by the base', '{"resourceType":"Patient","gender":1,"identifier":[{"system":"urn:x","value":"1"}]}'),
    ('another type', '{"resourceType":"Basic","code":{"text":"t"}}')) v (note, r);
