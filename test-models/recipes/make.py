"""Builds the fixtures: `python make.py` all of them, `python make.py iris-tree digits-forest` some,
`--list` names them, `-v` prints rows on which onnxruntime contradicts itself."""
import os
import sys
import time

for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(v, "1")  # sums in one order, so that a rebuild gives the same bytes
if os.environ.get("PYTHONHASHSEED") != "0":  # exporters order nodes by the hashes of their names
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])

import warnings

warnings.filterwarnings("ignore")
import importlib

from common import RECIPES

for family in ("trees", "forests", "boosting", "linear", "pipelines", "plain", "estimators", "wrappers", "handmade", "text", "data"):
    importlib.import_module(family)

names = [a for a in sys.argv[1:] if a[0] != "-"] or list(RECIPES)
if "--list" in sys.argv:
    print("\n".join(RECIPES))
    raise SystemExit
for name in names:
    began = time.time()
    RECIPES[name]()
    print(f"  {time.time() - began:.1f} s", file=sys.stderr)
