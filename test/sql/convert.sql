-- Laws of the conversion from HL7 v2 to FHIR.
\set admit 'MSH|^~\\&|ADT|HOSP|||20260101120000-0500||ADT^A01^ADT_A01|1|P|2.5.1\rEVN|A01|20260101120000-0500\rPID|1||7^^^HOSP^MR~9^^^HOSP^PI||Doe^Jane||19800203|F\rNK1|1|Doe^Jim|SPO\rPV1|1|I|4E^12^B||||1^Smith^Ann||||||||||||V1^^^HOSP|||||||||||||||||||||||||20260101110000-0500\rAL1|1|DA|70618^Penicillin^RXNORM|SV|Hives\rDG1|1||I21.4^NSTEMI^I10C'
\set result 'MSH|^~\\&|LAB|HOSP|||20260102120000-0500||ORU^R01^ORU_R01|2|P|2.5.1\rPID|1||7^^^HOSP^MR||Doe^Jane\rPV1|1|I|||||||||||||||||V1^^^HOSP\rOBR|1|P1|F1|24323-8^Panel^LN|||20260102080000-0500||||||||||||||||||F\rOBX|1|NM|2345-7^Glucose^LN||5.10|mmol/L|3.9-5.5|N|||F'
CREATE TEMP TABLE message AS
SELECT n, replace(m, '\r', E'\r')::hl7v2 AS message
FROM (VALUES (1, :'admit'), (2, :'result')) v(n, m);

-- what is said, by kind
SELECT n, s.ordinal, s.kind, s.resource_type, s.cleared, s.replaced IS NOT NULL AS has_list,
       cardinality(s.parents) AS parents, (s.issue).format_code, (s.issue).location
FROM message, _pgclinical.hl7v2_convert(message, NULL) s ORDER BY 1, 2;

-- resources of hl7v2_fhir are the resource rows of hl7v2_convert, in order
SELECT n, array_agg(r) = (SELECT array_agg(s.resource ORDER BY s.ordinal)
                          FROM _pgclinical.hl7v2_convert(message, '{}') s
                          WHERE s.kind = 'resource') AS same
FROM message, hl7v2_fhir(message) r GROUP BY n, message ORDER BY n;
SELECT r ->> 'status' AS status, r -> 'valueQuantity' AS value, r ->> 'effectiveDateTime' AS effective
FROM message, hl7v2_fhir(message, '{"time_zone": "Europe/Berlin"}') r
WHERE n = 2 AND r ->> 'resourceType' = 'Observation';

-- the same message says the same bytes
SELECT count(DISTINCT s.said) FROM message,
    LATERAL (SELECT string_agg(c::text, E'\n' ORDER BY c.ordinal) AS said
             FROM generate_series(1, 3) g, _pgclinical.hl7v2_convert(message, '{}') c
             WHERE g > 0 GROUP BY g) s WHERE n = 1;

-- ids depend neither on the order of lists nor on anything else in the message
CREATE TEMP VIEW ids AS
SELECT m.n, array_agg(s.id ORDER BY s.id) AS ids, array_agg(r.id ORDER BY r.id) AS reordered
FROM message m,
     LATERAL (SELECT replace(replace(m.message::text, '7^^^HOSP^MR~9^^^HOSP^PI',
                                     '9^^^HOSP^PI~7^^^HOSP^MR'), '19800203|F', '|M')::hl7v2) o(other),
     LATERAL (SELECT s.ordinal, s.id FROM _pgclinical.hl7v2_convert(m.message, NULL) s
              WHERE s.kind = 'resource') s
     FULL JOIN LATERAL (SELECT r.ordinal, r.id FROM _pgclinical.hl7v2_convert(o.other, NULL) r
                        WHERE r.kind = 'resource') r USING (ordinal)
GROUP BY m.n;
SELECT n, ids = reordered AS same_ids, cardinality(ids) AS resources FROM ids ORDER BY n;

-- both messages speak of one patient and one visit
SELECT s.resource_type, count(*), count(DISTINCT s.id) AS ids
FROM message, _pgclinical.hl7v2_convert(message, NULL) s
WHERE s.resource_type IN ('Patient', 'Encounter') AND s.kind = 'resource' GROUP BY 1 ORDER BY 1;

