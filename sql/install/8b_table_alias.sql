-- table alias: whom the Patients of documents are, by their identifiers
--
-- Messages, CDA documents and columns name a patient by number and authority; FHIR resources by the
-- id that a server gave, and the Patient among them says which numbers that is.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_aliases(plan jsonb, warehouse text, work text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stated text;
BEGIN
    -- Where the label names an authority, the id itself is the number.
    SELECT string_agg(format(
        'SELECT %s AS resource FROM %s t WHERE t.%I IS NOT NULL', _pgclinical.column_parsed(x.c),
        t.t ->> 'source', x.c ->> 'name'), ' UNION ALL ')
    INTO stated
    FROM jsonb_array_elements(plan) AS t(t), jsonb_array_elements(t.t -> 'columns') AS x(c)
    WHERE x.c #>> '{rule,action}' = 'format' AND x.c #>> '{rule,format}' = 'fhir'
      AND coalesce(x.c #>> '{rule,authority}', '') = '';
    EXECUTE format($q$CREATE UNLOGGED TABLE %1$I.alias AS
        WITH stated AS (
            SELECT DISTINCT p.p ->> 'id' AS number,
                   _pgclinical.patient_id_of(i.i ->> 'system', i.i ->> 'value') AS patient_id
            FROM (%2$s) r,
                LATERAL (SELECT r.resource UNION ALL
                         SELECT jsonb_path_query(r.resource, '$.entry[*].resource')) p(p),
                jsonb_path_query(p.p, '$.identifier[*] ? (@.system starts with "" && @.value starts with "")') i(i)
            WHERE p.p ->> 'resourceType' = 'Patient' AND p.p ->> 'id' <> ''
              AND i.i ->> 'system' <> '' AND i.i ->> 'value' <> ''
        ), named AS (
            SELECT DISTINCT _pgclinical.patient_id_of(authority, number) AS patient_id
            FROM %1$I.mention WHERE domain = 'Patient' AND authority <> ''
        )
        -- Whom the warehouse knows; else who is named elsewhere; else the first of the numbers.  Two
        -- persons under one id are none.
        SELECT s.number, CASE count(DISTINCT i.person_id) WHEN 1 THEN min(i.person_id)
                   WHEN 0 THEN coalesce(min(n.patient_id), min(s.patient_id)) END AS person_id
        FROM stated s
        LEFT JOIN %3$I.identity i USING (patient_id)
        LEFT JOIN named n USING (patient_id)
        GROUP BY s.number$q$, work, coalesce(stated, 'SELECT NULL::jsonb AS resource WHERE false'),
        warehouse);
END $$;

COMMENT ON FUNCTION _pgclinical.table_aliases(jsonb, text, text) IS
'makes work.alias: per id of a Patient in columns of FHIR without an authority, the person whom its identifiers name';

REVOKE ALL ON FUNCTION _pgclinical.table_aliases(jsonb, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.table_aliases(jsonb, text, text) TO pgclinical_releaser;
