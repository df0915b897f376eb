#!/usr/bin/env bash
# UCUM against the public cases of FHIR/Ucum-java (validation, display, conversion, multiplication,
# division), and local units and codes against the hand-written expectations of local_units.csv and
# code_forms.csv beside this script.
#
#   test/conformance/ucum.sh [SUITES]
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=${1:-../shared/suites}

read -r host port < <(test/server.sh start conformance_ucum)
trap 'test/server.sh drop conformance_ucum' EXIT
sql() { psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }

sql -c 'SET client_min_messages = warning' -c 'DROP EXTENSION IF EXISTS pgclinical' \
    -c 'CREATE EXTENSION pgclinical' \
    -c 'CREATE TABLE verdict (suite text, name text, passed boolean, found text)' \
    -c 'CREATE TABLE suite_case (id text, kind text, unit text, value numeric, other_unit text,
                                 other_value numeric, expected text, expected_unit text)' \
    -c 'CREATE TABLE local_unit (spelling text, code text, ucum text, issue text, why text)' \
    -c 'CREATE TABLE code_form (kind text, code text, valid boolean, form text, why text)'

if [ -f "$suites/ucum/UcumFunctionalTests.xml" ]; then
    python3 - "$suites/ucum/UcumFunctionalTests.xml" <<'PY' |
import csv, sys
import xml.etree.ElementTree as ElementTree
out = csv.writer(sys.stdout)
root = ElementTree.parse(sys.argv[1]).getroot()
text = lambda s: '"' + s.replace('"', '""') + '"'   # an empty text is not NULL
for section in root:
    for case in section.findall("case"):
        get = case.get
        row = {
            "validation": lambda: (get("unit"), "", "", "", get("valid"), ""),
            "displayNameGeneration": lambda: (get("unit"), "", "", "", get("display"), ""),
            "conversion": lambda: (get("srcUnit"), get("value"), get("dstUnit"), "", get("outcome"), ""),
            "multiplication": lambda: (get("u1"), get("v1"), get("u2"), get("v2"), get("vRes"), get("uRes")),
            "division": lambda: (get("u1"), get("v1"), get("u2"), get("v2"), get("vRes"), get("uRes")),
        }[section.tag]()
        unit, value, other, other_value, expected, expected_unit = row
        print(",".join([text(get("id")), text(section.tag), text(unit), value, text(other),
                        other_value, text(expected), text(expected_unit)]))
PY
        sql -c "COPY suite_case FROM STDIN (FORMAT csv)"
fi
sql -c "COPY local_unit FROM STDIN (FORMAT csv, HEADER)" <test/conformance/local_units.csv
sql -c "COPY code_form FROM STDIN (FORMAT csv, HEADER)" <test/conformance/code_forms.csv

sql <<'SQL'
-- The suite's outcomes have as many significant digits as its inputs: so many are compared.
CREATE FUNCTION pg_temp.significant(n text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT greatest(1, length(ltrim(replace(replace(n, '.', ''), '-', ''), '0')))
$$;
CREATE FUNCTION pg_temp.rounded(v numeric, n text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN v = 0 THEN v ELSE
        round(v, pg_temp.significant(n) - 1 - floor(log(abs(v)))::int) END
$$;
CREATE FUNCTION pg_temp.answer(c suite_case) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    q quantity;
BEGIN
    CASE c.kind
    WHEN 'validation' THEN
        RETURN ucum_is_valid(c.unit);
    WHEN 'displayNameGeneration' THEN
        RETURN ucum_display(c.unit);
    WHEN 'conversion' THEN
        RETURN pg_temp.rounded(ucum_convert(c.value, c.unit, c.other_unit), c.expected);
    WHEN 'multiplication' THEN
        q := quantity(c.value, c.unit) * quantity(c.other_value, c.other_unit);
    ELSE
        q := quantity(c.value, c.unit) / quantity(c.other_value, c.other_unit);
    END CASE;
    RETURN pg_temp.rounded(ucum_convert(quantity_value(q), quantity_unit(q), c.expected_unit), c.expected);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END $$;
INSERT INTO verdict
SELECT 'UCUM ' || kind, id || ' ' || unit,
       CASE WHEN kind IN ('validation', 'displayNameGeneration') THEN found = expected
            WHEN found ~ '^-?[0-9.]+$' THEN found::numeric = expected::numeric
            ELSE false END,
       found
FROM (SELECT c.*, pg_temp.answer(c) AS found FROM suite_case c) c;

INSERT INTO verdict
SELECT 'local units', l.spelling || coalesce(' for ' || l.code, ''),
       u.ucum IS NOT DISTINCT FROM l.ucum AND (u.issue).format_code IS NOT DISTINCT FROM l.issue,
       coalesce(u.ucum, (u.issue).format_code)
FROM local_unit l CROSS JOIN LATERAL lab_unit(l.spelling, ('loinc|' || l.code)::coding) u;

CREATE FUNCTION pg_temp.form(kind text, what text, code text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
    EXECUTE format('SELECT code_%s_%s($1)::text', kind, what) INTO answer USING code;
    RETURN answer;
END $$;
INSERT INTO verdict
SELECT 'code forms', kind || ' ' || code,
       pg_temp.form(kind, 'is_valid', code)::boolean = valid
           AND pg_temp.form(kind, 'format', code) IS NOT DISTINCT FROM form,
       pg_temp.form(kind, 'is_valid', code) || ' ' || coalesce(pg_temp.form(kind, 'format', code), 'none')
FROM code_form;

\pset footer off
SELECT suite, count(*) AS cases, count(*) FILTER (WHERE passed) AS passed FROM verdict GROUP BY 1 ORDER BY 1;
SELECT suite, name, found FROM verdict WHERE passed IS NOT TRUE ORDER BY 1, 2 LIMIT 60;
\pset tuples_only on
\pset format unaligned
SELECT count(*) FILTER (WHERE passed) || ' passed, ' || count(*) FILTER (WHERE passed IS NOT TRUE) || ' failed'
FROM verdict;
SQL
