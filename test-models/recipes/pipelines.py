"""Preprocessing before a model, as one file."""
import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (Binarizer, LabelEncoder, MaxAbsScaler, MinMaxScaler, Normalizer, OneHotEncoder,
                                   OrdinalEncoder, RobustScaler, StandardScaler)
from sklearn.tree import DecisionTreeClassifier

from common import cuts_through, edge_rows, held_out, linear_edges, linear_scale, load, recipe, save_fixture, with_missing
from ensemble import ensembles

PLAIN = {"zipmap": False}


def forest_edges(file, rows):
    """Rows at the thresholds of the first forest, taken back through the operators before it."""
    return edge_rows(rows, cuts_through(file, ensembles(file)[0], rows.shape[1]))


def linear_pipeline(name, title, model, x, y, rest, data, **options):
    model.fit(x, y)
    rows = held_out(rest)
    scale = linear_scale(model[:-1].transform(rows), model[-1].coef_, model[-1].intercept_)
    file = to_onnx(model, x[:1], options=None if isinstance(model[-1], LinearRegression) else PLAIN)
    save_fixture(name, title, "pipeline", model, file, rows, data=data, edges=linear_edges(rows), scale=scale, **options)


def forest_pipeline(name, title, model, x, y, rows, data, **options):
    model.fit(x, y)
    file = to_onnx(model, x[:1], options=PLAIN if hasattr(model, "classes_") else None)
    save_fixture(name, title, "pipeline", model, file, rows, data=data, edges=forest_edges(file, rows), **options)


@recipe
def scaler_logistic():
    x, y, rest = load("breast_cancer")
    linear_pipeline("scaler-logistic", "StandardScaler, then logistic regression",
                    make_pipeline(StandardScaler(), LogisticRegression()), x, y, rest, "breast cancer")


@recipe
def normalizer_logistic():
    x, y, rest = load("wine")
    linear_pipeline("normalizer-logistic", "Normalizer (L2), then multinomial logistic regression",
                    make_pipeline(Normalizer(), LogisticRegression(C=100, max_iter=2000)), x, y, rest, "wine")


@recipe
def normalizer_l1_linear():
    x, y, rest = load("diabetes")
    linear_pipeline("normalizer-l1-linear", "Normalizer (L1), then linear regression",
                    make_pipeline(Normalizer("l1"), LinearRegression()), x, y, rest, "diabetes")


@recipe
def normalizer_max_logistic():
    x, y, rest = load("wine")
    linear_pipeline("normalizer-max-logistic", "Normalizer (max), then logistic regression",
                    make_pipeline(Normalizer("max"), LogisticRegression(C=10, max_iter=2000)), x, (y == 1).astype(int), rest, "wine, class 1 or not")


@recipe
def union_logistic():
    x, y, rest = load("iris")
    linear_pipeline("union-logistic", "Two scalers side by side, then logistic regression",
                    make_pipeline(make_union(MinMaxScaler(), StandardScaler(with_std=False)), LogisticRegression()), x, y, rest, "iris")


@recipe
def standard_scaler():
    x, y, rest = load("wine")
    model = StandardScaler().fit(x)
    rows = held_out(rest)
    save_fixture("standard-scaler", "StandardScaler alone", "scaler", model, to_onnx(model, x[:1]), rows, data="wine",
                 edges=linear_edges(rows), scale=float(np.abs(model.transform(rows)).max()))


@recipe
def minmax_forest():
    x, y, rest = load("breast_cancer")
    forest_pipeline("minmax-forest", "MinMaxScaler, then random forest",
                    make_pipeline(MinMaxScaler(), RandomForestClassifier(20, max_depth=5, random_state=0, n_jobs=1)), x, y,
                    held_out(rest), "breast cancer")


@recipe
def robust_forest():
    x, y, rest = load("wine")
    forest_pipeline("robust-forest", "RobustScaler, then random forest",
                    make_pipeline(RobustScaler(), RandomForestClassifier(20, max_depth=5, random_state=0, n_jobs=1)), x, y,
                    held_out(rest), "wine")


