-- release: what a person must look at before it is published, and who signed it

-- Availability: 0.1.0
CREATE SEQUENCE pgclinical_crosswalk.signature_number;
ALTER SEQUENCE pgclinical_crosswalk.signature_number OWNER TO pgclinical_owner;
COMMENT ON SEQUENCE pgclinical_crosswalk.signature_number IS 'numbers of signatures';

-- Availability: 0.1.0
CREATE TABLE pgclinical_crosswalk.signature (
    signature   bigint PRIMARY KEY DEFAULT nextval('pgclinical_crosswalk.signature_number'),
    warehouse   text NOT NULL,
    target      text NOT NULL,
    policy      text NOT NULL,
    policy_hash text NOT NULL,
    category    text NOT NULL,
    relation    text NOT NULL,
    path        text NOT NULL,
    findings    bigint NOT NULL,
    reason      text NOT NULL,
    who         name NOT NULL DEFAULT session_user,
    at          timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE pgclinical_crosswalk.signature OWNER TO pgclinical_owner;
COMMENT ON TABLE pgclinical_crosswalk.signature IS
'who accepted, with which reason, what a leak check found at a place of a release, or a hint (vip, unique, earlier: relation and path are empty); it holds for as many findings and for the policy as it was';
GRANT SELECT ON pgclinical_crosswalk.signature TO pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE TABLE pgclinical_crosswalk.refusal (
    project     bigint NOT NULL REFERENCES pgclinical_crosswalk.project,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    who         name NOT NULL DEFAULT session_user,
    policy_hash text NOT NULL,
    leak_check  jsonb NOT NULL,
    hints       jsonb NOT NULL
);
ALTER TABLE pgclinical_crosswalk.refusal OWNER TO pgclinical_owner;
COMMENT ON TABLE pgclinical_crosswalk.refusal IS
'releases that were not published, with what the reviewer has to resolve or to sign: places and counts';
GRANT SELECT ON pgclinical_crosswalk.refusal TO pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE TABLE pgclinical_crosswalk.gate (
    warehouse text NOT NULL,
    target    text NOT NULL,
    gates     text[] NOT NULL
              CHECK (gates OPERATOR(pg_catalog.<@) '{vip,unique,earlier,review}'),
    set_by    name NOT NULL DEFAULT session_user,
    PRIMARY KEY (warehouse, target)
);
ALTER TABLE pgclinical_crosswalk.gate OWNER TO pgclinical_owner;
COMMENT ON TABLE pgclinical_crosswalk.gate IS
'what must be signed, beside blocking findings, before a target is published; without a row: vip';
COMMENT ON COLUMN pgclinical_crosswalk.gate.gates IS
'vip: persons marked as such; unique: persons who are alone with their birth year, sex and place; earlier: what this release and an earlier one tell together; review: findings for review';
GRANT SELECT, INSERT, UPDATE, DELETE ON pgclinical_crosswalk.gate TO pgclinical_releaser;
GRANT SELECT ON pgclinical_crosswalk.gate TO pgclinical_auditor;

SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.signature_number', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.signature', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.refusal', '');
SELECT pg_catalog.pg_extension_config_dump('pgclinical_crosswalk.gate', '');

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.signature_add(
    warehouse text, target text, policy text, policy_hash text, category text, relation text,
    path text, findings bigint, reason text
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM _pgclinical.require_attest();
    INSERT INTO pgclinical_crosswalk.signature (warehouse, target, policy, policy_hash, category,
        relation, path, findings, reason)
    VALUES (warehouse, target, policy, policy_hash, category, relation, path, findings, reason)
    RETURNING signature INTO number;
    RETURN number;
END $$;
ALTER FUNCTION _pgclinical.signature_add(text, text, text, text, text, text, text, bigint, text)
OWNER TO pgclinical_owner;

COMMENT ON FUNCTION _pgclinical.signature_add(text, text, text, text, text, text, text, bigint, text) IS
'stores a signature; works only below pgclinical.sign_finding (42501)';

REVOKE ALL ON FUNCTION _pgclinical.signature_add(text, text, text, text, text, text, text, bigint, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
_pgclinical.signature_add(text, text, text, text, text, text, text, bigint, text)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.sign_steps(
    warehouse text, target text, policy text, category text, relation text, path text,
    findings bigint, reason text, policy_hash text
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    IF coalesce(btrim(target), '') = '' OR coalesce(btrim(reason), '') = ''
       OR coalesce(category, '') = '' OR coalesce(findings, 0) < 1 OR policy_hash IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a signature needs a target, a policy, a category, how many findings, a reason'
                ' and, for copies of tables, the tables';
    END IF;
    number := _pgclinical.signature_add(warehouse, target, policy, policy_hash, category,
        coalesce(relation, ''), coalesce(path, ''), findings, reason);
    PERFORM _pgclinical.audit_event('attest', warehouse, target, findings,
        jsonb_build_object('signature', number, 'policy', policy, 'policy_hash', policy_hash,
            'category', left(category, 40)));
    RETURN number;
END $$;

COMMENT ON FUNCTION _pgclinical.sign_steps(text, text, text, text, text, text, bigint, text, text) IS
'what pgclinical.sign_finding does, by the hash of the policy, or of the policy and tables';

REVOKE ALL ON FUNCTION _pgclinical.sign_steps(text, text, text, text, text, text, bigint, text, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
_pgclinical.sign_steps(text, text, text, text, text, text, bigint, text, text)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.sign_finding(
    warehouse text, target text, policy text, category text, relation text, path text,
    findings bigint, reason text
)
RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION pgclinical.sign_finding(text, text, text, text, text, text, bigint, text) IS
'the session''s login role accepts up to so many findings of category at path of relation in releases to target under policy as it is now, for this reason; a release does not refuse what is signed, and names the signature in its manifest; hints (vip, unique, earlier) have no relation and path; returns the signature''s number; 42501 for who is not in pgclinical_releaser, 22023 without a policy or a reason';

REVOKE ALL ON FUNCTION pgclinical.sign_finding(text, text, text, text, text, text, bigint, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.sign_finding(text, text, text, text, text, text, bigint, text)
TO pgclinical_releaser;

-- Software cannot know whether somebody could be identified (164.514(b)(2)(ii)); it can count who
-- stands out:
--   vip       persons with a mark of it: HL7 table 0099 (PV1-16), special courtesy VIP, or a security
--             label of celebrities
--   unique    persons who are alone in the release with birth year, sex, state and ZIP3
--   earlier   against the earlier release of the project, which its recipient may have kept: persons
--             added and removed when these are few (who came between the two is then known, finer
--             than a year), and birth years that are not told any more (the person is over 89)
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_hints(warehouse text, stage text, target text, replaces boolean)
RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    hints jsonb;
    earlier jsonb;
    vip bigint;
    few constant int := 10;
BEGIN
    EXECUTE format($q$SELECT count(DISTINCT coalesce(i.person_id, r.patient_id))
        FROM %1$I.resource r LEFT JOIN %1$I.identity i USING (patient_id)
        WHERE r.resource_type IN ('Patient', 'Encounter') AND (
            jsonb_path_exists(r.resource, '$.hospitalization.specialCourtesy[*].coding[*] ?
                (@.code == "VIP" || (@.system like_regex "v2-0099$" && !(@.code like_regex "^(N|NO|0)$" flag "i")))')
            OR jsonb_path_exists(r.resource, '$.meta.security[*] ? (@.code == "CEL" || @.code == "VIP")'))$q$,
        warehouse) INTO vip;
    hints := jsonb_build_object('vip', vip, 'unique', 0);
    IF to_regclass(format('%I.patient', stage)) IS NOT NULL THEN
        EXECUTE format($q$SELECT $1 || jsonb_build_object('persons', coalesce(sum(n), 0),
                'unique', count(*) FILTER (WHERE n = 1)) FROM (
            SELECT count(*) AS n FROM %I.patient p
            GROUP BY left(p.resource ->> 'birthDate', 4), p.resource ->> 'gender',
                p.resource #>> '{address,0,state}', p.resource #>> '{address,0,postalCode}') k$q$, stage)
        INTO hints USING hints;
    END IF;
    IF replaces AND to_regclass(format('%I.patient', stage)) IS NOT NULL
       AND to_regclass(format('%I.patient', target)) IS NOT NULL
       AND (SELECT array_agg(a.attname::text) FROM pg_attribute a
            WHERE a.attrelid = to_regclass(format('%I.patient', target)) AND a.attnum > 0
              AND NOT a.attisdropped) @> '{code,resource}' THEN
        EXECUTE format($q$SELECT jsonb_build_object(
                'added', count(*) FILTER (WHERE o.code IS NULL),
                'removed', count(*) FILTER (WHERE n.code IS NULL),
                'changed', count(*) FILTER (WHERE o.resource <> n.resource),
                'birth_year_withdrawn', count(*) FILTER (
                    WHERE o.resource ->> 'birthDate' ~ '^\d' AND n.code IS NOT NULL
                      AND (n.resource ->> 'birthDate' ~ '^\d') IS NOT TRUE))
            FROM %1$I.patient n FULL JOIN %2$I.patient o USING (code)$q$, stage, target) INTO earlier;
        hints := hints || jsonb_build_object('against', earlier, 'earlier',
            (earlier -> 'birth_year_withdrawn')::bigint
            + CASE WHEN (earlier -> 'added')::bigint <= few THEN (earlier -> 'added')::bigint ELSE 0 END
            + CASE WHEN (earlier -> 'removed')::bigint <= few THEN (earlier -> 'removed')::bigint
                   ELSE 0 END);
    END IF;
    RETURN hints;
END $$;

COMMENT ON FUNCTION _pgclinical.release_hints(text, text, text, boolean) IS
'how many persons of a staged release stand out: vip, unique, earlier, and persons at all; nothing of any of them';

REVOKE ALL ON FUNCTION _pgclinical.release_hints(text, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_hints(text, text, text, boolean)
TO pgclinical_releaser;

-- A limited data set keeps dates and places, but no street (164.514(e)(2)(ii)); an expert's policy
-- what the expert says.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_kept(mode text)
RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
BEGIN ATOMIC
    SELECT CASE
        WHEN mode OPERATOR(pg_catalog.=) 'safe_harbor' THEN ARRAY[]::text[]
        WHEN mode OPERATOR(pg_catalog.=) 'limited_data_set' THEN ARRAY['date', 'geography']
        ELSE ARRAY['date', 'geography', 'street'] END;
END;

COMMENT ON FUNCTION _pgclinical.release_kept(text) IS
'the categories of a leak check that a mode keeps in a copy: findings of them do not block its release';

REVOKE ALL ON FUNCTION _pgclinical.release_kept(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_kept(text) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_judge(
    warehouse text, target text, policy text, policy_hash text, mode text, leaks jsonb, hints jsonb,
    OUT judged jsonb, OUT unsigned bigint, OUT unsigned_places text, OUT unsigned_hints text,
    OUT signatures bigint[]
)
RETURNS record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    gates text[] := coalesce((SELECT g.gates FROM pgclinical_crosswalk.gate g
        WHERE g.warehouse = $1 AND g.target = $2), '{vip}');
    kept text[] := _pgclinical.release_kept(mode);
BEGIN
    WITH valid AS (
        SELECT s.* FROM pgclinical_crosswalk.signature s
        WHERE s.warehouse = $1 AND s.target = $2 AND s.policy = $3 AND s.policy_hash = $4
    ), found AS (
        SELECT l.*, n, (SELECT max(v.signature) FROM valid v
            WHERE v.category = l.category AND v.relation = l.relation AND v.path = l.path
              AND v.findings >= l.findings) AS signed
        FROM jsonb_array_elements(leaks) WITH ORDINALITY AS e(leak, n),
            jsonb_to_record(e.leak) AS l(severity text, category text, relation text, path text,
                findings bigint)
    ), refused AS (
        SELECT f.* FROM found f WHERE f.signed IS NULL
            AND (f.severity = 'blocking' AND f.category <> ALL (kept)
                 OR f.severity = 'review' AND 'review' = ANY (gates))
    ), hint AS (
        SELECT h.name, h.n, (SELECT max(v.signature) FROM valid v
            WHERE v.category = h.name AND v.relation = '' AND v.path = '' AND v.findings >= h.n)
            AS signed
        FROM (SELECT g, (hints -> g)::bigint FROM unnest(gates) g) AS h(name, n) WHERE h.n > 0
    )
    SELECT coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('severity', f.severity,
                   'category', f.category, 'relation', f.relation, 'path', f.path,
                   'findings', f.findings, 'signed', f.signed)) ORDER BY f.n) FROM found f), '[]'),
           coalesce((SELECT sum(f.findings) FROM refused f), 0),
           (SELECT string_agg(format('%s %s in %s at %s', f.findings, f.category, f.relation, f.path),
                '; ' ORDER BY f.findings DESC, f.relation, f.path)
            FROM (SELECT * FROM refused ORDER BY findings DESC LIMIT 20) f),
           (SELECT string_agg(h.n || ' ' || h.name, '; ' ORDER BY h.name) FROM hint h
            WHERE h.signed IS NULL),
           ARRAY(SELECT f.signed FROM found f WHERE f.signed IS NOT NULL
                 UNION SELECT h.signed FROM hint h WHERE h.signed IS NOT NULL ORDER BY 1)
    INTO judged, unsigned, unsigned_places, unsigned_hints, signatures;
END $$;

COMMENT ON FUNCTION _pgclinical.release_judge(text, text, text, text, text, jsonb, jsonb) IS
'the findings of a leak check with the signatures that cover them, how many findings stand in the way of publishing (and the first twenty places: counts, categories), which hints do, and the signatures that count';

REVOKE ALL ON FUNCTION _pgclinical.release_judge(text, text, text, text, text, jsonb, jsonb)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_judge(text, text, text, text, text, jsonb, jsonb)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.release_refuse(
    project bigint, policy_hash text, leak_check jsonb, hints jsonb
)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM _pgclinical.require_release();
    INSERT INTO pgclinical_crosswalk.refusal (project, policy_hash, leak_check, hints)
    VALUES (project, policy_hash, leak_check, hints);
END $$;
ALTER FUNCTION _pgclinical.release_refuse(bigint, text, jsonb, jsonb) OWNER TO pgclinical_owner;

COMMENT ON FUNCTION _pgclinical.release_refuse(bigint, text, jsonb, jsonb) IS
'keeps what a refused release found; works only below CALL pgclinical.release (42501)';

REVOKE ALL ON FUNCTION _pgclinical.release_refuse(bigint, text, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.release_refuse(bigint, text, jsonb, jsonb)
TO pgclinical_releaser;
