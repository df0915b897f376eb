-- release: what must be looked at and signed before it is published; the evidence afterwards
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_officer;
CREATE ROLE regress_outsider;
GRANT pgclinical_etl, pgclinical_releaser TO regress_officer;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_officer', current_database()) \gexec
SELECT current_setting('data_directory') AS data \gset
\set ECHO none
SELECT format($q$COPY (SELECT repeat('r', 40)) TO PROGRAM 'rm -f %1$s; umask 0377; cat > %1$s'$q$,
    :'data' || '/../review.key') \gexec
\set ECHO all
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../review.key', false) <> '' AS set;

\set manifests '(SELECT m.* FROM pgclinical_crosswalk.manifest m JOIN pgclinical_crosswalk.project p USING (project) WHERE p.warehouse = \'ward\') m'
\set refusals '(SELECT r.* FROM pgclinical_crosswalk.refusal r JOIN pgclinical_crosswalk.project p USING (project) WHERE p.warehouse = \'ward\') r'

SET ROLE regress_officer;
SELECT pgclinical.create_warehouse('ward');
INSERT INTO ward.record (feed, file, byte_offset, ordinal, format, sha256, raw)
VALUES (1, 1, 0, 1, 'hl7v2', '\x00', convert_to(
    E'MSH|^~\\&|A|B|||2021||ADT^A01|C|P|2.5.1\rPID|1||73211009^^^H^MR||Zandtvoort^Ottoline||19840908|F\r', 'UTF8'));
