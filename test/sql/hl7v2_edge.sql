-- Messages as they come from the field: each is read, or refused for the reason that is true; the
-- text that was read goes through the type, jsonb and bytes and comes out as it was.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.bytes(message hl7v2) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
    RETURN message::bytea;
EXCEPTION WHEN untranslatable_character OR character_not_in_repertoire THEN
    RETURN NULL;
END $$;

-- One line a file: records as "segments(MSH-10)" or the reason, then what is not as it should be.
CREATE FUNCTION pg_temp.reading(body bytea) RETURNS text LANGUAGE sql AS $$
SELECT coalesce(string_agg(concat_ws(' ',
    CASE WHEN message IS NULL THEN coalesce((issue).location || ': ', '') || (issue).message
        ELSE (SELECT count(*) FROM hl7v2_segments(message)) || '(' || coalesce(message ->> 'MSH-10', '') || ')' END,
    CASE WHEN message IS NOT NULL THEN (issue).format_code END,
    CASE WHEN message::text::hl7v2 <> message THEN 'TEXT DIFFERS' END,
    CASE WHEN message::jsonb::hl7v2 <> message THEN 'JSONB DIFFERS' END,
    -- UTF-16 is told by its bytes, not by the message.
    CASE WHEN (issue).format_code IS NULL AND position(pg_temp.bytes(message) IN body) = 0
        AND position('\x00'::bytea IN body) = 0 THEN 'BYTES DIFFER' END),
    ', ' ORDER BY ordinal), 'nothing')
FROM hl7v2_messages(body) $$;

CREATE TEMP TABLE edge (n serial, kind text, name text, body bytea);
-- Written with \r, \n, \v (block start), \s (block end), \0 and \xHH.
CREATE FUNCTION pg_temp.add(kind text, name text, body text) RETURNS void LANGUAGE sql AS $$
INSERT INTO edge (kind, name, body)
SELECT kind, name, (SELECT coalesce(string_agg(CASE
        WHEN part[1] LIKE '\\x__' THEN decode(substr(part[1], 3), 'hex')
        WHEN part[1] = '\r' THEN '\x0d' WHEN part[1] = '\n' THEN '\x0a' WHEN part[1] = '\0' THEN '\x00'
        WHEN part[1] = '\v' THEN '\x0b' WHEN part[1] = '\s' THEN '\x1c' WHEN part[1] = '\t' THEN '\x09'
        WHEN part[1] = '\\' THEN '\x5c'
        ELSE convert_to(part[1], 'UTF8') END, '' ORDER BY ordinality), '')
    FROM regexp_matches(replace(body, 'HEAD', 'MSH|^~\\&|APP|FAC|TO|THERE|20260101120000||ADT^A01^ADT_A01|'),
        '\\x[0-9a-fA-F]{2}|\\.|[^\\]+', 'g') WITH ORDINALITY p(part, ordinality)) $$;
