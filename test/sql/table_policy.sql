-- Column labels: what SECURITY LABEL FOR pgclinical takes, and what the modes make of it.
\set SHOW_CONTEXT never
SELECT pgclinical.policy_document('safe_harbor') IS NOT NULL AS library_loaded;
CREATE SCHEMA labelled;
CREATE DOMAIN labelled.mrn AS varchar(20);
CREATE TYPE labelled.sex AS ENUM ('F', 'M');
CREATE TABLE labelled.t (
    b boolean, i int, n numeric(8, 2), f float8, t text, v labelled.mrn, e labelled.sex, d date, ts timestamp,
    tz timestamptz, ti time, iv interval, u uuid, j jsonb, js json, x xml, h hl7v2, ba bytea, ip inet,
    ta text[], da date[], mrns labelled.mrn[]);
SELECT column_name, type FROM pgclinical.table_policy('labelled.t');

-- Every action on every column: which types it takes.
CREATE FUNCTION labelled.try(col text, label text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('SECURITY LABEL FOR pgclinical ON COLUMN labelled.t.%I IS %L', col, label);
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ' ' || said;
END $$;
SELECT label, string_agg(name, ' ' ORDER BY attnum) FILTER (WHERE said = 'taken') AS takes
FROM unnest(ARRAY['action=keep', 'action=keep values=F|M', 'action=keep digits=4', 'action=keep list=state',
        'action=remove', 'action=code domain=Patient', 'action=year', 'action=date_shift', 'action=hash',
        'action=zip3', 'action=zip3 left_pad=true', 'action=age_cap unit=mo', 'action=substitute with=x',
        'action=generalize map={}', '{"action": "generalize", "map": {"1": "low"}}', 'action=generalize bins=10',
        'action=perturb span=3', 'action=scrub', 'format=fhir', 'format=hl7v2', 'format=ccda', 'format=x12',
        'format=text']) WITH ORDINALITY AS l(label, n),
    LATERAL (SELECT a.attname::text AS name, a.attnum, labelled.try(a.attname, label) AS said
             FROM pg_attribute a WHERE a.attrelid = 'labelled.t'::regclass AND a.attnum > 0) a
GROUP BY label, n ORDER BY n;
SELECT name, labelled.try(name, NULL) FROM unnest(ARRAY['b', 'v']) name;

-- What is no label.
SELECT label, labelled.try('t', label) FROM unnest(ARRAY['', ' ', 'keep', 'action', 'action=', '=keep', 'action=no_such',
    'action=keep action=remove', 'action=keep colour=red', '{', '{"action": 7}', '[]', 'action=keep values=||',
    'action=code', 'action=code domain=Patient/1', 'action=code domain=Encounter role=person',
    'action=year role=person', 'action=year zone=UTC', 'action=code domain=Patient authority=a|b',
    'action=generalize', '{"action": "generalize", "ranges": [{"from": 1}]}', 'action=generalize bins=10',
    'format=fhir action=keep', 'format=pdf', 'action=keep category=secret', 'action=perturb', 'format=text action=year',
    'expert_determination=date_shift', 'limited_data_set=date_shift action=year',
    'action=year expert_determination=fly', '{"action": "year", "expert_determination": {"action": "keep"}}']) label;
SELECT labelled.try('i', 'action=zip3');
SELECT labelled.try('ta', 'action=scrub'), labelled.try('da', 'action=year role=birth');

-- Only columns of tables.
CREATE VIEW labelled.seen AS SELECT t FROM labelled.t;
SECURITY LABEL FOR pgclinical ON COLUMN labelled.seen.t IS 'action=remove';
SECURITY LABEL FOR pgclinical ON TABLE labelled.t IS 'action=remove';
SECURITY LABEL FOR pgclinical ON SCHEMA labelled IS 'action=remove';
SECURITY LABEL FOR pgclinical ON ROLE postgres IS 'action=remove';

-- One label, three modes; and what each mode refuses.
SELECT labelled.try('d', 'action=year role=birth expert_determination=date_shift limited_data_set=keep');
SELECT labelled.try('t', 'format=text expert_determination=scrub');
SELECT labelled.try('j', 'format=fhir');
SELECT policy, column_name, action, parameters, refused
FROM unnest(ARRAY['safe_harbor', 'limited_data_set', 'expert_determination']) WITH ORDINALITY p(policy, n),
    pgclinical.table_policy('labelled.t', policy) WHERE column_name IN ('d', 't', 'j') ORDER BY n, column_name;
SELECT label, _pgclinical.column_rule(label, type, mode) ->> 'refused' AS refused
FROM (VALUES ('action=date_shift', 'date'), ('action=hash', 'text'), ('action=perturb span=2', 'number'),
        ('action=scrub', 'text'), ('format=x12', 'text'), ('action=keep', 'text'), ('action=keep', 'date'),
        ('action=keep', 'uuid'), ('action=keep list=city', 'text'), ('action=keep list=state', 'text'),
        ('action=keep digits=9', 'integer'), ('action=keep', 'interval'),
        ('{"action": "generalize", "map": {}, "other": "keep"}', 'text')) c(label, type),
    unnest(ARRAY['safe_harbor', 'limited_data_set']) mode
ORDER BY mode DESC, label, type;

-- What no column alone can see.
CREATE TABLE labelled.odd (a text, b text, born date, born_too date, age int);
SECURITY LABEL FOR pgclinical ON COLUMN labelled.odd.a IS 'action=code domain=Patient';
SECURITY LABEL FOR pgclinical ON COLUMN labelled.odd.b IS 'action=code domain=Patient';
SECURITY LABEL FOR pgclinical ON COLUMN labelled.odd.born IS 'action=year role=birth';
SECURITY LABEL FOR pgclinical ON COLUMN labelled.odd.born_too IS 'action=year role=birth';
SECURITY LABEL FOR pgclinical ON COLUMN labelled.odd.age IS 'action=age_cap as_of=nowhere';
SELECT column_name, refused FROM pgclinical.table_policy('labelled.odd');
SELECT column_name, refused FROM pgclinical.table_policy('labelled.seen');
SELECT * FROM pgclinical.table_policy('labelled.t', 'no_such_policy');
SELECT pgclinical.table_policy_hash(ARRAY['labelled.odd']::regclass[]);
SELECT pgclinical.table_policy_hash(ARRAY['labelled.odd', 'labelled.odd']::regclass[]);
SELECT pgclinical.table_policy_hash('{}');
-- Another scrubber asks for a new statement, where a label scrubs.
CREATE TABLE labelled.note (patient text, note text);
SELECT pgclinical.label_column('labelled.note', 'patient', 'action=code domain=Patient'),
       pgclinical.label_column('labelled.note', 'note', 'format=text expert_determination=scrub');
CREATE TABLE labelled.hash AS SELECT p, pgclinical.table_policy_hash(ARRAY['labelled.note']::regclass[], p) AS hash
FROM unnest(ARRAY['safe_harbor', 'expert_determination']) p;
BEGIN;
CREATE OR REPLACE FUNCTION _pgclinical.scrubber_version() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$SELECT 'another'$$;
SELECT p, hash = pgclinical.table_policy_hash(ARRAY['labelled.note']::regclass[], p) AS same FROM labelled.hash ORDER BY p;
ROLLBACK;

-- The row functions.
SELECT deid_year(date '2021-03-04') AS d, deid_year(date 'infinity') AS i, deid_year(date '0044-03-15 BC') AS bc,
       deid_year(timestamp '2021-12-31 23:59') AS ts, deid_year(timestamp '-infinity') AS ti;
SELECT v, deid_year(v) AS year, deid_day(v) AS day, deid_shift_date(v, 40) AS shifted
FROM unnest(ARRAY['2021-03-04', '2021-03', '2021', ' 2021-03-04 10:11:12+02', '20210304', '202103', '20210304101112.5-0500',
    '2021030', '12345678', '4.3.2021', '', '2021-13-01', '2021-03-04T10:11:12Z', '20210304 Smith']) v;
SELECT birth, death, deid_year_rule(birth, death, '2024-06-01') AS rule
FROM (VALUES (NULL, NULL), ('1934-06-02', NULL), ('1934-06-01', NULL), ('1934-06', NULL), ('1934', NULL),
    ('1935', NULL), ('1920-01-01', '2001-01-01'), ('1920-01-01', '2010-01-01'), ('1920-01-01', '2010'),
    ('no date', 'no date'), ('19340601', NULL)) c(birth, death);
SELECT deid_year_rule('1934', NULL, NULL) IS NULL AS without_reference;
SELECT deid_year_rule('1934', NULL, 'infinity');
SELECT v, deid_number(v) AS six, deid_number(v, 3) AS three
FROM unnest(ARRAY[0, 1.5, -999999, 1000000, 98.60001, 0.0000001, 1e9, 'NaN', 'Infinity']::numeric[]) v;
SELECT deid_listed('Rhode Island', 'state') AS s, deid_listed('Ruritania', 'country') AS c, deid_listed('de', 'country') AS d,
       deid_listed('en-US', 'language') AS l, deid_listed('USD', 'currency') AS m, deid_listed('02907-1234', 'zip') AS z,
       deid_listed('x', 'no_such_list') AS n;
SELECT deid_public_code('8480-6', 'http://loinc.org') AS code, deid_public_code('8480-7', 'http://loinc.org') AS digit,
       deid_public_code('8480-6', 'http://local.example') AS system;
SELECT v, deid_generalize(v, '{"ranges": [{"from": 0, "to": 17, "value": "child"}], "bins": 10}') AS n
FROM unnest(ARRAY[-5, 0, 17, 18, 1234.56, 'NaN']::numeric[]) v;
SELECT v, deid_generalize(v, '{"map": {"a": 1}, "prefixes": [{"prefix": "I", "keep": 2, "append": "*"}], "other": "remove"}') AS t,
       deid_generalize(v, '{"map": {}, "other": "keep"}') AS kept
FROM unnest(ARRAY['a', 'I21.4', 'Ié', 'b']) v;
SELECT deid_shift_date(date '2020-02-28', 2) AS d, deid_shift_date(date 'infinity', 2) AS i,
       deid_shift_date(timestamp '2020-02-28 10:00', 2) AS ts, deid_shift_date(timestamptz '2020-02-28 10:00Z', -1) = '2020-02-27 10:00Z' AS tz,
       deid_shift_date(date '5874897-12-31', 1) AS beyond;
-- The patient_id of the messages.
SELECT _pgclinical.patient_id_of('GOODHOSP', '12345') = c.patient_id AS same
FROM _pgclinical.hl7v2_convert(E'MSH|^~\\&|A|B|||20240102||ADT^A01|1|P|2.5.1\rPID|1||12345^^^GOODHOSP^MR||Q^Z\r'::hl7v2, '{}') c
WHERE c.resource_type = 'Patient' AND c.kind = 'resource';

-- Proposals: by name, type and the shape of values, which are never shown; each of them can be written.
CREATE TABLE labelled.site (patient_id bigint, family_name text, dob date, zip char(5), state text, visit_no int, email text,
    home_phone text, admitted timestamptz, age int, weight numeric, comment text, key uuid, raw bytea, addr inet,
    x1 text, x2 text, x3 text, x4 text, x5 text, doc jsonb, other jsonb, cda xml, unknown text, tags text[]);
INSERT INTO labelled.site (x1, x2, x3, x4, x5, doc, other, cda, unknown)
SELECT E'MSH|^~\\&|A', 'a' || n || '@b.example', '123-45-67' || 10 + n % 80, '8480-6', '2021-03-04', '{"resourceType": "Patient"}', '{"a": 1}',
    '<ClinicalDocument xmlns="urn:hl7-org:v3"/>', 'Quxzanna' FROM generate_series(1, 20) n;
SELECT * FROM pgclinical.suggest_labels('labelled.site');
SELECT count(pgclinical.label_column('labelled.site', column_name, label)::text) AS written FROM pgclinical.suggest_labels('labelled.site');
SELECT count(*) AS refused FROM pgclinical.table_policy('labelled.site') WHERE refused IS NOT NULL;

SET client_min_messages = warning;
DROP SCHEMA labelled CASCADE;
