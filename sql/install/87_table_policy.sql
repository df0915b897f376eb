-- table policy: what copies and masking views hold of a table's columns, by the labels of the columns
--
--   SECURITY LABEL FOR pgclinical ON COLUMN visit.mrn IS 'action=code domain=Patient';
--
-- Labels are checked when they are written (src/deid/column.h), travel with the table and its dump,
-- and can be written by who owns the table.

-- Row functions.  They see their arguments alone and hold no secret, so everybody may call them.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_year(value date)
RETURNS int
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'deid_year_date';

COMMENT ON FUNCTION @extschema@.deid_year(date) IS
'the year of a date; NULL for NULL, infinity and years outside 1 to 9999';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_year(value timestamp)
RETURNS int
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'deid_year_timestamp';

COMMENT ON FUNCTION @extschema@.deid_year(timestamp) IS
'the year of a timestamp; NULL for NULL, infinity and years outside 1 to 9999';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_year(value text)
RETURNS int
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_year(text) IS
'the year of a date as FHIR (2020-03-04), HL7 v2 (20200304) or a timestamp writes it; NULL for NULL and any other text';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_day(value text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_day(text) IS
'a date as FHIR (2020-03-04), HL7 v2 (20200304) or a timestamp writes it, as YYYY-MM-DD, YYYY-MM or YYYY, so far as it says one; NULL for NULL and any other text; takes nothing away: what deid_year_rule and a person''s birthDate compare';

-- Not strict: birth and death may be unknown.
-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_year_rule(birth text, death text, reference_date date)
RETURNS int
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_year_rule(text, text, date) IS
'what a person''s dates say of a year (45 CFR 164.514(b)(2)(i)(C)): the last year that must not be written, negative for who is 90 or older at reference_date or at death; a birth or death that is NULL or no date is unknown; NULL without reference_date, 22023 when that is infinite';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_shift_date(value date, days int)
RETURNS date
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_shift_date(date, int) IS
'a date some days later; NULL for NULL, infinity and what is no date any more';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_shift_date(value timestamp, days int)
RETURNS timestamp
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'deid_shift_date_timestamp';

COMMENT ON FUNCTION @extschema@.deid_shift_date(timestamp, int) IS
'a timestamp some days later, its time of day kept; NULL for NULL and infinity';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_shift_date(value timestamptz, days int)
RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'deid_shift_date_timestamp';

COMMENT ON FUNCTION @extschema@.deid_shift_date(timestamptz, int) IS
'a moment so many times 24 hours later; NULL for NULL and infinity';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_shift_date(value text, days int)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'deid_shift_date_text';

COMMENT ON FUNCTION @extschema@.deid_shift_date(text, int) IS
'a date of FHIR or HL7 v2 some days later, in the same form (a month moves by its middle, a year stays); NULL for NULL and any other text';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_number(value numeric, digits int DEFAULT 6)
RETURNS numeric
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_number(numeric, int) IS
'a number of at most so many significant digits; NULL for NULL, NaN, infinity and longer ones: record and telephone numbers have seven and more';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_listed(value text, list text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_listed(text, text) IS
'a value of list state (USPS code or name, as code), country (ISO 3166), language (BCP 47), currency (ISO 4217) or zip (5 or 9 digits); NULL for NULL and what is not of it, and for another list';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_public_code(code text, system text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_public_code(text, text) IS
'a code of a public system (its URI), with its form and check digit where the system is too large to hold; NULL for NULL and anything else';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_generalize(value text, rules jsonb)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_generalize(text, jsonb) IS
'what rules {"map": {from: to}, "ranges": [{"from", "to", "value"}], "prefixes": [{"prefix", "keep", "append"}], "other": "keep" | "remove"} put in the place of value; NULL for NULL and where none fits';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_generalize(value numeric, rules jsonb)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'deid_generalize_numeric';

COMMENT ON FUNCTION @extschema@.deid_generalize(numeric, jsonb) IS
'the same for a number, with "bins": width (the lower end of its bin)';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_reads(document text, format text)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_reads(text, text) IS
'whether a text is a document that deid_safe_harbor (format ccda) or deid_x12 (x12) can read, which raise for any other; NULL for NULL; another format is 22023';

-- What only a release uses.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.patient_id_of(authority text, identifier text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.patient_id_of(text, text) IS
'the patient_id that a warehouse gives this number of this authority (name as in CX.4, OID or URI)';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_hash(value text, policy jsonb)
RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.column_hash(text, jsonb) IS
'HMAC-SHA256 of value for a policy, as apply_policy hashes ids; F0000 when the key file cannot be used';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_perturb(
    value float8, policy jsonb, place text, span float8, proportional boolean, digits int
)
RETURNS float8
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.column_perturb(float8, jsonb, text, float8, boolean, int) IS
'value moved by up to half of span (of itself, when proportional), the same for the same value in the same place, rounded; F0000 when the key file cannot be used';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_shift_days(policy jsonb, person text)
RETURNS int
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.column_shift_days(jsonb, text) IS
'by how many days a policy of expert determination moves the dates of a person; NULL for another mode; F0000 when the key file cannot be used';

-- C-CDA in columns of type text.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.deid_safe_harbor(
    document text, person jsonb, reference_date date, codes jsonb
)
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'deid_safe_harbor_xml';

COMMENT ON FUNCTION _pgclinical.deid_safe_harbor(text, jsonb, date, jsonb) IS
'deid_safe_harbor of a C-CDA document that is held as text';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.apply_policy(
    document text, policy jsonb, person jsonb, reference_date date, codes jsonb
)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'apply_policy_xml';

COMMENT ON FUNCTION _pgclinical.apply_policy(text, jsonb, jsonb, date, jsonb) IS
'pgclinical.apply_policy of a C-CDA document that is held as text';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.deid_references(
    document text, OUT domain text, OUT identifier text
)
RETURNS SETOF record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
AS 'MODULE_PATHNAME', 'deid_references_xml';

COMMENT ON FUNCTION _pgclinical.deid_references(text) IS
'deid_references of a C-CDA document that is held as text';

REVOKE ALL ON FUNCTION _pgclinical.patient_id_of(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_hash(text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_perturb(float8, jsonb, text, float8, boolean, int) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_shift_days(jsonb, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.deid_safe_harbor(text, jsonb, date, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.apply_policy(text, jsonb, jsonb, date, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.deid_references(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.patient_id_of(text, text),
    _pgclinical.column_hash(text, jsonb),
    _pgclinical.column_perturb(float8, jsonb, text, float8, boolean, int),
    _pgclinical.column_shift_days(jsonb, text),
    _pgclinical.deid_safe_harbor(text, jsonb, date, jsonb),
    _pgclinical.apply_policy(text, jsonb, jsonb, date, jsonb),
    _pgclinical.deid_references(text)
TO pgclinical_releaser;

-- Labels.

-- Stable: reads the catalog.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_type(type oid)
RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.column_type(oid) IS
'what a column of a type holds, below its domains, as labels see it: text, date, json, ..., other; [] behind it for an array';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_base_type(type oid)
RETURNS regtype
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.column_base_type(oid) IS
'the type below the domains of a type; of an array, of its elements';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.column_rule(label text, type text, mode text)
RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.column_rule(text, text, text) IS
'what a label says of a column of that type (_pgclinical.column_type) in a mode: {"action": text, parameters}, or {"refused": why}; another type or mode is 22023';

REVOKE ALL ON FUNCTION _pgclinical.column_type(oid) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_base_type(oid) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.column_rule(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.column_type(oid), _pgclinical.column_base_type(oid),
    _pgclinical.column_rule(text, text, text)
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_columns(
    relation regclass, mode text,
    OUT attnum int, OUT name text, OUT kind text, OUT base text, OUT rule jsonb
)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT a.attnum::int, a.attname::text, t.kind, _pgclinical.column_base_type(a.atttypid)::text,
           CASE WHEN l.label IS NULL THEN '{"refused": "It has no label."}'
               ELSE _pgclinical.column_rule(l.label, t.kind, mode) END
    FROM pg_attribute a
        CROSS JOIN LATERAL (SELECT _pgclinical.column_type(a.atttypid)) t(kind)
        LEFT JOIN pg_seclabel l ON l.provider = 'pgclinical' AND l.objoid = a.attrelid
            AND l.classoid = 'pg_class'::regclass AND l.objsubid = a.attnum
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum;
END $$;

COMMENT ON FUNCTION _pgclinical.table_columns(regclass, text) IS
'the columns of a table with the rules of their labels in a mode';

-- In a session that has not loaded the library, SECURITY LABEL does not know the provider; calling
-- this loads it.
-- Availability: 0.1.0
CREATE FUNCTION pgclinical.label_column(relation regclass, column_name name, label text)
RETURNS void
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF relation IS NULL OR column_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a label needs a table and a column';
    END IF;
    PERFORM _pgclinical.column_type('text'::regtype);
    EXECUTE format('SECURITY LABEL FOR pgclinical ON COLUMN %s.%I IS %L', relation, column_name, label);
END $$;

COMMENT ON FUNCTION pgclinical.label_column(regclass, name, text) IS
'SECURITY LABEL FOR pgclinical ON COLUMN relation.column_name IS label, in any session and over rows of a query; NULL takes the label away; the caller must own the table (42501); a label that is none, or does not fit the column, is 22023';

-- What no column alone can see.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_faults(relation regclass, columns jsonb, mode text)
RETURNS TABLE (name text, fault text)
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    patients bigint;
    persons bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = relation AND relkind IN ('r', 'p', 'm')
                       AND relpersistence <> 't') THEN
        RETURN QUERY SELECT NULL, 'It is no table: what recipients get is copied from tables.';
    ELSIF EXISTS (
        WITH RECURSIVE child AS (
            SELECT inhrelid FROM pg_inherits WHERE inhparent = relation
            UNION SELECT i.inhrelid FROM pg_inherits i JOIN child c ON i.inhparent = c.inhrelid)
        SELECT FROM child JOIN pg_class c ON c.oid = inhrelid WHERE c.relkind NOT IN ('r', 'p'))
    THEN
        RETURN QUERY SELECT NULL, 'One of its partitions or children is no table.';
    END IF;
    RETURN QUERY
    SELECT c.name, c.rule ->> 'refused'
    FROM jsonb_to_recordset(columns) AS c(name text, kind text, rule jsonb)
    WHERE c.rule ? 'refused';
    RETURN QUERY
    SELECT c.name, 'Parameter as_of names no column of dates or years that is copied.'
    FROM jsonb_to_recordset(columns) AS c(name text, kind text, rule jsonb)
    WHERE c.rule ? 'as_of' AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(columns) AS d(name text, kind text, rule jsonb)
        WHERE d.name = c.rule ->> 'as_of' AND d.name <> c.name
          AND d.kind IN ('date', 'timestamp', 'timestamptz', 'text', 'integer'));
    RETURN QUERY
    SELECT c.name, format('Another column has role %s as well.', c.rule ->> 'role')
    FROM jsonb_to_recordset(columns) AS c(name text, kind text, rule jsonb)
    WHERE c.rule ->> 'role' IN ('birth', 'death', 'person') AND EXISTS (
        SELECT FROM jsonb_to_recordset(columns) AS d(name text, kind text, rule jsonb)
        WHERE d.name <> c.name AND d.rule ->> 'role' = c.rule ->> 'role');
    SELECT count(*), count(*) FILTER (WHERE c.rule ->> 'role' = 'person') INTO patients, persons
    FROM jsonb_to_recordset(columns) AS c(name text, kind text, rule jsonb)
    WHERE c.rule ->> 'action' = 'code' AND c.rule ->> 'domain' = 'Patient';
    IF patients > 1 AND persons = 0 THEN
        RETURN QUERY
        SELECT c.name, 'Which patient a row is about, role=person must say.'
        FROM jsonb_to_recordset(columns) AS c(name text, kind text, rule jsonb)
        WHERE c.rule ->> 'action' = 'code' AND c.rule ->> 'domain' = 'Patient';
    END IF;
    IF patients = 0 AND mode = 'expert_determination' THEN
        RETURN QUERY
        SELECT c.name, 'It takes a column of the row''s patient: action=code domain=Patient.'
        FROM jsonb_to_recordset(columns) AS c(name text, kind text, rule jsonb)
        WHERE c.rule ->> 'action' IN ('date_shift', 'scrub', 'format');
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.table_faults(regclass, jsonb, text) IS
'why a table with these columns cannot be copied in a mode: per column (NULL: the table itself)';

REVOKE ALL ON FUNCTION pgclinical.label_column(regclass, name, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.label_column(regclass, name, text)
TO pgclinical_releaser, pgclinical_etl;
REVOKE ALL ON FUNCTION _pgclinical.table_columns(regclass, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_faults(regclass, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.table_columns(regclass, text),
    _pgclinical.table_faults(regclass, jsonb, text)
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.table_policy(
    relation regclass, policy text DEFAULT 'safe_harbor',
    OUT column_name text, OUT type text, OUT action text, OUT parameters jsonb, OUT refused text
)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mode text := _pgclinical.policy_mode(pgclinical.policy_document(policy));
    columns jsonb;
BEGIN
    SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.attnum), '[]') INTO columns
    FROM _pgclinical.table_columns(relation, mode) c;
    RETURN QUERY
    SELECT c.name, c.kind, c.rule ->> 'action', c.rule - 'action' - 'refused', f.fault
    FROM jsonb_to_recordset(columns) AS c(attnum int, name text, kind text, rule jsonb)
        -- Last, without a column: what is wrong with the table itself.
        FULL JOIN (SELECT x.name, string_agg(x.fault, ' ' ORDER BY x.fault) AS fault
                   FROM _pgclinical.table_faults(relation, columns, mode) x GROUP BY x.name) f
            ON f.name = c.name
    ORDER BY c.attnum;
END $$;

COMMENT ON FUNCTION pgclinical.table_policy(regclass, text) IS
'what a copy of a table under a policy holds of each column by its label (SECURITY LABEL FOR pgclinical ON COLUMN ...): action and parameters, or in refused why the table cannot be released (a column without a label, an action that the type or the mode does not take); a row without column_name is about the table itself; an unknown policy is 22023';

REVOKE ALL ON FUNCTION pgclinical.table_policy(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.table_policy(regclass, text)
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_plan(tables regclass[], policy text)
RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mode text := _pgclinical.policy_mode(pgclinical.policy_document(policy));
    plan jsonb := '[]';
    said text;
    relation regclass;
    columns jsonb;
BEGIN
    IF cardinality(tables) = 0 OR cardinality(tables) > 1000 OR array_position(tables, NULL) IS NOT NULL
        OR (SELECT count(DISTINCT c.relname) <> count(*)
            FROM unnest(tables) x JOIN pg_class c ON c.oid = x) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'tables must be different tables of different names',
            DETAIL = '1 to 1000 of them; the copies bear their names in one schema.';
    END IF;
    FOREACH relation IN ARRAY tables LOOP
        SELECT coalesce(jsonb_agg(to_jsonb(c) - 'attnum' ORDER BY c.attnum), '[]') INTO columns
        FROM _pgclinical.table_columns(relation, mode) c;
        SELECT string_agg(CASE WHEN f.name IS NULL THEN f.fault
                              ELSE format('Column "%s": %s', f.name, f.fault) END, ' '
                          ORDER BY f.name NULLS FIRST, f.fault)
        INTO said FROM _pgclinical.table_faults(relation, columns, mode) f;
        IF NOT EXISTS (SELECT FROM jsonb_to_recordset(columns) AS c(rule jsonb)
                       WHERE c.rule ->> 'action' <> 'remove') THEN
            said := concat_ws(' ', said, 'Nothing of it would be copied.');
        END IF;
        IF said IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('table "%s" cannot be released under this policy', relation),
                DETAIL = left(said, 2000),
                HINT = 'See SELECT * FROM pgclinical.table_policy(table, policy).';
        END IF;
        plan := plan || jsonb_build_array(jsonb_build_object(
            'oid', relation::oid::bigint, 'source', relation::text,
            'name', (SELECT c.relname FROM pg_class c WHERE c.oid = relation), 'columns', columns));
    END LOOP;
    RETURN plan;
END $$;

COMMENT ON FUNCTION _pgclinical.table_plan(regclass[], text) IS
'the tables with the rules of their columns under a policy; 55000 with the columns that refuse it';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_plan_hash(plan jsonb, policy text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    said text;
BEGIN
    -- By names, not by numbers: the same after a dump and restore.
    SELECT string_agg((x.t - 'oid')::text, E'\n' ORDER BY x.t ->> 'source' COLLATE "C") INTO said
    FROM jsonb_array_elements(plan) AS x(t);
    RETURN encode(sha256(convert_to(pgclinical.policy_hash(policy) || E'\n' || said
        || CASE WHEN jsonb_path_exists(plan, '$[*].columns[*].rule ? (@.action == "scrub")')
               THEN _pgclinical.scrubber_version() ELSE '' END, 'UTF8')), 'hex');
END $$;

COMMENT ON FUNCTION _pgclinical.table_plan_hash(jsonb, text) IS
'pgclinical.table_policy_hash of tables whose plan under the policy is this';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.table_policy_hash(tables regclass[], policy text DEFAULT 'safe_harbor')
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
BEGIN ATOMIC
    SELECT _pgclinical.table_plan_hash(_pgclinical.table_plan(tables, policy), policy);
END;

COMMENT ON FUNCTION pgclinical.table_policy_hash(regclass[], text) IS
'SHA-256 (hexadecimal) of a policy and of the labels of these tables as this version applies them, and, where a label scrubs text, of the scrubber''s version: an attestation of a release of tables names it; 55000 when one of them cannot be released';

REVOKE ALL ON FUNCTION _pgclinical.table_plan(regclass[], text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_plan_hash(jsonb, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.table_policy_hash(regclass[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.table_plan(regclass[], text),
    _pgclinical.table_plan_hash(jsonb, text),
    pgclinical.table_policy_hash(regclass[], text)
TO pgclinical_releaser, pgclinical_auditor, pgclinical_etl;
