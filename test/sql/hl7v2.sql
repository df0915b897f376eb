-- Type hl7v2 and reading values from it.
\pset null '(null)'
\set VERBOSITY default
SET client_min_messages = warning;

CREATE TEMP TABLE feed (id int, body text, m hl7v2);
INSERT INTO feed (id, body) VALUES
(1, E'MSH|^~\\&|APP^1.2.3^ISO|FAC|||20240102030405-0500||ADT^A01^ADT_A01|42|P|2.5.1\rPID|1||A1^^^H&1.2&ISO^MR~B2^^^X^SS||DOE^JO\\S\\HN^Q~ROE^J||19700101|M||""|1 A\\T\\B ST^^X\rPV1|1|I\rOBX|1|NM|8480-6^Systolic^LN||120|mm[Hg]|||||F\rOBX|2|NM|8462-4^Diastolic^LN||80|mm[Hg]|||||F\rOBX|3|TX|NOTE^^L||one\\.br\\two\rZPI|x'),
(2, E'MSH|^~\\&|APP|FAC|||2024||ORU^R01|43\nPID|1||7\nOBX|1|TX|N||4 up to 6\nmm|||F\n'),
(3, E'\uFEFFMSH#*@!%#A###########X\r\nPID#1##1*2%3@4\r\n\r\n');
UPDATE feed SET m = body;

-- The text that goes in comes out.
SELECT id, body::hl7v2::text = body AS same, octet_length(body::hl7v2::text) = octet_length(body) AS same_size
FROM feed;
SELECT bool_and(hl7v2_out(hl7v2_in(textout(body)))::text = body) AS same FROM feed;

-- Malformed input is refused by place and rule, never with content.
DO $$
DECLARE
    input text;
    state text;
    words text;
    place text;
BEGIN
    FOREACH input IN ARRAY ARRAY[
        '', ' ', 'SECRET', 'PID|1||SECRET', 'MSH', 'MSH|', 'MSH|^', 'MSH||SECRET', 'msh|^~\&|SECRET',
        'MSHA^~\&ASECRET', 'MSH ^~\& SECRET', 'MSH|^~^&|SECRET', 'MSH|^^\&|SECRET', 'MSH|^~\&#!|SECRET',
        'MSH|^a\&|SECRET', 'MSH|^~\|&|SECRET', 'MSH"^~\&"SECRET', E'MSH\r|^~\\&|SECRET', E'MSH|\rSECRET',
        E'MSH|^~\\&|A\rSECRET', E'MSH|^~\\&|A\r|SECRET', E'MSH|^~\\&|A\r1PI|SECRET',
        E'MSH|^~\\&|A\rPIDX|SECRET', E'MSH|^~\\&|A\rPI|SECRET', E'MSH|^~\\&|A\rP-D|SECRET',
        E'MSH|^~\\&|A\rPID|1\rMSH|^~\\&|SECRET', E'MSH|^~\\&|A\nMSH#^~\\&#SECRET',
        E'FHS|^~\\&|SECRET\rMSH|^~\\&|A', E'# SECRET\rMSH|^~\\&|A', '{"MSH": "SECRET"}', 'éSECRET']
    LOOP
        BEGIN
            PERFORM input::hl7v2;
            RAISE INFO '% is a message', replace(input, E'\r', '<CR>');
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, words = MESSAGE_TEXT, place = PG_EXCEPTION_DETAIL;
            RAISE INFO '% %: % %', state, words, place,
                CASE WHEN concat(words, place) LIKE '%SECRET%' THEN 'LEAKS' ELSE '' END;
            IF hl7v2_try(input) IS NOT NULL THEN RAISE INFO 'hl7v2_try disagrees'; END IF;
        END;
    END LOOP;
END $$;
SELECT hl7v2_try(NULL) IS NULL AS null_in, hl7v2_try(body) = body::hl7v2 AS same FROM feed;

-- Values: PID-5.1, with its notations, and what a path leaves open.
SELECT path, m ->> path AS value, hl7v2_is_null(m, path) AS is_null,
       ARRAY(SELECT hl7v2_values(m, path)) AS all_values
