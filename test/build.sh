#!/usr/bin/env bash
# Two promises of the build: the module exports nothing but what PostgreSQL calls, and the sources
# also compile to the bitcode that servers with LLVM ask for.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(test/server.sh bin)
library=$("$bin/pg_config" --pkglibdir)/pgclinical.so

# Two extensions that export one C++ library into a backend would call each other's functions.
functions=$(python3 - sql/install/*.sql <<'PY'
import re, sys
for name in sys.argv[1:]:
    for kind, head, symbol in re.findall(
            r"CREATE (FUNCTION|PROCEDURE) ([^;$]*?)'MODULE_PATHNAME'(?:\s*,\s*'(\w+)')?", open(name).read()):
        print(symbol or re.match(r"[\w@.]*?(\w+)\s*\(", head).group(1))
PY
)
nm -D --defined-only "$library" | awk '{ print $NF }' |
    sed 's/^pg_finfo_//' | grep -vxE 'Pg_magic_func|_PG_init|\w+_worker' |
    grep -vxF "$functions" >build/check/symbols && {
    echo "exported, but no SQL function:"
    head build/check/symbols
    exit 1
}

# In a copy: objects and bitcode of this build must not meet those of the private server's.
copy=build/bitcode
mkdir -p "$copy"
rm -rf "$copy"/{src,sql,control,Makefile}
cp -R src sql control Makefile "$copy"/
find "$copy" \( -name '*.o' -o -name '*.d' -o -name '*.bc' \) -delete
ccache=$(command -v ccache || true)
env -u MAKEFLAGS make -s -C "$copy" -j"$(nproc)" PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config \
    with_llvm=yes ${ccache:+CXX="ccache g++" CLANG="$ccache clang-14"} all \
    >build/check/bitcode.log 2>&1 || { tail -20 build/check/bitcode.log; exit 1; }
[ -s "$copy/src/pg/module.bc" ]
