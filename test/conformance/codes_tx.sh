#!/usr/bin/env bash
# $expand and $validate-code of HL7's terminology ecosystem tests, on the code systems that come
# with them.  Each suite of test-cases.json is set up in an empty terminology.
#
#   test/conformance/codes_tx.sh [-v]
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=../shared/suites/terminology/fhir-tx-ecosystem
[ -d "$suite" ] || { echo "no $suite here: not run"; echo "0 passed, 0 failed"; exit 0; }
read -r host port < <(test/server.sh start conformance_codes)
trap 'test/server.sh stop conformance_codes' EXIT
db() { psql -XqAt -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U postgres "$@"; }
db -c 'DROP DATABASE IF EXISTS codes_tx' -c 'CREATE DATABASE codes_tx'
db -d codes_tx -c 'CREATE EXTENSION pgclinical'
python3 test/conformance/codes_tx.py sql "$suite" | db -d codes_tx |
    python3 test/conformance/codes_tx.py check "$suite" "$@"
