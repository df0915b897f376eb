-- laboratory: what lab_normalize makes of a warehouse's observations, beside the source's values

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.create_laboratory_view(warehouse text)
RETURNS regclass
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    EXECUTE format($view$
        CREATE VIEW laboratory WITH (security_invoker = true) AS
        SELECT o.id, o.patient_id, o.event_time, o.record, p.part,
               s.code AS source_code, p.quantity AS source_value,
               n.normalized_code, n.normalized_value, n.factor, n.rule, n.issue
        FROM observation o
        CROSS JOIN LATERAL (
            SELECT 0 AS part, o.resource -> 'code' AS concept, o.resource -> 'valueQuantity' AS quantity
            UNION ALL
            SELECT c.ordinality::integer, c.component -> 'code', c.component -> 'valueQuantity'
            FROM jsonb_array_elements(o.resource -> 'component') WITH ORDINALITY AS c (component, ordinality)
        ) p
        LEFT JOIN LATERAL (
            -- The first LOINC of a concept, else its first code.
            SELECT c.code FROM %1$I.code_codings(p.concept) WITH ORDINALITY AS c (code, ordinality)
            ORDER BY %1$I.coding_system(c.code) IS DISTINCT FROM 'http://loinc.org', c.ordinality
            LIMIT 1
        ) s ON true
        CROSS JOIN LATERAL %1$I.lab_normalize(
            s.code, (p.quantity ->> 'value')::numeric,
            coalesce(p.quantity ->> 'code', p.quantity ->> 'unit'), p.quantity ->> 'comparator',
            jsonb_build_object('unit_is_ucum',
                coalesce(p.quantity ->> 'system' = 'http://unitsofmeasure.org', false))
        ) n
        WHERE p.quantity -> 'value' IS NOT NULL
    $view$, (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
             WHERE e.extname = 'pgclinical'));
    COMMENT ON VIEW laboratory IS
    'quantities of the observations and their components (part 0 is the observation itself), as the source said them and in one unit for one analyte (lab_normalize)';
    RETURN 'laboratory'::regclass;
END $$;
COMMENT ON FUNCTION pgclinical.create_laboratory_view(text) IS
'makes view laboratory in a warehouse: every quantity of its observations beside its normalized value, with factor, rule and issue; record leads to the message it came from. 3F000 or 42704 when there is no such warehouse, 42P07 when the view exists';
REVOKE ALL ON FUNCTION pgclinical.create_laboratory_view(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.create_laboratory_view(text) TO pgclinical_etl;
