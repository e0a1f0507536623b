#!/usr/bin/env bash
# What a score costs: score() over 20 float8 columns against reading the last
# of them, and the C trigger against no trigger, all in one run.
#
#   ROWS=1000000 ROUNDS=5 bench/score.sh      (by make bench, or any server)
#
# Every round runs each query once; the table shows medians over the rounds.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_cpu_clock
run_sql -v "rows=${ROWS:-1000000}" -v "rounds=$rounds" -f "$here/score.sql"
