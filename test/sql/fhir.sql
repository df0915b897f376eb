-- fhir_parse: what ::jsonb makes of the same text, byte for byte; strict; refusals say where and
-- never what.
CREATE EXTENSION bridge_test;
\pset tuples_only on
\pset format unaligned
\set SHOW_CONTEXT never

CREATE FUNCTION is_jsonb(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM t::jsonb; RETURN true; EXCEPTION WHEN data_exception OR program_limit_exceeded THEN RETURN false; END $$;
-- Equal as a value, as text, as stored; and again through events and through copies.
CREATE FUNCTION same(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT fhir_parse(t) = t::jsonb AND fhir_parse(t)::text = t::jsonb::text
       AND jsonb_image(fhir_parse(t)) = jsonb_image(t::jsonb)
       AND jsonb_image(jsonb_rewrite(t::jsonb)) = jsonb_image(t::jsonb)
       AND jsonb_image(jsonb_copy(t::jsonb)) = jsonb_image(t::jsonb) $$;

SELECT fhir_parse(' {"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"kg"},"x":null} ');
SELECT fhir_parse(NULL) IS NULL, fhir_try_parse(NULL) IS NULL;

-- Numbers keep their digits, whatever their size, sign, scale and exponent.
SELECT fhir_parse('[1.0,1.00,1e2,1E-7,-0,-0.0,123456789012345678901234567890.5,0.1e-5,1.50e1,100000,0.0001]');
SELECT count(*), bool_and(same(n) AND same('[' || n || ',{"a":' || n || '}]')) FROM (
    SELECT s || i || f || e AS n
    FROM unnest(ARRAY['', '-']) s,
         unnest(ARRAY['0', '1', '9', '10', '99', '1000', '9999', '10000', '12345', '100000000', '99999999',
                      '12345678901234567890', repeat('9', 90), repeat('10', 60)]) i,
         unnest(ARRAY['', '.0', '.1', '.5', '.00', '.01', '.0001', '.00001', '.12345678', '.100000000',
                      '.' || repeat('0', 62) || '1', '.' || repeat('0', 63) || '1', '.' || repeat('123', 30)]) f,
         unnest(ARRAY['', 'e0', 'E1', 'e+5', 'e-1', 'e-20', 'E+100']) e) n;
SELECT setseed(0.25);
SELECT count(*), bool_and(same(n)) FROM (
    SELECT left((random() * 1e15)::bigint::text, 1 + k % 15) || CASE k % 3 WHEN 0 THEN '' ELSE
           '.' || lpad((random() * 1e9)::bigint::text, 1 + k % 12, '0') END AS n
    FROM generate_series(1, 20000) k) s;

-- The edges of type numeric: both refuse, or both accept.
SELECT n, is_jsonb(n) = (fhir_try_parse(n) IS NOT NULL) AS agree
FROM unnest(ARRAY['1e131071', '1e131072', '9.99e131071', '9.99e131072', '0.1e131072', '0.1e131073', '0.00001e131076',
                  '0e999999', '-0e-5', '0e-16383', '0e-16384', '1e-16383', '1e-16384', '1.00e-16381', '1.00e-16382',
                  '0e1073741822', '0e1073741823', '1e1073741822', '1e-1073741823', '1e99999999999999999999',
                  '1e-99999999999999999999', '0e99999999999999999999', '10000e131068']) n;
SELECT length(n), is_jsonb(n) = (fhir_try_parse(n) IS NOT NULL) AS agree, fhir_try_parse(n) IS NOT NULL
FROM (SELECT repeat('1', k) FROM unnest(ARRAY[131072, 131073]) k
      UNION ALL SELECT '0.' || repeat('1', k) FROM unnest(ARRAY[16383, 16384]) k) v (n) ORDER BY 1;

-- Shapes: scalars, empty containers, empty and escaped keys, order of keys, members and elements
-- around every stride of 32, deep nesting, long strings.
SELECT t, same(t) FROM unnest(ARRAY['{}', '[]', 'null', 'true', ' false ', '""', '"x"', '0', '-1.50', '[[]]', '[{}]', '{"":{}}',
    '{"b":1,"a":2,"aa":3,"":4,"ab":5,"B":6}', '{"a":[],"b":{},"c":"","d":[[],[{}]]}', '[null,true,false]',
    '{"\u00e9":1,"é ":2,"\"":3,"\\":4,"\/":5}', '["\b\f\n\r\t\"\\\/","\u0001","\u001f\u007f","😀\ud83d\ude00","\uffff"]',
    E'\n\t\r [ 1 ,\n2 ]\r\n']) t;
SELECT count(*), bool_and(same(t)) FROM (
    SELECT '[' || string_agg(v, ',') || ']' AS t FROM generate_series(1, 140) n, generate_series(1, n) k,
        LATERAL (SELECT (ARRAY['"' || repeat('x', k) || '"', '1.5', 'null', '{"a":[1]}', '[]', '"é"', 'true', k::text])[1 + (k * 7 + n) % 8] AS v) v GROUP BY n) s;
SELECT count(*), bool_and(same(t)) FROM (
    SELECT '{' || string_agg(format('"%s":%s', repeat('k', 1 + (k * 13) % 9) || k, v), ',') || '}' AS t FROM generate_series(1, 140) n, generate_series(1, n) k,
        LATERAL (SELECT (ARRAY['"' || repeat('x', k) || '"', '1.5', 'null', '{"a":[1]}', '[]', '"é"', 'true', k::text])[1 + (k * 7 + n) % 8] AS v) v GROUP BY n) s;
SELECT bool_and(same(repeat('[', n) || '1' || repeat(']', n)) AND same(repeat('{"a":', n) || '""' || repeat('}', n))) FROM generate_series(1, 512, 7) n;
SELECT bool_and(same('{"a":"' || repeat('é\n', n * 997) || '","b":' || n || '}')) FROM generate_series(0, 40) n;

-- What ::jsonb accepts and fhir_parse refuses: a key twice in one object (also when written
-- differently), and what is beyond the limits.
SELECT t, is_jsonb(t), fhir_try_parse(t) IS NULL AS refused
FROM unnest(ARRAY['{"a":1,"a":1}', '{"a":1,"b":{"c":0,"c":0}}', '{"a":1,"\u0061":2}', '{"":0,"":0}', '[{"a":1},{"a":1}]', '{"a":{"a":{"a":1}}}']) t;
SELECT is_jsonb(t), fhir_try_parse(t) IS NULL AS refused, fhir_try_parse('{' || substr(t, 9)) IS NULL AS without
FROM (SELECT '{"k7":0,' || string_agg(format('"k%s":%s', n, n), ',') || '}' FROM generate_series(1, 100) n) s (t);

-- The writer itself, left to it, keeps the last of equal keys as ::jsonb does, in objects of any
-- size; and refuses what is not a number.
SELECT count(*), bool_and(jsonb_image(jsonb_members(keys)) = jsonb_image(t::jsonb)), max((SELECT count(*) FROM jsonb_object_keys(t::jsonb)))
FROM (SELECT array_agg(key ORDER BY k) AS keys, '{' || string_agg(format('"%s":%s', key, k), ',' ORDER BY k) || '}' AS t
      FROM generate_series(1, 100) n, generate_series(1, n) k, LATERAL (SELECT repeat('k', k % 4) || (k * 31) % (n / 2 + 1) AS key) s GROUP BY n) s;
SELECT jsonb_members('{}'), jsonb_members('{a,b,a}');
SELECT jsonb_numbers('{1,SECRET}');
SELECT jsonb_numbers(ARRAY['']);

-- What neither accepts.
SELECT count(*), count(*) FILTER (WHERE NOT is_jsonb(t)), count(*) FILTER (WHERE fhir_try_parse(t) IS NULL)
FROM unnest(ARRAY['', ' ', '{', '}', '[', ']', '[1,]', '[,1]', '[1 2]', '{"a"}', '{"a":}', '{"a":1,}', '{,"a":1}', '{a:1}', '{''a'':1}', '{"a" 1}',
    '{"a":1 "b":2}', '[1}', '{"a":1]', '1 2', '{} []', '"a" "b"', 'nul', 'nulll', 'TRUE', 'truefalse', 'NaN', 'Infinity', '-', '+1', '.5', '1.', '01', '-01', '1e', '1e+',
    '0x10', '1_000', '"', '"a', 'a"', '"\x"', '"\u12"', '"\u12g4"', '"\u0000"', '"\ud800"', '"\udc00"', '"\ud800\u0041"', '"\ud800x"', E'"\n"', E'"\t"', E'"\x01"', E'[1]\x0c', E'\ufeff{}',
    '// c', '/**/1', '[1]x', 'x[1]', '"a"x', '[1"a"]', '["a"1]', '["a""b"]', '{"a":1}}', '[[1]', '[1]]', '{"a":tru}', '{1:2}', '{null:1}', '{"a":1,"b"}', '[:]', '[1:2]', '{"a":1:2}', ',', ':']) t;

-- Where and which rule; never the content.
SELECT fhir_parse('{"name":"SECRET", SECRET}');
\echo :LAST_ERROR_SQLSTATE
SELECT fhir_parse(E'{"resourceType":"Patient",\n "name":[{"family":"SECRET" "given":["SECRET"]}]}');
SELECT fhir_parse('{"SECRET":1,"b":2,"SECRET":3}');
\echo :LAST_ERROR_SQLSTATE
SELECT fhir_parse('["SECRET", "\ud800"]');
SELECT fhir_parse('{"SECRET":1e999999}');
\echo :LAST_ERROR_SQLSTATE
SELECT fhir_parse('{"SECRET":0123}');
SELECT fhir_parse('"SECRET');
SELECT fhir_parse('');
SELECT fhir_parse(repeat('[', 513) || repeat(']', 513));
\echo :LAST_ERROR_SQLSTATE
SELECT fhir_parse(repeat('[', 1000000));

-- JsonbNode::find is ->, at every size of object.
SELECT count(*), bool_and(jsonb_find(j, k) IS NOT DISTINCT FROM j -> k)
FROM (SELECT n, jsonb_object_agg(repeat('k', k % 5) || k, k) AS j FROM generate_series(0, 80, 3) n, generate_series(0, n) k GROUP BY n) o,
     LATERAL (SELECT repeat('k', m % 5) || m AS k FROM generate_series(0, 85) m UNION ALL SELECT '' UNION ALL SELECT repeat('z', 300)) keys;
SELECT jsonb_find('[{"a":1}]', 'a') IS NULL, jsonb_find('"a"', 'a') IS NULL, jsonb_find('{}', '') IS NULL;

-- One call site for many documents, good and bad in turn: nothing of one is left in the next.
SELECT count(*), count(p), bool_and(p IS NULL OR jsonb_image(p) = jsonb_image(t::jsonb)) FROM (
    SELECT t, fhir_try_parse(t) AS p FROM (
        SELECT CASE WHEN n % 3 = 0 THEN '{"a":[1,{"b":"' || n ELSE format('{"n":%s,"x":[%s,"%s"]}', n, n / 7.0, repeat('y', n % 90)) END AS t
        FROM generate_series(1, 3000) n) d OFFSET 0) s;

DROP FUNCTION same, is_jsonb;
DROP EXTENSION bridge_test;
