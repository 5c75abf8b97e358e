#!/usr/bin/env bash
# Runs the notebook from top to bottom in a temporary folder, against the packed package, and fails where a cell fails. With --write
# the outputs are kept in the notebook here. Needs dist/ (npm run build) and setup.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
name=compile-and-compare.ipynb
tools=$here/.venv/node/node_modules
[ -x "$here/.venv/bin/jupyter-nbconvert" ] && [ -d "$tools/tslab" ] || { echo "run examples/notebooks/setup.sh first" >&2; exit 1; }
[ -f "$root/dist/index.js" ] || { echo "dist/ is missing; run npm run build first" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/$name" "$here/cancer" "$work/"
echo '{ "private": true }' >"$work/package.json"
(cd "$root" && npm pack --silent --pack-destination "$work" >/dev/null)
npm install --prefix "$work" --ignore-scripts --no-audit --no-fund "$work"/calypte-*.tgz >/dev/null
for package in "$tools"/*; do
  [ -e "$work/node_modules/$(basename "$package")" ] || ln -s "$package" "$work/node_modules/"
done

# A Jupyter of its own: nothing is read from or written to the user's.
export JUPYTER_PATH=$work/jupyter JUPYTER_CONFIG_DIR=$work/config JUPYTER_DATA_DIR=$work/data JUPYTER_RUNTIME_DIR=$work/runtime
mkdir -p "$JUPYTER_PATH/kernels/tslab"
cat >"$JUPYTER_PATH/kernels/tslab/kernel.json" <<JSON
{
  "argv": ["node", "$tools/tslab/bin/tslab", "kernel", "--config-path", "{connection_file}"],
  "display_name": "TypeScript",
  "language": "typescript"
}
JSON
cd "$work"
"$here/.venv/bin/jupyter-nbconvert" --to notebook --execute --inplace --log-level WARN \
  --ExecutePreprocessor.timeout=300 --ExecutePreprocessor.record_timing=False "$name"
if [ "${1:-}" = --write ]; then cp "$name" "$here/$name"; fi
