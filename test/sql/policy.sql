-- policy: three modes, never mixed; rows; the same shift in every format.
SET client_min_messages = warning;
\set key `f=$(mktemp /tmp/pgclinical_policy.XXXXXX); head -c 64 /dev/zero | tr '\0' k > $f; chmod 0400 $f; echo $f`
LOAD 'pgclinical';
SET pgclinical.crosswalk_key_file = :'key';
\set patient '\'{"resourceType":"Patient","id":"1","name":[{"family":"Quigley"}],"gender":"female","birthDate":"1930-04-05","maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M"}]},"address":[{"line":["12 Elm"],"city":"Salem","state":"MA","postalCode":"01970"}],"deceasedDateTime":"2020-02-28T10:11:12Z"}\'::jsonb'

-- What the modes allow.
SELECT _pgclinical.policy_mode('{"mode":"safe_harbor","zip3_basis":"conservative","rules":[{"path":"Patient.maritalStatus","action":"remove"}]}');
SELECT _pgclinical.policy_mode('{"mode":"safe_harbor","rules":[{"path":"date","action":"date_shift"}]}');
SELECT _pgclinical.policy_mode('{"mode":"safe_harbor","rules":[{"path":"Patient.id","action":"hash"}]}');
SELECT _pgclinical.policy_mode('{"mode":"safe_harbor","keep_weekday":true}');
SELECT _pgclinical.policy_mode('{"mode":"limited_data_set","rules":[{"path":"Patient.name","action":"keep"}]}');
SELECT _pgclinical.policy_mode('{"mode":"anything"}');
SELECT _pgclinical.policy_mode('{"mode":"expert_determination","rules":[{"path":"Patient.nickname","action":"keep"}]}');
SELECT _pgclinical.policy_mode('{"mode":"expert_determination","rules":[{"path":"Patient.name","action":"eval"}]}');
SELECT _pgclinical.policy_mode('{"mode":"expert_determination","rules":[{"path":"integer","action":"perturb","span":"1"}]}');
SELECT _pgclinical.policy_mode('{"mode":"expert_determination","rules":[{"path":"date","action":"keep"},{"path":"date","action":"remove"}]}');
SELECT _pgclinical.policy_mode('{"mode":"safe_harbor","rules":[{"path":"Annotation","action":"scrub"}]}');
SELECT _pgclinical.policy_mode('{"mode":"limited_data_set","rules":[{"path":"Annotation","action":"scrub"}]}');
SELECT _pgclinical.policy_mode('{"mode":"expert_determination","rules":[{"path":"Patient.name.family","action":"scrub"}]}');
SELECT _pgclinical.policy_mode('{"mode":"expert_determination","rules":[{"path":"Annotation","action":"scrub","strict":true}]}');

-- The shipped three.
SELECT pgclinical.apply_policy(:patient, pgclinical.policy_document('safe_harbor'), NULL, '2024-06-01')
     = deid_safe_harbor(:patient, NULL, '2024-06-01') AS same;
SELECT pgclinical.apply_policy(:patient, pgclinical.policy_document('limited_data_set'), NULL, '2024-06-01') - 'meta' AS limited;
SELECT pgclinical.apply_policy(:patient, pgclinical.policy_document('expert_determination'), NULL, '2024-06-01');
WITH shifted AS (
    SELECT pgclinical.apply_policy(:patient, pgclinical.policy_document('expert_determination'), '{"person_id":"p1"}', '2024-06-01') AS r)
SELECT r -> 'name' IS NULL AS no_name, r #> '{address,0}' AS address,
       (r ->> 'deceasedDateTime')::date - (r ->> 'birthDate')::date = date '2020-02-28' - date '1930-04-05' AS interval_kept,
       abs((r ->> 'birthDate')::date - date '1930-04-05') BETWEEN 1 AND 364 AS moved,
       right(r ->> 'deceasedDateTime', 10) AS time FROM shifted;

-- One person, one shift in every format; another person, another.
WITH p AS (SELECT pgclinical.policy_document('expert_determination') AS d, '{"person_id":"p1"}'::jsonb AS who), s AS (
    SELECT (pgclinical.apply_policy('{"resourceType":"Patient","birthDate":"2001-02-03"}'::jsonb, d, who) ->> 'birthDate')::date AS fhir,
           (pgclinical.apply_policy(hl7v2(E'MSH|^~\\&|||||||ADT^A01|1|P|2.5.1\rPID|||||||20010203\r'), d, who) ->> 'PID-7')::date AS v2,
           substring(pgclinical.apply_policy('<ClinicalDocument xmlns="urn:hl7-org:v3"><effectiveTime value="20010203"/></ClinicalDocument>'::xml, d, who)::text FROM 'value="(\d+)"')::date AS cda,
           (pgclinical.apply_policy('{"resourceType":"Patient","birthDate":"2001-02-03"}'::jsonb, d, '{"person_id":"p2"}') ->> 'birthDate')::date AS other
    FROM p)
SELECT fhir = v2 AND fhir = cda AS consistent, fhir <> other AS others_differ, fhir <> '2001-02-03' AS moved FROM s;
SELECT bool_and(extract(dow FROM (pgclinical.apply_policy('{"resourceType":"Patient","birthDate":"2001-02-03"}'::jsonb,
    '{"mode":"expert_determination","keep_weekday":true}', jsonb_build_object('person_id', n::text)) ->> 'birthDate')::date) = 6) AS weekday_kept
FROM generate_series(1, 200) n;

