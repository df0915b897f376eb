-- fhir_issues against base R4: each rule with a resource that breaks it, and one that does not.
\pset null ''
CREATE FUNCTION errors(resource jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(i.expression || ' ' || i.format_code, ', ' ORDER BY ordinality)
    FROM fhir_issues(resource) WITH ORDINALITY i WHERE i.severity = 'error' $$;

SELECT * FROM fhir_issues('{"resourceType":"Patient","secret":1,"gender":"secret","name":{},"birthDate":"secret"}');
SELECT count(*) FROM fhir_issues('{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}');
SELECT count(*), fhir_is_valid(NULL) IS NULL FROM fhir_issues(NULL);

-- Structure.
SELECT r, errors(r) FROM unnest(ARRAY[
    '1', '{}', '[]', '{"resourceType":"Secret"}', '{"resourceType":"Resource"}', '{"resourceType":1}',
    '{"resourceType":"Patient","name":[]}', '{"resourceType":"Patient","name":[{}]}', '{"resourceType":"Patient","name":[{"id":"x"}]}',
    '{"resourceType":"Patient","name":[1,null]}', '{"resourceType":"Patient","gender":["male"]}',
    '{"resourceType":"Patient","active":"true","multipleBirthInteger":"2"}',
    '{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}',
    '{"resourceType":"Patient","_gender":{"extension":[{"url":"urn:x","valueCode":"c"}]}}',
    '{"resourceType":"Patient","_name":[]}', '{"resourceType":"Patient","_gender":{}}', '{"resourceType":"Patient","gender":null}',
    '{"resourceType":"Patient","name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"urn:x","valueCode":"c"}]}]}]}',
    '{"resourceType":"Patient","name":[{"given":["A",null],"_given":[null]}]}',
    '{"resourceType":"Patient","name":[{"given":["A",null]}]}',
    '{"resourceType":"Observation"}', '{"resourceType":"Observation","status":"final","code":{"text":"x"}}']::jsonb[]) r;

-- Primitives.
SELECT v, errors(jsonb_build_object('resourceType', 'Basic', 'code', '{"text":"x"}'::jsonb, 'extension',
                                    jsonb_build_array(jsonb_build_object('url', 'urn:x') || v)))
FROM unnest(ARRAY[
    '{"valueDate":"2020-02-29"}', '{"valueDate":"2021-02-29"}', '{"valueDate":"2020-13"}', '{"valueDate":"0000"}', '{"valueDate":"20200101"}',
    '{"valueDateTime":"2020-01-01T00:00:00Z"}', '{"valueDateTime":"2020-01-01T24:00:00Z"}', '{"valueDateTime":"2020-01-01T00:00:00"}',
    '{"valueDateTime":"2020-01-01T00:00Z"}', '{"valueDateTime":"2016-12-31T23:59:60.123+14:00"}', '{"valueDateTime":"2020-01-01T00:00:00+14:01"}',
    '{"valueInstant":"2020-01-01T00:00:00.1Z"}', '{"valueInstant":"2020-01-01"}', '{"valueTime":"12:30:00"}', '{"valueTime":"12:30"}',
    '{"valueInteger":2147483647}', '{"valueInteger":2147483648}', '{"valueInteger":1.0}', '{"valueUnsignedInt":-1}', '{"valuePositiveInt":0}',
    '{"valueDecimal":1e30}', '{"valueBoolean":true}', '{"valueBoolean":1}', '{"valueString":""}', '{"valueString":" \n"}', '{"valueString":"\u0001"}',
    '{"valueCode":"a b"}', '{"valueCode":" a"}', '{"valueCode":"a  b"}', '{"valueId":"a_b"}', '{"valueUri":"a b"}',
    '{"valueOid":"urn:oid:1.2.3"}', '{"valueOid":"urn:oid:3.2"}', '{"valueOid":"1.2.3"}', '{"valueUuid":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}',
    '{"valueUri":"urn:uuid:C757873D-ec9a-4326-a141-556f43239520"}', '{"valueBase64Binary":"YWJj\nZA=="}', '{"valueBase64Binary":"abc"}', '{"valueBase64Binary":"a=bc"}',
    '{"valueMarkdown":"x"}', '{"valueAge":{"value":1}}']::jsonb[]) v;

-- Bindings, references, extensions, contained resources, narrative, bundles.
SELECT note, errors(r) FROM (VALUES
    ('code of no value set', '{"resourceType":"Patient","gender":"F"}'::jsonb),
    ('no coding of the value set', '{"resourceType":"AllergyIntolerance","patient":{"display":"x"},"clinicalStatus":{"coding":[{"system":"urn:x","code":"active"}]}}'),
    ('text in place of a code', '{"resourceType":"AllergyIntolerance","patient":{"display":"x"},"clinicalStatus":{"text":"active"}}'),
    ('one coding of it', '{"resourceType":"AllergyIntolerance","patient":{"display":"x"},"clinicalStatus":{"coding":[{"system":"urn:x","code":"y"},{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]}}'),
    ('no currency', '{"resourceType":"Account","status":"active","extension":[{"url":"urn:x","valueMoney":{"value":1,"currency":"ABC"}}]}'),
    ('no code of its system', '{"resourceType":"Basic","code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"secret"}]}}'),
    ('target', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Practitioner/1"}}'),
    ('target by type', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"type":"Practitioner","display":"x"}}'),
    ('type and reference', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"type":"Group","reference":"http://x.example/fhir/Patient/1/_history/2"}}'),
    ('any target', '{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"Encounter/1"}}'),
    ('no form', '{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"secret"}}'),
    ('not contained', '{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"#1"}}'),
    ('contained', '{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"#1"},"contained":[{"resourceType":"Patient","id":"1"}]}'),
    ('contained of another type', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"#1"},"contained":[{"resourceType":"Basic","id":"1","code":{"text":"x"}}]}'),
    ('contained, unused', '{"resourceType":"Basic","code":{"text":"x"},"contained":[{"resourceType":"Patient","id":"1"}]}'),
    ('contained, pointing out', '{"resourceType":"Basic","code":{"text":"x"},"contained":[{"resourceType":"Basic","id":"1","code":{"text":"x"},"subject":{"reference":"#"}}]}'),
    ('contained in contained', '{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"#1"},"contained":[{"resourceType":"Patient","id":"1","meta":{"versionId":"1","security":[{"code":"x"}]},"contained":[]}]}'),
    ('extension, relative', '{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"x","valueCode":"c"}]}'),
    ('extension, nested', '{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"urn:x","extension":[{"url":"x","valueCode":"c"}]}]}'),
    ('extension, both', '{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"urn:x","valueCode":"c","extension":[{"url":"x","valueCode":"c"}]}]}'),
    ('extension, neither', '{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"urn:x"},{"valueCode":"c"}]}'),
    ('script', '{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x<script>y</script></div>"}}'),
    ('event', '{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" onclick=\"x\">x</div>"}}'),
    ('not well-formed', '{"resourceType":"Patient","text":{"status":"generated","div":"<div>x"}}'),
    ('blank', '{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"> <br/> </div>"}}'),
    ('image', '{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><img src=\"#x\" alt=\"x\"/></div>"}}'),
    ('document', '{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Patient"}}]}'),
    ('full URL', '{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"Patient/1","resource":{"resourceType":"Patient","id":"1"}},{"fullUrl":"http://x.example/Patient/2","resource":{"resourceType":"Patient","id":"1"}}]}'),
    ('links', '{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"http://x.example"},{"relation":"self","url":"http://y.example"}]}')) v (note, r);

