#!/usr/bin/env bash
# Brings npm packages that measurements compare with, and prints the folder that node finds them in.
#
#   NODE_PATH=$(test/bench/npm.sh PACKAGE...) node ...
#
# Fails quietly where there is no npm or it cannot have them: the peer is then not measured.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=build/peers/$(cksum <<<"$*" | cut -d' ' -f1)
if [ ! -d "$folder/node_modules" ]; then
    mkdir -p "$folder"
    npm install --silent --no-audit --no-fund --prefix "$folder" "$@" >/dev/null 2>&1 || { rm -rf "$folder"; exit 1; }
fi
echo "$PWD/$folder/node_modules"
