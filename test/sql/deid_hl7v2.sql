-- deid: HL7 v2 messages.  The rules one by one: test/unit/deid_v2.cpp.
CREATE TEMP TABLE input (n int, message hl7v2);
INSERT INTO input VALUES
(1, hl7v2(E'MSH|^~\\&|EPIC|GOODHOSP|LAB|X|20240102030405||ORU^R01^ORU_R01|MSG00001|P|2.5.1\rPID|1||12345^^^GOODHOSP^MR~999-99-9999^^^SSA^SS||QUIGLEY^ZELDA||19600405|F||2106-3^White^HL70005|12 Elm^^Salem^MA^01970^USA^H||617-555-1212|||M^Married^HL70002\rNK1|1|QUIGLEY^BOB\rPV1|1|I|WARD^1^2||||1234^DOC^X||||||||||||V77^^^GOODHOSP\rOBR|1|P1^EHR|F1^LAB|58410-2^CBC^LN|||20240102\rOBX|1|NM|8480-6^Systolic^LN^BP^^L||118.50|mm[Hg]^mmHg^UCUM|90-120|N|||F|||20240102030405\rOBX|2|ST|21112-8^Birth^LN||19600405\rNTE|1||Zelda called\rZZZ|1|secret\r')),
(2, hl7v2(E'MSH|^~\\&|EPIC|GOODHOSP|||20240102||ADT^A40|MSG2|P|2.3\rEVN|A40|20240102\rPID|1||777^^^GOODHOSP||QUIGLEY^ZELDA\rMRG|12345^^^GOODHOSP\r'));

SELECT n, replace(deid_safe_harbor(message, NULL, '2024-06-01')::text, E'\r', E'\n') AS copy FROM input ORDER BY n;
SELECT n, r.* FROM input, deid_references(message) r ORDER BY n, domain COLLATE "C", identifier COLLATE "C";
-- The codes it names are enough; the same number gets the same code in both messages.
CREATE TEMP TABLE codes AS
SELECT jsonb_object_agg(domain || '/' || identifier, 'k' || n) AS codes
FROM (SELECT domain, identifier, row_number() OVER (ORDER BY domain COLLATE "C", identifier COLLATE "C") AS n
      FROM (SELECT DISTINCT r.* FROM input, deid_references(message) r) d) x;
SELECT n, message ->> 'PID-3.1' IS NOT NULL AS was, c ->> 'PID-3.1' AS pid, c ->> 'MRG-1.1' AS mrg, c ->> 'MSH-10' AS control
FROM (SELECT n, message, deid_safe_harbor(message, NULL, '2024-06-01', codes) AS c FROM input, codes) x ORDER BY n;
SELECT deid_safe_harbor(message, NULL, '2024-06-01', '{}') FROM input WHERE n = 1;
SELECT deid_safe_harbor(message, NULL, NULL, '{}') FROM input WHERE n = 1;
SELECT deid_safe_harbor(message, '[]') FROM input WHERE n = 1;
SELECT deid_safe_harbor(NULL::hl7v2) IS NULL AS null_is_null;
-- Without a date, the transaction's.
SELECT bool_and(deid_safe_harbor(message) = deid_safe_harbor(message, NULL, current_date)) AS today FROM input;
SELECT count(*) AS leaks FROM input, codes,
    unnest(ARRAY[deid_safe_harbor(message)::text, deid_safe_harbor(message, NULL, '2024-06-01', codes)::text]) o
WHERE o ~* 'zelda|quigley|12345|salem|elm|goodhosp|MSG0|secret|0102|0405|555|999|epic';
