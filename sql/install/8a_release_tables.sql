-- release tables: the verb; and the masking view for those who may see the table itself

-- Copies carry the reference date of the project's resources, where it has any: two dates would
-- let somebody turn 90 in between.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_reference_date(warehouse text, target text, reference_date date)
RETURNS date
LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    released date;
BEGIN
    SELECT m.reference_date INTO released
    FROM pgclinical_crosswalk.manifest m JOIN pgclinical_crosswalk.project p USING (project)
    WHERE p.warehouse = $1 AND p.target = $2 AND m.retracted_at IS NULL AND NOT m.counts ? '(tables)'
    ORDER BY m.manifest DESC LIMIT 1;
    IF released <> reference_date AND EXISTS (SELECT FROM pg_class
            WHERE relnamespace = to_regnamespace(quote_ident(target)) AND relkind = 'r'
              AND obj_description(oid, 'pg_class') LIKE 'pgclinical release %') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('resources of this project were released as of %s', to_char(released, 'YYYY-MM-DD')),
            HINT = 'Release them at the other date first.';
    END IF;
    RETURN coalesce(reference_date, released, transaction_timestamp()::date);
END $$;

COMMENT ON FUNCTION _pgclinical.table_reference_date(text, text, date) IS
'the reference date of a release of tables: that of the project''s resources; 22023 for another one while they are published';

-- One statement holds all of them: what stands in it cannot change before the copy.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_lock(tables regclass[])
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE (SELECT format('LOCK TABLE %s IN ACCESS SHARE MODE', string_agg(x::text, ', '))
             FROM unnest(tables) AS t(x) JOIN pg_class c ON c.oid = t.x WHERE c.relkind IN ('r', 'p'));
END $$;

COMMENT ON FUNCTION _pgclinical.table_lock(regclass[]) IS
'keeps the definitions of tables as they are until the transaction ends';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.table_publish(
    project bigint, stage text, target text, recipient name, remark text
)
RETURNS void
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mark text := format('%%; project %s', project);
    t record;
BEGIN
    remark := format('%s; project %s', remark, project);
    IF to_regnamespace(quote_ident(target)) IS NULL THEN
        PERFORM _pgclinical.release_schema(target);
        EXECUTE format('COMMENT ON SCHEMA %I IS %L', target, remark);
    ELSIF obj_description(to_regnamespace(quote_ident(target)), 'pg_namespace') LIKE mark IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_schema',
            MESSAGE = format('schema "%s" exists and is not this project''s', target);
    END IF;
    -- The copies of a project are one set.
    PERFORM _pgclinical.release_drop(project, target, 'pgclinical copy of a table');
    -- Before they move: what earlier readers of the target had stays.
    PERFORM _pgclinical.release_revoke(stage);
    FOR t IN SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = to_regnamespace(quote_ident(stage)) AND c.relkind = 'r' ORDER BY c.oid
    LOOP
        IF to_regclass(format('%I.%I', target, t.relname)) IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'duplicate_table',
                MESSAGE = format('relation "%s" exists in schema "%s" and is no earlier copy', t.relname, target);
        END IF;
        EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', stage, t.relname, target);
        EXECUTE format('COMMENT ON TABLE %I.%I IS %L', target, t.relname, remark);
    END LOOP;
    EXECUTE format('DROP SCHEMA %I', stage);
    IF recipient IS NOT NULL THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', target, recipient);
        EXECUTE (SELECT format('GRANT SELECT ON %s TO %I',
                     string_agg(format('%I.%I', target, c.relname), ', '), recipient)
                 FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(target))
                   AND c.relkind = 'r' AND obj_description(c.oid, 'pg_class') = remark);
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.table_publish(bigint, text, text, name, text) IS
'moves the copies of schema stage into the project''s schema target in place of its earlier copies, with comments and grants; 42P06 when the schema, 42P07 when a table of that name is something else';

