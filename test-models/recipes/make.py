"""Builds the fixtures: `python make.py` all of them, `python make.py iris-tree digits-forest` some, `--list` names them."""
import os
import sys
import time

for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(v, "1")  # sums in one order, so that a rebuild gives the same bytes

import warnings

warnings.filterwarnings("ignore")
import importlib

from common import RECIPES

for family in ("trees", "forests", "boosting", "linear", "pipelines", "handmade"):
    importlib.import_module(family)

names = sys.argv[1:] or list(RECIPES)
if names == ["--list"]:
    print("\n".join(RECIPES))
    raise SystemExit
for name in names:
    began = time.time()
    RECIPES[name]()
    print(f"  {time.time() - began:.1f} s", file=sys.stderr)
