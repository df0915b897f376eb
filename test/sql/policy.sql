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
    ('stricter', 'Patient.maritalStatus', 'remove', '{}');
SELECT jsonb_set(pgclinical.apply_policy(:patient, pgclinical.policy_document('ours')), '{id}', '"(hash)"') AS ours,
       length(pgclinical.apply_policy(:patient, pgclinical.policy_document('ours')) ->> 'id') AS hashed;
SELECT pgclinical.apply_policy(:patient, pgclinical.policy_document('stricter'), NULL, '2024-06-01') - 'meta' AS stricter;
-- A row that only tightens takes its place away however it names it: within a type, by the type, deeper, a choice.
WITH given AS (SELECT '{"resourceType":"Patient","gender":"female","birthDate":"1980-04-05","maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M"}]},
    "address":[{"use":"home","city":"Salem","state":"MA","postalCode":"01970"}],"deceasedDateTime":"2020-02-28"}'::jsonb AS resource)
SELECT path, m AS mode, jsonb_strip_nulls(jsonb_build_object('birthDate', c.copy -> 'birthDate', 'address', c.copy #> '{address,0}',
    'maritalStatus', c.copy #> '{maritalStatus,coding,0,code}', 'deceased', c.copy -> 'deceasedDateTime', 'gender', c.copy -> 'gender')) AS copy
FROM given, unnest(ARRAY['Patient.photo', 'Patient.address', 'Patient.address.state', 'Address.state', 'Address', 'Patient.maritalStatus', 'CodeableConcept.coding',
    'Coding', 'date', 'Patient.deceased', 'Patient.deceasedDateTime', 'code', 'Patient']) path, unnest(ARRAY['limited_data_set', 'safe_harbor']) m,
    LATERAL (SELECT pgclinical.apply_policy(resource, jsonb_build_object('mode', m, 'rules', jsonb_build_array(jsonb_build_object('path', path, 'action', 'remove'))), '{}', '2024-01-01')) c(copy)
ORDER BY m, array_position(ARRAY['Patient.photo', 'Patient.address', 'Patient.address.state'], path), path COLLATE "C";
-- What the allow list requires says that it was there.
SELECT pgclinical.apply_policy('{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":5,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}'::jsonb,
    jsonb_build_object('mode', 'safe_harbor', 'rules', jsonb_build_array(jsonb_build_object('path', path, 'action', 'remove'))), '{}', '2024-01-01') - 'meta' - 'code' AS observation
FROM unnest(ARRAY['Observation.valueQuantity', 'Observation.status', 'Quantity.value']) path;
\set SHOW_CONTEXT never
-- What cannot be applied is refused when it is written.
INSERT INTO pgclinical_crosswalk.policy_rule (policy, path, action) VALUES ('wrong', 'date', 'keep');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, path, action) VALUES ('nobodys', 'date', 'remove');
UPDATE pgclinical_crosswalk.policy SET mode = 'safe_harbor' WHERE policy = 'ours';
UPDATE pgclinical_crosswalk.policy SET parameters = '{"shift": 1}' WHERE policy = 'ours';
SELECT pgclinical.policy_document('none');
\set SHOW_CONTEXT errors
SELECT count(DISTINCT pgclinical.policy_hash(p)) AS hashes FROM unnest(ARRAY['safe_harbor','limited_data_set','expert_determination','ours','stricter']) p;
SELECT pgclinical.apply_policy(hl7v2(E'MSH|^~\\&|||||||ADT^A01|1|P|2.5.1\r'), pgclinical.policy_document('ours'));
-- Text: scrubbed with the person's facts; the hash of the policy covers the rows and the scrubber.
INSERT INTO pgclinical_crosswalk.policy (policy, mode) VALUES ('policy_texts', 'expert_determination'), ('policy_texts_kept', 'expert_determination');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, path, action) VALUES
    ('policy_texts', 'Annotation', 'scrub'), ('policy_texts', 'Narrative', 'scrub'),
    ('policy_texts', 'Observation.valueString', 'scrub'), ('policy_texts', 'Attachment', 'scrub'),
    ('policy_texts_kept', 'Annotation', 'keep'), ('policy_texts_kept', 'Narrative', 'keep'),
    ('policy_texts_kept', 'Observation.valueString', 'keep'), ('policy_texts_kept', 'Attachment', 'keep');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, path, action) VALUES ('stricter', 'Narrative', 'scrub');
