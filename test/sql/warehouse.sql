-- Warehouses: what a run makes of messages, and what it does with those it cannot use.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
\getenv folder PG_ABS_BUILDDIR
\set inbox :folder '/warehouse_inbox'
\setenv INBOX :inbox
\! rm -rf "$INBOX" && mkdir -p "$INBOX/adt" "$INBOX/lab"
\set location 'file://' :inbox
CREATE SERVER regress_hospital FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location :'location');
SELECT set_config('regress.inbox', :'inbox', false) IS NOT NULL AS set;

-- One line of text a segment becomes a message with CR between segments.
CREATE FUNCTION pg_temp.put(name text, contents text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    object oid := lo_from_bytea(0, convert_to(replace(contents, E'\n', E'\r'), 'UTF8'));
BEGIN
    PERFORM lo_export(object, current_setting('regress.inbox') || '/' || name);
    PERFORM lo_unlink(object);
END $$;
CREATE FUNCTION pg_temp.adt(event text, at text, mrn text, family text, gender text, more text DEFAULT '')
RETURNS text LANGUAGE sql AS $$
    SELECT concat(E'MSH|^~\\&|ADT|HOSP|DW|HOSP|', at, '||ADT^', event, '|', event, at, mrn, E'|P|2.5\n',
                  'EVN|', event, '|', at, E'\n',
                  'PID|1||', mrn, '^^^HOSP^MR||', family, '^ANNA||19700102|', gender, E'\n',
                  'PV1|1|I|W1^2^3^HOSP||||||||||||||||V', mrn, E'\n', more)
$$;
CREATE FUNCTION pg_temp.oru(at text, mrn text, status text, value text)
RETURNS text LANGUAGE sql AS $$
    SELECT concat(E'MSH|^~\\&|LAB|HOSP|DW|HOSP|', at, '||ORU^R01^ORU_R01|L', at, mrn, E'|P|2.5\n',
                  'PID|1||', mrn, E'^^^HOSP^MR||DOE^ANNA||19700102|F\n',
                  'OBR|1|PL1', mrn, '|F1', mrn, E'|24331-1^Lipid panel^LN|||', at, '|||||||||||||||', at, '|||', status, E'\n',
                  'OBX|1|NM|2093-3^Cholesterol^LN||', value, '|mg/dL^^UCUM|||||', status, E'\n')
$$;
-- Row versions in the warehouse that transactions since `mark` wrote, its runs aside.
CREATE FUNCTION pg_temp.written(mark xid8) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    t regclass;
    n bigint;
    total bigint := 0;
BEGIN
    FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'regress_ehr'::regnamespace AND relkind = 'r'
        AND relname <> 'run' LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE xmin::text::bigint >= $1::text::bigint', t) INTO n USING mark;
        total := total + n;
    END LOOP;
    RETURN total;
END $$;

SELECT pgclinical.create_warehouse('regress_ehr');
SELECT pgclinical.create_warehouse('regress_ehr');
SELECT pgclinical.create_warehouse(repeat('x', 64));
CREATE FUNCTION pg_temp.last_run() RETURNS TABLE (kind text, state text, files bigint, records bigint, loaded bigint,
    unchanged bigint, quarantined bigint, parked bigint, resumed bigint) LANGUAGE sql AS $$
    SELECT kind, state, files, records, loaded, unchanged, quarantined, parked, resumed
    FROM regress_ehr.run ORDER BY run DESC LIMIT 1
$$;
SELECT count(*) > 70 AS leaves, bool_and(has_table_privilege(inhrelid, 'SELECT')) AS readable
FROM pg_inherits WHERE inhparent = 'regress_ehr.resource'::regclass;
SELECT pgclinical.create_feed('regress_ehr', 'adt', 'regress_hospital', 'adt/*', 'hl7v2', '{"time_zone": "UTC"}') AS adt,
       pgclinical.create_feed('regress_ehr', 'lab', 'regress_hospital', 'lab/*', 'hl7v2',
                              '{"time_zone": "UTC", "establish": "adt"}') AS lab;

-- A patient, her allergies, and nothing at all the second time.
SELECT pg_temp.put('adt/1.hl7', pg_temp.adt('A01', '20240101080000', '100', 'DOE', 'F',
    E'AL1|1|DA|70618^Penicillin^RXNORM||RASH\nAL1|2|FA|NUT^Nuts^L||HIVES\n'));
CALL pgclinical.run('regress_ehr', 'adt');
SELECT * FROM pg_temp.last_run();
SELECT resource_type, count(*), max(version) AS version FROM regress_ehr.resource
WHERE resource_type IN ('Patient', 'Encounter', 'AllergyIntolerance') GROUP BY 1 ORDER BY 1;
SELECT pg_current_xact_id() AS mark \gset
CALL pgclinical.run('regress_ehr', 'adt');
SELECT * FROM pg_temp.last_run();
SELECT pg_temp.written(:'mark') AS written;
-- A file that is touched is read again, and nothing in it is new.
\! touch -d '2001-01-01' "$INBOX/adt/1.hl7"
CALL pgclinical.run('regress_ehr');
SELECT * FROM pg_temp.last_run();

-- The file grows: a new name, the gender explicitly emptied, one allergy left of two.
SELECT pg_temp.put('adt/1.hl7', pg_temp.adt('A01', '20240101080000', '100', 'DOE', 'F',
    E'AL1|1|DA|70618^Penicillin^RXNORM||RASH\nAL1|2|FA|NUT^Nuts^L||HIVES\n')
    || pg_temp.adt('A08', '20240102080000', '100', 'ROE', '""', E'AL1|1|DA|70618^Penicillin^RXNORM||RASH\n'));
CALL pgclinical.run('regress_ehr');
SELECT * FROM pg_temp.last_run();
SELECT version, resource #>> '{name,0,family}' AS family, resource ? 'gender' AS gender FROM regress_ehr.patient;
SELECT version, resource #>> '{name,0,family}' AS family, resource ? 'gender' AS gender
FROM regress_ehr.resource_history WHERE resource_type = 'Patient';
SELECT resource #>> '{code,coding,0,code}' AS allergy FROM regress_ehr.allergy_intolerance;
SELECT resource_type, version FROM regress_ehr.tombstone;

-- A message that is older than what is known changes neither the name nor the list.
SELECT pg_temp.put('adt/2.hl7', pg_temp.adt('A08', '20240101120000', '100', 'OLD', 'M',
    E'AL1|1|FA|EGG^Eggs^L||HIVES\n'));
CALL pgclinical.run('regress_ehr');
SELECT version, resource #>> '{name,0,family}' AS family, resource ? 'gender' AS gender FROM regress_ehr.patient;
SELECT resource #>> '{code,coding,0,code}' AS allergy FROM regress_ehr.allergy_intolerance;

-- Diagnoses are a list of their visit: one left out of it is gone, those of other visits stay, and
-- what is older than the list comes too late.  Nobody said a time for what a list left out.
SELECT pg_temp.put('adt/2a.hl7', concat(
    pg_temp.adt('A01', '20240101130000', '150', 'LOE', 'F', E'DG1|1||I10^Hypertension^I10||20240101|A\nDG1|2||E11.9^Diabetes^I10||20240101|A\n'),
    replace(pg_temp.adt('A01', '20240101140000', '150', 'LOE', 'F', E'DG1|1||J45^Asthma^I10||20240101|A\n'), 'V150', 'V151')));
CALL pgclinical.run('regress_ehr', 'adt');
CREATE TEMP VIEW diagnoses AS
SELECT resource #>> '{code,coding,0,code}' AS diagnosis FROM regress_ehr.condition ORDER BY 1;
SELECT * FROM diagnoses;
SELECT pg_temp.put('adt/2b.hl7',
    pg_temp.adt('A08', '20240101150000', '150', 'LOE', 'F', E'DG1|1||I10^Hypertension^I10||20240101|A\n'));
CALL pgclinical.run('regress_ehr', 'adt');
SELECT * FROM diagnoses;
SELECT pg_temp.put('adt/2c.hl7',
    pg_temp.adt('A08', '20240101133000', '150', 'LOE', 'F', E'DG1|1||K35^Appendicitis^I10||20240101|A\n'));
CALL pgclinical.run('regress_ehr', 'adt');
SELECT * FROM diagnoses;
SELECT resource_type, version, event_time FROM regress_ehr.tombstone ORDER BY resource_type, version;

-- Results: a late preliminary one does not replace the final one.
SELECT pg_temp.put('lab/1.hl7', pg_temp.oru('20240103090000', '100', 'F', '190')),
       pg_temp.put('lab/2.hl7', pg_temp.oru('20240103080000', '100', 'P', '180')),
       pg_temp.put('lab/3.hl7', pg_temp.oru('20240103100000', '100', 'P', '185'));
CALL pgclinical.run('regress_ehr', workers => 2);
SELECT resource ->> 'status' AS status, resource #>> '{valueQuantity,value}' AS value FROM regress_ehr.observation;
SELECT pg_temp.put('lab/4.hl7', pg_temp.oru('20240104080000', '100', 'C', '191'));
CALL pgclinical.run('regress_ehr', 'lab');
SELECT resource ->> 'status' AS status, resource #>> '{valueQuantity,value}' AS value FROM regress_ehr.observation;

-- Results wait for a patient that only ADT may establish, and resume with it.
SELECT pg_temp.put('lab/5.hl7', pg_temp.oru('20240105080000', '200', 'F', '150'));
CALL pgclinical.run('regress_ehr', 'lab');
SELECT parked > 0 AS parked, resumed FROM pg_temp.last_run();
SELECT DISTINCT resource_type, waiting > 0 AS waiting FROM regress_ehr.stub;
SELECT count(*) AS observations FROM regress_ehr.observation;
SELECT pg_temp.put('adt/3.hl7', pg_temp.adt('A04', '20240105090000', '200', 'POE', 'M'));
CALL pgclinical.run('regress_ehr', 'adt');
SELECT parked, resumed > 0 AS resumed FROM pg_temp.last_run();
SELECT (SELECT count(*) FROM regress_ehr.parked) AS parked, count(*) AS observations FROM regress_ehr.observation;

-- Two numbers are one person by a merge, and two again when that is undone, for good.
SELECT pg_temp.put('adt/4.hl7', pg_temp.adt('A04', '20240106080000', '300', 'POE', 'M')),
       pg_temp.put('adt/5.hl7', pg_temp.adt('A40', '20240106090000', '200', 'POE', 'M', E'MRG|300^^^HOSP^MR\n'));
CALL pgclinical.run('regress_ehr', 'adt');
CREATE TEMP VIEW persons AS
SELECT count(*) AS patients, count(DISTINCT person_id) AS persons FROM regress_ehr.identity;
SELECT * FROM persons;
SELECT rule, undone_at IS NOT NULL AS undone FROM regress_ehr.identity_link;
SELECT i.person_id = p.patient_id AS survivor_stands FROM regress_ehr.identity i, regress_ehr.patient p
WHERE i.patient_id <> i.person_id AND p.resource #>> '{identifier,0,value}' = '200';
SELECT l.patient_id AS survivor, l.other AS merged FROM regress_ehr.identity_link l WHERE rule = 'merge' \gset
SELECT pgclinical.unlink_patient('regress_ehr', :'merged', :'survivor') > 0 AS undone;
SELECT * FROM persons;
SELECT pg_temp.put('adt/6.hl7', pg_temp.adt('A40', '20240107090000', '200', 'POE', 'M', E'MRG|300^^^HOSP^MR\n'));
CALL pgclinical.run('regress_ehr', 'adt');
SELECT * FROM persons;
SELECT pgclinical.link_patient('regress_ehr', :'merged', :'survivor');
SELECT * FROM persons;
SELECT pgclinical.link_patient('regress_ehr', :'merged', 'nobody');
SELECT pgclinical.unlink_patient('regress_ehr', :'survivor', :'merged');

-- What cannot be used is kept, by reason.
SELECT pg_temp.put('adt/7.hl7', E'MSH|^~\\&|ADT|HOSP|DW|HOSP|20240108||ADT^A01|7|P|2.5\nPID broken\n'),
       pg_temp.put('adt/8.hl7', E'nobody''s message\n'),
       pg_temp.put('adt/9.hl7', E'MSH|^~\\&|ADT|HOSP|DW|HOSP|20240108||ADT^Z99|9|P|2.5\nPID|1||1^^^HOSP^MR\n');
CALL pgclinical.run('regress_ehr', 'adt');
SELECT records, loaded, quarantined FROM pg_temp.last_run();
SELECT reason, state, count(*) FROM regress_ehr.quarantine GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) AS kept FROM regress_ehr.quarantine q JOIN regress_ehr.record r USING (record) WHERE length(r.raw) > 0;
CALL pgclinical.replay('regress_ehr', 'malformed');
SELECT DISTINCT reason, state, attempts FROM regress_ehr.quarantine ORDER BY 1;
CALL pgclinical.replay('regress_ehr', 'bad weather');
SELECT pgclinical.discard('regress_ehr', quarantine, 'test message') FROM regress_ehr.quarantine WHERE reason = 'unsupported-type';
SELECT pgclinical.discard('regress_ehr', quarantine, 'again') FROM regress_ehr.quarantine WHERE state = 'discarded';

