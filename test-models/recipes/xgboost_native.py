"""XGBoost's own files, JSON and UBJSON, with the answers of the version that wrote them.

Runs in the environments that setup_xgboost.sh makes, one per XGBoost version; each call makes the fixtures of its own version:
    ../.venv-xgboost-1.6/bin/python xgboost_native.py [NAME ...]
"""
import json
import pathlib
import sys

import numpy as np
import xgboost as xgb
from sklearn import datasets

OUT = pathlib.Path(__file__).resolve().parent.parent / "xgboost"
VERSION = xgb.__version__
SHORT = ".".join(VERSION.split(".")[:2])
SEED = 7
RECIPES = []  # (name, extension, function), those of this version
MAX = np.float32(np.finfo(np.float32).max)


# Versions with a few fixtures for what changed about them, in the form of the version named: base scores, column types, dictionaries.
FEW = {
    "1.7": ("v16", "binary-base-score categories-one-hot categories-partition targets forest-classes dart"),
    "3.0": ("v32", "binary-base-score categories-partition targets quantiles vector-leaves no-rounds gamma cox dart-classes"),
    "3.1": ("v32", "binary-base-score categories-partition targets quantiles vector-leaves no-rounds gamma softprob frame-texts frame-numbers"),
}


def recipe(name, **extensions):
    """Registers a recipe for the versions named: recipe("x", v16="json", v32="ubj")."""

    def register(function):
        like, few = FEW.get(SHORT, ("v" + SHORT.replace(".", ""), name))
        extension = extensions.get(like) if name in few.split() else None
        if extension:
            RECIPES.append((f"{name}-{SHORT}", extension, function))
        return function

    return register


# --- data -----------------------------------------------------------------------------------------------------------


def bundled(name, columns=None):
    x, y = getattr(datasets, "load_" + name)(return_X_y=True)
    x = np.ascontiguousarray(x[:, :columns], np.float32)
    order = np.random.default_rng(SEED).permutation(len(x))
    return x[order], y[order]


def mixtures(x, n=150, seed=1):
    """n rows near the data: mixtures of two rows each."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(len(x), size=(2, n))
    w = rng.random((n, 1)).astype(np.float32)
    return np.ascontiguousarray(x[a] * w + x[b] * (1 - w), np.float32)


def holes(x, share=0.15, seed=3, value=np.nan):
    x = np.array(x)
    x[np.random.default_rng(seed).random(x.shape) < share] = value
    return x


def categories(n=400, seed=5, counts=(3, 12, 40)):
    """Codes of three categorical columns, two numbers, and a target that depends on all."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(c, size=n) for c in counts], axis=1)
    numbers = rng.normal(size=(n, 2))
    effects = [rng.normal(size=c) for c in counts]
    y = sum(e[codes[:, i]] for i, e in enumerate(effects)) + numbers[:, 0] * (codes[:, 0] - 1)
    return np.concatenate([codes, numbers], axis=1).astype(np.float32), y.astype(np.float32)


# --- rows at the edges ----------------------------------------------------------------------------------------------


def edge_rows(x, cuts, kinds, n=200, seed=2, inf=True, missing=np.nan, huge=True):
    """Real rows with cells replaced by cut points, their neighbours and special values."""
    rng = np.random.default_rng(seed)
    special = [0.0, -0.0, 1e-40, -1e-40, 1.4e-45, 1e-36, -1e-36, np.nan, np.nan, missing]
    special += [16777216.0, -2147483648.0, 1e15, 3e38, -3e38] * huge + [np.inf, -np.inf] * inf
    odd = [-1.0, -0.5, -1e-40, 0.5, 2.999999, 31.0, 32.0, 63.0, 64.0, 100.0, 16777215.0, 16777216.0, 3e9, -3e9, np.nan, missing]
    odd += [np.inf, -np.inf] * inf
    out = np.array(x[rng.integers(len(x), size=n)], np.float32)
    width = x.shape[1]
    for i, row in enumerate(out):
        count = min(width, int(rng.choice([1, 1, 2, 3, 8]))) if huge else 1
        for f in rng.choice(width, size=count, replace=False):
            t = cuts.get(f, ())
            if kinds[f] == "c":
                row[f] = odd[rng.integers(len(odd))] if rng.random() < 0.7 else rng.integers(48)
            elif len(t) and rng.random() < 0.65:
                t = np.float32(rng.choice(t))
                row[f] = [t, np.nextafter(t, np.float32(-np.inf)), np.nextafter(t, np.float32(np.inf))][rng.integers(3)]
            else:
                row[f] = special[rng.integers(len(special))]
    whole = [0.0, -0.0, np.nan] + [np.inf, -np.inf] * inf
    out[: len(whole)] = np.array(whole, np.float32)[:, None]
    for i in range(len(whole), len(whole) + 24):  # whole rows at thresholds and beside them
        for f in range(width):
            if len(cuts.get(f, ())):
                t = np.float32(rng.choice(cuts[f]))
                out[i, f] = [t, np.nextafter(t, np.float32(-np.inf)), np.nextafter(t, np.float32(np.inf))][i % 3]
    return np.ascontiguousarray(out)


