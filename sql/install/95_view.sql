-- view: SQL views, and tables that refresh themselves by what changed, from ViewDefinitions

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.make_view(target_schema name, name name, view jsonb, source regclass, materialized boolean)
RETURNS regclass
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    holder record;
    one_type boolean;
    made text := format('%I.%I', target_schema, name);
    seen text := format('%I.%I', target_schema, name || '_refresh');
    query text := format('%I.%I', target_schema, name || '_query');
BEGIN
    SELECT n.nspname, c.relname, c.relkind INTO holder
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = source;
    IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = source AND a.attname = 'resource'
                   AND a.atttypid = 'jsonb'::regtype AND NOT a.attisdropped) THEN
        RAISE EXCEPTION 'the source of a view needs a column resource of type jsonb'
            USING ERRCODE = 'undefined_column';
    END IF;
    -- A leaf of a warehouse holds its type alone.
    one_type := _pgclinical.is_warehouse(holder.nspname)
        AND holder.relname = _pgclinical.leaf_name(view ->> 'resource') AND holder.relkind IN ('r', 'p');

    IF NOT materialized THEN
        EXECUTE format('CREATE VIEW %s WITH (security_invoker = true) AS %s', made,
                       _pgclinical.view_query(view, source::text, one_type, ''));
        RETURN made::regclass;
    END IF;

    IF holder.relkind NOT IN ('r', 'p', 'm') THEN
        RAISE EXCEPTION 'a view that is kept as a table needs a table as its source'
            USING ERRCODE = 'wrong_object_type';
    END IF;
    -- A version of a row is known by where it lies and who wrote it.
    EXECUTE format('CREATE TABLE %s (source_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,'
                   ' relation oid NOT NULL, place tid NOT NULL, writer bigint NOT NULL,'
                   ' UNIQUE (relation, place, writer))', seen);
    EXECUTE format('CREATE VIEW %s WITH (security_invoker = true) AS %s', query,
                   _pgclinical.view_query(
                       view,
                       format('(SELECT t.resource, r.source_row FROM %s t JOIN %s r'
                              ' ON r.relation = t.tableoid AND r.place = t.ctid'
                              ' AND r.writer = t.xmin::text::bigint)', source, seen),
                       one_type, ', s.source_row'));
    EXECUTE format('CREATE TABLE %s AS SELECT * FROM %s WITH NO DATA', made, query);
    EXECUTE format('CREATE INDEX ON %s (source_row)', made);
    EXECUTE format('COMMENT ON TABLE %s IS %L', made,
                   'rows of a ViewDefinition, brought up to date by pgclinical.refresh_view; source_row: of '
                   || name || '_refresh');
    EXECUTE format('COMMENT ON TABLE %s IS %L', seen,
                   'versions of rows of ' || source::text || ' that ' || name || ' holds');
    PERFORM pgclinical.refresh_view(made::regclass);
    RETURN made::regclass;
END $$;

COMMENT ON FUNCTION _pgclinical.make_view(name, name, jsonb, regclass, boolean) IS
'makes what create_view and create_warehouse_view promise';