\o /dev/null
SELECT pg_temp.add('line ends', name, body) FROM (VALUES
    ('CR', 'HEAD1|P|2.5\rEVN|A01\rPID|1\r'), ('LF', 'HEAD1|P|2.5\nEVN|A01\nPID|1\n'), ('CRLF', 'HEAD1|P|2.5\r\nEVN|A01\r\nPID|1\r\n'),
    ('LFCR', 'HEAD1|P|2.5\n\rEVN|A01\n\rPID|1\n\r'), ('mixed', 'HEAD1|P|2.5\rEVN|A01\nPID|1\r\nPV1|1'), ('CRCRLF', 'HEAD1|P|2.5\r\r\nEVN|A01\r\r\nPID|1\r\r\n'),
    ('none at the end', 'HEAD1|P|2.5\rPID|1'), ('many at the end', 'HEAD1|P|2.5\rPID|1\r\r\n\n\r'), ('before', '\r\n\n HEAD1|P|2.5\rPID|1\r'),
    ('blank lines', 'HEAD1|P|2.5\r\r  \r\t\rPID|1\r'), ('blanks before a segment', 'HEAD1|P|2.5\n  PID|1\n\tPV1|1\n'),
    ('LF in a field', 'HEAD1|P|2.5\rOBX|1|TX|a||4 up to 6\nmm|x\rPV1|1\r'), ('LF in a field of a file with LF', 'HEAD1|P|2.5\nOBX|1|TX|a||4 up to 6\nmm|x\nPV1|1\n'),
    ('CRLF in a field', 'HEAD1|P|2.5\rOBX|1|TX|a||one\r\n\r\ntwo|x\rPV1|1\r'), ('CR in a field', 'HEAD1|P|2.5\rOBX|1|TX|a||one\rtwo|x\rPV1|1\r'),
    ('a line like a segment in a note', 'HEAD1|P|2.5\rOBX|1|TX|a||see\nPID below\rPV1|1\r'), ('form feed at the end', 'HEAD1|P|2.5\rPID|1\r\x0c'), ('DOS end of file', 'HEAD1|P|2.5\rPID|1\r\x1a')) v(name, body);
SELECT pg_temp.add('frames', name, body) FROM (VALUES
    ('one', '\vHEAD1|P|2.5\rPID|1\r\s\r'), ('no CR behind it', '\vHEAD1|P|2.5\rPID|1\r\s'), ('no CR before it', '\vHEAD1|P|2.5\rPID|1\s\r'), ('no end', '\vHEAD1|P|2.5\rPID|1\r'),
    ('no start', 'HEAD1|P|2.5\rPID|1\r\s\r'), ('two', '\vHEAD1|P|2.5\rPID|1\r\s\r\vHEAD2|P|2.5\rPID|1\r\s\r'), ('two without CR', '\vHEAD1|P|2.5\rPID|1\s\vHEAD2|P|2.5\rPID|1\s'),
    ('line ends between', '\vHEAD1|P|2.5\rPID|1\r\s\r\n\r\n\vHEAD2|P|2.5\rPID|1\r\s\r\n'), ('junk in a frame', '\vhello\s\r\vHEAD2|P|2.5\rPID|1\r\s\r'), ('an empty frame', '\v\s\r\vHEAD2|P|2.5\rPID|1\r\s\r'),
    ('an acknowledgement between', '\vHEAD1|P|2.5\r\s\r\vMSH|^~\\&|TO|THERE|||2026||ACK|A1|P|2.5\rMSA|AA|1\r\s\r'), ('a vertical tab in a field', 'HEAD1|P|2.5\rNTE|1||a\vb\rPV1|1\r'), ('a block end in a field', 'HEAD1|P|2.5\rNTE|1||a\sb\rPV1|1\r')) v(name, body);
