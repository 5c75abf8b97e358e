"""CatBoost's own files (JSON and cbm), with what CatBoost answers when it loads them: test-models/catboost/.

Run by setup_catboost.sh in two environments: CatBoost 1.2.10 makes most, CatBoost 1.2 those whose name says so.
"""
import json
import pathlib
import sys
import tempfile

import catboost
import numpy as np
import pandas as pd
from catboost import CatBoost, CatBoostClassifier, CatBoostRanker, CatBoostRegressor, Pool, sum_models
from sklearn import datasets

OUT = pathlib.Path(__file__).resolve().parent.parent / "catboost"
SEED = 0
COMMON = dict(verbose=0, thread_count=1, random_seed=SEED, allow_writing_files=False)
RECIPES = {}


def recipe(version=None):
    def register(function):
        if version is None or catboost.__version__ == version:
            RECIPES[function.__name__.replace("_", "-")] = function
        return function

    return register


new, old = recipe("1.2.10"), recipe("1.2")


# --- data -----------------------------------------------------------------------------------------------------------


def load(name, share=0.6, columns=None):
    """A bundled data set as float32: training rows, targets, and rows held out."""
    x, y = getattr(datasets, "load_" + name)(return_X_y=True)
    x = np.ascontiguousarray(x if columns is None else x[:, :columns], np.float32)
    order = np.random.default_rng(SEED).permutation(len(x))
    cut = int(len(x) * share)
    return x[order[:cut]], y[order[:cut]], x[order[cut:]]


def with_missing(x, share, seed):
    x = np.array(x)
    x[np.random.default_rng(seed).random(x.shape) < share] = np.nan
    return x


def rows_of(x, n=150):
    """n float32 rows: those given, then mixtures of two of them."""
    rng = np.random.default_rng(SEED + 1)
    if len(x) < n:
        a, b = rng.integers(len(x), size=(2, n - len(x)))
        w = rng.random((n - len(x), 1)).astype(np.float32)
        x = np.concatenate([x, x[a] * w + x[b] * (1 - w)])
    return np.ascontiguousarray(x[:n], np.float32)


def edge_rows(rows, cuts, categorical=(), n=200):
    """Real rows with cells replaced by borders, their float32 neighbours, and values that break arithmetic."""
    rng = np.random.default_rng(SEED + 2)
    special = np.array([0, -0.0, 1e-40, -1e-40, 1.4e-45, 1e-36, -1e-36, 16777216, -2147483648, 1e15, np.nan, np.nan, np.inf,
                        -np.inf, 3e38, -3e38], np.float32)
    codes = np.array([0, -0.0, 1, 2, 3, 7, 8, -1, -2, 0.5, 1.5, -0.5, 99999, 2**24, 1e9, 3e38, -3e38, np.nan, np.inf, -np.inf],
                     np.float32)
    out = np.array(rows[rng.integers(len(rows), size=n)])
    beside = lambda t, i: [t, np.nextafter(t, np.float32(-np.inf)), np.nextafter(t, np.float32(np.inf))][i % 3]
    numeric = [f for f in range(rows.shape[1]) if f not in categorical]
    used = sorted(cuts) + list(categorical)
    for i, row in enumerate(out):
        for f in rng.choice(used, size=min(len(used), int(rng.choice([1, 1, 2, 3, 8]))), replace=False):
            if f in categorical:
                row[f] = rng.choice(codes)
            elif rng.random() < 0.65:
                row[f] = beside(np.float32(rng.choice(cuts[f])), int(rng.integers(3)))
            else:
                row[f] = rng.choice(special)
    for i, value in enumerate([0.0, -0.0, np.nan, np.inf, -np.inf]):
        out[i, numeric] = value
    for i in range(5, 35):  # whole rows at borders and beside them
        for f in cuts:
            out[i, f] = beside(np.float32(rng.choice(cuts[f])), i)
    return np.ascontiguousarray(out)


