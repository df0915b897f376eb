-- deid: laws of de-identification as SQL sees it.  The rules one by one: test/unit/deid_*.cpp.
SET timezone TO 'UTC';

-- A table of resources: every type in scope, references in all forms.
CREATE TEMP TABLE input (n int PRIMARY KEY, resource jsonb);
INSERT INTO input VALUES
(1, '{"resourceType":"Patient","id":"MRN-5550001","identifier":[{"value":"5550001"}],
 "name":[{"family":"Quigley","given":["Zelda"]}],"gender":"female","birthDate":"1960-04-05",
 "address":[{"line":["12 Elm"],"city":"Salem","state":"MA","postalCode":"01970"}],
 "generalPractitioner":[{"reference":"Practitioner/77","display":"Dr. Quigley"}],
 "link":[{"other":{"reference":"Patient/MRN-5550002"},"type":"replaces"}]}'),
(2, '{"resourceType":"Observation","id":"o-1","status":"final",
 "code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Zelda"}],"text":"Zelda"},
 "subject":{"reference":"Patient/MRN-5550001","display":"Zelda Quigley"},"effectiveDateTime":"2019-03-04T05:06:07Z",
 "encounter":{"reference":"https://ehr.example/fhir/Encounter/enc-9/_history/2"},
 "performer":[{"reference":"urn:uuid:0d5f2cbe-0d39-4b84-a8a0-3a1f2b3c4d5e","type":"Practitioner"}],
 "valueQuantity":{"value":118.50,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}'),
(3, '{"resourceType":"Encounter","id":"enc-9","status":"finished",
 "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},
 "subject":{"reference":"Patient/MRN-5550001"},"period":{"start":"2019-03-04","end":"2019-03-05"},
 "location":[{"location":{"reference":"Location/ward"}}]}'),
(4, '{"resourceType":"Coverage","id":"cov","status":"active","subscriberId":"S1","policyHolder":{"reference":"Patient/MRN-5550009"},
 "beneficiary":{"reference":"Patient/MRN-5550001"},"payor":[{"reference":"Organization/pay"}]}'),
(5, '{"resourceType":"Provenance","id":"p","target":[{"reference":"Patient/MRN-5550001"}]}'),
(6, '{"resourceType":"Practitioner","id":"77","name":[{"family":"Quigley"}],"gender":"male"}'),
(7, '[]'), (8, 'null'), (9, '"Zelda"'), (10, '17'), (11, '{}'),
(12, '{"resourceType":"Organization","id":"pay","name":"Quigley Ltd",
 "type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/organization-type","code":"ins"}]}]}');

-- Nothing of a name, a number or a place survives either form.
CREATE TEMP TABLE output AS
SELECT n, resource, codes.codes,
       deid_safe_harbor(resource, NULL, '2024-01-01') AS unlinked,
       deid_safe_harbor(resource, NULL, '2024-01-01', codes.codes) AS linked
FROM input, LATERAL (
    SELECT coalesce(jsonb_object_agg(domain || '/' || identifier, 'k' || n || '-' || ordinality), '{}') AS codes
    FROM deid_references(resource) WITH ORDINALITY
) codes;
SELECT n, unlinked FROM output ORDER BY n;
SELECT n, linked FROM output WHERE linked IS NOT NULL ORDER BY n;
SELECT count(*) AS leaks FROM output, unnest(ARRAY[unlinked, linked]) o
WHERE o::text ~* 'zelda|quigley|555000|salem|elm|MRN|enc-9|0d5f2cbe|ward';

-- Law: the codes that deid_references names are enough, and none of them is left over.
SELECT n, domain, identifier FROM input, deid_references(resource) ORDER BY n, domain COLLATE "C", identifier COLLATE "C";
SELECT bool_and(linked::text LIKE '%' || code || '%') AS every_code_is_used FROM output, jsonb_each_text(codes) c(id, code);
SELECT n, id, deid_safe_harbor(resource, NULL, '2024-01-01', codes - id)
FROM output, jsonb_object_keys(codes) id WHERE n = 2 ORDER BY id LIMIT 1;
SELECT deid_safe_harbor(resource, NULL, '2024-01-01', '{}') FROM input WHERE n = 1;

-- Law: a second pass changes nothing.
SELECT count(*) AS not_idempotent FROM output WHERE deid_safe_harbor(unlinked, NULL, '2024-01-01') IS DISTINCT FROM unlinked;

-- Law: the two forms differ in ids and references only.
SELECT bool_and((unlinked IS NULL) = (linked IS NULL)) AS drop_the_same FROM output;
SELECT count(*) AS differ FROM output
WHERE unlinked - ARRAY['link','generalPractitioner','subject','encounter','performer','location','beneficiary','payor']
      IS DISTINCT FROM linked - ARRAY['id','link','generalPractitioner','subject','encounter','performer','location','beneficiary','payor'];

