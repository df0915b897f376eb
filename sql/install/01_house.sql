-- house: schemas, roles and the one issue type that every chapter shares

-- Availability: 0.1.0
CREATE SCHEMA pgclinical;
COMMENT ON SCHEMA pgclinical IS 'pgclinical: administration of warehouses, feeds, runs, releases and audit';
CREATE SCHEMA _pgclinical;
COMMENT ON SCHEMA _pgclinical IS 'pgclinical: internals, called by the functions of schema pgclinical';

-- Group roles, shared by all databases of the cluster.  Members of
--   pgclinical_etl       make warehouses and feeds, run and replay
--   pgclinical_releaser  release de-identified copies and use their crosswalk
--   pgclinical_auditor   read the audit trail and verify it
-- pgclinical_owner owns the audit trail and the crosswalk; nobody is meant to be a member.
DO $$
DECLARE
    r pg_catalog.text;
BEGIN
    FOREACH r IN ARRAY ARRAY['pgclinical_etl', 'pgclinical_releaser', 'pgclinical_auditor', 'pgclinical_owner'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) r) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', r);
        END IF;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA pgclinical TO PUBLIC;
GRANT USAGE ON SCHEMA _pgclinical TO pgclinical_etl, pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE TYPE @extschema@.clinical_issue AS (
    severity    text,
    code        text,
    format_code text,
    location    text,
    expression  text,
    message     text
);
COMMENT ON TYPE @extschema@.clinical_issue IS
'one finding about a record: FHIR severity (fatal, error, warning, information), FHIR issue code, the format''s own code, place in the source, FHIRPath, message without patient data';