SELECT pg_temp.add('batches', name, body) FROM (VALUES
    ('file and batch', 'FHS|^~\\&|A\rBHS|^~\\&|A\rHEAD1|P|2.5\rPID|1\rHEAD2|P|2.5\rPID|1\rBTS|2\rFTS|1\r'), ('two batches', 'FHS|^~\\&|A\rBHS|^~\\&|A\rHEAD1|P|2.5\rBTS|1\rBHS|^~\\&|A\rHEAD2|P|2.5\rBTS|1\rFTS|2\r'),
    ('batch alone', 'BHS|^~\\&|A\rHEAD1|P|2.5\rBTS|1\r'), ('file alone', 'FHS|^~\\&|A\rHEAD1|P|2.5\rHEAD2|P|2.5\rFTS|1\r'), ('no trailers', 'FHS|^~\\&|A\rBHS|^~\\&|A\rHEAD1|P|2.5\r'), ('no headers', 'HEAD1|P|2.5\rBTS|7\rFTS|7\r'),
    ('empty', 'BHS|^~\\&|A\rBTS|0\r'), ('names alone', 'FHS\rBHS\rHEAD1|P|2.5\rBTS\rFTS\r'), ('too many stated', 'BHS|^~\\&|A\rHEAD1|P|2.5\rBTS|2\r'), ('a count that is none', 'BHS|^~\\&|A\rHEAD1|P|2.5\rBTS|one\r'),
    ('other delimiters', 'BHS#*!\\%#A\rMSH#*!\\%#A######ADT*A01#1\rBTS#1\r'), ('comment and totals', 'BHS|^~\\&|A\rHEAD1|P|2.5\rBTS|1|night run|10.5~3\r'), ('LF', 'FHS|^~\\&|A\nBHS|^~\\&|A\nHEAD1|P|2.5\nPID|1\nBTS|1\nFTS|1\n'),
    ('in frames', '\vBHS|^~\\&|A\rHEAD1|P|2.5\rPID|1\rBTS|1\r\s\r'), ('junk within', 'BHS|^~\\&|A\rNTE|1||note\rHEAD1|P|2.5\rBTS|1\r'), ('comment lines', '# made by\nHEAD1|P|2.5\nPID|1\n# next\nHEAD2|P|2.5\n')) v(name, body);
SELECT pg_temp.add('delimiters', name, body) FROM (VALUES
    ('usual', 'MSH|^~\\&|A|||||||1\rPID|1\r'), ('truncation', 'MSH|^~\\&#|A|||||||1\rPID|1\r'), ('one', 'MSH|^|A|||||||1\rPID|1\r'), ('two', 'MSH|^~|A|||||||1\rPID|1\r'), ('three', 'MSH|^~\\|A|||||||1\rPID|1\r'), ('six', 'MSH|^~\\&#!|A\rPID|1\r'),
    ('none', 'MSH||A\rPID|1\r'), ('others', 'MSH@~&#\\@A@@@@@@@1\rPID@1@@7~~~H\r'), ('swapped', 'MSH^|~\\&^A^^^^^^^1\rPID^1\r'), ('escape doubled', 'MSH|^~\\\\&|A\rPID|1\r'), ('one twice', 'MSH|^~\\^|A\rPID|1\r'), ('the field''s', 'MSH|^|\\&|A\rPID|1\r'),
    ('a letter', 'MSHA^~\\&A\rPIDA1\r'), ('a blank', 'MSH ^~\\& A\r'), ('quotes', 'MSH|^~\\"|A\rPID|1\r'), ('ends there', 'MSH|^~\\&'), ('ends before', 'MSH|'), ('name alone', 'MSH\rPID|1\r'), ('another in the second segment', 'MSH|^~\\&|A|||||||1\rPID@1@@7\r')) v(name, body);
SELECT pg_temp.add('segments', name, body) FROM (VALUES
    ('not MSH', 'PID|1\rHEAD1|P|2.5\r'), ('small MSH', 'msh|^~\\&|A\rPID|1\r'), ('small names', 'HEAD1|P|2.5\rpid|1\rPv1|1\r'), ('blank behind', 'HEAD1|P|2.5\rPID |1\rPV1  |1\r'), ('local', 'HEAD1|P|2.5\rZPI|1\rZ01|2\rZZZ\r'), ('name alone', 'HEAD1|P|2.5\rPID\rPV1|\r'),
    ('unknown', 'HEAD1|P|2.5\rQQQ|1\r'), ('too short', 'HEAD1|P|2.5\rPI|1\r'), ('too long', 'HEAD1|P|2.5\rPIDX|1\r'), ('a digit first', 'HEAD1|P|2.5\r1PI|1\r'), ('not ASCII', 'HEAD1|P|2.5\rPÏD|1\r'), ('no name', 'HEAD1|P|2.5\r|1\r'), ('a sentence', 'HEAD1|P|2.5\rThe end.\r'),
    ('two MSH', 'HEAD1|P|2.5\rHEAD2|P|2.5\rPID|1\r'), ('MSH in a field', 'HEAD1|P|2.5\rNTE|1||see MSH|^~\\&|X\rPV1|1\r'), ('text before', 'From: lab\r\n\r\nHEAD1|P|2.5\rPID|1\r'), ('nothing', ''), ('blanks', ' \r\n\t'), ('XML', '<HL7><MSH/></HL7>'), ('JSON', '{"MSH": 1}'), ('binary', '\x89PNG\r\n\x1a\n\0\0\0')) v(name, body);
