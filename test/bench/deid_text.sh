#!/usr/bin/env bash
# Megabytes per second of deid_text over generated notes, beside a chain of 15 regexp_replace
# and npm's redact-pii.  The dictionary that is compiled in holds 225,000 names; a
# site's own 250,000 come as a parameter.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 test/conformance/notes_generate.py dev 1500 |
    python3 -c 'import csv, json, sys
w = csv.writer(sys.stdout)
for line in sys.stdin:
    note = json.loads(line)
    w.writerow([note["text"] * 3, json.dumps(note["known"])])' >"$work/notes.csv"
psql -qX -v ON_ERROR_STOP=1 <<SQL
\i test/conformance/notes_chain.sql
CREATE TABLE one (note text, known jsonb);
\copy one FROM '$work/notes.csv' CSV
CREATE TABLE note AS SELECT note, known FROM one, generate_series(1, 6);
CREATE TABLE few AS SELECT * FROM one LIMIT 300;
CREATE TABLE site AS
    SELECT jsonb_build_object('names', jsonb_agg('zz' || translate(n::text, '0123456789', 'abcdefghij'))) AS options
    FROM generate_series(1, 250000) n;
VACUUM ANALYZE;
SQL

# rate EXPRESSION TABLE: megabytes per second of the best of three scans.
rate() {
    local best=999999999 i ms bytes
    bytes=$(psql -qXAt -c "SELECT sum(octet_length(note)) FROM $2")
    for i in 1 2 3; do
        ms=$(psql -qXAt -o /dev/null -c "SELECT $1 FROM few LIMIT 1" -c '\o' -c '\timing on' -c "SELECT sum(length($1)) FROM $2" | sed -n 's/^Time: \([0-9]*\).*/\1/p')
        [ "$ms" -lt "$best" ] && best=$ms
    done
    awk -v b="$bytes" -v ms="$best" 'BEGIN { printf "%.2f", b / 1000 / (ms > 0 ? ms : 1) }'
}
report() { printf 'result\t%s\t%s\tMB/s\t%s\n' "$1" "$2" "${3:-}"; }
ours=$(rate 'deid_text(note)' note)
report "deid_text, built-in dictionary" "$ours" "at least 40"
report "deid_text, each note with its own known people" "$(rate 'deid_text(note, known)' note)"
chain=$(rate 'scrub_chain(note)' few)
report "15 regexp_replace" "$chain"
printf 'result\t%s\t%s\ttimes\tat least 8\n' "deid_text beside 15 regexp_replace" \
    "$(awk -v a="$ours" -v b="$chain" 'BEGIN { printf "%.1f", a / b }')"

# A site's dictionary, compiled once: the statement's time less that of one row.
psql -qXAt -c "SELECT options FROM site" >"$work/options.json"
cat >"$work/site.sql" <<'SQL'
PREPARE scrub (jsonb) AS SELECT sum(length(deid_text(note, NULL, $1))) FROM note;
PREPARE one (jsonb) AS SELECT deid_text('x', NULL, $1);
SELECT options AS o FROM site \gset
\timing on
EXECUTE one(:'o');
EXECUTE scrub(:'o');
SQL
bytes=$(psql -qXAt -c "SELECT sum(octet_length(note)) FROM note")
psql -qXAt -f "$work/site.sql" | sed -n 's/^Time: \([0-9]*\).*/\1/p' | {
    read -r one
    read -r all
    report "deid_text, a site's 250,000 names" \
        "$(awk -v b="$bytes" -v ms="$((all - one))" 'BEGIN { printf "%.2f", b / 1000 / (ms > 0 ? ms : 1) }')" "at least 40"
}
if modules=$(test/bench/npm.sh redact-pii@3.4.0); then
    psql -qXAt -c "SELECT to_json(note) FROM few" >"$work/few.json"
    report "redact-pii 3.4.0 (Node.js)" "$(NODE_PATH=$modules node -e '
        const { SyncRedactor } = require("redact-pii");
        const redactor = new SyncRedactor();
        const notes = require("fs").readFileSync(process.argv[1], "utf8").split("\n").filter(Boolean).map(JSON.parse);
        let best = 1e9, bytes = 0;
        for (let i = 0; i < 3; i++) {
            bytes = 0;
            const start = process.hrtime.bigint();
            for (const note of notes) { redactor.redact(note); bytes += Buffer.byteLength(note); }
            best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
        }
        console.log((bytes / best / 1e6).toFixed(2));' "$work/few.json")"
fi
