#!/bin/sh
# Makes test-models/.venv-xgboost-1.6, -1.7, -2.1, -3.0 and -3.1, the older versions for xgboost_native.py; setup.sh makes .venv with
# 3.2. Python 3.11.
set -e
cd "$(dirname "$0")/.."
for version in 1.6.2 1.7.6 2.1.4 3.0.5 3.1.3; do
  folder=.venv-xgboost-${version%.*}
  python3 -m venv "$folder"
  # Without dependencies: XGBoost would bring a CUDA library that nothing here uses.
  "$folder"/bin/pip install --quiet --no-deps "xgboost==$version" numpy==1.26.4 scipy==1.11.4 scikit-learn==1.4.2 joblib==1.4.2 threadpoolctl==3.5.0 \
    pandas==2.2.3 python-dateutil==2.9.0.post0 pytz==2025.2 tzdata==2025.2 six==1.17.0
done
echo "ready: cd $(pwd)/recipes && for v in -xgboost-1.6 -xgboost-1.7 -xgboost-2.1 -xgboost-3.0 -xgboost-3.1 ''; do ../.venv\$v/bin/python xgboost_native.py; done"
