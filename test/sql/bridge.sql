-- The boundary between PostgreSQL's errors and C++ exceptions, caches, rows and memory, seen
-- through the test module.  No pgclinical function is called here.
CREATE EXTENSION bridge_test;
\set SHOW_CONTEXT never

-- Each kind of failure, eleven C++ objects alive: SQLSTATE, detail and hint arrive, what() of a
-- library does not.
\pset tuples_only on
SELECT boundary_fail('core');
\echo :LAST_ERROR_SQLSTATE
SELECT boundary_fail('library');
\echo :LAST_ERROR_SQLSTATE
SELECT boundary_fail('memory');
\echo :LAST_ERROR_SQLSTATE
SELECT boundary_fail('other');
\echo :LAST_ERROR_SQLSTATE
SELECT boundary_fail('backend');
\echo :LAST_ERROR_SQLSTATE
SELECT boundary_fail('in destructor order');
\echo :LAST_ERROR_SQLSTATE
SELECT boundary_fail('not at all');

-- Every destructor has run, and no exception is still being handled.
SELECT objects_alive(), exception_state();

-- The same caught in subtransactions.
DO $$
DECLARE how text; state text; n int := 0;
BEGIN
    FOR i IN 1..200 LOOP
        FOREACH how IN ARRAY ARRAY['core', 'library', 'memory', 'other', 'backend', 'in destructor order'] LOOP
            BEGIN
                PERFORM boundary_fail(how);
            EXCEPTION WHEN OTHERS THEN
                n := n + 1;
                IF exception_state() <> 'clean' THEN RAISE 'state after %: %', how, exception_state(); END IF;
            END;
        END LOOP;
    END LOOP;
    RAISE NOTICE '% failures', n;
END $$;
SELECT objects_alive(), exception_state();

-- A refused allocation is an ordinary error.
SELECT refused_allocation(1000000);
SELECT refused_allocation(4611686018427387904);
SELECT refused_allocation(-1);
SELECT objects_alive(), exception_state();

-- Cancelled inside C++: the destructor ran.
SET statement_timeout = '200ms';
SELECT spin(20);
RESET statement_timeout;
SELECT objects_alive(), exception_state();

-- Set-returning functions: all rows, none, a stop before the end, a failure in the middle, in the
-- select list and in FROM, twice in one query, rescanned: no state outlives its query.
SELECT * FROM count_rows(3);
SELECT * FROM count_rows(0);
SELECT count_rows(4) LIMIT 2;
SELECT objects_alive();
SELECT count_values(1000000) LIMIT 2;
SELECT objects_alive();
SELECT count(*), sum(number), count(even) FROM count_rows(1000);
SELECT count(*) FROM count_rows(5, 3);
SELECT count_values(5, 3);
SELECT count(*) FROM (SELECT count_values(3), count_values(5)) s;
SELECT a, b FROM generate_series(1, 3) a, LATERAL (SELECT count_values(a) AS b LIMIT 2) s;
BEGIN;
DECLARE c CURSOR FOR SELECT count_values(1000000);
FETCH 2 FROM c;
SELECT objects_alive();
CLOSE c;
SELECT objects_alive();
COMMIT;
SELECT objects_alive(), exception_state();

-- An argument is compiled once per call site and statement, again when it changes.
SELECT compile_count() AS before \gset
SELECT count(compiled_length(n, 'abc')) FROM generate_series(1, 1000) n;
SELECT compile_count() - :before;
SELECT compile_count() AS before \gset
SELECT sum(compiled_length(n, repeat('x', n / 100))) FROM generate_series(1, 1000) n;
SELECT compile_count() - :before;

-- The decode-once cache.  Rows of every storage: short, inline, compressed, out of line (both).
CREATE TABLE decode_row (n int PRIMARY KEY, a text, b text COMPRESSION lz4, c text);
ALTER TABLE decode_row ALTER c SET STORAGE EXTERNAL;
SELECT setseed(0.5);
INSERT INTO decode_row
SELECT n, v, reverse(v) || 'b', v || 'c'
FROM (SELECT n, CASE n % 5
          WHEN 0 THEN n::text
          WHEN 1 THEN repeat(md5(n::text), 1 + n % 100)
          WHEN 2 THEN repeat(n::text, 1500)
          WHEN 3 THEN (SELECT string_agg(md5(n::text || k), '') FROM generate_series(1, n % 150) k)
          ELSE repeat('x', n % 7) END AS v
      FROM generate_series(1, 12000) n ORDER BY random()) s;
UPDATE decode_row SET a = '' WHERE a IS NULL;
UPDATE decode_row SET b = '' WHERE b IS NULL;
UPDATE decode_row SET c = '' WHERE c IS NULL;
SELECT count(*) FILTER (WHERE pg_column_size(a) < octet_length(a)) > 3000 AS compressed,
       pg_relation_size(reltoastrelid) > 1000000 AS out_of_line
FROM decode_row, pg_class WHERE oid = 'decode_row'::regclass GROUP BY reltoastrelid;