# --- the file -------------------------------------------------------------------------------------------------------


class File:
    """What the saved model says of itself, read back from JSON: thresholds, leaf values, sizes."""

    def __init__(self, booster):
        model = json.loads(bytes(booster.save_raw(raw_format="json")))
        self.learner = model["learner"]
        gb = self.learner["gradient_booster"]
        self.weights = gb.get("weight_drop")
        gb = gb.get("gbtree", gb)
        self.linear = gb["model"].get("weights")
        self.trees = gb["model"].get("trees", [])
        self.drop = self.weights or [1.0] * len(self.trees)
        self.info = gb["model"].get("tree_info", [])

    def cuts(self):
        found = {}
        for t in self.trees:
            kinds = t.get("split_type", [0] * len(t["left_children"]))
            for left, f, c, k in zip(t["left_children"], t["split_indices"], t["split_conditions"], kinds):
                if left != -1 and k == 0:
                    found.setdefault(int(f), set()).add(np.float32(c))
        return {f: np.array(sorted(v), np.float32) for f, v in found.items()}

    def walk(self, t):
        """(node, depth) of every node reached from the root."""
        stack = [(0, 0)]
        while stack:
            node, depth = stack.pop()
            yield node, depth
            if t["left_children"][node] != -1:
                stack += [(t["left_children"][node], depth + 1), (t["right_children"][node], depth + 1)]

    def stats(self):
        nodes = depth = leaves = 0
        for t in self.trees:
            seen = list(self.walk(t))
            nodes += len(seen)
            depth = max([depth] + [d for _, d in seen])
            leaves = max(leaves, sum(t["left_children"][n] == -1 for n, _ in seen))
        return {"trees": len(self.trees), "nodes": nodes, "maxDepth": depth, "maxLeaves": leaves}

    def size(self, leaves):
        """The largest sum over trees of |leaf value|."""
        total = np.zeros(len(leaves))
        for i, t in enumerate(self.trees):
            k = max(1, int(t["tree_param"]["size_leaf_vector"]))
            if k > 1:
                values = np.array(t["base_weights"] if "leaf_weights" not in t else t["leaf_weights"]).reshape(-1, k)
                if "leaf_weights" in t:
                    value = np.abs(values).max()
                else:
                    value = np.abs(values[leaves[:, i]]).max(axis=1)
            else:
                value = np.abs(np.array(t["split_conditions"])[leaves[:, i]])
            total += value * abs(self.drop[i])
        return float(total.max()) if len(total) else 0.0


LINKS = {
    "reg:logistic": "probability", "binary:logistic": "probability", "multi:softprob": "probability", "multi:softmax": "other",
    "binary:hinge": "other", "count:poisson": "exponential", "reg:gamma": "exponential", "reg:tweedie": "exponential",
    "survival:cox": "exponential", "survival:aft": "exponential",
}


