#!/usr/bin/env bash
# The RF2 packages of Snowstorm and the Athena extracts load, and answer subsumption as a closure
# computed here by walking (RF2) or as their own CONCEPT_ANCESTOR (Athena) says; 200 and more cases
# of $subsumes and $translate of our own over them.
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=$(cd ../shared/suites 2>/dev/null && pwd) || { echo "0 passed, 0 failed"; exit 0; }
[ -d "$suites/terminology/rf2-snowstorm" ] || { echo "no suites here: not run"; echo "0 passed, 0 failed"; exit 0; }
read -r host port < <(test/server.sh start conformance_codes)
trap 'test/server.sh stop conformance_codes' EXIT
db() { PGOPTIONS=--client-min-messages=warning psql -XqAt -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U postgres "$@"; }
db -c 'DROP DATABASE IF EXISTS codes_releases' -c 'CREATE DATABASE codes_releases'
db -d codes_releases -c 'CREATE EXTENSION pgclinical'
python3 test/conformance/codes_releases.py "$suites" | db -d codes_releases |
    awk '/^(passed|failed)/ { n[$1] += $2; if ($0 != "passed 1") print; next } { print }
         END { printf "%d passed, %d failed\n", n["passed"], n["failed"] }'
