"""Trains the models of `npm run bench -- grid` into bench/.models/grid/: the end-to-end grid of the Hummingbird paper (Nakandala et al., "A Tensor
Compiler for Unified Machine Learning Prediction Serving", OSDI 2020, section 6.1.1), with an index of them, grid.json.

    bench/python/.venv/bin/python bench/python/train_grid.py [DATASET...]

Each data set of the paper stands here as made data of its shape, by the generator of train.py: columns and classes are the paper's, rows are
not, since scoring does not depend on them. Boosters of seven classes have 71 rounds, 497 trees. Year, a regression there, is cut into two classes, so that all cells answer probabilities.
"""
import json
import sys
import time

import joblib
import lightgbm
import numpy as np
import onnxmltools
import skl2onnx
import sklearn
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier

from train import JOBS, OUT, SEED, rows_of, split

FOLDER = OUT / "grid"
TREES, DEPTH = 500, 8
POOL = 10_000

# Data set: columns, classes.
SHAPES = {
    "fraud": (28, 2),
    "epsilon": (2000, 2),
    "year": (90, 2),
    "covtype": (54, 7),
    "higgs": (28, 2),
    "airline": (13, 2),
}
# Fraud and Higgs are of one shape: other columns and another noise make other models.
NOISE = {"fraud": 0.2, "higgs": 1.2}


def forest(x, y, path):
    model = RandomForestClassifier(n_estimators=TREES, max_depth=DEPTH, n_jobs=JOBS, random_state=SEED).fit(x, y)
    joblib.dump(model, path)
    return skl2onnx.to_onnx(model, x[:1], options={"zipmap": False})


def rounds(y):
    """Of two classes one tree is grown in a round, of more one for each."""
    classes = len(np.unique(y))
    return TREES if classes == 2 else TREES // classes


def lgb(x, y, path):
    model = lightgbm.LGBMClassifier(n_estimators=rounds(y), max_depth=DEPTH, num_leaves=2**DEPTH, n_jobs=JOBS, random_state=SEED,
                                    verbose=-1, deterministic=True, force_row_wise=True).fit(x, y)
    model.booster_.save_model(path)
    joblib.dump(model, path.with_suffix(".joblib"))
    return onnxmltools.convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, x.shape[1]]))], zipmap=False)


def xgb(x, y, path):
    model = xgboost.XGBClassifier(n_estimators=rounds(y), max_depth=DEPTH, n_jobs=JOBS, random_state=SEED, tree_method="hist").fit(x, y)
    model.save_model(path)
    return onnxmltools.convert_xgboost(model, initial_types=[("X", FloatTensorType([None, x.shape[1]]))])


LIBRARIES = {"rf": ("sklearn", "joblib", forest), "lgb": ("lightgbm", "txt", lgb), "xgb": ("xgboost", "json", xgb)}


def trained(dataset):
    """Entries as those of models.json, paths from bench/.models/."""
    width, classes = SHAPES[dataset]
    x, y, pool = split(*rows_of(width, classes, 2 * POOL, NOISE.get(dataset, 0.7)), POOL)
    np.save(FOLDER / f"{dataset}.rows.npy", pool)
    for short, (kind, ending, train) in LIBRARIES.items():
        name = f"{short}-{dataset}"
        before = time.perf_counter()
        exported = train(x, y, FOLDER / f"{name}.{ending}")
        (FOLDER / f"{name}.onnx").write_bytes(exported.SerializeToString())
        print(f"{name}: {time.perf_counter() - before:.0f} s", flush=True)
        # Hummingbird knows the classes of an estimator, not of a Booster.
        estimator = {"estimator": f"grid/{name}.joblib"} if kind == "lightgbm" else {}
        yield {**estimator, "name": name, "base": name, "variant": "plain", "kind": kind, "classes": classes, "trees": TREES,
               "rows": f"grid/{dataset}.rows.npy", "native": f"grid/{name}.{ending}", "onnx": f"grid/{name}.onnx"}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    index = OUT / "grid.json"
    for dataset in sys.argv[1:] or SHAPES:
        made = list(trained(dataset))
        known = json.loads(index.read_text())["models"] if index.exists() else []
        names = {m["name"] for m in made}
        order = [f"{short}-{dataset}" for dataset in SHAPES for short in LIBRARIES]
        models = sorted([m for m in known if m["name"] not in names] + made, key=lambda m: order.index(m["name"]))
        versions = {m.__name__: m.__version__ for m in (lightgbm, xgboost, sklearn, skl2onnx, onnxmltools)}
        index.write_text(json.dumps({"versions": versions, "seed": SEED, "models": models}, indent=1))