def save(name, extension, booster, x, *, title, data, params, kinds=None, missing=np.nan, rounds=None, notes=None, frame=None):
    kinds = kinds or ["q"] * x.shape[1]
    feature_names = booster.feature_names
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"model.{extension}"
    booster.save_model(str(path))
    loaded = xgb.Booster({"nthread": 1})
    loaded.load_model(str(path))
    file = File(loaded)
    objective = file.learner["objective"]["name"]
    linear = file.linear is not None
    inf = not linear
    matrix = lambda rows: xgb.DMatrix(
        rows, missing=missing, feature_names=feature_names, feature_types=booster.feature_types, nthread=1,
        **({"enable_categorical": True} if "c" in kinds else {}))
    window = {} if rounds is None else {"iteration_range": rounds}

    edges = edge_rows(x, file.cuts(), kinds, inf=inf, huge=inf, missing=missing)
    if linear:
        edges = np.clip(edges, -1e4, 1e4)
    trainer = mixtures(x) if "c" not in kinds else np.array(x[:150])
    if np.isnan(x).any() or not np.isnan(missing):
        trainer = np.array(x[np.random.default_rng(9).integers(len(x), size=150)])

    arrays, sets, scale = {}, [], 0.0
    for key, rows in (("trainer", trainer), ("edges", edges)):
        finite = np.where(np.isposinf(rows), MAX, np.where(np.isneginf(rows), -MAX, rows)).astype(np.float32)
        d = matrix(finite)
        answers = {"predict": loaded.predict(d, **window), "raw": loaded.predict(d, output_margin=True, **window)}
        if np.isinf(rows).any():
            args = {"missing": missing, "validate_features": False, **window}
            for k, kind in (("predict", "value"), ("raw", "margin")):
                whole = loaded.inplace_predict(rows, predict_type=kind, **args)
                # An infinity is beyond every threshold, as the largest finite number is.
                assert np.allclose(whole, answers[k], rtol=1e-6, atol=1e-6, equal_nan=True), (name, k)
        if file.trees and not linear:
            leaves = loaded.predict(d, pred_leaf=True).reshape(len(rows), -1).astype(np.int32)
            if rounds:
                per = len(file.trees) // loaded.num_boosted_rounds()
                kept = slice(rounds[0] * per, rounds[1] * per)
                answers["leaves"] = leaves[:, kept]
            else:
                answers["leaves"] = leaves
            total = file.size(leaves)
            raw = answers["raw"].reshape(len(rows), -1)
            scale = max(scale, total, float(np.abs(raw).max()))
        if linear:
            w = np.array(file.linear).reshape(x.shape[1] + 1, -1)
            total = np.abs(np.nan_to_num(finite.astype(np.float64))) @ np.abs(w[:-1]) + np.abs(w[-1])
            scale = max(scale, float(total.max()) + 1.0)
        if objective == "multi:softprob" or (objective == "binary:logistic" and answers["predict"].ndim == 2):
            answers["predictProba"] = answers["predict"]
        elif objective == "multi:softmax":
            soft = xgb.Booster({"nthread": 1})
            soft.load_model(str(path))
            soft.set_param({"objective": "multi:softprob"})
            answers["predictProba"] = soft.predict(d, **window)
        elif objective == "binary:logistic":
            p = answers["predict"]
            answers["predictProba"] = np.stack([1 - p, p], axis=1)
        one = {"name": key, "rows": len(rows), "X": f"{key}/X"}
        arrays[f"{key}/X"] = rows
        for k, v in answers.items():
            one[k] = f"{key}/{k}"
            arrays[f"{key}/{k}"] = v if k == "leaves" else v.astype(np.float32)
        sets.append(one)

    if frame is not None:
        table, codes = frame
        d = xgb.DMatrix(table, enable_categorical=True, nthread=1)
        answers = {"predict": loaded.predict(d), "raw": loaded.predict(d, output_margin=True)}
        assert (answers["raw"] == loaded.predict(matrix(codes), output_margin=True)).all(), name
        answers["leaves"] = loaded.predict(d, pred_leaf=True).reshape(len(table), -1).astype(np.int32)
        arrays["frame/X"] = codes
        arrays |= {f"frame/{k}": v for k, v in answers.items()}
        sets.append({"name": "frame", "rows": len(table), "X": "frame/X", "frame": "frame.json", **{k: f"frame/{k}" for k in answers}})
        plain = lambda v: None if v is None or v != v else v.item() if hasattr(v, "item") else v
        cells = {column: [plain(v) for v in table[column].tolist()] for column in table}
        (folder / "frame.json").write_text(json.dumps(cells, allow_nan=False) + "\n")
    options = {}
    if rounds:
        options["iterationRange"] = list(rounds)
    if not np.isnan(missing):
        options["missing"] = float(missing)
    fixture = {
        "name": name, "title": title, "library": "xgboost", "version": VERSION, "params": params, "data": data, "seed": SEED,
        "file": path.name, "sums": "float32", "scale": max(scale, 1e-3), "link": LINKS.get(objective, "identity"),
        **({"options": options} if options else {}), "stats": file.stats(), "sets": sets, "notes": notes,
    }
    np.savez_compressed(folder / "answers.npz", **arrays)
    (folder / "fixture.json").write_text(json.dumps(fixture, indent=2, allow_nan=False) + "\n")
    size = sum(p.stat().st_size for p in folder.iterdir())
    print(f"{name}: {fixture['stats']}, {size // 1024} KB, scale {fixture['scale']:.4g}", flush=True)


