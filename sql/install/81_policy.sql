-- policy: de-identification policies as rows

-- The crosswalk is not the warehouse owner's: it lies in a schema of role pgclinical_owner, whose
-- functions (82) work only while CALL pgclinical.release or attest runs (src/pg/crosswalk.cpp).

-- Availability: 0.1.0
CREATE SCHEMA pgclinical_crosswalk AUTHORIZATION pgclinical_owner;
COMMENT ON SCHEMA pgclinical_crosswalk IS
'pgclinical: projects, their codes, attestations and manifests of releases';
GRANT USAGE ON SCHEMA pgclinical_crosswalk TO pgclinical_releaser, pgclinical_auditor;


-- Availability: 0.1.0
CREATE TABLE pgclinical_crosswalk.policy (
    policy     text PRIMARY KEY CHECK (policy ~ '^[a-z][a-z0-9_]{0,62}$'
                   AND policy NOT IN ('safe_harbor', 'limited_data_set', 'expert_determination')),
    mode       text NOT NULL,
    parameters jsonb NOT NULL DEFAULT '{}',
    created_by name NOT NULL DEFAULT session_user,
    created    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pgclinical_crosswalk.policy IS
'policies of this site: each has one of the three modes (safe_harbor, limited_data_set, expert_determination), which are policies themselves';
COMMENT ON COLUMN pgclinical_crosswalk.policy.parameters IS
'zip3_basis, zip3_margin; keep_weekday (expert determination); flavour (dapl: releases of FHIR by deid_dapl)';

-- Availability: 0.1.0
CREATE TABLE pgclinical_crosswalk.policy_rule (
    policy     text NOT NULL REFERENCES pgclinical_crosswalk.policy ON DELETE CASCADE,
    format     text NOT NULL DEFAULT 'fhir' CHECK (format IN ('fhir', 'hl7v2', 'cda', 'x12')),
    path       text NOT NULL,
    action     text NOT NULL,
    parameters jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (policy, format, path)
);
COMMENT ON TABLE pgclinical_crosswalk.policy_rule IS
'rows of a policy: a place in a format (fhir: Patient.maritalStatus, HumanName.use, date; hl7v2: PID-11.3, OBX[3.1="8480-6"]-5, ZPD, XPN.1; cda: patientRole/addr/city, id/@extension; x12: NM1-03, NM1[01=IL]-03, 2010BA/N3-01; * for the rest), an action of the closed list (keep, remove, year, date_shift, hash, zip3, age_cap, substitute, generalize, perturb, scrub, allow_list) and its parameters; no expressions; a row that its policy''s mode or its format does not allow is refused when it is written';
ALTER TABLE pgclinical_crosswalk.policy OWNER TO pgclinical_owner;
ALTER TABLE pgclinical_crosswalk.policy_rule OWNER TO pgclinical_owner;
GRANT SELECT ON pgclinical_crosswalk.policy, pgclinical_crosswalk.policy_rule
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;
GRANT INSERT, UPDATE, DELETE ON pgclinical_crosswalk.policy, pgclinical_crosswalk.policy_rule
TO pgclinical_releaser;
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.policy', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.policy_rule', '');

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.policy_mode(document jsonb)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.policy_mode(jsonb) IS
'compiles a policy and returns its mode; 22023 for what it does not know, and for what the mode does not allow (a date shift in safe_harbor)';

