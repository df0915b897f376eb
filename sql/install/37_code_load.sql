-- code_load: FHIR CodeSystem, ValueSet and ConceptMap into the terminology store

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_property_named(resource jsonb, uri_end text, fallback text)
RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
    SELECT coalesce(pg_catalog.array_agg(p.value OPERATOR(pg_catalog.->>) 'code'), ARRAY[fallback])
    FROM pg_catalog.jsonb_array_elements(coalesce(resource OPERATOR(pg_catalog.->) 'property', '[]')) p
    WHERE (p.value OPERATOR(pg_catalog.->>) 'uri') OPERATOR(pg_catalog.=)
        ('http://hl7.org/fhir/concept-properties#' OPERATOR(pg_catalog.||) uri_end);
END;
COMMENT ON FUNCTION _pgclinical.code_property_named(jsonb, text, text) IS
'the codes under which a CodeSystem declares the standard property uri_end (its URI), else the fallback';
REVOKE ALL ON FUNCTION _pgclinical.code_property_named(jsonb, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.code_property_named(jsonb, text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_code_system(resource jsonb, make_current boolean DEFAULT true)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    system bigint;
    abstract_names text[] := _pgclinical.code_property_named(resource, 'notSelectable', 'notSelectable');
    inactive_names text[] := _pgclinical.code_property_named(resource, 'inactive', 'inactive');
    status_names text[] := _pgclinical.code_property_named(resource, 'status', 'status');
    parent_names text[] := _pgclinical.code_property_named(resource, 'parent', 'parent');
    child_names text[] := _pgclinical.code_property_named(resource, 'child', 'child');
BEGIN
    IF resource ->> 'resourceType' IS DISTINCT FROM 'CodeSystem' OR coalesce(resource ->> 'url', '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'not a FHIR CodeSystem with a url';
    END IF;
    INSERT INTO _pgclinical.code_system (url, version, supplements, content, case_sensitive, resource, source)
    VALUES (resource ->> 'url', coalesce(resource ->> 'version', ''), resource ->> 'supplements',
        coalesce(resource ->> 'content', 'complete'), coalesce((resource ->> 'caseSensitive')::boolean, true),
        resource - 'concept' - 'text', 'FHIR CodeSystem')
    RETURNING code_system INTO system;

    CREATE TEMP TABLE pg_temp.code_tree ON COMMIT DROP AS
    WITH RECURSIVE tree AS (
        SELECT c.value AS concept, NULL::text AS parent, ARRAY[c.ordinality] AS path
        FROM jsonb_array_elements(coalesce(resource -> 'concept', '[]')) WITH ORDINALITY c
        UNION ALL
        SELECT c.value, tree.concept ->> 'code', tree.path || c.ordinality
        FROM tree, jsonb_array_elements(coalesce(tree.concept -> 'concept', '[]')) WITH ORDINALITY c
    )
    SELECT (row_number() OVER (ORDER BY path))::integer AS ordinal, parent, concept ->> 'code' AS code,
        concept - 'concept' AS concept
    FROM tree;

    INSERT INTO _pgclinical.code_property (code_system, code, property, type, value, detail)
    SELECT system, t.code, p.value ->> 'code', lower(left(v.key, 1)) || substr(v.key, 2),
        CASE WHEN jsonb_typeof(v.value) = 'object' THEN v.value ->> 'code' ELSE v.value #>> '{}' END,
        CASE WHEN jsonb_typeof(v.value) = 'object' THEN v.value END
    FROM pg_temp.code_tree t, jsonb_array_elements(coalesce(t.concept -> 'property', '[]')) p,
        LATERAL (SELECT substr(e.key, 6) AS key, e.value FROM jsonb_each(p.value) e WHERE e.key LIKE 'value%') v
    WHERE t.code IS NOT NULL
    ORDER BY t.ordinal;

    INSERT INTO _pgclinical.code_concept
        (code_system, code, ordinal, display, definition, inactive, abstract, extension)
    SELECT system, t.code, t.ordinal, t.concept ->> 'display', t.concept ->> 'definition',
        EXISTS (SELECT FROM _pgclinical.code_property p WHERE p.code_system = system AND p.code = t.code
            AND (p.property = ANY (inactive_names) AND p.value = 'true'
                OR p.property = ANY (status_names) AND p.value IN ('retired', 'inactive', 'withdrawn'))),
        EXISTS (SELECT FROM _pgclinical.code_property p WHERE p.code_system = system AND p.code = t.code
            AND p.property = ANY (abstract_names) AND p.value = 'true'),
        t.concept -> 'extension'
    FROM pg_temp.code_tree t WHERE t.code IS NOT NULL
    ORDER BY t.ordinal;

    INSERT INTO _pgclinical.code_designation (code_system, code, language, use, value, extension)
    SELECT system, t.code, d.value ->> 'language', d.value -> 'use', d.value ->> 'value', d.value -> 'extension'
    FROM pg_temp.code_tree t, jsonb_array_elements(coalesce(t.concept -> 'designation', '[]')) d
    WHERE t.code IS NOT NULL AND d.value ->> 'value' IS NOT NULL
    ORDER BY t.ordinal;

    -- Nesting, and the properties that say the same of a polyhierarchy.
    INSERT INTO _pgclinical.code_parent (code_system, code, parent)
    SELECT system, t.code, t.parent FROM pg_temp.code_tree t WHERE t.parent IS NOT NULL AND t.code IS NOT NULL
    UNION
    SELECT system, p.code, p.value FROM _pgclinical.code_property p
    WHERE p.code_system = system AND p.property = ANY (parent_names) AND p.value IS NOT NULL
    UNION
    SELECT system, p.value, p.code FROM _pgclinical.code_property p
    WHERE p.code_system = system AND p.property = ANY (child_names) AND p.value IS NOT NULL;
    DROP TABLE pg_temp.code_tree;

    PERFORM _pgclinical.code_compile(system);
    PERFORM _pgclinical.code_switch(system, make_current);
    RETURN system;
END $$;
COMMENT ON FUNCTION pgclinical.load_code_system(jsonb, boolean) IS
'loads a FHIR CodeSystem (also a supplement) in the place of the release of its version and makes it current; gives its number; 22023 when it is none, 23505 for a code twice, 22000 for a cycle';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_value_set(resource jsonb, make_current boolean DEFAULT true)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    number bigint;
BEGIN
    IF resource ->> 'resourceType' IS DISTINCT FROM 'ValueSet' OR coalesce(resource ->> 'url', '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'not a FHIR ValueSet with a url';
    END IF;
    IF make_current THEN
        UPDATE _pgclinical.code_value_set v SET current = false WHERE v.url = resource ->> 'url' AND v.current;
    END IF;
    INSERT INTO _pgclinical.code_value_set AS v (url, version, resource, current)
    VALUES (resource ->> 'url', coalesce(resource ->> 'version', ''), resource - 'text', make_current)
    ON CONFLICT (url, version) DO UPDATE SET resource = excluded.resource, current = excluded.current, loaded = now()
    RETURNING value_set INTO number;
    RETURN number;
END $$;
COMMENT ON FUNCTION pgclinical.load_value_set(jsonb, boolean) IS
'loads a FHIR ValueSet, in the place of one with its url and version; gives its number; 22023 when it is none';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_concept_map(resource jsonb, make_current boolean DEFAULT true)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    number bigint;
BEGIN
    IF resource ->> 'resourceType' IS DISTINCT FROM 'ConceptMap' OR coalesce(resource ->> 'url', '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'not a FHIR ConceptMap with a url';
    END IF;
    IF make_current THEN
        UPDATE _pgclinical.code_concept_map m SET current = false WHERE m.url = resource ->> 'url' AND m.current;
    END IF;
    INSERT INTO _pgclinical.code_concept_map AS m (url, version, source, target, resource, current)
    VALUES (resource ->> 'url', coalesce(resource ->> 'version', ''),
        coalesce(resource ->> 'sourceUri', resource ->> 'sourceCanonical', resource ->> 'sourceScopeUri',
            resource ->> 'sourceScopeCanonical'),
        coalesce(resource ->> 'targetUri', resource ->> 'targetCanonical', resource ->> 'targetScopeUri',
            resource ->> 'targetScopeCanonical'),
        resource - 'text' - 'group', make_current)
    ON CONFLICT (url, version) DO UPDATE
    SET resource = excluded.resource, source = excluded.source, target = excluded.target,
        current = excluded.current, loaded = now()
    RETURNING concept_map INTO number;
    DELETE FROM _pgclinical.code_map_entry e WHERE e.concept_map = number;
    INSERT INTO _pgclinical.code_map_entry (concept_map, ordinal, source_system, source_code, target_system,
        target_code, target_display, equivalence, rule, depends_on, product)
    SELECT number, row_number() OVER (ORDER BY g.ordinality, e.ordinality, t.ordinality),
        split_part(coalesce(g.value ->> 'source', ''), '|', 1), e.value ->> 'code',
        split_part(coalesce(g.value ->> 'target', ''), '|', 1),
        t.value ->> 'code', t.value ->> 'display',
        -- R5 names the relationship of source to target, R4 the target relative to the source.
        coalesce(t.value ->> 'equivalence', CASE t.value ->> 'relationship'
            WHEN 'related-to' THEN 'relatedto' WHEN 'equivalent' THEN 'equivalent'
            WHEN 'source-is-narrower-than-target' THEN 'wider'
            WHEN 'source-is-broader-than-target' THEN 'narrower'
            WHEN 'not-related-to' THEN 'disjoint' ELSE 'relatedto' END),
        t.value ->> 'comment', t.value -> 'dependsOn', t.value -> 'product'
    FROM jsonb_array_elements(coalesce(resource -> 'group', '[]')) WITH ORDINALITY g,
        jsonb_array_elements(coalesce(g.value -> 'element', '[]')) WITH ORDINALITY e,
        jsonb_array_elements(coalesce(e.value -> 'target', CASE WHEN (e.value ->> 'noMap')::boolean
            THEN '[{"equivalence": "unmatched"}]'::jsonb ELSE '[]' END)) WITH ORDINALITY t
    WHERE e.value ->> 'code' IS NOT NULL;
    RETURN number;
END $$;
COMMENT ON FUNCTION pgclinical.load_concept_map(jsonb, boolean) IS
'loads a FHIR ConceptMap (R4; R5 relationships are turned round), in the place of one with its url and version; gives its number; 22023 when it is none';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_terminology(resources jsonb)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    resource jsonb;
    number bigint := 0;
BEGIN
    FOR resource IN
        SELECT coalesce(e.value -> 'resource', e.value)
        FROM jsonb_array_elements(CASE
            WHEN jsonb_typeof(resources) = 'array' THEN resources
            WHEN resources ->> 'resourceType' = 'Bundle' THEN coalesce(resources -> 'entry', '[]')
            ELSE jsonb_build_array(resources) END) e
    LOOP
        CASE resource ->> 'resourceType'
            WHEN 'CodeSystem' THEN PERFORM pgclinical.load_code_system(resource);
            WHEN 'ValueSet' THEN PERFORM pgclinical.load_value_set(resource);
            WHEN 'ConceptMap' THEN PERFORM pgclinical.load_concept_map(resource);
            ELSE CONTINUE;
        END CASE;
        number := number + 1;
    END LOOP;
    RETURN number;
END $$;
COMMENT ON FUNCTION pgclinical.load_terminology(jsonb) IS
'loads every CodeSystem, ValueSet and ConceptMap of a Bundle, an array or a single resource; others are passed over; gives how many were loaded';

REVOKE ALL ON FUNCTION pgclinical.load_code_system(jsonb, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.load_value_set(jsonb, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.load_concept_map(jsonb, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.load_terminology(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.load_code_system(jsonb, boolean) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION pgclinical.load_value_set(jsonb, boolean) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION pgclinical.load_concept_map(jsonb, boolean) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION pgclinical.load_terminology(jsonb) TO pgclinical_etl;
