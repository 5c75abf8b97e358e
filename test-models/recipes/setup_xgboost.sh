#!/bin/sh
# Makes test-models/.venv-xgboost-1.6 and -2.1, the older versions for xgboost_native.py; setup.sh makes .venv with 3.2. Python 3.11.
set -e
cd "$(dirname "$0")/.."
for version in 1.6.2 2.1.4; do
  folder=.venv-xgboost-${version%.*}
  python3 -m venv "$folder"
  # Without dependencies: XGBoost would bring a CUDA library that nothing here uses.
  "$folder"/bin/pip install --quiet --no-deps "xgboost==$version" numpy==1.26.4 scipy==1.11.4 scikit-learn==1.4.2 joblib==1.4.2 threadpoolctl==3.5.0
done
echo "ready: cd $(pwd)/recipes && for v in -xgboost-1.6 -xgboost-2.1 ''; do ../.venv\$v/bin/python xgboost_native.py; done"