-- every reference of the admission's rows is a row of it, or a parent
SELECT count(*) AS unresolved
FROM message m, _pgclinical.hl7v2_convert(m.message, NULL) s,
     jsonb_path_query(s.resource, '$.**.reference') r
WHERE s.kind = 'resource' AND NOT EXISTS (
    SELECT FROM _pgclinical.hl7v2_convert(m.message, NULL) t
    WHERE t.kind = 'resource' AND t.resource_type || '/' || t.id = r #>> '{}');

-- a Bundle: message header first, then everything
SELECT b ->> 'type' AS type, b #>> '{entry,0,resource,resourceType}' AS first,
       jsonb_array_length(b -> 'entry') - 1 = (SELECT count(*) FROM hl7v2_fhir(message)) AS whole
FROM message, hl7v2_bundle(message) b ORDER BY n;

-- content never raises in hl7v2_convert; the public functions say why
\set other 'MSH|^~\\&|A|B|||2026||QRY^A19|3|P|2.5'
\set nobody 'MSH|^~\\&|A|B|||2026||ADT^A01|3|P|2.5\rPID|1||||Doe'
SELECT (s.issue).code, (s.issue).format_code, (s.issue).location
FROM (VALUES (:'other'), (:'nobody')) v(m), _pgclinical.hl7v2_convert(replace(m, '\r', E'\r')::hl7v2, '{}') s;
SELECT hl7v2_fhir((:'other')::hl7v2);
SELECT hl7v2_bundle(replace(:'nobody', '\r', E'\r')::hl7v2);
SELECT * FROM _pgclinical.hl7v2_convert((:'other')::hl7v2, '{"time_zone": "Nowhere"}');
SELECT * FROM _pgclinical.hl7v2_convert((:'other')::hl7v2, '{"mapping": [{"map": "PID[Patient]", "source": "PID-8", "target": "sex"}]}');
SELECT count(*) FROM _pgclinical.hl7v2_convert(NULL, NULL);
SELECT count(*) FROM hl7v2_fhir(NULL);

-- the fold: any set of statements, ordered by event, gives one resource however it is grouped
CREATE TEMP TABLE said (at int, resource jsonb, cleared text[]);
INSERT INTO said VALUES
    (1, '{"resourceType": "Observation", "id": "o", "status": "preliminary", "valueQuantity": {"value": 5.0}}', NULL),
    (2, '{"resourceType": "Observation", "id": "o", "status": "final", "valueQuantity": {"value": 5.10}, "note": [{"text": "n"}]}', NULL),
    (3, '{"resourceType": "Observation", "id": "o", "status": "preliminary", "valueString": "late"}', NULL),
    (4, '{"resourceType": "Observation", "id": "o", "status": "corrected", "valueString": "5.2"}', '{note}');
SELECT _pgclinical.fhir_fold(resource, cleared ORDER BY at) FROM said;
SELECT count(DISTINCT f.folded) AS results
FROM generate_series(1, 20) g,
     LATERAL (SELECT _pgclinical.fhir_fold(s.resource, s.cleared ORDER BY s.at) AS folded
              FROM (SELECT * FROM said ORDER BY md5(g::text || at::text)) s) f;
-- folding step by step is the same
SELECT _pgclinical.fhir_merge(_pgclinical.fhir_merge(_pgclinical.fhir_merge(
           (SELECT resource FROM said WHERE at = 1), (SELECT resource FROM said WHERE at = 2), NULL),
           (SELECT resource FROM said WHERE at = 3), NULL),
           (SELECT resource FROM said WHERE at = 4), '{note}')
       = (SELECT _pgclinical.fhir_fold(resource, cleared ORDER BY at) FROM said) AS same;
-- one statement is its own fold; none is NULL
SELECT bool_and(_pgclinical.fhir_merge(NULL, s.resource, NULL) = s.resource) AS same
FROM message, _pgclinical.hl7v2_convert(message, NULL) s WHERE s.kind = 'resource';
SELECT _pgclinical.fhir_fold(resource, cleared) FROM said WHERE at > 9;
-- the hash of a resource is that of its text
SELECT count(*), count(*) FILTER (WHERE _pgclinical.content_hash(d) = sha256(convert_to(d::text, 'UTF8'))) AS hashed
FROM (SELECT unnest(ARRAY['{}', '[]', 'null', 'true', '"x"', '-0', '1.50', '1e20', '123456789.000000001', '1e-7', '[[], {}, [null]]',
                          '{"b": 1, "aa": [true, false, {"c": "d"}], "": {"e": []}}', '"é\u65e5\ud83d\ude00\u007f\u2028"'])::jsonb
      UNION ALL SELECT to_jsonb(chr(c)) FROM generate_series(1, 400) c
      UNION ALL SELECT jsonb_build_object(chr(c) || 'k', repeat('v', c) || chr(c) || 'w' || chr(c)) FROM generate_series(1, 400) c) t(d);
SELECT _pgclinical.content_hash((repeat('[', 5000) || repeat(']', 5000))::jsonb);

-- What no mapping uses is listed; what a site's row uses is not.
\set left 'MSH|^~\\&|A|B|||2026||ADT^A01|3|P|2.5\rPID|1||7^^^H^MR||Doe^Jane|||||||||||||||||||||||||||||||||X39\rZPD|red||blue'
SELECT * FROM hl7v2_unconverted(replace(:'left', '\r', E'\r')::hl7v2);
SELECT path FROM hl7v2_unconverted(replace(:'left', '\r', E'\r')::hl7v2,
    '{"mapping": [{"map": "ZPD[Patient]", "source": "ZPD-1", "target": "extension[1].valueString",
                   "datatype": "", "condition": "", "vocabulary": "", "constant": ""}]}');
