-- table release: copies of labelled tables in a project's schema, with the codes of its crosswalk

-- A table's copy is made by one CREATE TABLE AS over functions that are parallel safe.  Before it,
-- in schema work and set by set:
--   mention    what columns and documents ask codes of: domain, number, authority
--   key        the same with what stands for it in the crosswalk, and its code
--   doc_<n>_<m>, codes_<n>_<m>   per row of a table the codes of one document
--   person     per patient: year rule, days of shift, facts
-- What stands for a patient is the person of the warehouse's identity, as in CALL release: a
-- number and its authority make the patient_id of the messages.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_context(policy text, reference_date date)
RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    document jsonb := pgclinical.policy_document(policy);
BEGIN
    RETURN jsonb_build_object('mode', document ->> 'mode', 'plain', policy = 'safe_harbor', 'view', false,
        'policy', format('%L::jsonb', document::text),
        'reference', format('date %L', to_char(reference_date, 'YYYY-MM-DD')),
        'reference_text', to_char(reference_date, 'YYYY-MM-DD'),
        'year', date_part('year', reference_date),
        'zip3_basis', coalesce(document ->> 'zip3_basis', '2020'),
        'zip3_margin', coalesce(document ->> 'zip3_margin', '0'));
END $$;

COMMENT ON FUNCTION _pgclinical.table_context(text, date) IS
'what holds around the expressions of a table under a policy at a reference date';

