-- risk: how well the rows of a table hide among each other

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_zip3(
    zip text, basis text DEFAULT '2020', margin int DEFAULT 0, left_pad boolean DEFAULT false
)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_zip3(text, text, int, boolean) IS
'the first three digits of a ZIP code (5, 9 or 3 digits) where more than 20,000 + margin people live in the codes that begin so by the census of basis (2000, 2010, 2020, conservative = all), else 000 (45 CFR 164.514(b)(2)(i)(B)); NULL for NULL and for what is no ZIP code; four digits, the sign of a number that lost its leading zero, are 22023 unless left_pad restores it; another basis is 22023';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.zip3_population(area text)
RETURNS int
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.zip3_population(text) IS
'people (census of 2020) whose ZIP code begins with these three digits; NULL for anything else';

REVOKE ALL ON FUNCTION _pgclinical.zip3_population(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.zip3_population(text)
TO pgclinical_releaser, pgclinical_auditor;

-- Names of columns are names only: looked up in the catalog, then quoted.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.risk_columns(relation regclass, columns name[])
RETURNS text[]
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found text[];
BEGIN
    SELECT array_agg(quote_ident(a.attname) ORDER BY x.n) INTO found
    FROM unnest(columns) WITH ORDINALITY AS x(name, n)
        JOIN pg_attribute a ON a.attrelid = relation AND a.attname = x.name
            AND a.attnum > 0 AND NOT a.attisdropped;
    IF cardinality(found) IS DISTINCT FROM cardinality(columns) OR cardinality(columns) = 0
        OR cardinality(columns) > 32
        OR (SELECT count(DISTINCT c) FROM unnest(columns) c) <> cardinality(columns)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = 'relation lacks a column that was named',
            DETAIL = 'Names are distinct columns of the relation, 1 to 32 of them.';
    END IF;
    RETURN found;
END $$;

COMMENT ON FUNCTION _pgclinical.risk_columns(regclass, name[]) IS
'the names quoted; 42703 unless all of them are different columns of the relation';

REVOKE ALL ON FUNCTION _pgclinical.risk_columns(regclass, name[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.risk_columns(regclass, name[])
TO pgclinical_releaser, pgclinical_auditor;

-- E(1/F | f): how likely a class of f rows in a sample is to be hit among those of the population
-- it was drawn from with probability p, F negative binomial (Benedetti and Franconi 1998).
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.risk_of_class(f bigint, p float8)
RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN CASE
    WHEN p OPERATOR(pg_catalog.>=) 1 THEN 1::pg_catalog.float8 OPERATOR(pg_catalog./) f
    WHEN f OPERATOR(pg_catalog.=) 1 THEN
        p OPERATOR(pg_catalog./) (1 OPERATOR(pg_catalog.-) p)
            OPERATOR(pg_catalog.*) pg_catalog.ln(1 OPERATOR(pg_catalog./) p)
    WHEN f OPERATOR(pg_catalog.=) 2 THEN
        p OPERATOR(pg_catalog./) pg_catalog.power(1 OPERATOR(pg_catalog.-) p, 2)
            OPERATOR(pg_catalog.*) (p OPERATOR(pg_catalog.*) pg_catalog.ln(p)
                OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.-) p)
    WHEN f OPERATOR(pg_catalog.=) 3 THEN
        p OPERATOR(pg_catalog./) (2 OPERATOR(pg_catalog.*)
            pg_catalog.power(1 OPERATOR(pg_catalog.-) p, 3))
            OPERATOR(pg_catalog.*) ((1 OPERATOR(pg_catalog.-) p)
                OPERATOR(pg_catalog.*) (1 OPERATOR(pg_catalog.-) 3 OPERATOR(pg_catalog.*) p)
                OPERATOR(pg_catalog.-) 2 OPERATOR(pg_catalog.*) pg_catalog.power(p, 2)
                    OPERATOR(pg_catalog.*) pg_catalog.ln(p))
    ELSE p OPERATOR(pg_catalog./) (f OPERATOR(pg_catalog.-) (1 OPERATOR(pg_catalog.-) p))
END;

COMMENT ON FUNCTION _pgclinical.risk_of_class(bigint, float8) IS
'expected 1/F of a class of f sampled rows when each person was sampled with probability p';

REVOKE ALL ON FUNCTION _pgclinical.risk_of_class(bigint, float8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.risk_of_class(bigint, float8)
TO pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.risk_sensitive(
    relation regclass, classes text, col text,
    OUT l_distinct bigint, OUT l_entropy float8, OUT l_recursive float8, OUT t_equal float8,
    OUT t_ordered float8
)
RETURNS record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    levels bigint;
    ordered boolean;
BEGIN
    EXECUTE format(
        $q$WITH cell AS (
            SELECT dense_rank() OVER (ORDER BY %1$s) AS class, %2$s AS s, count(*) AS n
            FROM %3$s GROUP BY %1$s, %2$s
        ), whole AS (
            SELECT s, sum(n) / sum(sum(n)) OVER () AS q FROM cell GROUP BY s
        ), part AS (
            SELECT c.class, c.n, c.n / sum(c.n) OVER (PARTITION BY c.class) AS p, w.q,
                   max(c.n) OVER (PARTITION BY c.class) AS most,
                   sum(c.n) OVER (PARTITION BY c.class) AS f
            FROM cell c JOIN whole w ON w.s IS NOT DISTINCT FROM c.s
        ), class AS (
            SELECT count(*) AS l, exp(-sum(p * ln(p)))::float8 AS h,
                   -- recursive (c, 2): the most frequent value against all others
                   CASE WHEN min(f) > min(most) THEN min(most) / (min(f) - min(most)) END AS c2,
                   ((sum(abs(p - q)) + 1 - sum(q)) / 2)::float8 AS t
            FROM part GROUP BY class
        )
        SELECT min(l), min(h), CASE WHEN bool_or(c2 IS NULL) THEN 'Infinity' ELSE max(c2)::float8 END,
               max(t), (SELECT count(*) FROM whole WHERE s IS NOT NULL)
        FROM class$q$, classes, col, relation)
    INTO l_distinct, l_entropy, l_recursive, t_equal, levels;
    SELECT t.typcategory IN ('N', 'D', 'T') INTO ordered
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = relation AND quote_ident(a.attname) = col;
    -- Every level of every class has to be looked at: not for thousands of levels.
    IF ordered AND levels BETWEEN 2 AND 366 THEN
        EXECUTE format(
            $q$WITH cell AS (
                SELECT dense_rank() OVER (ORDER BY %1$s) AS class, %2$s AS s, count(*) AS n
                FROM %3$s WHERE %2$s IS NOT NULL GROUP BY %1$s, %2$s
            ), whole AS (
                SELECT s, sum(n) / sum(sum(n)) OVER () AS q FROM cell GROUP BY s
            ), class AS (
                SELECT class, sum(n) AS f FROM cell GROUP BY class
            ), step AS (
                SELECT class, abs(sum(coalesce(c.n, 0) / k.f - w.q)
                           OVER (PARTITION BY class ORDER BY w.s)) AS d
                FROM class k CROSS JOIN whole w LEFT JOIN cell c USING (class, s)
            )
            SELECT max(t)::float8 FROM (SELECT sum(d) / %4$s AS t FROM step GROUP BY class) x$q$,
            classes, col, relation, levels - 1)
        INTO t_ordered;
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.risk_sensitive(regclass, text, text) IS
'l-diversity and t-closeness of one column over the classes of others (quoted names)';

REVOKE ALL ON FUNCTION _pgclinical.risk_sensitive(regclass, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.risk_sensitive(regclass, text, text)
TO pgclinical_releaser, pgclinical_auditor;

-- Invoker's rights: it sees what the caller may see.
-- Availability: 0.1.0
CREATE FUNCTION pgclinical.risk(
    relation regclass, quasi_identifiers name[], sensitive name[] DEFAULT NULL,
    sampling_fraction float8 DEFAULT 1, population regclass DEFAULT NULL,
    OUT rows bigint, OUT classes bigint, OUT k bigint,
    OUT uniques bigint, OUT rows_below_11 bigint, OUT share_below_11 float8,
    OUT prosecutor_max float8, OUT prosecutor_mean float8,
    OUT journalist_max float8, OUT marketer float8, OUT population_uniques float8,
    OUT smallest_zip3 int, OUT l_diversity jsonb, OUT t_closeness jsonb
)
RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    quasi text[];
    hidden text[];
    list text;
    one record;
    col text;
    area text;
    people int;
    joined text;
BEGIN
    IF relation IS NULL OR quasi_identifiers IS NULL OR sampling_fraction IS NULL
        OR NOT sampling_fraction > 0 OR sampling_fraction > 1
    THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'risk needs a relation, quasi-identifiers and a sampling fraction above 0, at most 1';
    END IF;
    quasi := _pgclinical.risk_columns(relation, quasi_identifiers);
    list := array_to_string(quasi, ', ');
    IF population IS NOT NULL THEN
        PERFORM _pgclinical.risk_columns(population, quasi_identifiers);
    END IF;

    SELECT string_agg(format('c.%1$s IS NOT DISTINCT FROM p.%1$s', x), ' AND ') INTO joined
    FROM unnest(quasi) x;
    EXECUTE format(
        $q$WITH c AS (SELECT %1$s, count(*) AS f FROM %2$s GROUP BY %1$s), r AS (
            SELECT c.f, %3$s AS risk FROM c %4$s)
        SELECT sum(f)::bigint AS rows, count(*) AS classes, min(f) AS k,
               count(*) FILTER (WHERE f = 1) AS uniques,
               coalesce(sum(f) FILTER (WHERE f < 11), 0)::bigint AS below,
               max(risk) AS journalist, (sum(f * risk) / sum(f))::float8 AS marketer,
               sum(risk) FILTER (WHERE f = 1) AS alone
        FROM r$q$,
        list, relation,
        CASE WHEN population IS NULL THEN '_pgclinical.risk_of_class(c.f, $1)'
             ELSE '1 / greatest(c.f, coalesce(p.f, 0))::float8' END,
        CASE WHEN population IS NULL THEN ''
             ELSE format('LEFT JOIN (SELECT %1$s, count(*) AS f FROM %2$s GROUP BY %1$s) p ON %3$s',
                         list, population, joined) END)
    INTO one USING sampling_fraction;
    rows := coalesce(one.rows, 0);
    classes := one.classes;
    k := one.k;
    uniques := one.uniques;
    rows_below_11 := one.below;
    share_below_11 := one.below / nullif(one.rows, 0)::float8;
    prosecutor_max := 1 / one.k::float8;
    prosecutor_mean := one.classes / nullif(one.rows, 0)::float8;
    journalist_max := one.journalist;
    marketer := one.marketer;
    population_uniques := coalesce(one.alone, 0);

    -- A column of three digits is taken for the ZIP3 it looks like.
    FOREACH col IN ARRAY quasi LOOP
        EXECUTE format(
            $q$SELECT min(_pgclinical.zip3_population(z)) FROM (
                SELECT DISTINCT %1$s::text AS z FROM %2$s WHERE %1$s IS NOT NULL) x
            HAVING bool_and(z ~ '^\d{3}$')$q$, col, relation) INTO people;
        smallest_zip3 := least(smallest_zip3, people);
    END LOOP;

    IF sensitive IS NOT NULL AND rows > 0 THEN
        hidden := _pgclinical.risk_columns(relation, sensitive);
        l_diversity := '{}';
        t_closeness := '{}';
        FOREACH col IN ARRAY hidden LOOP
            SELECT * INTO one FROM _pgclinical.risk_sensitive(relation, list, col);
            l_diversity := l_diversity || jsonb_build_object(col, jsonb_build_object(
                'distinct', one.l_distinct, 'entropy', round(one.l_entropy::numeric, 6),
                'recursive_c2', CASE WHEN one.l_recursive < 'Infinity'
                                     THEN round(one.l_recursive::numeric, 6) END));
            t_closeness := t_closeness || jsonb_build_object(col, jsonb_build_object(
                'equal', round(one.t_equal::numeric, 6),
                'ordered', round(one.t_ordered::numeric, 6)));
        END LOOP;
    END IF;
END $$;

COMMENT ON FUNCTION pgclinical.risk(regclass, name[], name[], float8, regclass) IS
'one row about the classes of rows that share all quasi_identifiers (NULL is a value): k, uniques, rows in classes below 11; prosecutor (1/f), journalist (highest) and marketer (mean) risk by 1/F, F counted in population (a table with the same columns) or estimated from sampling_fraction (Benedetti-Franconi); sample uniques expected to be alone in the population; people in the smallest ZIP3 area of a column of three digits; per sensitive column distinct, entropy and recursive l-diversity and t-closeness (ordered: numbers and dates of up to 366 values); an unknown column is 42703, NULL arguments are 22023';

REVOKE ALL ON FUNCTION pgclinical.risk(regclass, name[], name[], float8, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.risk(regclass, name[], name[], float8, regclass)
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.risk_columns(regclass, name[]) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.risk_of_class(bigint, float8) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.risk_sensitive(regclass, text, text) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.zip3_population(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.risk_classes(
    relation regclass, quasi_identifiers name[], OUT size bigint, OUT classes bigint, OUT rows bigint
)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    list text := array_to_string(_pgclinical.risk_columns(relation, quasi_identifiers), ', ');
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT f, count(*), (f * count(*))::bigint FROM (SELECT count(*) AS f FROM %2$s GROUP BY %1$s) c
         GROUP BY f ORDER BY f', list, relation);
END $$;

COMMENT ON FUNCTION pgclinical.risk_classes(regclass, name[]) IS
'how many classes of each size there are, without their values; an unknown column is 42703';

REVOKE ALL ON FUNCTION pgclinical.risk_classes(regclass, name[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.risk_classes(regclass, name[])
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- What each column could give up, alone.
-- Availability: 0.1.0
CREATE FUNCTION pgclinical.risk_suggestions(
    relation regclass, quasi_identifiers name[], k int DEFAULT 11,
    OUT quasi_identifier name, OUT generalization text, OUT distinct_values bigint,
    OUT smallest bigint, OUT rows_below bigint
)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    quasi text[] := _pgclinical.risk_columns(relation, quasi_identifiers);
    n int;
    way record;
    list text;
BEGIN
    FOR n IN 1..cardinality(quasi) LOOP
        FOR way IN
            SELECT w.name, format(w.expression, quasi[n]) AS expression
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid,
                (VALUES ('NS D', 'as it is', '%1$s'), ('NS D', 'drop', 'NULL::int'),
                        ('N', 'bands of 5', 'floor(%1$s / 5)'), ('N', 'bands of 10', 'floor(%1$s / 10)'),
                        ('S', 'first 2 characters', 'left(%1$s::text, 2)'),
                        ('S', 'first character', 'left(%1$s::text, 1)'),
                        ('D', 'year', 'extract(year FROM %1$s)'),
                        ('D', 'decade', 'floor(extract(year FROM %1$s) / 10)'))
                    AS w(categories, name, expression)
            WHERE a.attrelid = relation AND quote_ident(a.attname) = quasi[n]
              AND (strpos(w.categories, t.typcategory::text) > 0
                   OR w.name IN ('as it is', 'drop'))
        LOOP
            SELECT string_agg(CASE WHEN i = n THEN way.expression ELSE q END, ', ' ORDER BY i)
            INTO list FROM unnest(quasi) WITH ORDINALITY AS x(q, i);
            EXECUTE format(
                'SELECT min(f), coalesce(sum(f) FILTER (WHERE f < $1), 0)::bigint
                 FROM (SELECT count(*) AS f FROM (SELECT %1$s FROM %2$s) AS x(%3$s) GROUP BY %3$s) c',
                list, relation,
                (SELECT string_agg('c' || i, ', ') FROM generate_series(1, cardinality(quasi)) i))
            INTO smallest, rows_below USING k;
            EXECUTE format('SELECT count(DISTINCT %s) FROM %s', way.expression, relation)
            INTO distinct_values;
            quasi_identifier := quasi_identifiers[n];
            generalization := way.name;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;

COMMENT ON FUNCTION pgclinical.risk_suggestions(regclass, name[], int) IS
'for each quasi-identifier and each way to generalize it alone: distinct values left, the smallest class and the rows in classes below k then; "as it is" to compare with; it proposes, nothing is changed; an unknown column is 42703';

REVOKE ALL ON FUNCTION pgclinical.risk_suggestions(regclass, name[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.risk_suggestions(regclass, name[], int)
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.deid_suppress_below_k(
    relation regclass, quasi_identifiers name[], k int DEFAULT 11, how text DEFAULT 'delete'
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    quasi text[] := _pgclinical.risk_columns(relation, quasi_identifiers);
    list text := array_to_string(quasi, ', ');
    small text := format(
        'ctid = ANY (ARRAY(SELECT id FROM (SELECT ctid AS id, count(*) OVER (PARTITION BY %s) AS f'
        ' FROM ONLY %s) x WHERE f < $1))', list, relation);
    blanked bigint := 0;
    deleted bigint;
BEGIN
    IF how NOT IN ('delete', 'blank') OR k < 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'how must be "delete" or "blank", and k at least 2';
    END IF;
    IF (SELECT relkind FROM pg_class WHERE oid = relation) <> 'r' THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = 'rows are suppressed in a plain table';
    END IF;
    IF how = 'blank' THEN
        EXECUTE format('UPDATE ONLY %s SET %s WHERE %s', relation,
            (SELECT string_agg(q || ' = NULL', ', ') FROM unnest(quasi) q), small) USING k;
        GET DIAGNOSTICS blanked = ROW_COUNT;
    END IF;
    -- Those without values are a class themselves: when it is too small, they go.
    EXECUTE format('DELETE FROM ONLY %s WHERE %s', relation, small) USING k;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN CASE how WHEN 'blank' THEN blanked ELSE deleted END;
END $$;

COMMENT ON FUNCTION pgclinical.deid_suppress_below_k(regclass, name[], int, text) IS
'takes away the rows of a plain table whose class of quasi_identifiers has fewer than k rows: how = "delete", or "blank" to empty these columns in them (and delete them only when those without values are fewer than k); returns how many rows were concerned; an unknown column is 42703, other arguments 22023, no plain table 42809';

REVOKE ALL ON FUNCTION pgclinical.deid_suppress_below_k(regclass, name[], int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.deid_suppress_below_k(regclass, name[], int, text)
TO pgclinical_releaser, pgclinical_etl;