SELECT path FROM hl7v2_unconverted(replace(:'other', '\r', E'\r')::hl7v2);
SELECT count(*) FROM hl7v2_unconverted(NULL);

-- Every family of messages makes its resources.
CREATE TEMP TABLE family (n int, m text);
\set pid 'PID|1||7^^^H^MR||Doe^Jane||19700101|F|||1 Main St^^Town^ST^12345\rPV1|1|I|W^1^2||||||||||||||||V1^^^H\r'
INSERT INTO family
SELECT row_number() OVER (), replace(v.m, '\r', E'\r') FROM (VALUES
('MSH|^~\&|A|B|||20260102120000+0000||ADT^A03|1|P|2.5\rEVN||20260102120000+0000\r' || :'pid' ||
 'PR1|1||44950^Appendectomy^C4||20260101100000+0000||45||||9^Cut^Carl\rGT1|1||Doe^John^^^^^L|||||||||FTH'),
('MSH|^~\&|A|B|||20260102120000+0000||ORM^O01|2|P|2.5\r' || :'pid' ||
 'ORC|NW|P1\rOBR|1|P1||24323-8^Panel^LN\rDG1|1||I10^Hypertension^I10C'),
('MSH|^~\&|A|B|||20260102120000+0000||RDE^O11|3|P|2.5\r' || :'pid' ||
 'ORC|NW|P2\rRXE|^^^20260102|161^Paracetamol^RXNORM|1|2|TAB|||||20|TAB|1'),
('MSH|^~\&|A|B|||20260102120000+0000||RDS^O13|4|P|2.5\r' || :'pid' ||
 'ORC|RE|P2|F2\rRXD|1|161^Paracetamol^RXNORM|20260102|20|TAB||RX1'),
('MSH|^~\&|A|B|||20260102120000+0000||RAS^O17|5|P|2.5\r' || :'pid' ||
 'ORC|RE|P2|F2\rRXA|0|1|20260102100000+0000||161^Paracetamol^RXNORM|500|mg|||||||||||||CP'),
('MSH|^~\&|A|B|||20260102120000+0000||VXU^V04|6|P|2.5\r' || :'pid' ||
 'ORC|RE||F3\rRXA|0|1|20260102||140^Influenza^CVX|0.5|mL^^UCUM||00||||||LOT1|20270101|||||CP'
 '\rRXR|IM^Intramuscular^HL70162|LA^Left arm^HL70163\rOBX|1|CE|64994-7^Eligibility^LN|1|V02^VFC^HL70064'),
('MSH|^~\&|A|B|||20260102120000+0000||SIU^S12|7|P|2.5\rSCH|A1|A2|||||ROUTINE||30|min|^^^20260103090000+0000\r' ||
 :'pid' || 'RGS|1\rAIP|1||9^Cut^Carl\rAIL|1||W^1^2'),
('MSH|^~\&|A|B|||20260102120000+0000||MDM^T02|8|P|2.5\r' || :'pid' ||
 'TXA|1|DS|TX|20260102||||||||D1||||note.txt|AU||AV\rOBX|1|TX|||First line\rOBX|2|TX|||Second line'),
('MSH|^~\&|A|B|||20260102120000+0000||DFT^P03|9|P|2.5\r' || :'pid' ||
 'FT1|1|T1||20260102|20260102|CG|99213^Visit^C4|||1|100.50&USD'),
('MSH|^~\&|A|B|||20260102120000+0000||REF^I12|10|P|2.5\rRF1|P|R||||R1|20260102\r' || :'pid'),
('MSH|^~\&|A|B|||20260102120000+0000||OUL^R22|11|P|2.5\r' || :'pid' ||
 'SPM|1|S1&L^S2&L||BLD\rOBR|1|P4|F4|24323-8^Panel^LN\rOBX|1|NM|2345-7^Glucose^LN||5.1|mmol/L|||||F'),
('MSH|^~\&|A|B|||20260102120000+0000||MFN^M02|12|P|2.5\rMFI|PRA||UPD|||AL\rMFE|MAD|1||9\rSTF|9|9^^^H|Cut^Carl||M|19600101|A'),
('MSH|^~\&|A|B|||20260102120000+0000||BAR^P01|13|P|2.5\rPID|1||7^^^H^MR||Doe^Jane|||||||||||||AC1^^^H\rGT1|1||Doe^John'),
('MSH|^~\&|A|B|||20260102120000+0000||ADT^A24|14|P|2.5\rPID|1||7^^^H^MR\rPID|2||8^^^H^MR'),
('MSH|^~\&|A|B|||20260102120000+0000||ADT^A23|15|P|2.5\r' || :'pid'),
('MSH|^~\&|A|B|||20260102120000+0000||ADT^A29|16|P|2.5\r' || :'pid'),
('MSH|^~\&|A|B|||20260102120000+0000||ADT^A45|17|P|2.5\rPID|1||7^^^H^MR\rMRG|8^^^H^MR||||V0^^^H\rPV1|1|I|||||||||||||||||V1^^^H'),
('MSH|^~\&|A|B|||20260102120000+0000||ADT^A41|18|P|2.5\rPID|1||7^^^H^MR|||||||||||||||AC2^^^H\rMRG|||AC1^^^H')
) v(m);
SELECT f.n, (f.m::hl7v2) ->> 'MSH-9' AS type,
       string_agg(CASE WHEN s.kind = 'resource' THEN s.resource_type
                       ELSE s.kind || ' ' || coalesce(s.resource_type, (s.issue).format_code) END,
                  ' ' ORDER BY s.ordinal) AS said
