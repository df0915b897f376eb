#!/usr/bin/env bash
# Installs what the build and the tests need from Debian's packages.  Safe to repeat: asks apt
# only when something is missing.
set -euo pipefail

packages=(
    make g++ cmake ccache pkg-config perl
    postgresql-15 postgresql-server-dev-15 libipc-run-perl
    libsimdjson-dev libicu-dev libssl-dev libxml2-dev libboost-dev libre2-dev libgtest-dev
    clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev
    libbenchmark-dev python3 python3-hl7 git
)

missing=()
for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
        missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=(env DEBIAN_FRONTEND=noninteractive)
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "These packages are missing, and without sudo only root can install them:" >&2
        echo "  ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo "${as_root[@]}")
fi
# A private cluster is all we want: Debian must not create one of its own.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' |
        "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "installing ${#missing[@]} packages ..."
"${as_root[@]}" apt-get update -qq >"$log" 2>&1 &&
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null ||
    { cat "$log" >&2; exit 1; }
