-- Contents of files to messages.
\pset null '(null)'
SET client_min_messages = warning;
SET bytea_output = escape;

CREATE FUNCTION pg_temp.bytes(text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT convert_to($1, 'UTF8') $$;
CREATE TEMP TABLE file (name text, body text);
INSERT INTO file VALUES
('concatenated', E'MSH|^~\\&|A|F|||||ADT^A01|1\rPID|1\rMSH|^~\\&|A|F|||||ADT^A01|2\rPID|1\r'),
('lines', E'MSH|^~\\&|A|F|||||ADT^A01|1\nPID|1\n\nMSH|^~\\&|A|F|||||ADT^A01|2\nPID|1\n'),
('windows', E'\uFEFFMSH|^~\\&|A|F|||||ADT^A01|1\r\nPID|1\r\nMSH|^~\\&|A|F|||||ADT^A01|2\r\nPID|1'),
('frames', E'\x0bMSH|^~\\&|A|F|||||ADT^A01|1\rPID|1\r\x1c\r\x0bMSH|^~\\&|A|F|||||ADT^A01|2\rPID|1\r\x1c\r'),
('batch', E'FHS|^~\\&|S\rBHS|^~\\&|S\rMSH|^~\\&|A|F|||||ADT^A01|1\rPID|1\rMSH|^~\\&|A|F|||||ADT^A01|2\rPID|1\rBTS|2\rFTS|1\r'),
('miscounted', E'BHS|^~\\&|S\rMSH|^~\\&|A|F|||||ADT^A01|1\rPID|1\rBTS|2\r'),
('comments', E'# first\nMSH|^~\\&|A|F|||||ADT^A01|1\nPID|1\n# second\nMSH|^~\\&|A|F|||||ADT^A01|2\nPID|1\n'),
('junk', E'Dear sir,\nplease find\nMSH|^~\\&|A|F|||||ADT^A01|1\nPID|1\n'),
('broken', E'MSH|^~\\&|A|F|||||ADT^A01|1\rPID|1\rSECRET\rMSH|^~\\&|A|F|||||ADT^A01|2\rPID|1\r'),
('nothing', E' \r\n\x1c\r'),
('text', 'no message at all'),
('empty', '');

SELECT f.name, m.ordinal, m.byte_offset, m.message ->> 'MSH-10' AS control, m.issue
FROM file f LEFT JOIN LATERAL hl7v2_messages(f.body) m ON true ORDER BY f.name, m.ordinal;

-- Bytes give what the same text gives.
SELECT f.name, count(*) FROM file f, LATERAL (
    (SELECT * FROM hl7v2_messages(f.body) EXCEPT ALL SELECT * FROM hl7v2_messages(pg_temp.bytes(f.body)))
    UNION ALL
    (SELECT * FROM hl7v2_messages(pg_temp.bytes(f.body)) EXCEPT ALL SELECT * FROM hl7v2_messages(f.body))) d GROUP BY 1;

-- Records: the bytes as they came, their hash, and why there is no message.
SELECT f.name, r.ordinal, r.byte_offset, r.sha256 = sha256(r.raw) AS hashed, r.message IS NOT NULL AS message, r.key, (r.issue).code, (r.issue).location
FROM file f, _pgclinical.hl7v2_records(pg_temp.bytes(f.body), NULL) r ORDER BY 1, 2;
SELECT bool_and(substr(pg_temp.bytes(f.body), 1 + r.byte_offset::int, length(r.raw)) = r.raw) AS bytes_of_the_file
FROM file f, _pgclinical.hl7v2_records(pg_temp.bytes(f.body), NULL) r;
SELECT r.ordinal, r.raw FROM file f, _pgclinical.hl7v2_records(pg_temp.bytes(f.body), NULL) r WHERE name IN ('junk', 'miscounted') ORDER BY name, 1;

-- Charsets: a byte order mark, MSH-18, the feed's default, UTF-8 if it is, else windows-1252.
CREATE FUNCTION pg_temp.encoded(msh_18 text, body bytea) RETURNS bytea LANGUAGE sql AS $$
SELECT convert_to(E'MSH|^~\\&|A|F|||||ADT^A01|1||||||||' || msh_18 || E'\rPID|', 'UTF8') || body $$;
SELECT msh_18, charset, message ->> 'PID-1' AS pid_1, (issue).severity, (issue).format_code, (issue).message
FROM (VALUES (1, '', '\303\251'::bytea, NULL), (2, '', '\351', NULL), (3, '', '\351', '8859/2'), (4, '', '\326', '8859/5'), (5, '8859/1', '\351', NULL),
    (6, '8859/1', '\223x\224', NULL), (7, '8859/15', '\244', NULL), (8, 'UNICODE UTF-8', '\303\251', '8859/1'), (9, 'UNICODE UTF-8', '\351.', NULL),
    (10, 'SHIFT_JIS', '\203\174\203\136', NULL), (11, 'ISO IR87', '\033$B;3\033(B', NULL), (12, 'GB 18030-2000', '\304\343', NULL),
    (13, 'KS X 1001', '\260\241', NULL), (14, 'BIG-5', '\247A', NULL), (15, 'what', '\351', NULL), (16, 'ASCII', 'x', NULL), (17, '', 'a\000b', NULL)
    ) t(n, msh_18, body, charset), hl7v2_messages(pg_temp.encoded(msh_18, body), charset) ORDER BY n;
SELECT message ->> 'PID-1' AS utf_16, byte_offset, (issue).format_code
FROM hl7v2_messages('\377\376'::bytea || (SELECT string_agg(set_byte('\000\000', 0, get_byte(b, i)), '' ORDER BY i)
    FROM (SELECT pg_temp.bytes(E'MSH|^~\\&|A\rPID|x\r\nMSH|^~\\&|B\rPID|y') b) t, generate_series(0, length(b) - 1) i));
SELECT * FROM hl7v2_messages(''::bytea, 'no such set');
SELECT count(*) FROM hl7v2_messages(NULL::bytea);
SELECT count(*) FROM hl7v2_messages(NULL::bytea, 'UTF-8');
SELECT count(*) FROM hl7v2_messages(NULL::text);

-- Reading in chunks: cut where messages start, the records are the same.
SELECT name, _pgclinical.hl7v2_cut(pg_temp.bytes(body), false) AS more_follows, _pgclinical.hl7v2_cut(pg_temp.bytes(body), true) AS last FROM file ORDER BY 1;
DO $$
DECLARE
    whole bytea := pg_temp.bytes((SELECT string_agg(body, E'\n' ORDER BY name) FROM file WHERE name <> 'miscounted'));
    held bytea;
    pos int;
    cut bigint;
    out bytea[];
    expected bytea[] := ARRAY(SELECT raw FROM _pgclinical.hl7v2_records(whole, NULL));
BEGIN
    FOREACH pos IN ARRAY ARRAY[1, 7, 50, 200, 10000] LOOP
        held := '';
        out := '{}';
        FOR i IN 0 .. length(whole) / pos LOOP
            held := held || substr(whole, 1 + i * pos, pos);
            cut := _pgclinical.hl7v2_cut(held, i = length(whole) / pos);
            out := out || ARRAY(SELECT raw FROM _pgclinical.hl7v2_records(substr(held, 1, cut::int), NULL));
            held := substr(held, 1 + cut::int);
        END LOOP;
        IF out <> expected THEN RAISE INFO 'chunks of % differ', pos; END IF;
    END LOOP;
    RAISE INFO '% records', cardinality(expected);
END $$;

-- A large file: 50,000 messages, 20 MB.
CREATE TEMP TABLE big AS
SELECT string_agg(convert_to(format(E'MSH|^~\\&|A|F|||||ADT^A01|%s\rPID|1||%s\rNTE|1||%s\r\n', n, n, repeat('x', 350)), 'UTF8'), '' ORDER BY n) AS contents
FROM generate_series(1, 50000) n;
SELECT count(*), count(DISTINCT key) AS keys, sum(length(raw) + 2) = (SELECT length(contents) FROM big) AS all_bytes, count(issue) AS issues
FROM big, _pgclinical.hl7v2_records(contents, NULL);

-- Slices: every record is in one, with its place among all; merges and parts of messages are in the last.
SELECT slices, count(*) AS records, count(DISTINCT r.byte_offset) AS places, bool_and(r = whole) AS same,
       sum(CASE WHEN slice = slices THEN 1 END) AS shared
FROM (SELECT convert_to(string_agg(format(E'MSH|^~\\&|A|F|||||ADT^%s|%s\rPID|1||%s\r%s', CASE WHEN n % 10 = 0 THEN 'A40' ELSE 'A01' END, n, n % 40,
             CASE WHEN n % 10 = 0 THEN E'MRG|7\r' WHEN n % 17 = 0 THEN E'DSC|x\r' ELSE '' END), '' ORDER BY n), 'UTF8') || 'junk'
      FROM generate_series(1, 200) n) file(contents),
     generate_series(2, 4) slices, generate_series(0, slices) slice,
     LATERAL _pgclinical.hl7v2_records(contents, NULL, NULL, slice, slices) r
     JOIN _pgclinical.hl7v2_records(contents, NULL) whole USING (byte_offset)
GROUP BY slices ORDER BY slices;
SELECT count(*) FROM _pgclinical.hl7v2_records('', NULL, NULL, 2, 1);
SELECT count(*) FROM _pgclinical.hl7v2_records('', NULL, NULL, -1, 1);
SELECT count(*) FROM _pgclinical.hl7v2_records('', NULL, NULL, 0, NULL);
