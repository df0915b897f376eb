-- Terminology: loading, subsumption.
\pset null '(null)'
SET client_min_messages = warning;

SELECT pgclinical.load_terminology('{"resourceType": "CodeSystem", "url": "http://test.example/zoo", "version": "1",
    "content": "complete", "caseSensitive": true, "property": [{"code": "parent", "type": "code",
        "uri": "http://hl7.org/fhir/concept-properties#parent"}], "concept": [
    {"code": "animal", "display": "Animal", "property": [{"code": "notSelectable", "valueBoolean": true}], "concept": [
        {"code": "bird", "display": "Bird", "concept": [{"code": "duck", "display": "Duck"}, {"code": "hen", "display": "Hen"}]},
        {"code": "swimmer", "display": "Swimmer", "concept": [{"code": "fish", "display": "Fish"}]}]},
    {"code": "penguin", "display": "Penguin", "property": [{"code": "parent", "valueCode": "bird"}, {"code": "parent", "valueCode": "swimmer"}]},
    {"code": "stone", "display": "Stone", "property": [{"code": "status", "valueCode": "retired"}]}]}') AS loaded;

-- Is-a over a polyhierarchy; unknown codes give NULL, other systems false, a code is below itself.
SELECT a, b, ('http://test.example/zoo|' || a)::coding <@ ('http://test.example/zoo|' || b)::coding AS below,
    ('http://test.example/zoo|' || b)::coding @> ('http://test.example/zoo|' || a)::coding AS above
FROM (VALUES ('duck', 'animal'), ('duck', 'bird'), ('duck', 'swimmer'), ('penguin', 'bird'), ('penguin', 'swimmer'),
    ('penguin', 'animal'), ('animal', 'duck'), ('stone', 'animal'), ('duck', 'duck'), ('unicorn', 'animal'),
    ('duck', 'unicorn'), ('unicorn', 'unicorn')) v(a, b);
SELECT 'http://other.example|duck'::coding <@ 'http://test.example/zoo|animal'::coding AS other_system,
    'http://other.example|a'::coding <@ 'http://other.example|b'::coding AS not_loaded,
    '|a'::coding <@ '|b'::coding AS no_system;

-- A statement sees one terminology, the next one sees the change.
BEGIN;
SELECT pgclinical.load_code_system('{"resourceType": "CodeSystem", "url": "http://test.example/zoo", "version": "2", "concept": [
    {"code": "stone", "concept": [{"code": "duck"}, {"code": "animal"}]}]}') > 0 AS loaded;
SELECT 'http://test.example/zoo|duck'::coding <@ 'http://test.example/zoo|stone'::coding AS now_below,
    'http://test.example/zoo|duck'::coding <@ 'http://test.example/zoo|stone|1'::coding AS in_version_1,
    'http://test.example/zoo|duck'::coding <@ 'http://test.example/zoo|animal|9'::coding AS version_not_loaded;
ROLLBACK;
SELECT 'http://test.example/zoo|duck'::coding <@ 'http://test.example/zoo|stone'::coding AS below_again;
DO $$
BEGIN
    -- One call site, several statements.
    FOR i IN 1..3 LOOP
        RAISE INFO '%', 'http://test.example/zoo|duck'::coding <@ 'http://test.example/zoo|stone'::coding;
        IF i = 1 THEN
            PERFORM pgclinical.load_code_system('{"resourceType": "CodeSystem", "url": "http://test.example/zoo",
                "version": "3", "concept": [{"code": "stone", "concept": [{"code": "duck"}]}]}');
        ELSE
            DELETE FROM _pgclinical.code_system WHERE url = 'http://test.example/zoo' AND version = '3';
        END IF;
    END LOOP;
END $$;

-- What is no code system is refused; a refused release leaves the current one alone.
DO $$
DECLARE
    bad jsonb;
BEGIN
    FOREACH bad IN ARRAY ARRAY['{}', '{"resourceType": "ValueSet", "url": "u"}', '{"resourceType": "CodeSystem"}',
        '{"resourceType": "CodeSystem", "url": "http://test.example/zoo", "version": "4", "concept": [{"code": "a"}, {"code": "a"}]}',
        '{"resourceType": "CodeSystem", "url": "http://test.example/zoo", "version": "4", "concept": [
            {"code": "a", "property": [{"code": "parent", "valueCode": "b"}]},
            {"code": "b", "property": [{"code": "parent", "valueCode": "a"}]}]}']::jsonb[] LOOP
        BEGIN
            PERFORM pgclinical.load_code_system(bad);
            RAISE INFO 'loaded';
        EXCEPTION WHEN OTHERS THEN
            RAISE INFO '% %', SQLSTATE, SQLERRM;
        END;
    END LOOP;
END $$;
UPDATE _pgclinical.code_system SET current = true WHERE url = 'http://test.example/zoo' AND version = '1';
SELECT url, version, concepts, state, current FROM _pgclinical.code_system ORDER BY url, version;

-- Everybody may ask, only the ETL may load.
CREATE ROLE code_reader;
SET ROLE code_reader;
SELECT 'http://test.example/zoo|duck'::coding <@ 'http://test.example/zoo|bird'::coding AS may_ask;
SELECT pgclinical.load_value_set('{}');
SELECT count(*) FROM _pgclinical.code_concept;
RESET ROLE;
DROP ROLE code_reader;
