-- What belongs together though it comes apart: messages in parts (DSC, ADD, MSH-14), batches whose
-- trailer stands in another chunk of the file than its header.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
\getenv folder PG_ABS_BUILDDIR
\set inbox :folder '/parts_inbox'
\setenv INBOX :inbox
\! rm -rf "$INBOX" && mkdir -p "$INBOX"
\set location 'file://' :inbox
CREATE SERVER regress_parts_hospital FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location :'location');
SELECT set_config('regress.inbox', :'inbox', false) IS NOT NULL AS set;
CREATE FUNCTION pg_temp.put(name text, contents text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    object oid := lo_from_bytea(0, convert_to(replace(contents, E'\n', E'\r'), 'UTF8'));
BEGIN
    PERFORM lo_export(object, current_setting('regress.inbox') || '/' || name);
    PERFORM lo_unlink(object);
END $$;
CREATE FUNCTION pg_temp.msh(id text, pointer text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT concat(E'MSH|^~\\&|LAB|HOSP|DW|HOSP|20240102030405||ORU^R01^ORU_R01|', id, '|P|2.5.1||', pointer, E'\n')
$$;
CREATE FUNCTION pg_temp.pid(mrn text) RETURNS text LANGUAGE sql AS $$
    SELECT concat('PID|1||', mrn, E'^^^HOSP^MR||DOE^ANNA||19700102|F\n')
$$;
CREATE FUNCTION pg_temp.obr(n text) RETURNS text LANGUAGE sql AS $$
    SELECT concat('OBR|1|PL', n, '|F', n, E'|24331-1^Lipid panel^LN|||20240102030405|||||||||||||||20240102030405|||F\n')
$$;
CREATE FUNCTION pg_temp.obx(n text, value text) RETURNS text LANGUAGE sql AS $$
    SELECT concat('OBX|', n, '|NM|2093-', n, '^Cholesterol^LN||', value, E'|mg/dL^^UCUM|||||F\n')
$$;
SELECT pgclinical.create_warehouse('regress_parts');
SELECT pgclinical.create_feed('regress_parts', 'lab', 'regress_parts_hospital', 'lab*', 'hl7v2', '{"time_zone": "UTC"}') AS lab;
CREATE VIEW pg_temp.results AS
SELECT p.resource #>> '{identifier,0,value}' AS patient, count(*) AS results,
    string_agg(o.resource #>> '{valueQuantity,value}', ',' ORDER BY o.resource #>> '{code,coding,0,code}') AS "values"
FROM regress_parts.observation o JOIN regress_parts.patient p USING (patient_id) GROUP BY 1;
CREATE VIEW pg_temp.held AS
SELECT q.state, q.reason, q.format_code, hl7v2_messages.message ->> 'MSH-10' AS id
FROM regress_parts.quarantine q JOIN regress_parts.record r USING (record), hl7v2_messages(r.raw);

-- Two parts in one file, another message between them: one whole, both records kept.
SELECT pg_temp.put('lab1', pg_temp.msh('1') || pg_temp.pid('101') || pg_temp.obr('1') || pg_temp.obx('1', '11') || E'DSC|P1|F\n'
    || pg_temp.msh('2') || pg_temp.pid('102') || pg_temp.obr('2') || pg_temp.obx('1', '21')
    || pg_temp.msh('3', 'P1') || pg_temp.obx('2', '12') || pg_temp.obx('3', '13'));
CALL pgclinical.run('regress_parts');
SELECT records, loaded, quarantined FROM regress_parts.run ORDER BY run DESC LIMIT 1;
SELECT * FROM pg_temp.results ORDER BY 1;
SELECT count(*) AS kept FROM regress_parts.record;
SELECT i.severity, i.format_code, i.location, i.message FROM regress_parts.issue i WHERE format_code = 'continuation';
SELECT * FROM pg_temp.held;

-- Parts in files of different days: the first waits until the last has come, whatever lies between.
SELECT pg_temp.put('lab2', pg_temp.msh('4') || pg_temp.pid('103') || pg_temp.obr('4') || pg_temp.obx('1', '31') || E'DSC|P2|F\n');
CALL pgclinical.run('regress_parts');
SELECT * FROM pg_temp.held;
SELECT pg_temp.put('lab3', pg_temp.msh('5', 'P2') || pg_temp.obx('2', '32') || E'DSC|P3|F\n');
CALL pgclinical.run('regress_parts');
SELECT * FROM pg_temp.held ORDER BY id;
CALL pgclinical.replay('regress_parts');
SELECT * FROM pg_temp.held ORDER BY id;
SELECT count(*) AS none_yet FROM pg_temp.results WHERE patient = '103';
SELECT pg_temp.put('lab4', pg_temp.msh('6', 'P3') || pg_temp.obx('3', '33'));
CALL pgclinical.run('regress_parts');
SELECT * FROM pg_temp.held ORDER BY id;
SELECT * FROM pg_temp.results WHERE patient = '103';

-- The last part first; a field that goes on in ADD.
SELECT pg_temp.put('lab5', pg_temp.msh('8', 'P4') || E'ADD|45|mg/dL^^UCUM|||||F\n');
CALL pgclinical.run('regress_parts');
SELECT * FROM pg_temp.held WHERE state = 'open';
SELECT pg_temp.put('lab6', pg_temp.msh('7') || pg_temp.pid('104') || pg_temp.obr('7') || E'OBX|1|NM|2093-1^Cholesterol^LN||1\nDSC|P4\n');
CALL pgclinical.run('regress_parts');
SELECT * FROM pg_temp.held WHERE state = 'open';
SELECT * FROM pg_temp.results WHERE patient = '104';

-- Another sender's pointer and an interactive one are none of ours.
SELECT pg_temp.put('lab7', pg_temp.msh('9') || pg_temp.pid('105') || pg_temp.obr('9') || pg_temp.obx('1', '51') || E'DSC|P5|I\n'
    || pg_temp.msh('10') || pg_temp.pid('106') || pg_temp.obr('10') || pg_temp.obx('1', '61') || E'DSC|P6|F\n'
    || replace(pg_temp.msh('11', 'P6'), 'LAB', 'XYZ') || pg_temp.obx('2', '62'));
CALL pgclinical.run('regress_parts');
SELECT * FROM pg_temp.held WHERE state = 'open' ORDER BY id;
SELECT * FROM pg_temp.results WHERE patient IN ('105', '106');

-- Batches of a file that is read in many chunks: counts are those of the whole.
SELECT pgclinical.create_feed('regress_parts', 'big', 'regress_parts_hospital', 'big*', 'hl7v2', '{"batch": 1, "time_zone": "UTC"}') AS big;
SELECT pg_temp.put('big' || right_count, E'FHS|^~\\&|LAB\n' || (
    SELECT string_agg(E'BHS|^~\\&|LAB\n' || (
        SELECT string_agg(pg_temp.msh(concat(right_count, '.', b, '.', m)) || pg_temp.pid((200 + m % 7)::text) || pg_temp.obr(concat(right_count, b, m))
            || pg_temp.obx('1', m::text), '') FROM generate_series(1, 30) m)
        || CASE WHEN b = 2 AND NOT right_count THEN E'BTS|29\n' ELSE E'BTS|30\n' END, '') FROM generate_series(1, 3) b)
    || CASE WHEN right_count THEN E'FTS|3\n' ELSE E'FTS|4\n' END)
FROM unnest(ARRAY[true, false]) right_count;
CALL pgclinical.run('regress_parts', 'big');
SELECT count(*) > 10 AS batches, bool_and(state = 'done') AS done FROM regress_parts.batch WHERE feed = 2;
SELECT f.name, count(*) FILTER (WHERE q.record IS NULL) AS messages, array_agg(q.reason || ' ' || q.location || ': ' || q.message ORDER BY q.record)
    FILTER (WHERE q.record IS NOT NULL) AS found
FROM regress_parts.record r JOIN regress_parts.file f USING (file) LEFT JOIN regress_parts.quarantine q USING (record)
WHERE f.name LIKE 'big%' GROUP BY f.name ORDER BY f.name;
SELECT _pgclinical.hl7v2_envelope('', NULL) AS nothing, _pgclinical.hl7v2_envelope(E'BHS|^~\\\\&|\rMSH|^~\\\\&|\rMSH|^~\\\\&|\r', '{0,0,1,2}') AS two;
SELECT _pgclinical.hl7v2_envelope('', '{1}');

DROP VIEW pg_temp.held, pg_temp.results;
SELECT pgclinical.drop_warehouse('regress_parts', confirm => 'regress_parts');
DROP SERVER regress_parts_hospital;
\! rm -rf "$INBOX"