SELECT pg_temp.add('charsets', name, body) FROM (VALUES
    ('UTF-8 mark', '\xef\xbb\xbfHEAD1|P|2.5\rPID|||||\xc3\xa9\r'), ('UTF-8', 'HEAD1|P|2.5||||||UNICODE UTF-8\rPID|||||\xc3\xa9\xf0\x9f\x98\x80\r'), ('UTF-8 not stated', 'HEAD1|P|2.5\rPID|||||\xc3\xa9\r'), ('Latin-1', 'HEAD1|P|2.5||||||8859/1\rPID|||||\xe9\r'),
    ('Latin-1 not stated', 'HEAD1|P|2.5\rPID|||||\xe9\r'), ('quotes of Windows in Latin-1', 'HEAD1|P|2.5||||||8859/1\rPID|||||\x93a\x94\r'), ('Latin-9', 'HEAD1|P|2.5||||||8859/15\rPID|||||\xa4\r'), ('ASCII', 'HEAD1|P|2.5||||||ASCII\rPID|||||a\r'), ('ASCII that is not', 'HEAD1|P|2.5||||||ASCII\rPID|||||\xe9\r'),
    ('UTF-8 that is not', 'HEAD1|P|2.5||||||UNICODE UTF-8\rPID|||||a\xe9b\r'), ('overlong', 'HEAD1|P|2.5||||||UNICODE UTF-8\rPID|||||\xc0\xaf\r'), ('a surrogate', 'HEAD1|P|2.5||||||UNICODE UTF-8\rPID|||||\xed\xa0\x80\r'), ('NUL', 'HEAD1|P|2.5\rPID|||||a\0b\r'), ('no such set', 'HEAD1|P|2.5||||||KLINGON\rPID|||||\xe9\r'),
    ('Shift-JIS', 'HEAD1|P|2.5||||||SHIFT_JIS\rPID|||||\x83\x7c\x83\x5e^\x95\x5c\r'), ('JIS', 'HEAD1|P|2.5||||||~ISO IR87||ISO 2022-1994\rPID|||||\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B\r'), ('katakana', 'HEAD1|P|2.5||||||ISO IR14\rPID|||||\xd4\xcf\xc0\xde\r'), ('GB 18030', 'HEAD1|P|2.5||||||GB 18030-2000\rPID|||||\xd0\x7c\xfd\x5e^\x95\x32\x82\x36\r'),
    ('Big5', 'HEAD1|P|2.5||||||BIG-5\rPID|||||\xb3\x5c\xa5\x5c^\xbb\x5c\r'), ('Korean', 'HEAD1|P|2.5||||||KS X 1001\rPID|||||\xb1\xe8\xc8\xf1\r'), ('Taiwanese', 'HEAD1|P|2.5||||||CNS 11643-1992\rPID|||||\xc4\xe3\r'), ('Cyrillic', 'HEAD1|P|2.5||||||8859/5\rPID|||||\xb8\xd2\xd0\xdd\r'),
    ('Hebrew', 'HEAD1|P|2.5||||||8859/8\rPID|||||\xf9\xec\xe5\xed\r'), ('Turkish', 'HEAD1|P|2.5||||||8859/9\rPID|||||I\xfe\xfdk\r'), ('several', 'HEAD1|P|2.5||||||8859/1~8859/7\rPID|||||\xe9\r'),
    ('UTF-16', '\xff\xfeM\0S\0H\0|\0^\0~\0\\\0&\0|\0A\0\r\0P\0I\0D\0|\01\0'), ('UTF-16 other order', '\xfe\xff\0M\0S\0H\0|\0^\0~\0\\\0&\0|\0A\0\r\0P\0I\0D\0|\01'), ('UTF-16 no mark', 'M\0S\0H\0|\0^\0~\0\\\0&\0|\0A\0\r\0P\0I\0D\0|\01\0')) v(name, body);
