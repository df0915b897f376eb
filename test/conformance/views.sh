#!/usr/bin/env bash
# The SQL on FHIR suite: each case as rows of fhir_view_rows, as a SQL view and as a table that
# create_view keeps; all three must give what the case expects.  The report in the suite's own
# format is left in build/check/sql-on-fhir-report.json.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=../shared/suites/sql-on-fhir
if [ ! -d "$suite" ]; then
    echo "no ../shared here: SQL on FHIR not compared"
    echo "0 passed, 0 failed"
    exit 0
fi
mkdir -p build/check
read -r host port < <(test/server.sh start conformance_views)
trap 'test/server.sh drop conformance_views' EXIT
run() { psql -XqAt -h "$host" -p "$port" -U postgres "$@"; }
run -c 'CREATE EXTENSION pgclinical'
# Cases that expect an error go on after it.
python3 test/conformance/views.py sql "$suite" | run 2>build/check/views.errors |
    python3 test/conformance/views.py check "$suite" build/check/sql-on-fhir-report.json