def given(x, categorical):
    """X as CatBoost takes it: categories as the texts of whole numbers; what is none is a text of its own."""
    if not categorical:
        return x
    text = lambda v: str(int(v)) if np.isfinite(v) and v == int(v) else str(v)
    frame = pd.DataFrame(x)
    for f in categorical:
        frame[f] = [text(v) for v in x[:, f]]
    return frame


# --- answers --------------------------------------------------------------------------------------------------------


def parts(document):
    """Per tree of a JSON model: its leaves in order, its inner nodes, its depth; and the borders per column."""
    columns = {f["feature_index"]: f for f in document["features_info"].get("float_features") or []}
    cuts = {f["flat_feature_index"]: np.float32(f["borders"]) for f in columns.values() if f["borders"]}
    trees = []
    for tree in document.get("oblivious_trees") or []:
        depth = len(tree["splits"] or [])
        trees.append((np.abs(tree["leaf_values"]).reshape(2**depth, -1).max(1), 2**depth - 1, depth))
    for tree in document.get("trees") or []:
        leaves, inner, deepest, stack = [], 0, 0, [(tree, 0)]
        while stack:
            node, depth = stack.pop()
            deepest = max(deepest, depth)
            if "value" in node:
                leaves.append(np.max(np.abs(node["value"])))
            else:
                inner += 1
                stack += [(node["right"], depth + 1), (node["left"], depth + 1)]
        trees.append((np.array(leaves), inner, deepest))
    return trees, cuts


def plain(values):
    values = np.asarray(values)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.dtype.kind in "OU":
        return values.astype(str)
    return values.astype(np.int32 if values.dtype.kind in "iub" else np.float64)


def save(title, model, rows, data, form="json", link="identity", categorical=(), span=None, notes=None):
    """Writes the fixture of the recipe that calls; the answers are those of the file, loaded again."""
    name = sys._getframe(1).f_code.co_name.replace("_", "-")
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"model.{form}"
    model.save_model(str(file), format=form if form == "json" else "cbm")
    loaded = type(model)()
    loaded.load_model(str(file), format=form if form == "json" else "cbm")
    with tempfile.TemporaryDirectory() as temporary:
        # The leaves of a JSON file stand in the order in which CatBoost numbers them when it loads it.
        path = pathlib.Path(temporary) / "model.json"
        loaded.save_model(str(path), format="json")
        document = json.loads(path.read_text())
        again = CatBoost()
        again.load_model(str(path), format="json")
    trees, cuts = parts(document)
    rows = rows_of(rows) if not categorical and not np.isnan(rows).any() else np.ascontiguousarray(rows[:150], np.float32)
    between = dict(zip(("ntree_start", "ntree_end"), span)) if span else {}
    arrays, sets, largest = {}, [], 0.0
    factor, bias = document["scale_and_bias"]
    for key, x in (("trainer", rows), ("edges", edge_rows(rows, cuts, categorical))):
        pool = Pool(given(x, categorical), cat_features=list(categorical))
        one = {"name": key, "rows": len(x), "X": f"{key}/X", "predict": f"{key}/predict"}
        arrays[f"{key}/X"] = x
        arrays[f"{key}/predict"] = plain(loaded.predict(pool, **between))
        if isinstance(model, CatBoostClassifier):
            one["predictProba"] = f"{key}/proba"
            arrays[f"{key}/proba"] = np.asarray(loaded.predict_proba(pool, **between), np.float64)
        one["raw"] = f"{key}/raw"
        arrays[f"{key}/raw"] = plain(CatBoost.predict(loaded, pool, prediction_type="RawFormulaVal", **between))
        one["leaves"] = f"{key}/leaves"
        arrays[f"{key}/leaves"] = np.asarray(loaded.calc_leaf_indexes(pool, **between), np.int32)
        reached = again.calc_leaf_indexes(pool)
        sums = sum(leaves[reached[:, t]] for t, (leaves, _, _) in enumerate(trees))
        largest = max(largest, float(np.max(sums)) * abs(factor) + float(np.max(np.abs(bias))))
        sets.append(one)
    fixture = {
        "name": name, "title": title, "library": "catboost", "version": catboost.__version__,
        "params": {k: v for k, v in (model.get_params() or {}).items() if isinstance(v, (int, float, str, list))},
        "data": data, "seed": SEED, "file": file.name, "sums": "float64", "scale": largest, "link": link,
        **({"options": {"iterationRange": list(span)}} if span else {}),
        "stats": {"trees": len(trees), "nodes": int(sum(2 * inner + 1 for _, inner, _ in trees)),
                  "maxDepth": max(depth for _, _, depth in trees), "maxLeaves": max(len(leaves) for leaves, _, _ in trees)},
        "sets": sets, "notes": notes,
    }
    np.savez_compressed(folder / "answers.npz", **arrays)
    (folder / "fixture.json").write_text(json.dumps(fixture, indent=2, allow_nan=False) + "\n")
    size = sum(p.stat().st_size for p in folder.iterdir())
    print(f"{name}: {fixture['stats']}, {size // 1024} KB, scale {largest:.4g}", flush=True)


