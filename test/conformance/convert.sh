#!/usr/bin/env bash
# Every message of three public collections is converted or refused with a true reason; what comes
# out is valid FHIR R4 by structure, and agrees with the pairs of the mapping inventory.
#
#   test/conformance/convert.sh [-v]
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=../shared/suites/hl7v2
tables=../shared/reference/tables
if [ ! -d "$suites" ] || [ ! -d "$tables" ]; then
    echo "no ../shared here: conversion not compared"
    echo "0 passed, 0 failed"
    exit 0
fi
read -r host port < <(test/server.sh start conformance)
trap 'test/server.sh stop conformance' EXIT
run() { psql -XqAt -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U postgres "$@"; }
run -c 'DROP DATABASE IF EXISTS convert_check' -c 'CREATE DATABASE convert_check'
run -d convert_check -c 'CREATE EXTENSION pgclinical'
pairs=0
python3 test/conformance/convert_pairs.py sql | run -d convert_check |
    python3 test/conformance/convert_pairs.py check || pairs=1
python3 src/convert/data/coverage.py "$tables" || pairs=1
python3 test/conformance/convert.py sql "$suites" | run -d convert_check |
    python3 test/conformance/convert.py check "$suites" "$tables" docs/conformance.md,docs/convert.md "$pairs" "$@"