SELECT pgclinical.apply_policy('{"resourceType":"Observation","subject":{"reference":"Patient/1","display":"Quigley"},"valueString":"Quigly is 85, seen 3/4/2015; lives at 12 Elm",
    "note":[{"authorString":"Jane Roe","text":"an 85-year-old"}],"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Mr. <i>Quig</i>ley, call 555-867-5309</p></div>"}}'::jsonb,
    pgclinical.policy_document('policy_texts'), '{"birthDate":"1930-04-05","known":["Quigley","12 Elm"],"person_id":"p1"}', '2024-06-01');
SELECT p, a ->> 'contentType' AS type, convert_from(decode(a ->> 'data', 'base64'), 'UTF8') AS data FROM (
    SELECT p, pgclinical.apply_policy(jsonb_build_object('resourceType', 'DocumentReference', 'content', jsonb_build_array(jsonb_build_object('attachment',
        jsonb_build_object('contentType', t, 'data', encode('Seen: Quigley, MRN 123456.', 'base64'))))), pgclinical.policy_document(p), '{"known":["Quigley"]}') #> '{content,0,attachment}' AS a
    FROM (VALUES ('policy_texts', 'text/plain'), ('policy_texts', 'application/pdf'), ('policy_texts_kept', 'text/plain')) v(p, t)) x;
SELECT pgclinical.policy_hash('policy_texts') <> pgclinical.policy_hash('policy_texts_kept') AS differ,
       pgclinical.policy_hash('policy_texts') <> encode(sha256(convert_to(_pgclinical.tables_hash() || pgclinical.policy_document('policy_texts')::text, 'UTF8')), 'hex') AS scrubber,
       pgclinical.policy_hash('policy_texts_kept') = encode(sha256(convert_to(_pgclinical.tables_hash() || pgclinical.policy_document('policy_texts_kept')::text, 'UTF8')), 'hex') AS as_before;
-- The same in the other formats.
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action) VALUES
    ('policy_texts', 'hl7v2', 'NTE-3', 'scrub'), ('policy_texts', 'cda', 'section/text', 'scrub');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action) VALUES ('policy_texts', 'hl7v2', 'PID-5.1', 'scrub');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action) VALUES ('policy_texts', 'x12', 'NTE02', 'scrub');
SELECT replace(pgclinical.apply_policy(hl7v2(E'MSH|^~\\&|||||||ADT^A01|1|P|2.5.1\rNTE|1||Quigly is well\\.br\\seen 3/4/2015~lives at 12 Elm\r'),
    pgclinical.policy_document('policy_texts'), '{"birthDate":"1930-04-05","known":["Quigley","12 Elm"],"person_id":"p1"}', '2024-06-01')::text, E'\r', E'\n');
SELECT pgclinical.apply_policy('<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component><section><text><paragraph>Mr. <content>Quig</content>ley &amp; son</paragraph></text></section></component></structuredBody></component></ClinicalDocument>'::xml,
    pgclinical.policy_document('policy_texts'), '{"known":["Quigley"],"person_id":"p1"}', '2024-06-01');
-- The other formats by rows.  What the modes and formats do not allow:
SELECT r, _pgclinical.policy_mode(jsonb_build_object('mode', m, 'rules', jsonb_build_array(r::jsonb))) FROM (VALUES
    ('safe_harbor', '{"format":"hl7v2","path":"PV1-3","action":"remove"}'), ('safe_harbor', '{"format":"cda","path":"encompassingEncounter","action":"remove"}'),
    ('limited_data_set', '{"format":"x12","path":"N4-03","action":"remove"}')) v(m, r);
