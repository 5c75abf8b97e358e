#!/usr/bin/env bash
# Converts every fixture that takes numbers to a SavedModel and compares it in Python TensorFlow, from an environment of its own
# (.venv-tensorflow, about 700 MB). Not part of the tests: they need no Python.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=${VENV:-test-models/.venv-tensorflow}
[ -x "$venv/bin/python" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install -q tensorflow-cpu==2.15.1 numpy==1.26.4; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
npx tsx scripts/savedmodel/write-all.ts "$out"
TF_CPP_MIN_LOG_LEVEL=2 "$venv/bin/python" scripts/savedmodel/check.py "$out" test-models/onnx
