-- feed: where a warehouse's records come from; a row of <warehouse>.feed names a server and a path

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.feed_source(
    warehouse text, feed text, OUT feed_id bigint, OUT server text, OUT path text,
    OUT format text
)
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    EXECUTE pg_catalog.format(
            'SELECT f.feed, f.server, f.path, f.format FROM %I.feed f WHERE f.name = $1', warehouse)
        INTO feed_id, server, path, format USING feed;
    IF feed_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = pg_catalog.format('feed "%s" does not exist', feed);
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.feed_source(text, text) IS
'number, server, path and format of a feed; 3F000 without such a warehouse, 42704 without such a feed';

REVOKE ALL ON FUNCTION _pgclinical.feed_source(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.feed_source(text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.feed_files(warehouse text, feed text)
RETURNS TABLE (name text, size bigint, modified timestamptz)
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    source record := _pgclinical.feed_source(warehouse, feed);
BEGIN
    RETURN QUERY SELECT f.name, f.size, f.modified
        FROM _pgclinical.server_files(source.server, source.path) f;
END $$;

COMMENT ON FUNCTION _pgclinical.feed_files(text, text) IS
'the files that feed''s path matches below its server''s location, names relative to it, in the order of their bytes; needs pg_read_server_files and USAGE on the server';

REVOKE ALL ON FUNCTION _pgclinical.feed_files(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.feed_files(text, text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.read_feed_file(
    warehouse text, feed text, name text, byte_offset bigint DEFAULT 0, length bigint DEFAULT NULL
)
RETURNS bytea
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    source record := _pgclinical.feed_source(warehouse, feed);
BEGIN
    RETURN _pgclinical.server_file(source.server, name, byte_offset, length);
END $$;

COMMENT ON FUNCTION _pgclinical.read_feed_file(text, text, text, bigint, bigint) IS
'bytes of one of feed''s files from byte_offset on, at most length (to its end when NULL); errors never name the file; needs pg_read_server_files and USAGE on the server';

REVOKE ALL ON FUNCTION _pgclinical.read_feed_file(text, text, text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.read_feed_file(text, text, text, bigint, bigint)
    TO pgclinical_etl;

-- Options are a closed list, so that a misspelt one is an error and not a silent default.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.check_feed_options(format text, options jsonb)
RETURNS void
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    valid text[] := (_pgclinical.feed_format(format)).options;
    option text;
    value jsonb;
    ok boolean;
BEGIN
    IF jsonb_typeof(options) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'feed options must be a JSON object';
    END IF;
    FOR option, value IN SELECT e.key, e.value FROM jsonb_each(options) e LOOP
        ok := CASE option
            WHEN 'authority' THEN jsonb_typeof(value) = 'string' AND value <> '""'
            WHEN 'charset' THEN jsonb_typeof(value) = 'string' AND value <> '""'
            WHEN 'time_zone' THEN EXISTS (
                SELECT FROM pg_timezone_names z WHERE z.name = value #>> '{}')
            WHEN 'establish' THEN value IN ('"any"', '"adt"')
            WHEN 'registered_status' THEN value IN ('"in-progress"', '"planned"')
            WHEN 'code_systems' THEN jsonb_typeof(value) = 'object'
                -- Strict: otherwise the members of an array would stand for it.
                AND NOT jsonb_path_exists(value,
                    'strict $.* ? (@.type() != "string" || @ like_regex "\\s" || @ == "")', silent => true)
            WHEN 'server' THEN value #>> '{}' ~ '^https?://[^ ?#]+$'
            WHEN 'identifier_systems' THEN jsonb_typeof(value) = 'object'
                AND NOT jsonb_path_exists(value,
                    'strict $.* ? (@.type() != "string" || @ == "")', silent => true)
            WHEN 'validation' THEN value IN ('"report"', '"refuse"', '"off"')
            WHEN 'batch' THEN CASE WHEN jsonb_typeof(value) = 'number'
                THEN (value #>> '{}')::numeric BETWEEN 1 AND 100000
                    AND (value #>> '{}')::numeric % 1 = 0 END
        END;
        IF option <> ALL (valid) THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = pg_catalog.format('unknown feed option "%s"', option),
                HINT = pg_catalog.format('Valid options are: %s.', array_to_string(valid, ', '));
        ELSIF ok IS NOT TRUE THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = pg_catalog.format('invalid value of feed option "%s"', option),
                HINT = 'authority and charset are texts, time_zone is an IANA name, '
                    'establish is "any" or "adt", registered_status is "in-progress" or "planned", '
                    'code_systems gives URIs to names, server is a URL, identifier_systems gives '
                    'authorities to systems, validation is "report", "refuse" or "off", batch is a '
                    'whole number from 1 to 100000.';
        ELSIF option = 'charset' THEN
            -- Raises for a charset that the reader does not know.
            PERFORM FROM _pgclinical.hl7v2_records('', value #>> '{}');
        END IF;
    END LOOP;
END $$;

COMMENT ON FUNCTION _pgclinical.check_feed_options(text, jsonb) IS
'raises 22023 for an option that a feed of this format does not have or whose value is impossible';

REVOKE ALL ON FUNCTION _pgclinical.check_feed_options(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.check_feed_options(text, jsonb) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.check_feed_server(server text)
RETURNS void
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrapper name;
    usable boolean;
BEGIN
    SELECT w.fdwname, has_server_privilege(s.oid, 'USAGE') INTO wrapper, usable
        FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
        WHERE s.srvname = server;
    IF wrapper IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('server "%s" does not exist', server),
            HINT = 'Make it with CREATE SERVER ... FOREIGN DATA WRAPPER pgclinical_files.';
    ELSIF wrapper <> 'pgclinical_files' THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('foreign server "%s" is not one of wrapper "pgclinical_files"', server);
    ELSIF NOT usable THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for foreign server %s', server);
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.check_feed_server(text) IS
'raises when server is none of wrapper pgclinical_files (42704, 42809) or the caller may not use it (42501)';

REVOKE ALL ON FUNCTION _pgclinical.check_feed_server(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.check_feed_server(text) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.create_feed(
    warehouse text, feed text, server text, path text, format text, options jsonb DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made bigint;
    taken boolean;
BEGIN
    IF warehouse IS NULL OR feed IS NULL OR server IS NULL OR path IS NULL OR format IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'warehouse, feed, server, path and format must not be null';
    ELSIF feed = '' OR octet_length(feed) > 63 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_name',
            MESSAGE = 'the name of a feed must have 1 to 63 bytes';
    ELSIF _pgclinical.feed_format(format) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = pg_catalog.format('format "%s" is not supported', format),
            HINT = 'Valid formats are: hl7v2, fhir.';
    END IF;
    PERFORM _pgclinical.warehouse_path(warehouse);
    PERFORM _pgclinical.check_feed_server(server);
    PERFORM _pgclinical.check_path(path);
    PERFORM _pgclinical.check_feed_options(format, options);

    EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM %I.feed f WHERE f.name = $1)', warehouse)
        INTO taken USING feed;
    IF taken THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = pg_catalog.format('feed "%s" already exists', feed);
    END IF;
    EXECUTE pg_catalog.format('INSERT INTO %I.feed (name, server, path, format, options) '
            'VALUES ($1, $2, $3, $4, coalesce($5, ''{}'')) RETURNING feed', warehouse)
        INTO made USING feed, server, path, format, options;
    RETURN made;
END $$;

COMMENT ON FUNCTION pgclinical.create_feed(text, text, text, text, text, jsonb) IS
'adds a feed to a warehouse: files that match path below the location of a server of wrapper pgclinical_files, in format hl7v2 (options: authority, charset, time_zone, establish, registered_status, code_systems, batch) or fhir (options: authority, server, identifier_systems, validation, batch); returns the feed''s number; needs USAGE on the server and the warehouse';

REVOKE ALL ON FUNCTION pgclinical.create_feed(text, text, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.create_feed(text, text, text, text, text, jsonb)
    TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.alter_feed(
    warehouse text, feed text,
    server text DEFAULT NULL, path text DEFAULT NULL, options jsonb DEFAULT NULL
)
RETURNS void
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    source record := _pgclinical.feed_source(warehouse, feed);
BEGIN
    PERFORM _pgclinical.check_feed_server(server);
    PERFORM _pgclinical.check_path(path);
    PERFORM _pgclinical.check_feed_options(source.format, options);
    EXECUTE format('UPDATE %I.feed f SET server = coalesce($2, f.server), '
            'path = coalesce($3, f.path), options = coalesce($4, f.options) WHERE f.feed = $1',
            warehouse)
        USING source.feed_id, server, path, options;
END $$;

COMMENT ON FUNCTION pgclinical.alter_feed(text, text, text, text, jsonb) IS
'changes a feed''s server, path or options (NULL leaves one as it is; options replace the former ones whole); the next run uses them';

REVOKE ALL ON FUNCTION pgclinical.alter_feed(text, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.alter_feed(text, text, text, text, jsonb) TO pgclinical_etl;

-- Records refer to their feed for ever: only one that has loaded nothing can go.
-- Availability: 0.1.0
CREATE FUNCTION pgclinical.drop_feed(warehouse text, feed text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    source record := _pgclinical.feed_source(warehouse, feed);
    used boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.file f WHERE f.feed = $1)', warehouse)
        INTO used USING source.feed_id;
    IF used THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('feed "%s" cannot be dropped because it has loaded files', feed),
            HINT = 'Its records refer to it. Use pgclinical.alter_feed to read from elsewhere.';
    END IF;
    EXECUTE format('DELETE FROM %I.feed f WHERE f.feed = $1', warehouse) USING source.feed_id;
END $$;

COMMENT ON FUNCTION pgclinical.drop_feed(text, text) IS
'removes a feed that has loaded nothing; 2BP01 once it has';

REVOKE ALL ON FUNCTION pgclinical.drop_feed(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.drop_feed(text, text) TO pgclinical_etl;
