#!/usr/bin/env bash
# Style and static analysis: formatting, clang-tidy, shell syntax, the rules of the SQL scripts and
# of the folders.  Fails on the first kind of finding that remains, after showing all of it.
#
#   test/lint.sh            everything
#   test/lint.sh quick      all but clang-tidy
set -uo pipefail
shopt -s lastpipe  # complain counts in this shell
cd "$(dirname "$0")/.."
found=0

# complain TITLE: prints standard input under TITLE and counts it as a finding when there is any.
complain() {
    local lines
    lines=$(cat)
    [ -z "$lines" ] && return
    echo "$1"
    sed 's/^/    /' <<<"$lines"
    found=$((found + 1))
}

mapfile -t cxx < <(git ls-files '*.cpp' '*.h')
mapfile -t shell < <(git ls-files '*.sh' .ci/run)
mapfile -t sql < <(git ls-files 'sql/*.sql')
core_folders() { sed 's|^|src/|' src/chapters.list; }

clang-format-14 --dry-run -Werror "${cxx[@]}" 2>&1 | grep error | complain "not formatted:"

for script in "${shell[@]}"; do bash -n "$script" 2>&1; done | complain "shell syntax:"
python3 - <<'PY' 2>&1 | complain "Python syntax:"
import ast, subprocess
for name in subprocess.run(["git", "ls-files", "*.py"], capture_output=True, text=True).stdout.split():
    try:
        ast.parse(open(name).read(), name)
    except SyntaxError as error:
        print(f"{name}:{error.lineno}: {error.msg}")
PY

# An object made beforehand by somebody else must stop the installation, not be taken over.
grep -nE 'CREATE OR REPLACE|IF NOT EXISTS' sql/install/*.sql | grep -v 'IF NOT EXISTS (SELECT' |
    grep -vE "format\(|EXECUTE|--" | grep -iE '(^[^:]*:[0-9]+:)CREATE' |
    complain "install scripts only CREATE:"
python3 test/lint_sql.py "${sql[@]}" 2>&1 | complain "SQL:"

# Floors: the core includes no server header, nobody below includes pg/ or bridge/.
core_folders | while read -r folder; do
    [ -d "$folder" ] && grep -rnE '#include +[<"](postgres\.h|fmgr\.h|utils/|catalog/|executor/|bridge/|pg/)' "$folder"
done | complain "core includes the server:"
# The list of chapters is in the order of the floors: each knows only those before it.
above=$(tr '\n' '|' <src/chapters.list)
core_folders | while read -r folder; do
    above=${above#*|}
    [ -n "$above" ] && grep -rnE "#include +\"(${above%|})/" "$folder"
done | complain "a chapter includes one above it:"
grep -rnE '#include +"pg/' src/bridge | complain "bridge includes pg/:"
git ls-files -z '*.cpp' '*.h' '*.py' Makefile '*.mk' 'test/*.sh' 'control/*.sh' ':!test/bench' |
    xargs -0 grep -nHE '.{141}' | grep -v '/data/' | cut -c1-120 | complain "lines over 140:"
git grep -nIE '/(work|home|root)/[a-z]' -- . ':!test/lint.sh' | complain "paths of one machine:"
git ls-files -z '*.cpp' '*.h' | xargs -0 grep -nHE '\b(TODO|FIXME|XXX)\b' | complain "unfinished:"
for header in $(git ls-files 'src/*.h'); do
    grep -q '#pragma once' "$header" || echo "$header"
done | complain "headers without #pragma once:"

# The core is read without the server's headers, the glue with them.
tidy() {
    local include
    include=$(pg_config --includedir-server)
    core_folders | while read -r folder; do git ls-files "$folder/*.cpp"; done |
        xargs -r -P "$(nproc)" -I{} clang-tidy-14 --quiet {} -- -std=c++20 -Isrc $(pkg-config --cflags libxml-2.0)
    git ls-files 'src/bridge/*.cpp' 'src/pg/*.cpp' |
        xargs -r -P "$(nproc)" -I{} clang-tidy-14 --quiet {} -- -std=c++20 -Isrc -I"$include" \
            -D_GNU_SOURCE -Wno-register -Wno-ignored-attributes -Wno-deprecated-volatile
}
[ "${1:-}" = quick ] || tidy 2>/dev/null | grep -E 'error:|warning:' | sort -u | complain "clang-tidy:"

if [ "$found" -gt 0 ]; then
    echo "lint: $found kinds of findings"
    exit 1
fi
echo "lint: ${#cxx[@]} C++ files, ${#sql[@]} SQL files, ${#shell[@]} shell scripts: nothing found"