FROM family f, _pgclinical.hl7v2_convert(f.m::hl7v2, NULL) s
WHERE s.resource_type IS DISTINCT FROM 'Organization'
GROUP BY f.n, f.m ORDER BY f.n;
SELECT r ->> 'resourceType' AS type, r - '{resourceType,id,subject,patient,encounter,context}'::text[] AS content
FROM family f, hl7v2_fhir(f.m::hl7v2) r
WHERE r ->> 'resourceType' IN ('Procedure', 'MedicationRequest', 'MedicationDispense',
    'MedicationAdministration', 'Immunization', 'Appointment', 'DocumentReference', 'ChargeItem')
ORDER BY f.n;

-- And back: a result, an update, a merge, a vaccine.
SELECT replace(hl7v2_from_fhir(jsonb_agg(r), NULL, '{"sending_facility": "B", "control_id": "1", "time": "2026-01-02T12:00:00Z"}')::text, E'\r', E'\n')
FROM family f, hl7v2_fhir(f.m::hl7v2) r WHERE f.n IN (1, 6, 11) GROUP BY f.n ORDER BY f.n;
SELECT hl7v2_from_fhir('{"resourceType": "Patient", "id": "1"}', 'RDE_O11');
SELECT hl7v2_from_fhir('{"resourceType": "Observation", "id": "1"}');
SELECT hl7v2_from_fhir(NULL) IS NULL AS nothing;
