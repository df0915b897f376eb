#!/usr/bin/env bash
# The whole job on a private server: a folder of HL7 v2 messages goes in, a warehouse and a
# de-identified release come out, and every promise made on the way is checked.
#
#   test/demo/demo.sh [FOLDER]      default: messages written by test/data/generate.py
#
# Prints a short account, leaves build/demo/report.html, exits 1 when a promise was broken.  Works
# as role etl, which is no superuser.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$(pwd)
out=$root/build/demo
bin=$(test/server.sh bin)
demo=test/demo
broken=0

finish() {
    local status=$?
    test/server.sh drop demo >/dev/null 2>&1 || true
    rm -rf "$out/keys"
    [ $status -eq 0 ] || [ $broken -gt 0 ] || echo "demo: stopped before its end (status $status)"
}
trap finish EXIT

# --- what the account is made of

heading() { printf '\n%s\n' "$1"; }
line() { printf '  %-34s %s\n' "$1" "$2"; }

# promise TEXT CONDITION: a broken one is shown as such and decides the exit status.
promise() {
    if [ "$2" = true ]; then
        printf '  [ok]     %s\n' "$1"
    else
        printf '  [BROKEN] %s\n' "$1"
        broken=$((broken + 1))
    fi
}

# psql as a role; errors stop the demo, NOTICEs are kept to be searched for identifiers.
sql() {
    local role=$1
    shift
    "$bin/psql" -Xq -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U "$role" -d demo "$@" 2>>"$out/notices.txt"
}
value() { sql etl -At -c "$1"; }
holds() { [ "$(value "$1")" = t ] && echo true; }
table() { sql etl -P footer=off -P border=1 -P null= -c "$1" | sed '/^$/d; s/^/  /'; }

# --- the messages, where the server's user can read them

rm -rf "$out"
mkdir -p "$out/inbox" "$out/keys"
if [ $# -gt 0 ]; then
    [ -d "$1" ] || { echo "demo: $1 is no folder" >&2; exit 2; }
    cp -R "$1/." "$out/inbox/"
    origin="the given folder"
    feeds=("messages|**/*|{}")
else
    test/data/generate.py "$out/inbox" --patients 300 --messages 4000 --broken 8
    origin="synthetic, test/data/generate.py"
    # The laboratory comes first, with results of people whom only the hospital may introduce.
    feeds=('lab|lab/*.hl7|{"time_zone": "America/New_York", "establish": "adt"}'
        'adt|adt/*.hl7|{"time_zone": "America/New_York"}')
fi
chmod -R u+w,go+rX "$out/inbox"
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$out/keys/research.key"
chmod 0400 "$out/keys/research.key"
if [ "$(id -u)" -eq 0 ]; then chown -R postgres:postgres "$out/inbox" "$out/keys"; fi

test/server.sh drop demo >/dev/null 2>&1 || true
read -r host port < <(test/server.sh start demo)
: >"$out/notices.txt"
"$bin/createdb" -h "$host" -p "$port" -U postgres demo
sql postgres -v location="file://$out/inbox" -v key="$out/keys/research.key" -f "$demo/setup.sql"

sql etl -At -c "SELECT pgclinical.report('ehr')" >"$out/empty.html"

heading "pgclinical demo"
files=$(find "$out/inbox" -type f | wc -l)
line "messages" "$files files, $(du -sk "$out/inbox" | cut -f1) kB ($origin)"
line "server" "private, $(sql postgres -At -c "SELECT 'PostgreSQL ' || current_setting('server_version')")"
line "loader" "role etl, no superuser: $(value "SELECT NOT rolsuper FROM pg_roles WHERE rolname = 'etl'")"

# --- load

run_all() {
    local feed
    for feed in "${feeds[@]}"; do sql etl -c "CALL pgclinical.run('ehr', '${feed%%|*}', 2)"; done
}
# One digest over the place and the transaction of every row: any new row version changes it.
versions() {
    value "SELECT md5(string_agg(v, ' ' ORDER BY v)) FROM (
               SELECT 'r' || tableoid || ctid || xmin AS v FROM ehr.resource UNION ALL
               SELECT 'd' || ctid || xmin FROM ehr.directory UNION ALL
               SELECT 's' || ctid || xmin FROM ehr.resource_source UNION ALL
               SELECT 'h' || ctid || xmin FROM ehr.resource_history UNION ALL
               SELECT 'p' || ctid || xmin FROM ehr.parked UNION ALL
               SELECT 'k' || ctid || xmin FROM ehr.record_key) t"
}
for feed in "${feeds[@]}"; do
    IFS='|' read -r name path options <<<"$feed"
    sql etl -v name="$name" -v path="$path" -v options="$options" >/dev/null <<'SQL'
