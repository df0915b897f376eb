-- risk: measures of re-identification, known by hand.
CREATE TABLE people (birth_year int, sex text, zip3 text, diagnosis text, stay int);
INSERT INTO people VALUES
    (1960, 'f', '021', 'a', 1), (1960, 'f', '021', 'a', 2), (1960, 'f', '021', 'b', 3),
    (1961, 'm', '021', 'a', 1), (1961, 'm', '021', 'a', 2),
    (1962, 'm', '035', 'c', 9), (NULL, 'm', '035', 'c', 9);

SELECT rows, classes, k, uniques, rows_below_11, share_below_11, prosecutor_max,
       round(prosecutor_mean::numeric, 4) AS prosecutor_mean, journalist_max,
       round(marketer::numeric, 4) AS marketer, population_uniques, smallest_zip3
FROM pgclinical.risk('people', ARRAY['birth_year','sex','zip3']);
-- A sample of a tenth: one sample unique stands for 1/F = (p/(1-p)) ln(1/p).
SELECT round(journalist_max::numeric, 6) AS journalist, round(marketer::numeric, 6) AS marketer,
       round(population_uniques::numeric, 6) AS uniques
FROM pgclinical.risk('people', ARRAY['birth_year','sex','zip3'], NULL, 0.1);
-- A population table counts instead.
CREATE TABLE everybody AS SELECT birth_year, sex, zip3 FROM people, generate_series(1, 4);
SELECT journalist_max, round(marketer::numeric, 6) AS marketer
FROM pgclinical.risk('people', ARRAY['birth_year','sex','zip3'], NULL, 1, 'everybody');
-- Diversity and closeness: of (a,a,b), (a,a), (c), (c) against (a 4, b 1, c 2 of 7).
SELECT jsonb_pretty(l_diversity) AS l, jsonb_pretty(t_closeness) AS t
FROM pgclinical.risk('people', ARRAY['birth_year','sex','zip3'], ARRAY['diagnosis','stay']);
SELECT * FROM pgclinical.risk_classes('people', ARRAY['sex']);
SELECT * FROM pgclinical.risk_suggestions('people', ARRAY['birth_year','zip3'], 3)
ORDER BY quasi_identifier, rows_below, generalization;
-- No rows.
CREATE TABLE nobody (LIKE people);
SELECT rows, classes, k, share_below_11, marketer FROM pgclinical.risk('nobody', ARRAY['sex'], ARRAY['stay']);

-- Names are names: quotes, semicolons, newlines, a name of 63 bytes, operators in public.
CREATE TABLE "odd""; DROP TABLE people; --" ("a"" FROM people; --" int, "new
line" text, "ünïcode_of_sixty_three_bytes_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" int);
INSERT INTO "odd""; DROP TABLE people; --" VALUES (1, 'x', 2), (1, 'x', 3);
SELECT k, classes FROM pgclinical.risk('"odd""; DROP TABLE people; --"', ARRAY['a" FROM people; --', E'new\nline']::name[]);
SELECT k FROM pgclinical.risk('"odd""; DROP TABLE people; --"', ARRAY['ünïcode_of_sixty_three_bytes_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']::name[]);
SELECT pgclinical.risk('people', ARRAY['sex; DROP TABLE people']);
SELECT pgclinical.risk('people', ARRAY['1']);
SELECT pgclinical.risk('people', ARRAY['ctid']);
SELECT pgclinical.risk('people', ARRAY['sex','sex']);
SELECT pgclinical.risk('people', '{}');
SELECT pgclinical.risk('people', NULL);
SELECT pgclinical.risk('people', ARRAY['sex'], ARRAY['pg_sleep(9)']);
SELECT pgclinical.risk('people', ARRAY['sex'], NULL, 0);
SELECT count(*) FROM people;

-- Suppression.
CREATE TABLE copy AS SELECT * FROM people;
SELECT pgclinical.deid_suppress_below_k('copy', ARRAY['birth_year','sex','zip3'], 2);
SELECT k, rows FROM pgclinical.risk('copy', ARRAY['birth_year','sex','zip3']);
CREATE TABLE blanked AS SELECT * FROM people;
SELECT pgclinical.deid_suppress_below_k('blanked', ARRAY['birth_year','sex','zip3'], 3, 'blank');
SELECT birth_year, sex, zip3, count(*) FROM blanked GROUP BY 1, 2, 3 ORDER BY 1;
SELECT pgclinical.deid_suppress_below_k('blanked', ARRAY['sex'], 1);
CREATE VIEW seen AS SELECT * FROM people;
SELECT pgclinical.deid_suppress_below_k('seen', ARRAY['sex'], 2);

-- ZIP codes: every prefix in every basis is either itself or 000, and restricted ones never pass.
SELECT basis, count(*) FILTER (WHERE deid_zip3(z, basis) = z) AS kept,
       count(*) FILTER (WHERE deid_zip3(z, basis) = '000') AS zero,
       count(*) FILTER (WHERE deid_zip3(z || '01', basis) IS DISTINCT FROM deid_zip3(z, basis)
                        OR deid_zip3(' ' || z || '01-2345 ', basis) IS DISTINCT FROM deid_zip3(z, basis)) AS differ
FROM (SELECT lpad(n::text, 3, '0') AS z FROM generate_series(0, 999) n) p,
     unnest(ARRAY['2000','2010','2020','conservative']) basis
GROUP BY basis ORDER BY basis;
SELECT string_agg(z, ' ' ORDER BY z) AS only_some_bases FROM (
    SELECT lpad(n::text, 3, '0') AS z FROM generate_series(0, 999) n) p
WHERE deid_zip3(z, 'conservative') = '000' AND '000' <> ANY (ARRAY[deid_zip3(z, '2000'), deid_zip3(z, '2010'), deid_zip3(z, '2020')]);
SELECT z, deid_zip3(z), deid_zip3(z, '2020', 2500) AS margin FROM unnest(ARRAY['57601','99901','83101','K1A 0B1','021','2115x','','123456','٠٢١١٥']) z;
SELECT deid_zip3('2115');
SELECT deid_zip3('2115', left_pad => true);
SELECT deid_zip3('02115', '1990');
SELECT deid_zip3('02115', '2020', -1);
SET client_min_messages = warning;
DROP TABLE people, everybody, nobody, copy, blanked, "odd""; DROP TABLE people; --" CASCADE;
