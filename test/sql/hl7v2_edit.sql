-- Messages changed, built, and in other forms; paths through groups.
\pset null '(null)'
SET client_min_messages = warning;

CREATE TEMP TABLE feed (id int, m hl7v2);
INSERT INTO feed VALUES
(1, E'MSH|^~\\&|LAB|HOSP|||20240102||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1||A1^^^H^MR~B2^^^H^PI||DOE^JO|""|1970\rOBR|1|||100^CBC\rOBX|1|NM|718-7^Hb||14\rOBR|2|||200^GLU\rOBX|1|NM|2345-7^Glu||90\rSPM|1|||BLD\rOBX|1|ST|X||note\r'),
(2, E'\uFEFFMSH#*@!%#A#B\nPID#1##1*2%3@4\n\n');

-- Every notation gives the same.
SELECT path, m ->> path AS value, ARRAY(SELECT hl7v2_values(m, path)) AS all_values
FROM feed, unnest(ARRAY['PID-3[2].1', 'PID-3(1)-1', 'PID^1^3^2^1', '/.PID-3(1)-1', '/PATIENT_RESULT/PATIENT/PID-3(1)',
    '/PATIENT_RESULT/ORDER_OBSERVATION(1)/OBR-4-1', '/PATIENT_RESULT/ORDER_OBSERVATION[*]/OBR-4-2',
    '/.ORDER_OBSERVATION(1)/.OBX[*]-5', '/.SPECIMEN/OB?-5', '/.OBX(1)-5', '/PID-5', 'OBX(2)-5', 'OBX^3^5']) path
WHERE id = 1;
SELECT m ->> '/PATIENT' FROM feed;
SELECT m ->> 'PID-3(-1)' FROM feed;

