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
\set other 'MSH|^~\\&|A|B|||2026||SIU^S12|3|P|2.5'
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
