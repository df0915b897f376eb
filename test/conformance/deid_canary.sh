#!/usr/bin/env bash
# Every element of the R4 definitions of the types in scope, filled with canaries: none comes out.
set -euo pipefail
cd "$(dirname "$0")/../.."
elements=../shared/reference/tables/fhir_r4_elements.csv
[ -f "$elements" ] || { echo "no $elements here: not run"; echo "0 passed, 0 failed"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"; test/server.sh stop deid_canary' EXIT
read -r host port < <(test/server.sh start deid_canary)
db() { PGOPTIONS=--client-min-messages=warning psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
db -d postgres -c 'DROP DATABASE IF EXISTS deid_canary' -c 'CREATE DATABASE deid_canary'
python3 test/conformance/deid_canary.py make "$elements" "$work/input.csv"
python3 test/conformance/deid_canary.py make_kept "$elements" "$work/kept.csv"
db -d deid_canary <<SQL
CREATE EXTENSION pgclinical;
CREATE TABLE input (n int, resource jsonb);
\\copy input FROM '$work/input.csv' CSV
\\copy input FROM '$work/kept.csv' CSV
CREATE TABLE codes AS SELECT n, jsonb_object_agg(domain || '/' || identifier, 'k1') AS codes
    FROM input, deid_references(resource) GROUP BY n;
CREATE TABLE output AS
    SELECT n, resource, deid_safe_harbor(resource, NULL, '2026-01-01') AS unlinked,
           deid_safe_harbor(resource, NULL, '2026-01-01', coalesce(codes, '{}')) AS linked
    FROM input LEFT JOIN codes USING (n);
\\copy (SELECT * FROM output WHERE n < 0) TO '$work/kept.csv' CSV
\\copy (SELECT * FROM output WHERE n > 0) TO '$work/output.csv' CSV
SQL
{
    python3 test/conformance/deid_canary.py judge "$work/output.csv"
    python3 test/conformance/deid_canary.py judge_kept "$work/kept.csv"
} | tee "$work/report" | grep -v ' passed, ' || true
awk '/ passed, /{p += $1; f += $3} END {printf "%d passed, %d failed\n", p, f}' "$work/report"
