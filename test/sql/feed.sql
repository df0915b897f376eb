-- Feeds: where a warehouse's records come from.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\getenv folder PG_ABS_BUILDDIR
\set inbox :folder '/feed_inbox'
\setenv INBOX :inbox
\! rm -rf "$INBOX" && mkdir -p "$INBOX/adt" && printf 'one' >"$INBOX/adt/1.hl7" && printf 'two' >"$INBOX/2.hl7"
\set location 'file://' :inbox
CREATE SERVER regress_inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location :'location');
SELECT pgclinical.create_warehouse('regress_fed');

SELECT pgclinical.create_feed('regress_fed', 'adt', 'regress_inbox', 'adt/*.hl7', 'hl7v2');
SELECT pgclinical.create_feed('regress_fed', 'all', server => 'regress_inbox', path => '**/*.hl7', format => 'hl7v2',
    options => '{"authority": "HOSP", "charset": "8859/1", "time_zone": "Europe/Berlin", "establish": "adt", "batch": 500}');
SELECT feed, name, server, path, format, options FROM regress_fed.feed ORDER BY feed;

SELECT name, size FROM _pgclinical.feed_files('regress_fed', 'adt');
SELECT name, size FROM _pgclinical.feed_files('regress_fed', 'all');
SELECT convert_from(_pgclinical.read_feed_file('regress_fed', 'all', name), 'UTF8') FROM _pgclinical.feed_files('regress_fed', 'all');
SELECT convert_from(_pgclinical.read_feed_file('regress_fed', 'adt', 'adt/1.hl7', 1, 1), 'UTF8') AS part;

-- What is refused: nothing is left to be found out by the first run.
SELECT pgclinical.create_feed('nowhere', 'x', 'regress_inbox', '*', 'hl7v2');
SELECT pgclinical.create_feed('regress_fed', 'adt', 'regress_inbox', '*', 'hl7v2');
SELECT pgclinical.create_feed('regress_fed', NULL, 'regress_inbox', '*', 'hl7v2');
SELECT pgclinical.create_feed('regress_fed', '', 'regress_inbox', '*', 'hl7v2');
SELECT pgclinical.create_feed('regress_fed', 'x', 'nowhere', '*', 'hl7v2');
SELECT pgclinical.create_feed('regress_fed', 'x', 'regress_inbox', '/etc/*', 'hl7v2');
SELECT pgclinical.create_feed('regress_fed', 'x', 'regress_inbox', 'a/../../*', 'hl7v2');
SELECT pgclinical.create_feed('regress_fed', 'x', 'regress_inbox', '*', 'cda');
SELECT pgclinical.create_feed('regress_fed', 'x', 'regress_inbox', '*', 'hl7v2', '[]');
SELECT pgclinical.create_feed('regress_fed', 'x', 'regress_inbox', '*', 'hl7v2', '{"autority": "HOSP"}');
DO $$
DECLARE
    option text;
    sqlstate text;
BEGIN
    FOREACH option IN ARRAY ARRAY['{"authority": 1}', '{"authority": ""}', '{"time_zone": "Mars/Olympus"}',
        '{"time_zone": 1}', '{"establish": "never"}', '{"batch": 0}', '{"batch": 1.5}', '{"batch": "5"}',
        '{"batch": null}', '{"charset": "none such"}', '{"registered_status": "finished"}', '{"code_systems": []}',
        '{"code_systems": {"I10": 1}}', '{"code_systems": {"I10": "a b"}}', '{"code_systems": {"I10": ""}}',
        '{"code_systems": {"I10": ["a"]}}', '{"code_systems": {"I10": []}}', '{"code_systems": {"I10": {}}}',
        '{"identifier_systems": []}', '{"identifier_systems": {"a": 1}}', '{"identifier_systems": {"a": ""}}',
        '{"identifier_systems": {"a": ["A"]}}', '{"identifier_systems": {"a": []}}'] LOOP
        BEGIN
            PERFORM pgclinical.create_feed('regress_fed', 'x', 'regress_inbox', '*',
                CASE WHEN option LIKE '%identifier%' THEN 'fhir' ELSE 'hl7v2' END, option::jsonb);
            PERFORM pgclinical.drop_feed('regress_fed', 'x');
            RAISE WARNING '% was accepted', option;
        EXCEPTION WHEN invalid_parameter_value THEN NULL;
        END;
    END LOOP;
END $$;

-- What a chunk leaves open is for formats of batches; a FHIR document stands alone.
SELECT _pgclinical.envelope_behind('hl7v2', E'BHS|^~\\\\&|\rMSH|^~\\\\&|\r', NULL) AS hl7v2, _pgclinical.envelope_behind('fhir', E'BHS|^~\\\\&|\r', NULL) AS fhir;
SELECT f, (_pgclinical.feed_format(f)).* FROM unnest('{hl7v2,fhir,cda}'::text[]) f;

-- The batches of a range count each of its bytes once, however it is split.
SELECT slices, _pgclinical.batches_of_range(slices) AS batches, _pgclinical.chunk_bytes('{}', slices) AS bytes,
       _pgclinical.chunk_bytes('{"batch": 10}', slices) AS small
FROM generate_series(1, 8) slices;
SELECT count(*), count(*) FILTER (WHERE whole = length AND halves = length) AS counted_once
FROM (SELECT length, sum(_pgclinical.slice_bytes(start, length, slice, slices)) AS whole,
             sum(_pgclinical.slice_bytes(start, border, slice, slices)
                 + _pgclinical.slice_bytes(start + border, length - border, slice, slices)) AS halves
      FROM generate_series(1, 8) slices, generate_series(0, _pgclinical.batches_of_range(slices) - 1) slice,
           generate_series(0::bigint, 10) start, generate_series(0::bigint, 20) length, LATERAL (SELECT length / 3) b(border)
      GROUP BY slices, start, length) s;

-- A feed can be turned elsewhere, and goes only while nothing refers to it.
SELECT pgclinical.alter_feed('regress_fed', 'all', path => '*.hl7');
SELECT name FROM _pgclinical.feed_files('regress_fed', 'all');
SELECT pgclinical.alter_feed('regress_fed', 'all',
    options => '{"code_systems": {"I10": "http://hl7.org/fhir/sid/icd-10-cm"}, "registered_status": "planned"}');
SELECT pgclinical.alter_feed('regress_fed', 'all', options => '{"batch": 9}');
SELECT path, options FROM regress_fed.feed WHERE name = 'all';
SELECT pgclinical.alter_feed('regress_fed', 'all', path => '..');
SELECT pgclinical.alter_feed('regress_fed', 'none', path => '*');
SELECT pgclinical.drop_feed('regress_fed', 'all');
SELECT pgclinical.drop_feed('regress_fed', 'all');
INSERT INTO regress_fed.file (feed, name, size, modified) VALUES (1, 'adt/1.hl7', 3, now());
SELECT pgclinical.drop_feed('regress_fed', 'adt');
SELECT name FROM _pgclinical.feed_files('regress_fed', 'none');
SELECT _pgclinical.read_feed_file('regress_fed', 'none', 'x');

SELECT pgclinical.drop_warehouse('regress_fed');
DROP SERVER regress_inbox;
\! rm -rf "$INBOX"
