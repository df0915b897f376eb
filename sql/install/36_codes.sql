-- codes: operators over the database's terminology

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_below(above @extschema@.coding) RETURNS @extschema@.coding[]
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_below(@extschema@.coding) IS
'above and its descendants as an array: what an index is searched for when a query says <@; of a coding that the loaded terminology does not know, itself alone';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_descendants(above @extschema@.coding) RETURNS SETOF @extschema@.coding
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_descendants(@extschema@.coding) IS
'above and its descendants, a row each; of a coding that the loaded terminology does not know, itself alone';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_subsumption_support(internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_subsumption_support(internal) IS
'planner support of <@ and @>: over a btree on the column they become = ANY over the descendants';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_is_below(below @extschema@.coding, above @extschema@.coding) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1 SUPPORT @extschema@.code_subsumption_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_is_below(@extschema@.coding, @extschema@.coding) IS
'implementation of <@ operator: below is above or one of its descendants ($subsumes); false across systems; NULL when the loaded terminology does not know one of them; the version that above names if it is loaded, else the current one; letter case matters';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_is_above(above @extschema@.coding, below @extschema@.coding) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1 SUPPORT @extschema@.code_subsumption_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_is_above(@extschema@.coding, @extschema@.coding) IS
'implementation of @> operator: as code_is_below with its arguments exchanged';

CREATE OPERATOR @extschema@.<@ (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding, FUNCTION = @extschema@.code_is_below,
    COMMUTATOR = OPERATOR(@extschema@.@>), RESTRICT = contsel, JOIN = contjoinsel
);
CREATE OPERATOR @extschema@.@> (
    LEFTARG = @extschema@.coding, RIGHTARG = @extschema@.coding, FUNCTION = @extschema@.code_is_above,
    COMMUTATOR = OPERATOR(@extschema@.<@), RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR @extschema@.<@ (@extschema@.coding, @extschema@.coding) IS
'is the same concept or lies below it';
COMMENT ON OPERATOR @extschema@.@> (@extschema@.coding, @extschema@.coding) IS
'is the same concept or lies above it';

-- FHIR's operations.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_operation(name text, parameters jsonb) RETURNS jsonb
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_operation(text, jsonb) IS
'a FHIR terminology operation (ValueSet/$expand, ValueSet/$validate-code, CodeSystem/$validate-code) on a Parameters resource; gives the ValueSet or Parameters that a server would, or an OperationOutcome; 22023 for another name';

-- Value sets and translation.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_in(code @extschema@.coding, value_set text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_in(@extschema@.coding, text) IS
'whether the code is in the value set (url or url|version); expanded once per session and state of the terminology; 42704 for a value set that is not loaded, 22023 for one that cannot be expanded';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_translated(code @extschema@.coding, target text) RETURNS @extschema@.coding
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_translated(@extschema@.coding, text) IS
'implementation of ~> operator: the one code that the loaded maps call equal or equivalent, in the target (a code system by URI or short name, a value set that maps name as target, or a map by url); itself when it is in the target system; NULL when there is none or several';
CREATE OPERATOR @extschema@.~> (
    LEFTARG = @extschema@.coding, RIGHTARG = text, FUNCTION = @extschema@.code_translated
);
COMMENT ON OPERATOR @extschema@.~> (@extschema@.coding, text) IS
'the one equal or equivalent code in a code system, value set or map; NULL when there is none or several';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_translate(code @extschema@.coding, target text)
RETURNS TABLE (concept @extschema@.coding, equivalence text, map text, rule text, conditional boolean)
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 2
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.coding(e.target_system, e.target_code, NULL, e.target_display),
        e.equivalence, concat_ws('|', m.url, nullif(m.version, '')), e.rule, e.depends_on IS NOT NULL
    FROM _pgclinical.code_map_entry e JOIN _pgclinical.code_concept_map m USING (concept_map)
    WHERE e.source_system = @extschema@.coding_system(code_translate.code)
        AND e.source_code = @extschema@.coding_code(code_translate.code)
        AND (m.url = code_translate.target AND m.current OR concat(m.url, '|', m.version) = code_translate.target
            OR m.current AND (m.target = code_translate.target
                OR e.target_system = @extschema@.coding_system(@extschema@.coding(code_translate.target, '-'))))
    ORDER BY array_position(ARRAY['equal', 'equivalent', 'wider', 'subsumes', 'narrower', 'specializes',
        'inexact', 'relatedto', 'unmatched', 'disjoint'], e.equivalence), m.url COLLATE "C", e.ordinal
$$;
COMMENT ON FUNCTION @extschema@.code_translate(@extschema@.coding, text) IS
'$translate: every target that the loaded maps give, best first, with its equivalence (FHIR R4: the target relative to the source), map and rule; concept NULL: the map says that there is none; conditional: holds only where the map''s dependsOn does; target as for ~>';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_lookup(code @extschema@.coding)
RETURNS TABLE (name text, version text, display text, definition text, inactive boolean, abstract boolean,
    valid_from date, valid_to date, properties jsonb, designations jsonb, parents text[])
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 1
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(s.resource ->> 'title', s.resource ->> 'name', s.url), s.version, c.display, c.definition,
        c.inactive, c.abstract, c.valid_from, c.valid_to,
        (SELECT jsonb_agg(jsonb_build_object('code', p.property, 'type', p.type, 'value', p.value)
                || CASE WHEN p.detail IS NULL THEN '{}' ELSE jsonb_build_object('detail', p.detail) END)
         FROM _pgclinical.code_property p WHERE p.code_system = s.code_system AND p.code = c.code),
        (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('language', d.language, 'use', d.use, 'value', d.value)))
         FROM _pgclinical.code_designation d WHERE d.code_system = s.code_system AND d.code = c.code),
        (SELECT array_agg(p.parent ORDER BY p.parent)
         FROM _pgclinical.code_parent p WHERE p.code_system = s.code_system AND p.code = c.code)
    FROM _pgclinical.code_system s JOIN _pgclinical.code_concept c USING (code_system)
    WHERE s.url = @extschema@.coding_system(code_lookup.code)
        AND c.code = @extschema@.coding_code(code_lookup.code) AND s.state = 'ready'
        AND (s.version = @extschema@.coding_version(code_lookup.code)
            OR s.current AND NOT EXISTS (SELECT FROM _pgclinical.code_system v
                WHERE v.url = s.url AND v.version = @extschema@.coding_version(code_lookup.code) AND v.state = 'ready'))
$$;
COMMENT ON FUNCTION @extschema@.code_lookup(@extschema@.coding) IS
'$lookup: what the terminology knows of a code, in the version that it names if that is loaded, else the current one; no row when it is not known';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_display(code @extschema@.coding, language text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce((SELECT d.value FROM _pgclinical.code_designation d
            WHERE code_display.language IS NOT NULL AND d.code_system = s.code_system AND d.code = c.code
                AND (d.language = code_display.language OR d.language LIKE code_display.language || '-%')
            ORDER BY d.language <> code_display.language, d.value COLLATE "C" LIMIT 1), c.display)
    FROM _pgclinical.code_system s JOIN _pgclinical.code_concept c USING (code_system)
    WHERE s.url = @extschema@.coding_system(code_display.code)
        AND c.code = @extschema@.coding_code(code_display.code) AND s.state = 'ready'
        AND (s.version = @extschema@.coding_version(code_display.code) OR s.current)
    ORDER BY s.version = @extschema@.coding_version(code_display.code) DESC NULLS LAST
    LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.code_display(@extschema@.coding, text) IS
'the name that the terminology gives a code, in a language (de also finds de-CH) when it has one there; NULL when it does not know the code';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_validate(
    code @extschema@.coding, value_set text DEFAULT NULL, valid_on date DEFAULT NULL,
    OUT result boolean, OUT display text, OUT message text, OUT issues @extschema@.clinical_issue[]
)
LANGUAGE sql STABLE PARALLEL SAFE COST 1000
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH answer AS (
        SELECT @extschema@.code_operation(
            CASE WHEN value_set IS NULL THEN 'CodeSystem/$validate-code' ELSE 'ValueSet/$validate-code' END,
            jsonb_build_object('resourceType', 'Parameters', 'parameter', jsonb_build_array(
                jsonb_build_object('name', 'url', 'valueUri',
                    coalesce(value_set, @extschema@.coding_system(code))),
                jsonb_build_object('name', 'lenient-display-validation', 'valueBoolean', true),
                jsonb_build_object('name', 'coding', 'valueCoding', code::jsonb)))) AS a
        WHERE code IS NOT NULL
    ), part AS (
        SELECT p.value AS p FROM answer, jsonb_array_elements(coalesce(a -> 'parameter', '[]')) p
    ), found AS (
        SELECT i.value AS i, i.ordinality AS n
        FROM answer, jsonb_array_elements(coalesce(a -> 'issue',
            (SELECT p #> '{resource,issue}' FROM part WHERE p ->> 'name' = 'issues'), '[]')) WITH ORDINALITY i
    ), expired AS (
        SELECT ('error', 'business-rule', 'not-effective', NULL, 'Coding.code',
            'The code is not valid on the given date')::@extschema@.clinical_issue AS issue
        FROM @extschema@.code_lookup(code) l WHERE valid_on < l.valid_from OR valid_on > l.valid_to
    )
    SELECT coalesce((SELECT (p ->> 'valueBoolean')::boolean FROM part WHERE p ->> 'name' = 'result'), false)
            AND NOT EXISTS (SELECT FROM expired),
        (SELECT p ->> 'valueString' FROM part WHERE p ->> 'name' = 'display'),
        coalesce((SELECT p ->> 'valueString' FROM part WHERE p ->> 'name' = 'message'),
            (SELECT string_agg(i #>> '{details,text}', '; ' ORDER BY n) FROM found)),
        (SELECT array_agg(f.issue) FROM (
            SELECT (i ->> 'severity', i ->> 'code', i #>> '{details,coding,0,code}', NULL,
                i #>> '{expression,0}', i #>> '{details,text}')::@extschema@.clinical_issue AS issue
            FROM found UNION ALL SELECT issue FROM expired) f)
    FROM answer
$$;
COMMENT ON FUNCTION @extschema@.code_validate(@extschema@.coding, text, date) IS
'$validate-code: whether the code is in the value set (NULL: in its code system) and, when a date is given, valid on that day; a wrong display and an inactive code are warnings; NULL for a NULL code';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_subsumes(a @extschema@.coding, b @extschema@.coding) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT CASE WHEN @extschema@.coding_eq(a, b) THEN 'equivalent'
        WHEN @extschema@.code_is_above(a, b) THEN 'subsumes'
        WHEN @extschema@.code_is_below(a, b) THEN 'subsumed-by'
        WHEN NOT @extschema@.code_is_below(a, b) THEN 'not-subsumed' END;
END;
COMMENT ON FUNCTION @extschema@.code_subsumes(@extschema@.coding, @extschema@.coding) IS
'$subsumes: equivalent, subsumes (a is broader), subsumed-by or not-subsumed; NULL when the terminology does not know one of them';
