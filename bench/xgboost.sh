#!/usr/bin/env bash
# Whether imported models are XGBoost's: trains several kinds of model with its
# C library (Debian package libxgboost0), imports each and compares score()
# with its predictions and explain() with its pred_contribs, missing values
# and numbers next to thresholds included.
#
#   ROWS=100000 bench/xgboost.sh      (by make bench, or any server)
#
# Shown are the greatest differences. Limits: 1e-6 for scores, 1e-4 for
# contributions; beyond them it ends with an error.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
if ! python3 -c 'import ctypes; ctypes.CDLL("libxgboost.so.0")' 2>/dev/null; then
    echo "xgboost: skipped, python3 or libxgboost0 is not installed"
    exit 0
fi
python3 "$here/xgboost.py" "$directory" "${ROWS:-100000}"
cd "$directory"
for kind in *.json; do
    kind=${kind%.json}
    mv "$kind.json" model.json
    mv "$kind.tsv" rows.tsv
    mv "$kind.phi.tsv" phis.tsv
    psql -X -q -v ON_ERROR_STOP=1 -v "kind=$kind" -f "$here/xgboost.sql"
done
