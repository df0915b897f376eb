#!/usr/bin/env bash
# A view of create_view beside the SQL that one would write by hand for the same columns, and
# beside DuckDB over the same JSON; two processes beside one.
#
# Run by bench.sh, or alone: PGHOST=... PGPORT=... PGUSER=... PGDATABASE=... test/bench/views.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${ROWS:-100000}
out=build/bench
mkdir -p "$out"
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

sql -c "SET client_min_messages = warning; DROP TABLE IF EXISTS observation, patient CASCADE" \
    -c "CREATE UNLOGGED TABLE observation (resource jsonb COMPRESSION lz4)" \
    -c "CREATE UNLOGGED TABLE patient (resource jsonb COMPRESSION lz4)" \
    -c "CREATE UNLOGGED TABLE body (resource text)"
for type in Observation Patient; do
    n=$([ $type = Patient ] && echo $((rows / 4)) || echo "$rows")
    python3 test/bench/fhir_texts.py $type "$n" ../shared/suites/synthea >"$out/$type.csv"
    sql -c "TRUNCATE body" -c "\\copy body FROM '$out/$type.csv' (FORMAT csv)" \
        -c "INSERT INTO ${type,,} SELECT fhir_parse(resource) FROM body" -c "VACUUM ANALYZE ${type,,}"
done

sql <<'SQL'
SELECT pgclinical.create_view('observations', '{"resource": "Observation", "select": [{"column": [
    {"name": "id", "path": "id"}, {"name": "status", "path": "status"},
    {"name": "patient", "path": "subject.reference"}, {"name": "encounter", "path": "encounter.reference"},
    {"name": "code", "path": "code.coding.first().code"}, {"name": "display", "path": "code.coding.first().display"},
    {"name": "effective", "path": "effective.ofType(dateTime)"}, {"name": "issued", "path": "issued"},
    {"name": "value", "path": "value.ofType(Quantity).value"}, {"name": "unit", "path": "value.ofType(Quantity).unit"}]}]}', 'observation');
SELECT pgclinical.create_view('patients', '{"resource": "Patient", "select": [{"column": [
    {"name": "id", "path": "id"}, {"name": "gender", "path": "gender"}, {"name": "birth", "path": "birthDate"},
    {"name": "family", "path": "name.first().family"}, {"name": "given", "path": "name.first().given.first()"},
    {"name": "phone", "path": "telecom.first().value"}, {"name": "city", "path": "address.first().city"},
    {"name": "state", "path": "address.first().state"}, {"name": "zip", "path": "address.first().postalCode"},
    {"name": "marital", "path": "maritalStatus.coding.first().code"},
    {"name": "language", "path": "communication.first().language.coding.first().code"},
    {"name": "twin", "path": "multipleBirth.ofType(boolean)"}]}]}', 'patient');
CREATE VIEW observations_by_hand AS SELECT resource ->> 'id' AS id, resource ->> 'status' AS status,
    resource -> 'subject' ->> 'reference' AS patient, resource -> 'encounter' ->> 'reference' AS encounter,
    resource -> 'code' -> 'coding' -> 0 ->> 'code' AS code, resource -> 'code' -> 'coding' -> 0 ->> 'display' AS display,
    resource ->> 'effectiveDateTime' AS effective, resource ->> 'issued' AS issued,
    (resource -> 'valueQuantity' -> 'value')::numeric AS value, resource -> 'valueQuantity' ->> 'unit' AS unit
    FROM observation WHERE resource ->> 'resourceType' = 'Observation';
