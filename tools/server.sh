# shellcheck shell=bash
# The build, the private copy of the server tree, and the private cluster.
# PostgreSQL finds its libraries and share files relative to the real path of
# its binaries, so a copy of its directories under another root is a server of
# its own, into which the extension is installed without touching the system.

# make looks for objects along VPATH too: those of a plain `make` in the clone
# would be taken for this build's, though made for another server or older.
remove_objects_of_clone()
{
    rm -f "$src"/src/*/*.o "$src"/src/*/*.bc "$src/crmprob.so" \
        "$src"/crmprob--*.sql
}

# VPATH is given because PGXS of a server that was built within its source tree
# does not set it.
build_extension()
{
    local objects=$build/pg$major
    mkdir -p "$objects"
    remove_objects_of_clone
    PG_MAKE=(make -s --no-print-directory -C "$objects" -f "$src/Makefile"
        "PG_CONFIG=$PG_CONFIG" "VPATH=$src")
    step "build for PostgreSQL $major" "${PG_MAKE[@]}" -j2 COPT=-Werror all
}

tree_version()
{
    "$PG_CONFIG" --version
    stat -c '%n %s %Y' "$("$PG_CONFIG" --bindir)/postgres" \
        "$("$PG_CONFIG" --pkglibdir)" "$("$PG_CONFIG" --sharedir)/extension"
}

copy_tree()
{
    local dir
    rm -rf "$tree"
    for dir in "$("$PG_CONFIG" --bindir)" "$("$PG_CONFIG" --pkglibdir)" \
        "$("$PG_CONFIG" --sharedir)"; do
        mkdir -p "$tree$dir"
        cp -a "$dir/." "$tree$dir"
    done
    # an installed crmprob must not be taken for the one under test
    rm -f "$tree$("$PG_CONFIG" --sharedir)"/extension/crmprob* \
        "$tree$("$PG_CONFIG" --pkglibdir)"/crmprob*
    chmod -R u+w,go+rX "$tree"
    tree_version >"$tree/version"
}

prepare_tree()
{
    tree=$build/tree$major
    if [ "$(cat "$tree/version" 2>/dev/null)" != "$(tree_version)" ]; then
        step "private copy of the server" copy_tree
    fi
    step "install into the private copy" install_into_tree
}

install_into_tree()
{
    # scripts of versions that are no longer listed must not linger
    rm -f "$tree$("$PG_CONFIG" --sharedir)"/extension/crmprob*
    # the mode of the clone's files may be private to its owner
    (umask 022 && "${PG_MAKE[@]}" install "DESTDIR=$tree")
}

# Where the server runs: build/, unless its user cannot get there (a clone in
# /root) or the socket's path would not fit into the 107 bytes of sun_path.
choose_run_dir()
{
    run_dir=$build/run.$$
    if [ ${#run_dir} -le 80 ] && mkdir "$run_dir" && own_run_dir &&
        as_user test -w "$run_dir" 2>/dev/null; then
        :
    else
        rm -rf "$run_dir"
        run_dir=$(mktemp -d /tmp/crmprob.XXXXXX)
        own_run_dir
    fi
    at_end remove_run_dir
    run_tree=$tree
    if ! as_user test -x "$tree$("$PG_CONFIG" --bindir)/postgres"; then
        cp -a "$tree" "$run_dir/tree"
        run_tree=$run_dir/tree
    fi
    bin=$run_tree$("$PG_CONFIG" --bindir)
}

own_run_dir()
{
    chmod 755 "$run_dir"
    [ -z "$server_user" ] || chown "$server_user" "$run_dir"
}

remove_run_dir()
{
    [ -z "$run_dir" ] || rm -rf "$run_dir"
}

start_cluster()
{
    data=$run_dir/data
    export PGHOST=$run_dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    cd "$run_dir" || return
    step "create a private cluster" as_user "$bin/initdb" -D "$data" \
        -U postgres -A trust -N -E UTF8 --locale=C
    as_user tee -a "$data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$run_dir'
port = 5432
fsync = off
full_page_writes = off
max_connections = 40
max_wal_size = 2GB
maintenance_work_mem = 256MB
timezone = 'UTC'
${server_settings:-}
CONF
    at_end stop_servers
    step "start it" pg_ctl_start
    cd "$src" || return
}

pg_ctl_start()
{
    # 9 is the lock of this run, which the server must not keep
    as_user "$bin/pg_ctl" -s -w -D "$data" -l "$run_dir/server.log" start 9>&-
}

# Ours, and whatever a TAP test that was interrupted left: all data directories
# are below run_dir, so no server that others started can be meant.
stop_servers()
{
    local pid_file
    cd "$run_dir" || return
    while read -r pid_file; do
        stop_server "${pid_file%/*}" fast || stop_server "${pid_file%/*}" immediate
    done < <(find "$run_dir" -maxdepth 6 -name postmaster.pid 2>/dev/null)
    cd "$src" || return
}

stop_server() # stop_server DATA-DIRECTORY MODE
{
    as_user "$bin/pg_ctl" -s -w -t 20 -D "$1" -m "$2" stop
}

sql() # sql DATABASE PSQL-ARGUMENTS...
{
    local db=$1
    shift
    "$bin/psql" -X -q -v ON_ERROR_STOP=1 -d "$db" "$@"
}
