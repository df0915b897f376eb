#!/usr/bin/env bash
# Codes over a made-up hierarchy of SNOMED CT's size (400,000 concepts, 600,000 parents): compiling,
# first use in a backend, <@ and ~> for every row beside =, and an index under <@.
#
# Run by bench.sh, or alone: PGHOST=... PGPORT=... PGUSER=... PGDATABASE=... test/bench/codes.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${ROWS:-1000000}
concepts=${CONCEPTS:-400000}
sql() { PGOPTIONS=--client-min-messages=warning psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
# Milliseconds of processor and of clock: other work on the machine shows in the second only.
sql <<SQL
DROP TABLE IF EXISTS fact;
DELETE FROM _pgclinical.code_system WHERE url = 'http://snomed.info/sct' AND version = 'made up';
SELECT setseed(0.42);
INSERT INTO _pgclinical.code_system (code_system, url, version) VALUES (900000001, 'http://snomed.info/sct', 'made up');
INSERT INTO _pgclinical.code_concept (code_system, code, ordinal)
SELECT 900000001, (100000000 + i * 7)::text, i FROM generate_series(0, $concepts - 1) i;
INSERT INTO _pgclinical.code_parent
SELECT DISTINCT 900000001, (100000000 + i * 7)::text, (100000000 + floor(i * random() * 0.25)::int * 7)::text
FROM (SELECT generate_series(1, $concepts - 1) UNION ALL SELECT generate_series(2, $concepts - 1, 2)) x(i);
INSERT INTO _pgclinical.code_concept_map (concept_map, url, resource) VALUES (900000002, 'http://test.example/made-up', '{}')
ON CONFLICT DO NOTHING;
DELETE FROM _pgclinical.code_map_entry WHERE concept_map = 900000002;
INSERT INTO _pgclinical.code_map_entry (concept_map, ordinal, source_system, source_code, target_system, target_code)
SELECT 900000002, i, 'http://snomed.info/sct', (100000000 + i * 7)::text, 'http://hl7.org/fhir/sid/icd-10-cm', 'A' || i
FROM generate_series(0, $concepts - 1, 4) i;
CREATE UNLOGGED TABLE fact AS
SELECT coding('sct', (100000000 + floor(random() * $concepts)::int * 7)::text) AS code FROM generate_series(1, $rows);
VACUUM ANALYZE fact;
SQL
started=$(date +%s%N)
sql -c 'SELECT _pgclinical.code_compile(900000001)' -c 'SELECT _pgclinical.code_switch(900000001)' >/dev/null
compiled=$((($(date +%s%N) - started) / 1000000))
size=$(sql -c 'SELECT length(bytes) FROM _pgclinical.code_index WHERE code_system = 900000001')
sql <<SQL | awk -F'|' -v rows="$rows" -v compiled="$compiled" -v size="$size" -v concepts="$concepts" '
    { ms[$1] = $2 }
    END {
        printf "%d concepts: compiled in %d ms, %.1f MB; first use in a backend %.0f ms\n", concepts, compiled, size / 1048576, ms["first"]
        for (k in ms) if (k != "first") printf "%s: %.0f ms for %d rows\n", k, ms[k], rows
        printf "result\tcompiled hierarchy, %d concepts\t%.1f\tMB\tat most 32\n", concepts, size / 1048576
        printf "result\tfirst use of a code system in a backend\t%.0f\tms\tat most 100\n", ms["first"]
        printf "result\tcode <@ x, net of the scan\t%.2f\tM rows/s\tat least 1\n", rows / (ms["below"] - ms["scan"]) / 1000
        printf "result\tcode ~> target, net of the scan\t%.2f\tM rows/s\tat least 1\n", rows / (ms["translate"] - ms["scan"]) / 1000
        printf "result\tcode <@ x against code = x\t%.1f\ttimes as long\t\n", ms["below"] / ms["equal"]
        printf "result\tcode <@ x with an index against without\t%.1f\ttimes as fast\tabove 1\n", ms["below"] / ms["index"]
    }'
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE FUNCTION pg_temp.ms(q text) RETURNS float8 LANGUAGE plpgsql AS \$\$
DECLARE t timestamptz := clock_timestamp();
BEGIN EXECUTE q; RETURN extract(epoch FROM clock_timestamp() - t) * 1000; END \$\$;
SELECT 'first', pg_temp.ms(\$\$SELECT 'sct|100000007'::coding <@ 'sct|100000014'::coding\$\$);
SELECT 'warm', pg_temp.ms(\$\$SELECT count(*) FROM fact WHERE code ~> 'i10c' IS NULL\$\$);
SELECT k, min(pg_temp.ms(q)) FROM (VALUES
    ('scan', 'SELECT count(*) FROM fact WHERE code IS NOT NULL'),
    ('equal', \$\$SELECT count(*) FROM fact WHERE code = 'sct|100000070'\$\$),
    ('below', \$\$SELECT count(*) FROM fact WHERE code <@ 'sct|100000070'\$\$),
    ('translate', \$\$SELECT count(*) FROM fact WHERE code ~> 'i10c' IS NULL\$\$)) v(k, q), generate_series(1, 3) GROUP BY k;
CREATE INDEX ON fact (code);
VACUUM ANALYZE fact;
SELECT 'index', min(pg_temp.ms(\$\$SELECT count(*) FROM fact WHERE code <@ 'sct|100035000'\$\$)) FROM generate_series(1, 3);
SQL
sql -c 'DROP TABLE fact' -c 'DELETE FROM _pgclinical.code_system WHERE code_system = 900000001' \
    -c 'DELETE FROM _pgclinical.code_concept_map WHERE concept_map = 900000002' >/dev/null