REVOKE ALL ON FUNCTION _pgclinical.policy_mode(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.policy_mode(jsonb)
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.policy_rules(policy text)
RETURNS jsonb
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
    SELECT COALESCE(pg_catalog.jsonb_agg(r.parameters OPERATOR(pg_catalog.||)
            pg_catalog.jsonb_build_object('format', r.format, 'path', r.path, 'action', r.action)
            ORDER BY r.format, r.path COLLATE "C"), '[]')
    FROM pgclinical_crosswalk.policy_rule r
    WHERE r.policy OPERATOR(pg_catalog.=) policy_rules.policy;
END;

COMMENT ON FUNCTION _pgclinical.policy_rules(text) IS
'the rows of a policy as its document has them (member rules), in their order; [] for none';

REVOKE ALL ON FUNCTION _pgclinical.policy_rules(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.policy_rules(text)
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- Nothing stands in the tables that could not be applied.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.policy_row_check()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mode text;
BEGIN
    SELECT p.mode INTO mode FROM pgclinical_crosswalk.policy p WHERE p.policy = NEW.policy;
    -- Without its policy, the foreign key refuses the row.
    IF mode IS NOT NULL THEN
        PERFORM _pgclinical.policy_mode(jsonb_build_object('mode', mode, 'rules', jsonb_build_array(
            NEW.parameters || jsonb_build_object('format', NEW.format, 'path', NEW.path,
                                                 'action', NEW.action))));
    END IF;
    RETURN NEW;
END $$;

COMMENT ON FUNCTION _pgclinical.policy_row_check() IS
'trigger function: refuses (22023) a row of a policy that its mode or its format does not allow';

REVOKE ALL ON FUNCTION _pgclinical.policy_row_check() FROM PUBLIC;

CREATE TRIGGER compiled BEFORE INSERT OR UPDATE ON pgclinical_crosswalk.policy_rule
FOR EACH ROW EXECUTE FUNCTION _pgclinical.policy_row_check();

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.policy_check()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM _pgclinical.policy_mode(NEW.parameters || jsonb_build_object('mode', NEW.mode,
        'rules', _pgclinical.policy_rules(NEW.policy)));
    RETURN NEW;
END $$;

COMMENT ON FUNCTION _pgclinical.policy_check() IS
'trigger function: refuses (22023) a policy whose mode, parameters and rows do not go together';

REVOKE ALL ON FUNCTION _pgclinical.policy_check() FROM PUBLIC;

CREATE TRIGGER compiled BEFORE INSERT OR UPDATE ON pgclinical_crosswalk.policy
FOR EACH ROW EXECUTE FUNCTION _pgclinical.policy_check();

-- Stable: a later version of the extension may hold other rules.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.tables_hash()
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.tables_hash() IS
'SHA-256 (hexadecimal) of the shipped rules of all formats and of the engine''s version';

REVOKE ALL ON FUNCTION _pgclinical.tables_hash() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.tables_hash()
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- Stable: as above.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.scrubber_version()
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.scrubber_version() IS
'version of what action scrub of a policy does to text; never NULL';

REVOKE ALL ON FUNCTION _pgclinical.scrubber_version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.scrubber_version()
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.policy_document(policy text)
RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    document jsonb;
BEGIN
    IF policy IN ('safe_harbor', 'limited_data_set', 'expert_determination') THEN
        RETURN jsonb_build_object('name', policy, 'mode', policy);
    END IF;
    SELECT p.parameters || jsonb_build_object('name', p.policy, 'mode', p.mode,
        'rules', _pgclinical.policy_rules(p.policy))
    INTO document FROM pgclinical_crosswalk.policy p WHERE p.policy = $1;
    IF document IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'unknown policy',
            HINT = 'It is safe_harbor, limited_data_set, expert_determination or one of pgclinical_crosswalk.policy.';
    END IF;
    PERFORM _pgclinical.policy_mode(document);
    RETURN document;
END $$;

COMMENT ON FUNCTION pgclinical.policy_document(text) IS
'a policy as one document, compiled to see that it can be; 22023 for an unknown one and for one that its mode does not allow';

REVOKE ALL ON FUNCTION pgclinical.policy_document(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.policy_document(text)
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.policy_hash(policy text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    document jsonb;
BEGIN
    IF policy = 'safe_harbor' THEN
        RETURN _pgclinical.tables_hash();
    END IF;
    document := pgclinical.policy_document(policy);
    RETURN encode(sha256(convert_to(_pgclinical.tables_hash() || document::text
        || CASE WHEN document -> 'rules' @> '[{"action": "scrub"}]'
               THEN _pgclinical.scrubber_version() ELSE '' END, 'UTF8')), 'hex');
END $$;

COMMENT ON FUNCTION pgclinical.policy_hash(text) IS
'SHA-256 (hexadecimal) of the rules of a policy as this version applies them: of the shipped tables, the engine''s version, the policy''s own rows and, where these scrub text, the scrubber''s version; an unknown policy is 22023';

REVOKE ALL ON FUNCTION pgclinical.policy_hash(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.policy_hash(text)
TO pgclinical_etl, pgclinical_releaser, pgclinical_auditor;

-- Not for everybody: HMAC would let anyone test guesses.
-- Availability: 0.1.0
CREATE FUNCTION pgclinical.apply_policy(
    resource jsonb, policy jsonb, person jsonb DEFAULT NULL, reference_date date DEFAULT NULL,
    codes jsonb DEFAULT NULL
)
RETURNS jsonb
LANGUAGE C STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION pgclinical.apply_policy(jsonb, jsonb, jsonb, date, jsonb) IS
'a FHIR resource under a policy document (pgclinical.policy_document): safe_harbor and limited_data_set by the allow list and then by their rows, expert_determination by its rows of format fhir, or, without any rows, by the allow list with the dates of person {"person_id": text, ...} shifted; codes as for deid_safe_harbor; NULL for NULL and for what is dropped; a malformed policy or person is 22023, a key file that cannot be used F0000';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.apply_policy(
    message @extschema@.hl7v2, policy jsonb, person jsonb DEFAULT NULL,
    reference_date date DEFAULT NULL, codes jsonb DEFAULT NULL
)
RETURNS @extschema@.hl7v2
LANGUAGE C STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'apply_policy_hl7v2';

COMMENT ON FUNCTION pgclinical.apply_policy(@extschema@.hl7v2, jsonb, jsonb, date, jsonb) IS
'the same for an HL7 v2 message: by the allow list of fields, dates exact (limited_data_set) or shifted by the days of person_id (expert_determination), the same as in every other format; where the policy has rows of format hl7v2, by these; one that has rows of other formats alone is 22023';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.apply_policy(
    document xml, policy jsonb, person jsonb DEFAULT NULL, reference_date date DEFAULT NULL,
    codes jsonb DEFAULT NULL
)
RETURNS xml
LANGUAGE C STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'apply_policy_xml';

COMMENT ON FUNCTION pgclinical.apply_policy(xml, jsonb, jsonb, date, jsonb) IS
'the same for a C-CDA document, rows of format cda';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.apply_policy_x12(
    interchange text, policy jsonb, person jsonb DEFAULT NULL, reference_date date DEFAULT NULL,
    codes jsonb DEFAULT NULL
)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION pgclinical.apply_policy_x12(text, jsonb, jsonb, date, jsonb) IS
'the same for an X12 interchange, whose dates are whole outside safe_harbor, rows of format x12';

REVOKE ALL ON FUNCTION pgclinical.apply_policy(jsonb, jsonb, jsonb, date, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.apply_policy(@extschema@.hl7v2, jsonb, jsonb, date, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.apply_policy(xml, jsonb, jsonb, date, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.apply_policy_x12(text, jsonb, jsonb, date, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.apply_policy(jsonb, jsonb, jsonb, date, jsonb) TO pgclinical_releaser;
GRANT EXECUTE ON FUNCTION pgclinical.apply_policy(@extschema@.hl7v2, jsonb, jsonb, date, jsonb)
TO pgclinical_releaser;
GRANT EXECUTE ON FUNCTION pgclinical.apply_policy(xml, jsonb, jsonb, date, jsonb) TO pgclinical_releaser;
GRANT EXECUTE ON FUNCTION pgclinical.apply_policy_x12(text, jsonb, jsonb, date, jsonb) TO pgclinical_releaser;