FROM feed, unnest(ARRAY['MSH-1', 'MSH-2', 'MSH-9', 'MSH-9.2', 'PID-3', 'PID-3.1', 'PID-3[2].1', 'PID-3.4.2',
    'PID-3[5=''SS''].1', 'PID-5.1', 'PID.5.1', 'PID-5-1', 'pid-5-2', 'PID-5[2].1', 'PID-7', 'PID-7.1', 'PID-7.2',
    'PID-10', 'PID-11.1', 'PID-99', 'PID[2]-3', 'OBX-5', 'OBX[2]-5', 'OBX[3.1="8462-4"]-5', 'OBX[*]-3.1',
    'OBX[3.1="none"]-5', 'ZPI', 'ZPI-1', 'ZZZ-1']) path
WHERE id = 1;
SELECT id, m ->> 'OBX-5' AS obx_5, m ->> 'OBX-8' AS obx_8, m ->> 'PID-3.2.2' AS pid_3_2_2
FROM feed WHERE id > 1 ORDER BY id;

-- hl7v2_get is the first of hl7v2_values; PID-7 and PID-7.1 are the same.
SELECT count(*) AS paths, count(*) FILTER (WHERE (m ->> p) IS DISTINCT FROM
    (SELECT v FROM hl7v2_values(m, p) WITH ORDINALITY AS x(v, n) WHERE n = 1)) AS differ
FROM feed, unnest(ARRAY['MSH', 'PID', 'OBX', 'OBX[2]', 'OBX[3.3=''LN'']', 'ZZZ']) s,
    unnest(ARRAY['', '-1', '-2', '-3', '-5', '-3[2]', '-3[*]', '-3[5=''SS'']', '-10']) f,
    LATERAL (SELECT s || f AS p) q;
SELECT bool_and((m ->> 'PID-7') IS NOT DISTINCT FROM (m ->> 'PID-7.1')) AS same FROM feed;

-- Absent, "" and a value are three things.
SELECT m ->> p AS value, hl7v2_is_null(m, p) AS is_null, p
FROM (SELECT E'MSH|^~\\&|\rPID|1|""||x^""^' ::hl7v2) t(m), unnest(ARRAY['PID-2', 'PID-3', 'PID-4', 'PID-4.2', 'PID-4.3', 'PV1-1']) p;

-- NULLs in, NULL out.
SELECT hl7v2_get(NULL, 'PID-3') IS NULL AS a, hl7v2_get(m, NULL) IS NULL AS b, hl7v2_is_null(NULL, 'PID-3') IS NULL AS c,
       (SELECT count(*) FROM hl7v2_values(NULL, 'PID-3')) AS d, (SELECT count(*) FROM hl7v2_segments(NULL)) AS e
FROM feed WHERE id = 1;

-- A path that is none: 42601 and the character, never the path itself (a condition may hold an identifier).
DO $$
DECLARE
    path text;
    state text;
    words text;
    place text;
BEGIN
    FOREACH path IN ARRAY ARRAY['', 'PI', 'PIDX-3', 'PID-', 'PID-0', 'PID-3.', 'PID-3.1.1.1', 'PID-3[', 'PID-3[0]', 'PID-3[1][2]',
        'PID-3[5=MR]', 'PID-3[5=''SECRET', 'PID-3[5.1.1=''SECRET'']', 'PID-3[''SECRET'']', 'PID-3.1 SECRET',
        'PID-99999999']
    LOOP
        BEGIN
            PERFORM hl7v2_get(E'MSH|^~\\&|', path);
            RAISE INFO 'no error';
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, words = MESSAGE_TEXT, place = PG_EXCEPTION_DETAIL;
            RAISE INFO '% %: % %', state, words, place, CASE WHEN concat(words, place) LIKE '%SECRET%' THEN 'LEAKS' ELSE '' END;
        END;
    END LOOP;
END $$;

