#!/usr/bin/env bash
# Makes @tensorflow/tfjs-node (or, with PACKAGE=@tensorflow/tfjs-node-gpu, that one) run in this project's node_modules from package
# registries alone: its own install script downloads libtensorflow from elsewhere. Takes npm's package without its script,
# libtensorflow and headers out of PyPI's TensorFlow wheel (no Python TensorFlow is installed), and builds the addon with g++.
# Nothing is saved in package.json; `npm ci` takes it away again. About 210 MB are downloaded once, into CACHE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

package=${PACKAGE:-@tensorflow/tfjs-node}
version=4.22.0
tensorflow=2.15.1
wheel=tensorflow-cpu
[ "$package" = @tensorflow/tfjs-node-gpu ] && wheel=tensorflow
cache=${CACHE:-$HOME/.cache/calypte-libtensorflow}/$wheel-$tensorflow

for tool in python3 g++ npm; do
  command -v "$tool" >/dev/null || { echo "tfjs-node setup: $tool is missing" >&2; exit 1; }
done

folder=$PWD/node_modules/$package
if [ "$(node -p "try { require('$folder/package.json').version } catch { '' }")" != "$version" ]; then
  # Aside, and what is missing here copied: npm itself leaves optional peers of this project out.
  aside=$(mktemp -d)
  npm install --prefix "$aside" --ignore-scripts --no-audit --no-fund "$package@$version"
  cp -rn "$aside/node_modules/." node_modules/
  rm -rf "$aside"
fi

if [ ! -f "$cache/complete" ]; then
  rm -rf "$cache"
  mkdir -p "$cache/download"
  python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
    --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 -d "$cache/download" "$wheel==$tensorflow"
  python3 "$here/unpack-libtensorflow.py" "$cache"/download/*.whl "$cache"
  rm -rf "$cache/download"
  for name in tensorflow tensorflow_framework; do
    [ "$name" = tensorflow ] && file=libtensorflow_cc.so.2 || file=libtensorflow_framework.so.2
    ln -sf "$file" "$cache/lib/lib$name.so"
  done
  ln -sf libtensorflow_cc.so.2 "$cache/lib/libtensorflow.so.2"
  touch "$cache/complete"
fi

addon=$folder/lib/napi-v8/tfjs_binding.node
if [ ! -f "$addon" ] || [ "$(readlink "$folder/deps" || true)" != "$cache" ]; then
  rm -rf "$folder/deps"
  ln -s "$cache" "$folder/deps"
  mkdir -p "$(dirname "$addon")"
  headers=$(node -p 'require("path").resolve(process.execPath, "../../include/node")')
  [ -f "$headers/node_api.h" ] || { echo "tfjs-node setup: $headers has no node_api.h" >&2; exit 1; }
  g++ -std=gnu++17 -O2 -fPIC -shared -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION -I"$headers" -I"$folder/deps/include" -I"$folder" \
    "$folder/binding/tfjs_backend.cc" "$folder/binding/tfjs_binding.cc" -o "$addon" \
    -L"$folder/deps/lib" -ltensorflow -ltensorflow_framework "-Wl,-rpath,\$ORIGIN/../../deps/lib"
fi

TF_CPP_MIN_LOG_LEVEL=2 node -e "
const tf = require('$package');
const product = JSON.stringify(tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).arraySync());
if (tf.getBackend() !== 'tensorflow' || product !== '[[19,22],[43,50]]') throw new Error(tf.getBackend() + ' gave ' + product);
console.log('$package', tf.version['tfjs-node'], 'runs with libtensorflow', tf.backend().binding.TF_Version);
"
