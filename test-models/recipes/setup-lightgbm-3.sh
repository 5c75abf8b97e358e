#!/bin/sh
# Makes test-models/.venv-lightgbm-3.3 with LightGBM 3.3.5, for the fixtures lightgbm/v3-*. Python 3.11 or newer.
set -e
cd "$(dirname "$0")/.."
python3 -m venv .venv-lightgbm-3.3
# A virtual environment ignores itself.
echo '*' > .venv-lightgbm-3.3/.gitignore
.venv-lightgbm-3.3/bin/pip install --quiet lightgbm==3.3.5 numpy==1.26.4 scipy==1.17.1 scikit-learn==1.4.2 pandas==2.2.3
echo "ready: cd $(pwd)/recipes && ../.venv-lightgbm-3.3/bin/python lightgbm_native.py"
