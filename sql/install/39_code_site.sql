-- code_site: a site's local codes: translation, import, suggestions, approval

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_translate(code @extschema@.coding, target text, warehouse text)
RETURNS TABLE (concept @extschema@.coding, equivalence text, map text, rule text, conditional boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 2
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF warehouse IS NOT NULL THEN
        -- Any role may ask: without USAGE on the schema this is 42501 already.
        IF to_regclass(format('%I.code_map', warehouse)) IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
                MESSAGE = format('warehouse "%s" does not exist', warehouse);
        END IF;
        RETURN QUERY EXECUTE format($q$
            SELECT @extschema@.coding(m.system, m.code, NULL, m.display), 'equivalent',
                concat(%1$L, '.code_map/', m.kind), m.note, false
            FROM %1$I.code_map m
            WHERE m.source_code = $1 AND ($2 IS NULL OR m.system = $2)
            ORDER BY m.feed NULLS LAST, m.kind$q$, warehouse)
        USING @extschema@.coding_code(code), @extschema@.coding_system(@extschema@.coding(target, '-'));
    END IF;
    RETURN QUERY SELECT t.* FROM @extschema@.code_translate(code, target) t;
END $$;
COMMENT ON FUNCTION @extschema@.code_translate(@extschema@.coding, text, text) IS
'code_translate with a warehouse''s own codes first: rows of its code_map for the code (of any local system) into the target; needs SELECT on that table; warehouse NULL: the terminology alone; 3F000 when there is no such warehouse';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_suggest(description text, target text, most integer DEFAULT 5)
RETURNS TABLE (suggestion @extschema@.coding, score real)
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    trigrams text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                      WHERE e.extname = 'pg_trgm');
    measure text;
    system text := @extschema@.coding_system(@extschema@.coding(target, '-'));
BEGIN
    -- Without pg_trgm: the share of words that the two names have in common.
    measure := CASE WHEN trigrams IS NOT NULL THEN format('%s.similarity(lower(n.name), lower($1))', trigrams)
        ELSE $m$(SELECT (2.0 * count(*) FILTER (WHERE a.w IS NOT NULL AND b.w IS NOT NULL)
                    / nullif(count(a.w) + count(b.w), 0))::real
                 FROM (SELECT DISTINCT w FROM regexp_split_to_table(lower(n.name), '[^[:alnum:]]+') w WHERE w <> '') a
                 FULL JOIN (SELECT DISTINCT w FROM regexp_split_to_table(lower($1), '[^[:alnum:]]+') w WHERE w <> '') b
                 ON a.w = b.w)$m$ END;
    RETURN QUERY EXECUTE format($q$
        SELECT @extschema@.coding($2, s.code, NULL, s.display), s.score
        FROM (SELECT c.code, c.display, max(%s) AS score
              FROM _pgclinical.code_system r JOIN _pgclinical.code_concept c USING (code_system)
              CROSS JOIN LATERAL (SELECT c.display AS name UNION ALL
                  SELECT d.value FROM _pgclinical.code_designation d
                  WHERE d.code_system = c.code_system AND d.code = c.code) n
              WHERE r.url = $2 AND r.current AND NOT c.inactive AND NOT c.abstract AND n.name IS NOT NULL
              GROUP BY c.code, c.display) s
        WHERE s.score > 0.1
        ORDER BY s.score DESC, s.code COLLATE "C" LIMIT $3$q$, measure)
    USING description, system, most;