-- Rows.
INSERT INTO pgclinical_crosswalk.policy (policy, mode) VALUES ('ours', 'expert_determination'), ('stricter', 'safe_harbor'), ('wrong', 'safe_harbor');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, path, action, parameters) VALUES
    ('ours', 'Patient', 'remove', '{}'), ('ours', 'Patient.gender', 'keep', '{}'), ('ours', 'Patient.birthDate', 'year', '{}'),
    ('ours', 'Address.postalCode', 'generalize', '{"prefixes":[{"prefix":"01","keep":2,"append":"***"}]}'),
    ('ours', 'Address.state', 'substitute', '{"with":"XX"}'), ('ours', 'Patient.id', 'hash', '{}'),
    ('stricter', 'Patient.maritalStatus', 'remove', '{}'), ('wrong', 'date', 'keep', '{}');
SELECT jsonb_set(pgclinical.apply_policy(:patient, pgclinical.policy_document('ours')), '{id}', '"(hash)"') AS ours,
       length(pgclinical.apply_policy(:patient, pgclinical.policy_document('ours')) ->> 'id') AS hashed;
SELECT pgclinical.apply_policy(:patient, pgclinical.policy_document('stricter'), NULL, '2024-06-01') - 'meta' AS stricter;
SELECT pgclinical.policy_document('wrong');
SELECT pgclinical.policy_document('none');
SELECT count(DISTINCT pgclinical.policy_hash(p)) AS hashes FROM unnest(ARRAY['safe_harbor','limited_data_set','expert_determination','ours','stricter']) p;
SELECT pgclinical.apply_policy(hl7v2(E'MSH|^~\\&|||||||ADT^A01|1|P|2.5.1\r'), pgclinical.policy_document('ours'));
-- Text: scrubbed with the person's facts; the hash of the policy covers the rows and the scrubber.
INSERT INTO pgclinical_crosswalk.policy (policy, mode) VALUES ('texts', 'expert_determination'), ('texts_kept', 'expert_determination'), ('texts_wrong', 'safe_harbor');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, path, action) VALUES
    ('texts_wrong', 'Narrative', 'scrub'), ('texts', 'Annotation', 'scrub'), ('texts', 'Narrative', 'scrub'),
    ('texts', 'Observation.valueString', 'scrub'), ('texts', 'Attachment', 'scrub'),
    ('texts_kept', 'Annotation', 'keep'), ('texts_kept', 'Narrative', 'keep'),
    ('texts_kept', 'Observation.valueString', 'keep'), ('texts_kept', 'Attachment', 'keep');
SELECT pgclinical.policy_document('texts_wrong');
SELECT pgclinical.apply_policy('{"resourceType":"Observation","subject":{"reference":"Patient/1","display":"Quigley"},"valueString":"Quigly is 85, seen 3/4/2015; lives at 12 Elm",
    "note":[{"authorString":"Jane Roe","text":"an 85-year-old"}],"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Mr. <i>Quig</i>ley, call 555-867-5309</p></div>"}}'::jsonb,
    pgclinical.policy_document('texts'), '{"birthDate":"1930-04-05","known":["Quigley","12 Elm"],"person_id":"p1"}', '2024-06-01');
SELECT p, a ->> 'contentType' AS type, convert_from(decode(a ->> 'data', 'base64'), 'UTF8') AS data FROM (
    SELECT p, pgclinical.apply_policy(jsonb_build_object('resourceType', 'DocumentReference', 'content', jsonb_build_array(jsonb_build_object('attachment',
        jsonb_build_object('contentType', t, 'data', encode('Seen: Quigley, MRN 123456.', 'base64'))))), pgclinical.policy_document(p), '{"known":["Quigley"]}') #> '{content,0,attachment}' AS a
    FROM (VALUES ('texts', 'text/plain'), ('texts', 'application/pdf'), ('texts_kept', 'text/plain')) v(p, t)) x;
SELECT pgclinical.policy_hash('texts') <> pgclinical.policy_hash('texts_kept') AS differ,
       pgclinical.policy_hash('texts') <> encode(sha256(convert_to(_pgclinical.tables_hash() || pgclinical.policy_document('texts')::text, 'UTF8')), 'hex') AS scrubber,
       pgclinical.policy_hash('texts_kept') = encode(sha256(convert_to(_pgclinical.tables_hash() || pgclinical.policy_document('texts_kept')::text, 'UTF8')), 'hex') AS as_before;
-- Numbers: noise that is the same for the same value, bins, a cap.
SELECT pgclinical.apply_policy('{"resourceType":"Observation","valueInteger":97,"valueQuantity":{"value":37}}'::jsonb,
    '{"mode":"expert_determination","rules":[{"path":"Observation.valueInteger","action":"age_cap"},{"path":"Quantity.value","action":"generalize","bins":10}]}');
SELECT abs((r ->> 'valueInteger')::int - 100) <= 5 AS near, r = again AS same FROM (
    SELECT pgclinical.apply_policy(o, p) AS r, pgclinical.apply_policy(o, p) AS again
    FROM (VALUES ('{"resourceType":"Observation","valueInteger":100}'::jsonb,
                  '{"mode":"expert_determination","rules":[{"path":"integer","action":"perturb","span":10}]}'::jsonb)) v(o, p)) x;
RESET pgclinical.crosswalk_key_file;
SELECT pgclinical.apply_policy(:patient, pgclinical.policy_document('expert_determination'), '{"person_id":"p1"}');
DELETE FROM pgclinical_crosswalk.policy;
\! rm -f /tmp/pgclinical_policy.*
