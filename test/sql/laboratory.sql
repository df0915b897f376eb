-- View laboratory: what the observations of a warehouse say, and in one unit for one analyte.
SET client_min_messages = warning;
SELECT pgclinical.create_warehouse('regress_lab') \gset _
SELECT pgclinical.create_laboratory_view('regress_lab');
INSERT INTO regress_lab.patient (resource_type, id, patient_id, version, hash, resource)
VALUES ('Patient', 'p', 'p', 1, '\x00', '{"resourceType": "Patient", "id": "p"}');
INSERT INTO regress_lab.observation (resource_type, id, patient_id, version, hash, resource)
SELECT 'Observation', 'o' || n, 'p', 1, '\x00', r || jsonb_build_object('resourceType', 'Observation', 'id', 'o' || n)
FROM unnest(ARRAY[
    '{"code": {"coding": [{"system": "http://hospital.example/lab", "code": "GLU"}, {"system": "http://loinc.org", "code": "2345-7"}]},
      "valueQuantity": {"value": 99, "unit": "mg/dl", "system": "http://unitsofmeasure.org", "code": "mg/dL"}}',
    '{"code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]},
      "valueQuantity": {"value": 40, "comparator": "<", "unit": "MG/DL"}}',
    '{"code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}, "component": [
      {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueQuantity": {"value": 16, "unit": "kPa"}},
      {"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]}, "valueQuantity": {"value": 80, "unit": "mmHg"}}]}',
    '{"code": {"text": "weight"}, "valueQuantity": {"value": 5, "unit": "furlongs"}}',
    '{"code": {"text": "note"}, "valueString": "none"}']::jsonb[]) WITH ORDINALITY AS u (r, n);
SELECT id, part, source_code, source_value ->> 'value' AS value, normalized_code, normalized_value, rule, (issue).format_code AS issue
FROM regress_lab.laboratory ORDER BY id, part;
SELECT pgclinical.create_laboratory_view('regress_none');
SELECT pgclinical.create_laboratory_view(NULL);
DROP SCHEMA regress_lab CASCADE;
