-- code_release: releases of terminologies in their own formats
--
-- A source is what COPY can read on the server (an absolute path; the role needs
-- pg_read_server_files, as for COPY) or the name of a table with one text column, a line a row,
-- which a client fills with \copy.  Every loader works by whole sets, loads beside the release in
-- use and switches at its end, all in one transaction: a load that stops leaves nothing behind and
-- is simply called again.  No content comes with the extension.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_stage(source text, stage text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS pg_temp.%I', stage);
    EXECUTE format('CREATE TEMP TABLE %I (n bigint GENERATED ALWAYS AS IDENTITY, line text) ON COMMIT DROP', stage);
    IF source IS NULL THEN
        RETURN;
    ELSIF source LIKE '/%' THEN
        -- A line is a value: no delimiter, quote or escape that a text could hold.
        EXECUTE format('COPY pg_temp.%I (line) FROM %L (FORMAT csv, DELIMITER E''\x01'', QUOTE E''\x02'', ENCODING ''UTF8'')',
            stage, source);
    ELSE
        EXECUTE format('INSERT INTO pg_temp.%I (line) SELECT t.* FROM %s t', stage, source::regclass);
    END IF;
    EXECUTE format('DELETE FROM pg_temp.%I WHERE line IS NULL OR line = ''''', stage);
    EXECUTE format('UPDATE pg_temp.%I SET line = rtrim(line, E''\r'') WHERE line LIKE E''%%\r''', stage);
    EXECUTE format('ANALYZE pg_temp.%I', stage);
END $$;
COMMENT ON FUNCTION _pgclinical.code_stage(text, text) IS
'the lines of a source in a temporary table (n, line); NULL source: none; 42501 without the right to read files of the server';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_date(written text)
RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN day > 0 AND extract(month FROM first + day - 1) = extract(month FROM first)
        THEN first + day - 1 END
    FROM (SELECT make_date(substr(d, 1, 4)::integer, substr(d, 5, 2)::integer, 1) AS first,
              substr(d, 7, 2)::integer AS day
          FROM (SELECT replace(written, '-', '') AS d) w WHERE d ~ '^[1-9]\d{3}(0[1-9]|1[0-2])\d\d$') x
$$;
COMMENT ON FUNCTION _pgclinical.code_date(text) IS
'the date of YYYYMMDD or YYYY-MM-DD; NULL for what is none (20180231), which releases do have';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_check_rows(broken boolean, format text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF broken THEN
        RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = 'the source is not of its format',
            DETAIL = pg_catalog.format('A row lacks fields of %s, or has no number where there must be one.', format);
    END IF;
END $$;
COMMENT ON FUNCTION _pgclinical.code_check_rows(boolean, text) IS
'raises 22000 when a source has broken rows, before a cast or a constraint would with their content; whoever names the wrong file may have named one of patients';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_begin(url text, version text, title text, source text, released date,
    case_sensitive boolean DEFAULT true)
RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO _pgclinical.code_system (url, version, case_sensitive, resource, released, source)
    VALUES (url, coalesce(version, ''), case_sensitive, jsonb_strip_nulls(jsonb_build_object(
        'resourceType', 'CodeSystem', 'url', url, 'version', version, 'title', title, 'status', 'active',
        'caseSensitive', case_sensitive, 'content', 'complete', 'date', released)), released, source)
    RETURNING code_system
$$;
COMMENT ON FUNCTION _pgclinical.code_begin(text, text, text, text, date, boolean) IS
'a release that is being loaded; code_finish ends it';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_finish(system bigint, make_current boolean)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    SELECT count(*) INTO number FROM _pgclinical.code_concept c WHERE c.code_system = system;
    IF number = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = 'the release has no concepts',
            HINT = 'Are the files those of the format, and is the source not empty?';
    END IF;
    number := _pgclinical.code_compile(system);
    PERFORM _pgclinical.code_switch(system, make_current);
    RETURN number;
END $$;
COMMENT ON FUNCTION _pgclinical.code_finish(bigint, boolean) IS
'compiles a release and switches to it; gives the number of concepts; 22000 for an empty one';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_map_begin(map_url text, map_version text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    UPDATE _pgclinical.code_concept_map m SET current = false WHERE m.url = map_url AND m.current;
    INSERT INTO _pgclinical.code_concept_map (url, version, resource)
    VALUES (map_url, coalesce(map_version, ''), jsonb_build_object('resourceType', 'ConceptMap', 'url', map_url))
    ON CONFLICT (url, version) DO UPDATE SET current = true, loaded = now()
    RETURNING concept_map INTO number;
    DELETE FROM _pgclinical.code_map_entry e WHERE e.concept_map = number;
    RETURN number;
END $$;
COMMENT ON FUNCTION _pgclinical.code_map_begin(text, text) IS
'an empty current map of that url and version, for a loader to fill; gives its number';

-- SNOMED CT, RF2: tab-separated, no quoting.  Only active rows count; of several rows of one
-- component (a full release) the latest one does.

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_snomed(
    concepts text, descriptions text, relationships text, version text,
    language_refset text DEFAULT NULL, associations text DEFAULT NULL, extended_map text DEFAULT NULL,
    url text DEFAULT 'http://snomed.info/sct', make_current boolean DEFAULT true
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    system bigint := _pgclinical.code_begin(url, version, 'SNOMED CT', 'RF2', NULL);
    map bigint;
BEGIN
    PERFORM _pgclinical.code_stage(concepts, 'code_lines');
    CREATE TEMP TABLE code_active ON COMMIT DROP AS
    SELECT f[1] AS id, f[2] AS at, f[3] = '1' AS active, f[5] AS definition
    FROM (SELECT DISTINCT ON (f[1]) f FROM (SELECT string_to_array(line, E'\t') AS f FROM pg_temp.code_lines
          WHERE line ~ E'^[0-9]+\t') l ORDER BY f[1], f[2] DESC) latest;
    PERFORM _pgclinical.code_check_rows(
        EXISTS (SELECT FROM pg_temp.code_active a WHERE a.active IS NULL OR a.definition IS NULL), 'sct2_Concept');
    PERFORM _pgclinical.code_stage(descriptions, 'code_lines');
    CREATE TEMP TABLE code_term ON COMMIT DROP AS
    SELECT f[1] AS id, f[5] AS concept, f[6] AS language, f[7] AS type, f[8] AS term
    FROM (SELECT DISTINCT ON (f[1]) f FROM (SELECT string_to_array(line, E'\t') AS f FROM pg_temp.code_lines
          WHERE line ~ E'^[0-9]+\t') l ORDER BY f[1], f[2] DESC) latest
    WHERE f[3] = '1';
    PERFORM _pgclinical.code_check_rows(
        EXISTS (SELECT FROM pg_temp.code_term t WHERE t.term IS NULL), 'sct2_Description');
    PERFORM _pgclinical.code_stage(language_refset, 'code_lines');
    CREATE TEMP TABLE code_preferred ON COMMIT DROP AS
    SELECT DISTINCT f[6] AS id FROM (SELECT string_to_array(line, E'\t') AS f FROM pg_temp.code_lines) l
    WHERE f[3] = '1' AND f[7] = '900000000000548007';
    ANALYZE pg_temp.code_active, pg_temp.code_term, pg_temp.code_preferred;

    -- The display is the preferred synonym, else the fully specified name.
    INSERT INTO _pgclinical.code_concept (code_system, code, ordinal, display, inactive, valid_from)
    SELECT system, c.id, row_number() OVER (ORDER BY c.id::numeric), d.term, NOT c.active,
        _pgclinical.code_date(c.at)
    FROM pg_temp.code_active c LEFT JOIN (
        SELECT DISTINCT ON (t.concept) t.concept, t.term
        FROM pg_temp.code_term t LEFT JOIN pg_temp.code_preferred p ON p.id = t.id
        ORDER BY t.concept, (t.type = '900000000000013009' AND p.id IS NOT NULL) DESC,
            t.type = '900000000000003001' DESC, t.id::numeric) d ON d.concept = c.id;
    INSERT INTO _pgclinical.code_designation (code_system, code, language, use, value)
    SELECT system, t.concept, t.language,
        jsonb_build_object('system', 'http://snomed.info/sct', 'code', t.type), t.term
    FROM pg_temp.code_term t JOIN pg_temp.code_active c ON c.id = t.concept;
    INSERT INTO _pgclinical.code_property (code_system, code, property, type, value)
    SELECT system, c.id, 'sufficientlyDefined', 'boolean', (c.definition = '900000000000073002')::text
    FROM pg_temp.code_active c;

    PERFORM _pgclinical.code_stage(relationships, 'code_lines');
    CREATE TEMP TABLE code_link ON COMMIT DROP AS
    SELECT f[5] AS source, f[6] AS target, f[8] AS type
    FROM (SELECT DISTINCT ON (f[1]) f FROM (SELECT string_to_array(line, E'\t') AS f FROM pg_temp.code_lines
          WHERE line ~ E'^[0-9]+\t') l ORDER BY f[1], f[2] DESC) latest
    WHERE f[3] = '1';
    INSERT INTO _pgclinical.code_parent (code_system, code, parent)
    SELECT DISTINCT system, l.source, l.target
    FROM pg_temp.code_link l JOIN pg_temp.code_active c ON c.id = l.source
    WHERE l.type = '116680003' AND c.active AND l.source <> l.target;
    INSERT INTO _pgclinical.code_property (code_system, code, property, type, value)
    SELECT DISTINCT system, l.source, l.type, 'code', l.target
    FROM pg_temp.code_link l JOIN pg_temp.code_active c ON c.id = l.source
    WHERE l.type <> '116680003';

    -- Where inactive concepts went: same as (equivalent), replaced by.
    IF associations IS NOT NULL THEN
        PERFORM _pgclinical.code_stage(associations, 'code_lines');
        map := _pgclinical.code_map_begin(url || '?fhir_cm=900000000000526001', version);
        INSERT INTO _pgclinical.code_map_entry (concept_map, ordinal, source_system, source_code, target_system,
            target_code, equivalence, rule)
        SELECT map, row_number() OVER (ORDER BY f[6], f[7]), url, f[6], url, f[7],
            CASE f[5] WHEN '900000000000527005' THEN 'equal' ELSE 'equivalent' END,
            CASE f[5] WHEN '900000000000527005' THEN 'SAME AS' ELSE 'REPLACED BY' END
        FROM (SELECT string_to_array(line, E'\t') AS f FROM pg_temp.code_lines) l
        WHERE f[3] = '1' AND f[5] IN ('900000000000526001', '900000000000527005');
    END IF;
    -- ICD-10 map: a rule other than TRUE makes a target conditional.
    IF extended_map IS NOT NULL THEN
        PERFORM _pgclinical.code_stage(extended_map, 'code_lines');
        PERFORM _pgclinical.code_check_rows(EXISTS (
            SELECT FROM (SELECT string_to_array(line, E'\t') AS f FROM pg_temp.code_lines) l
            WHERE f[3] = '1' AND (f[11] IS NULL OR f[7] !~ '^[0-9]{1,9}$' OR f[8] !~ '^[0-9]{1,9}$')),
            'the extended map refset');
        map := _pgclinical.code_map_begin(url || '?fhir_cm=447562003', version);
        INSERT INTO _pgclinical.code_map_entry (concept_map, ordinal, source_system, source_code, target_system,
            target_code, equivalence, rule, depends_on)
        SELECT map, row_number() OVER (ORDER BY f[6], f[7]::int, f[8]::int), url, f[6],
            'http://hl7.org/fhir/sid/icd-10', nullif(f[11], ''),
            CASE WHEN f[11] = '' THEN 'unmatched' WHEN f[9] = 'TRUE' AND f[7] = '1' THEN 'wider' ELSE 'relatedto' END,
            concat_ws('; ', nullif(f[9], 'TRUE'), f[10]),
            CASE WHEN f[9] NOT IN ('TRUE', 'OTHERWISE TRUE') THEN jsonb_build_array(jsonb_build_object('property', 'rule', 'value', f[9])) END
        FROM (SELECT string_to_array(line, E'\t') AS f FROM pg_temp.code_lines) l WHERE f[3] = '1';
    END IF;
    DROP TABLE pg_temp.code_lines, pg_temp.code_active, pg_temp.code_term, pg_temp.code_preferred, pg_temp.code_link;
    RETURN _pgclinical.code_finish(system, make_current);
END $$;
COMMENT ON FUNCTION pgclinical.load_snomed(text, text, text, text, text, text, text, text, boolean) IS
'loads a SNOMED CT RF2 snapshot: sct2_Concept, sct2_Description and sct2_Relationship, optionally the language, association and extended map refsets, each a file of the server or a table of lines; version such as http://snomed.info/sct/731000124108/version/20250301; gives the number of concepts';

-- OMOP Athena: tab-separated with header, no quoting (the files of other builds are quoted CSV).
-- One vocabulary becomes one code system; concept ids are a property, and all ids together are
-- system https://fhir-terminology.ohdsi.org with the hierarchy of CONCEPT_ANCESTOR.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_table(stage text, columns text[])
RETURNS SETOF text[]
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    header text;
    delimiter text;
    names text[];
    places integer[];
    lines refcursor;
BEGIN
    EXECUTE format('SELECT line FROM pg_temp.%I ORDER BY n LIMIT 1', stage) INTO header;
    delimiter := CASE WHEN header LIKE E'%\t%' THEN E'\t' ELSE ',' END;
    names := string_to_array(lower(replace(ltrim(header, E'\uFEFF'), '"', '')), delimiter);
    places := ARRAY(SELECT coalesce(array_position(names, lower(c)), 0)
                    FROM unnest(columns) WITH ORDINALITY u(c, o) ORDER BY o);
    IF delimiter = E'\t' THEN
        RETURN QUERY EXECUTE format(
            'SELECT ARRAY(SELECT nullif(f[p], '''') FROM unnest($1) WITH ORDINALITY u(p, o) ORDER BY o)
             FROM (SELECT string_to_array(line, E''\t'') AS f FROM pg_temp.%I WHERE n > (SELECT min(n) FROM pg_temp.%I)) l',
            stage, stage) USING places;
    ELSE
        OPEN lines FOR EXECUTE format(
            'SELECT n, line FROM pg_temp.%I ORDER BY n OFFSET 1', stage);
        RETURN QUERY SELECT ARRAY(SELECT nullif(l.f[p], '') FROM unnest(places) WITH ORDINALITY u(p, o) ORDER BY o)
            FROM (SELECT _pgclinical.code_csv_fields(r.record) AS f FROM _pgclinical.code_csv_records(lines) r) l;
        CLOSE lines;
    END IF;
END $$;
COMMENT ON FUNCTION _pgclinical.code_table(text, text[]) IS
'the columns of staged lines by the names of their header, tab- or comma-separated; a column that is not there is NULL; 22P02 with the line for what is no CSV';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_csv_fields(line text) RETURNS text[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.code_csv_fields(text) IS
'the fields of one record of RFC 4180 CSV; a quote that does not end takes the rest of it';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_csv_open(line text, open boolean) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.code_csv_open(text, boolean) IS
'whether a quoted field goes on after this line of CSV, which began within one when open; NULL when text follows the quote that ends a field';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_csv_records(lines refcursor)
RETURNS TABLE (n bigint, record text)
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    l record;
    goes_on boolean := false;
    pieces text[];
BEGIN
    LOOP
        FETCH lines INTO l;
        EXIT WHEN NOT FOUND;
        IF NOT goes_on THEN
            n := l.n;
            pieces := '{}';
        END IF;
        -- Lines left out by the caller were empty.
        WHILE goes_on AND n + cardinality(pieces) < l.n LOOP
            pieces := array_append(pieces, '');
        END LOOP;
        pieces := array_append(pieces, l.line);
        goes_on := _pgclinical.code_csv_open(l.line, goes_on);
        IF goes_on IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation', MESSAGE = 'invalid CSV',
                DETAIL = format('Line %s has text after the quote that ends a field.', l.n),
                HINT = 'A quote within a quoted field is written twice.';
        ELSIF NOT goes_on THEN
            record := array_to_string(pieces, E'\n');
            RETURN NEXT;
        END IF;
    END LOOP;
    IF goes_on THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation', MESSAGE = 'invalid CSV',
            DETAIL = format('A quoted field of the record that begins in line %s does not end.', n);
    END IF;
END $$;
COMMENT ON FUNCTION _pgclinical.code_csv_records(refcursor) IS
'records of CSV from a cursor of (n bigint, line text) in the order of n, with the number of their first line; a quoted field may hold line ends, lines whose number is left out are empty; 22P02 with the line, never content, for what is no CSV';

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_athena(
    concepts text, relationships text DEFAULT NULL, ancestors text DEFAULT NULL, synonyms text DEFAULT NULL,
    version text DEFAULT NULL, make_current boolean DEFAULT true
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    omop constant text := 'https://fhir-terminology.ohdsi.org';
    system bigint := _pgclinical.code_begin(omop, version, 'OMOP standardized vocabularies', 'Athena', NULL);
    map bigint;
BEGIN
    PERFORM _pgclinical.code_stage(concepts, 'code_lines');
    CREATE TEMP TABLE code_omop ON COMMIT DROP AS
    SELECT DISTINCT ON (f[1]) f[1] AS id, f[2] AS name, f[3] AS domain, f[4] AS vocabulary, f[5] AS class,
        f[6] AS standard, f[7] AS code, f[8] AS valid_from, f[9] AS valid_to, f[10] AS invalid_reason
    FROM _pgclinical.code_table('code_lines', ARRAY['concept_id', 'concept_name', 'domain_id', 'vocabulary_id',
        'concept_class_id', 'standard_concept', 'concept_code', 'valid_start_date', 'valid_end_date',
        'invalid_reason']) f
    WHERE f[1] IS NOT NULL ORDER BY f[1];
    PERFORM _pgclinical.code_check_rows(
        EXISTS (SELECT FROM pg_temp.code_omop o WHERE o.id !~ '^[0-9]{1,18}$'), 'CONCEPT');
    ANALYZE pg_temp.code_omop;
    INSERT INTO _pgclinical.code_concept (code_system, code, ordinal, display, inactive, valid_from, valid_to)
    SELECT system, o.id, row_number() OVER (ORDER BY o.id::bigint), o.name, o.invalid_reason IS NOT NULL,
        _pgclinical.code_date(o.valid_from), _pgclinical.code_date(o.valid_to)
    FROM pg_temp.code_omop o;
    INSERT INTO _pgclinical.code_property (code_system, code, property, type, value)
    SELECT system, o.id, p.name, 'code', p.value
    FROM pg_temp.code_omop o, LATERAL (VALUES ('domain-id', o.domain), ('vocabulary-id', o.vocabulary),
        ('concept-class-id', o.class), ('standard-concept', o.standard), ('source-concept-code', o.code)) p(name, value)
    WHERE p.value IS NOT NULL;
    IF synonyms IS NOT NULL THEN
        PERFORM _pgclinical.code_stage(synonyms, 'code_lines');
        INSERT INTO _pgclinical.code_designation (code_system, code, value)
        SELECT system, f[1], f[2]
        FROM _pgclinical.code_table('code_lines', ARRAY['concept_id', 'concept_synonym_name']) f
        WHERE f[2] IS NOT NULL AND EXISTS (SELECT FROM pg_temp.code_omop o WHERE o.id = f[1]);
    END IF;
    -- The package's closure decides as it is: it is not what following its steps gives.
    IF ancestors IS NOT NULL THEN
        PERFORM _pgclinical.code_stage(ancestors, 'code_lines');
        CREATE TEMP TABLE code_pair ON COMMIT DROP AS
        SELECT f[1] AS above, f[2] AS below, f[3] AS levels
        FROM _pgclinical.code_table('code_lines', ARRAY['ancestor_concept_id', 'descendant_concept_id',
            'min_levels_of_separation']) f;
        PERFORM _pgclinical.code_check_rows(EXISTS (SELECT FROM pg_temp.code_pair p
            WHERE p.above IS NULL OR p.below IS NULL OR p.levels IS NULL), 'CONCEPT_ANCESTOR');
        INSERT INTO _pgclinical.code_ancestor (code_system, code, ancestor)
        SELECT DISTINCT system, p.below, p.above FROM pg_temp.code_pair p WHERE p.above <> p.below;
        INSERT INTO _pgclinical.code_parent (code_system, code, parent)
        SELECT DISTINCT system, p.below, p.above FROM pg_temp.code_pair p WHERE p.above <> p.below AND p.levels = '1';
        DROP TABLE pg_temp.code_pair;
    END IF;
    -- Source codes: from each vocabulary's own system to the standard concepts, by "Maps to".
    IF relationships IS NOT NULL THEN
        PERFORM _pgclinical.code_stage(relationships, 'code_lines');
        CREATE TEMP TABLE code_maps ON COMMIT DROP AS
        SELECT f[1] AS source, f[2] AS target FROM _pgclinical.code_table('code_lines',
            ARRAY['concept_id_1', 'concept_id_2', 'relationship_id', 'invalid_reason']) f
        WHERE f[3] = 'Maps to' AND f[4] IS NULL;
        map := _pgclinical.code_map_begin(omop || '/ConceptMap/maps-to', version);
        INSERT INTO _pgclinical.code_map_entry (concept_map, ordinal, source_system, source_code, target_system,
            target_code, target_display, equivalence, rule)
        SELECT map, row_number() OVER (ORDER BY s.id::bigint, t.id::bigint),
            coalesce(@extschema@.coding_system(@extschema@.coding_try(s.vocabulary || '|x')), 'urn:omop:' || s.vocabulary),
            s.code, omop, t.id, t.name, CASE WHEN s.id = t.id THEN 'equal' ELSE 'equivalent' END, 'Maps to'
        FROM pg_temp.code_maps m JOIN pg_temp.code_omop s ON s.id = m.source JOIN pg_temp.code_omop t ON t.id = m.target
        WHERE s.code IS NOT NULL;
        DROP TABLE pg_temp.code_maps;
    END IF;
    DROP TABLE pg_temp.code_lines, pg_temp.code_omop;
    RETURN _pgclinical.code_finish(system, make_current);
END $$;
COMMENT ON FUNCTION pgclinical.load_athena(text, text, text, text, text, boolean) IS
'loads an OMOP Athena download: CONCEPT, optionally CONCEPT_RELATIONSHIP ("Maps to" becomes a map from each vocabulary), CONCEPT_ANCESTOR (the hierarchy) and CONCEPT_SYNONYM, each a file of the server or a table of lines with its header; gives the number of concepts';

-- RxNorm RRF: pipe-terminated, no header.

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_rxnorm(
    conso text, rel text DEFAULT NULL, sat text DEFAULT NULL, version text DEFAULT NULL,
    make_current boolean DEFAULT true
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    rxnorm constant text := 'http://www.nlm.nih.gov/research/umls/rxnorm';
    system bigint := _pgclinical.code_begin(rxnorm, version, 'RxNorm', 'RRF', NULL);
    map bigint;
BEGIN
    PERFORM _pgclinical.code_stage(conso, 'code_lines');
    CREATE TEMP TABLE code_atom ON COMMIT DROP AS
    SELECT f[1] AS rxcui, f[2] AS language, f[12] AS sab, f[13] AS tty, f[14] AS code, f[15] AS str, f[17] AS suppress
    FROM (SELECT string_to_array(line, '|') AS f FROM pg_temp.code_lines) l WHERE f[1] <> '';
    PERFORM _pgclinical.code_check_rows(EXISTS (SELECT FROM pg_temp.code_atom a
        WHERE a.suppress IS NULL OR a.rxcui !~ '^[0-9]{1,18}$'), 'RXNCONSO');
    ANALYZE pg_temp.code_atom;
    -- The name of RxNorm itself, by what kind of term it is; never a synonym before it.
    INSERT INTO _pgclinical.code_concept (code_system, code, ordinal, display, inactive)
    SELECT system, n.rxcui, row_number() OVER (ORDER BY n.rxcui::bigint), n.str, n.suppress <> 'N'
    FROM (SELECT DISTINCT ON (a.rxcui) a.* FROM pg_temp.code_atom a WHERE a.sab = 'RXNORM'
          ORDER BY a.rxcui, a.suppress <> 'N',
            array_position(ARRAY['IN', 'PIN', 'MIN', 'SCD', 'SBD', 'GPCK', 'BPCK', 'BN', 'SCDC', 'SBDC', 'SCDF',
                'SBDF', 'SCDG', 'SBDG', 'DF', 'DFG', 'PSN', 'SY', 'TMSY'], a.tty), a.str COLLATE "C") n;
    INSERT INTO _pgclinical.code_property (code_system, code, property, type, value)
    SELECT DISTINCT system, a.rxcui, 'TTY', 'code', a.tty FROM pg_temp.code_atom a
    JOIN _pgclinical.code_concept c ON c.code_system = system AND c.code = a.rxcui
    WHERE a.sab = 'RXNORM' AND a.tty NOT IN ('PSN', 'SY', 'TMSY');
    INSERT INTO _pgclinical.code_designation (code_system, code, language, value)
    SELECT DISTINCT system, a.rxcui, 'en', a.str FROM pg_temp.code_atom a
    JOIN _pgclinical.code_concept c ON c.code_system = system AND c.code = a.rxcui AND c.display <> a.str
    WHERE a.sab = 'RXNORM' AND a.suppress = 'N';
    IF rel IS NOT NULL THEN
        -- "RXCUI2 has RELA to RXCUI1": what is a form, brand or part of something lies below it.
        PERFORM _pgclinical.code_stage(rel, 'code_lines');
        CREATE TEMP TABLE code_rel ON COMMIT DROP AS
        SELECT DISTINCT f[1] AS one, f[5] AS two, f[8] AS rela
        FROM (SELECT string_to_array(line, '|') AS f FROM pg_temp.code_lines) l
        WHERE f[11] = 'RXNORM' AND f[1] <> '' AND f[5] <> '' AND f[8] <> '';
        INSERT INTO _pgclinical.code_parent (code_system, code, parent)
        SELECT DISTINCT system, r.two, r.one FROM pg_temp.code_rel r
        JOIN _pgclinical.code_concept a ON a.code_system = system AND a.code = r.one
        JOIN _pgclinical.code_concept b ON b.code_system = system AND b.code = r.two
        WHERE r.rela IN ('isa', 'tradename_of', 'has_ingredient', 'has_ingredients', 'has_precise_ingredient')
            AND r.one <> r.two;
        INSERT INTO _pgclinical.code_property (code_system, code, property, type, value)
        SELECT system, r.two, r.rela, 'code', r.one FROM pg_temp.code_rel r
        JOIN _pgclinical.code_concept c ON c.code_system = system AND c.code = r.two;
        DROP TABLE pg_temp.code_rel;
    END IF;
    IF sat IS NOT NULL THEN
        PERFORM _pgclinical.code_stage(sat, 'code_lines');
        CREATE TEMP TABLE code_ndc ON COMMIT DROP AS
        SELECT DISTINCT f[1] AS rxcui, f[11] AS ndc
        FROM (SELECT string_to_array(line, '|') AS f FROM pg_temp.code_lines) l
        WHERE f[9] = 'NDC' AND f[10] = 'RXNORM';
        INSERT INTO _pgclinical.code_property (code_system, code, property, type, value)
        SELECT system, n.rxcui, 'NDC', 'code', n.ndc FROM pg_temp.code_ndc n
        JOIN _pgclinical.code_concept c ON c.code_system = system AND c.code = n.rxcui;
        map := _pgclinical.code_map_begin(rxnorm || '/ConceptMap/ndc', version);
        INSERT INTO _pgclinical.code_map_entry (concept_map, ordinal, source_system, source_code, target_system,
            target_code, target_display, equivalence, rule)
        SELECT map, row_number() OVER (ORDER BY n.ndc, n.rxcui), 'http://hl7.org/fhir/sid/ndc', n.ndc, rxnorm,
            n.rxcui, c.display, 'wider', 'RXNSAT NDC'
        FROM pg_temp.code_ndc n JOIN _pgclinical.code_concept c ON c.code_system = system AND c.code = n.rxcui;
        DROP TABLE pg_temp.code_ndc;
    END IF;
    DROP TABLE pg_temp.code_lines, pg_temp.code_atom;
    RETURN _pgclinical.code_finish(system, make_current);
END $$;
COMMENT ON FUNCTION pgclinical.load_rxnorm(text, text, text, text, boolean) IS
'loads RxNorm: RXNCONSO, optionally RXNREL (a product lies below its ingredients, generic and form) and RXNSAT (NDC: property and map), each a file of the server or a table of lines; gives the number of concepts';

-- LOINC: quoted CSV by header; the hierarchy has the path to the root.

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_loinc(
    terms text, hierarchy text DEFAULT NULL, map_to text DEFAULT NULL, version text DEFAULT NULL,
    make_current boolean DEFAULT true
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    loinc constant text := 'http://loinc.org';
    names constant text[] := ARRAY['LOINC_NUM', 'LONG_COMMON_NAME', 'STATUS', 'DefinitionDescription', 'SHORTNAME',
        'CONSUMER_NAME', 'DisplayName', 'COMPONENT', 'PROPERTY', 'TIME_ASPCT', 'SYSTEM', 'SCALE_TYP', 'METHOD_TYP',
        'CLASS', 'CLASSTYPE', 'ORDER_OBS', 'UNITSREQUIRED', 'EXAMPLE_UCUM_UNITS', 'EXAMPLE_UNITS',
        'VersionLastChanged', 'CHNG_TYPE', 'PanelType'];
    system bigint := _pgclinical.code_begin(loinc, version, 'LOINC', 'Loinc.csv', NULL, false);
    map bigint;
BEGIN
    PERFORM _pgclinical.code_stage(terms, 'code_lines');
    CREATE TEMP TABLE code_loinc ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, f FROM _pgclinical.code_table('code_lines', names) f WHERE f[1] ~ '^\d+-\d$';
    INSERT INTO _pgclinical.code_concept (code_system, code, ordinal, display, definition, inactive)
    SELECT DISTINCT ON (f[1]) system, f[1], n, coalesce(f[2], f[8]), f[4], f[3] IS NOT DISTINCT FROM 'DEPRECATED'
    FROM pg_temp.code_loinc ORDER BY f[1], n;
    INSERT INTO _pgclinical.code_property (code_system, code, property, type, value)
    SELECT system, l.f[1], CASE WHEN u.o = 3 THEN 'STATUS' ELSE names[u.o] END, 'string', l.f[u.o]
    FROM pg_temp.code_loinc l, unnest(ARRAY[3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]) u(o)
    WHERE l.f[u.o] IS NOT NULL;
    INSERT INTO _pgclinical.code_designation (code_system, code, language, use, value)
    SELECT system, l.f[1], 'en', jsonb_build_object('system', loinc, 'code', names[u.o]), l.f[u.o]
    FROM pg_temp.code_loinc l, unnest(ARRAY[5, 6, 7]) u(o) WHERE l.f[u.o] IS NOT NULL;
    IF hierarchy IS NOT NULL THEN
        PERFORM _pgclinical.code_stage(hierarchy, 'code_lines');
        CREATE TEMP TABLE code_node ON COMMIT DROP AS
        SELECT f[1] AS parent, f[2] AS code, f[3] AS text
        FROM _pgclinical.code_table('code_lines', ARRAY['IMMEDIATE_PARENT', 'CODE', 'CODE_TEXT']) f WHERE f[2] IS NOT NULL;
        INSERT INTO _pgclinical.code_concept (code_system, code, ordinal, display, abstract)
        SELECT DISTINCT ON (h.code) system, h.code, 1000000 + row_number() OVER (), h.text, true
        FROM pg_temp.code_node h WHERE h.code LIKE 'LP%' ORDER BY h.code
        ON CONFLICT DO NOTHING;
        INSERT INTO _pgclinical.code_parent (code_system, code, parent)
        SELECT DISTINCT system, h.code, h.parent FROM pg_temp.code_node h
        WHERE h.parent IS NOT NULL AND h.parent <> h.code
        ON CONFLICT DO NOTHING;
        DROP TABLE pg_temp.code_node;
    END IF;
    IF map_to IS NOT NULL THEN
        PERFORM _pgclinical.code_stage(map_to, 'code_lines');
        map := _pgclinical.code_map_begin(loinc || '/ConceptMap/map-to', version);
        INSERT INTO _pgclinical.code_map_entry (concept_map, ordinal, source_system, source_code, target_system,
            target_code, equivalence, rule)
        SELECT map, row_number() OVER (), loinc, f[1], loinc, f[2], 'equivalent', f[3]
        FROM _pgclinical.code_table('code_lines', ARRAY['LOINC', 'MAP_TO', 'COMMENT']) f WHERE f[2] IS NOT NULL;
    END IF;
    DROP TABLE pg_temp.code_lines, pg_temp.code_loinc;
    RETURN _pgclinical.code_finish(system, make_current);
END $$;
COMMENT ON FUNCTION pgclinical.load_loinc(text, text, text, text, boolean) IS
'loads LOINC: Loinc.csv by its header, optionally ComponentHierarchyBySystem.csv (parts become concepts above the terms) and MapTo.csv (deprecated terms), each a file of the server or a table of lines; gives the number of concepts';

-- ICD-10-CM order file: fixed columns; the hierarchy is that of the codes' prefixes.

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_icd10cm(order_file text, version text DEFAULT NULL, make_current boolean DEFAULT true)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    system bigint := _pgclinical.code_begin('http://hl7.org/fhir/sid/icd-10-cm', version, 'ICD-10-CM', 'order file', NULL, false);
BEGIN
    PERFORM _pgclinical.code_stage(order_file, 'code_lines');
    CREATE TEMP TABLE code_icd ON COMMIT DROP AS
    SELECT substr(line, 1, 5)::integer AS n, rtrim(substr(line, 7, 7)) AS plain, substr(line, 15, 1) = '1' AS billable,
        rtrim(substr(line, 17, 60)) AS short,
        coalesce(nullif(rtrim(substr(line, 78)), ''), rtrim(substr(line, 17, 60))) AS long
    FROM pg_temp.code_lines WHERE line ~ '^\d{5} [A-Z]';
    CREATE UNIQUE INDEX ON pg_temp.code_icd (plain);
    ANALYZE pg_temp.code_icd;
    INSERT INTO _pgclinical.code_concept (code_system, code, ordinal, display, abstract)
    SELECT system, i.plain || '', i.n, i.long, false FROM pg_temp.code_icd i WHERE length(i.plain) <= 3
    UNION ALL
    SELECT system, left(i.plain, 3) || '.' || substr(i.plain, 4), i.n, i.long, false
    FROM pg_temp.code_icd i WHERE length(i.plain) > 3;
    INSERT INTO _pgclinical.code_property (code_system, code, property, type, value)
    SELECT system, CASE WHEN length(i.plain) > 3 THEN left(i.plain, 3) || '.' || substr(i.plain, 4) ELSE i.plain END,
        'billable', 'boolean', i.billable::text FROM pg_temp.code_icd i;
    INSERT INTO _pgclinical.code_designation (code_system, code, language, value)
    SELECT system, CASE WHEN length(i.plain) > 3 THEN left(i.plain, 3) || '.' || substr(i.plain, 4) ELSE i.plain END,
        'en', i.short FROM pg_temp.code_icd i WHERE i.short <> i.long;
    -- The nearest prefix that is a code: T36.0X1A lies below T36.0X1, whose X only fills a place.
    INSERT INTO _pgclinical.code_parent (code_system, code, parent)
    SELECT system, CASE WHEN length(i.plain) > 3 THEN left(i.plain, 3) || '.' || substr(i.plain, 4) ELSE i.plain END,
        CASE WHEN length(p.plain) > 3 THEN left(p.plain, 3) || '.' || substr(p.plain, 4) ELSE p.plain END
    FROM pg_temp.code_icd i, LATERAL (
        SELECT up.plain FROM generate_series(length(i.plain) - 1, 3, -1) size
        JOIN pg_temp.code_icd up ON up.plain = left(i.plain, size) ORDER BY size DESC LIMIT 1) p;
    DROP TABLE pg_temp.code_lines, pg_temp.code_icd;
    RETURN _pgclinical.code_finish(system, make_current);
END $$;
COMMENT ON FUNCTION pgclinical.load_icd10cm(text, text, boolean) IS
'loads the ICD-10-CM order file (icd10cm_order_YYYY.txt), a file of the server or a table of lines; codes get their dot, and lie below the longest code that begins them; gives the number of concepts';

-- HL7 v2 tables: rows of (table, table name, code, meaning), as hl7v2 dictionaries export them.

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.load_hl7v2_tables(tables text, version text DEFAULT NULL, make_current boolean DEFAULT true)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    one record;
    system bigint;
    number bigint := 0;
BEGIN
    PERFORM _pgclinical.code_stage(tables, 'code_lines');
    CREATE TEMP TABLE code_rows ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, lpad(f[1], 4, '0') AS number, f[2] AS name, f[3] AS code, f[4] AS meaning
    FROM _pgclinical.code_table('code_lines', ARRAY['table', 'desc', 'code', 'meaning']) f
    WHERE f[1] ~ '^\d{1,4}$' AND f[3] IS NOT NULL;
    FOR one IN SELECT r.number AS number, min(r.name) AS name FROM pg_temp.code_rows r GROUP BY r.number ORDER BY 1 LOOP
        system := _pgclinical.code_begin('http://terminology.hl7.org/CodeSystem/v2-' || one.number, version,
            one.name, 'HL7 v2 tables', NULL);
        INSERT INTO _pgclinical.code_concept (code_system, code, ordinal, display)
        SELECT DISTINCT ON (r.code) system, r.code, r.n, r.meaning FROM pg_temp.code_rows r
        WHERE r.number = one.number ORDER BY r.code, r.n;
        number := number + _pgclinical.code_finish(system, make_current);
    END LOOP;
    DROP TABLE pg_temp.code_lines, pg_temp.code_rows;
    RETURN number;
END $$;
COMMENT ON FUNCTION pgclinical.load_hl7v2_tables(text, text, boolean) IS
'loads HL7 v2 tables from a CSV with the header table,desc,code,meaning: a code system v2-nnnn for each table; gives the number of codes';

REVOKE ALL ON FUNCTION _pgclinical.code_date(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_check_rows(boolean, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_map_begin(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_stage(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_begin(text, text, text, text, date, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_finish(bigint, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_table(text, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_csv_fields(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_csv_open(text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_csv_records(refcursor) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.load_snomed(text, text, text, text, text, text, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.load_athena(text, text, text, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.load_rxnorm(text, text, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.load_loinc(text, text, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.load_icd10cm(text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgclinical.load_hl7v2_tables(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    _pgclinical.code_date(text), _pgclinical.code_check_rows(boolean, text),
    _pgclinical.code_map_begin(text, text), _pgclinical.code_stage(text, text),
    _pgclinical.code_begin(text, text, text, text, date, boolean),
    _pgclinical.code_finish(bigint, boolean), _pgclinical.code_table(text, text[]),
    _pgclinical.code_csv_fields(text), _pgclinical.code_csv_open(text, boolean),
    _pgclinical.code_csv_records(refcursor),
    pgclinical.load_snomed(text, text, text, text, text, text, text, text, boolean),
    pgclinical.load_athena(text, text, text, text, text, boolean),
    pgclinical.load_rxnorm(text, text, text, text, boolean),
    pgclinical.load_loinc(text, text, text, text, boolean),
    pgclinical.load_icd10cm(text, text, boolean), pgclinical.load_hl7v2_tables(text, text, boolean)
TO pgclinical_etl;
