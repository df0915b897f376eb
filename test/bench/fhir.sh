#!/usr/bin/env bash
# fhir_parse beside ::jsonb on the same texts, net of the scan that hands the texts over.
#
# Run by bench.sh, or alone: PGHOST=... PGPORT=... PGUSER=... PGDATABASE=... test/bench/fhir.sh
# Texts: Observations, Patients and whole Bundles (some MB) of Synthea from ../shared/suites, each
# row's id its own; where the suites are not there, resources of the same shape made up here.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${ROWS:-200000}
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

sql -c "SET client_min_messages = warning; DROP TABLE IF EXISTS observation, patient, bundle" \
    -c "CREATE UNLOGGED TABLE observation (body text COMPRESSION lz4)" \
    -c "CREATE UNLOGGED TABLE patient (body text COMPRESSION lz4)" \
    -c "CREATE UNLOGGED TABLE bundle (body text COMPRESSION lz4)"

texts() { python3 test/bench/fhir_texts.py "$1" "$2" ../shared/suites/synthea; }
texts Observation "$rows" | sql -c "COPY observation FROM STDIN (FORMAT csv)"
texts Patient "$((rows / 10))" | sql -c "COPY patient FROM STDIN (FORMAT csv)"
texts Bundle "$((rows / 5000))" | sql -c "COPY bundle FROM STDIN (FORMAT csv)"
sql -c "VACUUM ANALYZE observation" -c "VACUUM ANALYZE patient" -c "VACUUM ANALYZE bundle"

report='
    { ms[$1] = $2; rows = $3; bytes = $4 }
    END {
        ours = ms["fhir_parse"] - ms["scan"]; theirs = ms["jsonb"] - ms["scan"]
        printf "%s: %d rows of %d bytes: scan %.0f ms, ::jsonb %.0f ms, fhir_parse %.0f ms\n",
               table, rows, bytes, ms["scan"], ms["jsonb"], ms["fhir_parse"]
        printf "result\tfhir_parse against ::jsonb, %s, net of the scan\t%.2f\ttimes\tat least 4\n",
               table, theirs / ours
        printf "result\tfhir_parse, %s, net\t%.2f\tk rows/s\t\n", table, rows / ours
        printf "result\tfhir_parse, %s, net\t%.0f\tMB/s\t\n", table, rows * bytes / ours / 1000
    }'

# Best of five, in milliseconds; taken in turn, so that a busy moment hits all alike.
for table in observation patient bundle; do
    sql <<SQL | awk -F'|' -v table="$table" "$report"
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE FUNCTION pg_temp.ms(q text) RETURNS float8 LANGUAGE plpgsql AS \$\$
DECLARE t timestamptz := clock_timestamp();
BEGIN EXECUTE q; RETURN extract(epoch FROM clock_timestamp() - t) * 1000; END \$\$;
CREATE TEMP TABLE took AS
SELECT kind, pg_temp.ms(format('SELECT count(%s) FROM $table', expression)) AS ms
FROM generate_series(1, 5) round,
     (VALUES ('scan', 'body LIKE ''x%'''), ('jsonb', 'body::jsonb'),
             ('fhir_parse', 'fhir_parse(body)')) AS e (kind, expression);
SELECT kind, min(ms), (SELECT count(*) FROM $table), (SELECT avg(octet_length(body)) FROM $table)
FROM took GROUP BY kind;
SQL
done