DO $$ DECLARE m text; r text; why text; BEGIN
    FOR m, r IN VALUES ('safe_harbor', '{"format":"hl7v2","path":"PID-7","action":"date_shift"}'), ('safe_harbor', '{"format":"x12","path":"NM1-09","action":"hash"}'),
        ('limited_data_set', '{"format":"cda","path":"text","action":"scrub"}'), ('safe_harbor', '{"format":"hl7v2","path":"*","action":"allow_list"}'),
        ('expert_determination', '{"format":"csv","path":"a","action":"keep"}'), ('expert_determination', '{"format":"hl7v2","path":"PID-11.99","action":"keep"}'),
        ('expert_determination', '{"format":"hl7v2","path":"XYZ-1","action":"keep"}'), ('expert_determination', '{"format":"hl7v2","path":"PID-1","action":"date_shift"}'),
        ('expert_determination', '{"format":"hl7v2","path":"MSH-2","action":"keep"}'), ('expert_determination', '{"format":"hl7v2","path":"PID-3[2]","action":"keep"}'),
        ('expert_determination', '{"format":"hl7v2","path":"PID","action":"substitute","with":"x"}'), ('expert_determination', '{"format":"hl7v2","path":"PID-5","action":"substitute","with":[1]}'),
        ('expert_determination', '{"format":"x12","path":"ISA-06","action":"keep"}'), ('expert_determination', '{"format":"x12","path":"QQQ-01","action":"keep"}'),
        ('expert_determination', '{"format":"x12","path":"NM1[=IL]-03","action":"keep"}'), ('expert_determination', '{"format":"cda","path":"patient/nickname","action":"keep"}'),
        ('expert_determination', '{"format":"cda","path":"birthTime/@code","action":"date_shift"}'), ('expert_determination', '{"format":"cda","path":"ClinicalDocument","action":"keep"}'),
        ('expert_determination', '{"path":"*","action":"allow_list"}') LOOP
        BEGIN
            PERFORM _pgclinical.policy_mode(jsonb_build_object('mode', m, 'rules', jsonb_build_array(r::jsonb)));
            RAISE WARNING 'accepted: %', r;
        EXCEPTION WHEN invalid_parameter_value THEN
            GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL;
            RAISE WARNING '% % -> %', m, r, why;
        END;
    END LOOP;
END $$;
\set v2 'hl7v2(E\'MSH|^~\\\\&|EPIC|GOODHOSP|||20240102||ORU^R01|M1|P|2.5.1\\rPID|1||12345^^^GOODHOSP^MR~999^^^SSA^SS||QUIGLEY^ZELDA||19600405|F|||12 Elm^^Salem^MA^01970\\rOBX|1|NM|8302-2^Height^LN||170|cm|||||F\\rOBX|2|NM|29463-7^Weight^LN||97|kg|||||F\\rZPD|a|20240102|b\\r\')'
\set cda '\'<ClinicalDocument xmlns="urn:hl7-org:v3"><effectiveTime value="20240102"/><recordTarget><patientRole><id root="1.2.3" extension="12345"/><addr><streetAddressLine>12 Elm</streetAddressLine><city>Salem</city><state>MA</state><postalCode>01970</postalCode></addr><patient><name><given>Zelda</given><family>Quigley</family></name><birthTime value="19600405"/></patient></patientRole></recordTarget></ClinicalDocument>\'::xml'
\set x12 '\'ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240115*1200*^*00501*000000009*0*T*:~GS*HC*A*B*20240115*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~HL*1**22*0~NM1*IL*1*QUIGLEY*ZELDA****MI*12345~N3*12 ELM~N4*SALEM*MA*01970~DMG*D8*19600405*F~NM1*PR*2*ACME*****PI*77~CLM*C1*100***11:B:1*Y*A*Y*Y~HI*ABK:E119~SE*9*0001~GE*1*1~IEA*1*000000009~\''
INSERT INTO pgclinical_crosswalk.policy (policy, mode) VALUES ('formats', 'expert_determination'), ('formats_strict', 'safe_harbor'), ('formats_bare', 'expert_determination');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action, parameters) VALUES
    ('formats', 'hl7v2', '*', 'allow_list', '{}'), ('formats', 'hl7v2', 'PID-3[5="MR"].1', 'hash', '{}'), ('formats', 'hl7v2', 'PID-5', 'substitute', '{"with":"N|N"}'),
    ('formats', 'hl7v2', 'PID-11.3', 'keep', '{}'), ('formats', 'hl7v2', 'OBX[3.1="8302-2"]-5', 'generalize', '{"bins":20}'), ('formats', 'hl7v2', 'ZPD-*', 'keep', '{}'), ('formats', 'hl7v2', 'ZPD-2', 'year', '{}'),
    ('formats', 'cda', '*', 'allow_list', '{}'), ('formats', 'cda', 'patientRole/id', 'hash', '{}'), ('formats', 'cda', 'patientRole/addr/city', 'keep', '{}'), ('formats', 'cda', 'patient/name/family', 'substitute', '{"with":"N<N"}'), ('formats', 'cda', 'patient/birthTime', 'year', '{}'),
    ('formats', 'x12', '*', 'allow_list', '{}'), ('formats', 'x12', '2010BA/NM1-09', 'hash', '{}'), ('formats', 'x12', 'NM1[01=IL]-03', 'substitute', '{"with":"N*N"}'), ('formats', 'x12', 'NM1[01=PR]-03', 'keep', '{}'), ('formats', 'x12', 'N4-01', 'keep', '{}'), ('formats', 'x12', 'DMG-02', 'year', '{}'), ('formats', 'x12', 'HI-01-2', 'generalize', '{"prefixes":[{"prefix":"E11","keep":3}]}'),
    ('formats_strict', 'hl7v2', 'PID-11.5', 'remove', '{}'), ('formats_strict', 'hl7v2', 'OBX-5', 'remove', '{}'), ('formats_strict', 'cda', 'birthTime', 'remove', '{}'), ('formats_strict', 'x12', 'N4', 'remove', '{}'),
    ('formats_bare', 'hl7v2', 'PID-7', 'date_shift', '{}'), ('formats_bare', 'hl7v2', 'XAD.5', 'zip3', '{}'), ('formats_bare', 'cda', 'birthTime', 'date_shift', '{}'), ('formats_bare', 'cda', 'postalCode', 'zip3', '{}'), ('formats_bare', 'x12', 'DMG-01', 'keep', '{}'), ('formats_bare', 'x12', 'DMG-02', 'date_shift', '{}'), ('formats_bare', 'x12', 'N4-03', 'zip3', '{}');