CREATE VIEW patients_by_hand AS SELECT resource ->> 'id' AS id, resource ->> 'gender' AS gender, resource ->> 'birthDate' AS birth,
    resource -> 'name' -> 0 ->> 'family' AS family, resource -> 'name' -> 0 -> 'given' ->> 0 AS given,
    resource -> 'telecom' -> 0 ->> 'value' AS phone, resource -> 'address' -> 0 ->> 'city' AS city,
    resource -> 'address' -> 0 ->> 'state' AS state, resource -> 'address' -> 0 ->> 'postalCode' AS zip,
    resource -> 'maritalStatus' -> 'coding' -> 0 ->> 'code' AS marital,
    resource -> 'communication' -> 0 -> 'language' -> 'coding' -> 0 ->> 'code' AS language,
    (resource -> 'multipleBirthBoolean')::boolean AS twin
    FROM patient WHERE resource ->> 'resourceType' = 'Patient';
SQL
for view in observations patients; do
    differ=$(sql -c "SELECT count(*) FROM ((TABLE $view EXCEPT TABLE ${view}_by_hand) UNION ALL
                     (TABLE ${view}_by_hand EXCEPT TABLE $view)) d")
    [ "$differ" = 0 ] || { echo "$view: $differ rows differ from the SQL by hand" >&2; exit 1; }
done

# Best of three, in milliseconds; taken in turn, so that a busy moment hits all alike.
sql <<'SQL' >"$out/views.times"
SET jit = off;
CREATE FUNCTION pg_temp.ms(source text, workers int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE t timestamptz;
BEGIN
    PERFORM set_config('max_parallel_workers_per_gather', workers::text, false);
    PERFORM set_config('parallel_setup_cost', '0', false), set_config('parallel_tuple_cost', '0', false),
            set_config('min_parallel_table_scan_size', '0', false);
    t := clock_timestamp();
    EXECUTE format('CREATE UNLOGGED TABLE made AS SELECT * FROM %I', source);
    DROP TABLE made;
    RETURN extract(epoch FROM clock_timestamp() - t) * 1000;
END $$;
CREATE TEMP TABLE took AS
SELECT source, workers, pg_temp.ms(source, workers) AS ms
FROM generate_series(1, 3) round, (VALUES ('observations', 0), ('observations_by_hand', 0), ('observations', 1),
    ('patients', 0), ('patients_by_hand', 0), ('patients', 1)) AS v (source, workers);
SELECT source, workers, min(ms) FROM took GROUP BY 1, 2;
SQL
sql -c "ALTER TABLE observation SET (parallel_workers = 1)" -c "ALTER TABLE patient SET (parallel_workers = 1)"

# DuckDB over the same JSON, stored as text and as a file, if npm brings it.
if modules=$(test/bench/npm.sh @duckdb/node-api@1.5.6-r.1); then
    python3 -c '
import csv, sys
csv.field_size_limit(1 << 30)
for row in csv.reader(sys.stdin): print(row[0])' <"$out/Observation.csv" >"$out/Observation.ndjson"
    NODE_PATH=$modules node test/bench/views_duckdb.cjs "$out/Observation.ndjson" >>"$out/views.times" || true
fi
awk -F'|' -v rows="$rows" '
    { ms[$1 " " $2] = $3 }
    function put(what, figure, unit, goal) { printf "result\t%s\t%.2f\t%s\t%s\n", what, figure, unit, goal }
    END {
        put("create_view against SQL by hand, small observations", ms["observations_by_hand 0"] / ms["observations 0"], "times", "at least 1")
        put("create_view against SQL by hand, toasted patients", ms["patients_by_hand 0"] / ms["patients 0"], "times", "at least 4")
        put("create_view, observations", rows / ms["observations 0"], "k rows/s", "")
        put("create_view, patients", rows / 4 / ms["patients 0"], "k rows/s", "")
        put("two processes against one, observations", ms["observations 0"] / ms["observations 1"], "times", "at least 1.8")
        put("two processes against one, patients", ms["patients 0"] / ms["patients 1"], "times", "at least 1.8")
        if (ms["duckdb stored"]) put("create_view against DuckDB over stored JSON", ms["duckdb stored"] / ms["observations 0"], "times", "at least 2")
        if (ms["duckdb file"]) put("create_view against DuckDB reading the NDJSON file", ms["duckdb file"] / ms["observations 0"], "times", "at least 1")
    }' "$out/views.times"