-- Setting: what is set is what is read; every other byte stays.
SELECT path, hl7v2_set(m, path, value) ->> path = value AS reads, replace(hl7v2_set(m, path, value)::text, E'\r', E'\n') AS message
FROM feed, (VALUES ('PID-5.1', 'A|B^C\'), ('PID-3[3].4.2', 'x'), ('NTE-3', E'two\nlines'), ('OBX[3.1=''X'']-5', '""'),
    ('/PATIENT_RESULT/ORDER_OBSERVATION(1)/OBX-6', 'x'), ('/.SPECIMEN/OBX-6', 'mg')) v (path, value)
WHERE id = 1 AND hl7v2_try(m::text) IS NOT NULL AND path NOT LIKE '%ORDER_OBSERVATION(1)%';
SELECT hl7v2_set(m, 'PID-3', 'X***Y@Z', true) ->> 'PID-3[2].1' AS second, hl7v2_set_null(m, 'PID-7') AS null_set,
    hl7v2_is_null(hl7v2_set_null(m, 'PID-7'), 'PID-7') AS is_null, hl7v2_set(m, 'PID-7', '') ->> 'PID-7' AS gone
FROM feed WHERE id = 2;
SELECT hl7v2_set(m, 'MSH-2', 'x') FROM feed;
SELECT hl7v2_set(m, 'PID-5.1', 'SECRET^x', true) FROM feed WHERE id = 1;
SELECT hl7v2_set(m, 'OBX[9]-5', 'x') FROM feed WHERE id = 1;
SELECT hl7v2_set(m, 'PID', 'x') FROM feed WHERE id = 1;
SELECT hl7v2_set(m, 'PID-5', NULL) IS NULL AS null_in FROM feed WHERE id = 1;

-- Removing.
SELECT path, replace(hl7v2_remove(m, path)::text, E'\r', E'\n') AS message
FROM feed, unnest(ARRAY['PID-3[2]', 'PID-3', 'OBX', 'OBX-5', 'OBX[3.1=''X'']', 'ZZZ']) path WHERE id = 1;
SELECT hl7v2_remove(m, 'MSH') FROM feed;

-- From scratch.
SELECT replace(hl7v2_set(hl7v2_set(hl7v2_set(hl7v2_new('ADT^A01^ADT_A01'), 'MSH-10', '42'), 'EVN-2', '20240102'), 'PID-5.1', 'DOE')::text, E'\r', E'\n') AS built;
SELECT replace('{"segments": [{"segment": "MSH", "fields": [null, null, "A|B"]}, {"segment": "PID", "fields": [1, null, [["A1", null, null, ["H", "1.2"]], "B"]]}]}'::jsonb::hl7v2::text, E'\r', E'\n') AS built;
SELECT '{"segments": [{"segment": "PID", "fields": ["SECRET"]}]}'::jsonb::hl7v2;
SELECT '{"segments": [{"segment": "MSH"}, {"segment": "SECRET"}]}'::jsonb::hl7v2;

-- To jsonb and back, byte for byte.
SELECT id, jsonb_pretty(m::jsonb) FROM feed WHERE id = 2;
SELECT bool_and(m::jsonb::hl7v2 = m AND m::jsonb::hl7v2::text = m::text) AS same FROM feed;

-- To bytes and back, by MSH-18.
CREATE TEMP TABLE bytes (charset text, body bytea);
INSERT INTO bytes
SELECT c, convert_to(E'MSH|^~\\&|A||||||ADT^A01|1|P|2.5||||||' || s || E'\rPID|1||||' || name || E'\r', c)
FROM (VALUES ('UTF8', 'UNICODE UTF-8', 'Jörg^ł日'), ('LATIN1', '8859/1', 'Jörg'), ('LATIN2', '8859/2', 'Łódź'),
    ('SJIS', 'Shift_JIS', '表示^ソ'), ('BIG5', 'BIG-5', '功^許'), ('GB18030', 'GB 18030-2000', '中文€'), ('EUC_KR', 'KS X 1001', '한글'),
    ('ISO_8859_5', '8859/5', 'Иван'), ('UTF8', '', 'é')) v (c, s, name);
SELECT charset, body::hl7v2 ->> 'PID-5.1' AS name, body::hl7v2 ->> 'PID-5.2' AS given, body::hl7v2::bytea = body AS same FROM bytes;
SELECT 'MSH|^~\&|é'::hl7v2::bytea = convert_to('MSH|^~\&|é', 'UTF8') AS utf8_unstated,
    hl7v2_encode('MSH|^~\&|é', 'windows-1252') AS encoded, hl7v2_decode(hl7v2_encode('MSH|^~\&|é', 'windows-1252'), 'windows-1252') AS back;
SELECT ('MSH|^~\&|A' || repeat('|', 15) || '8859/1|日')::hl7v2::bytea;
SELECT (convert_to(E'MSH|^~\\&|A' || repeat('|', 15) || 'UNICODE UTF-8', 'UTF8') || '\x7cff')::hl7v2;
SELECT hl7v2_encode('MSH|^~\&|A', 'SECRET');
SELECT '\x00'::bytea::hl7v2;

-- Text, raw and laid out; bytes and switches of the charset.
CREATE TEMP TABLE note (m hl7v2);
INSERT INTO note VALUES (('MSH|^~\&|A' || repeat('|', 15) || E'8859/1\rNTE|1||\\.in2\\one \\H\\two\\N\\ three\\.br\\J\\XF6\\rg\\T\\\rNTE|2||""\r')::hl7v2);
SELECT m ->> 'NTE-3' AS text, hl7v2_raw(m, 'NTE-3') AS raw, hl7v2_formatted(m, 'NTE-3') AS formatted,
    hl7v2_formatted(m, 'NTE-3', 8) AS narrow, hl7v2_raw(m, 'NTE[2]-3') AS null_raw, hl7v2_formatted(m, 'NTE[2]-3') AS null_formatted
FROM note;
SELECT hl7v2_formatted(m, 'NTE-3', -1) FROM note;

-- Parts put together.
SELECT replace(hl7v2_joined(ARRAY[E'MSH|^~\\&|A\rOBX|1|TX|||be\rDSC|P1\r', NULL, E'MSH|^~\\&|A|||||||||||P1\rADD|gin\rOBX|2\r']::hl7v2[])::text, E'\r', E'\n') AS joined;
SELECT hl7v2_joined(ARRAY[E'MSH|^~\\&|A\r', E'MSH|^~\\&|SECRET\r']::hl7v2[]);
SELECT hl7v2_joined(ARRAY[NULL]::hl7v2[]) IS NULL AS none;