SELECT p, regexp_replace(replace(pgclinical.apply_policy(:v2, pgclinical.policy_document(p), '{"person_id":"p1"}', '2024-06-01')::text, E'\r', E'\n'), '[0-9a-f]{64}', '(hash)', 'g') AS copy
FROM unnest(ARRAY['formats', 'formats_strict']) p;
SELECT p, regexp_replace(pgclinical.apply_policy(:cda, pgclinical.policy_document(p), '{"person_id":"p1"}', '2024-06-01')::text, '[0-9a-f]{64}', '(hash)', 'g') AS copy
FROM unnest(ARRAY['formats', 'formats_strict']) p;
SELECT p, regexp_replace(replace(pgclinical.apply_policy_x12(:x12, pgclinical.policy_document(p), '{"person_id":"p1"}', '2024-06-01'), '~', E'~\n'), '[0-9a-f]{64}', '(hash)', 'g') AS copy
FROM unnest(ARRAY['formats', 'formats_strict']) p;
-- A limited data set takes detail away from what its allow list has left, and can bring nothing back.
INSERT INTO pgclinical_crosswalk.policy (policy, mode) VALUES ('formats_limited', 'limited_data_set');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action, parameters) VALUES
    ('formats_limited', 'fhir', 'Patient.birthDate', 'year', '{}'), ('formats_limited', 'fhir', 'Address.postalCode', 'zip3', '{}'),
    ('formats_limited', 'fhir', 'Address.city', 'generalize', '{"map":{"Salem":"Essex County"}}'), ('formats_limited', 'fhir', 'HumanName', 'generalize', '{"other":"keep"}'),
    ('formats_limited', 'fhir', 'Address.line', 'substitute', '{"with":"a street"}'), ('formats_limited', 'fhir', 'dateTime', 'remove', '{}'),
    ('formats_limited', 'hl7v2', 'PID-7', 'year', '{}'), ('formats_limited', 'hl7v2', 'XAD.5', 'zip3', '{}'), ('formats_limited', 'hl7v2', 'PID-11.3', 'generalize', '{"map":{"Salem":"Essex"}}'),
    ('formats_limited', 'hl7v2', 'PID-5', 'generalize', '{"other":"keep"}'), ('formats_limited', 'hl7v2', 'PID-3.1', 'generalize', '{"other":"keep"}'), ('formats_limited', 'hl7v2', 'ZPD-*', 'generalize', '{"other":"keep"}'),
    ('formats_limited', 'hl7v2', 'OBX[3.1="8302-2"]-5', 'generalize', '{"bins":20}'),
    ('formats_limited', 'cda', 'birthTime', 'year', '{}'), ('formats_limited', 'cda', 'postalCode', 'zip3', '{}'), ('formats_limited', 'cda', 'city', 'remove', '{}'), ('formats_limited', 'cda', 'patient/name', 'generalize', '{"other":"keep"}'),
    ('formats_limited', 'cda', 'id/@extension', 'generalize', '{"other":"keep"}'), ('formats_limited', 'cda', 'streetAddressLine', 'generalize', '{"other":"keep"}'),
    ('formats_limited', 'x12', 'DMG-02', 'year', '{}'), ('formats_limited', 'x12', 'N4-03', 'zip3', '{}'), ('formats_limited', 'x12', 'NM1-03', 'generalize', '{"other":"keep"}'),
    ('formats_limited', 'x12', 'N3-01', 'generalize', '{"other":"keep"}'), ('formats_limited', 'x12', 'NM1-09', 'generalize', '{"other":"keep"}'), ('formats_limited', 'x12', 'HI-01-2', 'generalize', '{"prefixes":[{"prefix":"E11","keep":3}]}');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action) VALUES ('formats_limited', 'hl7v2', 'PID-8', 'keep');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action) VALUES ('formats_limited', 'x12', '*', 'year');
