-- code_store: the database's terminology: code systems, value sets, concept maps
--
-- Reference content, not a patient's: it lies in tables of the extension, which pg_dump carries, and
-- is read by everybody through the functions of chapter codes.  A release of a code system is a row
-- of code_system and what hangs on it; it is loaded beside the one in use and made current in one
-- transaction.  Row functions read a compiled form (code_index), never these tables row by row.

-- Availability: 0.1.0
CREATE SEQUENCE _pgclinical.code_number;
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_number', '');
COMMENT ON SEQUENCE _pgclinical.code_number IS
'numbers of releases, value sets, maps and generations of terminology; never used twice, also not after ROLLBACK';

-- One row.  Backends keep compiled terminology by this number: every change of the tables below
-- gives a new one.  Not dumped: what is restored is a change, too.
CREATE TABLE _pgclinical.code_generation (generation bigint NOT NULL);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_generation', 'WHERE false');
INSERT INTO _pgclinical.code_generation VALUES (pg_catalog.nextval('_pgclinical.code_number'));
COMMENT ON TABLE _pgclinical.code_generation IS
'the state of the terminology as one number, which row functions read once per statement';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_system (
    code_system    bigint PRIMARY KEY DEFAULT pg_catalog.nextval('_pgclinical.code_number'),
    url            text COLLATE "C" NOT NULL,
    version        text COLLATE "C" NOT NULL DEFAULT '',
    supplements    text COLLATE "C",
    content        text NOT NULL DEFAULT 'complete',
    case_sensitive boolean NOT NULL DEFAULT true,
    resource       jsonb NOT NULL DEFAULT '{}',
    released       date,
    concepts       bigint NOT NULL DEFAULT 0,
    compiled       bigint NOT NULL DEFAULT 0,
    state          text NOT NULL DEFAULT 'loading' CHECK (state IN ('loading', 'ready')),
    current        boolean NOT NULL DEFAULT false,
    loaded         timestamptz NOT NULL DEFAULT pg_catalog.now(),
    source         text
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_system', '');
CREATE UNIQUE INDEX code_system_release ON _pgclinical.code_system (url, version) WHERE state = 'ready';
CREATE UNIQUE INDEX code_system_current ON _pgclinical.code_system (url) WHERE current;
COMMENT ON TABLE _pgclinical.code_system IS
'a release of a code system; resource is its FHIR CodeSystem without concepts; compiled numbers its compiled form; current: what a coding without version means';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_concept (
    code_system bigint NOT NULL REFERENCES _pgclinical.code_system ON DELETE CASCADE,
    code        text COLLATE "C" NOT NULL,
    ordinal     integer NOT NULL,
    display     text,
    definition  text,
    inactive    boolean NOT NULL DEFAULT false,
    abstract    boolean NOT NULL DEFAULT false,
    valid_from  date,
    valid_to    date,
    extension   jsonb,
    PRIMARY KEY (code_system, code)
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_concept', '');
COMMENT ON TABLE _pgclinical.code_concept IS
'a concept of a release; ordinal is the source''s order; abstract: not for use (notSelectable)';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_parent (
    code_system bigint NOT NULL REFERENCES _pgclinical.code_system ON DELETE CASCADE,
    code        text COLLATE "C" NOT NULL,
    parent      text COLLATE "C" NOT NULL,
    PRIMARY KEY (code_system, code, parent)
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_parent', '');
COMMENT ON TABLE _pgclinical.code_parent IS 'is-a: code lies directly below parent';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_ancestor (
    code_system bigint NOT NULL REFERENCES _pgclinical.code_system ON DELETE CASCADE,
    code        text COLLATE "C" NOT NULL,
    ancestor    text COLLATE "C" NOT NULL,
    PRIMARY KEY (code_system, code, ancestor)
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_ancestor', '');
COMMENT ON TABLE _pgclinical.code_ancestor IS
'the closure of a release that states it itself (OMOP CONCEPT_ANCESTOR): then it decides subsumption, not what follows from code_parent';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_property (
    code_system bigint NOT NULL REFERENCES _pgclinical.code_system ON DELETE CASCADE,
    code        text COLLATE "C" NOT NULL,
    property    text COLLATE "C" NOT NULL,
    type        text NOT NULL DEFAULT 'string',
    value       text,
    detail      jsonb
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_property', '');
CREATE INDEX code_property_of ON _pgclinical.code_property (code_system, code);
CREATE INDEX code_property_by ON _pgclinical.code_property (code_system, property);
COMMENT ON TABLE _pgclinical.code_property IS
'a property of a concept; type as in FHIR (code, string, boolean, integer, decimal, dateTime, Coding); detail is what a Coding holds beside its code';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_designation (
    code_system bigint NOT NULL REFERENCES _pgclinical.code_system ON DELETE CASCADE,
    code        text COLLATE "C" NOT NULL,
    language    text,
    use         jsonb,
    value       text NOT NULL,
    extension   jsonb
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_designation', '');
CREATE INDEX code_designation_of ON _pgclinical.code_designation (code_system, code);
COMMENT ON TABLE _pgclinical.code_designation IS
'another name of a concept: language, use (a FHIR Coding), text';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_index (
    code_system bigint PRIMARY KEY REFERENCES _pgclinical.code_system ON DELETE CASCADE,
    bytes       bytea NOT NULL
);
-- Read whole into each backend that needs it: decompression would cost more than it saves.
ALTER TABLE _pgclinical.code_index ALTER bytes SET STORAGE EXTERNAL;
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_index', '');
COMMENT ON TABLE _pgclinical.code_index IS
'the compiled form of a release: codes, hierarchy and flags, used as it lies';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_value_set (
    value_set bigint PRIMARY KEY DEFAULT pg_catalog.nextval('_pgclinical.code_number'),
    url       text COLLATE "C" NOT NULL,
    version   text COLLATE "C" NOT NULL DEFAULT '',
    resource  jsonb NOT NULL,
    current   boolean NOT NULL DEFAULT true,
    loaded    timestamptz NOT NULL DEFAULT pg_catalog.now(),
    UNIQUE (url, version)
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_value_set', '');
COMMENT ON TABLE _pgclinical.code_value_set IS
'a FHIR ValueSet; its compose is evaluated over the code systems, else its expansion stands';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_concept_map (
    concept_map bigint PRIMARY KEY DEFAULT pg_catalog.nextval('_pgclinical.code_number'),
    url         text COLLATE "C" NOT NULL,
    version     text COLLATE "C" NOT NULL DEFAULT '',
    source      text COLLATE "C",
    target      text COLLATE "C",
    resource    jsonb NOT NULL DEFAULT '{}',
    current     boolean NOT NULL DEFAULT true,
    loaded      timestamptz NOT NULL DEFAULT pg_catalog.now(),
    UNIQUE (url, version)
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_concept_map', '');
COMMENT ON TABLE _pgclinical.code_concept_map IS
'a map between code systems; source and target are the value sets it names; resource is the FHIR ConceptMap without groups';

-- Availability: 0.1.0
CREATE TABLE _pgclinical.code_map_entry (
    concept_map    bigint NOT NULL REFERENCES _pgclinical.code_concept_map ON DELETE CASCADE,
    ordinal        integer NOT NULL,
    source_system  text COLLATE "C" NOT NULL,
    source_code    text COLLATE "C" NOT NULL,
    target_system  text COLLATE "C" NOT NULL,
    target_code    text COLLATE "C",
    target_display text,
    equivalence    text NOT NULL DEFAULT 'equivalent',
    rule           text,
    depends_on     jsonb,
    product        jsonb,
    PRIMARY KEY (concept_map, ordinal)
);
SELECT pg_catalog.pg_extension_config_dump('_pgclinical.code_map_entry', '');
CREATE INDEX code_map_entry_source ON _pgclinical.code_map_entry (source_system, source_code);
CREATE INDEX code_map_entry_target ON _pgclinical.code_map_entry (target_system, target_code);
COMMENT ON TABLE _pgclinical.code_map_entry IS
'one target of a source code; equivalence as in FHIR R4 (target relative to source); depends_on set: it holds only where that does';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_changed()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE _pgclinical.code_generation SET generation = nextval('_pgclinical.code_number');
    RETURN NULL;
END $$;
COMMENT ON FUNCTION _pgclinical.code_changed() IS
'trigger function: the terminology is another one from here on; changes of it wait for each other';
REVOKE ALL ON FUNCTION _pgclinical.code_changed() FROM PUBLIC;

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON _pgclinical.code_system
FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.code_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON _pgclinical.code_index
FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.code_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON _pgclinical.code_value_set
FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.code_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON _pgclinical.code_concept_map
FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.code_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON _pgclinical.code_map_entry
FOR EACH STATEMENT EXECUTE FUNCTION _pgclinical.code_changed();

GRANT USAGE ON SEQUENCE _pgclinical.code_number TO pgclinical_etl;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    _pgclinical.code_system, _pgclinical.code_concept, _pgclinical.code_parent, _pgclinical.code_ancestor,
    _pgclinical.code_property,
    _pgclinical.code_designation, _pgclinical.code_index, _pgclinical.code_value_set,
    _pgclinical.code_concept_map, _pgclinical.code_map_entry
TO pgclinical_etl;

-- Compiling and switching.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_index_build(
    codes text[], flags integer[], children integer[], parents integer[], case_sensitive boolean,
    below integer[], above integer[]
) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _pgclinical.code_index_build(
    text[], integer[], integer[], integer[], boolean, integer[], integer[]) IS
'compiles a code system: codes in order, their flags (1 inactive, 2 abstract), edges as pairs of places in codes from 1, and a closure that decides instead of them when it is not empty; 22000 for an empty or repeated code, an edge to nowhere or a cycle';
REVOKE ALL ON FUNCTION _pgclinical.code_index_build(
    text[], integer[], integer[], integer[], boolean, integer[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.code_index_build(
    text[], integer[], integer[], integer[], boolean, integer[], integer[])
TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_compile(system bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    DELETE FROM _pgclinical.code_index i WHERE i.code_system = system;
    WITH concept AS MATERIALIZED (
        SELECT c.code, (row_number() OVER (ORDER BY c.ordinal, c.code))::integer AS place,
               c.inactive::integer + 2 * c.abstract::integer AS flags
        FROM _pgclinical.code_concept c WHERE c.code_system = system
    ), pair AS MATERIALIZED (
        SELECT below.place AS below, above.place AS above
        FROM _pgclinical.code_ancestor a
        JOIN concept below ON below.code = a.code
        JOIN concept above ON above.code = a.ancestor
        WHERE a.code_system = system
    ), edge AS MATERIALIZED (
        SELECT child.place AS child, parent.place AS parent
        FROM _pgclinical.code_parent p
        JOIN concept child ON child.code = p.code
        JOIN concept parent ON parent.code = p.parent
        WHERE p.code_system = system
    )
    INSERT INTO _pgclinical.code_index (code_system, bytes)
    SELECT system, _pgclinical.code_index_build(
        (SELECT coalesce(array_agg(c.code ORDER BY c.place), '{}') FROM concept c),
        (SELECT coalesce(array_agg(c.flags ORDER BY c.place), '{}') FROM concept c),
        (SELECT coalesce(array_agg(e.child ORDER BY e.child, e.parent), '{}') FROM edge e),
        (SELECT coalesce(array_agg(e.parent ORDER BY e.child, e.parent), '{}') FROM edge e),
        s.case_sensitive,
        (SELECT coalesce(array_agg(p.below ORDER BY p.below, p.above), '{}') FROM pair p),
        (SELECT coalesce(array_agg(p.above ORDER BY p.below, p.above), '{}') FROM pair p))
    FROM _pgclinical.code_system s WHERE s.code_system = system;
    SELECT count(*) INTO number FROM _pgclinical.code_concept c WHERE c.code_system = system;
    UPDATE _pgclinical.code_system s SET concepts = number, compiled = nextval('_pgclinical.code_number')
    WHERE s.code_system = system;
    RETURN number;
END $$;
COMMENT ON FUNCTION _pgclinical.code_compile(bigint) IS
'makes the compiled form of a release from its tables; parents that are no concepts of it are passed over; gives the number of concepts';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.code_switch(system bigint, make_current boolean DEFAULT true)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    release _pgclinical.code_system;
BEGIN
    SELECT * INTO STRICT release FROM _pgclinical.code_system s WHERE s.code_system = system;
    DELETE FROM _pgclinical.code_system s
    WHERE s.url = release.url AND s.version = release.version AND s.state = 'ready' AND s.code_system <> system;
    IF make_current THEN
        UPDATE _pgclinical.code_system s SET current = false
        WHERE s.url = release.url AND s.current AND s.code_system <> system;
    END IF;
    UPDATE _pgclinical.code_system s SET state = 'ready', current = make_current OR s.current
    WHERE s.code_system = system;
END $$;
COMMENT ON FUNCTION _pgclinical.code_switch(bigint, boolean) IS
'a loaded release takes the place of the one of its version and, unless make_current is false, is what a coding without version means from the end of the transaction on';

REVOKE ALL ON FUNCTION _pgclinical.code_compile(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION _pgclinical.code_switch(bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.code_compile(bigint) TO pgclinical_etl;
GRANT EXECUTE ON FUNCTION _pgclinical.code_switch(bigint, boolean) TO pgclinical_etl;
