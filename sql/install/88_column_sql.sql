-- column sql: the expressions that copies and masking views are made of, from the rules of labels
--
-- Aliases in them: t the table, p what is known of the row's person (rule, born, days, facts,
-- notes), k<n> and d<n> the codes of column n, u.x an element of an array.  A context x says what
-- holds around them: mode, plain (it is safe_harbor itself, no policy of the site), reference and
-- year (SQL), person (there is a p), linked (p comes from the crosswalk), zip3_basis, zip3_margin,
-- policy (SQL of its document).

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_cell(col jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    -- Plain types: a copy depends on no domain, enumeration or length of the source.  No cast of an
    -- enumeration: its owner may have made one, which would run while the crosswalk is open.
    SELECT CASE
        WHEN col OPERATOR(pg_catalog.->>) 'kind' OPERATOR(pg_catalog.~~) 'enumeration%' THEN
            pg_catalog.format('textin(enum_out(%s::%s))', c.said, col OPERATOR(pg_catalog.->>) 'base')
        WHEN col OPERATOR(pg_catalog.->>) 'kind' OPERATOR(pg_catalog.~~) 'text%' THEN c.said OPERATOR(pg_catalog.||) '::text'
        ELSE pg_catalog.format('%s::%s', c.said, col OPERATOR(pg_catalog.->>) 'base') END
    FROM (SELECT CASE WHEN col OPERATOR(pg_catalog.->>) 'kind' OPERATOR(pg_catalog.~~) '%[]' THEN 'u.x'
        ELSE pg_catalog.format('t.%I', col OPERATOR(pg_catalog.->>) 'name') END) c(said);
END;

COMMENT ON FUNCTION _pgclinical.column_cell(jsonb) IS
'the value of a column, or of an element of it, in the type below its domains';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_parsed(col jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT CASE
        WHEN col OPERATOR(pg_catalog.#>>) '{rule,format}' OPERATOR(pg_catalog.=) 'fhir'
            AND col OPERATOR(pg_catalog.->>) 'base' OPERATOR(pg_catalog.<>) 'jsonb'
            THEN pg_catalog.format('@extschema@.fhir_try_parse(%s::text)', v)
        WHEN col OPERATOR(pg_catalog.#>>) '{rule,format}' OPERATOR(pg_catalog.=) 'hl7v2'
            AND col OPERATOR(pg_catalog.->>) 'kind' OPERATOR(pg_catalog.=) 'text'
            THEN pg_catalog.format('@extschema@.hl7v2_try(%s)', v)
        WHEN col OPERATOR(pg_catalog.#>>) '{rule,format}' OPERATOR(pg_catalog.=) ANY (ARRAY['ccda', 'x12'])
            THEN pg_catalog.format('CASE WHEN @extschema@.deid_reads(%1$s::text, %2$L) THEN %1$s END', v,
                col OPERATOR(pg_catalog.#>>) '{rule,format}')
        ELSE v END
    FROM _pgclinical.column_cell(col) AS c(v);
END;

COMMENT ON FUNCTION _pgclinical.column_parsed(jsonb) IS
'the document of a column: resources as jsonb, messages as hl7v2, C-CDA and X12 as they are held; NULL for what is none';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_per_year(col jsonb)
RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT CASE
        WHEN u.u OPERATOR(pg_catalog.=) 'mo' THEN 12
        WHEN u.u OPERATOR(pg_catalog.=) 'wk' THEN 365.25 OPERATOR(pg_catalog./) 7
        WHEN u.u OPERATOR(pg_catalog.=) 'd' THEN 365.25
        WHEN u.u OPERATOR(pg_catalog.=) 'h' THEN 8766
        ELSE 1 END
    FROM (SELECT col OPERATOR(pg_catalog.#>>) '{rule,unit}') AS u(u);
END;

COMMENT ON FUNCTION _pgclinical.column_per_year(jsonb) IS
'how many units of a column of ages make a year: a (default), mo, wk, d, h';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_year(col jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT CASE pg_catalog.rtrim(col OPERATOR(pg_catalog.->>) 'kind', '[]')
        WHEN 'integer' THEN pg_catalog.format('CASE WHEN %1$s BETWEEN 1 AND 9999 THEN %1$s::int END', v)
        WHEN 'timestamptz' THEN pg_catalog.format('@extschema@.deid_year(timezone(%L, %s))',
            COALESCE(col OPERATOR(pg_catalog.#>>) '{rule,zone}', 'UTC'), v)
        ELSE pg_catalog.format('@extschema@.deid_year(%s)', v) END
    FROM _pgclinical.column_cell(col) AS c(v);
END;

COMMENT ON FUNCTION _pgclinical.column_year(jsonb) IS
'the year of a column of dates, of years or of dates as text';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_day(col jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT CASE col OPERATOR(pg_catalog.->>) 'kind'
        WHEN 'text' THEN pg_catalog.format('@extschema@.deid_day(%s)', v)
        WHEN 'integer' THEN pg_catalog.format('@extschema@.deid_day(to_char(%s, ''FM0000''))', v)
        WHEN 'timestamptz' THEN pg_catalog.format('to_char(timezone(%L, %s), ''YYYY-MM-DD'')',
            COALESCE(col OPERATOR(pg_catalog.#>>) '{rule,zone}', 'UTC'), v)
        ELSE pg_catalog.format('to_char(%s, ''YYYY-MM-DD'')', v) END
    FROM _pgclinical.column_cell(col) AS c(v);
END;

COMMENT ON FUNCTION _pgclinical.column_day(jsonb) IS
'the date of a column as text, as far as it says one';

-- Years of the row that stand in the copy beside an age: they date it.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_age(col jsonb, columns jsonb, x jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v text := _pgclinical.column_cell(col);
    per_year numeric := _pgclinical.column_per_year(col);
    cap text := trunc(90 * per_year)::text;
    years text := format('floor(%s / %s)', v, per_year);
    dated text;
    unknown text;
BEGIN
    IF x ->> 'mode' <> 'safe_harbor' THEN
        RETURN format('CASE WHEN %1$s >= 90 THEN %2$s ELSE %3$s END', years, cap, v);
    END IF;
    SELECT CASE WHEN count(*) > 0 THEN
               format('least(%s)', string_agg(_pgclinical.column_year(c.c), ', ')) END
    INTO dated
    FROM jsonb_array_elements(columns) AS c(c)
    WHERE CASE WHEN col -> 'rule' ? 'as_of' THEN c.c ->> 'name' = col #>> '{rule,as_of}'
              ELSE c.c #>> '{rule,action}' = 'year' AND c.c ->> 'kind' NOT LIKE '%[]'
                  AND coalesce(c.c #>> '{rule,role}', 'event') NOT IN ('birth', 'relative') END;
    -- Unknown birth: one year more than the age and the years since (164.514(b)(2)(i)(C)); an age
    -- without a year stays only where no other row can date it.
    unknown := CASE WHEN dated IS NOT NULL
                   THEN format('CASE WHEN %s + %s - %s + 1 < 90 THEN %s%s END', years, x ->> 'year',
                        dated, v, CASE WHEN (x ->> 'linked')::boolean THEN ''
                            ELSE format(' WHEN %s IS NULL THEN %s', dated, v) END)
                   WHEN (x ->> 'linked')::boolean THEN 'NULL' ELSE v END;
    IF NOT (x ->> 'person')::boolean THEN
        RETURN format('CASE WHEN %1$s >= 90 THEN %2$s ELSE %3$s END', years, cap, unknown);
    END IF;
    RETURN format('CASE WHEN %1$s >= 90 THEN %2$s WHEN p.rule < 0 THEN NULL WHEN p.born THEN %3$s ELSE %4$s END',
        years, cap, v, unknown);
END $$;

COMMENT ON FUNCTION _pgclinical.column_age(jsonb, jsonb, jsonb) IS
'an age of a row: 90 stands for 90 and more; in safe_harbor none of who is over 89, nor one that may be of such a person';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_kept(col jsonb, x jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v text := _pgclinical.column_cell(col);
    kind text := rtrim(col ->> 'kind', '[]');
    r jsonb := col -> 'rule';
    harbor boolean := x ->> 'mode' = 'safe_harbor';
    digits text := coalesce(r ->> 'digits', CASE WHEN harbor THEN '6' END);
    list text[] := ARRAY(SELECT e FROM jsonb_array_elements_text(r -> 'values') e);
    kept text := v;
BEGIN
    IF kind = 'integer' AND digits::int <= 18 THEN
        kept := format('CASE WHEN %1$s BETWEEN -%2$s AND %2$s THEN %1$s END', v, repeat('9', digits::int));
    ELSIF kind = 'number' AND digits IS NOT NULL THEN
        kept := format('@extschema@.deid_number(%s::numeric, %s)', v, digits);
    ELSIF r ? 'system' THEN
        kept := format('@extschema@.deid_public_code(%s, %L)', v, r ->> 'system');
    ELSIF r ->> 'list' IN ('state', 'country', 'language', 'currency', 'zip') THEN
        kept := format('@extschema@.deid_listed(%s, %L)', v, r ->> 'list');
    END IF;
    IF r ? 'values' THEN
        kept := format('CASE WHEN %s::text = ANY (%L::text[]) THEN %s END', v, list, kept);
    END IF;
    RETURN kept;
END $$;

COMMENT ON FUNCTION _pgclinical.column_kept(jsonb, jsonb) IS
'what action keep leaves of a column: values of its list, numbers of so many digits';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_dated(col jsonb, x jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    y text := _pgclinical.column_year(col);
    alone text := format('@extschema@.deid_year_rule(NULL, NULL, %s)', x ->> 'reference');
    rule text := CASE WHEN (x ->> 'person')::boolean THEN format('coalesce(p.rule, %s)', alone)
                     ELSE alone END;
BEGIN
    IF x ->> 'mode' <> 'safe_harbor' THEN
        RETURN y;
    END IF;
    RETURN CASE col #>> '{rule,role}'
        -- The person's birth is at least as early as this one: who is not over 89 may show it.
        WHEN 'birth' THEN format('CASE WHEN %s > 0 THEN %s END',
            CASE WHEN (x ->> 'person')::boolean THEN 'p.rule' ELSE 'NULL::int' END, y)
        WHEN 'relative' THEN format('CASE WHEN @extschema@.deid_year_rule(%s, NULL, %s) > 0 THEN %s END',
            _pgclinical.column_day(col), x ->> 'reference', y)
        ELSE format('CASE WHEN %1$s > abs(%2$s) THEN %1$s END', y, rule) END;
END $$;

COMMENT ON FUNCTION _pgclinical.column_dated(jsonb, jsonb) IS
'the year of a column of dates; in safe_harbor none that says that somebody is over 89';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_document(col jsonb, x jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v text := _pgclinical.column_parsed(col);
    f text := col #>> '{rule,format}';
    -- It is immutable and needs no key; what a site has added to it, apply_policy knows.
    plain boolean := (x ->> 'plain')::boolean;
    facts text := CASE WHEN (x ->> 'person')::boolean THEN 'p.facts' ELSE 'NULL' END;
    codes text := CASE WHEN (x ->> 'view')::boolean THEN '' ELSE format(', coalesce(d%s.codes, ''{}'')', col ->> 'n') END;
    name text := CASE WHEN f = 'x12' THEN 'pgclinical.apply_policy_x12'
        WHEN f = 'ccda' AND col ->> 'kind' = 'text' THEN CASE WHEN plain
            THEN '_pgclinical.deid_safe_harbor' ELSE '_pgclinical.apply_policy' END
        WHEN plain THEN '@extschema@.deid_safe_harbor' ELSE 'pgclinical.apply_policy' END;
    copy text;
BEGIN
    copy := CASE WHEN plain THEN format('%s(%s, %s, %s%s)', name, v, facts, x ->> 'reference', codes)
        ELSE format('%s(%s, %s, %s, %s%s)', name, v, x ->> 'policy', facts, x ->> 'reference', codes) END;
    -- Of nobody known, dates cannot move.
    IF x ->> 'mode' = 'expert_determination' THEN
        copy := format('CASE WHEN p.facts IS NOT NULL THEN %s END', copy);
    END IF;
    RETURN copy || CASE f WHEN 'hl7v2' THEN '::text' ELSE '' END;
END $$;

COMMENT ON FUNCTION _pgclinical.column_document(jsonb, jsonb) IS
'what the rules of its format leave of a document in a column; NULL for what is none';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_sql(col jsonb, columns jsonb, x jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v text := _pgclinical.column_cell(col);
    kind text := rtrim(col ->> 'kind', '[]');
    r jsonb := col -> 'rule';
    made text;
BEGIN
    made := CASE r ->> 'action'
        WHEN 'keep' THEN _pgclinical.column_kept(col, x)
        WHEN 'code' THEN format('k%s.code', col ->> 'n')
        WHEN 'year' THEN _pgclinical.column_dated(col, x)
        WHEN 'date_shift' THEN format('@extschema@.deid_shift_date(%s, p.days)', v)
        WHEN 'hash' THEN format('_pgclinical.column_hash(%s::text, %s)', v, x ->> 'policy')
        WHEN 'zip3' THEN format('@extschema@.deid_zip3(%s, %L, %s, %L)',
            CASE WHEN kind = 'integer' THEN
                format('lpad(%1$s::text, CASE WHEN %1$s > 99999 THEN 9 ELSE 5 END, ''0'')', v)
            WHEN (r ->> 'left_pad')::boolean THEN format('btrim(%s)', v)
            ELSE v END, x ->> 'zip3_basis', x ->> 'zip3_margin',
            kind <> 'integer' AND coalesce((r ->> 'left_pad')::boolean, false))
        WHEN 'age_cap' THEN _pgclinical.column_age(col, columns, x)
        WHEN 'substitute' THEN format('CASE WHEN %s IS NOT NULL THEN %L::%s END', v, r ->> 'with',
            CASE jsonb_typeof(r -> 'with') WHEN 'number' THEN 'numeric' WHEN 'boolean' THEN 'boolean'
                ELSE 'text' END)
        WHEN 'generalize' THEN format(CASE
                WHEN r ?| ARRAY['map', 'ranges', 'prefixes'] THEN '@extschema@.deid_generalize(%s, %L::jsonb)'
                -- Narrow bins leave a number as it is.
                WHEN x ->> 'mode' = 'safe_harbor'
                    THEN '@extschema@.deid_number(@extschema@.deid_generalize(%s, %L::jsonb)::numeric)'
                ELSE '@extschema@.deid_generalize(%s, %L::jsonb)::numeric' END,
            CASE WHEN kind IN ('integer', 'number') THEN v || '::numeric' ELSE v END,
            r - 'action' - 'category')
        WHEN 'perturb' THEN format('_pgclinical.column_perturb(%s::float8, %s, %L, %s, %L, %s)', v,
            x ->> 'policy', col ->> 'name', r ->> 'span',
            coalesce((r ->> 'proportional')::boolean, false), coalesce(r ->> 'round_to', '0'))
        WHEN 'scrub' THEN format('@extschema@.deid_text(%s, p.notes, %L::jsonb)', v,
            jsonb_build_object('reference_date', x ->> 'reference_text'))
        WHEN 'format' THEN _pgclinical.column_document(col, x)
    END;
    IF col ->> 'kind' LIKE '%[]' THEN
        made := format('CASE WHEN t.%1$I IS NOT NULL THEN ARRAY(SELECT %2$s FROM unnest(t.%1$I) AS u(x)) END',
            col ->> 'name', made);
    END IF;
    RETURN made;
END $$;

COMMENT ON FUNCTION _pgclinical.column_sql(jsonb, jsonb, jsonb) IS
'the expression of a column that is not removed';

REVOKE ALL ON FUNCTION _pgclinical.column_cell(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_parsed(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_per_year(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_year(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_day(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_age(jsonb, jsonb, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_kept(jsonb, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_dated(jsonb, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_document(jsonb, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_sql(jsonb, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.column_cell(jsonb), _pgclinical.column_parsed(jsonb),
    _pgclinical.column_per_year(jsonb), _pgclinical.column_year(jsonb),
    _pgclinical.column_day(jsonb), _pgclinical.column_age(jsonb, jsonb, jsonb),
    _pgclinical.column_kept(jsonb, jsonb), _pgclinical.column_dated(jsonb, jsonb),
    _pgclinical.column_document(jsonb, jsonb), _pgclinical.column_sql(jsonb, jsonb, jsonb)
TO pgclinical_releaser, pgclinical_etl;