SELECT jsonb_pretty(pgclinical.apply_policy(:patient, pgclinical.policy_document('formats_limited'), NULL, '2024-06-01') - 'meta') AS fhir;
SELECT p, replace(pgclinical.apply_policy(:v2, pgclinical.policy_document(p), NULL, '2024-06-01')::text, E'\r', E'\n') AS v2 FROM unnest(ARRAY['limited_data_set', 'formats_limited']) p;
SELECT p, pgclinical.apply_policy(:cda, pgclinical.policy_document(p), NULL, '2024-06-01')::text AS cda FROM unnest(ARRAY['limited_data_set', 'formats_limited']) p;
SELECT p, replace(pgclinical.apply_policy_x12(:x12, pgclinical.policy_document(p), NULL, '2024-06-01'), '~', E'~\n') AS x12 FROM unnest(ARRAY['limited_data_set', 'formats_limited']) p;
-- Codes come through, and stay what they are.
SELECT pgclinical.apply_policy(:v2, pgclinical.policy_document('formats_limited'), NULL, '2024-06-01',
           (SELECT jsonb_object_agg(domain || '/' || identifier, 'bcdf') FROM deid_references(:v2))) ->> 'PID-3' AS v2,
       pgclinical.apply_policy(:patient, pgclinical.policy_document('formats_limited'), NULL, '2024-06-01', '{"Patient/1": "bcdf"}') ->> 'id' AS fhir;
-- Without a row of the rest, only what rows name stays; one shift and one hash in every format.
WITH p AS (SELECT pgclinical.policy_document('formats_bare') AS d, '{"person_id":"p1"}'::jsonb AS who), c AS (
    SELECT pgclinical.apply_policy(:v2, d, who)::text AS v2, pgclinical.apply_policy(:cda, d, who)::text AS cda, pgclinical.apply_policy_x12(:x12, d, who) AS x12 FROM p), s AS (
    SELECT *, substring(v2 FROM 'PID\|\|\|\|\|\|\|(\d+)') AS day FROM c)
SELECT replace(replace(v2, day, '(day)'), E'\r', E'\n') AS v2, replace(cda, day, '(day)') AS cda, replace(replace(x12, day, '(day)'), '~', E'~\n') AS x12, day <> '19600405' AS moved FROM s;
WITH p AS (SELECT pgclinical.policy_document('formats') AS d, '{"person_id":"p1"}'::jsonb AS who), c AS (
    SELECT array_agg(DISTINCT h[1]) AS hashes FROM p, regexp_matches(pgclinical.apply_policy(:v2, d, who)::text || pgclinical.apply_policy(:cda, d, who)::text || pgclinical.apply_policy_x12(:x12, d, who), '[0-9a-f]{64}', 'g') h)
SELECT cardinality(hashes) AS distinct_hashes FROM c;
SELECT pgclinical.apply_policy(:patient, pgclinical.policy_document('formats_bare'), '{"person_id":"p1"}');
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
