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

-- A rollback to a savepoint takes the change back, also for a call site that has seen it.
DO $$
BEGIN
    FOR i IN 1..2 LOOP
        BEGIN
            IF i = 1 THEN
                PERFORM pgclinical.load_code_system('{"resourceType": "CodeSystem", "url": "http://test.example/zoo",
                    "version": "3", "concept": [{"code": "stone", "concept": [{"code": "duck"}]}]}');
            END IF;
            RAISE INFO '%', 'http://test.example/zoo|duck'::coding <@ 'http://test.example/zoo|stone'::coding;
            RAISE EXCEPTION 'back';
        EXCEPTION WHEN raise_exception THEN NULL;
        END;
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

-- Value sets, maps, look-ups.
SELECT pgclinical.load_terminology('[
    {"resourceType": "ValueSet", "url": "http://test.example/vs/birds", "compose": {"include": [
        {"system": "http://test.example/zoo", "filter": [{"property": "concept", "op": "is-a", "value": "bird"}]},
        {"system": "http://not-loaded.example", "concept": [{"code": "y"}]}],
        "exclude": [{"system": "http://test.example/zoo", "concept": [{"code": "hen"}]}]}},
    {"resourceType": "ValueSet", "url": "http://test.example/vs/circle", "compose": {"include": [{"valueSet": ["http://test.example/vs/circle"]}]}},
    {"resourceType": "ConceptMap", "url": "http://test.example/map", "group": [{"source": "http://local.example", "target": "http://test.example/zoo", "element": [
        {"code": "D", "target": [{"code": "duck", "equivalence": "equal", "display": "Duck"}]},
        {"code": "B", "target": [{"code": "bird", "equivalence": "wider", "comment": "any bird"}]},
        {"code": "A", "target": [{"code": "duck", "equivalence": "equivalent"}, {"code": "hen", "equivalence": "equivalent"}]},
        {"code": "C", "target": [{"code": "hen", "equivalence": "equal", "dependsOn": [{"property": "p", "value": "v"}]}]},
        {"code": "N", "target": [{"equivalence": "unmatched"}]}]}]}]') AS loaded;
SELECT c, code_in(('http://test.example/zoo|' || c)::coding, 'http://test.example/vs/birds') AS a_bird
FROM unnest(ARRAY['duck', 'hen', 'penguin', 'fish', 'unicorn']) c;
SELECT code_in('http://not-loaded.example|y', 'http://test.example/vs/birds') AS listed,
    code_in('|duck', 'http://test.example/vs/birds') AS no_system;
SELECT code_in('|x', 'http://test.example/vs/none');
SELECT code_in('|x', 'http://test.example/vs/circle');

-- ~> gives one equal or equivalent target, or nothing; code_translate gives all.
SELECT c, ('http://local.example|' || c)::coding ~> 'http://test.example/zoo' AS to_system,
    ('http://local.example|' || c)::coding ~> 'http://test.example/map' AS by_map
FROM unnest(ARRAY['D', 'B', 'A', 'C', 'N', 'X']) c;
SELECT 'http://test.example/zoo|hen'::coding ~> 'http://test.example/zoo' AS already_there,
    'http://local.example|D'::coding ~> 'loinc' AS no_map;
SELECT c, t.* FROM unnest(ARRAY['D', 'B', 'A', 'C', 'N', 'X']) c, code_translate(('http://local.example|' || c)::coding, 'http://test.example/zoo') t;
SELECT name, version, display, inactive, abstract, properties, parents FROM code_lookup('http://test.example/zoo|penguin');
SELECT count(*) AS unknown FROM code_lookup('http://test.example/zoo|unicorn');
SELECT code_display('http://test.example/zoo|duck') AS display, code_display('http://test.example/zoo|unicorn') AS none,
    code_subsumes('http://test.example/zoo|bird', 'http://test.example/zoo|duck') AS subsumes;

-- Validation: a wrong display and an inactive code are warnings.
SELECT c, v.result, v.display, (v.issues[1]).severity, (v.issues[1]).format_code
FROM unnest(ARRAY['duck', 'duck||Duke', 'stone', 'unicorn', 'hen']) c, code_validate(('http://test.example/zoo|' || c)::coding) v;
SELECT c, v.result, v.message FROM unnest(ARRAY['duck', 'hen']) c, code_validate(('http://test.example/zoo|' || c)::coding, 'http://test.example/vs/birds') v;