def classifier(**options):
    return CatBoostClassifier(**{**COMMON, "iterations": 30, "depth": 4, **options})


def regressor(loss="RMSE", **options):
    return CatBoostRegressor(**{**COMMON, "iterations": 30, "depth": 4, "loss_function": loss, **options})


# --- classifiers ----------------------------------------------------------------------------------------------------


def binary(labels=lambda y: y, **options):
    x, y, rest = load("breast_cancer", columns=10)
    return classifier(**options).fit(x, labels(y)), rest


@new
def binary_json():
    save("Two classes", *binary(iterations=60), "breast cancer", link="probability")


@new
def binary_cbm():
    save("Two classes", *binary(iterations=60), "breast cancer", "cbm", link="probability")


@new
def binary_strings():
    save("Two classes with texts for labels", *binary(lambda y: np.where(y == 1, "benign", "malignant")), "breast cancer",
         link="probability")


@new
def binary_strings_cbm():
    save("Two classes with texts for labels", *binary(lambda y: np.where(y == 1, "gut", "böse")), "breast cancer", "cbm",
         link="probability")


@new
def binary_floats():
    save("Two classes with fractions for labels", *binary(lambda y: np.where(y == 1, 1.5, -2.5)), "breast cancer",
         link="probability")


@new
def binary_booleans():
    save("Two classes, False and True", *binary(lambda y: y == 1), "breast cancer", "cbm", link="probability")


@new
def binary_reversed():
    save("Class weights that turn the order of the classes around", *binary(class_weights={1: 2, 0: 1}), "breast cancer",
         link="probability")


@new
def binary_threshold():
    model, rest = binary()
    model.set_probability_threshold(0.8)
    save("A probability threshold of 0.8 in the file", model, rest, "breast cancer", link="probability")


@new
def binary_threshold_cbm():
    model, rest = binary()
    model.set_probability_threshold(0.25)
    save("A probability threshold of 0.25 in the file", model, rest, "breast cancer", "cbm", link="probability")


@new
def binary_range():
    save("Trees 0 to 9 of 30", *binary(), "breast cancer", link="probability", span=(0, 9))


@new
def binary_deep():
    save("Trees of depth 9", *binary(depth=9, iterations=8), "breast cancer", "cbm", link="probability")


@new
def cross_entropy():
    save("Cross-entropy on shares", *binary(lambda y: y * 0.7 + 0.1, loss_function="CrossEntropy"), "breast cancer", "cbm",
         link="probability")


@new
def focal():
    save("Focal loss", *binary(loss_function="Focal:focal_alpha=0.4;focal_gamma=2"), "breast cancer", link="probability")