-- In a CHECK constraint; the failing row is the server's to log.
CREATE TEMP TABLE checked (resource jsonb CHECK (fhir_is_valid(resource)));
INSERT INTO checked VALUES ('{"resourceType":"Patient","gender":"male"}');
\set VERBOSITY sqlstate
INSERT INTO checked VALUES ('{"resourceType":"Patient","gender":"x"}');
\set VERBOSITY default

-- Deep and large documents end.
SELECT errors(('{"resourceType":"Parameters","parameter":' || repeat('[{"name":"x","part":', 400) || '[{"name":"x","valueCode":"c"}]'
               || repeat('}]', 400) || '}')::jsonb);
SELECT right(errors(('{"resourceType":"Parameters","parameter":' || repeat('[{"name":"x","part":', 600) || '[{"name":"x","valueCode":"c"}]'
                     || repeat('}]', 600) || '}')::jsonb), 40);
SELECT count(*) FROM fhir_issues((SELECT jsonb_build_object('resourceType', 'Patient', 'name', jsonb_agg(1)) FROM generate_series(1, 100000)));

-- Invariants by FHIRPath.
SELECT note, errors(r) FROM (VALUES
    ('obs-6', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"x","dataAbsentReason":{"text":"x"}}'::jsonb),
    ('obs-7', '{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:x","code":"a"}]},"valueString":"x","component":[{"code":{"coding":[{"system":"urn:x","code":"a"}]}}]}'),
    ('per-1', '{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"urn:x","valuePeriod":{"start":"2020-02","end":"2020-01"}}]}'),
    ('qty-3', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1,"code":"kg"}}'),
    ('sqty-1 of the profile', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"referenceRange":[{"low":{"value":1,"comparator":"<"}}]}'),
    ('pat-1 of a backbone', '{"resourceType":"Patient","contact":[{"gender":"male"}]}'),
    ('bdl-11', '{"resourceType":"Bundle","type":"document","identifier":{"system":"urn:x","value":"1"},"timestamp":"2020-01-01T00:00:00Z","entry":[{"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","resource":{"resourceType":"Basic","code":{"text":"x"}}}]}'),
    ('que-12, enableWhen', '{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","enableWhen":[{"question":"2","operator":"exists","answerBoolean":true},{"question":"3","operator":"exists","answerBoolean":true}],"item":[{"linkId":"2","type":"string"}]}]}'),
    ('UCUM: a warning', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"mmHg"}}'),
    ('contained twice', '{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"#1"},"contained":[{"resourceType":"Patient","id":"1"},{"resourceType":"Patient","id":"1"}]}'),
    ('code without value', '{"resourceType":"Patient","_gender":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}')) v (note, r);
