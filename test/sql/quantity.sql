-- Type quantity: a comparator, an exact number and a UCUM unit.
SELECT q::quantity, quantity_value(q::quantity), quantity_unit(q::quantity), quantity_comparator(q::quantity)
FROM unnest(ARRAY['120 mm[Hg]', '<5 mg/dL', '>= 1.50 mmol/L', '7', '7 1', '  -0.10   kg  ', '1e3 g', '1.5E-2 /min', '+4 %',
    '1234567890123456789012345678901234567890.5 m', '5 {tbl}', '0 Cel', '98.6 [degF]']) AS q;
-- Malformed input says where, never what.
SELECT '120mm[Hg]'::quantity;
SELECT 'Joe mg'::quantity;
SELECT ''::quantity;
SELECT '5 Joe'::quantity;
SELECT '=5 mg'::quantity;
SELECT '5 mg dL'::quantity;
SELECT 'NaN mg'::quantity;
SELECT '1e5000 mg'::quantity;
SELECT quantity_try('5 mg'), quantity_try('5 Joe'), quantity_try(NULL);
SELECT quantity(120, 'mm[Hg]'), quantity(5.0, 'mg/dL', '<'), quantity(7, NULL), quantity(NULL, 'mg');
SELECT quantity(5, 'Joe');
SELECT quantity(5, 'mg', '~');
SELECT quantity('NaN'::numeric, 'mg');

-- FHIR.
SELECT q::jsonb, (q::jsonb)::quantity = q AS same
FROM unnest(ARRAY['120 mm[Hg]', '<5.0 mg/dL', '7']::quantity[]) AS q;
SELECT '{"value": 6.30, "unit": "millimole per litre", "system": "http://unitsofmeasure.org", "code": "mmol/L"}'::jsonb::quantity,
    '{"value": 6.3, "comparator": "<", "unit": "mg/dL"}'::jsonb::quantity, '{"value": 6.3}'::jsonb::quantity;
SELECT '{"value": 6.3, "unit": "tablets", "system": "http://snomed.info/sct", "code": "385055001"}'::jsonb::quantity;
SELECT '{"value": "6.3"}'::jsonb::quantity;
SELECT '{"value": 6.3, "unit": "Joe"}'::jsonb::quantity;
SELECT '{"value": 6.3, "comparator": "~"}'::jsonb::quantity;
SELECT '[1]'::jsonb::quantity;

-- Another unit, of the same kind only.
SELECT '120 mm[Hg]'::quantity @ 'kPa', '37.0 Cel'::quantity @ '[degF]', '<5 mg/dL'::quantity @ 'g/L', '20 dB'::quantity @ 'B',
    '180 [lb_av]'::quantity @ 'kg', '5 mL/min/{1.73_m2}'::quantity @ 'L/h/{1.73_m2}', '1 K'::quantity @ 'Cel';
SELECT '5 mmol/L'::quantity @ '/uL';
SELECT '5 mmol/L'::quantity @ 'meq/L';
SELECT '5 mg/g{creat}'::quantity @ 'mg/g';
SELECT '7.4 [pH]'::quantity @ 'mol/L';
SELECT '5 [IU]/L'::quantity @ 'U/L';
SELECT '5 mg'::quantity @ 'Joe';

-- Equality is of the same thing; the comparator and what annotations tell apart count.
SELECT a, b, a::quantity = b::quantity AS "=", a::quantity <> b::quantity AS "<>",
    quantity_hash(a::quantity) = quantity_hash(b::quantity) AS hash,
    quantity_hash_extended(a::quantity, 7) = quantity_hash_extended(b::quantity, 7) AS hash64,
    a::quantity < b::quantity AS "<", a::quantity <= b::quantity AS "<=",
    a::quantity > b::quantity AS ">", a::quantity >= b::quantity AS ">="
FROM (VALUES ('1 g', '1000 mg'), ('1.50 m', '150 cm'), ('60 /min', '1 Hz'), ('1 /min', '60 /h'), ('37 Cel', '98.6 [degF]'),
    ('37 Cel', '310.15 K'), ('3 [ft_us]', '1 [yd_us]'), ('360 deg', '1 circ'), ('1 B', '10 dB'), ('50 %', '0.5'),
    ('10 10*3/uL', '10 10*9/L'), ('5 {RBC}/uL', '5 /uL'), ('1 U/L', '1 umol/min/L'), ('1 [IU]', '1 [iU]'), ('0 g', '0 kg'),
    ('5 mg/dL', '<5 mg/dL'), ('<5 mg/dL', '<50 mg/L'), ('<5 mg/dL', '5 mg/dL'), ('<5 mg/dL', '4 mg/dL'), ('<5 mg/dL', '6 mg/dL'),
    ('<=5 mg', '5 mg'), ('<=5 mg', '>=5 mg'), ('>5 mg', '5 mg'), ('>5 mg', '<5 mg'), ('<5 mg', '>4 mg'), ('>3 mg', '<3 mg'),
    ('1 g', '1 m'), ('1 mmol/L', '1 /uL'), ('1 mmol/L', '1 meq/L'), ('1 mosm/L', '1 mmol/L'), ('5 mg/g', '5 mg/g{creat}'),
    ('1 ug/mL{FEU}', '1 ug/mL{DDU}'), ('4 {Log_copies}/mL', '4 {copies}/mL'), ('1 [IU]/L', '1 U/L'), ('1 [NTU]', '1'),
    ('7 [pH]', '0.0000001 mol/L'), ('1 dB', '1 dB[SPL]'), ('1 {tbl}', '1'), ('1 bit', '1'), ('1 /[HPF]', '100 /[LPF]')) AS v (a, b);

