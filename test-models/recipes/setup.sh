#!/bin/sh
# Makes test-models/.venv with the pinned versions. Python 3.11 or newer.
set -e
cd "$(dirname "$0")/.."
python3 -m venv .venv
.venv/bin/pip install --quiet --requirement recipes/requirements.txt
echo "ready: cd $(pwd)/recipes && ../.venv/bin/python make.py"
