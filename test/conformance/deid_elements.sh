#!/usr/bin/env bash
# Safe Harbor of C-CDA and X12 element by element, and of areas, dates and marks in every format.  The
# last line counts.
set -euo pipefail
cd "$(dirname "$0")/../.."
reference=../shared/reference
[ -d "$reference/privacy" ] || { echo "no $reference here: not run"; echo "0 passed, 0 failed"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"; test/server.sh stop deid_elements' EXIT
read -r host port < <(test/server.sh start deid_elements)
db() { PGOPTIONS=--client-min-messages=warning psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
db -d postgres -c 'DROP DATABASE IF EXISTS deid_elements' -c 'CREATE DATABASE deid_elements'
python3 test/conformance/deid_elements.py make "$reference" "$work/input.csv"
python3 test/conformance/deid_elements.py zip "$reference" "$work/zip.csv"
db -d deid_elements <<SQL
CREATE EXTENSION pgclinical;
CREATE TABLE input (n int, format text, kind text, at date, expected text, text text);
\\copy input FROM '$work/input.csv' CSV FORCE NOT NULL expected ENCODING 'utf8'
CREATE FUNCTION copied(format text, text text, at date) RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN
    RETURN CASE format WHEN 'hl7v2' THEN deid_safe_harbor(hl7v2(text), NULL, at)::text
        WHEN 'xml' THEN deid_safe_harbor(text::xml, NULL, at)::text
        WHEN 'x12' THEN deid_x12(text, NULL, at) ELSE deid_safe_harbor(text::jsonb, NULL, at)::text END;
END \$\$;
CREATE TABLE output AS SELECT *, copied(format, text, at) AS copy FROM input;
\\copy (SELECT *, copied(format, copy, at) FROM output ORDER BY n) TO '$work/output.csv' CSV ENCODING 'utf8'
CREATE TABLE zip (zip text, basis text, expected text);
\\copy zip FROM '$work/zip.csv' CSV
\\pset tuples_only on
\\o $work/zip
SELECT format('%s %s: %s instead of %s', zip, basis, deid_zip3(zip, basis), expected) FROM zip
WHERE deid_zip3(zip, basis) IS DISTINCT FROM expected;
SELECT format('%s passed, %s failed', count(*) FILTER (WHERE same), count(*) FILTER (WHERE NOT same))
FROM (SELECT deid_zip3(zip, basis) IS NOT DISTINCT FROM expected AS same FROM zip) z;
SQL
python3 test/conformance/deid_elements.py judge "$work/output.csv" >"$work/report"
cat "$work/zip" >>"$work/report"
grep -v ' passed, ' "$work/report" | sed '/^$/d' | head -60 || true
awk '/ passed, /{p += $1; f += $3} END {printf "%d passed, %d failed\n", p, f}' "$work/report"
