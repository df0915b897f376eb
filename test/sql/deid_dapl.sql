-- deid_dapl: the shape of DAPL's de-identified Patient (guide 1.0.0: cardinalities of its differential)
CREATE TEMP TABLE p AS SELECT n, d, deid_dapl(d, '2024-06-01', born) AS patient FROM (VALUES
    (1, '{"resourceType": "Patient", "id": "c", "meta": {"security": [{"code": "ANONYED"}]}, "birthDate": "1980",
        "gender": "female", "deceasedDateTime": "2020", "maritalStatus": {"text": "x"}, "multipleBirthBoolean": true,
        "address": [{"state": "MA", "postalCode": "021", "country": "US"}, {"postalCode": "100"}],
        "extension": [{"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", "valueCode": "F"},
            {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", "extension": []},
            {"url": "http://hl7.org/fhir/StructureDefinition/patient-citizenship"}]}'::jsonb, true),
    (2, '{"resourceType": "Patient", "id": "c", "address": [{"postalCode": "000"}]}', true),
    (3, '{"resourceType": "Patient", "id": "c"}', false),
    (4, '{"resourceType": "Patient", "birthDate": "1935"}', true),
    (5, '{"resourceType": "Patient", "birthDate": "1934"}', true),
    (6, '{"resourceType": "Patient", "birthDate": "2025", "extension": {}}', true)) v(n, d, born);
SELECT patient FROM p WHERE n <= 3 ORDER BY n;
SELECT n, jsonb_path_query(patient, '$.extension[*].valueQuantity') ->> 'value' AS age,
       jsonb_path_query(patient, '$.extension[*].valueQuantity') ->> 'comparator' AS comparator FROM p ORDER BY n;
-- What the profile forbids is never there, what it demands always once.
SELECT bool_or(patient ?| '{text,contained,identifier,name,telecom,birthDate,deceasedDateTime,maritalStatus,multipleBirthBoolean,photo,contact,generalPractitioner,managingOrganization,link}') AS forbidden,
       bool_and(jsonb_array_length(patient -> 'address') = 1) AS one_address,
       bool_and(jsonb_array_length(jsonb_path_query_array(patient, '$.extension[*] ? (@.url like_regex "dapl-age-extension$")')) = 1) AS one_age
FROM p;
-- Others are left as they are, but for text and contained.
SELECT deid_dapl('{"resourceType": "Observation", "text": {}, "contained": [], "status": "final"}', '2024-06-01', true);
SELECT deid_dapl(NULL, '2024-06-01', true) IS NULL AS null_for_null;