def fit(x, y, params, rounds=10, *, names=None, kinds=None, missing=np.nan, group=None, bounds=None, **train):
    params = {"seed": SEED, "nthread": 1, "max_depth": 4, "eta": 0.4, **params}
    if params.get("booster") == "gblinear":
        params.pop("max_depth")
    types = None if kinds is None else kinds
    d = xgb.DMatrix(x, y, missing=missing, feature_names=names, feature_types=types, nthread=1,
                    **({"enable_categorical": True} if kinds and "c" in kinds else {}))
    if group is not None:
        d.set_group(group)
    if bounds is not None:
        d.set_float_info("label_lower_bound", bounds[0])
        d.set_float_info("label_upper_bound", bounds[1])
    return xgb.train(params, d, rounds, verbose_eval=False, **train), params


def regression(objective, target=lambda y: y, title=None, rounds=10, **params):
    """A recipe on the diabetes data; `target` maps its target."""

    def make(name, extension):
        x, y = bundled("diabetes")
        booster, given = fit(x, target(y), {"objective": objective, **params}, rounds)
        save(name, extension, booster, x, title=title or objective, data="sklearn diabetes", params=given)

    return make


def classes(objective, data="iris", title=None, rounds=8, columns=None, **params):
    def make(name, extension):
        x, y = bundled(data, columns)
        extra = {"num_class": int(y.max()) + 1} if objective.startswith("multi:") else {}
        booster, given = fit(x, y, {"objective": objective, **extra, **params}, rounds)
        save(name, extension, booster, x, title=title or objective, data=f"sklearn {data}", params=given)

    return make


# --- recipes --------------------------------------------------------------------------------------------------------

scaled = lambda y: y / 100
unit = lambda y: np.clip(y / 350, 0, 1)

recipe("squared-error", v16="json", v21="ubj", v32="json")(regression("reg:squarederror"))
recipe("squared-error-ubj", v16="ubj", v32="ubj")(regression("reg:squarederror", eta=0.2, rounds=20))
recipe("squared-log-error", v16="json", v32="ubj")(regression("reg:squaredlogerror", scaled))
recipe("pseudo-huber", v16="ubj", v21="json", v32="json")(regression("reg:pseudohubererror", scaled))
recipe("absolute-error", v21="ubj", v32="json")(regression("reg:absoluteerror"))
recipe("reg-logistic", v16="json", v32="ubj")(regression("reg:logistic", unit))
recipe("poisson", v16="ubj", v32="json")(regression("count:poisson", lambda y: np.round(y / 50)))
recipe("gamma", v21="json", v32="ubj")(regression("reg:gamma", scaled))
recipe("tweedie", v16="json", v32="json")(regression("reg:tweedie", scaled, tweedie_variance_power=1.3))
recipe("cox", v16="json", v32="ubj")(regression("survival:cox", lambda y: np.where(y > 250, -y, y) / 100))
recipe("dart", v16="json", v21="ubj", v32="json")(
    regression("reg:squarederror", booster="dart", rate_drop=0.4, one_drop=1, rounds=15, title="dart with dropped trees"))
recipe("dart-logistic", v32="ubj")(classes("binary:logistic", "breast_cancer", columns=8, booster="dart", rate_drop=0.5))
recipe("dart-classes", v21="json", v32="json")(classes("multi:softprob", booster="dart", rate_drop=0.3))
recipe("gblinear", v16="ubj", v21="json", v32="json")(regression("reg:squarederror", scaled, booster="gblinear", rounds=6))
recipe("gblinear-poisson", v32="ubj")(regression("count:poisson", lambda y: np.round(y / 50), booster="gblinear", rounds=4))
recipe("gblinear-classes", v16="json", v32="ubj")(classes("multi:softprob", booster="gblinear"))
recipe("binary", v16="json", v21="ubj", v32="json")(classes("binary:logistic", "breast_cancer", columns=10))
recipe("binary-base-score", v16="ubj", v21="json", v32="ubj")(
    classes("binary:logistic", "breast_cancer", columns=6, base_score=0.2, title="base score 0.2"))
