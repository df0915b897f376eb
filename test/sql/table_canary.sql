-- Canaries: a unique marker in every kind of column under every action; in the copy none of the
-- forbidden ones, and all of the kept ones.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = 'ISO';
CREATE ROLE regress_canary;
GRANT pgclinical_etl, pgclinical_releaser TO regress_canary;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_canary', current_database()) \gexec
SELECT current_setting('data_directory') AS data \gset
\set ECHO none
SELECT format($q$COPY (SELECT repeat('c', 40)) TO PROGRAM 'rm -f %1$s/../canary.key; umask 0377; cat > %1$s/../canary.key'$q$, :'data') \gexec
\set ECHO all
SELECT pgclinical.policy_document('safe_harbor') IS NOT NULL AS library_loaded;
SELECT set_config('pgclinical.crosswalk_key_file', :'data' || '/../canary.key', false) <> '' AS set;
SET ROLE regress_canary;
SELECT pgclinical.create_warehouse('nest');
CREATE SCHEMA canary;
CREATE DOMAIN canary.dom AS varchar(60);
CREATE TYPE canary.word AS ENUM ('Enumquz', 'Enumzaq');

-- type, label, what is put in, what must not come out in any mode but the expert's (of safe_harbor
-- alone: harbor), what must come out (of safe_harbor).
CREATE TABLE canary.col (n int GENERATED ALWAYS AS IDENTITY, type text, label text, given text, gone text[], harbor text[], kept text);
INSERT INTO canary.col (type, label, given, gone, harbor, kept) VALUES
-- removed, whatever the type
('text', 'action=remove', 'Qzaremove Vexlint', '{Qzaremove,Vexlint}', '{}', NULL),
('varchar(40)', 'action=remove category=name', 'Qzbvarchar', '{Qzbvarchar}', '{}', NULL),
('char(12)', 'action=remove', 'Qzcchar', '{Qzcchar}', '{}', NULL),
('canary.dom', 'action=remove', 'Qzddomain', '{Qzddomain}', '{}', NULL),
('canary.word', 'action=remove', 'Enumquz', '{Enumquz}', '{}', NULL),
('int', 'action=remove', '481516', '{481516}', '{}', NULL),
('bigint', 'action=remove', '4815162342', '{4815162342}', '{}', NULL),
('numeric', 'action=remove', '48151.6234', '{48151.6234}', '{}', NULL),
('float8', 'action=remove', '271828.18', '{271828.18}', '{}', NULL),
('date', 'action=remove', '1971-03-17', '{1971-03-17}', '{}', NULL),
('timestamptz', 'action=remove', '1971-04-18 01:02:03+00', '{04-18,01:02:03}', '{}', NULL),
('time', 'action=remove', '13:14:15', '{13:14:15}', '{}', NULL),
('interval', 'action=remove', '27 days 13:37', '{13:37}', '{}', NULL),
('uuid', 'action=remove', 'a1b2c3d4-0000-4000-8000-00000000abcd', '{a1b2c3d4}', '{}', NULL),
('jsonb', 'action=remove', '{"k": "Qzejsonb"}', '{Qzejsonb}', '{}', NULL),
('json', 'action=remove', '{"k": "Qzfjson"}', '{Qzfjson}', '{}', NULL),
('xml', 'action=remove', '<a>Qzgxml</a>', '{Qzgxml}', '{}', NULL),
('bytea', 'action=remove', '\x517a68', '{517a68}', '{}', NULL),
('inet', 'action=remove', '192.0.2.77', '{192.0.2.77}', '{}', NULL),
('text[]', 'action=remove', '{Qziarray}', '{Qziarray}', '{}', NULL),
('int[]', 'action=remove', '{161803}', '{161803}', '{}', NULL),
('date[]', 'action=remove', '{1971-05-19}', '{1971-05-19}', '{}', NULL),
('text', 'format=text expert_determination=scrub', 'Qzjnote wrote', '{Qzjnote}', '{}', NULL),
-- replaced
('text', 'action=code domain=Patient authority=NEST', 'QZMRN-90210', '{QZMRN,90210}', '{}', NULL),
('int', 'action=code domain=Encounter', '577215', '{577215}', '{}', NULL),
('bigint', 'action=code domain=Account', '5772156649', '{5772156649}', '{}', NULL),
('uuid', 'action=code domain=Order', 'b1b2c3d4-0000-4000-8000-00000000abcd', '{b1b2c3d4}', '{}', NULL),
-- dates
('date', 'action=year expert_determination=date_shift', '1972-06-20', '{1972-06-20}', '{06-20}', '1972'),
('timestamp', 'action=year expert_determination=date_shift', '1973-07-21 04:05:06', '{}', '{07-21,04:05:06}', '1973'),
('timestamptz', 'action=year zone=Asia/Tokyo limited_data_set=keep', '1974-12-31 20:05:06+00', '{}', '{12-31,20:05:06}', '1975'),
('text', 'action=year', '19750923', '{}', '{19750923}', '1975'),
('text', 'action=year', 'Qzknodate', '{Qzknodate}', '{}', NULL),
('int', 'action=year', '1976', '{}', '{}', '1976'),
('date[]', 'action=year', '{1977-10-24,1978-11-25}', '{}', '{10-24,11-25}', '{1977,1978}'),
('date', 'action=year role=relative', '1900-01-26', '{}', '{1900}', NULL),
-- kept, within their lists and lengths
('boolean', 'action=keep', 'true', '{}', '{}', 'true'),
('int', 'action=keep', '314159', '{}', '{}', '314159'),
('bigint', 'action=keep', '3141592653', '{}', '{3141592653}', NULL),
('numeric', 'action=keep', '98.6001', '{}', '{}', '98.6001'),
('numeric', 'action=keep', '1414213.56', '{}', '{1414213}', NULL),
('float8', 'action=keep', '0.5772', '{}', '{}', '0.5772'),
('interval', 'action=keep', '3 days', '{}', '{}', '@ 3 days'),
('canary.word', 'action=keep', 'Enumzaq', '{}', '{}', 'Enumzaq'),
('text', 'action=keep values=Keepfoo|Keepbar', 'Keepfoo', '{}', '{}', 'Keepfoo'),
('text', 'action=keep values=Keepfoo|Keepbar', 'Qzlnotinlist', '{Qzlnotinlist}', '{}', NULL),
('text', 'action=keep system=http://loinc.org', '8480-6', '{}', '{}', '8480-6'),
('text', 'action=keep system=http://loinc.org', '8480-9', '{8480-9}', '{}', NULL),
('text', 'action=keep list=state', 'Massachusetts', '{}', '{}', 'MA'),
('text', 'action=keep list=state', 'Qzmstate', '{Qzmstate}', '{}', NULL),
('text', 'action=keep list=country', 'NL', '{}', '{}', 'NL'),
('text[]', 'action=keep values=Keepbaz', '{Keepbaz,Qznelement}', '{Qznelement}', '{}', '{Keepbaz,NULL}'),
('text', 'action=zip3', '02139-7781', '{02139,7781}', '{}', '021'),
('text', 'action=zip3', '03601', '{03601}', '{}', '000'),
('text', 'action=zip3', 'QZ1 2PS', '{QZ1}', '{}', NULL),
('int', 'action=zip3 left_pad=true', '2139', '{}', '{}', '021'),
('int', 'action=age_cap unit=mo', '1081', '{1081}', '{}', '1080'),
('text', 'action=substitute with=Constantword', 'Qzosubstituted', '{Qzosubstituted}', '{}', 'Constantword'),
('text', '{"action": "generalize", "map": {"Qzpmapped": "Mappedword"}}', 'Qzpmapped', '{Qzpmapped}', '{}', 'Mappedword'),
('text', '{"action": "generalize", "map": {"x": "y"}}', 'Qzqunmapped', '{Qzqunmapped}', '{}', NULL),
('int', 'action=generalize bins=1000', '161804', '{161804}', '{}', '161000'),
('int', 'action=generalize bins=1', '86602540', '{}', '{86602540}', NULL),
-- documents
('jsonb', 'format=fhir', '{"resourceType": "Patient", "id": "qzfhirid", "gender": "female", "name": [{"family": "Qzrfamily"}],
  "identifier": [{"value": "QZID-1"}], "birthDate": "1981-02-27", "note": "Qzsnote"}', '{Qzrfamily,QZID-1,qzfhirid,Qzsnote}', '{1981-02-27}', NULL),
