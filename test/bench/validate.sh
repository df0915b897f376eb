#!/usr/bin/env bash
# Full R4 validation, invariants included, of stored Synthea resources; and loading NDJSON lines by
# COPY into text and fhir_parse beside COPY into jsonb.
#
# Run by bench.sh, or alone: PGHOST=... PGPORT=... PGUSER=... PGDATABASE=... test/bench/validate.sh
# Peers (npm fhir, ajv with the schema of the R4 definitions) read the same resources from memory.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${ROWS:-50000}
out=build/bench
mkdir -p "$out"
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

python3 test/bench/fhir_texts.py Observation "$rows" ../shared/suites/synthea >"$out/observations.csv"
python3 test/bench/fhir_texts.py Patient "$((rows / 10))" ../shared/suites/synthea >"$out/patients.csv"
sql -c "SET client_min_messages = warning" \
    -c "DROP TABLE IF EXISTS v_observation, v_patient, as_text, as_jsonb" \
    -c "CREATE UNLOGGED TABLE v_observation (body text)" -c "CREATE UNLOGGED TABLE v_patient (body text)" \
    -c "\\copy v_observation FROM '$out/observations.csv' (FORMAT csv)" \
    -c "\\copy v_patient FROM '$out/patients.csv' (FORMAT csv)"
for table in observation patient; do
    sql <<SQL | awk -F'|' -v table="$table" '{ printf "result\tfull R4 validation, Synthea %ss\t%.1f\tk rows/s\t%s\n", table, $1 / $2, table == "observation" ? "at least 30" : "" }'
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TEMP TABLE stored AS SELECT fhir_parse(body) AS resource FROM v_$table;
CREATE FUNCTION pg_temp.ms(q text) RETURNS float8 LANGUAGE plpgsql AS \$\$
DECLARE t timestamptz := clock_timestamp();
BEGIN EXECUTE q; RETURN extract(epoch FROM clock_timestamp() - t) * 1000; END \$\$;
SELECT (SELECT count(*) FROM stored),
       min(pg_temp.ms('SELECT count(*) FROM stored WHERE NOT fhir_is_valid(resource)')
           - pg_temp.ms('SELECT count(*) FROM stored WHERE resource IS NULL'))
FROM generate_series(1, 5);
SQL
done

# End to end: what a loader does with a file of lines.
sql <<SQL | awk -F'|' '{ printf "result\tCOPY into text, then fhir_parse into jsonb, against COPY into jsonb\t%.2f\ttimes\tmore than 1\n", $2 / $1 }'
SET synchronous_commit = off;
CREATE UNLOGGED TABLE as_text (body text);
CREATE UNLOGGED TABLE as_jsonb (body jsonb);
CREATE UNLOGGED TABLE parsed (body jsonb);
CREATE TEMP TABLE took (kind text, ms float8);
DO \$\$
DECLARE
    started timestamptz;
BEGIN
    FOR i IN 1..3 LOOP
        TRUNCATE as_text, as_jsonb, parsed;
        started := clock_timestamp();
        COPY as_text FROM '$PWD/$out/observations.csv' (FORMAT csv);
        INSERT INTO parsed SELECT fhir_parse(body) FROM as_text;
        INSERT INTO took VALUES ('ours', extract(epoch FROM clock_timestamp() - started) * 1000);
        started := clock_timestamp();
        COPY as_jsonb FROM '$PWD/$out/observations.csv' (FORMAT csv);
        INSERT INTO took VALUES ('copy', extract(epoch FROM clock_timestamp() - started) * 1000);
    END LOOP;
END \$\$;
SELECT min(ms) FILTER (WHERE kind = 'ours'), min(ms) FILTER (WHERE kind = 'copy') FROM took;
SQL

modules=$(test/bench/npm.sh fhir@4 ajv@6) || exit 0
sql -c "SELECT fhir_parse(body)::text FROM v_observation LIMIT 2000" >"$out/observations.ndjson"
NODE_PATH=$modules node - "$out/observations.ndjson" ../shared/suites/fhir/r4-definitions/fhir.schema.json <<'JS'
const fs = require('fs');
const lines = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n').map((l) => JSON.parse(l));
function rate(name, validate) {
  validate(lines[0]);
  const start = process.hrtime.bigint();
  let n = 0;
  while (Number(process.hrtime.bigint() - start) < 2e9) { validate(lines[n % lines.length]); n++; }
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  console.log(`result\tpeer: ${name}, Synthea observations\t${(n / seconds / 1000).toFixed(1)}\tk rows/s\t`);
}
try {
  const { Fhir } = require('fhir');
  const fhir = new Fhir();
  rate('npm fhir', (r) => fhir.validate(r));
} catch (e) { console.error('npm fhir: ' + e.message); }
try {
  const Ajv = require('ajv');
  const schema = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
  // The schema is of draft 6; its root tries every resource type in turn, so one type is asked.
  const ajv = new Ajv({ logger: false, meta: require('ajv/lib/refs/json-schema-draft-06.json') });
  // It names types that it does not define (Resource, integer64): these go unchecked.
  const definitions = { ...schema.definitions };
  for (const [, name] of JSON.stringify(definitions).matchAll(/#\/definitions\/(\w+)/g)) definitions[name] ??= {};
  const check = ajv.compile({ $id: 'fhir', definitions, $ref: '#/definitions/Observation' });
  rate('ajv with the JSON schema', (r) => check(r));
} catch (e) { console.error('ajv: ' + e.message); }
JS
