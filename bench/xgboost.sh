#!/usr/bin/env bash
# Whether imported models are XGBoost's: trains several kinds of model with its
# C library (Debian package libxgboost0), imports each and compares score()
# with its predictions and explain() with its pred_contribs, missing values
# and numbers next to thresholds included.
#
#   ROWS=100000 bench/xgboost.sh      (by make bench, or any server)
#
# Shown are the greatest differences. Limits: 1e-6 for scores, 1e-4 for
# contributions, 1e-9 for their sum; a kind beyond them is "not ok", and the
# script ends with an error after the last.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
if ! python3 -c 'import ctypes; ctypes.CDLL("libxgboost.so.0")' 2>/dev/null; then
    echo "xgboost: skipped, python3 or libxgboost0 is not installed"
    exit 0
fi
rows=${ROWS:-100000}
# its threads wait without spinning: where processors are busy, ten times faster
export OMP_WAIT_POLICY=passive
python3 "$here/xgboost.py" "$directory" "$rows"
cd "$directory"
failed=0
for kind in *.json; do
    kind=${kind%.json}
    mv "$kind.json" model.json
    mv "$kind.tsv" rows.tsv
    mv "$kind.phi.tsv" phis.tsv
    psql -X -q -v ON_ERROR_STOP=1 -v "kind=$kind" -v "rows=$rows" -f "$here/xgboost.sql" || failed=1
done
exit "$failed"
