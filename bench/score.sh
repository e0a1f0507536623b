#!/usr/bin/env bash
# What a score costs: score() over 20 float8 columns against reading the last
# of them, and the C trigger against no trigger, all in one run.
#
#   ROWS=1000000 ROUNDS=5 bench/score.sh      (by make bench, or any server)
#
# Times are CPU time of the backend, read by itself from /proc/self/schedstat
# before and after each query (nanoseconds, user and system), so that other
# load on the machine counts little. Every round runs each query once; the
# table shows medians over the rounds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
psql -X -q -v ON_ERROR_STOP=1 -v "rows=${ROWS:-1000000}" \
    -v "rounds=${ROUNDS:-5}" -f "$here/score.sql"
