# shellcheck shell=bash
# Which server to build for, and the packages that are missing. Things are
# looked for by file and command, not by package, so that a server built from
# source serves as well.

debian_root=/usr/lib/postgresql
snippet=/etc/postgresql-common/createcluster.d/crmprob-no-cluster.conf
snippet_dirs=()
missing=()

major_of() # major_of PG_CONFIG
{
    "$1" --version | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p'
}

supported()
{
    [ "$1" -ge 15 ] && [ "$1" -le 18 ]
}

newest_installed() # the highest supported major with FILE below debian_root/N
{
    local file=$1 dir number
    for dir in "$debian_root"/[0-9]*/; do
        number=$(basename "$dir")
        if [ -e "$dir$file" ] && supported "$number"; then
            echo "$number"
        fi
    done 2>/dev/null | sort -n | tail -n 1
}

# Without PG_CONFIG: the newest server here, else the one whose development
# files are here, else the first pg_config in the path, else the one that this
# distribution ships.
choose_server()
{
    major=
    if [ -n "$PG_CONFIG" ]; then
        command -v "$PG_CONFIG" >/dev/null || die "no such program: PG_CONFIG=$PG_CONFIG"
        PG_CONFIG=$(command -v "$PG_CONFIG")
        major=$(major_of "$PG_CONFIG")
        return
    fi
    major=$(newest_installed bin/postgres)
    [ -n "$major" ] || major=$(newest_installed lib/pgxs/src/makefiles/pgxs.mk)
    if [ -z "$major" ] && command -v pg_config >/dev/null &&
        [ -x "$(pg_config --bindir)/postgres" ]; then
        PG_CONFIG=$(command -v pg_config)
        major=$(major_of "$PG_CONFIG")
        return
    fi
    [ -n "$major" ] || choose_distribution_major
    PG_CONFIG=$debian_root/$major/bin/pg_config
}

choose_distribution_major()
{
    command -v apt-get >/dev/null || die "no PostgreSQL server found, and no apt-get to install one:
install PostgreSQL 15 to 18 with its development files, or set PG_CONFIG"
    refresh_lists_if_empty
    major=$(apt-cache depends postgresql 2>/dev/null |
        sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
    [ -n "$major" ] || die "apt knows no package postgresql; is its package list reachable?"
}

need() # need PACKAGE COMMAND...: PACKAGE is missing when COMMAND fails
{
    local package=$1
    shift
    if ! "$@" >/dev/null 2>&1; then
        missing+=("$package")
    fi
}

pg_has() # pg_has WHAT: a part of the chosen server exists
{
    local share lib
    [ -x "$PG_CONFIG" ] || return 1
    case $1 in
        server) [ -x "$("$PG_CONFIG" --bindir)/postgres" ] ;;
        dev)
            lib=$("$PG_CONFIG" --pgxs)
            [ -e "$lib" ] && [ -e "$("$PG_CONFIG" --includedir-server)/postgres.h" ]
            ;;
        pgtap)
            share=$("$PG_CONFIG" --sharedir)
            [ -e "$share/extension/pgtap.control" ]
            ;;
        cron)
            share=$("$PG_CONFIG" --sharedir)
            [ -e "$share/extension/pg_cron.control" ]
            ;;
    esac
}

find_missing() # find_missing PART...: what the named parts of the work need
{
    local part
    missing=()
    for part in "$@"; do
        case $part in
            build)
                need make command -v make
                need gcc command -v gcc
                need libc6-dev test -e /usr/include/stdlib.h
                need "postgresql-$major" pg_has server
                need "postgresql-server-dev-$major" pg_has dev
                ;;
            test)
                need "postgresql-$major-pgtap" pg_has pgtap
                need "postgresql-$major-cron" pg_has cron
                need perl perl -MTest::More -e 1
                need libipc-run-perl perl -MIPC::Run -e 1
                ;;
            fuzz) need_fuzzer ;;
            data) need zstd command -v zstdcat ;;
        esac
    done
}

# The server's development package already brings a clang of one version; the
# fuzzer's runtime has to be of the same one.
need_fuzzer()
{
    local version probe=$build/fuzzer-probe
    CLANG=$(clang_of_server)
    if [ -n "$CLANG" ] && fuzzer_works "$probe"; then
        return
    fi
    version=${CLANG##*clang-}
    if [[ $version =~ ^[0-9]+$ ]]; then
        missing+=("libclang-rt-$version-dev")
        return
    fi
    CLANG=clang
    missing+=(clang libclang-rt-dev)
}

clang_of_server()
{
    local global
    if pg_has dev; then
        global=$(dirname "$("$PG_CONFIG" --pgxs)")/../Makefile.global
        sed -n 's/^CLANG[[:space:]]*=[[:space:]]*//p' "$global" |
            while read -r clang; do ! command -v "$clang" || break; done |
            grep . && return
    fi
    command -v clang || true
}

fuzzer_works()
{
    mkdir -p "$build"
    # asked anew only when the compiler changed
    [ "$1" -nt "$(readlink -f "$CLANG")" ] && return
    echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n); int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { (void) d; (void) n; return 0; }' |
        "$CLANG" -xc -fsanitize=fuzzer,address,undefined -o "$1" - 2>/dev/null
}