SELECT i.severity, i.code, i.format_code, i.expression, i.message FROM fhir_issues('{"resourceType":"Patient","contact":[{"gender":"male"}]}') i;

-- A law: invariants that are built in say what their published expressions say.  (ref-1 alone refuses
-- "#", which dom-3 asks for, and says nothing without a reference; narrative that refers to a contained image counts for dom-3, whose as() of
-- several items is ofType() here.)
WITH rule (key, expression) AS (VALUES
    ('dom-2', 'contained.contained.empty()'),
    ('dom-3', $$contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().ofType(canonical) | %resource.descendants().ofType(uri) | %resource.descendants().ofType(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).empty()$$),
    ('dom-4', 'contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()'),
    ('dom-5', 'contained.meta.security.empty()'),
    ('dom-6', 'text.`div`.exists()'),
    ('ele-1', 'descendants().where(($this is Resource).not()).all(hasValue() or (children().count() > id.count()))'),
    ('ext-1', 'descendants().ofType(Extension).all(extension.exists() != value.exists())'),
    ('ref-1', $$descendants().ofType(Reference).where(reference.exists() and reference != '#').all(reference.startsWith('#').not() or reference.substring(1) in %resource.contained.id)$$)
), part (name, value) AS (VALUES
    ('contained', '[{"resourceType":"Patient","id":"a"}]'::jsonb), ('contained', '[{"resourceType":"Patient","id":"b","meta":{"versionId":"1"}}]'),
    ('contained', '[{"resourceType":"Basic","id":"a","code":{"text":"x"},"meta":{"security":[{"code":"x"}]},"subject":{"reference":"#"}}]'),
    ('contained', '[{"resourceType":"Patient","id":"a","contained":[{"resourceType":"Patient","id":"c"}],"meta":{"lastUpdated":"2020-01-01T00:00:00Z"}}]'),
    ('subject', '{"reference":"#a"}'), ('subject', '{"reference":"Patient/1"}'), ('subject', '{"reference":"#nobody"}'), ('subject', '{"id":"x"}'), ('subject', '{"display":"x"}'),
    ('extension', '[{"url":"urn:x","valueCode":"x"}]'), ('extension', '[{"url":"urn:x"}]'), ('extension', '[{"url":"urn:x","valueCode":"x","extension":[{"url":"y","valueCode":"z"}]}]'),
    ('extension', '[{"url":"urn:x","valueUri":"#a"}]'), ('extension', '[{"url":"urn:x","valueCanonical":"#b"}]'), ('extension', '[{"url":"urn:x","extension":[{"url":"y"}]}]'),
    ('text', '{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}'), ('text', '{"status":"generated"}')
), resource (r) AS (
    SELECT jsonb_strip_nulls(jsonb_build_object('resourceType', 'Basic', 'code', '{"text":"x"}'::jsonb, 'contained', c.value,
                                                'subject', s.value, 'extension', e.value, 'text', t.value))
    FROM (SELECT value FROM part WHERE name = 'contained' UNION ALL SELECT NULL) c, (SELECT value FROM part WHERE name = 'subject' UNION ALL SELECT NULL) s,
         (SELECT value FROM part WHERE name = 'extension' UNION ALL SELECT NULL) e, (SELECT value FROM part WHERE name = 'text' UNION ALL SELECT NULL) t
)
SELECT key, count(*), count(*) FILTER (WHERE found) AS broken, count(*) FILTER (WHERE found <> NOT holds) AS disagree
FROM (SELECT key, fhirpath_boolean(r, expression) AS holds,
             EXISTS (SELECT FROM fhir_issues(r) i WHERE i.format_code = key) AS found
      FROM rule, resource) v
GROUP BY key ORDER BY key;