SELECT pgclinical.create_feed('ehr', :'name', server => 'inbox', path => :'path',
                              format => 'hl7v2', options => :'options'::jsonb);
SQL
done
runs="SELECT d.name AS feed, r.files, r.records, r.loaded, r.unchanged, r.quarantined, r.parked,
             r.resumed, r.resources, round(extract(epoch FROM r.ended - r.started), 2) AS seconds,
             round(r.rate) AS \"records/s\"
      FROM ehr.run r LEFT JOIN ehr.feed d ON d.feed = r.feed"

heading "1. Load: raw bytes kept, converted to FHIR, upserted, audited (2 workers)"
run_all
first=$(value "SELECT sum(extract(epoch FROM ended - started)) FROM ehr.run")
last=$(value "SELECT max(run) FROM ehr.run")
table "$runs ORDER BY r.run"
before=$(versions)

heading "2. Run again: nothing to do, nothing written"
run_all
second=$(value "SELECT sum(extract(epoch FROM ended - started)) FROM ehr.run WHERE run > $last")
table "$runs WHERE r.run > $last ORDER BY r.run"
promise "the second run loaded nothing" \
    "$([ "$(value "SELECT sum(loaded + resources) FROM ehr.run WHERE run > $last")" = 0 ] && echo true)"
promise "no row version was written" "$([ "$before" = "$(versions)" ] && echo true)"
ratio=$(awk -v a="$first" -v b="$second" 'BEGIN { printf "%.1f", a / (b > 0 ? b : 0.001) }')
promise "it was $ratio times as fast (at least 5)" \
    "$(awk -v r="$ratio" 'BEGIN { print (r >= 5) ? "true" : "" }')"
promise "every file is read to its end" "$(holds "
    SELECT bool_and(state = 'done' AND loaded = size) AND count(*) = $files FROM ehr.file")"
promise "every record is loaded or in quarantine" "$(holds "
    SELECT NOT EXISTS (
        SELECT FROM ehr.record r
        WHERE NOT EXISTS (SELECT FROM ehr.record_key k WHERE k.record = r.record)
          AND NOT EXISTS (SELECT FROM ehr.quarantine q WHERE q.record = r.record))")"
table "SELECT resource_type AS type, count(*) AS live FROM (
           SELECT resource_type FROM ehr.resource UNION ALL SELECT resource_type FROM ehr.directory) t
       GROUP BY 1 ORDER BY 2 DESC, 1"