('text', 'format=fhir', '{"resourceType": "Condition", "id": "qzcond", "code": {"text": "Qztcode"}}', '{Qztcode,qzcond}', '{}', NULL),
('text', 'format=fhir', 'Qzuno json', '{Qzuno}', '{}', NULL),
('text', 'format=hl7v2', E'MSH|^~\\&|Qzvapp|B|||20010228||ADT^A01|QZCTRL|P|2.5.1\rPID|1||QZNUM^^^NEST||Qzwname^Q||19820301|F\r',
 '{Qzvapp,QZCTRL,QZNUM,Qzwname}', '{20010228,19820301}', NULL),
('hl7v2', 'format=hl7v2', E'MSH|^~\\&|A|B|||2001||ADT^A01|1|P|2.5.1\rPID|1||||Qzxname\rZZZ|Qzysegment\r', '{Qzxname,Qzysegment}', '{}', NULL),
('text', 'format=hl7v2', 'Qzzno message', '{Qzzno}', '{}', NULL),
('xml', 'format=ccda', '<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Qyatitle</title><recordTarget><patientRole><id root="1.2.3" extension="QYEXT"/><patient><name><family>Qybname</family></name></patient></patientRole></recordTarget></ClinicalDocument>', '{Qyatitle,QYEXT,Qybname}', '{}', NULL);
SELECT format('CREATE TABLE canary.t (%s)', string_agg(format('c%s %s', n, type), ', ' ORDER BY n)) FROM canary.col \gexec
\set ECHO none
SELECT format('INSERT INTO canary.t VALUES (%s)', string_agg(format('%L', given), ', ' ORDER BY n)) FROM canary.col \gexec
\set ECHO all
SELECT count(pgclinical.label_column('canary.t', ('c' || n)::name, label)::text) AS labelled FROM canary.col;
SELECT count(*) AS refused FROM pgclinical.table_policy('canary.t') WHERE refused IS NOT NULL;
SELECT pgclinical.attest('nest', m, m, 'canaries', ARRAY['canary.t']::regclass[]) > 0 AS attested
FROM unnest(ARRAY['safe_harbor', 'limited_data_set', 'expert_determination']) m;
CALL pgclinical.release_tables('nest', 'safe_harbor', ARRAY['canary.t']::regclass[], 'safe_harbor', '2024-01-01');
CALL pgclinical.release_tables('nest', 'limited_data_set', ARRAY['canary.t']::regclass[], 'limited_data_set', '2024-01-01');
CALL pgclinical.release_tables('nest', 'expert_determination', ARRAY['canary.t']::regclass[], 'expert_determination', '2024-01-01');

