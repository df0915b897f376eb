-- definitions: profiles and extensions beyond base R4, and validation against them

-- Availability: 0.1.0
CREATE TABLE _pgclinical.definition (
    url      text COLLATE "C" PRIMARY KEY,
    version  text COLLATE "C" NOT NULL DEFAULT '',
    type     text NOT NULL,
    resource jsonb NOT NULL,
    loaded   timestamptz NOT NULL DEFAULT pg_catalog.now()
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.definition', '');
COMMENT ON TABLE _pgclinical.definition IS
'a StructureDefinition that resources can be checked against: a profile or an extension; one version of each url';
GRANT SELECT, INSERT, UPDATE, DELETE ON _pgclinical.definition TO pgclinical_etl;

-- Profiles and terminology have one generation: a value set decides about a binding.
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON _pgclinical.definition
FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.code_changed();

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_definitions(resources jsonb)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    WITH given AS (
        SELECT coalesce(e.value -> 'resource', e.value) AS resource, e.ordinality
        FROM jsonb_array_elements(CASE
            WHEN jsonb_typeof(resources) = 'array' THEN resources
            WHEN resources ->> 'resourceType' = 'Bundle' THEN coalesce(resources -> 'entry', '[]')
            ELSE jsonb_build_array(resources) END) WITH ORDINALITY e
    ), last AS (
        SELECT DISTINCT ON (resource ->> 'url') resource FROM given
        WHERE resource ->> 'resourceType' = 'StructureDefinition' AND resource ->> 'url' <> ''
            AND resource ->> 'type' IS NOT NULL
        ORDER BY resource ->> 'url', ordinality DESC
    ), written AS (
        INSERT INTO _pgclinical.definition AS d (url, version, type, resource)
        SELECT resource ->> 'url', coalesce(resource ->> 'version', ''), resource ->> 'type', resource - 'text'
        FROM last
        ON CONFLICT (url) DO UPDATE SET version = excluded.version, type = excluded.type,
            resource = excluded.resource, loaded = now()
        RETURNING 1
    )
    SELECT count(*) INTO number FROM written;
    RETURN number + pgclinical.load_terminology(resources);
END $$;
COMMENT ON FUNCTION pgclinical.load_definitions(jsonb) IS
'loads every StructureDefinition, CodeSystem, ValueSet and ConceptMap of a Bundle, an array or a single resource, in the place of one with its url; others are passed over; gives how many were loaded';
REVOKE ALL ON FUNCTION pgclinical.load_definitions(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.load_definitions(jsonb) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.fhir_issues(resource jsonb, profile text)
RETURNS SETOF @extschema@.clinical_issue
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
AS 'MODULE_PATHNAME', 'fhir_issues_profile';

COMMENT ON FUNCTION @extschema@.fhir_issues(jsonb, text) IS
'what is wrong with a resource by base R4 and by a loaded profile (its canonical URL, |version optional): cardinality, slicing, fixed and pattern values, types, bindings, constraints, extensions; no rows for NULL; 42704 for a profile that is not loaded';