heading "3. Broken messages: quarantine, repair, replay"
"$demo/damage.py" "$out/inbox" "$out/damaged"
mkdir -p "$out/inbox/adt"
for copy in "$out"/damaged/*; do cp "$copy" "$out/inbox/adt/damaged-$(basename "$copy")"; done
chmod -R go+rX "$out/inbox"
last=$(value "SELECT max(run) FROM ehr.run")
run_all
damaged=$(find "$out/damaged" -type f | wc -l)
table "SELECT reason, count(*) AS open, string_agg(DISTINCT format_code, ', ') AS \"format's codes\"
       FROM ehr.quarantine WHERE state = 'open' GROUP BY 1 ORDER BY 2 DESC, 1"
promise "each of the $damaged damaged copies is accounted for" "$(holds "
    SELECT sum(records) >= $damaged AND sum(records) = sum(loaded + unchanged + quarantined)
    FROM ehr.run WHERE run > $last")"

unmapped="SELECT count(DISTINCT record) FROM ehr.issue WHERE format_code = 'unmapped-code'"
line "records with codes without a map" "$(value "$unmapped") (loaded all the same)"
# The site says what its codes mean, and the records that used them are tried again.
sql etl -f "$demo/repair.sql" >/dev/null
sql etl -c "CALL pgclinical.replay('ehr', reason => 'unmapped-code')" -c "CALL pgclinical.replay('ehr')"
line "after code_map rows and a replay" "$(value "$unmapped")"
if [ $# -eq 0 ]; then
    promise "local gender codes are normalized, the source's value stays beside" "$(holds "
        SELECT count(*) FILTER (WHERE resource ->> 'gender' IN ('male', 'female')) = count(*)
        FROM ehr.patient")"
fi
value "SELECT count(pgclinical.discard('ehr', quarantine, 'damaged on purpose by the demo'))
       FROM ehr.quarantine WHERE state = 'open' AND record IN (
           SELECT record FROM ehr.record r JOIN ehr.file f USING (file) WHERE f.name LIKE '%damaged-%')" \
    >/dev/null
table "SELECT reason, count(*) FILTER (WHERE state = 'open') AS open,
              count(*) FILTER (WHERE state = 'resolved') AS resolved,
              count(*) FILTER (WHERE state = 'discarded') AS discarded
       FROM ehr.quarantine GROUP BY 1 ORDER BY 1"
promise "nothing waits that could go on" "$(holds "
    SELECT NOT EXISTS (SELECT FROM ehr.quarantine WHERE state = 'retrying')
       AND NOT EXISTS (SELECT FROM ehr.batch WHERE state <> 'done')")"

heading "4. Release: a de-identified copy, or nothing"
sql etl -At -v ON_ERROR_STOP=1 >/dev/null <<'SQL'
SELECT pgclinical.attest('ehr', 'research', 'safe_harbor',
    'Nothing is known to us by which the remainder could identify a person.');
SQL
started=$(date +%s.%N)
sql etl -c "CALL pgclinical.release('ehr', 'research', policy => 'safe_harbor', recipient => 'analyst')"
took=$(awk -v a="$started" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }')
leaks=$(value "SELECT count(*) FILTER (WHERE severity = 'blocking') || ' blocking, '
               || count(*) FILTER (WHERE severity = 'review') || ' places for review'
               FROM pgclinical.leak_check('research', against => 'ehr')")
: >"$out/release.txt"
relations=$(value "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                   WHERE schemaname = 'research' ORDER BY 1")
for relation in $relations; do
    sql analyst -At -c "SELECT t::text FROM $relation t" >>"$out/release.txt"
done
line "released in $took s" "$(wc -l <"$out/release.txt") resources of $(wc -w <<<"$relations") types, read by role analyst"
line "leak check" "$leaks"
promise "the leak check finds no identifier" "$([ "${leaks%% *}" = 0 ] && echo true)"
promise "the copy holds something" "$([ -s "$out/release.txt" ] && echo true)"
promise "the analyst cannot read the warehouse" "$(
    "$bin/psql" -Xqh "$host" -p "$port" -U analyst -d demo -c 'SELECT FROM ehr.patient LIMIT 1' \
        >/dev/null 2>&1 || echo true)"

heading "5. Audit and report"
table "SELECT item, state, count(*) AS findings FROM pgclinical.verify_audit('ehr')
       GROUP BY 1, 2 ORDER BY 1, 2"
promise "the audit trail matches itself" "$(holds "
    SELECT NOT EXISTS (SELECT FROM pgclinical.verify_audit('ehr') WHERE state = 'broken')")"
promise "every change of a resource has its event" "$(holds "
    SELECT coalesce(sum(e.rows), 0) = (SELECT count(*) FROM ehr.resource)
    FROM (SELECT CASE kind WHEN 'insert' THEN rows WHEN 'delete' THEN -rows END AS rows
          FROM pgclinical_audit.event
          WHERE warehouse = 'ehr' AND rel = ANY (SELECT _pgclinical.leaf_name(t)
              FROM unnest(_pgclinical.patient_types()) t)) e")"
sql etl -At -c "SELECT pgclinical.report('ehr')" >"$out/report.html"
sql etl -At -c 'SELECT * FROM pgclinical_audit.event' >"$out/audit.txt"
sql etl -At -c 'SELECT * FROM ehr.run' -c 'SELECT * FROM ehr.issue' -c 'SELECT * FROM ehr.quarantine' \
    >"$out/operations.txt"
if searched=$("$demo/find_identifiers.py" "$out/inbox" "$out/empty.html" "$out/release.txt" \
    "$out/report.html" "$out/notices.txt" "$out/audit.txt" "$out/operations.txt")
then found=; else found=some; fi
promise "an independent search finds no identifier in them" "$([ -z "$found" ] && echo true)"
sed 's/^/           /' <<<"$searched"
line "report" "build/demo/report.html"

heading "$([ $broken -eq 0 ] && echo 'All promises kept.' || echo "$broken promises broken.")"
# What must not stay: names of files, and the copies.
rm -rf "$out/inbox" "$out/damaged" "$out/release.txt" "$out/empty.html"
[ $broken -eq 0 ] || exit 1