INSERT INTO ward.identity SELECT 'p' || n, 'p' || n FROM generate_series(1, 4) n;
INSERT INTO ward.resource (resource_type, id, patient_id, record, hash, resource)
SELECT resource ->> 'resourceType', resource ->> 'id', 'p' || n, 1, '\x00', resource
FROM (VALUES (1, '{"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1984-09-08",
    "name": [{"family": "Zandtvoort", "given": ["Ottoline"]}], "Zandtvoort": "x"}'::jsonb),
(2, '{"resourceType": "Patient", "id": "p2", "gender": "male", "birthDate": "1980-03-12"}'),
(3, '{"resourceType": "Patient", "id": "p3", "gender": "male", "birthDate": "1980-07-12"}'),
(1, '{"resourceType": "Encounter", "id": "e1", "status": "finished", "class":
    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
    "subject": {"reference": "Patient/p1"}, "hospitalization": {"specialCourtesy": [{"coding":
    [{"system": "http://terminology.hl7.org/CodeSystem/v2-0099", "code": "Y"}]}]}}'),
(2, '{"resourceType": "Encounter", "id": "e2", "status": "finished", "class":
    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
    "subject": {"reference": "Patient/p2"}, "hospitalization": {"specialCourtesy": [{"coding":
    [{"system": "http://terminology.hl7.org/CodeSystem/v2-0099", "code": "N"}]}]}}')) r(n, resource);
SELECT pgclinical.attest('ward', 'copy', 'safe_harbor', 'I know of <b>no</b> way') > 0 AS attested;

-- A person marked as VIP must be signed for.
CALL pgclinical.release('ward', 'copy', reference_date => '2026-01-01');
SELECT to_regnamespace('copy') IS NULL AS nothing, hints, leak_check FROM :refusals;
SELECT pgclinical.sign_finding('ward', 'copy', 'safe_harbor', 'vip', NULL, NULL, 1, ' ');
SELECT pgclinical.sign_finding('ward', 'copy', 'safe_harbor', 'vip', NULL, NULL, 0, 'reviewed');
SELECT pgclinical.sign_finding('nowhere', 'copy', 'safe_harbor', 'vip', NULL, NULL, 1, 'reviewed');
SELECT pgclinical.sign_finding('ward', 'copy', 'nothing', 'vip', NULL, NULL, 1, 'reviewed');
SELECT pgclinical.sign_finding('ward', 'copy', NULL, 'vip', NULL, NULL, 1, 'reviewed');
SELECT _pgclinical.signature_add('ward', 'copy', 'safe_harbor', '', 'vip', '', '', 1, 'mine');
SELECT _pgclinical.release_refuse(1, '', '[]', '{}');
SELECT pgclinical.sign_finding('ward', 'copy', 'safe_harbor', 'vip', NULL, NULL, 1,
    'agreed with "her" & <them>') > 0 AS signed;
CALL pgclinical.release('ward', 'copy', reference_date => '2026-01-01');
SELECT hints, signatures = ARRAY(SELECT signature FROM pgclinical_crosswalk.signature WHERE warehouse = 'ward') AS named
FROM :manifests;

-- A site may ask for more: who is alone, and what two releases tell together.
INSERT INTO pgclinical_crosswalk.gate (warehouse, target, gates) VALUES ('ward', 'copy', '{everything}');
INSERT INTO pgclinical_crosswalk.gate (warehouse, target, gates) VALUES ('ward', 'copy', '{vip,unique,earlier}');
CALL pgclinical.release('ward', 'copy', reference_date => '2026-01-01');
SELECT pgclinical.sign_finding('ward', 'copy', 'safe_harbor', 'unique', '', '', 1, 'few wards') > 0 AS signed;
INSERT INTO ward.resource (resource_type, id, patient_id, record, hash, resource)
VALUES ('Patient', 'p4', 'p4', 1, '\x00',
    '{"resourceType": "Patient", "id": "p4", "gender": "male", "birthDate": "1980-01-01"}');
CALL pgclinical.release('ward', 'copy', reference_date => '2026-01-01');
-- Nobody turns 90 unnoticed: an earlier release told the birth year of who is over 89 in this one.
CALL pgclinical.release('ward', 'copy', reference_date => '2075-01-01');
SELECT hints FROM :refusals ORDER BY at DESC LIMIT 1;
SELECT pgclinical.sign_finding('ward', 'copy', 'safe_harbor', 'earlier', '', '', 1, 'same year') > 0 AS signed;
CALL pgclinical.release('ward', 'copy', reference_date => '2026-01-01');
SELECT hints, cardinality(signatures) FROM :manifests ORDER BY manifest DESC LIMIT 1;

-- A finding that blocks: a patient's number that is also a code of SNOMED CT.  Signed for so many.
INSERT INTO ward.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'Condition', 'c' || n, 'p' || n, 1, '\x00', jsonb_build_object('resourceType', 'Condition',
    'id', 'c' || n, 'code', '{"coding": [{"system": "http://snomed.info/sct", "code": "73211009"}]}'::jsonb,
    'subject', jsonb_build_object('reference', 'Patient/p' || n)) FROM generate_series(1, 2) n;
CALL pgclinical.release('ward', 'copy', reference_date => '2026-01-01');
SELECT pgclinical.sign_finding('ward', 'copy', 'safe_harbor', 'mrn', 'condition',
    'resource.code.coding[].code', 1, 'a concept of SNOMED CT') > 0 AS signed;
CALL pgclinical.release('ward', 'copy', reference_date => '2026-01-01');
SELECT pgclinical.sign_finding('ward', 'copy', 'safe_harbor', 'mrn', 'condition',
    'resource.code.coding[].code', 2, 'a concept of SNOMED CT') > 0 AS signed;
CALL pgclinical.release('ward', 'copy', reference_date => '2026-01-01');
SELECT l - 'signed' AS finding, l ? 'signed' AS signed
FROM :manifests, jsonb_array_elements(m.leak_check) l;
-- A signature holds for the policy as it was.
SELECT count(*) AS signatures, count(DISTINCT policy_hash) AS policies, bool_and(who = session_user) AS by_login
FROM pgclinical_crosswalk.signature WHERE warehouse = 'ward';
RESET ROLE;
UPDATE pgclinical_crosswalk.signature SET policy_hash = 'earlier' WHERE category = 'mrn';
SET ROLE regress_officer;
CALL pgclinical.release('ward', 'copy', reference_date => '2026-01-01');

-- What was done to each element, counted; a key that is no element is not named.
SELECT path, n FROM :manifests, jsonb_each(m.actions) AS a(path, n)
WHERE m.manifest = (SELECT max(manifest) FROM :manifests) AND path ~ '^(Patient|Condition)'
ORDER BY path COLLATE "C";
SELECT _pgclinical.release_tally('Patient', '{"gender": "male", "id": "1"}', '{"gender": "male"}') AS last,
       _pgclinical.release_tally('Patient', '{"id": "2"}', NULL) AS dropped;
SELECT _pgclinical.release_tallied(), _pgclinical.release_tallied() AS forgotten;
SELECT _pgclinical.release_tally(NULL, '{}', '{}');

-- The page: whole, escaped, and nobody in it.
SELECT pgclinical.release_evidence('ward', 'copy') AS page \gset
SELECT :'page' LIKE '<!DOCTYPE html>%</html>' || chr(10) AS whole,
       :'page' LIKE '%I know of &lt;b&gt;no&lt;/b&gt; way%' AS statement,
       :'page' LIKE '%agreed with &quot;her&quot; &amp; &lt;them&gt;%' AS reason,
       :'page' ~ '<(b|them)>' AS injected,
       :'page' LIKE '%' || pgclinical.policy_hash('safe_harbor') || '%' AS hash,
       :'page' ~ '(src|href)=|<script' AS reaches_out,
       :'page' ~* 'zandtvoort|ottoline|73211009|1984-09-08' AS patient;
SELECT xmlparse(document replace(replace(:'page', '<!DOCTYPE html>', ''), '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">', '')) IS NOT NULL AS well_formed;
SELECT pgclinical.release_evidence('ward', 'copy', (SELECT min(manifest) FROM :manifests))
    <> :'page' AS another;
SELECT pgclinical.release_evidence('ward', 'nothing');
SELECT pgclinical.retract_release('ward', 'copy', 'a <i>mistake</i>') > 0 AS retracted;
SELECT pgclinical.release_evidence('ward', 'copy') LIKE '%a &lt;i&gt;mistake&lt;/i&gt;%' AS says_so;

-- What is for review can be made to need a signature too: here a number of five digits.  Dates, which a
-- limited data set keeps, are no reason to refuse it and not named as one.
INSERT INTO ward.record (feed, file, byte_offset, ordinal, format, sha256, raw)
VALUES (1, 1, 9, 2, 'hl7v2', '\x00', convert_to(
    E'MSH|^~\\&|A|B|||2021||ADT^A01|C2|P|2.5.1\rPID|1||38341^^^H^MR||||19840908|F\r', 'UTF8'));
UPDATE ward.resource SET resource = resource || '{"onsetDateTime": "1984-09-08",
    "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "38341"}]}}' WHERE id = 'c1';
INSERT INTO pgclinical_crosswalk.gate (warehouse, target, gates) VALUES ('ward', 'checked', '{review}'), ('ward', 'dated', '{review}');
SELECT pgclinical.attest('ward', 'checked', 'safe_harbor', 'reviewed') > 0 AS checked,
       pgclinical.attest('ward', 'dated', 'limited_data_set', 'reviewed') > 0 AS dated;
DELETE FROM ward.resource WHERE id = 'c2';
CALL pgclinical.release('ward', 'checked', 'safe_harbor', '2026-01-01');
CALL pgclinical.release('ward', 'dated', 'limited_data_set', '2026-01-01');
SELECT pgclinical.sign_finding('ward', 'dated', 'limited_data_set', 'mrn', 'condition',
    'resource.code.coding[].code', 1, 'a concept of RxNorm') > 0 AS signed;
CALL pgclinical.release('ward', 'dated', 'limited_data_set', '2026-01-01');
SELECT pgclinical.retract_release('ward', 'dated', 'done') > 0 AS retracted;
DELETE FROM ward.resource WHERE resource_type = 'Condition';

-- Patients in the shape of DAPL.
INSERT INTO pgclinical_crosswalk.policy (policy, mode, parameters) VALUES ('ward_other', 'safe_harbor', '{"flavour": "other"}');
INSERT INTO pgclinical_crosswalk.policy (policy, mode, parameters) VALUES ('ward_dapl', 'safe_harbor', '{"flavour": "dapl"}');
SELECT pgclinical.attest('ward', 'dapl', 'ward_dapl', 'reviewed') > 0 AS attested,
    pgclinical.sign_finding('ward', 'dapl', 'ward_dapl', 'vip', NULL, NULL, 1, 'agreed') > 0 AS signed;
CALL pgclinical.release('ward', 'dapl', 'ward_dapl', reference_date => '2072-01-01');
SELECT resource - 'id' #- '{meta,security}' AS patient FROM dapl.patient ORDER BY 1;
SELECT pgclinical.retract_release('ward', 'dapl', 'done') > 0 AS retracted;
DELETE FROM pgclinical_crosswalk.policy WHERE policy = 'ward_dapl';

SET ROLE regress_outsider;
SELECT pgclinical.sign_finding('ward', 'copy', 'safe_harbor', 'vip', NULL, NULL, 1, 'fine');
SELECT pgclinical.release_evidence('ward', 'copy');
RESET ROLE;
SELECT rows, detail::jsonb - ARRAY['policy_hash', 'signature'] AS detail FROM pgclinical_audit.event
WHERE kind = 'attest' AND detail::jsonb ? 'signature' AND warehouse = 'ward' ORDER BY event;

SET ROLE regress_officer;
SELECT pgclinical.drop_warehouse('ward', confirm => 'ward');
RESET ROLE;
DELETE FROM pgclinical_crosswalk.gate WHERE warehouse = 'ward';
DROP OWNED BY regress_officer, regress_outsider CASCADE;
DROP ROLE regress_officer, regress_outsider;