-- One call site, another path and another message in each row, and two messages in one row.
CREATE TEMP TABLE stored (id int, a hl7v2 COMPRESSION lz4, b hl7v2 COMPRESSION pglz, path text);
INSERT INTO stored
SELECT n, format(E'MSH|^~\\&|A\rPID|1||a%s\rOBX|1|TX|||%s', n, repeat(md5(n::text) || ' ', n * 7 % 500)),
       format(E'MSH|^~\\&|B\rPID|1||b%s\rOBX|1|TX|||%s', n, repeat('x', n * 91 % 20000)),
       CASE n % 3 WHEN 0 THEN 'PID-3' WHEN 1 THEN 'MSH-3' ELSE 'OBX-5' END
FROM generate_series(1, 600) n;
SELECT count(*) AS rows, count(*) FILTER (WHERE a ->> 'PID-3' <> 'a' || id OR b ->> 'PID-3' <> 'b' || id OR a ->> 'MSH-3' <> 'A' OR b ->> 'MSH-3' <> 'B'
    OR coalesce(b ->> 'OBX-5', '') <> repeat('x', id * 91 % 20000)
    OR coalesce(a ->> path, '') <> CASE id % 3 WHEN 0 THEN 'a' || id WHEN 1 THEN 'A' ELSE coalesce(a ->> 'OBX-5', '') END) AS wrong
FROM stored;

-- Comparison is by bytes; it hashes, sorts and indexes.
CREATE TEMP TABLE keyed (m hl7v2 PRIMARY KEY);
INSERT INTO keyed SELECT format(E'MSH|^~\\&|%s', chr(64 + n))::hl7v2 FROM generate_series(1, 26) n;
INSERT INTO keyed SELECT m FROM keyed ON CONFLICT DO NOTHING;
CREATE INDEX keyed_hash ON keyed USING hash (m);
CREATE INDEX keyed_value ON keyed ((m ->> 'MSH-3'));
SELECT count(*) AS rows, count(DISTINCT m) AS distinct_rows, min(m::text), max(m::text) FROM keyed;
SELECT array_agg(m ->> 'MSH-3' ORDER BY m DESC) FROM keyed WHERE m > E'MSH|^~\\&|U' AND m <= E'MSH|^~\\&|Y' AND m <> E'MSH|^~\\&|W' AND m >= E'MSH|^~\\&|A';
SET enable_seqscan = off;
SELECT m::text FROM keyed WHERE m = E'MSH|^~\\&|Q';
EXPLAIN (COSTS OFF) SELECT m FROM keyed WHERE m ->> 'MSH-3' = 'Q';
RESET enable_seqscan;
SET enable_mergejoin = off; SET enable_nestloop = off;
SELECT count(*) FROM keyed a JOIN keyed b USING (m);
RESET enable_mergejoin; RESET enable_nestloop;
-- The hash stays what it is, or indexes and partitions break.
SELECT hl7v2_hash(E'MSH|^~\\&|A') AS hash, hl7v2_hash_extended(E'MSH|^~\\&|A', 1) AS extended;

-- Text becomes a message when a column asks for one, never by itself.
CREATE TEMP TABLE message (m hl7v2);
INSERT INTO message SELECT body FROM feed;
SELECT bool_and(hl7v2_send(m) = convert_to(m::text, 'UTF8')) AS sent FROM message;
INSERT INTO message VALUES ('no message'::text);
SELECT body || m AS concatenated FROM feed, message WHERE false;
SELECT count(*) FROM message WHERE m::text LIKE 'MSH%';

-- Binary and text COPY.
CREATE TEMP TABLE copied (LIKE message);
\getenv abs_builddir PG_ABS_BUILDDIR
\set binary_file :abs_builddir '/results/hl7v2.binary'
\set text_file :abs_builddir '/results/hl7v2.text'
COPY message TO :'binary_file' (FORMAT binary);
COPY copied FROM :'binary_file' (FORMAT binary);
COPY message TO :'text_file';
COPY copied FROM :'text_file';
SELECT count(*) FROM copied JOIN message USING (m);

