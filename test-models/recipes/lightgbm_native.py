"""LightGBM's own text models: trains, saves and answers the fixtures of test-models/lightgbm for the LightGBM that runs it.

Run it once per pinned environment (setup.sh and setup-lightgbm-3.sh make them):
    ../.venv/bin/python lightgbm_native.py            LightGBM 4.7.0: all fixtures without a version in their name
    ../.venv-lightgbm-3.3/bin/python lightgbm_native.py   LightGBM 3.3.5: those named v3-…
Names after the command make only these. All answers are those of a Booster loaded from the file that is saved.
"""
import json
import pathlib
import re
import sys

import lightgbm as lgb
import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "lightgbm"
OLD = lgb.__version__.startswith("3.")
RECIPES = {}
BASE = {"verbose": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": 7, "min_data_in_leaf": 5,
        "learning_rate": 0.2, "num_leaves": 12}
BAND = float(np.float32(1e-35))


# --- data: seeded, made here so that every environment has the same rows ----------------------------------------------------


def numbers(n=700, f=6, seed=1, missing=0.0, zeros=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, f)) * np.array([1, 10, 0.1, 1000, 1, 1] * 8)[:f]
    x[:, -1] = np.round(x[:, -1], 1)
    x[: n // 2] = x[: n // 2].astype(np.float32)  # half of the rows are exact in float32
    if zeros:
        x[rng.random(x.shape) < zeros] = 0.0
    if missing:
        x[rng.random(x.shape) < missing] = np.nan
    return x


def signal(x, seed=2):
    rng = np.random.default_rng(seed)
    z = np.nan_to_num(x)
    scale = np.abs(z).mean(axis=0) + 1e-9
    z = z / scale
    return np.sin(z[:, 0]) * 2 + z[:, 1] * (z[:, 2] > 0) + 0.5 * z[:, 3] + np.isnan(x).sum(axis=1) + rng.normal(size=len(x)) * 0.2


def categories(n=700, seed=3, sizes=(3, 12, 60), missing=0.0, step=1, f=3):
    """`sizes` columns of category codes (times step), then f number columns."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(s, size=n) for s in sizes], axis=1).astype(float)
    effect = sum(rng.normal(size=s)[codes[:, i].astype(int)] for i, s in enumerate(sizes))
    x = np.concatenate([codes * step, numbers(n, f, seed)], axis=1)
    y = effect + signal(x[:, -f:]) * 0.3 if f > 3 else effect + np.nan_to_num(x[:, -1]) * 0.3
    if missing:
        x[rng.random(x.shape) < missing] = np.nan
    return x, y


# --- recipes ----------------------------------------------------------------------------------------------------------------


def recipe(name, title, params, data, *, rounds=12, old=False, categorical=(), link="identity", probabilities=None, kind="plain",
           fobj=None, group=None, names=None, iteration_range=None, init=None, notes=None, after=None, frame=None):
    """Registers a fixture. data: () -> (x, y), of a frame (x, y, table): x holds the codes. frame: table -> a table with categories
    that training did not have, or none. old: made by LightGBM 3.3.5 too, as v3-<name>. probabilities: "binary" or "classes"."""
    RECIPES[name] = dict(title=title, params=params, data=data, rounds=rounds, old=old, categorical=list(categorical), link=link,
                         probabilities=probabilities, kind=kind, fobj=fobj, group=group, names=names,
                         iteration_range=iteration_range, init=init, notes=notes, after=after, frame=frame)


def plain(**options):
    def make():
        x = numbers(**options)
        return x, signal(x)
    return make


def with_target(change, **options):
    def make():
        x = numbers(**options)
        return x, change(signal(x))
    return make


positive = lambda y: np.exp(y / 3)
counts = lambda y: np.round(np.exp(y / 3))
two = lambda y: (y > np.median(y)).astype(int)
three = lambda y: np.digitize(y, np.quantile(y, [1 / 3, 2 / 3]))
share = lambda y: 1 / (1 + np.exp(-y))
grades = lambda y: np.digitize(y, np.quantile(y, [0.4, 0.7, 0.9]))

recipe("regression", "squared error", {"objective": "regression"}, plain(), old=True)
recipe("regression-l1", "absolute error", {"objective": "regression_l1"}, plain())
recipe("huber", "Huber loss", {"objective": "huber", "alpha": 0.8}, plain())
recipe("fair", "fair loss", {"objective": "fair", "fair_c": 1.5}, plain())
recipe("quantile", "quantile 0.8", {"objective": "quantile", "alpha": 0.8}, plain(), old=True)
recipe("mape", "mean absolute percentage error", {"objective": "mape"}, with_target(lambda y: y + 20))
recipe("poisson", "Poisson, log link", {"objective": "poisson"}, with_target(counts), link="exponential", old=True)
recipe("gamma", "gamma, log link", {"objective": "gamma"}, with_target(positive), link="exponential")
recipe("tweedie", "Tweedie, log link", {"objective": "tweedie", "tweedie_variance_power": 1.3}, with_target(positive),
       link="exponential", old=True)
recipe("binary", "two classes", {"objective": "binary"}, with_target(two), link="probability", probabilities="binary", old=True)
recipe("binary-sigmoid", "two classes, sigmoid 0.3", {"objective": "binary", "sigmoid": 0.3}, with_target(two), link="probability",
       probabilities="binary", old=True)
recipe("binary-unbalanced", "two classes, scale_pos_weight", {"objective": "binary", "scale_pos_weight": 5.0, "sigmoid": 2.0},
       with_target(lambda y: (y > np.quantile(y, 0.9)).astype(int)), link="probability", probabilities="binary")
recipe("multiclass", "softmax over three classes", {"objective": "multiclass", "num_class": 3}, with_target(three),
       link="probability", probabilities="classes", rounds=8, old=True)
recipe("multiclass-ten", "softmax over ten classes", {"objective": "multiclass", "num_class": 10, "num_leaves": 6},
       with_target(lambda y: np.digitize(y, np.quantile(y, np.arange(1, 10) / 10))), link="probability", probabilities="classes", rounds=4)
recipe("multiclassova", "three classes, one against all", {"objective": "multiclassova", "num_class": 3}, with_target(three),
       link="probability", probabilities="classes", rounds=8)
recipe("multiclassova-sigmoid", "one against all, sigmoid 2.5", {"objective": "multiclassova", "num_class": 3, "sigmoid": 2.5},
       with_target(three), link="probability", probabilities="classes", rounds=8, old=True)
recipe("cross-entropy", "cross-entropy on shares", {"objective": "cross_entropy"}, with_target(share), link="probability", old=True)
recipe("cross-entropy-lambda", "cross-entropy, other form", {"objective": "cross_entropy_lambda"}, with_target(share), link="other",
       old=True)
recipe("lambdarank", "LambdaRank", {"objective": "lambdarank"}, with_target(grades), group=[20] * 35, old=True)
recipe("rank-xendcg", "XE-NDCG ranking", {"objective": "rank_xendcg", "objective_seed": 5}, with_target(grades), group=[20] * 35)


def squared(scores, data):
    return scores - data.get_label(), np.ones_like(scores)


def softmax_gradient(scores, data):
    y = data.get_label().astype(int)
    s = scores.reshape(3, -1).T if scores.ndim == 1 else scores
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    g = p - np.eye(3)[y]
    return (g.T.ravel(), (p * (1 - p)).T.ravel()) if scores.ndim == 1 else (g, p * (1 - p))


recipe("custom", "an objective of the user's", {}, plain(), fobj=squared, old=True)
recipe("custom-classes", "an objective of the user's, three scores", {"num_class": 3}, with_target(three), fobj=softmax_gradient, rounds=6)

FOREST = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "feature_fraction": 0.8}
recipe("rf", "random forest: the mean of its trees", {"objective": "regression", **FOREST}, plain(), old=True)
recipe("rf-binary", "random forest, two classes", {"objective": "binary", **FOREST}, with_target(two), link="probability",
       probabilities="binary", old=True)
recipe("rf-multiclass", "random forest, three classes", {"objective": "multiclass", "num_class": 3, **FOREST}, with_target(three),
       link="probability", probabilities="classes", rounds=6)
recipe("rf-poisson", "random forest, log link after the mean", {"objective": "poisson", **FOREST}, with_target(counts), link="exponential")
recipe("rf-range", "random forest, rounds 3 to 9: the mean of six", {"objective": "regression", **FOREST}, plain(), iteration_range=(3, 9))
recipe("dart", "DART: dropped trees, weights in the leaves", {"objective": "regression", "boosting": "dart", "drop_rate": 0.4}, plain(),
       rounds=15, old=True)
recipe("dart-binary", "DART, two classes", {"objective": "binary", "boosting": "dart", "drop_rate": 0.4, "sigmoid": 0.7}, with_target(two),
       link="probability", probabilities="binary")
recipe("goss", "gradient-based one-side sampling", {"objective": "regression", **({"boosting": "goss"} if OLD else {"data_sample_strategy": "goss"})},
       plain(), old=True)

LINEAR = {"linear_tree": True, "linear_lambda": 0.01}
recipe("linear", "linear leaves", {"objective": "regression", **LINEAR}, plain(), kind="linear", old=True)
recipe("linear-missing", "linear leaves, NaN falls back to the leaf's value", {"objective": "regression", **LINEAR}, plain(missing=0.1),
       kind="linear", old=True)
recipe("linear-binary", "linear leaves, two classes, sigmoid 0.5", {"objective": "binary", "sigmoid": 0.5, **LINEAR}, with_target(two),
       link="probability", probabilities="binary", kind="linear")
recipe("linear-multiclass", "linear leaves, three classes", {"objective": "multiclass", "num_class": 3, **LINEAR}, with_target(three),
       link="probability", probabilities="classes", rounds=5, kind="linear")
recipe("linear-categorical", "linear leaves beside categorical splits", {"objective": "regression", **LINEAR},
       lambda: categories(sizes=(3, 12)), categorical=(0, 1), kind="linear")
recipe("linear-infinite", "linear leaves with infinite and huge cells", {"objective": "regression", **LINEAR}, plain(f=4), rounds=6,
       kind="linear-huge")
recipe("linear-range", "linear leaves, rounds 2 to 5", {"objective": "regression", **LINEAR}, plain(), kind="linear", iteration_range=(2, 5))

recipe("reg-sqrt", "squared error on square roots", {"objective": "regression", "reg_sqrt": True}, with_target(lambda y: y * np.abs(y) * 3),
       link="other", old=True)
recipe("reg-sqrt-l1", "absolute error on square roots", {"objective": "regression_l1", "reg_sqrt": True},
       with_target(lambda y: y * np.abs(y) * 3), link="other")
recipe("zero-as-missing", "zero and NaN are missing", {"objective": "regression", "zero_as_missing": True}, plain(zeros=0.3), old=True)
recipe("zero-as-missing-nan", "zero and NaN are missing, both in the data", {"objective": "binary", "zero_as_missing": True},
       with_target(two, zeros=0.2, missing=0.1), link="probability", probabilities="binary")
recipe("zero-as-missing-categorical", "zero is missing in number columns, a category in others",
       {"objective": "regression", "zero_as_missing": True}, lambda: categories(sizes=(3, 12), missing=0.05), categorical=(0, 1))
recipe("missing-nan", "NaN has default directions", {"objective": "regression"}, plain(missing=0.15), old=True)
recipe("missing-multiclass", "NaN, three classes", {"objective": "multiclass", "num_class": 3}, with_target(three, missing=0.15),
       link="probability", probabilities="classes", rounds=6)
recipe("no-missing", "use_missing=false: NaN counts as 0", {"objective": "regression", "use_missing": False}, plain(missing=0.1), old=True)
recipe("missing-unseen", "NaN only in prediction: it counts as 0", {"objective": "regression"}, with_target(lambda y: y, zeros=0.2))

recipe("categorical", "categorical splits", {"objective": "regression", "cat_smooth": 1, "cat_l2": 1, "min_data_per_group": 5},
       lambda: categories(), categorical=(0, 1, 2), old=True)
recipe("categorical-one-hot", "one category against the rest", {"objective": "regression", "max_cat_to_onehot": 100, "min_data_per_group": 5},
       lambda: categories(sizes=(3, 12, 20)), categorical=(0, 1, 2), old=True)
recipe("categorical-missing", "categorical splits, NaN goes right", {"objective": "binary", "cat_smooth": 1, "min_data_per_group": 5},
       lambda: (lambda xy: (xy[0], two(xy[1])))(categories(missing=0.1)), categorical=(0, 1, 2), link="probability", probabilities="binary")
recipe("categorical-huge", "category codes up to 70,000", {"objective": "regression", "cat_smooth": 1, "min_data_per_group": 5, "num_leaves": 6},
       lambda: categories(sizes=(3, 40), step=1800), rounds=5, categorical=(0, 1))
recipe("categorical-classes", "categorical splits, three classes", {"objective": "multiclass", "num_class": 3, "cat_smooth": 1,
       "min_data_per_group": 5}, lambda: (lambda xy: (xy[0], three(xy[1])))(categories()), categorical=(0, 2), link="probability",
       probabilities="classes", rounds=5)

recipe("one-leaf", "every tree has one leaf", {"objective": "regression", "min_data_in_leaf": 600}, plain(), rounds=3, old=True)
recipe("some-one-leaf", "trees that stop growing", {"objective": "multiclass", "num_class": 3, "min_sum_hessian_in_leaf": 60.0},
       with_target(lambda y: (y > np.quantile(y, 0.97)).astype(int) + (y > np.quantile(y, 0.5)).astype(int)), link="probability",
       probabilities="classes", rounds=6)
recipe("no-trees", "no tree at all", {"objective": "binary"}, with_target(two), rounds=0, link="probability", probabilities="binary")
recipe("monotone", "monotone constraints", {"objective": "regression", "monotone_constraints": [1, 1, -1, 1, 0, 0]}, plain())
recipe("names", "feature names with accents, signs and other scripts", {"objective": "regression"}, plain(),
       names=["größe", "a=b", "x.y(1)", "特征", "__proto__", "constructor"])
recipe("continued", "trained on with zero as missing: one column, two rules", {"objective": "regression", "zero_as_missing": True},
       plain(zeros=0.2, missing=0.05), init={"objective": "regression"}, rounds=6)
recipe("continued-none", "trained on without missing values", {"objective": "regression", "use_missing": False}, plain(missing=0.1),
       init={"objective": "regression"}, rounds=6)
recipe("range", "rounds 4 to 10 of 12", {"objective": "regression"}, plain(), iteration_range=(4, 10))
recipe("range-classes", "rounds 2 to 5, three classes", {"objective": "multiclass", "num_class": 3}, with_target(three),
       link="probability", probabilities="classes", rounds=8, iteration_range=(2, 5))


def near_zero():
    rng = np.random.default_rng(11)
    x = numbers(f=4)
    x[:, 0] = rng.choice([-3e-35, -1.2e-35, -BAND, -9e-36, 0, 9e-36, BAND, 1.2e-35, 3e-35, 1.0], size=len(x))
    x[:, 1] = rng.choice([0.0, 1e-20, 2e-35, -2e-35], size=len(x))
    y = (x[:, 0] > 0) + 2.0 * (x[:, 1] > 1e-35) + (x[:, 0] < -1e-35) * 3 + np.sin(x[:, 2])
    return x, y


recipe("near-zero", "thresholds beside the band that counts as zero", {"objective": "regression", "min_data_in_bin": 1}, near_zero)
recipe("infinite", "infinities in the training data", {"objective": "regression"},
       lambda: (lambda x: (np.where(np.random.default_rng(4).random(x.shape) < 0.1, np.where(x > 0, np.inf, -np.inf), x), signal(x)))(numbers()))
recipe("big-leaves", "255 leaves", {"objective": "regression", "num_leaves": 255, "min_data_in_leaf": 1}, plain(n=900), rounds=2)
recipe("deep", "a depth of 30 and more", {"objective": "regression", "num_leaves": 60, "min_data_in_leaf": 1, "max_depth": -1, "extra_trees": True},
       with_target(lambda y: np.exp(y * 2)), rounds=3)
recipe("wide", "sixty columns, few used", {"objective": "binary"}, with_target(two, n=300, f=40), rounds=5, link="probability",
       probabilities="binary")
recipe("coarse", "fifteen bins", {"objective": "regression", "max_bin": 15, "extra_trees": True}, plain())
recipe("stumps", "trees of two leaves", {"objective": "binary", "num_leaves": 2, "boost_from_average": False}, with_target(two), rounds=40,
       link="probability", probabilities="binary")


# --- frames: categories as pandas has them, codes in the matrix ---------------------------------------------------------------


def frame_of(kinds):
    """Data of a pandas frame: a column for each of `kinds`, (categories, ordered), then three numbers."""
    def make():
        import pandas as pd

        x, y = categories(500, sizes=tuple(len(c) for c, _ in kinds))
        columns = {f"k{i}": pd.Categorical.from_codes(x[:, i].astype(int), categories=c, ordered=o) for i, (c, o) in enumerate(kinds)}
        numbers = {f"n{i}": x[:, len(kinds) + i] for i in range(3)}
        return x, y, pd.DataFrame({**numbers, **columns})[["n0", *columns, "n1", "n2"]]
    return make


def with_strangers(table):
    """Real rows, in which categories are missing or new, and others are listed in another order."""
    rows = table.iloc[:120].reset_index(drop=True).copy()
    rng = np.random.default_rng(11)
    for name in [c for c in rows if c.startswith("k")]:
        known = list(rows[name].cat.categories)
        new = {str: "never seen", int: 77, float: 0.125, bool: None}[type(known[0])]
        column = rows[name].cat.set_categories(known[::-1] + ([] if new is None else [new]))
        column[rng.random(len(rows)) < 0.1] = np.nan
        if new is not None:
            column[rng.random(len(rows)) < 0.1] = new
        rows[name] = column
    return rows


def frame_codes(table, lists):
    """The matrix that LightGBM makes of a frame, by the lists of the file."""
    found = np.array(table.select_dtypes(exclude="category").reindex(columns=list(table)).to_numpy(float, na_value=np.nan))
    for (i, name), known in zip([(i, c) for i, c in enumerate(table) if str(table[c].dtype) == "category"], lists):
        codes = table[name].cat.set_categories(known).cat.codes.to_numpy(float)
        found[:, i] = np.where(codes < 0, np.nan, codes)
    return np.ascontiguousarray(found)


def cells(table):
    """Columns of a frame as JSON holds them: null where a value is missing."""
    plain = lambda v: None if v is None or v != v else v.item() if hasattr(v, "item") else v
    return {name: [plain(v) for v in table[name].tolist()] for name in table}


TOWNS = ["Aachen", "Bremen", "Celle", "7", "Zürich", " spaced ", "true", "nan?"]
recipe("frame-texts", "categories of a pandas frame: texts", {"objective": "regression"},
       frame_of([(TOWNS, False), (["x", "y", "z"], False), ([f"t{i}" for i in range(40)], False)]), frame=with_strangers, old=True)
recipe("frame-numbers", "categories of a pandas frame: numbers", {"objective": "binary"},
       (lambda make: lambda: (lambda x, y, t: (x, two(y), t))(*make()))(
           frame_of([([10, 20, 30, 40, 3], False), ([-1.5, 0.25, 1e6], False), (list(range(100, 130)), False)])),
       frame=with_strangers, link="probability", probabilities="binary", old=True)
recipe("frame-mixed", "categories of a pandas frame: ordered texts, booleans, numbers", {"objective": "regression"},
       frame_of([(["low", "middle", "high"], True), ([False, True], False), ([5, 4, 9, 1000000], False), (["a", "b"], False)]),
       frame=with_strangers)


# --- rows at the edges ------------------------------------------------------------------------------------------------------


def splits(text, features):
    """{feature: thresholds} of number splits, and the features split by category."""
    cuts, categorical = {}, set()
    for block in text.split("Tree=")[1:]:
        line = lambda key: next((m.split() for m in re.findall(rf"^{key}=(.*)$", block, re.M)), [])
        for f, t, d in zip(line("split_feature"), line("threshold"), line("decision_type")):
            if int(d) & 1:
                categorical.add(int(f))
            else:
                cuts.setdefault(int(f), []).append(float(t))
    return cuts, categorical


def neighbours(t):
    with np.errstate(over="ignore"):
        t32 = np.float32(t)
    return [t, np.nextafter(t, -np.inf), np.nextafter(t, np.inf), float(t32), float(np.nextafter(t32, np.float32(-np.inf))),
            float(np.nextafter(t32, np.float32(np.inf)))]


def edge_rows(x, cuts, categorical, kind, n=200, seed=5):
    rng = np.random.default_rng(seed)
    tiny = [0.0, -0.0, 5e-324, -5e-324, 1e-40, -1e-40, 1e-36, -1e-36, BAND, -BAND, 1e-35, -1e-35, float(np.nextafter(BAND, 1)),
            float(np.nextafter(-BAND, -1)), float(np.nextafter(np.float32(BAND), np.float32(1))), 2e-35, -2e-35]
    huge = [np.inf, -np.inf, 3e38, -3e38, 1e300, -1e300, 1.7e308] if kind != "linear" else []
    special = tiny + [np.nan] * 3 + huge
    codes = [-1.0, -0.5, -0.999, 0.0, -0.0, 0.7, 2.9999, 1e-36, 61.0, 1e6, 2.0**24, 2.0**31 - 1, 2.0**31, 2.0**32 + 1, 1e15, np.nan, -np.nan]
    if kind == "plain":
        codes += [np.inf, -np.inf, -1e300, 1e300]
    out = np.array(x[rng.integers(len(x), size=n)])
    out[: n // 2] = out[: n // 2].astype(np.float32)
    used = sorted(set(cuts) | categorical) or list(range(x.shape[1]))
    for i, row in enumerate(out):
        for f in rng.choice(used, size=min(len(used), int(rng.choice([1, 2, 3, 6]))), replace=False):
            if f in categorical:
                row[f] = rng.choice(codes) if rng.random() < 0.6 else row[f] + rng.choice([0, 0.5, 1, -1])
            elif f in cuts and rng.random() < 0.65:
                t = rng.choice(cuts[f])
                if kind == "linear" and abs(t) > 1e30:  # such a cut only parts NaN from numbers
                    row[f] = np.nan
                    continue
                near = neighbours(t)
                row[f] = rng.choice(near if i >= n // 2 else near[3:])
            else:
                row[f] = rng.choice(special)
    whole = [0.0, -0.0, np.nan] + ([np.inf, -np.inf] if kind != "linear" else [])
    out[: len(whole)] = np.array(whole)[:, None]
    return np.ascontiguousarray(out)


# --- training, answers, writing ---------------------------------------------------------------------------------------------


def train(r):
    x, y, *tables = r["data"]()
    params = {**BASE, **r["params"]}
    names = r["names"] or [f"c{i}" for i in range(x.shape[1])]
    fobj = r["fobj"]
    if tables:
        booster = lgb.train(params, lgb.Dataset(tables[0], y, params=params, free_raw_data=False), r["rounds"])
        return frame_codes(tables[0], booster.pandas_categorical), booster, tables[0]
    if fobj is not None and not OLD:
        params["objective"] = fobj
    make = lambda p: lgb.Dataset(x, y, group=r["group"], feature_name=names, categorical_feature=r["categorical"] or "auto", params=p,
                                 free_raw_data=False)
    if r["rounds"] == 0:
        return x, lgb.Booster(params, make(params)), None
    init = None
    if r["init"] is not None:
        first = {**BASE, **r["init"]}
        init = lgb.train(first, make(first), r["rounds"])
    extra = {"fobj": fobj} if fobj is not None and OLD else {}
    return x, lgb.train(params, make(params), r["rounds"], init_model=init, **extra), None


def answers(booster, rows, r):
    first, end = r["iteration_range"] or (0, booster.num_trees() // booster.num_model_per_iteration())
    part = dict(start_iteration=first, num_iteration=end - first) if end > first else {}
    got = {"predict": booster.predict(rows, **part), "raw": booster.predict(rows, raw_score=True, **part)}
    got["raw"] = got["raw"].reshape(len(rows), -1)
    if r["probabilities"] == "binary":
        got["predictProba"] = np.stack([1.0 - got["predict"], got["predict"]], axis=1)
    elif r["probabilities"] == "classes":
        got["predictProba"] = got["predict"]
    if end > first:
        got["leaves"] = booster.predict(rows, pred_leaf=True, **part).reshape(len(rows), -1).astype(np.int32)
    rounds = [np.abs(booster.predict(rows, raw_score=True, start_iteration=i, num_iteration=1)) for i in range(first, end)]
    reached = np.max([np.nanmax(np.where(np.isfinite(s), s, 0)) for s in [sum(rounds)]]) if rounds else 1.0
    return got, float(reached)


def save(name, r):
    x, booster, table = train(r)
    text = booster.model_to_string(num_iteration=-1)
    kept = "boosting|objective|linear_tree" + ("|categorical_feature" if table is not None else "")
    text = re.sub(rf"\n\[(?!{kept})[^\n]*\]", "", text)  # the parameters, but for a few, to keep files small
    loaded = lgb.Booster(model_str=text)
    cuts, categorical = splits(text, x.shape[1])
    rng = np.random.default_rng(9)
    kind = r["kind"]
    rows = {"trainer": np.ascontiguousarray(x[rng.permutation(len(x))[:150]]),
            "edges": edge_rows(x, cuts, categorical, "plain" if kind == "linear-huge" else kind)}
    arrays, sets, scale = {}, [], 0.0
    for key, given in rows.items():
        got, reached = answers(loaded, given, r)
        # Rows with huge cells would widen the tolerance of a linear model beyond sense.
        scale = max(scale, reached if kind == "plain" or key == "trainer" else 0.0)
        arrays[f"{key}/X"] = given
        one = {"name": key, "rows": len(given), "X": f"{key}/X"}
        for k, v in got.items():
            one[k] = f"{key}/{k}"
            arrays[f"{key}/{k}"] = v
        sets.append(one)
    if table is not None:
        given = r["frame"](table)
        got, _ = answers(loaded, given, r)
        arrays["frame/X"] = frame_codes(given, loaded.pandas_categorical)
        assert all((v == answers(loaded, arrays["frame/X"], r)[0][k]).all() for k, v in got.items()), name
        arrays |= {f"frame/{k}": v for k, v in got.items()}
        sets.append({"name": "frame", "rows": len(given), "X": "frame/X", "frame": "frame.json", **{k: f"frame/{k}" for k in got}})
    if r["link"] == "other":  # |d predict| <= |f'(score)| |d score|, with room for the quadratic link
        scale = max(scale, scale * scale * 2)
    sizes = [int(n) for n in re.findall(r"^num_leaves=(\d+)$", text, re.M)]
    fixture = {
        "name": name, "title": r["title"], "library": "lightgbm", "version": lgb.__version__,
        "params": {k: (v if not callable(v) else "a function") for k, v in r["params"].items()} | {"num_boost_round": r["rounds"]},
        "data": "synthetic, made by recipes/lightgbm_native.py", "seed": BASE["seed"], "file": "model.txt", "sums": "float64",
        "scale": scale or 1.0, "link": r["link"],
        **({"options": {"iterationRange": list(r["iteration_range"])}} if r["iteration_range"] else {}),
        "stats": {"trees": len(sizes), "nodes": sum(2 * n - 1 for n in sizes), "maxDepth": depth(loaded, sizes),
                  "maxLeaves": max(sizes, default=0)},
        "sets": sets, "notes": r["notes"],
    }
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.txt").write_text(text, encoding="utf-8", newline="\n")
    np.savez_compressed(folder / "answers.npz", **arrays)
    if table is not None:
        (folder / "frame.json").write_text(json.dumps(cells(given), ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    (folder / "fixture.json").write_text(json.dumps(fixture, indent=2, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")
    size = sum(p.stat().st_size for p in folder.iterdir())
    print(f"{name}: {len(sizes)} trees, largest {max(sizes, default=0)} leaves, {size // 1024} KB, scale {fixture['scale']:.4g}", flush=True)


def depth(booster, sizes):
    deepest = 0
    for t in booster.dump_model()["tree_info"]:
        stack = [(t["tree_structure"], 0)]
        while stack:
            node, d = stack.pop()
            deepest = max(deepest, d)
            stack += [(node[k], d + 1) for k in ("left_child", "right_child") if k in node]
    return deepest


def main():
    wanted = sys.argv[1:]
    for name, r in RECIPES.items():
        full = f"v3-{name}" if OLD else name
        if OLD and not r["old"] or (wanted and full not in wanted):
            continue
        save(full, r)


if __name__ == "__main__":
    main()
