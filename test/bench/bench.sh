#!/usr/bin/env bash
# Runs the chapters' measurements and prints one table of what they found.
#
#   test/bench/bench.sh [NAME...]       test/bench/NAME.sh, default all
#
# Each script gets a running private server (PGHOST, PGPORT, PGUSER, PGDATABASE) and prints lines
#
#   result<TAB>what was measured<TAB>figure<TAB>unit<TAB>goal
#
# where the goal, if any, is "at least 4" or the like.  Ratios compare two things measured in the
# same run: single figures vary with the machine, ratios hold.
set -uo pipefail
cd "$(dirname "$0")/../.."
out=build/bench
mkdir -p "$out"
cluster=bench
trap 'test/server.sh drop "$cluster" >/dev/null 2>&1' EXIT
SERVER_OPTIONS="-c max_parallel_workers_per_gather=0 -c jit=off -c autovacuum=off" \
    test/server.sh start "$cluster" >"$out/address" || exit 1
read -r PGHOST PGPORT <"$out/address"
PATH=$(test/server.sh bin):$PATH
export PGHOST PGPORT PGUSER=postgres PATH
names=("$@")
[ $# -gt 0 ] || mapfile -t names < <(cd test/bench && ls -- *.sh | sed 's/\.sh$//' | grep -v '^bench$')
: >"$out/results"
status=0
for name in "${names[@]}"; do
    createdb "bench_$name" && psql -qX -d "bench_$name" -c 'CREATE EXTENSION pgclinical' || exit 1
    PGDATABASE=bench_$name "test/bench/$name.sh" >"$out/$name.log" 2>"$out/$name.err" || {
        echo "bench $name did not finish:"
        tail -5 "$out/$name.err"
        status=1
    }
    grep $'^result\t' "$out/$name.log" | cut -f2- | sed "s/^/$name\t/" >>"$out/results"
    dropdb "bench_$name"
done
awk -F'\t' 'BEGIN { printf "%-10s %-62s %12s %-14s %s\n", "chapter", "measured", "figure", "unit", "goal" }
            { printf "%-10s %-62s %12s %-14s %s\n", $1, $2, $3, $4, $5 }' "$out/results"
exit $status
