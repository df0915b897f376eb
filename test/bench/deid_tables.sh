#!/usr/bin/env bash
# Measures released copies of labelled tables against a plain CREATE TABLE AS of the same columns, by
# one process and by two.
#
#   test/bench/bench.sh deid_tables        ROWS=400000
set -euo pipefail
rows=${ROWS:-400000}
key=$PGHOST/crosswalk.key
run() { psql -qAtX -v ON_ERROR_STOP=1 "$@"; }
run -c "COPY (SELECT repeat('k', 32)) TO PROGRAM 'umask 0377; rm -f $key; cat > $key'"
trap 'rm -f "$key"' EXIT

run -c "SELECT pgclinical.create_warehouse('bench')" >/dev/null
run -v n="$rows" >/dev/null <<'SQL'
CREATE SCHEMA site;
CREATE TABLE site.person AS
SELECT 'MRN' || 1000000 + n AS mrn, translate(left(md5('f' || n), 9), '0123456789', 'ghijklmnop') AS name,
       date '1930-01-01' + n * 37 % 33000 AS born, (ARRAY['M', 'F'])[1 + n % 2] AS sex,
       to_char(n * 71 % 99999, 'FM00000') AS zip
FROM generate_series(1, :n / 20) n;
CREATE TABLE site.result AS
SELECT 'MRN' || 1000001 + n % (:n / 20) AS mrn, 8000000 + n AS number, timestamptz '2012-01-01' + n * interval '5 minutes' AS at,
       (20 + n % 60)::int AS age, '8480-6'::text AS code, (80 + n % 100)::numeric AS value, 'mm[Hg]'::text AS unit
FROM generate_series(1, :n) n;
CREATE TABLE site.document AS
SELECT mrn, jsonb_build_object('resourceType', 'Observation', 'id', number::text, 'status', 'final',
    'code', '{"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]}'::jsonb,
    'subject', jsonb_build_object('reference', 'Patient/' || mrn), 'effectiveDateTime', '2021-03-05T10:00:00Z',
    'valueQuantity', jsonb_build_object('value', value, 'unit', 'mm[Hg]', 'system', 'http://unitsofmeasure.org',
        'code', 'mm[Hg]')) AS resource
FROM site.result WHERE number % 8 = 0;
ANALYZE;
SELECT pgclinical.label_column(('site.' || t)::regclass, c, label)
FROM (VALUES ('person', 'mrn', 'action=code domain=Patient authority=BENCH'), ('person', 'name', 'action=remove category=name'),
    ('person', 'born', 'action=year role=birth'), ('person', 'sex', 'action=keep values=M|F'), ('person', 'zip', 'action=zip3'),
    ('result', 'mrn', 'action=code domain=Patient authority=BENCH'), ('result', 'number', 'action=remove category=none'),
    ('result', 'at', 'action=year'), ('result', 'age', 'action=age_cap as_of=at'),
    ('result', 'code', 'action=keep system=http://loinc.org'), ('result', 'value', 'action=keep'),
    ('result', 'unit', 'action=keep values=mm[Hg]|kg'),
    ('document', 'mrn', 'action=code domain=Patient authority=BENCH'),
    ('document', 'resource', 'format=fhir authority=BENCH')) AS l (t, c, label);
SELECT pgclinical.attest('bench', 'copy', 'safe_harbor', 'synthetic', ARRAY['site.person', t]::regclass[])
FROM unnest(ARRAY['site.result', 'site.document']::regclass[]) t;
SQL

# Seconds of one statement, after settings.
seconds() {
    local started ended
    started=$(date +%s.%N)
    printf '%s\n' "SET pgclinical.crosswalk_key_file = '$key';" "SET client_min_messages = warning;" "$1;" "$2;" | run >/dev/null
    ended=$(date +%s.%N)
    awk -v a="$started" -v b="$ended" 'BEGIN { print b - a }'
}
one="SET max_parallel_workers_per_gather = 0"
two="SET max_parallel_workers_per_gather = 1; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0"
for table in result document; do
    read -r count bytes < <(run -F ' ' -c "SELECT count(*), pg_table_size('site.$table') FROM site.$table")
    plain=$(seconds "$one" "CREATE TABLE public.plain AS SELECT * FROM site.$table; DROP TABLE public.plain")
    # Codes are made at the first release: measured apart.
    first=$(seconds "$one" "CALL pgclinical.release_tables('bench', 'copy', ARRAY['site.person', 'site.$table']::regclass[])")
    alone=$(seconds "$one" "CALL pgclinical.release_tables('bench', 'copy', ARRAY['site.person', 'site.$table']::regclass[])")
    both=$(seconds "$two" "CALL pgclinical.release_tables('bench', 'copy', ARRAY['site.person', 'site.$table']::regclass[])")
    check=$(seconds "$one" "SELECT * FROM pgclinical.table_policy_hash(ARRAY['site.person']::regclass[]), _pgclinical.table_identifiers(
        _pgclinical.table_plan(ARRAY['site.person', 'site.$table']::regclass[], 'safe_harbor')) i,
        _pgclinical.leak_check_tables('copy', 'bench', i.queries, i.categories)")
    awk -v n="$count" -v bytes="$bytes" -v p="$plain" -v f="$first" -v a="$alone" -v b="$both" -v c="$check" -v t="$table" 'BEGIN {
        printf "result\ttables: %d rows of %s, first release, one core\t%.0f\trows/s\t\n", n, t, n / f
        printf "result\ttables: %s, released again, one core\t%.0f\trows/s\t\n", t, n / a
        printf "result\ttables: %s, the same\t%.1f\tMB/s\t\n", t, bytes / 1e6 / a
        printf "result\ttables: %s, without the leak check\t%.1f\tMB/s\t\n", t, bytes / 1e6 / (a - c)
        printf "result\ttables: %s, time against CREATE TABLE AS\t%.1f\ttimes\t\n", t, a / p
        printf "result\ttables: %s, two cores against one\t%.2f\ttimes\t\n", t, a / b
        printf "result\ttables: %s, leak check in the release\t%.2f\tof it\tat most 0.5\n", t, c / a }'
done
