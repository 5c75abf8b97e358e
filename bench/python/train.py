"""Trains the models of the performance table into bench/.models/: files that the engines read, and rows to score.

    bench/python/.venv/bin/python bench/python/train.py [NAME...]

Data are made, everything is seeded. A model has an ONNX file, the trainer's own file (LightGBM's
text, XGBoost's JSON, a joblib of scikit-learn), and an entry in models.json. `variant` names what differs from the plain model
of the same `base`: missing values, float64 rows, categorical splits.
"""
import json
import os
import pathlib
import sys
import time

import joblib
import lightgbm
import numpy as np
import onnx
import onnxmltools
import skl2onnx
import sklearn
import xgboost
from onnx import TensorProto, helper, numpy_helper
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SEED = 1
OUT = pathlib.Path(__file__).resolve().parent.parent / ".models"
TRAINING_ROWS, POOL_ROWS = 20_000, 20_000
MISSING, CATEGORIES, CATEGORICAL_COLUMNS = 0.1, 40, 8
JOBS = int(os.environ.get("CALYPTE_BENCH_JOBS", "2"))


# --- data -----------------------------------------------------------------------------------------------------------


def rows_of(width, classes, rows=TRAINING_ROWS + POOL_ROWS, noise=0.7):
    """Correlated float32 columns of several shapes; classes by the rank of a sum of products, steps and noise."""
    rng = np.random.default_rng(SEED + width)
    hidden = rng.normal(size=(rows, 8))
    x = hidden @ rng.normal(size=(8, width)) * 0.5 + rng.normal(size=(rows, width))
    x[:, 1::4] = np.exp(0.5 * x[:, 1::4])  # skewed, positive
    x[:, 2::4] = np.round(x[:, 2::4] * 16) / 16  # measured on a scale, so values repeat
    used = min(width, 20)
    score = sum(rng.normal() * x[:, i] * x[:, (i * 7 + 1) % used] for i in range(used))
    score += 3 * sum(rng.normal() * (x[:, i] > rng.normal()) for i in range(used))
    score += noise * score.std() * rng.normal(size=rows)
    y = (np.argsort(np.argsort(score)) * classes) // rows
    return x.astype(np.float32), y


def with_missing(x):
    x = x.copy()
    x[np.random.default_rng(SEED).random(x.shape) < MISSING] = np.nan
    return x


def with_categories(x):
    """The first columns as category codes: their values' ranks, cut into groups and named in random order."""
    x, rng = x.copy(), np.random.default_rng(SEED)
    for column in range(CATEGORICAL_COLUMNS):
        rank = np.argsort(np.argsort(x[:, column])) * CATEGORIES // len(x)
        x[:, column] = rng.permutation(CATEGORIES)[rank]
    return x


WIDE, LINEAR, MANY = (28, 2), (30, 2), (90, 7)


def split(x, y, pool=POOL_ROWS):
    return x[:-pool], y[:-pool], x[-pool:]


# --- models ---------------------------------------------------------------------------------------------------------

MODELS = {}  # name -> function that trains it and saves it


def save(name, *, base, kind, variant, pool, native, onnx_model=None, double_onnx=None, **facts):
    OUT.mkdir(exist_ok=True)
    np.save(OUT / f"{name}.rows.npy", pool)
    entry = {"name": name, "base": base, "variant": variant, "kind": kind, "rows": f"{name}.rows.npy", "native": native, **facts}
    for key, model in (("onnx", onnx_model), ("doubleOnnx", double_onnx)):
        if model is None:
            continue
        entry[key] = f"{name}.{key}.onnx" if key != "onnx" else f"{name}.onnx"
        (OUT / entry[key]).write_bytes(model.SerializeToString())
    path = OUT / "models.json"
    index = json.loads(path.read_text()) if path.exists() else {"models": []}
    index["versions"] = {m.__name__: m.__version__ for m in (lightgbm, xgboost, sklearn, skl2onnx, onnxmltools, onnx)}
    index["seed"] = SEED
    index["models"] = [m for m in index["models"] if m["name"] != name] + [entry]
    order = list(MODELS)
    index["models"].sort(key=lambda m: order.index(m["name"]))
    path.write_text(json.dumps(index, indent=1))