-- One column: decoded once a row.  Columns in turn: each time.  Never another row's value.
SELECT decode_count() AS before \gset
SELECT count(*) FILTER (WHERE decoded_text(a) = a AND decoded_text(a) = a AND length(decoded_text(a)) = length(a))
FROM decode_row;
SELECT decode_count() - :before <= 12000;
SELECT count(*) FROM decode_row
WHERE decoded_text(a) = a AND decoded_text(b) = b AND decoded_text(c) = c
  AND decoded_text(a) = a AND decoded_text(c) = c AND decoded_text(b) = b;
SELECT count(*) FROM decode_row x JOIN decode_row y ON y.n = 12001 - x.n
WHERE decoded_text(x.a) = x.a AND decoded_text(y.a) = y.a AND decoded_text(x.c || '') = x.c AND decoded_text(y.c) = y.c;
-- Backwards, at random, sorted, and made on the fly.
SELECT count(*) FROM (SELECT * FROM decode_row ORDER BY md5(n::text)) s WHERE decoded_text(a) = a AND decoded_text(c) = c;
SELECT count(*) FROM generate_series(1, 20000) n WHERE decoded_text(n::text) = n::text AND decoded_text('k' || n % 3) = 'k' || n % 3;

-- Only the front of a value is compared where no more decides: rows of one size, in threes alike at
-- the beginning, of every storage.
CREATE TABLE front_row (n int PRIMARY KEY, a text, b text COMPRESSION lz4, c text, d text);
ALTER TABLE front_row ALTER a SET STORAGE PLAIN, ALTER b SET STORAGE MAIN, ALTER c SET STORAGE EXTERNAL;
INSERT INTO front_row SELECT n, left(v, 700),
    (SELECT string_agg(md5(n / 3 || '-' || k), '') FROM generate_series(1, 40) k) || repeat('x', 2000) || md5(n::text), v, v
FROM (SELECT n, repeat(md5((n / 3)::text) || md5((n / 9)::text), 10) || repeat(md5(n::text) || md5(n / 3 || 'x'), 40) AS v
      FROM generate_series(1, 3000) n) s;
SELECT count(*) FROM front_row, generate_series(20, 1000, 140) k
WHERE decoded_front(a, k) = left(a, k) AND decoded_front(b, k) = left(b, k)
  AND decoded_front(c, k) = left(c, k) AND decoded_front(d, k) = left(d, k);
SELECT count(*) FROM generate_series(20, 1000, 140) k, front_row
WHERE decoded_front(b, k) = left(b, k) AND decoded_front(b, 20) = left(b, 20) AND decoded_front(b, 9000) = b;
SELECT count(*) FROM generate_series(20, 1000, 140) k, front_row WHERE decoded_front(b, k) = left(b, k);
SELECT count(*) FROM generate_series(20, 1000, 140) k, front_row WHERE decoded_front(d, k) = left(d, k);
SELECT decode_count() AS before \gset
SELECT count(*) FROM front_row WHERE decoded_front(a, 500) = left(a, 500);
SELECT decode_count() - :before;
SELECT decode_count() AS before \gset
SELECT count(*) FROM front_row WHERE decoded_front(b, 500) = left(b, 500);
SELECT decode_count() - :before < 2900;

-- Rows changed in the statement that reads them.
WITH changed AS (
    UPDATE decode_row SET a = a || 'changed', c = reverse(c) WHERE decoded_text(a) = a
    RETURNING n, a, c, decoded_text(a) = a AND decoded_text(c) = c AS good
)
SELECT count(*) FILTER (WHERE changed.good AND decoded_text(changed.a) = changed.a
                          AND decoded_text(old.a) = old.a AND old.a <> changed.a)
FROM changed JOIN decode_row old USING (n);
CREATE FUNCTION change_and_read(k int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE was text; is_now text; good boolean;
BEGIN
    SELECT decoded_text(c), decoded_text(c) = c INTO was, good FROM decode_row WHERE n = k;
    UPDATE decode_row SET c = repeat(md5(k::text || 'new'), 1 + k % 100) WHERE n = k;
    SELECT decoded_text(c), good AND decoded_text(c) = c INTO is_now, good FROM decode_row WHERE n = k;
    RETURN good AND was <> is_now AND is_now = repeat(md5(k::text || 'new'), 1 + k % 100);
END $$;
SELECT count(*) FILTER (WHERE change_and_read(n)) FROM generate_series(1, 2000) n;

-- The table is emptied and filled again within one
-- transaction, statement after statement, while the cache lives on.
DO $$
DECLARE bad int;
BEGIN
    FOR i IN 1..20 LOOP
        TRUNCATE decode_row;
        INSERT INTO decode_row SELECT n, 'a', 'b', repeat(md5((n * i)::text), 100) FROM generate_series(1, 50) n;
        SELECT count(*) INTO bad FROM decode_row
        WHERE decoded_text(c) <> c OR decoded_text(c) <> repeat(md5((n * i)::text), 100);
        IF bad > 0 THEN RAISE 'round %: % wrong', i, bad; END IF;
    END LOOP;
END $$;

-- What does not decode leaves nothing behind, and the next value is right.
SELECT decoded_text('refused');
SELECT decoded_text('fine');
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'pgclinical decoded value' AND used_bytes > 1000;

DROP FUNCTION change_and_read;
DROP TABLE decode_row;
DROP EXTENSION bridge_test;
