-- Resources out of bundles and files; canonical hash; issues as a resource.
\pset null (null)
SELECT ordinal, full_url, resource_type, id, resource FROM fhir_resources('{"resourceType":"Bundle","type":"transaction","entry":[
    {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p"},"request":{"method":"PUT","url":"Patient/p"}},
    {"request":{"method":"DELETE","url":"Patient/q"}},
    {"resource":{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Basic"}}]}}]}');
SELECT ordinal, full_url, resource_type, id FROM fhir_resources('{"resourceType":"Patient","id":"p"}');
SELECT count(*) FROM fhir_resources('{"resourceType":"Bundle","type":"collection"}');
SELECT count(*) FROM unnest(ARRAY['[]', '1', '"x"', '{"resourceType":"Bundle","entry":{}}', '{"resourceType":"Bundle","entry":[1,{}]}']::jsonb[]) b,
    fhir_resources(b);
SELECT count(*) FROM fhir_resources(NULL);

SELECT ordinal, byte_offset, resource, (issue).severity, (issue).location, (issue).message
FROM fhir_ndjson(E'{"a":1}\n\n  \r\n{"a":1.50}\r\n{"secret":"x"\n{"a":1,"a":2}\n[]');
SELECT count(*) FROM fhir_ndjson('');

-- Equal for versions that say the same, different for anything else.
SELECT fhir_hash(a) = fhir_hash(b) AS same, note FROM (VALUES
    ('{"resourceType":"Patient","id":"p"}'::jsonb, '{"id":"p","resourceType":"Patient"}'::jsonb, 'order'),
    ('{"id":"p","meta":{"versionId":"1","lastUpdated":"2020-01-01T00:00:00Z"}}', '{"id":"p"}', 'version'),
    ('{"id":"p","meta":{"versionId":"1","tag":[]}}', '{"id":"p","meta":{"versionId":"2","tag":[]}}', 'version beside a tag'),
    ('{"id":"p","meta":{"tag":[]}}', '{"id":"p"}', 'tag'),
    ('{"text":{"div":"a"},"contained":[{"text":{"div":"b"},"id":"c"}]}', '{"contained":[{"id":"c"}]}', 'narrative'),
    ('{"code":{"text":"a"}}', '{"code":{"text":"b"}}', 'another text'),
    ('{"value":1.0}', '{"value":1.00}', 'precision')) v (a, b, note);
SELECT encode(fhir_hash('{"b":"\"\\/\n\u0001ü","a":[1.50,true,null]}'), 'hex')
     = encode(sha256(convert_to('{"a":[1.50,true,null],"b":"\"\\/\n\u0001ü"}', 'UTF8')), 'hex') AS canonical;

SELECT jsonb_pretty(fhir_operation_outcome(ARRAY[
    ('error', 'required', 'obs', NULL, 'Observation.status', 'the element is required'),
    ('warning', 'invariant', NULL, 'Line 1', NULL, 'dom-6')]::clinical_issue[]));
SELECT fhir_operation_outcome('{}');
