#!/usr/bin/env bash
# Safe harbor over every resource of the suites whose type is in scope, in both forms; the output is
# judged by deid_check.py, which shares nothing with the engine.  The last line counts.
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=$(cd ../shared/suites && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"; test/server.sh stop deid_conformance' EXIT

read -r host port < <(test/server.sh start deid_conformance)
db() { PGOPTIONS=--client-min-messages=warning psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
db -d postgres -c 'DROP DATABASE IF EXISTS deid_conformance' -c 'CREATE DATABASE deid_conformance'
db() { PGOPTIONS=--client-min-messages=warning psql -X -q -h "$host" -p "$port" -U postgres -d deid_conformance -v ON_ERROR_STOP=1 "$@"; }

python3 test/conformance/deid_check.py collect "$suites" "$work/input.csv"
db <<SQL
CREATE EXTENSION pgclinical;
CREATE TABLE input (n int, resource jsonb);
\\copy input FROM '$work/input.csv' CSV
CREATE TABLE codes AS
    SELECT n, coalesce(jsonb_object_agg(domain || '/' || identifier,
                       'q' || substr(md5('salt' || domain || '/' || identifier), 1, 12))
                       FILTER (WHERE domain IS NOT NULL), '{}') AS codes
    FROM input LEFT JOIN LATERAL deid_references(resource) ON true GROUP BY n;
CREATE TABLE output AS
    SELECT n, resource, codes,
           deid_safe_harbor(resource, NULL, '2026-01-01') AS unlinked,
           deid_safe_harbor(resource, NULL, '2026-01-01', codes) AS linked
    FROM input JOIN codes USING (n);
CREATE VIEW judged AS
    SELECT n, resource, codes, unlinked, linked,
           deid_safe_harbor(unlinked, NULL, '2026-01-01') = unlinked AS idempotent
    FROM output;
\\copy (SELECT * FROM judged ORDER BY n) TO '$work/output.csv' CSV
SQL
python3 test/conformance/deid_check.py judge "$work/output.csv"
