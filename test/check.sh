#!/usr/bin/env bash
# Runs the tests and closes with one plain line of counts.
#
#   test/check.sh                        everything
#   test/check.sh unit|sanitize|fuzz|build|regress|isolation|tap|conformance [NAME...]
#
# Each layer appends "layer passed failed" to build/check/counts.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$(pwd)
out=$root/build/check
bin=$(test/server.sh tree)
user() { "$root/test/server.sh" as "$@"; }
mkdir -p "$out" build/home
# What one checkout compiled serves another.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
: >"$out/counts"
if [ "$(id -u)" -eq 0 ]; then chown postgres:postgres "$out" build/home; fi

count() { echo "$1 $2 $3" >>"$out/counts"; }

# unit LAYER FOLDER [FILTER [CMAKE OPTION...]]: the core's unit tests, without a server.
unit() {
    local layer=$1 folder=build/$2 filter=${3:-}
    shift $(($# > 2 ? 3 : 2))
    cmake -S . -B "$folder" -DCMAKE_BUILD_TYPE=RelWithDebInfo "$@" >"$out/$layer.log" 2>&1 &&
        cmake --build "$folder" --target unit_tests -j"$(nproc)" >>"$out/$layer.log" 2>&1 ||
        { tail -40 "$out/$layer.log"; count "$layer" 0 1; return; }
    rm -f "$out/$layer.json"
    "$folder/unit_tests" --gtest_brief=1 --gtest_output=json:"$out/$layer.json" \
        ${filter:+--gtest_filter="$filter"} 2>&1 | tee -a "$out/$layer.log"
    python3 - "$layer" "$out/$layer.json" >>"$out/counts" <<'PY' || count "$layer" 0 1
import json, sys
r = json.load(open(sys.argv[2]))
bad = r["failures"] + r["errors"]
print(sys.argv[1], r["tests"] - bad - r["disabled"], bad)
PY
}

# The same tests under ASan and UBSan: the server's allocator would hide an overrun.  The build is the
# fuzzers' (test/fuzz/fuzz.sh).
sanitize() {
    unit sanitize fuzz "${1:-}" -DCMAKE_CXX_COMPILER=clang++-14 -DPGCLINICAL_SANITIZE=ON
}

# A few seconds of every fuzzer, from one seed so that a verdict can be repeated; `make fuzz` runs
# them longer and from any.
fuzz() {
    FUZZ_SEED=20260101 test/fuzz/fuzz.sh 4 "$@" | tee "$out/fuzz.log"
    count fuzz $(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$out/fuzz.log")
}

# What PGXS makes of the sources: no symbol but SQL functions, and bitcode where the server asks.
build() {
    if test/build.sh; then count build 2 0; else count build 0 1; fi
}

# pg_regress makes a cluster of its own and removes it.
regress() {
    local layer=$1 runner=$2 inputdir=$3
    shift 3
    local dir=$out/$layer
    rm -rf "$dir"
    user mkdir -p "$dir"
    [ $# -gt 0 ] || return 0
    (cd "$dir" && user "$runner" --bindir="$bin" --inputdir="$inputdir" --outputdir="$dir" \
        --temp-instance="$dir/instance" --dbname="${layer}_pgclinical" --encoding=UTF8 --no-locale \
        --load-extension=pgclinical ${MAX_CONNECTIONS:+--max-connections=$MAX_CONNECTIONS} "$@") >"$out/$layer.log" 2>&1
    cat "$out/$layer.log"
    [ -f "$dir/regression.diffs" ] && head -200 "$dir/regression.diffs"
    local passed failed
    passed=$(grep -cE '^(test|    | ok).* ok +[0-9]+ ms' "$out/$layer.log")
    failed=$(($# - passed))
    count "$layer" "$passed" "$failed"
    rm -rf "$dir/instance"
}

pgxs=$(dirname "$(dirname "$("$bin/pg_config" --pgxs)")")

run_regress() {
    local tests=("$@")
    test/server.sh modules || { count modules 0 1; return; }
    [ $# -gt 0 ] || mapfile -t tests < <(cd test/sql && ls -- *.sql 2>/dev/null | sed 's/\.sql$//')
    regress regress "$pgxs/test/regress/pg_regress" "$root/test" "${tests[@]}"
}

run_isolation() {
    local tests=("$@")
    [ $# -gt 0 ] || mapfile -t tests < <(cd test/isolation/specs && ls -- *.spec 2>/dev/null | sed 's/\.spec$//')
    regress isolation "$pgxs/test/isolation/pg_isolation_regress" "$root/test/isolation" "${tests[@]}"
}

# TAP tests start servers of their own; PostgreSQL's test modules come with its server headers.
run_tap() {
    local tests=("$@")
    [ $# -gt 0 ] || mapfile -t tests < <(ls test/tap/*.pl 2>/dev/null)
    [ ${#tests[@]} -gt 0 ] || return 0
    test/server.sh modules || { count modules 0 1; return; }
    rm -rf "$out/tap"  # a failed test leaves its cluster
    user mkdir -p "$out/tap"
    user env PATH="$bin:$PATH" PG_REGRESS="$pgxs/test/regress/pg_regress" TESTDIR="$out/tap" \
        TESTDATADIR="$out/tap" TESTLOGDIR="$out/tap/log" PGPORT=65432 LC_ALL=C \
        SOURCE_ROOT="$root" SERVER_LIB="$("$bin/pg_config" --pkglibdir)" \
        prove --timer -I "$pgxs/test/perl" -I "$root/test/tap" "${tests[@]}" 2>&1 | tee "$out/tap.log"
    python3 - "$out/tap.log" >>"$out/counts" <<'PY'
import re, sys
log = open(sys.argv[1]).read()
total = re.search(r"Tests=(\d+)", log)
n = int(total.group(1)) if total else 0
failed = sum(int(x) for x in re.findall(r"Failed (\d+)/\d+ subtests", log))
failed += len(re.findall(r"Dubious|No plan found|Parse errors", log)) if "Result: FAIL" in log else 0
if "Result: FAIL" in log or not total:
    failed = max(failed, 1)
print("tap", max(n - failed, 0), failed)
PY
}

# Each conformance runner prints what it compares and closes with "N passed, N failed".
run_conformance() {
    [ -d ../shared/suites ] || { echo "no ../shared/suites here: conformance targets not run"; return 0; }
    test/server.sh modules || { count modules 0 1; return; }
    local script
    for script in ${1:-test/conformance/*.sh}; do
        [ -x "$script" ] || continue
        local log=$out/$(basename "$script" .sh).log
        "$script" 2>&1 | tee "$log"
        local line
        line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -1)
        count "conformance/$(basename "$script" .sh)" \
            "$(awk '{print $1+0}' <<<"${line:-0 0 0}")" "$(awk '{print ($3=="")?1:$3+0}' <<<"${line:-0 passed, 1}")"
    done
}

layer=${1:-all}
[ $# -gt 0 ] && shift
case $layer in
unit) unit unit cmake "$@" ;;
sanitize | fuzz | build) "$layer" "$@" ;;
regress) run_regress "$@" ;;
isolation) run_isolation "$@" ;;
tap) run_tap "$@" ;;
conformance) run_conformance "$@" ;;
all) unit unit cmake; sanitize; fuzz; build; run_regress; run_isolation; run_tap; run_conformance ;;
*) echo "unknown layer: $layer" >&2; exit 2 ;;
esac

echo
awk '{ printf "%-40s %6d passed %6d failed\n", $1, $2, $3 }' "$out/counts"
# What failed stands at the end too: often only the end of a log is kept.
awk '$3 > 0 { print $1 }' "$out/counts" | while read -r layer; do
    echo "failed: $layer"
    grep -hE 'not ok |\.\.\. FAILED|FAILED  \]|: broken|ERROR: |SUMMARY|runtime error|error:|Failed test|^FAIL|Base64' \
        "$out/${layer#*/}.log" 2>/dev/null | tail -10
    grep -E '^[-+]' "$out/$layer/regression.diffs" 2>/dev/null | head -10
done
awk '{ p += $2; f += $3 } END { printf "%d passed, %d failed\n", p, f; exit f > 0 || p == 0 }' "$out/counts"