REVOKE ALL ON FUNCTION _pgclinical.table_reference_date(text, text, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_lock(regclass[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.table_publish(bigint, text, text, name, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.table_reference_date(text, text, date),
    _pgclinical.table_lock(regclass[]), _pgclinical.table_publish(bigint, text, text, name, text)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.attest(
    warehouse text, target text, policy text, statement text, tables regclass[]
)
RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME', 'attest_tables';

COMMENT ON FUNCTION pgclinical.attest(text, text, text, text, regclass[]) IS
'the same about releasing copies of these tables to target: release_tables asks for one of the same tables whose labels and policy have not changed since; 55000 when one of them cannot be released';

REVOKE ALL ON FUNCTION pgclinical.attest(text, text, text, text, regclass[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.attest(text, text, text, text, regclass[]) TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.sign_finding(
    warehouse text, target text, policy text, category text, relation text, path text,
    findings bigint, reason text, tables regclass[]
)
RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME', 'sign_finding_tables';

COMMENT ON FUNCTION
pgclinical.sign_finding(text, text, text, text, text, text, bigint, text, regclass[]) IS
'the same for releases of copies of these tables: the signature holds for the policy and the labels of the tables as they are now, and counts in release_tables alone; relation and path are a copy and its column; 55000 when one of the tables cannot be released';

REVOKE ALL ON FUNCTION
pgclinical.sign_finding(text, text, text, text, text, text, bigint, text, regclass[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
pgclinical.sign_finding(text, text, text, text, text, text, bigint, text, regclass[])
TO pgclinical_releaser;

-- As release_steps (82): copies, leak check and publication are one transaction under one snapshot.
-- Availability: 0.1.0
CREATE PROCEDURE _pgclinical.release_tables_steps(
    warehouse text, target text, tables regclass[], policy text, reference_date date, recipient name
)
LANGUAGE plpgsql
AS $$
DECLARE
    plan pg_catalog.jsonb;
    context pg_catalog.jsonb;
    hash pg_catalog.text;
    project pg_catalog.record;
    work pg_catalog.text;
    stage pg_catalog.text;
    codes pg_catalog.int8;
    one pg_catalog.jsonb;
    counts pg_catalog.jsonb := '{}';
    rows pg_catalog.int8 := 0;
    leaks pg_catalog.jsonb;
    verdict pg_catalog.record;
    manifest pg_catalog.int8;
BEGIN
    PERFORM _pgclinical.release_check(warehouse, target, policy, recipient);
    IF tables IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'tables must be stated';
    END IF;
    hash := pgclinical.table_policy_hash(tables, policy);
    PERFORM _pgclinical.release_open(warehouse, target, policy, hash, recipient);
    reference_date := _pgclinical.table_reference_date(warehouse, target, reference_date);
    PERFORM _pgclinical.audit_event('release', warehouse, target, NULL, pg_catalog.jsonb_build_object(
        'state', 'started', 'policy', policy, 'policy_hash', hash, 'tables', pg_catalog.cardinality(tables)));
    COMMIT;

    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    PERFORM _pgclinical.table_lock(tables);
    -- Once more, for what changed in between: the attestation must be of this.
    plan := _pgclinical.table_plan(tables, policy);
    PERFORM _pgclinical.table_links_check(plan);
    hash := _pgclinical.table_plan_hash(plan, policy);
    plan := _pgclinical.table_numbered(plan);
    project := _pgclinical.release_open(warehouse, target, policy, hash, recipient);
    work := pg_catalog.format('pgclinical_work_%s', project.project);
    stage := pg_catalog.format('pgclinical_stage_%s', project.project);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    PERFORM pg_catalog.set_config('parallel_setup_cost', '0', true);
    PERFORM pg_catalog.set_config('parallel_tuple_cost', '0', true);
    PERFORM pg_catalog.set_config('min_parallel_table_scan_size', '128kB', true);
    context := _pgclinical.table_context(policy, reference_date);
    PERFORM _pgclinical.release_schema(work);
    PERFORM _pgclinical.release_schema(stage);
    FOR one IN SELECT t.t FROM pg_catalog.jsonb_array_elements(plan) AS t(t) LOOP
        PERFORM _pgclinical.table_documents(one, work);
    END LOOP;
    codes := _pgclinical.table_keys(plan, warehouse, work, project.project);
    PERFORM _pgclinical.audit_event('crosswalk', warehouse, target, codes,
        pg_catalog.jsonb_build_object('project', project.project));
    PERFORM _pgclinical.table_persons(plan, warehouse, work, context);
    FOR one IN SELECT t.t FROM pg_catalog.jsonb_array_elements(plan) AS t(t) LOOP
        counts := counts OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(one OPERATOR(pg_catalog.->>) 'name',
            _pgclinical.table_stage(one, work, stage, context));
        rows := rows OPERATOR(pg_catalog.+)
            (counts OPERATOR(pg_catalog.#>>) ARRAY[one OPERATOR(pg_catalog.->>) 'name', 'rows'])::pg_catalog.int8;
    END LOOP;
    PERFORM _pgclinical.table_constraints(plan, stage);
    PERFORM _pgclinical.release_clear(work);

    SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(l)), '[]'::pg_catalog.jsonb) INTO leaks
    FROM _pgclinical.table_identifiers(plan) i,
        _pgclinical.leak_check_tables(stage, warehouse, i.queries, i.categories) l;
    -- Who stands out is counted of resources alone.
    verdict := _pgclinical.release_judge(warehouse, target, policy, hash,
        context OPERATOR(pg_catalog.->>) 'mode', leaks, '{}');
    leaks := verdict.judged;
    IF verdict.unsigned OPERATOR(pg_catalog.>) 0 THEN
        ROLLBACK;
        PERFORM _pgclinical.release_refuse(project.project, hash, leaks, '{}');
        PERFORM _pgclinical.audit_event('release', warehouse, target, verdict.unsigned,
            pg_catalog.jsonb_build_object('state', 'refused', 'policy', policy));
        COMMIT;
        RAISE EXCEPTION USING ERRCODE = 'data_exception',
            MESSAGE = pg_catalog.format('release refused: %s residual identifiers', verdict.unsigned),
            DETAIL = verdict.unsigned_places, HINT = 'Nothing was published.';
    END IF;

    PERFORM _pgclinical.table_publish(project.project, stage, target, project.recipient_now,
        pg_catalog.format('pgclinical copy of a table by policy %s (%s): transformations applied, residual'
            ' scan without blocking finding; reference date, counts by column and findings for review in'
            ' pgclinical_crosswalk.manifest', policy, hash));
    manifest := _pgclinical.release_close(project.project, project.attestation, policy, hash, reference_date,
        pg_catalog.jsonb_build_object('(tables)', counts), leaks,
        pg_catalog.jsonb_build_object('signatures', verdict.signatures));
    PERFORM _pgclinical.audit_event('release', warehouse, target, rows, pg_catalog.jsonb_build_object(
        'state', 'published', 'policy', policy, 'policy_hash', hash, 'manifest', manifest,
        'reference_date', reference_date, 'tables', pg_catalog.cardinality(tables),
        'review', pg_catalog.jsonb_array_length(leaks)));
    COMMIT;
    RAISE NOTICE 'released % rows of % tables to schema "%", % places for review', rows,
        pg_catalog.cardinality(tables), target, pg_catalog.jsonb_array_length(leaks);
END $$;

COMMENT ON PROCEDURE _pgclinical.release_tables_steps(text, text, regclass[], text, date, name) IS
'what pgclinical.release_tables does; works only below it';

REVOKE ALL ON PROCEDURE _pgclinical.release_tables_steps(text, text, regclass[], text, date, name) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE _pgclinical.release_tables_steps(text, text, regclass[], text, date, name)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE PROCEDURE pgclinical.release_tables(
    warehouse text, target text, tables regclass[], policy text DEFAULT 'safe_harbor',
    reference_date date DEFAULT NULL, recipient name DEFAULT NULL
)
LANGUAGE C
AS 'MODULE_PATHNAME';

COMMENT ON PROCEDURE pgclinical.release_tables(text, text, regclass[], text, date, name) IS
'publishes copies of labelled tables in schema target of the project (warehouse, target), in place of its earlier copies, or nothing at all: a column without a label refuses it (55000), a residual identifier as well (22000); patients get the codes they have in the project''s resources; needs an attestation of these tables (pgclinical.attest) and a crosswalk key; reference_date defaults to that of the project''s resources, else today; the rest as pgclinical.release';

REVOKE ALL ON PROCEDURE pgclinical.release_tables(text, text, regclass[], text, date, name) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE pgclinical.release_tables(text, text, regclass[], text, date, name)
TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.receives_releases(role name)
RETURNS boolean
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM pgclinical_crosswalk.project p
                   WHERE to_regrole(quote_ident(p.recipient)) IS NOT NULL
                     AND pg_has_role(role, p.recipient, 'MEMBER'));
END $$;
ALTER FUNCTION _pgclinical.receives_releases(name) OWNER TO pgclinical_owner;

COMMENT ON FUNCTION _pgclinical.receives_releases(name) IS
'whether a role is, or is a member of, the recipient of a project';

REVOKE ALL ON FUNCTION _pgclinical.receives_releases(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.receives_releases(name) TO pgclinical_etl, pgclinical_releaser;

-- A view is computed from the table each time, with its reader's rights: who reads it may see the
-- table.  It spares people from seeing what they do not need; it releases nothing.
-- Availability: 0.1.0
CREATE FUNCTION pgclinical.create_masking_view(
    relation regclass, name text, policy text DEFAULT 'safe_harbor', readers name[] DEFAULT NULL
)
RETURNS regclass
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t jsonb;
    x jsonb;
    f record;
    shown text;
    refused text;
    texts text;
    parts text[] := parse_ident(name);
    reader name;
    made regclass;
BEGIN
    IF relation IS NULL OR policy IS NULL OR coalesce(cardinality(parts), 0) <> 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a masking view needs a table, a policy and a name with its schema';
    END IF;
    FOREACH reader IN ARRAY coalesce(readers, '{}') LOOP
        IF to_regrole(quote_ident(reader)) IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('role "%s" does not exist', reader);
        ELSIF _pgclinical.receives_releases(reader) THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = format('role "%s" receives releases and gets no view of a table with patients', reader),
                HINT = 'Recipients get copies: CALL pgclinical.release_tables(...).';
        ELSIF NOT has_table_privilege(reader, relation, 'SELECT') THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = format('role "%s" may not see the table itself', reader),
                HINT = 'A masking view is for those who may.';
        END IF;
    END LOOP;
    t := _pgclinical.table_numbered(_pgclinical.table_plan(ARRAY[relation], policy)) -> 0;
    x := _pgclinical.table_context(policy, CURRENT_DATE) || jsonb_build_object('view', true,
        'reference', 'CURRENT_DATE', 'year', 'date_part(''year'', CURRENT_DATE)::int');
    SELECT string_agg(format('"%s"', c.c ->> 'name'), ', ') FILTER (
               WHERE c.c #>> '{rule,action}' IN ('hash', 'perturb', 'date_shift', 'scrub')
                  OR c.c #>> '{rule,action}' = 'format' AND NOT (x ->> 'plain')::boolean),
           -- What de-identifies them as text is a release's alone.
           string_agg(format('"%s"', c.c ->> 'name'), ', ') FILTER (
               WHERE c.c #>> '{rule,format}' = 'ccda' AND c.c ->> 'kind' = 'text')
    INTO refused, texts
    FROM jsonb_array_elements(t -> 'columns') AS c(c);
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = 'actions under the crosswalk''s key, and documents by another policy than safe_harbor, have no place in a view',
            DETAIL = format('Columns %s.', refused);
    ELSIF texts IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = 'a view shows C-CDA documents of type xml, none that are held as text',
            DETAIL = format('Columns %s.', texts);
    END IF;
    f := _pgclinical.table_from(t, 'none', x);
    SELECT string_agg(format('%s AS %I', _pgclinical.column_sql(c.c, t -> 'columns', f.context), c.c ->> 'name'),
                      ', ' ORDER BY c.n)
    INTO shown
    FROM jsonb_array_elements(t -> 'columns') WITH ORDINALITY AS c(c, n)
    -- No code outside a release.
    WHERE c.c #>> '{rule,action}' NOT IN ('remove', 'code');
    IF shown IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'nothing of the table would be shown';
    END IF;
    EXECUTE format('CREATE VIEW %I.%I WITH (security_barrier = true, security_invoker = true) AS SELECT %s FROM %s',
        parts[1], parts[2], shown, f.source);
    made := format('%I.%I', parts[1], parts[2])::regclass;
    EXECUTE format('COMMENT ON VIEW %s IS %L', made, format(
        'pgclinical masking view by policy %s: read with the reader''s own rights on %s; no release', policy, relation));
    FOREACH reader IN ARRAY coalesce(readers, '{}') LOOP
        EXECUTE format('GRANT SELECT ON %s TO %I', made, reader);
    END LOOP;
    RETURN made;
END $$;

COMMENT ON FUNCTION pgclinical.create_masking_view(regclass, text, text, name[]) IS
'a view (name with its schema) of what the labels leave of a table under a policy, without codes, today as its reference date: for roles that may see the table, with whose own rights it is read (security_invoker, security_barrier); readers get SELECT; 42501 for a reader who receives releases or may not see the table, 55000 for a column without a label, 0A000 for actions under the crosswalk''s key, for documents under another policy than safe_harbor and for C-CDA documents held as text';

REVOKE ALL ON FUNCTION pgclinical.create_masking_view(regclass, text, text, name[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.create_masking_view(regclass, text, text, name[])
TO pgclinical_etl, pgclinical_releaser;
