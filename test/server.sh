#!/usr/bin/env bash
# A private PostgreSQL server for this checkout: nothing is installed into the system, nothing is
# left running.
#
#   test/server.sh tree              makes build/server, a relocated copy of the system's server
#   test/server.sh install           builds the extension and installs it into that tree
#   test/server.sh modules           the same for the test modules (test/modules), never shipped
#   test/server.sh start NAME        starts cluster build/cluster/NAME, prints "host port"
#   test/server.sh stop NAME         stops it
#   test/server.sh drop NAME         stops and removes it
#   test/server.sh as COMMAND...     runs a command as the user the server runs as
#
# PostgreSQL finds its folders relative to its own binary, so a copied bin/ beside folders of links
# is a server of our own.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(pwd)
build=$root/build
major=15
system_bin=/usr/lib/postgresql/$major/bin
tree=$build/server
bin=$tree$system_bin

# The server refuses to run as root.
as_server_user() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$build/home" "$@"
    else
        "$@"
    fi
}

# Folders which that user writes to.
writable() {
    mkdir -p "$@"
    if [ "$(id -u)" -eq 0 ]; then chown postgres:postgres "$@"; fi
}

make_tree() {
    [ -x "$bin/postgres" ] && cmp -s "$bin/postgres" "$system_bin/postgres" && return
    rm -rf "$tree"
    mkdir -p "$bin" "$tree/usr/lib/postgresql/$major/lib" \
        "$tree/usr/share/postgresql/$major/extension" "$tree/usr/include"
    cp -a "$system_bin"/. "$bin"/
    ln -s /usr/lib/postgresql/$major/lib/* "$tree/usr/lib/postgresql/$major/lib/"
    ln -s /usr/include/postgresql "$tree/usr/include/postgresql"
    for entry in /usr/share/postgresql/$major/*; do
        [ "$(basename "$entry")" = extension ] || ln -s "$entry" "$tree/usr/share/postgresql/$major/"
    done
    ln -s /usr/share/postgresql/$major/extension/* "$tree/usr/share/postgresql/$major/extension/"
}

install_extension() {
    make_tree
    local compiler=()
    command -v ccache >/dev/null && compiler=(CXX="ccache g++")
    # A variable given to our own make (DATA) means something else to PGXS.
    # shellcheck disable=SC2086
    env -u MAKEFLAGS CCACHE_NOHASHDIR=1 make -s -j"$(nproc)" PG_CONFIG="$bin/pg_config" \
        ${MAKE_OPTIONS:-with_llvm=no} "${compiler[@]}" install >"$build/install.log" 2>&1 ||
        { cat "$build/install.log" >&2; exit 1; }
}

install_modules() {
    make_tree
    local compiler=() makefile
    command -v ccache >/dev/null && compiler=(CXX="ccache g++")
    for makefile in test/modules/*/Makefile; do
        env -u MAKEFLAGS CCACHE_NOHASHDIR=1 make -s -j"$(nproc)" -f "$makefile" \
            PG_CONFIG="$bin/pg_config" "${compiler[@]}" install >"$build/modules.log" 2>&1 ||
            { cat "$build/modules.log" >&2; exit 1; }
    done
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start() {
    local data=$build/cluster/$1 sockets
    mkdir -p "$build"
    writable "$build/cluster" "$build/home"
    if [ -f "$data/pgclinical.address" ] && as_server_user "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; then
        cat "$data/pgclinical.address"
        return
    fi
    if [ ! -s "$data/PG_VERSION" ]; then
        rm -rf "$data"
        as_server_user "$bin/initdb" -D "$data" -U postgres --auth=trust -E UTF8 --locale=C.UTF-8 >/dev/null
        cat >>"$data/postgresql.conf" <<CONF
listen_addresses = ''
shared_buffers = 512MB
max_wal_size = 4GB
log_min_messages = warning
log_line_prefix = '%m [%p] '
CONF
    fi
    sockets=$(mktemp -d /tmp/pgclinical.XXXXXX)
    if [ "$(id -u)" -eq 0 ]; then chown postgres:postgres "$sockets"; fi
    local port
    port=$(free_port)
    as_server_user "$bin/pg_ctl" -D "$data" -w -s -l "$data/server.log" \
        -o "-k $sockets -p $port ${SERVER_OPTIONS:-}" start </dev/null
    echo "$sockets $port" | as_server_user tee "$data/pgclinical.address"
}

stop() {
    local data=$build/cluster/$1
    [ -f "$data/postmaster.pid" ] && as_server_user "$bin/pg_ctl" -D "$data" -w -s -m fast stop
    if [ -f "$data/pgclinical.address" ]; then
        rm -rf "$(cut -d' ' -f1 "$data/pgclinical.address")"
        rm -f "$data/pgclinical.address"
    fi
}

case ${1:-} in
tree) make_tree; echo "$bin" ;;
install) install_extension ;;
modules) install_modules ;;
start) start "$2" ;;
stop) stop "$2" ;;
drop) stop "$2"; rm -rf "${build:?}/cluster/$2" ;;
bin) echo "$bin" ;;
as) shift; as_server_user "$@" ;;
*) sed -n '2,/^set/p' "$0" | sed '$d' >&2; exit 2 ;;
esac