-- Law: the declared date decides, not the clock; without one it is the transaction's.
SELECT d AS reference, deid_safe_harbor(jsonb '{"resourceType":"Patient","birthDate":"1934-06-02"}', NULL, d) -> 'birthDate' AS birth
FROM unnest(ARRAY['2024-06-01', '2024-06-02', '1990-01-01']::date[]) d;
SELECT deid_safe_harbor(resource) = deid_safe_harbor(resource, NULL, current_date) AS same FROM input WHERE n = 1;

-- Facts of the person: ages of the over-89, and known strings.
\set number '{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueInteger":55501}'
SELECT deid_safe_harbor(jsonb '{"resourceType":"Condition","recordedDate":"2011","onsetAge":{"value":80,"unit":"a"}}',
                        '{"birthDate":"1931-01-01"}', '2024-01-01');
SELECT deid_safe_harbor(jsonb '{"resourceType":"Condition","recordedDate":"2011","onsetAge":{"value":80,"unit":"a"}}',
                        '{"birthDate":"1931-01-01","deceased":"2015-01-01"}', '2024-01-01');
SELECT deid_safe_harbor(jsonb :'number', '{"known":["555-01"]}', '2024-01-01');
SELECT deid_safe_harbor(jsonb :'number', '{"known":["555-01"]}', '2024-01-01', '{}');
SELECT deid_safe_harbor(jsonb :'number', '{"known":["555-01"],"on_known":"remove"}', '2024-01-01', '{}');

-- Arguments: NULLs, malformed ones, none of them quoted.
SELECT deid_safe_harbor(NULL::jsonb) IS NULL AS a, deid_safe_harbor(NULL::jsonb, NULL, NULL, NULL) IS NULL AS b;
SELECT count(*) FROM deid_references(NULL::jsonb);
SELECT deid_safe_harbor(resource, NULL, NULL, '{}') FROM input WHERE n = 1;
SELECT deid_safe_harbor(resource, NULL, '2024-01-01', NULL) FROM input WHERE n = 1;
SELECT deid_safe_harbor(resource, NULL, '2024-01-01', '["Zelda"]') FROM input WHERE n = 1;
SELECT deid_safe_harbor(resource, NULL, 'infinity') FROM input WHERE n = 1;
SELECT deid_safe_harbor(resource, '{"birthDate":"Zelda"}') FROM input WHERE n = 1;
SELECT deid_safe_harbor(resource, '{"Zelda":1}') FROM input WHERE n = 1;
SELECT deid_safe_harbor(jsonb '{"resourceType":"Patient","id":"Zelda"}', NULL, '2024-01-01', '{"Patient/Zelda":"Zelda"}');
SELECT deid_safe_harbor(jsonb '{"resourceType":"Patient","id":"Zelda"}', NULL, '2024-01-01', '{"Patient/Zelda":"Zelda Quigley"}');

-- Large and deep values.
SELECT deid_safe_harbor(jsonb_build_object('resourceType', 'Patient', 'address', jsonb_agg(jsonb_build_object('state', 'MA'))))
       -> 'address' -> 99999 AS last FROM generate_series(1, 100000);
SELECT deid_safe_harbor(jsonb_build_object('resourceType', 'Patient', 'address', jsonb_agg('{}'::jsonb)))
FROM generate_series(1, 1000001);
DO $$
DECLARE deep text := '{"resourceType":"Patient","gender":"male"}';
BEGIN
    FOR i IN 1..2000 LOOP deep := '{"resourceType":"Patient","contained":[' || deep || ']}'; END LOOP;
    RAISE NOTICE '%', deid_safe_harbor(deep::jsonb) -> 'contained';
END $$;

-- The policy is named by its rules.
SELECT length(pgclinical.policy_hash('safe_harbor')), pgclinical.policy_hash(NULL);
SELECT pgclinical.policy_hash('Zelda');

-- Labels.
SELECT proname, pronargs, provolatile, proisstrict, proparallel FROM pg_proc
WHERE proname IN ('deid_safe_harbor', 'deid_references', 'policy_hash') ORDER BY proname COLLATE "C", pronargs;

-- The form with codes can be indexed; both run in parallel plans.
CREATE TABLE deid_parallel AS SELECT resource FROM input, generate_series(1, 2000);
CREATE INDEX ON deid_parallel ((deid_safe_harbor(resource, NULL, '2024-01-01', '{}') -> 'gender'))
    WHERE resource ->> 'resourceType' = 'none';
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(deid_safe_harbor(resource)) FROM deid_parallel;
DROP TABLE deid_parallel;