-- Segments and fields.
SELECT s.* FROM feed, hl7v2_segments(m) s WHERE feed.id IN (2, 3) ORDER BY feed.id, ordinal;
SELECT id, occurrence, ordinal FROM feed f, hl7v2_segments(m) s(ordinal, seg, occurrence) WHERE f.id = 1 AND seg = 'OBX';
SELECT f.* FROM feed, hl7v2_fields(m) f WHERE id = 1 AND segment IN ('PID', 'ZPI');
SELECT bool_and(substr(body, 1 + byte_offset, length(segment)) = segment) AS at_their_places
FROM feed, hl7v2_segments(m) WHERE feed.id < 3;

-- Values of any length come whole, wherever the set is read: short and long headers, rows beyond a batch.
WITH made AS (
    SELECT n, ('MSH|^~\&|' || repeat('x', n) || E'\rPID|""|' || repeat('y', 3 * n) || '^z\F\|' || repeat('a|', n))::hl7v2 AS m
    FROM unnest(ARRAY[0, 1, 41, 42, 43, 123, 124, 125, 126, 127, 128, 2728, 8190, 30000]) n)
SELECT bool_and(length(f.of_msh) = n OR n = 0 AND f.of_msh IS NULL) AS msh, bool_and(length(f.of_pid) = 3 * n OR n = 0 AND f.of_pid IS NULL) AS pid,
    bool_and(f.z = 'z|') AS z, bool_and(f.rows = (n > 0)::int * 2 + 4 + n) AS rows, bool_and(f.nulls = 1) AS nulls,
    bool_and(f.rows = (SELECT count(f) FROM (SELECT hl7v2_fields(made.m) AS f) l)) AS in_the_list
FROM made, LATERAL (
    SELECT max(value) FILTER (WHERE segment = 'MSH' AND field = 3) AS of_msh,
        max(value) FILTER (WHERE segment = 'PID' AND field = 2 AND component = 1) AS of_pid,
        max(value) FILTER (WHERE segment = 'PID' AND field = 2 AND component = 2) AS z,
        count(*) AS rows, count(*) FILTER (WHERE value IS NULL) AS nulls
    FROM hl7v2_fields(m)) f;

-- What names a message.
SELECT id, hl7v2_key(m) FROM feed ORDER BY id;
SELECT hl7v2_key(E'MSH|^~\\&|A|B|||||ADT^A01|""') AS no_control_id;

-- A large message: 2,000 segments and a field of 8 MB.
CREATE TEMP TABLE large AS
SELECT (E'MSH|^~\\&|A\r' || string_agg(format(E'OBX|%s|TX|||v%s\r', n, n), '') || 'OBX|2001|ED|||^^^Base64^' || repeat('QUJD', 2000000) || E'|||F\rZZZ|end')::hl7v2 AS m
FROM generate_series(1, 2000) n;
SELECT m ->> 'OBX[2000]-5' AS a, length(m ->> 'OBX[2001]-5.5') AS b, m ->> 'OBX[2001]-8' AS c, m ->> 'ZZZ-1' AS d,
       (SELECT count(*) FROM hl7v2_segments(m)) AS segments, (SELECT count(*) FROM hl7v2_values(m, 'OBX-1')) AS values FROM large;

-- Random damage raises nothing but 22P02, and what still parses comes back as it was.
DO $$
DECLARE
    base text := (SELECT body FROM feed WHERE id = 1);
    damaged text;
    m hl7v2;
    refused int := 0;
BEGIN
    PERFORM setseed(0.5);
    FOR i IN 1 .. 3000 LOOP
        damaged := overlay(base PLACING substr(E'|^~\\&\r\n"MSH\u00e9', 1 + (random() * 11)::int, 1) FROM 1 + (random() * length(base))::int FOR (random() * 3)::int);
        BEGIN
            m := damaged;
            IF m::text <> damaged THEN RAISE INFO 'round %: text differs', i; END IF;
            PERFORM hl7v2_values(m, 'OBX-5.1'), hl7v2_segments(m), hl7v2_fields(m);
        EXCEPTION WHEN invalid_text_representation THEN
            refused := refused + 1;
        END;
    END LOOP;
    RAISE INFO 'some refused, most read: %', refused BETWEEN 30 AND 1500;
END $$;