@recipe
def maxabs_forest():
    x, y, rest = load("diabetes")
    forest_pipeline("maxabs-forest", "MaxAbsScaler, then random forest regressor",
                    make_pipeline(MaxAbsScaler(), RandomForestRegressor(20, max_depth=5, random_state=0, n_jobs=1)), x, y,
                    held_out(rest), "diabetes")


@recipe
def binarizer_tree():
    x, y, rest = load("digits")
    model = make_pipeline(Binarizer(threshold=7.5), DecisionTreeClassifier(max_depth=10, random_state=0)).fit(x, y)
    rows = held_out(rest)
    save_fixture("binarizer-tree", "Binarizer, then decision tree", "pipeline", model, to_onnx(model, x[:1], options=PLAIN),
                 rows, data="digits", edges=edge_rows(rows, {f: np.float32([7.5]) for f in range(64)}, nan=False),
                 notes="onnxruntime's Binarizer refuses NaN, so there is none.")


@recipe
def imputer_forest():
    x, y, rest = load("breast_cancer")
    forest_pipeline("imputer-forest", "SimpleImputer (mean), then random forest",
                    make_pipeline(SimpleImputer(), RandomForestClassifier(30, max_depth=6, random_state=0, n_jobs=1)),
                    with_missing(x, 0.2, 1), y, with_missing(held_out(rest), 0.2, 2), "breast cancer, 20 % NaN")


@recipe
def imputer_scaler_boosting():
    x, y, rest = load("breast_cancer")
    forest_pipeline("imputer-scaler-boosting", "SimpleImputer (median), StandardScaler, then gradient boosting",
                    make_pipeline(SimpleImputer(strategy="median"), StandardScaler(),
                                  GradientBoostingClassifier(n_estimators=30, random_state=0)),
                    with_missing(x, 0.2, 1), y, with_missing(held_out(rest), 0.2, 2), "breast cancer, 20 % NaN")


# --- categories -----------------------------------------------------------------------------------------------------


