#!/usr/bin/env bash
# Runs a command of the project from a folder that the server's user can reach.
#
#   control/run.sh COMMAND...
#
# PostgreSQL refuses to run as root, so for root the servers of the tests run as user postgres, who
# cannot enter a checkout below /root.  Then a copy of the sources is used, and what the command
# leaves for its reader (build/demo, build/check) is copied back.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(pwd)

if [ "$(id -u)" -ne 0 ] || setpriv --reuid=postgres --regid=postgres --init-groups test -x "$root"
then
    exec "$@"
fi

home=/var/cache/pgclinical/$(cksum <<<"$root" | cut -d' ' -f1)
copy=$home/checkout
mkdir -p "$copy"
chmod 755 /var/cache/pgclinical "$home" "$copy"
# The conformance suites lie beside a checkout.
if [ -d ../shared ]; then ln -sfn "$(cd ../shared && pwd)" "$home/shared"; fi
# Sources that are gone here must be gone there; what was built there stays.
find "$copy" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
tar -c --mode=go+rX --exclude=./build --exclude=./.git --exclude='*.o' --exclude='*.so' . |
    tar -x -C "$copy"
status=0
(cd "$copy" && "$@") || status=$?
for folder in demo check bench; do
    [ -d "$copy/build/$folder" ] || continue
    mkdir -p "build/$folder"
    cp -R "$copy/build/$folder/." "build/$folder/"
done
exit $status