END $$;
COMMENT ON FUNCTION @extschema@.code_suggest(text, text, integer) IS
'codes of a code system whose names resemble a description, best first, with a score from 0 to 1: trigrams when extension pg_trgm is there, else words in common; inactive codes are not suggested';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.code_worklist(
    warehouse text, target text DEFAULT NULL, resource_types text[] DEFAULT ARRAY['Observation'], most integer DEFAULT 100,
    OUT resource_type text, OUT code @extschema@.coding, OUT rows bigint, OUT patients bigint, OUT example text,
    OUT suggestions jsonb
)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    -- A concept is mapped when one of its codings is of a system that the terminology or the short names know.
    RETURN QUERY EXECUTE format($q$
        WITH used AS (
            SELECT r.resource_type, r.patient_id,
                coalesce(r.resource -> 'code', r.resource -> 'medicationCodeableConcept', r.resource -> 'vaccineCode',
                    -- A drug with form, strength or lot is a contained Medication.
                    jsonb_path_query_first(r.resource, '$.contained[*] ? (@.resourceType == "Medication").code')) AS concept
            FROM %I.resource r WHERE r.resource_type = ANY ($1)
        ), loose AS (
            SELECT u.resource_type, u.patient_id, u.concept, u.concept::@extschema@.coding AS code
            FROM used u
            WHERE u.concept IS NOT NULL AND NOT EXISTS (
                SELECT FROM @extschema@.code_codings(u.concept) c
                WHERE @extschema@.code_system_is_known(@extschema@.coding_system(c))
                    AND ($2 IS NULL OR @extschema@.coding_system(c) = $2))
        ), counted AS (
            SELECT l.resource_type, l.code, count(*) AS rows, count(DISTINCT l.patient_id) AS patients,
                min(coalesce(@extschema@.coding_display(l.code), l.concept ->> 'text')) AS example
            FROM loose l WHERE l.code IS NOT NULL
            GROUP BY l.resource_type, l.code ORDER BY 3 DESC, l.code LIMIT $3
        )
        SELECT c.resource_type, c.code, c.rows, c.patients, c.example,
            CASE WHEN $2 IS NOT NULL AND c.example IS NOT NULL THEN (
                SELECT jsonb_agg(s.suggestion::jsonb || jsonb_build_object('score', round(s.score::numeric, 2))
                    ORDER BY s.score DESC)
                FROM @extschema@.code_suggest(c.example, $2, 3) s) END
        FROM counted c ORDER BY c.rows DESC, c.resource_type, c.code$q$, warehouse)
    USING resource_types, @extschema@.coding_system(@extschema@.coding(target, '-')), most;
