#!/bin/sh
# Makes bench/python/.venv with the pinned trainers and peers. Python 3.11; gcc for tl2cgen.
set -e
cd "$(dirname "$0")"
python3 -m venv .venv
# A virtual environment ignores itself.
echo '*' > .venv/.gitignore
.venv/bin/pip install --quiet --requirement requirements.txt
# Hummingbird asks for older trainers than these, with which it works all the same.
.venv/bin/pip install --quiet --no-deps hummingbird-ml==0.4.12
echo "ready: $(pwd)/.venv/bin/python $(pwd)/train.py"