-- The total order: kinds one after the other, never an error.
SELECT q FROM unnest(ARRAY['5 mg', '1 g', '<1 g', '>1 g', '<=1000 mg', '1000 mg', '>=1 g', '2 m', '1 m', '7', '-3 mg', '5 {tbl}',
    '1 mmol/L', '1 mg/dL', '2 [lb_av]']::quantity[]) WITH ORDINALITY AS u (q, n) ORDER BY q, n;
SELECT DISTINCT ON (q) q FROM unnest(ARRAY['1 g', '1000 mg', '<1 g', '0.001 kg']::quantity[]) WITH ORDINALITY AS u (q, n)
ORDER BY q, n;
SELECT q, count(*) FROM unnest(ARRAY['1 g', '1000 mg', '<1 g', '0.001 kg']::quantity[]) q GROUP BY q ORDER BY 2;

-- An index serves comparison, and other kinds are not in the answer.
CREATE TABLE measured AS SELECT n, quantity(n, CASE n % 3 WHEN 0 THEN 'mg/dL' WHEN 1 THEN 'g/L' ELSE 'mmol/L' END) AS value
FROM generate_series(1, 3000) n;
CREATE INDEX measured_value ON measured (value);
ANALYZE measured;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM measured WHERE value > '29 g/L';
SELECT count(*) FROM measured WHERE value > '29 g/L';
EXPLAIN (COSTS OFF) SELECT count(*) FROM measured WHERE '29 g/L' >= value;
SELECT count(*) FROM measured WHERE '29 g/L' >= value;
SELECT count(*) FROM measured WHERE value = '2999 mg/dL';
SELECT n FROM measured ORDER BY value LIMIT 3;
SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; SET enable_seqscan = on;
SELECT count(*) FROM measured WHERE value > '29 g/L';
SELECT count(*) FROM measured WHERE '29 g/L' >= value;
SELECT count(*) FROM measured a JOIN measured b USING (value);
RESET enable_indexscan; RESET enable_indexonlyscan; RESET enable_bitmapscan; RESET enable_seqscan;
CREATE INDEX measured_hash ON measured USING hash (value);
DROP TABLE measured;

-- Arithmetic.
SELECT '1 g'::quantity + '500 mg', '1.50 m'::quantity - '20 cm', '5 mg/kg'::quantity * '70 kg', '6 mg'::quantity / '2 mL',
    '100 mg/dL'::quantity * 2, 2 * '100 mg/dL'::quantity, '10 mg'::quantity / 4, - '5 mg'::quantity, '1 [lb_av]/h'::quantity / '1 kg/s';
SELECT '<5 mg'::quantity + '3 mg', '<5 mg'::quantity - '>1 mg', '<5 mg'::quantity * -2, '<5 mg'::quantity / '2 mL', '>5 mg'::quantity * 0;
SELECT '38.5 Cel'::quantity - '37 Cel', '37 Cel'::quantity + '1.5 K', '98.6 [degF]'::quantity - '1 K';
SELECT '1 g'::quantity + '1 m';
SELECT '37 Cel'::quantity + '1 Cel';
SELECT '37 Cel'::quantity * 2;
SELECT '7.4 [pH]'::quantity + '1 [pH]';
SELECT '<5 mg'::quantity + '>3 mg';
SELECT '5 mg'::quantity / '<2 mL';
SELECT '5 mg'::quantity / '0 mL';
SELECT '5 mg'::quantity / 0;
SELECT quantity_is_same_kind('1 g', '1 kg'), quantity_is_same_kind('1 g', '1 g{wet}');

-- Aggregates.
SELECT sum(q), avg(q), min(q), max(q) FROM unnest(ARRAY['1 g', '500 mg', '<0.25 g', NULL]::quantity[]) q;
SELECT sum(q), avg(q), min(q), max(q) FROM unnest('{}'::quantity[]) q;
SELECT avg(q), min(q) FROM unnest(ARRAY['37 Cel', '100.4 [degF]']::quantity[]) q;
SELECT sum(q) FROM unnest(ARRAY['37 Cel', '100.4 [degF]']::quantity[]) q;
SELECT sum(q) FROM unnest(ARRAY['1 g', '1 mmol']::quantity[]) q;
SELECT avg(q) FROM unnest(ARRAY['1 g', '1 mmol']::quantity[]) q;
SELECT max(q) FROM unnest(ARRAY['1 g', '1 mmol']::quantity[]) q;
SELECT avg(q) FROM unnest(ARRAY['<1 g', '>1 g']::quantity[]) q;

-- Stored and sent.
CREATE TABLE kept (q quantity);
INSERT INTO kept SELECT quantity(n::numeric / 7, 'mg/dL', (ARRAY['<', NULL, '>='])[1 + n % 3]) FROM generate_series(-20, 20) n;
INSERT INTO kept VALUES ('1234567890123456789012345678901234567890123456789.5 kg'), (NULL);
CREATE TABLE again (q quantity);
\! rm -f /tmp/pgclinical_quantity.bin
COPY kept TO '/tmp/pgclinical_quantity.bin' (FORMAT binary);
COPY again FROM '/tmp/pgclinical_quantity.bin' (FORMAT binary);
\! rm -f /tmp/pgclinical_quantity.bin
SELECT count(*), count(*) FILTER (WHERE k.q = a.q AND k.q::text = a.q::text) AS equal
FROM kept k JOIN again a USING (q);
SELECT pg_column_size('120 mm[Hg]'::quantity) AS bytes;
DROP TABLE kept, again;