-- An index serves <@ and @>, and finds what a scan finds; also for a parameter.
CREATE TABLE sightings AS SELECT i, ('http://test.example/zoo|' || (ARRAY['duck', 'hen', 'penguin'])[i % 3 + 1] || CASE WHEN i % 100 = 0 THEN '' ELSE i::text END)::coding AS code
FROM generate_series(1, 30000) i;
CREATE INDEX ON sightings (code);
ANALYZE sightings;
EXPLAIN (COSTS OFF) SELECT i FROM sightings WHERE code <@ 'http://test.example/zoo|bird';
EXPLAIN (COSTS OFF) SELECT i FROM sightings WHERE 'http://test.example/zoo|bird' @> code;
SELECT count(*) FROM sightings WHERE code <@ 'http://test.example/zoo|bird';
SELECT count(*) FROM sightings WHERE code <@ 'http://test.example/zoo|duck';
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
SELECT count(*) FROM sightings WHERE code <@ 'http://test.example/zoo|bird';
RESET enable_indexscan; RESET enable_bitmapscan; RESET enable_indexonlyscan;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET enable_bitmapscan = off; SET enable_indexscan = off; SET enable_indexonlyscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM sightings WHERE code <@ 'http://test.example/zoo|bird';
SELECT count(*) FROM sightings WHERE code <@ 'http://test.example/zoo|bird';
SELECT count(*) FROM sightings WHERE code_in(code, 'http://test.example/vs/birds');
RESET ALL;
SET client_min_messages = warning;
DROP TABLE sightings;

-- FHIRPath asks the same terminology.
SELECT fhirpath('{"resourceType": "Observation", "code": {"coding": [{"system": "http://test.example/zoo", "code": "duck"}]}}',
    'code.coding.memberOf(''http://test.example/vs/birds'')', '{}') AS member,
    fhirpath('{"resourceType": "Observation", "code": {"coding": [{"system": "http://test.example/zoo", "code": "duck"}]}}',
    'code.coding.memberOf(''http://test.example/vs/birds'').not()', '{}') AS negated;

-- Words to codes.
SELECT w, code_normalize(w, 'gender') FROM unnest(ARRAY['M', ' female ', 'x', 'unk', 'SECRET']) w;
SELECT w, code_normalize(w, 'http://test.example/zoo') FROM unnest(ARRAY['DUCK', 'Penguin', 'stone', 'nothing']) w;
SELECT * FROM code_suggest('a duck, swimming', 'http://test.example/zoo', 2);

-- Releases in their own formats, from tables of lines.
CREATE TEMP TABLE lines (line text);
INSERT INTO lines VALUES ('00001 A00     0 Cholera                                                      Cholera'),
    ('00002 A000    1 Cholera due to Vibrio cholerae 01, biovar cholerae           Cholera due to Vibrio cholerae 01, biovar cholerae'),
    ('00003 T360X1A 1 Poisoning                                                    Poisoning by penicillins, initial encounter');
SELECT pgclinical.load_icd10cm('lines', '2025') AS codes;
SELECT 'i10c|A00.0'::coding <@ 'i10c|A00'::coding AS by_prefix, code_display('i10c|T36.0X1A');
TRUNCATE lines;
INSERT INTO lines VALUES ('"LOINC_NUM","COMPONENT","STATUS","LONG_COMMON_NAME","EXTRA"'), ('"2345-7","Glucose","ACTIVE","Glucose [Mass/volume] in Serum, ""or"" Plasma","x"'),
    ('"9999-9","Old","DEPRECATED","Old",""');
SELECT pgclinical.load_loinc('lines', version => '2.80') AS codes;
SELECT display, inactive, properties FROM code_lookup('loinc|2345-7');
TRUNCATE lines;
INSERT INTO lines VALUES ('161|ENG||||||R||161||RXNORM|IN|161|acetaminophen||N||'), ('313782|ENG||||||R||313782||RXNORM|SCD|313782|acetaminophen 325 MG Oral Tablet||N||');
CREATE TEMP TABLE rel AS SELECT '161||CUI|RO|313782||CUI|has_ingredient|||RXNORM|||||' AS line;
SELECT pgclinical.load_rxnorm('lines', 'rel', version => '2025') AS codes;
SELECT 'rxnorm|313782'::coding <@ 'rxnorm|161'::coding AS below_its_ingredient;
TRUNCATE lines;
INSERT INTO lines VALUES ('table,desc,code,meaning'), ('1,Administrative Sex,F,Female'), ('1,Administrative Sex,M,"Male, so to say"'), ('4,Patient class,E,Emergency');
SELECT pgclinical.load_hl7v2_tables('lines', '2.6') AS codes;
SELECT code_display('HL70001|M');
SELECT pgclinical.load_hl7v2_tables('rel');
-- Files of the server are for who may read them.
CREATE ROLE code_loader IN ROLE pgclinical_etl;
SET ROLE code_loader;
SELECT pgclinical.load_icd10cm('/etc/passwd');
RESET ROLE;
DROP ROLE code_loader;
