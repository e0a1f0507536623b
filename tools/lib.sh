# shellcheck shell=bash
# What every script here shares: paths, one line a step with its time, an
# interruptible child, the unprivileged user, and the cleaning up at the end.
# Sourced by tools/test, tools/demo, tools/fuzz and tools/bench.

src=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$src/build

# a surrounding make's flags (-j, T=...) are not for the makes started here
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL GNUMAKEFLAGS
# neither are connection settings of the user's own servers
unset "${!PG@}" 2>/dev/null || true
PG_CONFIG=${saved_pg_config:-}
unset saved_pg_config
export LC_ALL=C.UTF-8
# Debian leaves the sbin directories out of a plain user's path
PATH=$PATH:/usr/sbin:/sbin

cd "$src" || exit
# a caller may have closed standard input, which children are given
{ : <&0; } 2>/dev/null || exec </dev/null

child=
status=0
cleanups=()
# set once the reason of the end has been told
ended=

die()
{
    ended=yes
    echo "$*" >&2
    exit 1
}

now()
{
    date +%s.%N
}

since() # since START: seconds with one decimal
{
    awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'
}

say() # say START TEXT: a line of progress with the time it took
{
    printf '%7s s  %s\n' "$(since "$1")" "$2"
}

# The shell handles a signal only after a foreground child has ended, so
# whatever may take long runs in the background, as a process group that can be
# ended as a whole, and is waited for. Never called where the shell ignores
# errors (if, ||), or a function run here would go on after a failure.
start_and_wait()
{
    status=0
    set -m
    "$@" <&0 &
    child=$!
    set +m
    wait "$child" || status=$?
    child=
}

run() # run COMMAND...: for programs, whose errors are their own
{
    start_and_wait "$@"
    return "$status"
}

step() # step TEXT COMMAND...: quiet unless it fails; the log is kept
{
    local text=$1 start log
    shift
    start=$(now)
    log=$build/log/$(tr -c '[:alnum:]\n' '-' <<<"${text%%:*}")
    mkdir -p "$build/log"
    start_and_wait "$@" >"$log" 2>&1
    if [ "$status" -ne 0 ]; then
        say "$start" "$text: FAILED"
        tail -n 60 "$log"
        ended=yes
        exit 1
    fi
    say "$start" "$text"
}

at_end() # at_end COMMAND: last registered runs first
{
    cleanups=("$1" "${cleanups[@]}")
}

finish()
{
    local rc=$? command
    trap '' INT TERM
    trap - EXIT
    set +e
    [ "$rc" -eq 0 ] || [ -n "$ended" ] || echo "stopped, status $rc" >&2
    if [ -n "$child" ]; then
        kill -TERM -- "-$child" 2>/dev/null
        wait "$child" 2>/dev/null
    fi
    for command in "${cleanups[@]}"; do
        "$command"
    done
    exit "$rc"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# One run at a time in a clone: they share build/. The server must not inherit
# the lock, or it would outlive the run (see start_cluster).
lock_build()
{
    mkdir -p "$build"
    exec 9>"$build/.lock"
    if ! flock -n 9; then
        echo "another run is at work in $build; waiting for it"
        flock 9
    fi
}

# The server refuses to run as root, so root hands it to a user that owns
# nothing of value. Everybody else runs it as themselves.
choose_user()
{
    server_user=
    [ "$(id -u)" -eq 0 ] || return 0
    for server_user in postgres nobody; do
        ! getent passwd "$server_user" >/dev/null || return 0
    done
    die "no unprivileged user to run the server as: neither postgres nor nobody exists"
}

as_user()
{
    (as_user_exec "$@")
}

# takes the shell's place, so that a signal to it reaches the program
as_user_exec()
{
    if [ -z "$server_user" ]; then
        exec "$@"
    fi
    exec setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" \
        --init-groups env HOME="$run_dir" "$@"
}

list() # list NAME: one of the lists of the Makefile
{
    make -s --no-print-directory -f "$src/Makefile" "print-$1"
}
