#!/usr/bin/env bash
# Ten FHIRPath calls a row beside hand-written ->/->> and jsonb_path_query_first, on small resources
# (Observations) and toasted ones (Patients); and beside compiled fhirpath.js where npm has it.
#
# Run by bench.sh, or alone: PGHOST=... PGPORT=... PGUSER=... PGDATABASE=... test/bench/fhirpath.sh
# Resources: Synthea's from ../shared/suites, else made up here, each row's id its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${ROWS:-100000}
mkdir -p build/bench
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

texts() { python3 test/bench/fhir_texts.py "$1" "$2" ../shared/suites/synthea; }
sql -c "SET client_min_messages = warning; DROP TABLE IF EXISTS observation, patient" \
    -c "CREATE UNLOGGED TABLE observation (resource jsonb COMPRESSION lz4)" \
    -c "CREATE UNLOGGED TABLE patient (resource jsonb COMPRESSION lz4)"
texts Observation "$rows" | sql -c "COPY observation FROM STDIN (FORMAT csv)"
texts Patient "$((rows / 5))" | sql -c "COPY patient FROM STDIN (FORMAT csv)"
sql -c "VACUUM ANALYZE observation" -c "VACUUM ANALYZE patient"

# The same ten columns three ways: FHIRPath, operators, SQL/JSON path; and the least that calls can
# cost: jsonb_typeof, which looks at the value's first word alone, ten times where a value is small
# and once (one detoasting) where it is toasted.
columns() {
    python3 - "$@" <<'PY'
import sys
ten = {"observation": [
    ("id", "->>'id'", "$.id"), ("status", "->>'status'", "$.status"),
    ("code.coding[0].code", "->'code'->'coding'->0->>'code'", "$.code.coding[0].code"),
    ("code.coding[0].system", "->'code'->'coding'->0->>'system'", "$.code.coding[0].system"),
    ("subject.reference", "->'subject'->>'reference'", "$.subject.reference"),
    ("effective", "->>'effectiveDateTime'", "$.effectiveDateTime"),
    ("value.value", "->'valueQuantity'->>'value'", "$.valueQuantity.value"),
    ("value.unit", "->'valueQuantity'->>'unit'", "$.valueQuantity.unit"),
    ("category[0].coding[0].code", "->'category'->0->'coding'->0->>'code'", "$.category[0].coding[0].code"),
    ("issued", "->>'issued'", "$.issued")],
 "patient": [
    ("id", "->>'id'", "$.id"), ("gender", "->>'gender'", "$.gender"), ("birthDate", "->>'birthDate'", "$.birthDate"),
    ("name[0].family", "->'name'->0->>'family'", "$.name[0].family"),
    ("name[0].given[0]", "->'name'->0->'given'->>0", "$.name[0].given[0]"),
    ("address[0].city", "->'address'->0->>'city'", "$.address[0].city"),
    ("address[0].postalCode", "->'address'->0->>'postalCode'", "$.address[0].postalCode"),
    ("maritalStatus.coding[0].code", "->'maritalStatus'->'coding'->0->>'code'", "$.maritalStatus.coding[0].code"),
    ("telecom[0].value", "->'telecom'->0->>'value'", "$.telecom[0].value"),
    ("identifier[1].value", "->'identifier'->1->>'value'", "$.identifier[1].value")]}[sys.argv[1]]
q = lambda s: s.replace("'", "''")
if len(sys.argv) > 2:
    print("\n".join(a for a, _, _ in ten))
    sys.exit()
print(", ".join(f"count(fhirpath_text(resource, '{q(a)}'))" for a, _, _ in ten))
print(", ".join(f"count(resource{b})" for _, b, _ in ten))
print(", ".join(f"count(jsonb_path_query_first(resource, '{c}') #>> '{{}}')" for _, _, c in ten))
calls = 1 if sys.argv[1] == "patient" else 10
print(", ".join(f"count(c{i})" for i in range(calls)) + " FROM (SELECT " +
      ", ".join(f"jsonb_typeof(resource) AS c{i}" for i in range(calls)))
PY
}
for table in observation patient; do
    mapfile -t ways < <(columns "$table")
    sql -v fhirpath="${ways[0]}" -v operators="${ways[1]}" -v jsonpath="${ways[2]}" \
        -v least="${ways[3]}" -v table="$table" <<'SQL' |
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE FUNCTION pg_temp.ms(q text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE t timestamptz := clock_timestamp();
BEGIN EXECUTE q; RETURN extract(epoch FROM clock_timestamp() - t) * 1000; END $$;
CREATE TEMP TABLE took AS
SELECT kind, pg_temp.ms(format('SELECT %s FROM %I', columns, :'table') || rest) AS ms
FROM generate_series(1, 3) round, (VALUES ('fhirpath', :'fhirpath', ''), ('operators', :'operators', ''),
    ('jsonpath', :'jsonpath', ''), ('least', :'least', ' OFFSET 0) s'), ('scan', 'count(*)', '')) AS e (kind, columns, rest);
SELECT kind, min(ms) FROM took GROUP BY kind UNION ALL SELECT 'rows', (SELECT count(*) FROM :table);
SQL
        awk -F'|' -v table="$table" '
            { ms[$1] = $2 }
            END {
                printf "%s: %d rows, ten columns: fhirpath %.0f ms, operators %.0f ms, jsonpath %.0f ms, scan %.0f ms\n",
                       table, ms["rows"], ms["fhirpath"], ms["operators"], ms["jsonpath"], ms["scan"]
                printf "result\tten FHIRPath calls against ->, %s\t%.2f\ttimes\tat least %s\n", table,
                       ms["operators"] / ms["fhirpath"], table == "patient" ? 4 : 1
                printf "result\tten FHIRPath calls against jsonb_path_query_first, %s\t%.2f\ttimes\tat least 5\n", table,
                       ms["jsonpath"] / ms["fhirpath"]
                printf "result\tten FHIRPath calls, %s\t%.0f\tk rows/s\t\n", table, ms["rows"] / ms["fhirpath"]
                printf "result\tthe least that calls cost against jsonb_path_query_first, %s\t%.2f\ttimes\t\n", table,
                       ms["jsonpath"] / ms["least"]
            }' | tee "build/bench/fhirpath.$table"
    # The same ten over the same resources in memory, each compiled once.
    modules=$(test/bench/npm.sh fhirpath@4) || continue
    sql -c "SELECT resource::text FROM $table LIMIT 2000" >"build/bench/$table.ndjson"
    mapfile -t paths < <(columns "$table" paths)
    peer=$(NODE_PATH=$modules node test/bench/fhirpath_js.cjs "build/bench/$table.ndjson" "${paths[@]}") || continue
    awk -F'\t' -v peer="$peer" -v table="$table" '/k rows\/s/ {
        printf "result\tten FHIRPath calls against compiled fhirpath.js, %s\t%.1f\ttimes\tat least 20\n", table, $3 / peer
    }' "build/bench/fhirpath.$table"
done