recipe("logitraw", v16="json", v21="json", v32="ubj")(classes("binary:logitraw", "breast_cancer", columns=8))
recipe("hinge", v16="ubj", v32="json")(classes("binary:hinge", "breast_cancer", columns=8))
recipe("softprob", v16="ubj", v21="json", v32="ubj")(classes("multi:softprob"))
recipe("softmax", v16="json", v32="json")(classes("multi:softmax"))
recipe("forest-classes", v16="json", v21="ubj", v32="json")(
    classes("multi:softprob", num_parallel_tree=4, subsample=0.7, colsample_bynode=0.7, rounds=3, title="random forest in rounds"))
recipe("forest", v21="json", v32="ubj")(
    regression("reg:squarederror", num_parallel_tree=12, subsample=0.7, colsample_bynode=0.5, eta=1.0, rounds=1))
recipe("pruned", v16="json", v32="ubj")(
    regression("reg:squarederror", gamma=20000.0, max_depth=6, tree_method="exact", title="nodes that pruning deleted"))
recipe("stump", v32="json")(regression("reg:squarederror", gamma=1e12, rounds=3, title="trees of one leaf"))
recipe("no-rounds", v32="json")(regression("reg:gamma", scaled, rounds=0, title="no trees at all", base_score=1.5))
recipe("lossguide", v32="ubj")(
    regression("reg:squarederror", grow_policy="lossguide", max_leaves=40, max_depth=0, tree_method="hist", title="leaf-wise, deep"))
recipe("large", v32="ubj")(
    regression("reg:squarederror", rounds=120, max_depth=5, eta=0.1, title="120 trees"))


def quantile(name, extension):
    x, y = bundled("diabetes")
    booster, given = fit(x, y, {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5, 0.9]}, 8)
    save(name, extension, booster, x, title="three quantiles", data="sklearn diabetes", params=given)


recipe("quantiles", v21="json", v32="ubj")(quantile)
recipe("quantile", v32="json")(regression("reg:quantileerror", quantile_alpha=0.3))


def targets(strategy, title, objective="reg:squarederror", binary=False):
    def make(name, extension):
        x, y = bundled("diabetes")
        two = np.stack([y / 100, x[:, 2] * 10 + y / 200, -y / 50], axis=1)
        if binary:
            two = (two > np.median(two, axis=0)).astype(np.float32)
        params = {"objective": objective, "tree_method": "hist"}
        if strategy:
            params["multi_strategy"] = strategy
        booster, given = fit(x, two, params, 8)
        save(name, extension, booster, x, title=title, data="sklearn diabetes, three targets", params=given)

    return make


recipe("targets", v16="json", v21="json", v32="ubj")(targets(None, "three targets, one tree each"))
recipe("vector-leaves", v21="ubj", v32="json")(targets("multi_output_tree", "vector leaves"))
recipe("labels", v16="ubj", v32="json")(targets(None, "multi-label", "binary:logistic", True))
recipe("vector-labels", v21="json", v32="ubj")(targets("multi_output_tree", "multi-label, vector leaves", "binary:logistic", True))


def vector_classes(name, extension):
    x, y = bundled("iris")
    params = {"objective": "multi:softprob", "num_class": 3, "multi_strategy": "multi_output_tree", "tree_method": "hist"}
    booster, given = fit(x, y, params, 8)
    save(name, extension, booster, x, title="three classes, vector leaves", data="sklearn iris", params=given)


recipe("vector-classes", v21="json", v32="json")(vector_classes)