install_missing() # install_missing PART...
{
    local start
    find_missing "$@"
    if [ ${#missing[@]} -gt 0 ]; then
        start=$(now)
        can_install || give_up "missing, and this user cannot install packages"
        echo "installing what is missing: ${missing[*]}"
        apt_install || give_up "could not be installed"
        say "$start" "installed ${#missing[@]} packages with what they need"
        # a package may bring its version's compiler, whose runtime is next
        find_missing "$@"
        if [ ${#missing[@]} -gt 0 ]; then
            apt_install || give_up "could not be installed"
            find_missing "$@"
        fi
        [ ${#missing[@]} -eq 0 ] || give_up "still missing after the installation"
    fi
    check_server_version
}

give_up()
{
    [ ! -s "$build/log/apt" ] || tail -n 15 "$build/log/apt" >&2
    die "$1.
As root: apt-get install --no-install-recommends ${missing[*]}
(or set PG_CONFIG to the pg_config of another server; now it is $PG_CONFIG)"
}

check_server_version()
{
    major=$(major_of "$PG_CONFIG")
    if ! supported "$major"; then
        die "crmprob needs PostgreSQL 15 to 18; $PG_CONFIG is of version $major"
    fi
}

can_install()
{
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" -eq 0 ]; then
        sudo=()
    elif ! command -v sudo >/dev/null; then
        return 1
    elif [ -t 0 ]; then
        sudo=(sudo)
        # here, in the foreground, it may ask for the password
        sudo -v || return
    else
        sudo=(sudo -n)
    fi
    "${sudo[@]}" true 2>/dev/null
}

refresh_lists_if_empty()
{
    compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null || refresh_lists
}

refresh_lists()
{
    local start
    start=$(now)
    can_install || die "apt's package lists are empty, and this user cannot refresh them.
As root: apt-get update"
    mkdir -p "$build/log"
    if ! run "${sudo[@]}" apt-get -q update </dev/null >"$build/log/apt" 2>&1; then
        tail -n 15 "$build/log/apt" >&2
        return 1
    fi
    say "$start" "refreshed the package lists"
}

apt_install()
{
    local rc=0
    refresh_lists_if_empty
    drop_unknown
    forbid_cluster || return
    if ! apt_get_install; then
        # the lists may name versions that the mirror no longer has
        refresh_lists || rc=1
        [ "$rc" -ne 0 ] || apt_get_install || rc=1
    fi
    allow_cluster
    return "$rc"
}

# Not every release has the unversioned name of the fuzzer's runtime. Without
# it the versioned one is asked for once the compiler is there.
drop_unknown()
{
    local package known=()
    for package in "${missing[@]}"; do
        if [ "$package" != libclang-rt-dev ] ||
            apt-cache show "$package" >/dev/null 2>&1; then
            known+=("$package")
        fi
    done
    missing=("${known[@]}")
}

apt_get_install()
{
    mkdir -p "$build/log"
    run "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install "${missing[@]}" \
        </dev/null >"$build/log/apt" 2>&1
}

# A server package creates and starts a cluster when it is installed, unless
# this configuration says no. The snippet and the directories made for it are
# taken away again, so that later installations behave as the machine's owner
# expects.
forbid_cluster()
{
    local dir conf=${snippet%/*}
    [[ " ${missing[*]} " == *" postgresql-$major "* ]] || return 0
    if [ -e /etc/postgresql-common/createcluster.conf ] &&
        ! grep -q "^include_dir.*createcluster.d" /etc/postgresql-common/createcluster.conf; then
        die "installing postgresql-$major would create a cluster on this machine:
set create_main_cluster = false in /etc/postgresql-common/createcluster.conf, or install it yourself"
    fi
    snippet_dirs=()
    for dir in "${conf%/*}" "$conf"; do
        if [ ! -d "$dir" ]; then
            "${sudo[@]}" mkdir "$dir" || return
            snippet_dirs=("$dir" "${snippet_dirs[@]}")
        fi
    done
    at_end allow_cluster
    echo 'create_main_cluster = false' | "${sudo[@]}" tee "$snippet" >/dev/null
}

allow_cluster()
{
    local dir
    [ -e "$snippet" ] || return 0
    "${sudo[@]}" rm -f "$snippet"
    for dir in "${snippet_dirs[@]}"; do
        # the packages may have put files of their own there
        "${sudo[@]}" rmdir --ignore-fail-on-non-empty "$dir"
    done
}
