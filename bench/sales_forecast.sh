#!/usr/bin/env bash
# What a forecast costs: the aggregate over deals, its quantiles, quantiles with
# a common factor and with uncertain amounts, in CPU seconds.
#
#   ROUNDS=5      figures are medians over the rounds
set -euo pipefail
. "$(dirname "$0")/lib.sh"

make_deals() # make_deals N: amounts that have no common measure
{
    run_sql -v n="$1" <<'SQL'
DROP TABLE IF EXISTS deal, made;
SELECT setseed(0.5) \gset
CREATE UNLOGGED TABLE deal AS
  SELECT (0.05 + 0.9 * random())::float8 AS p, round((1000 * exp(2 * random() + 2 * random()))::numeric, 2) AS amount
    FROM generate_series(1, :n);
CREATE UNLOGGED TABLE made AS
  SELECT crmprob.revenue_forecast(p, amount) AS f, crmprob.revenue_forecast(p, amount, (0.3 * amount)::float8) AS uncertain FROM deal;
VACUUM (FREEZE, ANALYZE) deal;
SQL
}

line() # line N NAME TEXT
{
    printf 'forecast of %6d deals, %-32s %8.4f s   %s\n' "$1" "$3" "$(median "$2_$1")" "$(answer "$2_$1")"
}

install_cpu_clock
for n in 1000 10000 100000; do
    make_deals "$n"
    for ((round = 0; round < rounds; round++)); do
        measure "build_$n" 'SELECT crmprob.deals(crmprob.revenue_forecast(p, amount)) AS a FROM deal'
        measure "quantiles_$n" "SELECT crmprob.quantile(f, 0.1) || ' ' || crmprob.quantile(f, 0.5) || ' ' || crmprob.quantile(f, 0.9) AS a FROM made"
        measure "uncertain_$n" "SELECT crmprob.quantile(uncertain, 0.1) || ' ' || crmprob.quantile(uncertain, 0.9) AS a FROM made"
        measure "factor_$n" "SELECT crmprob.quantile(f, 0.1, 0.05) || ' ' || crmprob.quantile(f, 0.9, 0.05) AS a FROM made"
    done
    line "$n" build 'the aggregate'
    line "$n" quantiles 'P10, P50, P90'
    line "$n" uncertain 'P10, P90, uncertain amounts'
    line "$n" factor 'P10, P90, correlation 0.05'
done