def ranker(objective):
    def make(name, extension):
        x, y = bundled("diabetes")
        order = np.arange(440).reshape(22, 20)
        relevance = np.clip(y[:440] // 90, 0, 3)
        if objective == "rank:map":
            relevance = (relevance > 1).astype(float)
        booster, given = fit(x[:440], relevance, {"objective": objective}, 8, group=[len(g) for g in order])
        save(name, extension, booster, x, title=objective, data="sklearn diabetes in groups", params=given)

    return make


recipe("rank-pairwise", v16="json", v32="json")(ranker("rank:pairwise"))
recipe("rank-ndcg", v16="ubj", v21="json", v32="ubj")(ranker("rank:ndcg"))
recipe("rank-map", v21="ubj", v32="json")(ranker("rank:map"))


def aft(name, extension):
    x, y = bundled("diabetes")
    low = y.astype(np.float32) / 100
    high = np.where(y > 250, np.inf, low * 1.1).astype(np.float32)
    params = {"objective": "survival:aft", "aft_loss_distribution": "logistic", "aft_loss_distribution_scale": 1.2}
    booster, given = fit(x, None, params, 8, bounds=(low, high))
    save(name, extension, booster, x, title="survival:aft", data="sklearn diabetes, right-censored", params=given)


recipe("aft", v16="ubj", v21="json", v32="json")(aft)


def categorical(max_cat_to_onehot, **other):
    def make(name, extension):
        x, y = categories()
        kinds = ["c", "c", "c", "q", "q"]
        params = {"max_cat_to_onehot": max_cat_to_onehot, "tree_method": "hist", "max_depth": 5, **other}
        if SHORT == "1.6":
            params["tree_method"] = "approx"
        booster, given = fit(holes(x, 0.05), y, params, 10, kinds=kinds)
        save(name, extension, booster, holes(x, 0.05), title="categorical splits", data="generated", params=given, kinds=kinds)

    return make


recipe("categories-partition", v16="json", v21="ubj", v32="json")(categorical(1))
recipe("categories-one-hot", v16="ubj", v21="json", v32="ubj")(categorical(100))
recipe("categories-mixed-dart", v32="ubj")(categorical(4, booster="dart", rate_drop=0.3))


def category_vectors(name, extension):
    x, y = categories()
    kinds = ["c", "c", "c", "q", "q"]
    two = np.stack([y, -y * x[:, 0]], axis=1)
    params = {"max_cat_to_onehot": 4, "tree_method": "hist", "multi_strategy": "multi_output_tree"}
    booster, given = fit(x, two, params, 8, kinds=kinds)
    save(name, extension, booster, x, title="categorical splits, vector leaves", data="generated", params=given, kinds=kinds)


recipe("categories-vector", v21="json")(category_vectors)


def frame(name, extension):
    import pandas as pd

    x, y = categories()
    levels = [np.array([f"{c}{i}" for i in range(n)]) for c, n in zip("abc", (3, 12, 40))]
    columns = {c: pd.Categorical.from_codes(x[:, i].astype(int), categories=levels[i]) for i, c in enumerate("abc")}
    table = pd.DataFrame({**columns, "d": x[:, 3], "e": x[:, 4]})
    params = {"max_cat_to_onehot": 4, "seed": SEED, "nthread": 1, "max_depth": 4, "eta": 0.4}
    booster = xgb.train(params, xgb.DMatrix(table, y, enable_categorical=True, nthread=1), 8)
    codes = xgb.DMatrix(x, feature_names=list(table), feature_types=booster.feature_types, enable_categorical=True, nthread=1)
    assert (booster.predict(codes) == booster.predict(xgb.DMatrix(table, enable_categorical=True, nthread=1))).all()
    save(name, extension, booster, x, title="a data frame's categories, given as codes", data="generated", params=params,
         kinds=["c", "c", "c", "q", "q"])


recipe("categories-frame", v32="json")(frame)


def frame_data(kinds):
    """A frame with a categorical column for each list of categories, then two numbers; the same as codes; a target."""
    import pandas as pd

    x, y = categories(counts=tuple(len(c) for c in kinds))
    columns = {f"k{i}": pd.Categorical.from_codes(x[:, i].astype(int), categories=c) for i, c in enumerate(kinds)}
    return x, y, pd.DataFrame({**columns, "d": x[:, -2], "e": x[:, -1]})


def frame_categories(kinds, objective="reg:squarederror", recoded=True, **more):
    """Trained on a frame, which is given again with its categories in another order, fewer of them, and some missing."""

    def make(name, extension):
        x, y, table = frame_data(kinds)
        if objective.startswith("multi"):
            y = np.digitize(y, np.quantile(y, [1 / 3, 2 / 3]))
        elif objective.startswith("binary"):
            y = (y > np.median(y)).astype(int)
        params = {"max_cat_to_onehot": 4, "seed": SEED, "nthread": 1, "max_depth": 4, "eta": 0.4, "objective": objective, **more}
        matrix = lambda rows: xgb.DMatrix(rows, enable_categorical=True, nthread=1)
        d = matrix(table)
        d.set_label(y)
        booster = xgb.train(params, d, 8)
        given = table.iloc[:120].reset_index(drop=True).copy()
        rng = np.random.default_rng(11)
        for i in range(len(kinds)):
            column = given[f"k{i}"]
            if recoded:
                column = column.cat.remove_unused_categories()
                column = column.cat.reorder_categories(list(column.cat.categories)[::-1])
            column[rng.random(len(given)) < 0.1] = np.nan
            given[f"k{i}"] = column
        codes = np.array(x[:120])
        for i in range(len(kinds)):
            codes[given[f"k{i}"].isna(), i] = np.nan
        save(name, extension, booster, x, title="a data frame's categories, given as they are", data="generated", params=params,
             kinds=["c"] * len(kinds) + ["q", "q"], frame=(given, codes) if recoded else None)

    return make


TOWNS = ["Aachen", "Bremen", "Celle", "7", " spaced ", "true", "nan?", "12e3"]
recipe("frame-texts", v32="json")(frame_categories([TOWNS, ["x", "y", "z"], [f"t{i}" for i in range(40)]]))
recipe("frame-texts-ubj", v32="ubj")(frame_categories([TOWNS, ["x", "y", "z"]]))
recipe("frame-numbers", v32="ubj")(frame_categories(
    [[10, 20, -30, 40, 3], [2**31 + 5, 7], list(range(100, 140))], "multi:softprob", num_class=3))
recipe("frame-mixed", v32="json")(frame_categories([["b", "a", "c"], [3, 1, 2, 0], [5]], "binary:logistic", base_score=0.5))
# XGBoost 3.2 damages names that are not ASCII, and takes codes alone from then on.
recipe("frame-accents", v32="json")(frame_categories([["rot", "grün", "blau"], ["x", "y"]], recoded=False))


def missing_value(value):
    def make(name, extension):
        x, y = bundled("diabetes", 6)
        x = np.round(x * 100)
        x = holes(holes(x, 0.2, value=value), 0.05, seed=11)
        booster, given = fit(x, y, {}, 10, missing=value)
        save(name, extension, booster, x, title=f"missing is {value}", data="sklearn diabetes with holes", params=given, missing=value)

    return make


recipe("missing-999", v16="json", v32="ubj")(missing_value(-999.0))
recipe("missing-zero", v21="ubj", v32="json")(missing_value(0.0))


def nan_directions(name, extension):
    x, y = bundled("breast_cancer", 8)
    x = holes(x, 0.2)
    names = ["mean radius", "größe", "a=b", "x,y", "__proto__", "c[2]".replace("[", "(").replace("]", ")"), "f0", "7"]
    booster, given = fit(x, y, {"objective": "binary:logistic"}, 10, names=names)
    save(name, extension, booster, x, title="learned missing directions, odd column names", data="sklearn breast_cancer with holes", params=given)


recipe("nan-directions", v16="json", v21="ubj", v32="json")(nan_directions)


def early(name, extension):
    x, y = bundled("diabetes")
    d = xgb.DMatrix(x[300:], y[300:])
    booster, given = fit(x[:300], y[:300], {}, 40, evals=[(d, "held")], early_stopping_rounds=5)
    save(name, extension, booster, x, title="stopped early; all rounds answer", data="sklearn diabetes", params=given)


recipe("early-stopping", v16="ubj", v32="json")(early)


def window(rounds, objective="multi:softprob", **params):
    def make(name, extension):
        x, y = bundled("iris")
        booster, given = fit(x, y, {"objective": objective, "num_class": 3, **params}, 8)
        save(name, extension, booster, x, title=f"rounds {rounds}", data="sklearn iris", params=given, rounds=rounds)

    return make


recipe("window", v16="json", v21="ubj", v32="json")(window((2, 6)))
recipe("window-forest", v16="ubj", v32="ubj")(window((1, 3), num_parallel_tree=3, subsample=0.7))
recipe("window-dart", v32="json")(window((0, 5), booster="dart", rate_drop=0.3))


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for full, ending, function in RECIPES:
        if not wanted or full in wanted:
            function(full, ending)
