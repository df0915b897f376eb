-- fhirpath: what expressions find in resources, as items and typed; what they refuse.
\pset tuples_only on
\pset format unaligned
\set SHOW_CONTEXT never

CREATE TABLE fp (resource jsonb);
INSERT INTO fp VALUES (fhir_parse('{"resourceType": "Patient", "id": "p1", "active": true, "birthDate": "1974-12-25",
  "_birthDate": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
  "name": [{"use": "official", "family": "Testpatient", "given": ["Anna", "Beta"]},
           {"use": "usual", "given": [null, "Ann"], "_given": [{"extension": [{"url": "x", "valueString": "y"}]}, null]}],
  "multipleBirthInteger": 2, "contact": [{"name": {"family": "Contact"}}],
  "managingOrganization": {"reference": "#o"}, "contained": [{"resourceType": "Organization", "id": "o", "name": "Test Hospital"}]}'));
INSERT INTO fp VALUES (fhir_parse('{"resourceType": "Observation", "id": "o1", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
  "effectiveDateTime": "2016-03-28T09:30:00.5+02:00",
  "valueQuantity": {"value": 185.50, "unit": "lbs", "system": "http://unitsofmeasure.org", "code": "[lb_av]"}}'));

-- Items are what is stored, in order; computed values are JSON's nearest.
SELECT fhirpath(resource, 'Patient.name.given') FROM fp;
SELECT fhirpath(resource, 'value') FROM fp;
SELECT fhirpath(resource, 'contact | managingOrganization.resolve().name | multipleBirth') FROM fp;
SELECT e, array(SELECT fhirpath('{"resourceType": "Patient"}', e)) FROM unnest(ARRAY['1 + 1', '1.50', '''a'' & ''b''', '@2015-02', '@T14:30',
  '1.5 ''mg''', '3 days', 'true', '{}', '1.type()', '(1 | 2 | 2).count()', '5 / 2', '7 div 2', '1 / 3', '@2016-01-31 + 1 month', '4 ''g'' = 4000 ''mg''']) e;

-- The typed twins: the single item, or NULL.
SELECT fhirpath_text(resource, 'name.where(use = ''official'').family'), fhirpath_text(resource, 'name.given'), fhirpath_text(resource, 'value'),
       fhirpath_boolean(resource, 'active'), fhirpath_boolean(resource, 'name.exists()'), fhirpath_integer(resource, 'multipleBirth'), fhirpath_integer(resource, 'name.count()'),
       fhirpath_decimal(resource, 'value.value'), fhirpath_decimal(resource, 'value.value * 2'), fhirpath_date(resource, 'birthDate'), fhirpath_date(resource, 'effective'),
       fhirpath_timestamp(resource, 'effective') = '2016-03-28 07:30:00.5+00', fhirpath_exists(resource, 'value'), fhirpath_exists(resource, 'name.given')
FROM fp;
SELECT fhirpath_text(NULL, 'a'), fhirpath_text('{}', NULL), fhirpath_date('{"resourceType": "Patient", "birthDate": "1974-12"}', 'birthDate') IS NULL,
       fhirpath_timestamp('{"resourceType": "Patient", "deceasedDateTime": "2020-01-01"}', 'deceased') IS NULL, count(*) FROM fhirpath(NULL, 'a');
SELECT fhirpath_text(resource, 'birthDate.extension(%`ext-patient-birthTime`).value') FROM fp WHERE resource ? 'birthDate';

-- An index over an expression is used.
CREATE INDEX ON fp (fhirpath_text(resource, 'id'));
SET enable_seqscan = off;
EXPLAIN (COSTS off) SELECT FROM fp WHERE fhirpath_text(resource, 'id') = 'p1';
SELECT fhirpath_text(resource, 'id') FROM fp WHERE fhirpath_text(resource, 'id') = 'p1';
RESET enable_seqscan;

-- What an immutable function has not works in the form with variables.
SELECT fhirpath('{}', 'now()');
\echo :LAST_ERROR_SQLSTATE
SELECT fhirpath('{}', 'now() > @2020', '{}');
SELECT fhirpath('{}', 'today() = now().toDate() and now().toDate().toString() = %day', jsonb_build_object('day', to_char(current_date, 'YYYY-MM-DD')));
SELECT fhirpath(resource, 'code.memberOf(''http://x'')') FROM fp;
SELECT fhirpath('{"resourceType": "Observation", "subject": {"reference": "Patient/1"}}', 'subject.resolve()');
SELECT count(*) FROM fhirpath('{"resourceType": "Observation", "subject": {"reference": "Patient/1"}}', 'subject.resolve()', '{}');
SELECT fhirpath('{}', '%a | %b.c', '{"a": [1, 2], "b": {"c": "x"}}');
SELECT fhirpath('{}', '%a', '[]');

-- Refusals: the place, never the text.
SELECT fhirpath('{}', 'name.given SECRET');
\echo :LAST_ERROR_SQLSTATE
SELECT fhirpath('{}', 'secret(1)');
\echo :LAST_ERROR_SQLSTATE
SELECT fhirpath('{}', 'name.where()');
SELECT fhirpath('{}', '%secret');
SELECT fhirpath('{}', '1.ofType(Secret)');
SELECT fhirpath('{}', '(1 | 2).single()');
\echo :LAST_ERROR_SQLSTATE
SELECT fhirpath('{}', '''a'' - ''b''');
SELECT fhirpath('{}', '''aa''.matches(''(a)\\1'')');
SELECT fhirpath('{}', repeat('(', 10000) || '1' || repeat(')', 10000));
\echo :LAST_ERROR_SQLSTATE
SELECT fhirpath('{}', '1.repeatAll($this | $this + 1)');
\echo :LAST_ERROR_SQLSTATE
SELECT fhirpath('{}', '(1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 28).aggregate($total & $total & ''a'', '''').length()');
\echo :LAST_ERROR_SQLSTATE

DROP TABLE fp;

-- Quantities, with comparators; terminology of FHIR itself and of the database.
SELECT fhirpath_quantity(q, e) FROM (VALUES
    ('{"resourceType": "Observation", "valueQuantity": {"value": 5.0, "comparator": "<", "system": "http://unitsofmeasure.org", "code": "mg/dL"}}'::jsonb, 'value'),
    ('{}', '1.50 ''g'' + 250 ''mg'''), ('{}', '3 days'), ('{}', '3 months'), ('{}', '3'), ('{"resourceType": "Observation", "valueQuantity": {"value": 5, "unit": "drops", "code": "x"}}', 'value')) v (q, e);
SELECT fhirpath('{"resourceType": "Patient", "gender": "male"}', 'gender.memberOf(''http://hl7.org/fhir/ValueSet/administrative-gender'') | gender.memberOf(''http://x'').empty()', '{}');
SELECT pgclinical.load_code_system('{"resourceType": "CodeSystem", "url": "http://fp.example/cs", "status": "active", "content": "complete", "hierarchyMeaning": "is-a",
    "concept": [{"code": "A", "concept": [{"code": "B", "concept": [{"code": "C"}]}]}, {"code": "D"}]}') IS NOT NULL;
SELECT fhirpath('{"a": {"system": "http://fp.example/cs", "code": "A"}, "c": {"system": "http://fp.example/cs", "code": "C"}, "d": {"system": "http://fp.example/cs", "code": "D"}}',
    'a.subsumes(c) | d.subsumes(c).toString() | c.subsumedBy(a).toString() & ''.''', '{}');

-- Instances of FHIR types made in an expression.
SELECT fhirpath('{}', '%factory.Coding(''http://x'', ''c'') | %factory.HumanName(''A'', ''B'' | ''C'') | %factory.withExtension(%factory.integer(5), ''u'', true).extension');
SELECT fhirpath_text('{}', '%factory.code(''a '')');
SELECT fhirpath('{}', '%factory.Secret(1)');
\echo :LAST_ERROR_SQLSTATE

-- Before a resource is seen: what is wrong with an expression.
SELECT e, t, i.* FROM (VALUES ('name.given', 'Patient'), ('name.given1', 'Patient'), ('Encounter.status', 'Patient'), ('valueQuantity.unit', 'Observation'),
    ('value.unit', 'Observation'), ('children().skip(1)', 'Patient'), ('identifier.startsWith(''x'')', 'Patient'), ('iif(''a'', 1, 2)', NULL), ('name.', 'Patient'),
    ('secret()', NULL), ('entry.resource.anything', 'Bundle'), ('name.where(use = ''official'' and usee.exists())', 'Patient')) v (e, t), fhirpath_issues(e, t) i;
SELECT count(*) FROM fhirpath_issues(NULL) a, fhirpath_issues('name', 'Patient') b;
SELECT * FROM fhirpath_issues('name', 'Secret');

-- What trace() sees, then the result.
SELECT * FROM fhirpath_trace('{"resourceType": "Patient", "name": [{"family": "A"}, {"family": "B"}]}', 'name.trace(''names'').family.trace(''each'', $this & ''!'').first()');

-- What runs for long can be cancelled, at once.
CREATE FUNCTION cancelled(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz := clock_timestamp();
    numbers text := '(' || (SELECT string_agg(n::text, ' | ') FROM generate_series(1, 100) n) || ')';
BEGIN
    PERFORM count(*) FROM fhirpath('{}', replace(expression, 'N', numbers));
    RETURN 'ended';
EXCEPTION WHEN query_canceled THEN
    RETURN CASE WHEN clock_timestamp() - started < interval '3 s' THEN 'in time' ELSE 'late' END;
WHEN program_limit_exceeded THEN
    RETURN 'limit';
END $$;
SET statement_timeout = '300ms';
SELECT cancelled('N.select(N.select(N.where(N.exists($this = 0)).count()).count()).count()');
SELECT cancelled('N.select(N.select(N.select(N.distinct().count()).distinct()).isDistinct())');
SELECT cancelled('1.repeatAll(N.all(N.exists($this > 1000)))');
SELECT cancelled('N.select(N.select(N.select(N.sort(-$this).first() / 7 * 3.33 ''mg'' + 1 ''g'')).count()).count()');
RESET statement_timeout;
DROP FUNCTION cancelled;

-- checkModifiers() lets known modifier extensions pass; conformsTo() of loaded profiles needs the database.
SELECT fhirpath('{"resourceType": "Patient", "id": "p", "modifierExtension": [{"url": "urn:a"}, {"url": "urn:b"}]}',
                'checkModifiers(''urn:b'', ''urn:a'').id');
SELECT fhirpath('{"resourceType": "Patient", "modifierExtension": [{"url": "urn:secret"}]}', 'checkModifiers(''urn:a'')');
\echo :LAST_ERROR_SQLSTATE
SELECT fhirpath('{"resourceType": "Patient"}', 'conformsTo(''http://example.org/loaded'')');
\echo :LAST_ERROR_SQLSTATE
SELECT fhirpath('{"resourceType": "Patient"}', 'conformsTo(''http://example.org/loaded'')', '{}');
\echo :LAST_ERROR_SQLSTATE
