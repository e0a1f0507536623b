# shellcheck shell=bash
# What the benchmarks share. A figure is CPU seconds of the backend, read from
# the kernel's own account of the process (/proc/self/schedstat, nanoseconds),
# so other load on the machine moves it little; each is the median of several
# rounds, and the queries of a comparison take turns within each round.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# the reference data and the hand-written query, where they lie beside the clone
reference=${REFERENCE:-$here/../../shared/reference}
export LC_ALL=C.UTF-8
rounds=${ROUNDS:-5}
figures=$(mktemp -d)
trap 'rm -rf "$figures"' EXIT

run_sql() # run_sql PSQL-ARGUMENTS...: stops at the first error
{
    PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 "$@"
}

install_cpu_clock() # bench.cpu(): nanoseconds of this backend
{
    run_sql <<'SQL'
CREATE SCHEMA IF NOT EXISTS bench;
CREATE OR REPLACE FUNCTION bench.cpu() RETURNS bigint LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT pg_catalog.split_part(
    pg_catalog.pg_read_file('/proc/self/schedstat'), ' ', 1)::bigint;
END;
SQL
}

# measure NAME SQL [SETTINGS]: one run in a backend of its own; the CPU seconds
# are added to NAME's figures, what the query prints is kept as NAME's answer
measure()
{
    local name=$1 query=$2 settings=${3:-}
    run_sql -At >"$figures/out" <<SQL
SET jit = off;
SET max_parallel_workers_per_gather = 0;
$settings
SELECT bench.cpu() AS cpu_before \gset
$query
\gset answer_
\echo :answer_a
SELECT (bench.cpu() - :cpu_before) / 1e9;
SQL
    head -n 1 "$figures/out" >"$figures/$name.answer"
    tail -n 1 "$figures/out" >>"$figures/$name"
}

# measure_both NAME: one run of the psql script on standard input; the CPU
# seconds of its backend and of psql itself together
measure_both()
{
    local name=$1 TIMEFORMAT='%U %S'
    cat >"$figures/script"
    {
        time run_sql -At >"$figures/out" 2>&3 <<SQL
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SELECT bench.cpu() AS cpu_before \gset
\i $figures/script
SELECT (bench.cpu() - :cpu_before) / 1e9;
SQL
    } 3>&2 2>"$figures/client"
    tail -n 1 "$figures/out" | cat - "$figures/client" |
        awk '{ for (i = 1; i <= NF; i++) sum += $i } END { print sum }' >>"$figures/$name"
}

median() # median NAME
{
    sort -g "$figures/$1" |
        awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

answer() # answer NAME
{
    cat "$figures/$1.answer"
}

ratio() # ratio A B
{
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'
}
