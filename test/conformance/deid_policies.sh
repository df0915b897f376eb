#!/usr/bin/env bash
# The anonymizer's functional pairs with their configurations as rows of a policy.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=../shared/suites/anonymizer
[ -d "$suite/functional" ] || { echo "no $suite here: not run"; echo "0 passed, 0 failed"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"; test/server.sh stop deid_policies' EXIT
read -r host port < <(test/server.sh start deid_policies)
db() { PGOPTIONS=--client-min-messages=warning psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
db -d postgres -c 'DROP DATABASE IF EXISTS deid_policies' -c 'CREATE DATABASE deid_policies'
python3 test/conformance/deid_policies.py make "$suite" "$work/input.csv"
head -c 64 /dev/zero | tr '\0' k >"$work/key"
chmod 755 "$work"
if [ "$(id -u)" -eq 0 ]; then chown postgres:postgres "$work/key"; fi
chmod 0400 "$work/key"
db -d deid_policies <<SQL
CREATE EXTENSION pgclinical;
LOAD 'pgclinical';
SET pgclinical.crosswalk_key_file = '$work/key';
CREATE TABLE input (name text, resource jsonb, policy jsonb);
\\copy input FROM '$work/input.csv' CSV ENCODING 'utf8'
CREATE TABLE output AS
    SELECT name, resource, policy, pgclinical.apply_policy(resource, policy, '{"person_id": "p"}') FROM input;
\\copy output TO '$work/output.csv' CSV ENCODING 'utf8'
SQL
python3 test/conformance/deid_policies.py judge "$work/output.csv" "$suite"