-- The column of the row's patient: role=person, else the one of domain Patient.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_person(columns jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT c.c FROM pg_catalog.jsonb_array_elements(columns) AS c(c)
    WHERE c.c OPERATOR(pg_catalog.#>>) '{rule,action}' OPERATOR(pg_catalog.=) 'code'
        AND c.c OPERATOR(pg_catalog.#>>) '{rule,domain}' OPERATOR(pg_catalog.=) 'Patient'
    ORDER BY c.c OPERATOR(pg_catalog.#>>) '{rule,role}' OPERATOR(pg_catalog.=) 'person' DESC NULLS LAST
    LIMIT 1;
END;

COMMENT ON FUNCTION _pgclinical.table_person(jsonb) IS
'the column that says which patient a row is about, or NULL';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_role(columns jsonb, role text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT c.c FROM pg_catalog.jsonb_array_elements(columns) AS c(c)
    WHERE c.c OPERATOR(pg_catalog.#>>) '{rule,role}' OPERATOR(pg_catalog.=) role
    LIMIT 1;
END;

COMMENT ON FUNCTION _pgclinical.table_role(jsonb, text) IS
'the column of a role, or NULL';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_key_join(col jsonb, work text, alias text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT pg_catalog.format(
        ' LEFT JOIN %1$I.key %2$I ON %2$I.domain = %3$L AND %2$I.authority = %4$L AND %2$I.number = %5$s::text',
        work, alias, col OPERATOR(pg_catalog.#>>) '{rule,domain}',
        COALESCE(col OPERATOR(pg_catalog.#>>) '{rule,authority}', ''), _pgclinical.column_cell(col));
END;

COMMENT ON FUNCTION _pgclinical.table_key_join(jsonb, text, text) IS
'the join that leads from a column of action code to its code';

-- Aliases come of the number of a column (n), names of work tables of both numbers (doc).
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_numbered(plan jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_agg(t.t OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('columns',
        (SELECT pg_catalog.jsonb_agg(c.c OPERATOR(pg_catalog.||)
                    pg_catalog.jsonb_build_object('n', c.n, 'doc', pg_catalog.format('%s_%s', t.n, c.n))
                    ORDER BY c.n)
         FROM pg_catalog.jsonb_array_elements(t.t OPERATOR(pg_catalog.->) 'columns')
             WITH ORDINALITY AS c(c, n))) ORDER BY t.n)
    FROM pg_catalog.jsonb_array_elements(plan) WITH ORDINALITY AS t(t, n);
END;

COMMENT ON FUNCTION _pgclinical.table_numbered(jsonb) IS
'a plan whose columns are numbered from 1 (n), with the number of their table before it (doc)';

-- What a document of a column asks codes of, per row.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_documents(t jsonb, work text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c jsonb;
    f text;
    v text;
BEGIN
    FOR c IN SELECT x.c FROM jsonb_array_elements(t -> 'columns') AS x(c)
        WHERE x.c #>> '{rule,action}' = 'format'
    LOOP
        f := c #>> '{rule,format}';
        v := _pgclinical.column_parsed(c);
        -- "number|authority" as messages and documents write it; of a resource, its id.
        EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.doc_%2$s AS
            SELECT t.tableoid AS tab, t.ctid AS place, m.domain, m.identifier,
                   CASE WHEN m.identifier LIKE '%%|%%' AND %3$L
                       THEN left(m.identifier, -strpos(reverse(m.identifier), '|')) ELSE m.identifier END AS number,
                   CASE WHEN m.identifier LIKE '%%|%%' AND %3$L
                       THEN right(m.identifier, strpos(reverse(m.identifier), '|') - 1)
                       WHEN m.domain = 'Patient' THEN %4$L ELSE '' END AS authority
            FROM %5$s t, %6$s m$q$,
            work, c ->> 'doc', f IN ('hl7v2', 'ccda'), coalesce(c #>> '{rule,authority}', ''), t ->> 'source',
            CASE WHEN f = 'x12' THEN format('@extschema@.deid_x12_references(%s)', v)
                WHEN f = 'ccda' AND c ->> 'kind' = 'text' THEN format('_pgclinical.deid_references(%s)', v)
                ELSE format('@extschema@.deid_references(%s)', v) END);
    END LOOP;
END $$;

COMMENT ON FUNCTION _pgclinical.table_documents(jsonb, text) IS
'makes work.doc_<n>_<m> for every column that holds documents';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_keys(plan jsonb, warehouse text, work text, project bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked bigint;
    mentions text;
    c record;
BEGIN
    SELECT string_agg(CASE x.c #>> '{rule,action}'
        WHEN 'code' THEN format('SELECT %L::text AS domain, %s::text AS number, %L::text AS authority FROM %s t WHERE t.%I IS NOT NULL',
            x.c #>> '{rule,domain}', _pgclinical.column_cell(x.c), coalesce(x.c #>> '{rule,authority}', ''),
            t.t ->> 'source', x.c ->> 'name')
        ELSE format('SELECT domain, number, authority FROM %I.doc_%s', work, x.c ->> 'doc') END, ' UNION ALL ')
    INTO mentions
    FROM jsonb_array_elements(plan) AS t(t), jsonb_array_elements(t.t -> 'columns') AS x(c)
    WHERE x.c #>> '{rule,action}' IN ('code', 'format');
    mentions := coalesce(mentions, 'SELECT NULL::text AS domain, NULL::text AS number, NULL::text AS authority WHERE false');
    EXECUTE format('CREATE UNLOGGED TABLE %I.mention AS SELECT DISTINCT domain, number, authority FROM (%s) m',
        work, mentions);
    PERFORM _pgclinical.table_aliases(plan, warehouse, work);
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.named AS
        WITH m AS (
            SELECT domain, number, authority, CASE WHEN domain = 'Patient' THEN
                CASE authority WHEN '' THEN number
                    ELSE _pgclinical.patient_id_of(authority, number) END END AS patient_id
            FROM %1$I.mention
        ), first AS (
            SELECT resource_type, id, min(patient_id) AS patient_id
            FROM %2$I.resource WHERE resource_type IN (SELECT domain FROM m WHERE domain <> 'Patient')
            GROUP BY resource_type, id
        )
        SELECT m.domain, m.number, m.authority, CASE
                WHEN m.domain = 'Patient' THEN coalesce(i.person_id, a.person_id, m.patient_id)
                WHEN m.authority <> '' THEN m.number || '|' || m.authority
                ELSE concat(f.patient_id || '/', m.number) END AS canonical
        FROM m
        LEFT JOIN %2$I.identity i ON m.domain = 'Patient' AND i.patient_id = m.patient_id
        LEFT JOIN %1$I.alias a ON m.domain = 'Patient' AND m.authority = '' AND a.number = m.number
        LEFT JOIN first f ON f.resource_type = m.domain AND f.id = m.number AND m.authority = ''$q$,
        work, warehouse);
    EXECUTE format('CREATE UNLOGGED TABLE %I.code (domain text, canonical text, code text)', work);
    asked := _pgclinical.crosswalk_ask(project, format('SELECT domain, canonical FROM %I.named', work),
        format('%I.code', work));
    EXECUTE format('ANALYZE %1$I.named, %1$I.code', work);
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.key AS
        SELECT n.domain, n.number, n.authority, n.canonical, c.code
        FROM %1$I.named n JOIN %1$I.code c USING (domain, canonical)$q$, work);
    EXECUTE format('ANALYZE %I.key', work);
    FOR c IN SELECT x.c ->> 'doc' AS doc
        FROM jsonb_array_elements(plan) AS t(t), jsonb_array_elements(t.t -> 'columns') AS x(c)
        WHERE x.c #>> '{rule,action}' = 'format'
    LOOP
        EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.codes_%2$s AS
            SELECT d.tab, d.place, jsonb_object_agg(d.domain || '/' || d.identifier, k.code) AS codes
            FROM %1$I.doc_%2$s d JOIN %1$I.key k USING (domain, number, authority)
            GROUP BY d.tab, d.place$q$, work, c.doc);
        EXECUTE format('ANALYZE %I.codes_%s', work, c.doc);
    END LOOP;
    RETURN asked;
END $$;

COMMENT ON FUNCTION _pgclinical.table_keys(jsonb, text, text, bigint) IS
'makes work.key and the codes of documents; returns how many codes were asked for';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_persons(plan jsonb, warehouse text, work text, x jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t jsonb;
    person jsonb;
    birth jsonb;
    death jsonb;
    ages text;
    known text;
    source text;
    -- Whether anything asks for names and numbers.
    named boolean := EXISTS (
        SELECT FROM jsonb_array_elements(plan) AS p(p), jsonb_array_elements(p.p -> 'columns') AS c(c)
        WHERE c.c #>> '{rule,action}' IN ('format', 'scrub'));
    moves boolean := x ->> 'mode' = 'expert_determination';
BEGIN
    EXECUTE format('CREATE UNLOGGED TABLE %I.said (canonical text, birth text, death text)', work);
    EXECUTE format('CREATE UNLOGGED TABLE %I.known (canonical text, value text)', work);
    FOR t IN SELECT p.p FROM jsonb_array_elements(plan) AS p(p) LOOP
        person := _pgclinical.table_person(t -> 'columns');
        CONTINUE WHEN person IS NULL;
        source := format('%s t%s', t ->> 'source',
            _pgclinical.table_key_join(person, work, 'k'));
        birth := _pgclinical.table_role(t -> 'columns', 'birth');
        death := _pgclinical.table_role(t -> 'columns', 'death');
        IF coalesce(birth, death) IS NOT NULL THEN
            EXECUTE format($q$INSERT INTO %1$I.said
                SELECT k.canonical, min(%2$s COLLATE "C"), rtrim(max(%3$s || '~' COLLATE "C"), '~')
                FROM %4$s WHERE k.canonical IS NOT NULL GROUP BY 1$q$, work,
                coalesce(_pgclinical.column_day(birth), 'NULL::text'),
                coalesce(_pgclinical.column_day(death), 'NULL::text'), source);
        END IF;
        SELECT string_agg(_pgclinical.column_cell(c.c) || '::text', ', ') INTO known
        FROM jsonb_array_elements(t -> 'columns') AS c(c)
        WHERE named AND c.c ->> 'kind' IN ('text', 'integer', 'uuid')
          AND (coalesce(c.c #>> '{rule,category}', 'none') NOT IN ('none', 'date', 'image')
               OR c.c #>> '{rule,action}' = 'code' AND c.c #>> '{rule,domain}' = 'Patient');
        IF known IS NOT NULL THEN
            EXECUTE format($q$INSERT INTO %1$I.known SELECT DISTINCT k.canonical, v
                FROM %2$s, unnest(ARRAY[%3$s]) v WHERE k.canonical IS NOT NULL AND v <> ''$q$,
                work, source, known);
        END IF;
    END LOOP;
    EXECUTE format($q$INSERT INTO %1$I.said
        SELECT coalesce(i.person_id, r.patient_id),
               min(_pgclinical.deid_date(r.resource ->> 'birthDate') COLLATE "C"),
               CASE WHEN count(r.resource -> 'deceasedDateTime')
                       = count(_pgclinical.deid_date(r.resource ->> 'deceasedDateTime'))
                   THEN rtrim(max(_pgclinical.deid_date(r.resource ->> 'deceasedDateTime') || '~'
                              COLLATE "C"), '~') END
        FROM %2$I.resource r LEFT JOIN %2$I.identity i USING (patient_id)
        WHERE r.resource_type = 'Patient' AND coalesce(i.person_id, r.patient_id)
            IN (SELECT canonical FROM %1$I.key WHERE domain = 'Patient')
        GROUP BY 1$q$, work, warehouse);
    IF named THEN
        EXECUTE format($q$INSERT INTO %1$I.known
            SELECT DISTINCT coalesce(i.person_id, r.patient_id), v #>> '{}'
            FROM %2$I.resource r LEFT JOIN %2$I.identity i USING (patient_id),
                _pgclinical.known_values(r.resource) v
            WHERE r.resource_type IN ('Patient', 'RelatedPerson')
                AND coalesce(i.person_id, r.patient_id)
                IN (SELECT canonical FROM %1$I.key WHERE domain = 'Patient')$q$, work, warehouse);
    END IF;
    EXECUTE format('ANALYZE %1$I.said, %1$I.known', work);
    -- Without a birth date, the oldest of the stated ages, counted on from when it was stated.
    EXECUTE format('CREATE UNLOGGED TABLE %I.aged (canonical text, oldest int)', work);
    FOR t IN SELECT p.p FROM jsonb_array_elements(plan) AS p(p) WHERE x ->> 'mode' = 'safe_harbor' LOOP
        person := _pgclinical.table_person(t -> 'columns');
        SELECT string_agg(format('floor(%s / %s) + %s - %s + 1', _pgclinical.column_cell(c.c),
                _pgclinical.column_per_year(c.c), x ->> 'year', _pgclinical.column_year(d.c)), ', ')
        INTO ages
        FROM jsonb_array_elements(t -> 'columns') AS c(c), jsonb_array_elements(t -> 'columns') AS d(c)
        WHERE c.c #>> '{rule,action}' = 'age_cap' AND d.c ->> 'name' = c.c #>> '{rule,as_of}';
        IF person IS NOT NULL AND ages IS NOT NULL THEN
            EXECUTE format($q$INSERT INTO %1$I.aged
                SELECT k.canonical, max(least(greatest(%2$s), 999)::int)
                FROM %3$s t%4$s WHERE k.canonical IS NOT NULL AND NOT EXISTS (
                    SELECT FROM %1$I.said s WHERE s.canonical = k.canonical AND s.birth IS NOT NULL)
                GROUP BY 1$q$, work, ages, t ->> 'source', _pgclinical.table_key_join(person, work, 'k'));
        END IF;
    END LOOP;
    EXECUTE format('ANALYZE %I.aged', work);
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.person AS
        WITH said AS (
            SELECT canonical, min(birth COLLATE "C") AS birth,
                   rtrim(max(death || '~' COLLATE "C"), '~') AS death
            FROM %1$I.said GROUP BY canonical
        ), aged AS (
            SELECT canonical, max(oldest) AS oldest FROM %1$I.aged GROUP BY canonical
        ), known AS (
            SELECT canonical, jsonb_agg(DISTINCT value) AS known FROM %1$I.known GROUP BY canonical
        ), one AS (
            SELECT DISTINCT canonical FROM %1$I.key WHERE domain = 'Patient'
        ), ruled AS (
            SELECT o.canonical, s.birth, s.death, n.known, a.oldest,
                   @extschema@.deid_year_rule(s.birth, s.death, %2$s) AS rule
            FROM one o LEFT JOIN said s USING (canonical) LEFT JOIN known n USING (canonical)
                LEFT JOIN aged a USING (canonical)
        )
        SELECT canonical, birth IS NOT NULL AS born,
               CASE WHEN birth IS NULL AND oldest >= 90 THEN -abs(rule) ELSE rule END AS rule,
               %3$s AS days,
               CASE WHEN %4$L THEN jsonb_strip_nulls(jsonb_build_object('birthDate', birth,
                   'deceased', death, 'known', known, 'on_known', 'remove', 'person_id', canonical)) END AS facts,
               CASE WHEN %4$L THEN coalesce(known, '[]') || jsonb_build_array(jsonb_strip_nulls(
                   jsonb_build_object('birthDate', birth))) END AS notes
        FROM ruled$q$, work, x ->> 'reference',
        CASE WHEN moves THEN format('_pgclinical.column_shift_days(%s, canonical)', x ->> 'policy')
            ELSE 'NULL::int' END, named);
    EXECUTE format('ANALYZE %I.person', work);
END $$;

COMMENT ON FUNCTION _pgclinical.table_persons(jsonb, text, text, jsonb) IS
'makes work.person: what the tables of a plan and the warehouse say of the patients of work.key';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_from(t jsonb, work text, x jsonb, OUT source text, OUT context jsonb)
RETURNS record
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    person jsonb := _pgclinical.table_person(t -> 'columns');
    birth jsonb := _pgclinical.table_role(t -> 'columns', 'birth');
    death jsonb := _pgclinical.table_role(t -> 'columns', 'death');
    c jsonb;
BEGIN
    source := (t ->> 'source') || ' t';
    IF NOT (x ->> 'view')::boolean THEN
        FOR c IN SELECT e.e FROM jsonb_array_elements(t -> 'columns') AS e(e) LOOP
            IF c #>> '{rule,action}' = 'code' THEN
                source := source || _pgclinical.table_key_join(c, work, 'k' || (c ->> 'n'));
            ELSIF c #>> '{rule,action}' = 'format' THEN
                source := source || format(
                    ' LEFT JOIN %1$I.codes_%2$s d%3$s ON d%3$s.tab = t.tableoid AND d%3$s.place = t.ctid',
                    work, c ->> 'doc', c ->> 'n');
            END IF;
        END LOOP;
        IF person IS NOT NULL THEN
            source := source || format(' LEFT JOIN %I.person p ON p.canonical = k%s.canonical', work, person ->> 'n');
        END IF;
    END IF;
    -- The row itself may say who is over 89.
    IF (person IS NULL OR (x ->> 'view')::boolean) AND coalesce(birth, death) IS NOT NULL THEN
        source := source || format(
            ' CROSS JOIN LATERAL (SELECT %1$s AS birth, %2$s AS death) s CROSS JOIN LATERAL (SELECT s.birth IS NOT NULL AS born,'
            ' @extschema@.deid_year_rule(s.birth, s.death, %3$s) AS rule, jsonb_strip_nulls(jsonb_build_object('
            '''birthDate'', s.birth, ''deceased'', s.death, ''on_known'', ''remove'')) AS facts) p',
            coalesce(_pgclinical.column_day(birth), 'NULL::text'),
            coalesce(_pgclinical.column_day(death), 'NULL::text'), x ->> 'reference');
    END IF;
    context := x || jsonb_build_object('linked', person IS NOT NULL,
        'person', coalesce(birth, death) IS NOT NULL
                  OR person IS NOT NULL AND NOT (x ->> 'view')::boolean);
END $$;

COMMENT ON FUNCTION _pgclinical.table_from(jsonb, text, jsonb) IS
'what the expressions of a table are computed from: its rows with their codes and persons';

-- Rows of a person stand together, in an order that is drawn anew: not that of their arrival.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_stage(t jsonb, work text, stage text, x jsonb)
RETURNS jsonb
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    f record := _pgclinical.table_from(t, work, x);
    shown text;
    counted text;
    rows_given bigint;
    rows_written bigint;
    given bigint[];
    written bigint[];
    done jsonb;
    lost text;
BEGIN
    SELECT string_agg(format('%s AS %I', _pgclinical.column_sql(c.c, t -> 'columns', f.context), c.c ->> 'name'),
                      ', ' ORDER BY c.n)
    INTO shown
    FROM jsonb_array_elements(t -> 'columns') WITH ORDINALITY AS c(c, n)
    WHERE c.c #>> '{rule,action}' <> 'remove';
    EXECUTE format('CREATE TABLE %I.%I AS SELECT %s FROM %s ORDER BY %shashtidextended(t.ctid, hashoidextended(t.tableoid, $1))',
        stage, t ->> 'name', shown, f.source,
        (SELECT format('k%s.code COLLATE "C", ', c.c ->> 'n') FROM _pgclinical.table_person(t -> 'columns') AS c(c)
         WHERE c.c IS NOT NULL))
    USING (random() * 9e18)::bigint;
    -- What was done to each column: values given, values written.
    SELECT string_agg(format('count(%I)', c.c ->> 'name'), ', ' ORDER BY c.n),
           string_agg(CASE c.c #>> '{rule,action}' WHEN 'remove' THEN '0'
               ELSE format('count(%I)', c.c ->> 'name') END, ', ' ORDER BY c.n)
    INTO counted, shown
    FROM jsonb_array_elements(t -> 'columns') WITH ORDINALITY AS c(c, n);
    EXECUTE format('SELECT count(*), ARRAY[%s] FROM %s', counted, t ->> 'source') INTO rows_given, given;
    EXECUTE format('SELECT count(*), ARRAY[%s] FROM %I.%I', shown, stage, t ->> 'name') INTO rows_written, written;
    SELECT jsonb_object_agg(c.c ->> 'name', jsonb_build_object('action', c.c #>> '{rule,action}',
               'given', given[c.n], 'written', written[c.n])),
           string_agg(format('"%s"', c.c ->> 'name'), ', ') FILTER (
               WHERE c.c #>> '{rule,action}' = 'code' AND given[c.n] <> written[c.n])
    INTO done, lost
    FROM jsonb_array_elements(t -> 'columns') WITH ORDINALITY AS c(c, n);
    IF lost IS NOT NULL OR rows_given <> rows_written THEN
        RAISE EXCEPTION USING ERRCODE = 'data_corrupted',
            MESSAGE = format('copy of table "%s" is not whole', t ->> 'source'),
            DETAIL = coalesce(format('Codes are missing in columns %s.', lost), 'It has another number of rows.');
    END IF;
    RETURN jsonb_build_object('rows', rows_written, 'columns', done);
END $$;

COMMENT ON FUNCTION _pgclinical.table_stage(jsonb, text, text, jsonb) IS
'makes the copy of one table in schema stage; returns {"rows", "columns": {name: {"action", "given", "written"}}}';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.key_columns(
    relation oid, numbers int2[], OUT names name[], OUT list text
)
RETURNS record
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
    SELECT pg_catalog.array_agg(a.attname ORDER BY u.n),
           pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY u.n)
    FROM pg_catalog.unnest(numbers) WITH ORDINALITY AS u(attnum, n)
        JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) relation
            AND a.attnum OPERATOR(pg_catalog.=) u.attnum;
END;

COMMENT ON FUNCTION _pgclinical.key_columns(oid, int2[]) IS
'the columns of a key of a table (pg_constraint.conkey, confkey) in their order: names, and as SQL lists them';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_constraints(plan jsonb, stage text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k record;
    is_unique boolean;
BEGIN
    -- Unique keys whose columns all became codes, where persons were not joined.
    FOR k IN
        SELECT p.p ->> 'name' AS name, c.contype, c.oid, own.list AS columns
        FROM jsonb_array_elements(plan) AS p(p)
            JOIN pg_constraint c ON c.conrelid = (p.p ->> 'oid')::oid AND c.contype IN ('p', 'u')
            CROSS JOIN LATERAL _pgclinical.key_columns(c.conrelid, c.conkey) own
        WHERE NOT EXISTS (
            SELECT FROM unnest(own.names) AS n(name)
                JOIN jsonb_array_elements(p.p -> 'columns') AS x(c) ON x.c ->> 'name' = n.name
            WHERE x.c #>> '{rule,action}' NOT IN ('code', 'hash'))
        ORDER BY c.contype, c.oid
    LOOP
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I.%I WHERE (%3$s) IS NOT NULL GROUP BY %3$s HAVING count(*) > 1)',
            stage, k.name, k.columns) INTO is_unique;
        IF is_unique THEN
            EXECUTE format('ALTER TABLE %I.%I ADD %s (%s)', stage, k.name,
                CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, k.columns);
        END IF;
    END LOOP;
    FOR k IN
        SELECT p.p ->> 'name' AS name, r.p ->> 'name' AS other, own.list AS columns, far.list AS others
        FROM jsonb_array_elements(plan) AS p(p)
            JOIN pg_constraint c ON c.conrelid = (p.p ->> 'oid')::oid AND c.contype = 'f' AND c.convalidated
            JOIN jsonb_array_elements(plan) AS r(p) ON c.confrelid = (r.p ->> 'oid')::oid
            CROSS JOIN LATERAL _pgclinical.key_columns(c.conrelid, c.conkey) own
            CROSS JOIN LATERAL _pgclinical.key_columns(c.confrelid, c.confkey) far
        -- Both ends are codes, and the other end got its unique key above.
        WHERE EXISTS (SELECT FROM pg_constraint q
                      WHERE q.conrelid = to_regclass(format('%I.%I', stage, r.p ->> 'name'))
                        AND q.contype IN ('p', 'u')
                        AND far.names = (_pgclinical.key_columns(q.conrelid, q.conkey)).names)
          AND NOT EXISTS (SELECT FROM unnest(own.names) AS n(name)
                          JOIN jsonb_array_elements(p.p -> 'columns') AS x(c) ON x.c ->> 'name' = n.name
                          WHERE x.c #>> '{rule,action}' NOT IN ('code', 'hash'))
        ORDER BY 1, 2, 3
    LOOP
        EXECUTE format('ALTER TABLE %1$I.%2$I ADD FOREIGN KEY (%3$s) REFERENCES %1$I.%4$I (%5$s)',
            stage, k.name, k.columns, k.other, k.others);
    END LOOP;
END $$;

COMMENT ON FUNCTION _pgclinical.table_constraints(jsonb, text) IS
'gives the copies the unique and foreign keys of their tables, where all columns became codes';

-- A foreign key between two copies must still lead somewhere.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_links_check(plan jsonb)
RETURNS void
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    broken record;
BEGIN
    SELECT p.p ->> 'source' AS source, a.attname, r.p ->> 'source' AS other, b.attname AS far
    INTO broken
    FROM jsonb_array_elements(plan) AS p(p)
        JOIN pg_constraint c ON c.conrelid = (p.p ->> 'oid')::oid AND c.contype = 'f'
        JOIN jsonb_array_elements(plan) AS r(p) ON c.confrelid = (r.p ->> 'oid')::oid
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS u(own, far)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.own
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = u.far
        JOIN jsonb_array_elements(p.p -> 'columns') AS x(c) ON x.c ->> 'name' = a.attname
        JOIN jsonb_array_elements(r.p -> 'columns') AS y(c) ON y.c ->> 'name' = b.attname
    WHERE 'remove' NOT IN (x.c #>> '{rule,action}', y.c #>> '{rule,action}')
      AND ((x.c #>> '{rule,action}', x.c #>> '{rule,domain}', coalesce(x.c #>> '{rule,authority}', ''))
           IS DISTINCT FROM
           (y.c #>> '{rule,action}', y.c #>> '{rule,domain}', coalesce(y.c #>> '{rule,authority}', '')))
    LIMIT 1;
    IF broken.source IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'a foreign key between two tables would lead nowhere',
            DETAIL = format('Column "%s" of "%s" and column "%s" of "%s" need the same action, domain and authority.',
                broken.attname, broken.source, broken.far, broken.other);
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.table_links_check(jsonb) IS
'refuses (55000) a plan that gives the two ends of a foreign key different labels';

-- Where the leak check finds the identifiers of the sources: queries of one text column each.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_identifiers(plan jsonb, OUT queries text[], OUT categories text[])
RETURNS record
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    WITH col AS (
        SELECT t.t ->> 'source' AS source, x.c, x.c -> 'rule' AS rule, x.c ->> 'kind' AS kind,
               x.c ->> 'name' AS name
        FROM jsonb_array_elements(plan) AS t(t), jsonb_array_elements(t.t -> 'columns') AS x(c)
    ), query AS (
        -- What is removed or replaced; free text, dates and small numbers have other rules.
        SELECT source, name, coalesce(rule ->> 'category',
                   CASE WHEN rule ->> 'domain' = 'Patient' THEN 'mrn' ELSE 'other' END) AS category,
               CASE WHEN kind LIKE '%[]' THEN format('SELECT DISTINCT v::text FROM %s t, unnest(t.%I) v', source, name)
                   ELSE format('SELECT DISTINCT t.%I::text FROM %s t', name, source) END AS query
        FROM col
        WHERE coalesce(rule ->> 'category', '') <> 'none' AND NOT rule ? 'format'
          AND (rule ? 'category' OR rule ->> 'action' IN ('remove', 'code', 'hash'))
          -- Of other types, those alone whose text no owner of a type decides.
          AND (rtrim(kind, '[]') IN ('text', 'integer', 'number', 'uuid')
               OR c ->> 'base' IN ('inet', 'cidr', 'macaddr', 'macaddr8'))
        UNION ALL
        -- Documents are read as raw records of their format are.
        SELECT source, name, rule ->> 'format', format('SELECT t.%I::text FROM %s t', name, source)
        FROM col WHERE rule ->> 'format' <> 'text'
        UNION ALL
        -- Values that a list says may stay are ordinary words.
        SELECT source, name, 'ordinary', format('SELECT unnest(%L::text[])',
                   ARRAY(SELECT e FROM jsonb_array_elements_text(rule -> 'values') e)
                   || ARRAY(SELECT e FROM jsonb_path_query(rule, '$.map.*') q, LATERAL (SELECT q #>> '{}') v(e))
                   || ARRAY(SELECT e FROM jsonb_path_query(rule, '$.ranges[*].value') q, LATERAL (SELECT q #>> '{}') v(e)))
        FROM col WHERE rule ?| ARRAY['values', 'map', 'ranges']
    )
    SELECT coalesce(array_agg(query ORDER BY source, name, category, query), '{}'),
           coalesce(array_agg(category ORDER BY source, name, category, query), '{}')
    FROM query;
$$;

COMMENT ON FUNCTION _pgclinical.table_identifiers(jsonb) IS
'queries for the identifiers that the tables of a plan hold, and what each gives: a category of the leak check, a format of documents (fhir, hl7v2, ccda, x12) or ordinary (words that may stay)';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.leak_value_keys(value text, category text, pass int, passes int)
RETURNS bytea
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.leak_value_keys(text, text, int, int) IS
'_pgclinical.leak_keys of a value of a table: of a category of the leak check, a format of documents or ordinary';

REVOKE ALL ON FUNCTION _pgclinical.leak_value_keys(text, text, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.leak_value_keys(text, text, int, int) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.leak_check_tables(
    target text, against text, queries text[], categories text[],
    OUT severity text, OUT category text, OUT relation text, OUT path text, OUT findings bigint
)
RETURNS SETOF record
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 10
SET search_path = pg_catalog, pg_temp
SET row_security = off
SET parallel_tuple_cost = 0
SET min_parallel_table_scan_size = '1MB'
SET jit = off
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.leak_check_tables(text, text, text[], text[]) IS
'pgclinical.leak_check with the identifiers that queries give besides, each of its category, or a format of documents, or ordinary (words that may stay)';

REVOKE ALL ON FUNCTION _pgclinical.table_context(text, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_person(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_role(jsonb, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_key_join(jsonb, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_numbered(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_documents(jsonb, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_keys(jsonb, text, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_persons(jsonb, text, text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_from(jsonb, text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_stage(jsonb, text, text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.key_columns(oid, int2[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_constraints(jsonb, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_links_check(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_identifiers(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.leak_check_tables(text, text, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.table_context(text, date), _pgclinical.table_person(jsonb),
    _pgclinical.table_role(jsonb, text), _pgclinical.table_from(jsonb, text, jsonb),
    _pgclinical.table_numbered(jsonb)
TO pgclinical_releaser, pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.table_key_join(jsonb, text, text),
    _pgclinical.table_documents(jsonb, text),
    _pgclinical.table_keys(jsonb, text, text, bigint),
    _pgclinical.table_persons(jsonb, text, text, jsonb),
    _pgclinical.table_stage(jsonb, text, text, jsonb), _pgclinical.key_columns(oid, int2[]),
    _pgclinical.table_constraints(jsonb, text),
    _pgclinical.table_links_check(jsonb), _pgclinical.table_identifiers(jsonb),
    _pgclinical.leak_check_tables(text, text, text[], text[])
TO pgclinical_releaser;