@new
def summed():
    (a, rest), (b, _) = binary(), binary(depth=2, random_seed=7)
    whole = sum_models([a, b], weights=[0.5, 2])
    as_classifier = CatBoostClassifier()
    with tempfile.TemporaryDirectory() as temporary:
        whole.save_model(f"{temporary}/m.cbm")
        as_classifier.load_model(f"{temporary}/m.cbm")
    save("The weighted sum of two models", as_classifier, rest, "breast cancer", link="probability")


def several(name="wine", labels=lambda y: y, **options):
    x, y, rest = load(name)
    return classifier(**{"loss_function": "MultiClass", **options}).fit(x, labels(y)), rest


@new
def multiclass_json():
    save("Three classes", *several(), "wine", link="probability")


@new
def multiclass_cbm():
    save("Three classes with texts for labels", *several(labels=lambda y: np.array(["a", "b", "c"])[y]), "wine", "cbm",
         link="probability")


@new
def multiclass_digits():
    save("Ten classes", *several("digits", iterations=12), "digits", "cbm", link="probability")


@new
def multiclass_gap():
    save("A named class that training never saw", *several("breast_cancer", lambda y: np.where(y == 1, "a", "c"),
                                                           class_names=["a", "b", "c"], iterations=10), "breast cancer",
         link="probability")


@new
def multiclass_count():
    save("Five classes announced, three seen", *several(classes_count=5, iterations=15), "wine", "cbm", link="probability")


@new
def one_vs_all_json():
    save("One against all", *several(loss_function="MultiClassOneVsAll"), "wine", link="probability")


@new
def one_vs_all_cbm():
    save("One against all", *several(loss_function="MultiClassOneVsAll", labels=lambda y: y + 3), "wine", "cbm",
         link="probability")


def labels_of(x, y):
    return np.c_[y, 1 - y, x[:, 0] > 14].astype(int)


@new
def multi_logloss():
    x, y, rest = load("breast_cancer", columns=10)
    save("Three independent labels", classifier(loss_function="MultiLogloss").fit(x, labels_of(x, y)), rest, "breast cancer",
         link="probability")


@new
def multi_cross_entropy():
    x, y, rest = load("breast_cancer", columns=10)
    save("Three independent shares", classifier(loss_function="MultiCrossEntropy").fit(x, labels_of(x, y) * 0.5 + 0.2), rest,
         "breast cancer", "cbm", link="probability")


# --- regressors -----------------------------------------------------------------------------------------------------


def regression(loss="RMSE", target=lambda y: y, **options):
    x, y, rest = load("diabetes")
    return regressor(loss, **options).fit(x, target(y)), rest


@new
def rmse_json():
    save("Squared error, with a bias", *regression(iterations=60), "diabetes")


@new
def rmse_cbm():
    save("Squared error, with a bias", *regression(iterations=60), "diabetes", "cbm")


@new
def rmse_names():
    x, y, rest = load("diabetes")
    frame = pd.DataFrame(x, columns=["age", "sex", "bmi", "bp", "s1", "s 2", "s3", "s4", "__proto__", "größe"])
    save("Features with names", regressor().fit(frame, y), rest, "diabetes", "cbm")


@new
def rmse_many_borders():
    x, y = datasets.make_friedman1(1500, 5, noise=1.0, random_state=0)
    x = x.astype(np.float32)
    save("More than 254 borders per feature", regressor(iterations=100, depth=5, border_count=1500).fit(x[:1300], y[:1300]),
         x[1300:], "make_friedman1", "cbm")


@new
def rmse_range_json():
    save("Trees 5 to 20 of 30: without the bias", *regression(), "diabetes", span=(5, 20))


@new
def rmse_range_cbm():
    save("The first tree alone, with the bias", *regression(), "diabetes", "cbm", span=(0, 1))


@new
def rmse_single():
    save("One tree of one split", *regression(iterations=1, depth=1), "diabetes")


