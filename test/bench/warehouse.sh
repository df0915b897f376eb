#!/usr/bin/env bash
# End to end: files to live FHIR rows (raw kept, converted, upserted, history, audited), with one
# and two workers, beside a bare COPY of the same bytes into a text column.  The second run over the
# same files is measured as well.
set -euo pipefail
cd "$(dirname "$0")/../.."
messages=${BENCH_MESSAGES:-20000}
folder=$(mktemp -d /tmp/pgclinical.bench.XXXXXX)
trap 'rm -rf "$folder"' EXIT
python3 test/data/generate.py --patients $((messages / 10)) --messages "$messages" --per-file 200 \
    "$folder/in" >/dev/null
chmod -R a+rX "$folder"
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
result() { printf 'result\t%s\t%s\t%s\t%s\n' "$@"; }

# COPY wants a line a message: the same bytes, CR as the two characters \r.
find "$folder/in" -type f -print0 | sort -z | xargs -0 cat >"$folder/all"
python3 - "$folder/all" "$folder/lines" <<'PY'
import re, sys
text = open(sys.argv[1], "rb").read().replace(b"\r\n", b"\r").replace(b"\n", b"\r")
messages = [m for m in re.split(rb"\r*(?=MSH\|)", text) if m]
with open(sys.argv[2], "wb") as out:
    for m in messages:
        out.write(m.replace(b"\\", b"\\\\").replace(b"\r", b"\\r").replace(b"\t", b"\\t") + b"\n")
PY
chmod a+r "$folder/lines"
sql -c 'CREATE TABLE bare (message text)'
copied=$(sql -c '\timing on' -c "COPY bare FROM '$folder/lines' (ENCODING 'LATIN1')" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p')
count=$(sql -c 'SELECT count(*) FROM bare')
copy_rate=$(awk -v n="$count" -v t="$copied" 'BEGIN { printf "%.0f", n / t * 1000 }')
result "bare COPY into a text column" "$copy_rate" "messages/s" ""

sql -c "CREATE SERVER bench FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$folder')"
for workers in 1 2; do
    sql -c "SELECT pgclinical.create_warehouse('bench$workers')" \
        -c "SELECT pgclinical.create_feed('bench$workers', 'adt', 'bench', 'in/**/*', 'hl7v2', '{\"time_zone\": \"UTC\"}')" >/dev/null
    sql -c "CALL pgclinical.run('bench$workers', 'adt', $workers)" -c "CALL pgclinical.run('bench$workers', 'adt', $workers)"
    read -r rate resources mb < <(sql -F' ' -c "SELECT round(rate), round(resources / extract(epoch FROM ended - started)),
        round(bytes / 1e6 / extract(epoch FROM ended - started), 1) FROM bench$workers.run WHERE run = 1")
    result "run, $workers worker(s): records" "$rate" "messages/s" ""
    result "run, $workers worker(s): resources written" "$resources" "resources/s" ""
    result "run, $workers worker(s): bytes" "$mb" "MB/s" ""
    result "bare COPY is so many times as fast as a run, $workers worker(s)" \
        "$(awk -v a="$copy_rate" -v b="$rate" 'BEGIN { printf "%.1f", a / b }')" "times" ""
done
result "run, two workers, times as fast as one" \
    "$(sql -c "SELECT round((SELECT rate FROM bench2.run WHERE run = 1) / (SELECT rate FROM bench1.run WHERE run = 1), 2)")" \
    "times" "at least 1.8"
result "second run over the same files, times as fast" \
    "$(sql -c "SELECT round(max(extract(epoch FROM ended - started)) FILTER (WHERE run = 1)
        / max(extract(epoch FROM ended - started)) FILTER (WHERE run = 2)) FROM bench1.run")" "times" "at least 5"
