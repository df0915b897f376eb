#!/usr/bin/env bash
# The official FHIRPath tests for R4 and the cases of fhirpath.js, through SQL function fhirpath().
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=../shared/suites
[ -d "$suites/fhirpath" ] || { echo "no $suites/fhirpath: not run"; exit 0; }

cluster=conformance_fhirpath
read -r host port < <(test/server.sh start "$cluster")
trap 'test/server.sh drop "$cluster"' EXIT
sql() { psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
sql -c 'SET client_min_messages = warning' -c 'DROP DATABASE IF EXISTS fhirpath' -c 'CREATE DATABASE fhirpath'
sql -d fhirpath -c 'CREATE EXTENSION pgclinical'
python3 test/conformance/fhirpath.py "$suites" "$host" "$port"