-- An error of the database is one record's, not the batch's; with its cause gone, replay loads it.
ALTER TABLE regress_ehr.observation ADD CONSTRAINT low CHECK ((resource #>> '{valueQuantity,value}')::numeric < 500);
SELECT pg_temp.put('lab/6.hl7', pg_temp.oru('20240109080000', '100', 'F', '160') || pg_temp.oru('20240110080000', '200', 'F', '600')
    || pg_temp.oru('20240111080000', '100', 'C', '170'));
CALL pgclinical.run('regress_ehr', 'lab');
SELECT records, loaded, quarantined FROM pg_temp.last_run();
SELECT reason, sqlstate, attempts FROM regress_ehr.quarantine WHERE state = 'open' AND reason = 'internal';
ALTER TABLE regress_ehr.observation DROP CONSTRAINT low;
CALL pgclinical.replay('regress_ehr', 'internal');
SELECT reason, state, attempts FROM regress_ehr.quarantine WHERE reason = 'internal';
SELECT resource ->> 'status' AS status, resource #>> '{valueQuantity,value}' AS value FROM regress_ehr.observation ORDER BY 2;

-- A local code loads as it is, with an issue; once it has a map, replay puts the standard one there.
SELECT pg_temp.put('adt/a.hl7', pg_temp.adt('A04', '20240112080000', '400', 'LOE', '7')),
       pg_temp.put('adt/b.hl7', pg_temp.adt('A08', '20240113080000', '400', 'MOE', '7'));
CALL pgclinical.run('regress_ehr', 'adt');
SELECT location, records FROM pgclinical.code_unmapped('regress_ehr') WHERE location LIKE '%PID%8%';
SELECT resource ->> 'gender' AS gender, resource #>> '{name,0,family}' AS family FROM regress_ehr.patient
WHERE resource #>> '{identifier,0,value}' = '400';
INSERT INTO regress_ehr.code_map (kind, feed, source_code, code) VALUES ('gender', NULL, '7', 'male'), ('gender', 1, '7', 'female');
INSERT INTO regress_ehr.unit_alias (alias, ucum) VALUES ('mgs', 'mg');
SELECT pgclinical.mapping_of('regress_ehr') AS all_feeds, pgclinical.mapping_of('regress_ehr', 'adt') -> 'code_map' -> 'gender' AS adt;
SELECT pgclinical.mapping_of('regress_ehr', 'none');
CALL pgclinical.replay('regress_ehr', 'unmapped-code');
SELECT count(*) AS unmapped FROM pgclinical.code_unmapped('regress_ehr') WHERE location LIKE '%PID%8%';
SELECT resource ->> 'gender' AS gender, resource #>> '{name,0,family}' AS family FROM regress_ehr.patient
WHERE resource #>> '{identifier,0,value}' = '400';

-- A large file is cut into batches, and one that only grew goes on where it ended.
SELECT pgclinical.create_feed('regress_ehr', 'big', 'regress_hospital', 'big.hl7', 'hl7v2', '{"batch": 1, "time_zone": "UTC"}') AS big;
SELECT pg_temp.put('big.hl7', string_agg(pg_temp.adt('A08', to_char(timestamp '2024-02-01' + i * interval '1 minute', 'YYYYMMDDHH24MISS'),
    (500 + i % 5)::text, 'BIG', 'F'), '' ORDER BY i)) FROM generate_series(1, 40) i;
CALL pgclinical.run('regress_ehr', 'big');
SELECT * FROM pg_temp.last_run();
SELECT count(*) > 3 AS batches, bool_and(state = 'done') AS done FROM regress_ehr.batch WHERE feed = 3;
SELECT state, loaded = size AS whole, records FROM regress_ehr.file WHERE feed = 3;
SELECT pg_temp.put('big.hl7', string_agg(pg_temp.adt('A08', to_char(timestamp '2024-02-01' + i * interval '1 minute', 'YYYYMMDDHH24MISS'),
    (500 + i % 5)::text, 'BIG', 'F'), '' ORDER BY i)) FROM generate_series(1, 42) i;
CALL pgclinical.run('regress_ehr', 'big');
SELECT * FROM pg_temp.last_run();
SELECT state, loaded = size AS whole, records FROM regress_ehr.file WHERE feed = 3;
-- A file that is gone loses nothing that was loaded.
\! rm "$INBOX/adt/1.hl7"
CALL pgclinical.run('regress_ehr');
SELECT state, records FROM pg_temp.last_run();

-- What a site expects of its data.
INSERT INTO regress_ehr.expectation (expectation, query, threshold) VALUES
    ('patients have names', 'SELECT FROM patient WHERE NOT resource ? ''name''', 0),
    ('few patients', 'SELECT FROM patient', 1),
    ('broken', 'SELECT FROM nothing', 0);
SELECT expectation, exceptions > 0 AS exceptions, passed, sqlstate FROM pgclinical.check_expectations('regress_ehr');
SELECT count(*) FROM regress_ehr.expectation_result;

-- What is refused.
CALL pgclinical.run('nowhere');
CALL pgclinical.run('regress_ehr', 'none');
CALL pgclinical.run('regress_ehr', 'adt', 0);
BEGIN;
CALL pgclinical.run('regress_ehr', 'adt');
ROLLBACK;
SELECT pgclinical.drop_warehouse('regress_ehr');
SELECT pgclinical.drop_warehouse('regress_ehr', confirm => 'other');
SELECT pgclinical.drop_warehouse('nowhere');
SELECT pgclinical.drop_warehouse('public');
SELECT pgclinical.drop_warehouse('regress_ehr', confirm => 'regress_ehr');
SELECT to_regnamespace('regress_ehr') AS gone;
DROP VIEW IF EXISTS persons;
DROP SERVER regress_hospital;