def passengers(n, seed):
    """A made-up table of mixed columns with a target that depends on them."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({
        "city": rng.choice(["Oslo", "Rome", "São Paulo", "Wien", "a b", ""], n),
        "class": rng.choice(["first", "second", "third"], n),
        "age": rng.integers(1, 80, n).astype(np.float32),
        "fare": np.exp(rng.normal(3, 1, n)).astype(np.float32),
    })
    score = (table["class"] == "first") * 2 + (table["city"] == "Rome") - table["age"] / 40 + rng.normal(0, 0.5, n)
    return table, np.where(score > 0, "stays", "leaves")


@recipe
def onehot_int_logistic():
    x, y, rest = load("digits")
    pick = [10, 21, 28, 36, 43, 60]
    x, rest = x[:, pick].astype(np.int64), rest[:160, pick].astype(np.int64)
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=300)).fit(x, y)
    edges = np.array(np.resize(rest, (200, 6)))
    values = [-1, 17, 99, 2**31, 2**40, -(2**63), 2**63 - 1, 0, 16, 2**24 + 1]
    for i in range(150):
        edges[i, i % 6] = values[i % len(values)]
    edges[150:160] = np.array(values)[:, None]
    save_fixture("onehot-int-logistic", "OneHotEncoder on int64 columns (unknown ignored), then logistic regression, ten classes",
                 "pipeline", model, to_onnx(model, initial_types=[("X", Int64TensorType([None, 6]))], options=PLAIN), rest,
                 data="digits, 6 pixels", edges=edges, scale=float(np.abs(model[-1].coef_).max() * 6 + np.abs(model[-1].intercept_).max()))


@recipe
def columns_logistic():
    table, y = passengers(300, 0)
    model = make_pipeline(
        ColumnTransformer([("words", OneHotEncoder(handle_unknown="ignore"), ["city", "class"]),
                           ("numbers", StandardScaler(), ["age", "fare"])]),
        LogisticRegression()).fit(table, y)
    types = [(c, StringTensorType([None, 1]) if c in ("city", "class") else FloatTensorType([None, 1])) for c in table]
    rows, _ = passengers(160, 1)
    edges, _ = passengers(200, 2)
    edges.loc[:40, "city"] = np.resize(["oslo", "Oslo ", "Roma", "日本", "Sao Paulo", "\U0001f426"], 41)
    edges.loc[30:60, "class"] = np.resize(["fourth", "FIRST", ""], 31)
    edges.loc[50:90, "age"] = np.resize(np.float32([0, -0.0, 1e-40, 3e38, np.nan, np.inf, -np.inf, -1]), 41)
    edges.loc[95:120, "fare"] = np.resize(np.float32([0, -1e15, np.nan, np.inf, 16777217]), 26)
    columns = lambda t: {c: t[[c]].to_numpy(str if c in ("city", "class") else np.float32) for c in t}
    x = model[0].transform(rows)
    save_fixture("columns-logistic", "One input per column: strings one-hot encoded, numbers scaled, then logistic regression",
                 "pipeline", model, to_onnx(model, initial_types=types, options=PLAIN), columns(rows), data="made up (seeded)",
                 edges=columns(edges), trainer_rows=rows, scale=linear_scale(x, model[-1].coef_, model[-1].intercept_))


@recipe
def ordinal_tree():
    table, y = passengers(300, 0)
    table = table[["city", "class"]].to_numpy(str)
    model = make_pipeline(OrdinalEncoder(), DecisionTreeClassifier(max_depth=4, random_state=0)).fit(table, y)
    rows = passengers(160, 1)[0][["city", "class"]].to_numpy(str)
    edges = np.array(passengers(200, 3)[0][["city", "class"]].to_numpy(str))
    save_fixture("ordinal-tree", "OrdinalEncoder on two string columns, then decision tree", "pipeline", model,
                 to_onnx(model, initial_types=[("X", StringTensorType([None, 2]))], options=PLAIN), rows,
                 data="made up (seeded)", edges=edges)


@recipe
def label_encoder():
    table, y = passengers(300, 0)
    model = LabelEncoder().fit(table["city"].to_numpy(str))
    rows, edges = (passengers(n, s)[0]["city"].to_numpy(str) for n, s in ((160, 1), (200, 4)))
    edges = edges.astype("<U12")
    edges[:5] = ["oslo", "Oslo ", "日本", "\U0001f426", "Sao Paulo"]
    save_fixture("label-encoder", "LabelEncoder alone: strings to int64", "encoder", model,
                 to_onnx(model, initial_types=[("X", StringTensorType([None]))]), rows, data="made up (seeded)",
                 edges=edges, roles={"variable": "values"}, classes=list(model.classes_),
                 notes="Unknown strings give -1 in the file; scikit-learn raises.")


# --- double precision -----------------------------------------------------------------------------------------------


@recipe
def double_linear():
    x, y, rest = load("diabetes")
    x, rows = x.astype(np.float64) / 3, held_out(rest).astype(np.float64) / 3
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(x, y)
    save_fixture("double-linear", "StandardScaler and linear regression in float64", "pipeline", model,
                 to_onnx(model, initial_types=[("X", DoubleTensorType([None, 10]))]), rows, data="diabetes / 3",
                 edges=linear_edges(rows), sums="float64", scale=linear_scale(model[0].transform(rows), model[1].coef_, model[1].intercept_))


@recipe
def double_logistic():
    x, y, rest = load("wine")
    x, rows = x.astype(np.float64) / 3, held_out(rest).astype(np.float64) / 3
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    save_fixture("double-logistic", "StandardScaler and multinomial logistic regression in float64", "pipeline", model,
                 to_onnx(model, initial_types=[("X", DoubleTensorType([None, 13]))], options=PLAIN), rows, data="wine / 3",
                 edges=linear_edges(rows), sums="float64", scale=linear_scale(model[0].transform(rows), model[1].coef_, model[1].intercept_))