@new
def scale_bias():
    model, rest = regression()
    model.set_scale_and_bias(2.5, -1.25)
    save("A scale and a bias set by hand", model, rest, "diabetes")


@new
def scale_bias_cbm():
    model, rest = regression()
    model.set_scale_and_bias(-0.3, 100.0)
    save("A scale and a bias set by hand", model, rest, "diabetes", "cbm")


@new
def mae():
    save("Absolute error", *regression("MAE"), "diabetes")


@new
def quantile():
    save("Quantile 0.9", *regression("Quantile:alpha=0.9"), "diabetes", "cbm")


@new
def multi_quantile():
    save("Three quantiles", *regression("MultiQuantile:alpha=0.1,0.5,0.9"), "diabetes")


@new
def expectile():
    save("Expectile", *regression("Expectile:alpha=0.3"), "diabetes", "cbm")


@new
def huber():
    save("Huber", *regression("Huber:delta=30"), "diabetes")


@new
def lq():
    save("Lq", *regression("Lq:q=3"), "diabetes", "cbm")


@new
def mape():
    save("Relative error", *regression("MAPE"), "diabetes")


@new
def log_cosh():
    save("LogCosh", *regression("LogCosh", lambda y: y / 50), "diabetes, target / 50", "cbm")


@new
def log_lin_quantile():
    save("LogLinQuantile: the raw score", *regression("LogLinQuantile", lambda y: y / 50), "diabetes, target / 50")


@new
def poisson_json():
    save("Poisson: e to the score", *regression("Poisson", lambda y: np.round(y / 10)), "diabetes, target / 10",
         link="exponential")


@new
def poisson_cbm():
    save("Poisson: e to the score", *regression("Poisson", lambda y: np.round(y / 10)), "diabetes, target / 10", "cbm",
         link="exponential")


@new
def tweedie():
    save("Tweedie: e to the score", *regression("Tweedie:variance_power=1.5"), "diabetes", "cbm", link="exponential")


@new
def uncertainty_json():
    save("Mean and variance", *regression("RMSEWithUncertainty"), "diabetes", link="exponential")


@new
def uncertainty_cbm():
    save("Mean and variance", *regression("RMSEWithUncertainty"), "diabetes", "cbm", link="exponential")


@new
def multi_rmse_json():
    save("Three targets", *regression("MultiRMSE", lambda y: np.c_[y, -y, y**2 / 100]), "diabetes")


@new
def multi_rmse_cbm():
    save("Three targets, some missing",
         *regression("MultiRMSEWithMissingValues", lambda y: with_missing(np.c_[y, -y, y**2 / 100], 0.2, 3)), "diabetes", "cbm")


@new
def cox():
    save("Cox: censored times are negative", *regression("Cox", lambda y: np.where(y > 200, -y, y)), "diabetes", "cbm")


@new
def survival_aft():
    save("Accelerated failure time", *regression("SurvivalAft:dist=Normal", lambda y: np.c_[y, np.where(y > 200, -1, y)]),
         "diabetes")


# --- rankers --------------------------------------------------------------------------------------------------------


