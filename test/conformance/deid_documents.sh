#!/usr/bin/env bash
# Safe Harbor of C-CDA and X12: the suites' documents, and the same full of canaries.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -d ../shared/suites/ccda ] || { echo "no suites here: not run"; echo "0 passed, 0 failed"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"; test/server.sh stop deid_documents' EXIT
read -r host port < <(test/server.sh start deid_documents)
db() { PGOPTIONS=--client-min-messages=warning psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
db -d postgres -c 'DROP DATABASE IF EXISTS deid_documents' -c 'CREATE DATABASE deid_documents'
python3 test/conformance/deid_documents.py make ../shared/suites "$work/input.csv"
db -d deid_documents <<SQL
CREATE EXTENSION pgclinical;
CREATE TABLE input (n int, format text, kind text, body text);
\\copy input FROM '$work/input.csv' CSV ENCODING 'utf8'
CREATE FUNCTION copy_of(format text, body text, codes jsonb) RETURNS text LANGUAGE sql AS \$\$
SELECT CASE WHEN format = 'xml' AND codes IS NULL THEN deid_safe_harbor(body::xml, NULL, '2026-01-01')::text
            WHEN format = 'xml' THEN deid_safe_harbor(body::xml, NULL, '2026-01-01', codes)::text
            WHEN codes IS NULL THEN deid_x12(body, NULL, '2026-01-01')
            ELSE deid_x12(body, NULL, '2026-01-01', codes) END \$\$;
CREATE TABLE codes AS
    SELECT n, jsonb_object_agg(domain || '/' || identifier, 'kq') AS codes
    FROM input, deid_references(body::xml) WHERE format = 'xml' GROUP BY n
    UNION ALL
    SELECT n, jsonb_object_agg(domain || '/' || identifier, 'kq')
    FROM input, deid_x12_references(body) WHERE format = 'x12' GROUP BY n;
CREATE TABLE output AS
    SELECT n, format, kind, body, copy_of(format, body, NULL) AS unlinked,
           copy_of(format, body, coalesce(codes, '{}')) AS linked
    FROM input LEFT JOIN codes USING (n);
\\copy (SELECT *, copy_of(format, unlinked, NULL) FROM output) TO '$work/output.csv' CSV ENCODING 'utf8'
SQL
python3 test/conformance/deid_documents.py judge "$work/output.csv"
