#!/usr/bin/env bash
# Measures a release and its leak check on synthetic resources, a tenth of them patients.
#
#   test/bench/bench.sh release        RESOURCES=100000
set -euo pipefail
resources=${RESOURCES:-100000}
# The sockets' folder is the server user's own and not within the data directory.
key=$PGHOST/crosswalk.key
run() { psql -qAtX -v ON_ERROR_STOP=1 "$@"; }
run -c "COPY (SELECT repeat('k', 32)) TO PROGRAM 'umask 0377; rm -f $key; cat > $key'"
trap 'rm -f "$key"' EXIT

run -c "SELECT pgclinical.create_warehouse('bench')" >/dev/null
run -v n="$resources" >/dev/null <<'SQL'
INSERT INTO bench.feed (name, server, path, format) VALUES ('adt', '-', '-', 'hl7v2');
CREATE FUNCTION pg_temp.word(n int, salt text) RETURNS text LANGUAGE sql AS
$$SELECT translate(left(md5(salt || n), 9), '0123456789', 'ghijklmnop')$$;
INSERT INTO bench.record (feed, file, byte_offset, ordinal, format, sha256, raw)
SELECT 1, 1, 0, n, 'hl7v2', '\x00', convert_to(
    E'MSH|^~\\&|A|B|||202103040506||ADT^A01|CTL' || n || E'|P|2.5.1\rPID|1||' || 7000000 + n
    || '^^^H^MR||' || pg_temp.word(n, 'f') || '^' || pg_temp.word(n, 'g') || '||'
    || to_char(date '1940-01-01' + n % 25000, 'YYYYMMDD') || '|F|||' || n || ' '
    || pg_temp.word(n, 's') || ' Road^^' || pg_temp.word(n % 500, 'c') || '^MA^02115||617' || 5550000 + n
    || E'\rPV1|1|I||||||||||||||||' || 'V' || 880000 + n || E'\r', 'UTF8')
FROM generate_series(1, :n / 10) n;
INSERT INTO bench.identity SELECT md5('p' || n), md5('p' || n) FROM generate_series(1, :n / 10) n;
INSERT INTO bench.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'Patient', md5('p' || n), md5('p' || n), n, '\x00', jsonb_build_object(
    'resourceType', 'Patient', 'id', md5('p' || n), 'gender', 'female',
    'birthDate', (date '1940-01-01' + n % 25000)::text,
    'name', jsonb_build_array(jsonb_build_object('family', pg_temp.word(n, 'f'),
        'given', jsonb_build_array(pg_temp.word(n, 'g')))),
    'identifier', jsonb_build_array(jsonb_build_object('value', (7000000 + n)::text)),
    'address', jsonb_build_array(jsonb_build_object('city', pg_temp.word(n % 500, 'c'),
        'state', 'MA', 'postalCode', '02115')))
FROM generate_series(1, :n / 10) n;
INSERT INTO bench.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'Observation', md5('o' || n), md5('p' || (n % (:n / 10)) + 1), 1, '\x00', jsonb_build_object(
    'resourceType', 'Observation', 'id', md5('o' || n), 'status', 'final',
    'category', '[{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}]'::jsonb,
    'code', '{"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]}'::jsonb,
    'subject', jsonb_build_object('reference', 'Patient/' || md5('p' || (n % (:n / 10)) + 1)),
    'effectiveDateTime', '2021-03-05T10:00:00Z',
    'valueQuantity', jsonb_build_object('value', 90 + n % 90, 'unit', 'mm[Hg]',
        'system', 'http://unitsofmeasure.org', 'code', 'mm[Hg]'))
FROM generate_series(1, :n - :n / 10) n;
ANALYZE;
SQL
run -c "SELECT pgclinical.attest('bench', 'copy', 'safe_harbor', 'synthetic')" >/dev/null

bytes=$(run -c "SELECT sum(length(resource::text)) FROM bench.resource")
release="CALL pgclinical.release('bench', 'copy')"
# seconds STATEMENT: in a session of its own
seconds() {
    local started
    started=$(date +%s.%N)
    printf '%s\n' "SET pgclinical.crosswalk_key_file = '$key';" "$1;" | run >/dev/null
    date +%s.%N | awk -v a="$started" '{ printf "%.3f", $1 - a }'
}
measure() {
    awk -v t="$2" -v n="$resources" -v bytes="$bytes" -v what="$1" 'BEGIN {
        printf "result\t%s, %d resources\t%.1f\ts\tat most 60\n", what, n, t
        printf "result\t%s\t%.1f\tMB/s\t\n", what, bytes / t / 1e6 }'
}
measure "first release, two workers" "$(seconds "SET max_parallel_workers_per_gather = 2; $release")"
one=$(seconds "SET max_parallel_workers_per_gather = 0; $release")
two=$(seconds "SET max_parallel_workers_per_gather = 2; $release")
measure "release again with one core" "$one"
measure "release again with two cores" "$two"
awk -v a="$one" -v b="$two" 'BEGIN {
    printf "result\trelease with two cores to one\t%.2f\ttimes\tat least 1.8\n", a / b }'
check="SELECT * FROM pgclinical.leak_check('copy', 'bench')"
measure "leak check alone, one core" "$(seconds "$check")"
measure "leak check alone, two cores" "$(seconds "SET max_parallel_workers_per_gather = 2; $check")"
