-- fhir_complete: what a batch of FHIR documents says, once all of it is there

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.fhir_complete(warehouse text, options jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM _pgclinical.follow_aliases(warehouse, NULL);
    PERFORM _pgclinical.spread_deletions(warehouse);
    PERFORM _pgclinical.validate_said(coalesce(options ->> 'validation', 'report'));
END $$;

COMMENT ON FUNCTION _pgclinical.fhir_complete(text, jsonb) IS
'in pg_temp.pgclinical_said: puts what refers to a patient by the server''s id under the patient, gives deletions theirs, and validates the resources as option validation says';

REVOKE ALL ON FUNCTION _pgclinical.fhir_complete(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.fhir_complete(text, jsonb) TO pgclinical_etl;
