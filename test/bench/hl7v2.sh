#!/usr/bin/env bash
# Ten hl7v2_get calls a row over 100,000 stored messages of about 1.9 kB, against a scan that touches
# every byte, hand-written SQL and python3-hl7.  Each query runs in turn with the others; the best of
# its runs counts.
#
#   test/bench/hl7v2.sh [COUNT]      within test/bench/bench.sh, or alone
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${PGDATABASE:-}" ] || exec test/bench/bench.sh hl7v2
count=${1:-100000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

suites=../shared/suites/hl7v2
[ -d "$suites" ] || suites=
python3 test/bench/hl7v2_messages.py "$count" $suites >"$work/messages"

psql -qX -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE m (message hl7v2 COMPRESSION lz4);
\copy m from '$work/messages'
VACUUM ANALYZE m;
SQL

scan="SELECT count(hashtext(message::text)) FROM m"
get="SELECT count(message ->> 'MSH-7'), count(message ->> 'MSH-9.1'), count(message ->> 'MSH-10'),
    count(message ->> 'PID-3.1'), count(message ->> 'PID-5.1'), count(message ->> 'PID-5.2'),
    count(message ->> 'PID-7'), count(message ->> 'PID-8'), count(message ->> 'PV1-2'),
    count(message ->> 'OBX-5') FROM m"
# What careful SQL does: each segment found once, cut once.
by_hand="SELECT count(msh[7]), count(split_part(msh[9], '^', 1)), count(msh[10]),
    count(split_part(pid[4], '^', 1)), count(split_part(pid[6], '^', 1)),
    count(split_part(pid[6], '^', 2)), count(pid[8]), count(pid[9]), count(pv1[3]), count(obx[6])
  FROM (SELECT string_to_array(s[1], '|') AS msh,
          string_to_array((SELECT x FROM unnest(s) x WHERE x LIKE 'PID|%' LIMIT 1), '|') AS pid,
          string_to_array((SELECT x FROM unnest(s) x WHERE x LIKE 'PV1|%' LIMIT 1), '|') AS pv1,
          string_to_array((SELECT x FROM unnest(s) x WHERE x LIKE 'OBX|%' LIMIT 1), '|') AS obx
        FROM (SELECT string_to_array(message::text, E'\r') AS s FROM m OFFSET 0) a OFFSET 0) b"
by_split="SELECT count(msh[7]), count(split_part(msh[9], '^', 1)), count(msh[10]),
    count(split_part(pid[4], '^', 1)), count(split_part(pid[6], '^', 1)),
    count(split_part(pid[6], '^', 2)), count(pid[8]), count(pid[9]), count(pv1[3]), count(obx[6])
  FROM (SELECT string_to_array(split_part(t, E'\r', 1), '|') AS msh,
          string_to_array(split_part(split_part(t, E'\rPID|', 2), E'\r', 1), '|') AS pid,
          string_to_array(split_part(split_part(t, E'\rPV1|', 2), E'\r', 1), '|') AS pv1,
          string_to_array(split_part(split_part(t, E'\rOBX|', 2), E'\r', 1), '|') AS obx
        FROM (SELECT message::text AS t FROM m OFFSET 0) a OFFSET 0) b"

fields="SELECT count(f.value) FROM m, hl7v2_fields(message) f"
by_table="SELECT count(v) FROM m, string_to_table(message::text, E'\r') s, string_to_table(s, '|') f,
    string_to_table(f, '~') r, string_to_table(r, '^') v"

declare -A best
run() {
    local ms
    ms=$(psql -qX -c 'SET max_parallel_workers_per_gather = 0' -c '\timing on' -c "$2" |
        sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p')
    if [ -z "${best[$1]:-}" ] || awk "BEGIN { exit !($ms < ${best[$1]}) }"; then best[$1]=$ms; fi
}
for _ in 1 2 3 4 5 6 7; do
    run scan "$scan"
    run get "$get"
    run by_hand "$by_hand"
    run by_split "$by_split"
done

# Whole messages as rows are slow enough for a tenth of them.
psql -qX -c "CREATE TABLE few AS TABLE m LIMIT $((count / 10))" -c 'VACUUM ANALYZE few'
for _ in 1 2 3; do
    run fields "${fields/FROM m/FROM few}"
    run by_table "${by_table/FROM m/FROM few}"
done

figure() { awk "BEGIN { printf \"%.${2}f\", $1 }"; }
result() { printf 'result\t%s\t%s\t%s\t%s\n' "$@"; }
rate() { figure "$count / ${best[$1]} * 1000" 0; }
sql=$(figure "${best[by_hand]} < ${best[by_split]} ? ${best[by_hand]} : ${best[by_split]}" 1)
result "scan of every byte: hashtext(message::text)" "$(rate scan)" messages/s ""
result "ten hl7v2_get calls a row" "$(rate get)" messages/s ""
result "the same by string_to_array" "$(rate by_hand)" messages/s ""
result "the same by split_part and string_to_array" "$(rate by_split)" messages/s ""
result "ten hl7v2_get calls / scan of every byte" \
    "$(figure "${best[scan]} / ${best[get]}" 2)" ratio "at least 0.9"
result "ten hl7v2_get calls / best hand-written SQL" \
    "$(figure "$sql / ${best[get]}" 1)" ratio "at least 5"
tenth() { figure "$count / 10 / ${best[$1]} * 1000" 0; }
result "hl7v2_fields: every value of a message as a row" "$(tenth fields)" messages/s ""
result "the same by string_to_table, as far as components" "$(tenth by_table)" messages/s ""
result "hl7v2_fields / string_to_table" \
    "$(figure "${best[by_table]} / ${best[fields]}" 1)" ratio "at least 5"

# The core alone, without a server.
g++ -std=c++20 -O2 -Isrc test/bench/hl7v2_tokens.cpp \
    src/hl7v2/{leaves,message,scan,escape,stated_charset,charset_switch}.cpp src/core/{charset,iso2022_jp}.cpp \
    -lsimdjson -licuuc -licui18n -o "$work/tokens"
read -r gigabytes tokens _ memory < <(head -n 20000 "$work/messages" | "$work/tokens")
result "full tokenization in the core" "$gigabytes" GB/s "at least 1"
result "full tokenization in the core" "$tokens" messages/s ""
result "memchr over the same bytes" "$memory" GB/s ""

# Peers from npm parse and read the same ten values.
if modules=$(test/bench/npm.sh simple-hl7 node-hl7-client); then
    while read -r name rate; do
        result "$name, the same ten values" "$rate" messages/s ""
        result "ten hl7v2_get calls / $name" \
            "$(figure "$(rate get) / $rate" 0)" ratio ""
    done < <(head -n 3000 "$work/messages" | NODE_PATH=$modules node test/bench/hl7v2_peers.js)
else
    echo "no npm, or no registry: peers of npm are not compared" >&2
fi
if peer=$(head -n 1500 "$work/messages" | python3 test/bench/hl7v2_peer.py 2>/dev/null) ||
    peer=$(head -n 1500 "$work/messages" | /usr/bin/python3 test/bench/hl7v2_peer.py 2>/dev/null); then
    result "python3-hl7, the same ten values" "$(figure "$peer" 0)" messages/s ""
    result "ten hl7v2_get calls / python3-hl7" \
        "$(figure "$(rate get) / $peer" 0)" ratio "at least 300"
else
    echo "python3-hl7 is not installed: not compared" >&2
fi
