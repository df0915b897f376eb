#!/usr/bin/env bash
# Safe Harbor of HL7 v2: every field of every version with canaries and with values that may stay,
# and the messages of the suites.  The last line counts.
set -euo pipefail
cd "$(dirname "$0")/../.."
definitions=../shared/suites/hl7v2/definitions/hl7v2-dictionary
[ -d "$definitions" ] || { echo "no $definitions here: not run"; echo "0 passed, 0 failed"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"; test/server.sh stop deid_hl7v2' EXIT
read -r host port < <(test/server.sh start deid_hl7v2)
db() { PGOPTIONS=--client-min-messages=warning psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
db -d postgres -c 'DROP DATABASE IF EXISTS deid_hl7v2' -c 'CREATE DATABASE deid_hl7v2'
python3 test/conformance/deid_hl7v2.py make "$definitions" ../shared/suites "$work/input.csv"
db -d deid_hl7v2 <<SQL
CREATE EXTENSION pgclinical;
CREATE TABLE input (n int, kind text, message text);
\\copy input FROM '$work/input.csv' CSV
CREATE TABLE message AS SELECT n, kind, hl7v2_try(message) AS message FROM input;
CREATE TABLE codes AS SELECT n, jsonb_object_agg(domain || '/' || identifier, 'kq') AS codes
    FROM message, deid_references(message) GROUP BY n;
CREATE TABLE output AS
    SELECT n, kind, message::text, deid_safe_harbor(message, NULL, '2026-01-01')::text AS unlinked,
           deid_safe_harbor(message, NULL, '2026-01-01', coalesce(codes, '{}'))::text AS linked
    FROM message LEFT JOIN codes USING (n) WHERE message IS NOT NULL;
\\copy output TO '$work/output.csv' CSV
\\copy (SELECT kind, unlinked, deid_safe_harbor(hl7v2_try(unlinked), NULL, '2026-01-01')::text FROM output) TO '$work/again.csv' CSV
SQL
python3 test/conformance/deid_hl7v2.py judge "$work/output.csv" "$work/again.csv"