SELECT pg_temp.add('content', name, body) FROM (VALUES
    ('nulls', 'HEAD1|P|2.5\rPID|""|""^""|"" |""""\r'), ('empty parts', 'HEAD1|P|2.5\rPID|^^^|~~|&&|^&~|\r'), ('trailing', 'HEAD1|P|2.5\rPID|1||||||||||||||||||||||||||||||||||||||||||||||||||\r'), ('blanks', 'HEAD1|P|2.5\rPID|  1  ||  A  ^  B  \r'),
    ('escapes', 'HEAD1|P|2.5\rNTE|\\F\\\\S\\\\T\\\\R\\\\E\\\\P\\|\\H\\x\\N\\|\\X41\\\\X0D\\\\X0D0A\\|\\.br\\\\.sp+2\\\\.in-3\\\\.ce\\x\\.fi\\\\.nf\\\\.sk3\\\\.ti4\\\r'), ('broken escapes', 'HEAD1|P|2.5\rNTE|C:\\temp|a\\|\\|\\\\|\\\\\\|\\Q\\|\\X4\\|\\XZZ\\|\\.xx\\|\\C28\\\r'),
    ('switches', 'HEAD1|P|2.5\rNTE|\\C2842\\a\\C2D41\\b|\\M2442\\x|\\Zlocal\\\r'), ('an address of the web', 'HEAD1|P|2.5\rOBX|1|ST|a||http://x.example/?a=1&b=2^c~d\r'), ('HTML', 'HEAD1|P|2.5\rOBX|1|TX|a||<b>R&amp;D</b>&nbsp;\r'), ('br last', 'HEAD1|P|2.5\rNTE|1||x\\.br\\'),
    ('Base64', 'HEAD1|P|2.5\rOBX|1|ED|a||^AP^PDF^Base64^QUJD+/==\r'), ('no MSH-10', 'HEAD|P|2.5\rPID|1\r'), ('MSH alone', 'HEAD1|P|2.5'), ('controls', 'HEAD1|P|2.5\rNTE|1||a\x01b\x7fc\x1bd\r'), ('quotes', 'HEAD1|P|2.5\rPID|1||"a"|''b''|"c\r')) v(name, body);
\o
SELECT format('%-10s %-32s %s', kind, name, pg_temp.reading(body)) FROM edge ORDER BY n;

-- What is read is also found: a value behind each kind of trouble.
SELECT name || ': ' || string_agg(coalesce(message ->> p, '(none)'), ', ' ORDER BY i)
FROM edge, hl7v2_messages(body), unnest(ARRAY['PID-5.1', 'PID-5.2', 'NTE-3']) WITH ORDINALITY q(p, i)
WHERE kind = 'charsets' AND message ->> 'PID-5.1' IS NOT NULL GROUP BY edge.n, name ORDER BY edge.n;

-- Damage: every case cut short, with a byte lost, and with a byte doubled is read or refused.
SELECT count(*) > 2000 AS many, count(*) FILTER (WHERE message IS NULL AND issue IS NULL) AS neither
FROM edge, generate_series(0, octet_length(body) - 1, 3) at,
    LATERAL (VALUES (substr(body, 1, at)), (substr(body, 1, at) || substr(body, at + 2)), (substr(body, 1, at + 1) || substr(body, at + 1))) d(damaged),
    hl7v2_messages(damaged);
