-- fhir_references: each form, resolved within the document; typed by the definitions.
\pset null ''
SELECT path, kind, reference, target_type AS type, target_id AS id, target_version AS version, identifier_system AS system, identifier_value AS value
FROM fhir_references('{"resourceType":"Observation","contained":[{"resourceType":"Practitioner","id":"pr"},{"resourceType":"Basic","id":"b","subject":{"reference":"#"}}],
  "subject":{"reference":"Patient/1/_history/2"},"encounter":{"identifier":{"system":"urn:x","value":"9"}},
  "performer":[{"reference":"#pr"},{"reference":"http://x.example/fhir/Organization/7"},{"display":"x"},{"type":"CareTeam","identifier":{"value":"8"}},{"reference":"#nobody"}],
  "focus":[{"reference":"Patient?identifier=1"},{"reference":"urn:uuid:1"},{"reference":"nonsense"}],
  "extension":[{"url":"urn:x","valueReference":{"reference":"Group/1"}},{"url":"urn:y","valueCanonical":"http://x.example/q|2"}],
  "note":[{"authorReference":{"reference":"RelatedPerson/1"}}]}');
SELECT path, kind, target_type, target_id FROM fhir_references('{"resourceType":"Bundle","type":"transaction","entry":[
  {"fullUrl":"urn:uuid:a","resource":{"resourceType":"Patient","id":"p"}},
  {"fullUrl":"urn:uuid:b","resource":{"resourceType":"Encounter","subject":{"reference":"urn:uuid:a"},"serviceProvider":{"reference":"urn:uuid:c"}}},
  {"resource":{"resourceType":"QuestionnaireResponse","questionnaire":"http://x.example/q|1","item":[{"answer":[{"valueReference":{"reference":"urn:uuid:b"}}]}]}}]}');
SELECT count(*) FROM fhir_references(NULL);
SELECT count(*) FROM unnest(ARRAY['1', '[]', '{}', '{"resourceType":"Secret","subject":{"reference":"Patient/1"}}']::jsonb[]) r, fhir_references(r);