-- Every cell of the copies as text.
CREATE FUNCTION canary.cells(copy regclass) RETURNS TABLE (name text, value text) LANGUAGE plpgsql AS $$
DECLARE
    a record;
BEGIN
    FOR a IN SELECT attname FROM pg_attribute WHERE attrelid = copy AND attnum > 0 LOOP
        RETURN QUERY EXECUTE format('SELECT %L::text, %I::text FROM %s', a.attname, a.attname, copy);
    END LOOP;
END $$;
CREATE TEMP VIEW cell AS
SELECT m.mode, c.* FROM unnest(ARRAY['safe_harbor', 'limited_data_set', 'expert_determination']) m(mode),
    canary.cells(format('%I.t', m.mode)::regclass) c;
SELECT mode, count(*) AS columns FROM cell GROUP BY 1 ORDER BY 1;
SELECT c.mode, k.n, k.label, g.marker AS escaped
FROM canary.col k CROSS JOIN LATERAL (SELECT unnest(k.gone) AS marker, NULL AS only UNION ALL SELECT unnest(k.harbor), 'safe_harbor') g
    JOIN cell c ON strpos(lower(c.value), lower(g.marker)) > 0 AND c.mode = coalesce(g.only, c.mode)
ORDER BY 1, 2;
SELECT k.n, k.label, k.kept, c.value FROM canary.col k LEFT JOIN cell c ON c.mode = 'safe_harbor' AND c.name = 'c' || k.n
WHERE k.kept IS DISTINCT FROM c.value AND k.label NOT LIKE '%format%' AND k.label NOT LIKE 'action=code%' ORDER BY 1;
SELECT count(*) AS codes, count(DISTINCT value) AS different, bool_and(value ~ '^[bcdfghjkmnpqrstv]{32}$') AS shaped
FROM cell c JOIN canary.col k ON c.name = 'c' || k.n AND k.label LIKE 'action=code%';
SELECT sum(cardinality(gone) + cardinality(harbor)) AS forbidden, count(kept) AS kept FROM canary.col;
-- What the manifest says was done, is what was done.
SELECT (m.counts #>> '{(tables),t,columns,c1,given}')::int AS given, (m.counts #>> '{(tables),t,columns,c1,written}')::int AS written,
       (SELECT count(*) FROM jsonb_object_keys(m.counts #> '{(tables),t,columns}')) = (SELECT count(*) FROM canary.col) AS all_columns
FROM pgclinical_crosswalk.manifest m WHERE m.policy = 'safe_harbor' AND m.counts #> '{(tables),t}' IS NOT NULL;

RESET ROLE;
DROP VIEW cell;
DROP SCHEMA safe_harbor, limited_data_set, expert_determination, canary CASCADE;
SET ROLE regress_canary;
SELECT pgclinical.drop_warehouse('nest', 'nest');
RESET ROLE;
DROP OWNED BY regress_canary CASCADE;
DROP ROLE regress_canary;
