#!/usr/bin/env bash
# Nothing is dropped silently: every word of every message is in what was made of it, or
# hl7v2_unconverted or an issue names its place.
#
#   test/conformance/convert_silent.sh [-v]
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=../shared/suites/hl7v2
if [ ! -d "$suites" ]; then
    echo "no ../shared here: nothing looked for"
    echo "0 passed, 0 failed"
    exit 0
fi
read -r host port < <(test/server.sh start conformance)
trap 'test/server.sh stop conformance' EXIT
run() { psql -XqAt -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U postgres "$@"; }
run -c 'DROP DATABASE IF EXISTS silent_check' -c 'CREATE DATABASE silent_check'
run -d silent_check -c 'CREATE EXTENSION pgclinical'
python3 test/conformance/convert_silent.py sql "$suites" | run -d silent_check |
    python3 test/conformance/convert_silent.py check "$@"