END $$;
COMMENT ON FUNCTION pgclinical.code_worklist(text, text, text[], integer) IS
'work list of a warehouse: codes in live resources that no known code system (or not the target) has, with the number of rows and patients, an example of text and, with a target, ranked suggestions; approve with approve_code; 3F000 when there is no such warehouse, 42501 without SELECT on its resources';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_system_is_known(system text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_system_is_known(text) IS
'whether a system is loaded or is one of the well-known systems with a short name';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.approve_code(
    warehouse text, kind text, source_code text, target @extschema@.coding,
    feed text DEFAULT NULL, note text DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    IF coalesce(btrim(kind), '') = '' OR coalesce(btrim(source_code), '') = '' OR target IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a code map needs a kind, a source code and a target';
    END IF;
    EXECUTE format($q$
        INSERT INTO %1$I.code_map AS m (kind, feed, source_code, code, system, display, note)
        SELECT $1, (SELECT f.feed FROM %1$I.feed f WHERE f.name = $2), $3, $4, $5, $6, $7
        WHERE $2 IS NULL OR EXISTS (SELECT FROM %1$I.feed f WHERE f.name = $2)
        ON CONFLICT (kind, feed, source_code) DO UPDATE
        SET code = excluded.code, system = excluded.system, display = excluded.display, note = excluded.note
        RETURNING m.code_map$q$, warehouse)
    INTO number
    USING kind, feed, source_code, @extschema@.coding_code(target), @extschema@.coding_system(target),
        coalesce(@extschema@.coding_display(target), @extschema@.code_display(target)), note;
    IF number IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = 'unknown feed';
    END IF;
    -- Not refused: what is loaded may be a part of a system, or older than the code.
    IF EXISTS (SELECT FROM @extschema@.code_validate(target) v, unnest(v.issues) i
               WHERE i.code = 'code-invalid') THEN
        RAISE WARNING USING MESSAGE = 'the loaded code system does not have the target of a code map',
            DETAIL = format('Row %s of code_map.', number);
    END IF;
    RETURN number;
END $$;
COMMENT ON FUNCTION pgclinical.approve_code(text, text, text, @extschema@.coding, text, text) IS
'a site''s local code of a kind (observation, gender, ...) stands for target, in one feed or (NULL) all; then CALL pgclinical.replay(warehouse, ''unmapped-code'') changes what is loaded, at its original order; gives the row of code_map; warns when the code system of the target is loaded and does not have it; 42704 for an unknown feed, 22023 without a kind, source code or target, 3F000 when there is no such warehouse';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_map_write(
    warehouse text, kind text, feed text, places text[], sources text[], targets @extschema@.coding[], notes text[]
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    twice text;
BEGIN
    -- The later of two would silently win.
    SELECT c.place INTO twice
    FROM (SELECT r.o, r.place, r.target, first_value(r.target) OVER (PARTITION BY r.source ORDER BY r.o) AS earlier
          FROM unnest(places, sources, targets) WITH ORDINALITY r(place, source, target, o)) c
    WHERE c.target OPERATOR(@extschema@.<>) c.earlier
    ORDER BY c.o LIMIT 1;
    IF twice IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = 'a code has two targets',
            DETAIL = format('%s gives a source code another target than before.', twice);
    END IF;
    RETURN count(pgclinical.approve_code(warehouse, kind, r.source, r.target, feed, r.note))
    FROM unnest(sources, targets, notes) r(source, target, note);
END $$;
COMMENT ON FUNCTION _pgclinical.code_map_write(text, text, text, text[], text[], @extschema@.coding[], text[]) IS
'approves what an import read, all or nothing; places say where each stands; 22000 when one code has two targets; gives how many';

-- Volatile and not parallel for the subtransaction of its handler, which workers cannot have.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_map_target(place text, system text, code text, display text)
RETURNS @extschema@.coding
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    why text;
BEGIN
    RETURN @extschema@.coding(nullif(system, ''), code, NULL, nullif(display, ''));
EXCEPTION WHEN invalid_text_representation OR program_limit_exceeded THEN
    GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL;
    RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = 'invalid coding', DETAIL = format('%s: %s', place, why);
END $$;
COMMENT ON FUNCTION _pgclinical.code_map_target(text, text, text, text) IS
'the coding of these parts; what is none is refused with its place';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.import_code_map(warehouse text, kind text, concept_map jsonb, feed text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    one record;
    places text[];
    sources text[];
    targets @extschema@.coding[];
    notes text[];
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    IF concept_map ->> 'resourceType' IS DISTINCT FROM 'ConceptMap' THEN
        RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = 'the resource is not a ConceptMap';
    END IF;
    FOR one IN
        SELECT format('Element %s of group %s', e.o, g.o) AS place, g.value ->> 'target' AS system,
            e.value ->> 'code' AS source, e.value #> '{target,0}' AS target
        FROM jsonb_array_elements(coalesce(concept_map -> 'group', '[]')) WITH ORDINALITY g(value, o),
            jsonb_array_elements(coalesce(g.value -> 'element', '[]')) WITH ORDINALITY e(value, o)
        WHERE e.value ->> 'code' IS NOT NULL AND e.value #>> '{target,0,code}' IS NOT NULL
            AND e.value #> '{target,1}' IS NULL
            AND coalesce(e.value #>> '{target,0,equivalence}', e.value #>> '{target,0,relationship}')
                IN ('equal', 'equivalent')
        ORDER BY g.o, e.o
    LOOP
        places := array_append(places, one.place);
        sources := array_append(sources, one.source);
        targets := array_append(targets,
            _pgclinical.code_map_target(one.place, one.system, one.target ->> 'code', one.target ->> 'display'));
        notes := array_append(notes, one.target ->> 'comment');
    END LOOP;
    RETURN _pgclinical.code_map_write(warehouse, kind, feed, places, sources, targets, notes);
END $$;
COMMENT ON FUNCTION pgclinical.import_code_map(text, text, jsonb, text) IS
'imports a FHIR ConceptMap into a warehouse''s code_map: codes with one target that is equal or equivalent; gives how many; all or nothing: 22000 for another resource and for a code with two targets in two places';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.import_code_map(warehouse text, kind text, csv text, feed text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    names constant text[] := ARRAY['source_code', 'system', 'code', 'display', 'note'];
    lines refcursor;
    r record;
    header text[];
    field text[];  -- in the order of names
    places text[];
    sources text[];
    targets @extschema@.coding[];
    notes text[];
    why text;
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    OPEN lines FOR
        SELECT l.o AS n, rtrim(l.line, E'\r') AS line
        FROM string_to_table(ltrim(csv, E'\uFEFF'), E'\n') WITH ORDINALITY l(line, o)
        WHERE rtrim(l.line, E' \r') <> '' ORDER BY l.o;
    FOR r IN SELECT c.n, _pgclinical.code_csv_fields(c.record) AS f FROM _pgclinical.code_csv_records(lines) c LOOP
        IF header IS NULL THEN
            header := ARRAY(SELECT lower(btrim(u.f)) FROM unnest(r.f) WITH ORDINALITY u(f, o) ORDER BY u.o);
            IF NOT header <@ names OR NOT header @> ARRAY['source_code', 'code']
                OR cardinality(header) <> (SELECT count(DISTINCT h) FROM unnest(header) h) THEN
                RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = 'the CSV has no such header',
                    DETAIL = format('Line %s must name source_code and code, and may name system, display and note, each once.', r.n);
            END IF;
            CONTINUE;
        END IF;
        field := ARRAY(SELECT r.f[array_position(header, u.name)]
                       FROM unnest(names) WITH ORDINALITY u(name, o) ORDER BY u.o);
        why := CASE WHEN cardinality(r.f) <> cardinality(header)
                THEN format('has %s fields where the header has %s', cardinality(r.f), cardinality(header))
            WHEN btrim(field[1]) = '' THEN 'has no source_code'
            WHEN btrim(field[3]) = '' THEN 'has no code' END;
        IF why IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = 'invalid row of a code map',
                DETAIL = format('Line %s %s.', r.n, why);
        END IF;
        places := array_append(places, format('Line %s', r.n));
        sources := array_append(sources, btrim(field[1]));
        targets := array_append(targets,
            _pgclinical.code_map_target(format('Line %s', r.n), field[2], field[3], field[4]));
        notes := array_append(notes, nullif(field[5], ''));
    END LOOP;
    CLOSE lines;
    IF header IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = 'the CSV is empty';
    END IF;
    RETURN _pgclinical.code_map_write(warehouse, kind, feed, places, sources, targets, notes);
END $$;
COMMENT ON FUNCTION pgclinical.import_code_map(text, text, text, text) IS
'imports CSV text into a warehouse''s code_map: a header that names source_code and code, and may name system, display and note; gives how many rows; all or nothing: 22P02 for what is no CSV, 22000 for a row without its fields or codes and for a code with two targets, with the line, never content';

REVOKE ALL ON FUNCTION _pgclinical.code_map_write(text, text, text, text[], text[], @extschema@.coding[], text[])
FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_map_target(text, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.code_worklist(text, text, text[], integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.approve_code(text, text, text, @extschema@.coding, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.import_code_map(text, text, jsonb, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.import_code_map(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    _pgclinical.code_map_write(text, text, text, text[], text[], @extschema@.coding[], text[]),
    _pgclinical.code_map_target(text, text, text, text),
    pgclinical.code_worklist(text, text, text[], integer),
    pgclinical.approve_code(text, text, text, @extschema@.coding, text, text),
    pgclinical.import_code_map(text, text, jsonb, text), pgclinical.import_code_map(text, text, text, text)
TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_normalize(written text, kind text) RETURNS @extschema@.coding
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH wanted AS (
        SELECT lower(btrim(written)) AS w,
            CASE kind WHEN 'gender' THEN 'http://hl7.org/fhir/administrative-gender'
                WHEN 'marital-status' THEN 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus'
                ELSE @extschema@.coding_system(@extschema@.coding(kind, '-')) END AS system
    ), shipped(kind, spelling, code, display) AS (VALUES
        ('gender', 'm', 'male', 'Male'), ('gender', 'male', 'male', 'Male'), ('gender', 'man', 'male', 'Male'),
        ('gender', 'f', 'female', 'Female'), ('gender', 'female', 'female', 'Female'),
        ('gender', 'woman', 'female', 'Female'), ('gender', 'o', 'other', 'Other'), ('gender', 'other', 'other', 'Other'),
        ('gender', 'x', 'other', 'Other'), ('gender', 'a', 'other', 'Other'), ('gender', 'ambiguous', 'other', 'Other'),
        ('gender', 'u', 'unknown', 'Unknown'), ('gender', 'unk', 'unknown', 'Unknown'),
        ('gender', 'unknown', 'unknown', 'Unknown'),
        ('marital-status', 's', 'S', 'Never Married'), ('marital-status', 'single', 'S', 'Never Married'),
        ('marital-status', 'never married', 'S', 'Never Married'), ('marital-status', 'm', 'M', 'Married'),
        ('marital-status', 'married', 'M', 'Married'), ('marital-status', 'd', 'D', 'Divorced'),
        ('marital-status', 'divorced', 'D', 'Divorced'), ('marital-status', 'w', 'W', 'Widowed'),
        ('marital-status', 'widowed', 'W', 'Widowed'), ('marital-status', 'p', 'T', 'Domestic partner'),
        ('marital-status', 'domestic partner', 'T', 'Domestic partner'), ('marital-status', 'a', 'L', 'Legally Separated'),
        ('marital-status', 'separated', 'L', 'Legally Separated'), ('marital-status', 'u', 'UNK', 'unknown'),
        ('marital-status', 'unknown', 'UNK', 'unknown')
    ), found AS (
        SELECT 0 AS rank, w.system, s.code, s.display FROM wanted w JOIN shipped s ON s.kind = code_normalize.kind
            AND s.spelling = w.w
        UNION ALL
        SELECT CASE WHEN c.code = btrim(written) THEN 1 WHEN lower(c.code) = w.w THEN 2 ELSE 3 END,
            w.system, c.code, c.display
        FROM wanted w JOIN _pgclinical.code_system r ON r.url = w.system AND r.current
        JOIN _pgclinical.code_concept c USING (code_system)
        WHERE NOT c.inactive AND (lower(c.code) = w.w OR lower(c.display) = w.w)
    ), best AS (
        SELECT DISTINCT f.system, f.code, f.display FROM found f WHERE f.rank = (SELECT min(g.rank) FROM found g)
    )
    SELECT @extschema@.coding(min(b.system), min(b.code), NULL, min(b.display)) FROM best b HAVING count(*) = 1
$$;
COMMENT ON FUNCTION @extschema@.code_normalize(text, text) IS
'the code that a written word surely means: kind gender or marital-status (shipped spellings), or a code system by URI or short name (its code, in any letter case, or its display); NULL when there is none or several';
CREATE INDEX code_concept_lower_code ON _pgclinical.code_concept (code_system, lower(code));
CREATE INDEX code_concept_lower_display ON _pgclinical.code_concept (code_system, lower(display));
