#!/usr/bin/env bash
# Builds every test/fuzz/NAME_fuzzer.cpp with ASan and UBSan and runs it on its seeds.
#
#   test/fuzz/fuzz.sh [SECONDS [NAME...]]     default: 20 seconds each, all of them
#
# With FUZZ_SEED set, a run starts from the seeds alone and draws the same inputs each time;
# without, it goes on from what earlier runs found.
#
# Closes with "N passed, N failed"; what broke a fuzzer stays in build/fuzz/found/NAME/.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=build/fuzz
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
seconds=${1:-20}
[ $# -gt 0 ] && shift
mkdir -p "$build"
cmake -S . -B "$build" -DCMAKE_CXX_COMPILER=clang++-14 -DPGCLINICAL_SANITIZE=ON \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$build/build.log" 2>&1 &&
    cmake --build "$build" -j"$(nproc)" >>"$build/build.log" 2>&1 ||
    { tail -40 "$build/build.log"; echo "0 passed, 1 failed"; exit 1; }

names=("$@")
[ $# -gt 0 ] || mapfile -t names < <(cd test/fuzz && ls -- *_fuzzer.cpp | sed 's/_fuzzer\.cpp$//')
passed=0 failed=0
for name in "${names[@]}"; do
    corpus=$build/corpus/$name found=$build/found/$name seeds=test/fuzz/seeds/$name
    [ -z "${FUZZ_SEED:-}" ] || { corpus=$build/fixed/$name; rm -rf "$corpus"; }
    mkdir -p "$corpus" "$found"
    [ -d "$seeds" ] || seeds=()
    if "$build/${name}_fuzzer" -max_total_time="$seconds" ${FUZZ_SEED:+-seed="$FUZZ_SEED"} \
        -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$found/" "$corpus" "${seeds[@]}" \
        >"$build/$name.log" 2>&1; then
        passed=$((passed + 1))
        awk -v name="$name" '/number_of_executed_units/ { printf "%-28s %12d inputs\n", name, $2 }' \
            "$build/$name.log"
    else
        failed=$((failed + 1))
        echo "$name: broken, see $build/$name.log"
        grep -E 'ERROR|SUMMARY|runtime error|^Base64' "$build/$name.log" |
            cut -c 1-400 | head -5
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
