#!/usr/bin/env bash
# Brings what the notebook runs on into examples/notebooks/.venv, which git ignores: nbconvert from PyPI, and tslab (the TypeScript
# kernel), Plot and linkedom from npm, whose install scripts are not run. About 230 MB.
set -euo pipefail
cd "$(dirname "$0")"

tools="tslab@1.0.22 @observablehq/plot@0.6.17 linkedom@0.18.15"
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check nbconvert==7.17.2 jupyter_client==8.10.0
mkdir -p .venv/node
[ -f .venv/node/package.json ] || echo '{ "private": true }' >.venv/node/package.json
# shellcheck disable=SC2086
npm install --prefix .venv/node --ignore-scripts --no-audit --no-fund --save-exact $tools >/dev/null
node -e 'require("./.venv/node/node_modules/zeromq")'
echo "the notebook's tools are in examples/notebooks/.venv"