def ranking(loss, **options):
    x, y, rest = load("diabetes")
    relevance = np.floor(y / 70)
    if loss == "QuerySoftMax" or loss == "QueryCrossEntropy":
        relevance = (relevance > 1).astype(float)
    model = CatBoostRanker(**{**COMMON, "iterations": 20, "depth": 3, "loss_function": loss, **options})
    return model.fit(Pool(x, relevance, group_id=np.arange(len(x)) // 10)), rest


@new
def yeti_rank():
    save("YetiRank", *ranking("YetiRank"), "diabetes in groups of ten", "cbm")


@new
def pair_logit():
    save("PairLogit", *ranking("PairLogit"), "diabetes in groups of ten")


@new
def query_rmse():
    save("QueryRMSE", *ranking("QueryRMSE"), "diabetes in groups of ten", "cbm")


@new
def query_softmax():
    save("QuerySoftMax", *ranking("QuerySoftMax"), "diabetes in groups of ten")


@new
def lambda_mart():
    save("LambdaMart", *ranking("LambdaMart"), "diabetes in groups of ten", "cbm")


@new
def yeti_rank_pairwise():
    save("YetiRankPairwise", *ranking("YetiRankPairwise"), "diabetes in groups of ten")


@new
def pair_logit_pairwise():
    save("PairLogitPairwise", *ranking("PairLogitPairwise"), "diabetes in groups of ten", "cbm")


@new
def stochastic_filter():
    save("StochasticFilter", *ranking("StochasticFilter"), "diabetes in groups of ten", "cbm")


@new
def stochastic_rank():
    save("StochasticRank", *ranking("StochasticRank:metric=NDCG"), "diabetes in groups of ten")


@new
def group_quantile():
    save("GroupQuantile", *ranking("GroupQuantile"), "diabetes in groups of ten", "cbm")


# --- other trees ----------------------------------------------------------------------------------------------------


@new
def depthwise_json():
    save("Trees that grow by level", *regression(grow_policy="Depthwise", min_data_in_leaf=5, iterations=20), "diabetes")


@new
def depthwise_cbm():
    save("Trees that grow by level", *regression(grow_policy="Depthwise", min_data_in_leaf=5), "diabetes", "cbm")


@new
def lossguide_json():
    save("Trees that grow by leaf", *regression(grow_policy="Lossguide", max_leaves=12, depth=8, iterations=15), "diabetes",
         notes="CatBoost numbers the leaves of a JSON file in the file's order, which is not that of the model in memory.")


@new
def lossguide_cbm():
    save("Trees that grow by leaf", *regression(grow_policy="Lossguide", max_leaves=12, depth=8), "diabetes", "cbm")


@new
def lossguide_multiclass_json():
    save("Trees that grow by leaf, three classes", *several(grow_policy="Lossguide", max_leaves=6, iterations=15), "wine",
         link="probability")


@new
def lossguide_multiclass_cbm():
    save("Trees that grow by leaf, three classes", *several(grow_policy="Lossguide", max_leaves=6, iterations=15), "wine", "cbm",
         link="probability")


@new
def lossguide_range():
    save("Trees 3 to 11 of 30, which grow by leaf", *regression(grow_policy="Lossguide", max_leaves=10), "diabetes", "cbm",
         span=(3, 11))


# --- missing values and categories ----------------------------------------------------------------------------------


def missing(**options):
    x, y, rest = load("breast_cancer", columns=10)
    return classifier(**options).fit(with_missing(x, 0.2, 1), y), with_missing(rows_of(rest), 0.2, 2)


@new
def missing_min():
    save("Missing values count as the smallest", *missing(), "breast cancer, 20 % NaN", link="probability")


@new
def missing_max():
    save("Missing values count as the largest", *missing(nan_mode="Max"), "breast cancer, 20 % NaN", "cbm", link="probability")


@new
def missing_depthwise():
    save("Missing values count as the largest, trees by level", *missing(nan_mode="Max", grow_policy="Depthwise", iterations=12),
         "breast cancer, 20 % NaN", link="probability")


def categories(form="json", **options):
    rng = np.random.default_rng(5)
    x, y, rest = load("diabetes")
    def extended(x):
        code = np.floor((x[:, 2] + 0.15) * 40).clip(-2, 9)
        town = 10000 + 777 * rng.integers(0, 7, len(x))
        return np.c_[code, x[:, :4], town, x[:, 4:]].astype(np.float32)
    x, rest = extended(x), extended(rows_of(rest))
    y = y + 80 * (x[:, 0] % 3) + (x[:, 5] % 5) * 30
    model = regressor(one_hot_max_size=50, cat_features=[0, 5], **options)
    return model.fit(given(x, [0, 5]), y), rest


@new
def categories_json():
    save("One-hot categories that are whole numbers", *categories(), "diabetes with two categories", categorical=[0, 5])


@new
def categories_cbm():
    save("One-hot categories that are whole numbers", *categories(), "diabetes with two categories", "cbm", categorical=[0, 5])


@new
def categories_lossguide():
    save("One-hot categories, trees by leaf", *categories(grow_policy="Lossguide", max_leaves=10), "diabetes with two categories",
         "cbm", categorical=[0, 5])


def save_texts():
    """Categories that are texts need the training pool when the model is saved; rows are records, so no fixture folder."""
    rng = np.random.default_rng(6)
    x, y, rest = load("diabetes", columns=4)
    towns = np.array(["Bonn", "Köln", "a town with a name of more than thirty-two characters", "", "7", "nan"])
    kinds = np.array(["a", "b", "c"])

    def frame(x):
        n = len(x)
        return pd.DataFrame({"age": x[:, 0], "town": towns[rng.integers(0, 6, n)], "bmi": x[:, 2], "code": rng.integers(0, 4, n),
                             "kind": kinds[rng.integers(0, 3, n)]})

    train, rows = frame(x), frame(rows_of(rest, 120))
    y = y + 60 * (train.town == "Köln") - 50 * (train.town == "") + 20 * train.code + 40 * (train.kind == "b") + 30 * (train.town == "7")
    names = ["town", "code", "kind"]
    pool = Pool(train, y, cat_features=names)
    model = regressor(one_hot_max_size=10, iterations=20).fit(pool)
    model.save_model(str(OUT / "texts.json"), format="json", pool=pool)
    for i, town in enumerate(["köln", "Köln ", "7.0", "07", "x" * 100, "日本", "null"]):
        rows.loc[i, "town"] = town
    rows.loc[7, "code"], rows.loc[8, "code"], rows.loc[9, "kind"] = -1, 100000, ""
    loaded = CatBoostRegressor()
    loaded.load_model(str(OUT / "texts.json"), format="json")
    given = Pool(rows, cat_features=names)
    (OUT / "texts-answers.json").write_text(json.dumps({
        "version": catboost.__version__, "rows": [{k: v for k, v in r.items()} for r in rows.to_dict("records")],
        "predict": loaded.predict(given).tolist(), "leaves": np.asarray(loaded.calc_leaf_indexes(given)).tolist()},
        ensure_ascii=False) + "\n")


RECIPES.update({"texts": save_texts} if catboost.__version__ == "1.2.10" else {})


# --- CatBoost 1.2 ---------------------------------------------------------------------------------------------------


@old
def old_binary_json():
    save("Two classes, CatBoost 1.2", *binary(), "breast cancer", link="probability")


@old
def old_multiclass_cbm():
    save("Three classes, CatBoost 1.2", *several(), "wine", "cbm", link="probability")


@old
def old_poisson_cbm():
    save("Poisson, CatBoost 1.2", *regression("Poisson", lambda y: np.round(y / 10)), "diabetes, target / 10", "cbm",
         link="exponential")


@old
def old_lossguide_json():
    save("Trees that grow by leaf, CatBoost 1.2", *regression(grow_policy="Lossguide", max_leaves=10, iterations=15), "diabetes")


@old
def old_depthwise_cbm():
    save("Trees that grow by level, CatBoost 1.2", *regression(grow_policy="Depthwise"), "diabetes", "cbm")


@old
def old_categories_cbm():
    save("One-hot categories, CatBoost 1.2", *categories(), "diabetes with two categories", "cbm", categorical=[0, 5])


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(RECIPES)
    failed = []
    for name in wanted:
        try:
            RECIPES[name]()
        except Exception as error:  # a recipe must not hide the others
            failed.append(f"{name}: {type(error).__name__}: {error}")
    print(*failed, sep="\n")
    sys.exit(1 if failed else 0)