def in_float64(model):
    """The same trees with float64 rows and thresholds (the `_as_tensor` attributes), outputs as they were."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    for node in model.graph.node:
        if not node.op_type.startswith("TreeEnsemble"):
            continue
        for old in [a for a in node.attribute if a.name in ("nodes_values", "class_weights", "target_weights", "base_values")]:
            values = np.array(list(old.floats), np.float64)
            node.attribute.remove(old)
            node.attribute.append(helper.make_attribute(f"{old.name}_as_tensor", numpy_helper.from_array(values)))
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    for opset in model.opset_import:
        if opset.domain == "ai.onnx.ml":
            opset.version = 3
    return model


def boosted(library, trees, variant="plain"):
    """LightGBM with 31 leaves, or XGBoost of depth 6: binary, 28 columns."""
    short = {"lightgbm": "lgb", "xgboost": "xgb"}[library]
    base = f"{short}{trees}"
    name = base if variant == "plain" else f"{base}-{variant}"

    def train():
        x, y = rows_of(*WIDE)
        if variant == "missing":
            x = with_missing(x)
        if variant in ("categories", "codes"):
            x = with_categories(x)
        x, y, pool = split(x, y)
        categorical = list(range(CATEGORICAL_COLUMNS)) if variant == "categories" else []
        if library == "lightgbm":
            model = lightgbm.LGBMClassifier(n_estimators=trees, num_leaves=31, n_jobs=JOBS, random_state=SEED, verbose=-1,
                                            deterministic=True, force_row_wise=True)
            model.fit(x, y, categorical_feature=categorical or "auto")
            native = f"{name}.txt"
            model.booster_.save_model(OUT / native)
            convert = lambda: onnxmltools.convert_lightgbm(
                model, initial_types=[("X", FloatTensorType([None, x.shape[1]]))], zipmap=False)
        else:
            types = ["c" if i in categorical else "q" for i in range(x.shape[1])]
            data = xgboost.DMatrix(x, y, feature_types=types, enable_categorical=True)
            booster = xgboost.train({"max_depth": 6, "objective": "binary:logistic", "nthread": JOBS, "seed": SEED}, data, trees)
            native = f"{name}.json"
            booster.save_model(OUT / native)
            model = xgboost.XGBClassifier()
            model.load_model(OUT / native)
            convert = lambda: onnxmltools.convert_xgboost(
                model, initial_types=[("X", FloatTensorType([None, x.shape[1]]))])
        # Categorical splits become chains of nodes in ONNX, another forest than the file's.
        exported = None if variant == "categories" else convert()
        if exported is not None and exported.graph.input[0].name != "X":
            raise ValueError(f"{name}: the export's input is {exported.graph.input[0].name}")
        save(name, base=base, kind=library, variant=variant, pool=pool, native=native, onnx_model=exported,
             double_onnx=in_float64(exported) if variant == "plain" else None, trees=trees, classes=2)

    MODELS[name] = train


def forest(name, trees, depth, shape):
    def train():
        x, y, pool = split(*rows_of(*shape, rows=POOL_ROWS + (TRAINING_ROWS if depth is not None else 33_000)))
        model = RandomForestClassifier(n_estimators=trees, max_depth=depth, n_jobs=JOBS, random_state=SEED)
        model.fit(x, y)
        exported = skl2onnx.to_onnx(model, x[:1], options={"zipmap": False})
        save_sklearn(name, model, pool, exported, trees=trees, classes=shape[1],
                     nodes=sum(e.tree_.node_count for e in model.estimators_),
                     double_onnx=in_float64(exported) if trees == 100 else None)

    MODELS[name] = train


def save_sklearn(name, model, pool, exported, **facts):
    joblib.dump(model, OUT / f"{name}.joblib")
    save(name, base=name, kind="sklearn", variant="plain", pool=pool, native=f"{name}.joblib", onnx_model=exported, **facts)


def logistic(name, width, rows):
    def train():
        x, y = rows_of(width, 2, rows)
        model = LogisticRegression(max_iter=200).fit(x[: rows // 2], y[: rows // 2])
        save_sklearn(name, model, x[rows // 2:], skl2onnx.to_onnx(model, x[:1], options={"zipmap": False}), classes=2)

    MODELS[name] = train


def mixed_pipeline():
    """Eight category codes, one-hot, beside twelve scaled numbers, in one float32 matrix."""
    x, y, pool = split(with_categories(rows_of(20, 2)[0]), rows_of(20, 2)[1])
    codes = list(range(CATEGORICAL_COLUMNS))
    columns = ColumnTransformer([
        ("codes", OneHotEncoder(handle_unknown="ignore"), codes),
        ("numbers", StandardScaler(), list(range(len(codes), x.shape[1]))),
    ])
    model = make_pipeline(columns, LogisticRegression(max_iter=200)).fit(x, y)
    exported = skl2onnx.to_onnx(model, x[:1], options={"zipmap": False})
    save_sklearn("mixed-logistic", model, pool, exported, classes=2)


for library in ("lightgbm", "xgboost"):
    for trees in (100, 500):
        boosted(library, trees)
forest("rf2-100", 100, 8, LINEAR)
forest("rf2-500", 500, 8, LINEAR)
forest("rf7-100", 100, 8, MANY)
forest("rf7-500", 500, 8, MANY)
forest("unbounded", 100, None, WIDE)
logistic("logistic30", 30, 40_000)
MODELS["mixed-logistic"] = mixed_pipeline
logistic("logistic1000", 1000, 24_000)
for library in ("lightgbm", "xgboost"):
    for trees in (100, 500):
        for variant in ("missing", "codes", "categories"):
            boosted(library, trees, variant)

if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for name in sys.argv[1:] or MODELS:
        before = time.perf_counter()
        MODELS[name]()
        print(f"{name}: {time.perf_counter() - before:.0f} s", flush=True)
