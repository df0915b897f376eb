-- Type coding: text and binary form, casts, comparison.
\pset null '(null)'
SET client_min_messages = warning;

-- Short names, v2 table names and OIDs mean the system's URI.
SELECT v AS written, v::coding AS means
FROM unnest(ARRAY['loinc|8480-6', 'LN|8480-6', 'urn:oid:2.16.840.1.113883.6.1|8480-6', 'SCT|73211009',
    'http://snomed.info/sct|73211009', 'i10c|E11.9', 'HL70001|M', '|GLU', 'http://hospital.example/labs|GLU',
    'loinc|8480-6|2.77', 'loinc|8480-6|2.77|Systolic', 'loinc|8480-6||Systolic',
    'http://a.example|a\|b\\c', '  loinc |  8480-6  ']) v;

-- What comes out goes in again, by text, binary and jsonb.
CREATE TEMP TABLE t AS SELECT v::coding AS c FROM unnest(ARRAY['loinc|8480-6|2.77|Systolic \| "x"', '|a\\|\||é',
    'http://hospital.example/labs|GLU', 'HL70001|M||Male']) v;
SELECT bool_and(c::text::coding::text = c::text) AS by_text,
    bool_and(c::jsonb::coding::text = c::text) AS by_jsonb,
    bool_and(coding(coding_system(c), coding_code(c), coding_version(c), coding_display(c))::text = c::text) AS by_parts
FROM t;
SELECT c::jsonb FROM t;

-- Malformed input is refused by rule, never with content.
DO $$
DECLARE
    input text;
    words text;
    place text;
BEGIN
    FOREACH input IN ARRAY ARRAY['', 'SECRET', '|', 'loinc|', 'loinc|  ', 'a|b|c|d|e', 'two words|SECRET',
        E'loinc|SEC\nRET', repeat('x', 20000) || '|1'] LOOP
        BEGIN
            PERFORM input::coding;
            RAISE INFO 'accepted';
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS words = MESSAGE_TEXT, place = PG_EXCEPTION_DETAIL;
            RAISE INFO '% % %', SQLSTATE, words, place;
        END;
        IF coding_try(input) IS NOT NULL THEN RAISE INFO 'try accepted'; END IF;
    END LOOP;
END $$;

-- FHIR: the selected coding, else the first with a code.
SELECT v::coding FROM unnest(ARRAY[
    '{"system": "http://loinc.org", "code": "8480-6", "display": "x"}',
    '{"coding": [{"display": "none"}, {"code": "a"}, {"code": "b", "userSelected": true}, {"code": "c"}], "text": "t"}',
    '{"coding": [{"system": "http://loinc.org", "code": " 1 "}]}', '{"text": "only"}', '[]', '{}', '"x"',
    '{"coding": "x"}', '{"code": 5}']::jsonb[]) v;
SELECT code_codings('{"coding": [{"display": "none"}, {"code": "a"}, {"system": "http://loinc.org", "code": "b"}]}');
SELECT coding(NULL, NULL) IS NULL AS no_code, coding(NULL, 'a') AS no_system, coding_system('|a') IS NULL AS null_system;

-- Equality is system and code; version and display do not matter, letter case does.
SELECT 'loinc|1|2.70|A'::coding = 'LOINC|1||B' AS same, 'loinc|a'::coding = 'loinc|A' AS letter_case,
    'loinc|1'::coding = '|1' AS other_system, coding_hash('loinc|1|2|A') = coding_hash('loinc|1') AS same_hash,
    coding_hash_extended('loinc|1|2|A', 7) = coding_hash_extended('loinc|1', 7) AS same_hash_extended;
SELECT string_agg(v::text, '  ' ORDER BY v) FROM unnest(ARRAY['sct|2', 'loinc|2', 'loinc|10', '|z', 'http://a|1']::coding[]) v;
SELECT count(*), count(DISTINCT v) FROM unnest(ARRAY['sct|2', 'sct|2|x', 'sct|2||y', '|2']::coding[]) v;

-- Both kinds of index find what a scan finds.
CREATE TEMP TABLE many AS SELECT ('loinc|' || i % 1000)::coding AS c FROM generate_series(1, 20000) i;
CREATE INDEX ON many USING hash (c);
SET enable_seqscan = off;
SELECT count(*) FROM many WHERE c = 'ln|17|2.77';
DROP INDEX pg_temp.many_c_idx;
CREATE INDEX ON many (c);
SELECT count(*) FROM many WHERE c = 'ln|17|2.77';
SELECT count(*) FROM many WHERE c BETWEEN 'loinc|1' AND 'loinc|10';
RESET enable_seqscan;
SELECT count(*) FROM many a JOIN (VALUES ('loinc|5||x'::coding)) b(c) USING (c);

-- A coding is small: the system's URI costs one byte.
SELECT pg_column_size('loinc|8480-6'::coding) AS bytes, pg_column_size('http://loinc.org|8480-6'::text) AS as_text;
