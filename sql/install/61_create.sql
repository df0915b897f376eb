-- create: what a site configures in a warehouse, and making and dropping one

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.mapping_rows(warehouse text, this_feed bigint)
RETURNS jsonb
LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    RETURN (SELECT jsonb_agg(jsonb_build_object(
                       'map', m.map, 'source', m.source, 'target', m.target,
                       'datatype', m.datatype, 'condition', m.condition,
                       'vocabulary', m.vocabulary, 'constant', m.constant)
                       ORDER BY m.map, m.source, m.target)
            FROM (SELECT DISTINCT ON (m.map, m.source, m.target) m.* FROM mapping m
                  WHERE m.feed IS NULL OR m.feed = this_feed
                  ORDER BY m.map, m.source, m.target, m.feed NULLS LAST) m);
END $$;

COMMENT ON FUNCTION _pgclinical.mapping_rows(text, bigint) IS
'the rows of a warehouse''s table mapping as option mapping, those of this feed before those of every feed; feed NULL: only the latter; NULL when there are none';

REVOKE ALL ON FUNCTION _pgclinical.mapping_rows(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.mapping_rows(text, bigint) TO pgclinical_etl;

-- Rows lean on each other (a data type map of the site's own), so a statement is judged by the whole
-- overlay that it leaves behind, of every feed.  Otherwise a bad row would stop each message of the
-- next run.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.check_mapping()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    of_feed bigint;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(TG_TABLE_SCHEMA), true);
    FOR of_feed IN SELECT NULL UNION SELECT m.feed FROM mapping m ORDER BY 1 NULLS FIRST LOOP
        PERFORM _pgclinical.check_convert_options(jsonb_strip_nulls(jsonb_build_object(
            'mapping', _pgclinical.mapping_rows(TG_TABLE_SCHEMA, of_feed))));
    END LOOP;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION _pgclinical.check_mapping() IS
'trigger function of a warehouse''s table mapping: refuses a statement with 22023 when the rows it leaves cannot be used; the detail names the row, the column and the rule';

REVOKE ALL ON FUNCTION _pgclinical.check_mapping() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.check_mapping() TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.create_configuration_tables(warehouse text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('search_path', format('%I, pg_temp', warehouse), true);

    CREATE TABLE code_map (
        code_map    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind        text NOT NULL,
        feed        bigint REFERENCES feed,
        source_code text NOT NULL,
        code        text NOT NULL,
        system      text,
        display     text,
        note        text,
        added       timestamptz NOT NULL DEFAULT now(),
        UNIQUE NULLS NOT DISTINCT (kind, feed, source_code)
    );
    COMMENT ON TABLE code_map IS
    'a site''s local codes (kind: gender, encounter-class, unit, observation, ...) and the codes they stand for; feed NULL: of every feed that has no row of its own';

    CREATE TABLE unit_alias (
        unit_alias bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        feed       bigint REFERENCES feed,
        alias      text NOT NULL,
        ucum       text NOT NULL,
        UNIQUE NULLS NOT DISTINCT (feed, alias)
    );
    COMMENT ON TABLE unit_alias IS
    'a site''s spellings of units and the UCUM units they stand for; they join the code map as kind unit';

    CREATE TABLE mapping (
        mapping    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        feed       bigint REFERENCES feed,
        map        text NOT NULL,
        source     text NOT NULL,
        target     text NOT NULL,
        datatype   text NOT NULL DEFAULT '',
        condition  text NOT NULL DEFAULT '',
        vocabulary text NOT NULL DEFAULT '',
        constant   text NOT NULL DEFAULT '',
        note       text,
        UNIQUE NULLS NOT DISTINCT (feed, map, source, target)
    );
    COMMENT ON TABLE mapping IS
    'a site''s overlay over the shipped mapping rows: one with the same map, source and target replaces it, others are added; feed NULL: for every feed; rows that cannot be used are refused';
    CREATE TRIGGER check_mapping AFTER INSERT OR UPDATE OR DELETE ON mapping
        FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.check_mapping();

    CREATE TABLE expectation (
        expectation text PRIMARY KEY,
        query       text NOT NULL,
        threshold   bigint NOT NULL DEFAULT 0,
        description text,
        added       timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE expectation IS
    'what a site expects of its data: a query, run with the warehouse in search_path, whose rows are the exceptions; more than threshold of them fail it';

    CREATE TABLE expectation_result (
        expectation_result bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        expectation text NOT NULL REFERENCES expectation ON UPDATE CASCADE ON DELETE CASCADE,
        checked     timestamptz NOT NULL DEFAULT clock_timestamp(),
        exceptions  bigint,
        passed      boolean NOT NULL,
        sqlstate    text
    );
    COMMENT ON TABLE expectation_result IS
    'what pgclinical.check_expectations found, and when';
END $$;

COMMENT ON FUNCTION _pgclinical.create_configuration_tables(text) IS
'makes the tables a site fills: code_map, unit_alias, mapping, expectation';

REVOKE ALL ON FUNCTION _pgclinical.create_configuration_tables(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.create_configuration_tables(text) TO pgclinical_etl;

-- Months begin in UTC, so that every session makes the same partitions.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.make_record_partitions(warehouse text, months int)
RETURNS int
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    month timestamptz;
    leaf text;
    taken boolean;
    made int := 0;
BEGIN
    FOR month IN
        SELECT generate_series(date_trunc('month', now()),
                               date_trunc('month', now()) + make_interval(months => months),
                               interval '1 month')
    LOOP
        leaf := to_char(month, '"record_"YYYY_MM');
        CONTINUE WHEN to_regclass(format('%I.%I', warehouse, leaf)) IS NOT NULL;
        -- Records that the default partition has already taken stay there: a partition is only
        -- made where it takes none of them.
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.record_default'
                       ' WHERE received >= $1 AND received < $1 + interval ''1 month'')', warehouse)
            INTO taken USING month;
        CONTINUE WHEN taken;
        EXECUTE format('CREATE TABLE %I.%I PARTITION OF %I.record FOR VALUES FROM (%L) TO (%L)',
                       warehouse, leaf, warehouse, month, month + interval '1 month');
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

COMMENT ON FUNCTION _pgclinical.make_record_partitions(text, int) IS
'makes the missing monthly partitions of record, for this month and so many months ahead; returns how many it made';

REVOKE ALL ON FUNCTION _pgclinical.make_record_partitions(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.make_record_partitions(text, int) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.create_warehouse(name text)
RETURNS regnamespace
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
BEGIN
    -- A longer name would be cut and later not be found again.
    IF octet_length(name) > 63 OR name = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_name',
            MESSAGE = 'the name of a warehouse must have 1 to 63 bytes';
    END IF;
    IF _pgclinical.is_warehouse(name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_schema',
            MESSAGE = format('warehouse "%s" already exists', name);
    END IF;
    EXECUTE format('CREATE SCHEMA %I', name);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', name, 'pgclinical warehouse');
    PERFORM _pgclinical.create_arrival_tables(name);
    PERFORM _pgclinical.create_resource_tables(name);
    PERFORM _pgclinical.create_configuration_tables(name);
    PERFORM _pgclinical.make_record_partitions(name, 3);
    EXECUTE format('INSERT INTO %I.schema_version (version)'
                   ' SELECT extversion FROM pg_extension WHERE extname = ''pgclinical''', name);
    PERFORM _pgclinical.attach_audit(name);
    PERFORM _pgclinical.audit_event('create', name);
    RETURN quote_ident(name)::regnamespace;
END $$;

COMMENT ON FUNCTION pgclinical.create_warehouse(text) IS
'makes a warehouse: a schema of this name with plain tables, all owned by the caller, who needs CREATE on the database and membership in pgclinical_etl; 42P06 when the schema exists';

REVOKE ALL ON FUNCTION pgclinical.create_warehouse(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.create_warehouse(text) TO pgclinical_etl;

-- Dropping the only copy of received records is not undone by anything: the caller says the name
-- twice, unless nothing has been loaded.
-- Availability: 0.1.0
CREATE FUNCTION pgclinical.drop_warehouse(name text, confirm text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
    loaded boolean;
BEGIN
    PERFORM _pgclinical.warehouse_path(name);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.record)', name) INTO loaded;
    IF loaded AND confirm IS DISTINCT FROM name THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('warehouse "%s" holds records', name),
            DETAIL = 'Its records, resources and history would be gone.',
            HINT = 'Say its name again: drop_warehouse(name, confirm => name).';
    END IF;
    PERFORM _pgclinical.audit_event('drop', name);
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
END $$;

COMMENT ON FUNCTION pgclinical.drop_warehouse(text, text) IS
'drops a warehouse with all that depends on it; one that holds records only when confirm repeats its name (2BP01 otherwise); its audit trail stays; only its owner can';

REVOKE ALL ON FUNCTION pgclinical.drop_warehouse(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.drop_warehouse(text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.check_expectations(
    warehouse text, OUT expectation text, OUT exceptions bigint, OUT passed boolean,
    OUT sqlstate text
)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    expected record;
    failure text;  -- in a handler, sqlstate is the handler's own
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    FOR expected IN SELECT e.* FROM expectation e ORDER BY e.expectation LOOP
        expectation := expected.expectation;
        exceptions := NULL;
        failure := NULL;
        BEGIN
            EXECUTE format('SELECT count(*) FROM (%s) exception', expected.query) INTO exceptions;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS failure = RETURNED_SQLSTATE;
        END;
        sqlstate := failure;
        passed := coalesce(exceptions <= expected.threshold, false);
        INSERT INTO expectation_result (expectation, exceptions, passed, sqlstate)
        VALUES (expected.expectation, check_expectations.exceptions, check_expectations.passed,
                check_expectations.sqlstate);
        RETURN NEXT;
    END LOOP;
END $$;

COMMENT ON FUNCTION pgclinical.check_expectations(text) IS
'runs the queries of the warehouse''s expectations with the caller''s rights, keeps and returns how many exceptions each has; a query that fails fails its expectation, with the SQLSTATE';

REVOKE ALL ON FUNCTION pgclinical.check_expectations(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.check_expectations(text) TO pgclinical_etl;
