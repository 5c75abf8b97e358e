#!/bin/sh
# Makes the two pinned environments of the CatBoost fixtures and writes the fixtures. Python 3.11.
set -e
cd "$(dirname "$0")/.."
make_environment() {
  folder=$1
  shift
  python3 -m venv "$folder"
  printf '*\n' > "$folder/.gitignore"
  "$folder/bin/pip" install --quiet "$@"
}
make_environment .venv-catboost catboost==1.2.10 numpy==2.4.6 pandas==3.1.1 scikit-learn==1.9.1 scipy==1.17.1
make_environment .venv-catboost-1.2 catboost==1.2 numpy==1.26.4 pandas==2.2.3 scikit-learn==1.4.2 scipy==1.11.4
.venv-catboost/bin/python recipes/catboost_native.py
.venv-catboost-1.2/bin/python recipes/catboost_native.py
