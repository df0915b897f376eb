-- deid_text: laws of note scrubbing as SQL sees it.  The detectors one by one: test/unit/deid_note.cpp.
CREATE TEMP TABLE note (n int PRIMARY KEY, note text);
INSERT INTO note VALUES
(1, 'Mr. Zebulon Quackenbush, a 97-year-old man from Salem, MA 01970, was seen on March 3rd, 2021 (MRN: 00123456).'),
(2, 'Call 555-867-5309 or zq@example.org; SSN 123-45-6789. Foley catheter in place, Parkinson''s disease stable.'),
(3, 'BP 120/80, 5/5 strength, Hgb 12.3, metformin 500 mg bid since 2019.'),
(4, 'Größe 180 cm. Frau Müller-Lüdenscheidt, née Øster 😀, Tel. (555) 867-5309.'),
(5, ''), (6, NULL);
SELECT n, deid_text(note) FROM note ORDER BY n;

-- Law: the spans are what deid_text replaces, in characters.
SELECT n, s.*, substr(note, start_offset + 1, end_offset - start_offset) AS text
FROM note, deid_text_spans(note) s ORDER BY n, start_offset;

-- Known people: nicknames, initials, swapped order, typing errors, other formats.
SELECT deid_text(t, '{"name": [{"family": "Brown", "given": ["Robert", "Quincy"]}], "birthDate": "1950-04-05",
 "telecom": [{"system": "phone", "value": "+1 (555) 867-5309"}], "identifier": [{"value": "A-00123"}],
 "address": [{"line": ["12 Long Street"], "city": "Reading"}]}')
FROM unnest(ARRAY[
 'Bob has brown sputum. BROWN, ROBERT. Mr Brown came; Robret was told. R.Q.B.',
 'ring 5558675309 or 867 5309; file a00123; born 4/5/50 or 05.04.1950 or 19500405',
 'He lives at 12 Long Street in Reading, reading long books.']) t;

-- FHIR resources may be given as they are.
SELECT deid_text('Seen with Yorick Quibblington.',
 '[{"resourceType": "Patient", "id": "1", "active": true, "name": [{"use": "official", "family": "Quibblington", "given": ["Yorick"]}]}]');

-- Options.
SELECT deid_text(note, NULL, '{"years": false, "areas": false}') FROM note WHERE n = 1;
SELECT deid_text(note, NULL, '{"keep": ["date"]}') FROM note WHERE n = 1;
SELECT deid_text(note, NULL, '{"replace": "surrogate", "seed": "s"}') = deid_text(note, NULL, '{"replace": "surrogate", "seed": "s"}') AS same,
       deid_text(note, NULL, '{"replace": "surrogate", "seed": "s"}') <> deid_text(note, NULL, '{"replace": "surrogate", "seed": "t"}') AS seeded
FROM note WHERE n = 1;
SELECT deid_text('the zorbing of Zorb at Glimmer Falls', NULL, '{"names": ["Zorb"], "places": ["Glimmer Falls"], "allow": ["zorbing"]}');
SELECT deid_text('xylquist was seen', NULL, '{"mode": "strict"}');

-- Who is over 89 at the reference date.
SELECT deid_text('4/5/2012: an 82-year-old, born 2/3/1930, a farmer since 1931, married in 1950.', NULL, o) FROM (VALUES
 (NULL::jsonb), ('{"reference_date": "2012-12-31"}'), ('{"reference_date": "2026-06-01"}')) v(o);
SELECT deid_text('x', NULL, '{"reference_date": "Quackenbush"}');

-- Arguments that change from row to row.
SELECT deid_text('Anna met quibble and worble', jsonb_build_object('names', k)) FROM unnest(ARRAY['quibble', 'worble', 'quibble']) k;
SELECT deid_text('worble', k), deid_text('worble', NULL, o)
FROM (VALUES ('{"name": "worble"}'::jsonb, '{"names": ["worble"]}'::jsonb), (NULL, NULL), ('{}', '{}')) v(k, o);

-- Errors say the rule, never the text.
SELECT deid_text('x', '{"secret": "Quackenbush"}');
SELECT deid_text('x', NULL, '{"mode": "Quackenbush"}');
SELECT deid_text('x', NULL, '{"Quackenbush": 1}');
SELECT deid_text('x', NULL, '[]');
SELECT deid_text('x', NULL, '{"threshold": 2}');
SELECT deid_text(repeat('x ', 6000000));
