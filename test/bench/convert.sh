#!/usr/bin/env bash
# HL7 v2 to FHIR: generated ADT and ORU messages to resources in jsonb, on one core, against what
# python3-hl7, simple-hl7 and node-hl7-client need to parse them and read ten values.
#
#   test/bench/convert.sh [COUNT]      within test/bench/bench.sh, or alone
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${PGDATABASE:-}" ] || exec test/bench/bench.sh convert
count=${1:-20000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 test/data/generate.py --patients 800 --messages "$count" "$work/in" >/dev/null
python3 - "$work" <<'PY' >"$work/messages"
import pathlib, re, sys
for path in sorted(pathlib.Path(sys.argv[1], "in").rglob("*.hl7")):
    text = path.read_bytes().decode("utf-8", "replace")
    for m in re.split(r"(?:^|[\r\n])(?=MSH\|)", text):
        m = re.sub(r"[\r\n]+", "\r", m.strip()) + "\r"
        if re.match(r"MSH\|\^~\\&\|.*\|(ADT|ORU)\^", m.split("\r")[0]) and all(
                re.match(r"[A-Z][A-Z0-9]{2}\|", s) for s in m.split("\r") if s):
            print(m.replace("\\", "\\\\").replace("\r", "\\r"))
PY

psql -qX -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE m (message hl7v2 COMPRESSION lz4);
\copy m from '$work/messages'
VACUUM ANALYZE m;
SQL
read -r messages bytes resources < <(psql -qXAt -F ' ' -c \
    "SELECT count(DISTINCT m.ctid), (SELECT sum(octet_length(message::text)) FROM m), count(r)
     FROM m, hl7v2_fhir(message) r")
best=
for _ in 1 2 3; do
    ms=$(psql -qX -c 'SET max_parallel_workers_per_gather = 0' -c '\timing on' \
        -c 'SELECT count(r) FROM m, hl7v2_fhir(message) r' | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p')
    if [ -z "$best" ] || awk "BEGIN { exit !($ms < $best) }"; then best=$ms; fi
done
figure() { awk "BEGIN { printf \"%.${2}f\", $1 }"; }
result() { printf 'result\t%s\t%s\t%s\t%s\n' "$@"; }
rate=$(figure "$messages / $best * 1000" 0)
result "ADT and ORU to FHIR jsonb, one core" "$rate" messages/s "at least 10000"
result "the same, resources" "$(figure "$resources / $best * 1000" 0)" resources/s ""
result "the same, bytes read" "$(figure "$bytes / $best / 1000" 1)" MB/s ""
if peer=$(head -n 1500 "$work/messages" | python3 test/bench/hl7v2_peer.py 2>/dev/null) ||
    peer=$(head -n 1500 "$work/messages" | /usr/bin/python3 test/bench/hl7v2_peer.py 2>/dev/null); then
    result "python3-hl7, parsing and ten values" "$(figure "$peer" 0)" messages/s ""
    result "conversion / python3-hl7" "$(figure "$rate / $peer" 1)" ratio "at least 5"
else
    echo "python3-hl7 is not installed: not compared" >&2
fi
if modules=$(test/bench/npm.sh simple-hl7 node-hl7-client); then
    while read -r name peer; do
        result "$name, parsing and ten values" "$peer" messages/s ""
        result "conversion / $name" "$(figure "$rate / $peer" 1)" ratio ""
    done < <(head -n 3000 "$work/messages" | NODE_PATH=$modules node test/bench/hl7v2_peers.js)
else
    echo "no npm, or no registry: peers of npm are not compared" >&2
fi