REVOKE ALL ON FUNCTION _pgclinical.make_view(name, name, jsonb, regclass, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.make_view(name, name, jsonb, regclass, boolean) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.create_view(name text, view jsonb, source regclass, materialized boolean DEFAULT false)
RETURNS regclass
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts text[] := parse_ident(create_view.name);
BEGIN
    IF array_length(parts, 1) > 2 THEN
        RAISE EXCEPTION 'a view has a name, or a schema and a name' USING ERRCODE = 'invalid_name';
    END IF;
    IF array_length(parts, 1) = 1 THEN
        parts := (SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.oid = source) || parts;
    END IF;
    RETURN _pgclinical.make_view(parts[1]::name, parts[2]::name, view, source, materialized);
END $$;

COMMENT ON FUNCTION pgclinical.create_view(text, jsonb, regclass, boolean) IS
'makes a SQL view (security_invoker) of a SQL-on-FHIR ViewDefinition over a table with a jsonb column resource, with the caller''s rights; a name without schema goes beside the source; materialized: a table that pgclinical.refresh_view brings up to date by what changed; returns it; NULL gives NULL; 22023 for an invalid view, 42703 without the column';

REVOKE ALL ON FUNCTION pgclinical.create_view(text, jsonb, regclass, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.create_view(text, jsonb, regclass, boolean) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.create_warehouse_view(
    name text, view jsonb, warehouse text, materialized boolean DEFAULT false
)
RETURNS regclass
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    leaf text := _pgclinical.leaf_name(view ->> 'resource');
BEGIN
    IF NOT _pgclinical.is_warehouse(warehouse) THEN
        RAISE EXCEPTION 'there is no warehouse of this name' USING ERRCODE = 'undefined_schema';
    END IF;
    IF leaf IS NULL OR to_regclass(format('%I.%I', warehouse, leaf)) IS NULL THEN
        leaf := 'directory';
    END IF;
    RETURN _pgclinical.make_view(warehouse::name, create_warehouse_view.name::name, view,
                                 format('%I.%I', warehouse, leaf)::regclass, materialized);
END $$;

COMMENT ON FUNCTION pgclinical.create_warehouse_view(text, jsonb, text, boolean) IS
'the same over a whole warehouse: over the table of the view''s resource type, else over directory, and in the warehouse''s schema';

REVOKE ALL ON FUNCTION pgclinical.create_warehouse_view(text, jsonb, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.create_warehouse_view(text, jsonb, text, boolean) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.refresh_view(name regclass)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place record;
    seen regclass;
    query regclass;
    source regclass;
    gone bigint[];
    last bigint;
    added bigint;
BEGIN
    SELECT n.nspname, c.relname INTO place
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = refresh_view.name;
    seen := to_regclass(format('%I.%I', place.nspname, place.relname || '_refresh'));
    query := to_regclass(format('%I.%I', place.nspname, place.relname || '_query'));
    -- The one other relation that the query reads.
    SELECT DISTINCT d.refobjid::regclass INTO source
    FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    WHERE r.ev_class = query AND d.refclassid = 'pg_class'::regclass AND d.refobjid NOT IN (seen, query);
    IF seen IS NULL OR source IS NULL THEN
        RAISE EXCEPTION 'this is no table that create_view made'
            USING ERRCODE = 'wrong_object_type',
                  HINT = 'Only a view made with materialized => true has something to refresh.';
    END IF;
    -- One refresh at a time; readers go on.
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', seen);
    EXECUTE format('WITH gone AS (DELETE FROM %1$s r WHERE NOT EXISTS (SELECT FROM %2$s t'
                   ' WHERE t.tableoid = r.relation AND t.ctid = r.place'
                   ' AND t.xmin::text::bigint = r.writer) RETURNING r.source_row)'
                   ' SELECT array_agg(source_row) FROM gone', seen, source)
        INTO gone;
    EXECUTE format('DELETE FROM %s WHERE source_row = ANY ($1)', refresh_view.name) USING gone;
    EXECUTE format('SELECT coalesce(max(source_row), 0) FROM %s', seen) INTO last;
    EXECUTE format('INSERT INTO %1$s (relation, place, writer)'
                   ' SELECT t.tableoid, t.ctid, t.xmin::text::bigint FROM %2$s t'
                   ' WHERE NOT EXISTS (SELECT FROM %1$s r WHERE r.relation = t.tableoid'
                   ' AND r.place = t.ctid AND r.writer = t.xmin::text::bigint)', seen, source);
    GET DIAGNOSTICS added = ROW_COUNT;
    EXECUTE format('INSERT INTO %s SELECT * FROM %s WHERE source_row > $1', refresh_view.name, query)
        USING last;
    RETURN added + coalesce(array_length(gone, 1), 0);
END $$;

COMMENT ON FUNCTION pgclinical.refresh_view(regclass) IS
'brings a table of create_view(..., materialized => true) up to date: rows of changed and deleted resources go, rows of changed and new ones come, the others are not touched; returns how many versions of resources came or went; 42809 for any other relation';

REVOKE ALL ON FUNCTION pgclinical.refresh_view(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.refresh_view(regclass) TO pgclinical_etl;
