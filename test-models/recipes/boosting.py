"""Boosted trees: scikit-learn, LightGBM, XGBoost."""
import numpy as np
import onnxmltools
import skl2onnx.common.tree_ensemble as tree_ensemble
from lightgbm import LGBMClassifier, LGBMRegressor
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.datasets import make_friedman1
from sklearn.ensemble import (AdaBoostClassifier, GradientBoostingClassifier, GradientBoostingRegressor,
                              HistGradientBoostingClassifier, HistGradientBoostingRegressor)
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRegressor

from common import held_out, load, recipe, save_fixture, with_missing

PLAIN = {"zipmap": False}
add_node = tree_ensemble.add_node


def add_plain_node(attr_pairs, is_classifier, tree_id, tree_weight, node_id, feature_id, mode, value, true_child_id,
                   false_child_id, weights, weight_id_bias, leaf_weights_are_counts, adjust_threshold_for_sklearn=False,
                   dtype=None, nodes_missing_value_tracks_true=False):
    """skl2onnx's add_node with Python ints: protobuf refuses the numpy ones that HistGradientBoosting hands over."""
    return add_node(attr_pairs, is_classifier, int(tree_id), tree_weight, int(node_id), int(feature_id), mode, value,
                    int(true_child_id), int(false_child_id), weights, weight_id_bias, leaf_weights_are_counts,
                    adjust_threshold_for_sklearn=adjust_threshold_for_sklearn, dtype=dtype,
                    nodes_missing_value_tracks_true=int(nodes_missing_value_tracks_true))


tree_ensemble.add_node = add_plain_node


def lightgbm_file(model, width, **options):
    return onnxmltools.convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, width]))], **options)


def xgboost_file(model, width, **options):
    return onnxmltools.convert_xgboost(model, initial_types=[("X", FloatTensorType([None, width]))], **options)


# --- scikit-learn ---------------------------------------------------------------------------------------------------


@recipe
def cancer_boosting():
    x, y, rest = load("breast_cancer")
    model = GradientBoostingClassifier(n_estimators=100, max_depth=3, random_state=0).fit(x, y)
    save_fixture("cancer-boosting", "Gradient boosting, two classes", "gradient boosting", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="breast cancer")


@recipe
def wine_boosting():
    x, y, rest = load("wine")
    model = GradientBoostingClassifier(n_estimators=40, max_depth=3, random_state=0).fit(x, y)
    save_fixture("wine-boosting", "Gradient boosting, three classes: trees interleaved by class", "gradient boosting", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="wine")


@recipe
def diabetes_boosting():
    x, y, rest = load("diabetes")
    model = GradientBoostingRegressor(n_estimators=120, max_depth=4, subsample=0.8, random_state=0).fit(x, y)
    save_fixture("diabetes-boosting", "Gradient boosting regressor", "gradient boosting", model,
                 to_onnx(model, x[:1]), held_out(rest), data="diabetes")


@recipe
def missing_hist_classifier():
    x, y, rest = load("breast_cancer")
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(with_missing(x, 0.2, 1), y)
    save_fixture("missing-hist-classifier", "Histogram gradient boosting with learned missing directions, two classes",
                 "histogram gradient boosting", model, to_onnx(model, x[:1], options=PLAIN),
                 with_missing(held_out(rest), 0.2, 2), data="breast cancer, 20 % NaN")


@recipe
def missing_hist_regressor():
    x, y, rest = load("diabetes")
    model = HistGradientBoostingRegressor(max_iter=60, random_state=0).fit(with_missing(x, 0.2, 1), y)
    save_fixture("missing-hist-regressor", "Histogram gradient boosting regressor with learned missing directions",
                 "histogram gradient boosting", model, to_onnx(model, x[:1]),
                 with_missing(held_out(rest), 0.2, 2), data="diabetes, 20 % NaN")


@recipe
def wine_hist_classifier():
    x, y, rest = load("wine")
    model = HistGradientBoostingClassifier(max_iter=25, random_state=0).fit(x, y)
    save_fixture("wine-hist-classifier", "Histogram gradient boosting, three classes", "histogram gradient boosting", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="wine")


@recipe
def iris_adaboost():
    x, y, rest = load("iris")
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=2, random_state=0), n_estimators=8, random_state=0).fit(x, y)
    save_fixture("iris-adaboost", "AdaBoost over small trees: one ensemble per tree, votes by plain operators", "adaboost",
                 model, to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="iris")


# --- LightGBM -------------------------------------------------------------------------------------------------------

LGBM = dict(random_state=0, n_jobs=1, verbose=-1, deterministic=True, force_row_wise=True)


def lightgbm(name, title, model, x, y, rest, data, **options):
    model.fit(x, y)
    save_fixture(name, title, "lightgbm", model, lightgbm_file(model, x.shape[1], zipmap=options.pop("zipmap", False)),
                 held_out(rest) if not np.isnan(rest).any() else rest[:160], data=data, exporter="onnxmltools", **options)


@recipe
def lightgbm_binary():
    x, y, rest = load("breast_cancer")
    lightgbm("lightgbm-binary", "LightGBM, two classes", LGBMClassifier(n_estimators=100, **LGBM), x, y, rest, "breast cancer")


@recipe
def lightgbm_multiclass():
    x, y, rest = load("wine")
    lightgbm("lightgbm-multiclass", "LightGBM, three classes, with the default ZipMap",
             LGBMClassifier(n_estimators=30, min_child_samples=5, **LGBM), x, y, rest, "wine", zipmap=True,
             roles={"probabilities": "probabilities"})


@recipe
def lightgbm_digits():
    x, y, rest = load("digits")
    lightgbm("lightgbm-digits", "LightGBM, ten classes, 200 trees", LGBMClassifier(n_estimators=20, num_leaves=15, **LGBM),
             x, y, rest, "digits")


@recipe
def lightgbm_regression():
    x, y, rest = load("diabetes")
    lightgbm("lightgbm-regression", "LightGBM, squared error", LGBMRegressor(n_estimators=100, num_leaves=15, **LGBM),
             x, y, rest, "diabetes")


@recipe
def lightgbm_missing():
    x, y, rest = load("breast_cancer")
    lightgbm("lightgbm-missing", "LightGBM trained on missing values", LGBMClassifier(n_estimators=50, **LGBM),
             with_missing(x, 0.2, 1), y, with_missing(rest, 0.2, 2), "breast cancer, 20 % NaN")


@recipe
def lightgbm_poisson():
    x, y, rest = load("diabetes")
    lightgbm("lightgbm-poisson", "LightGBM, Poisson: exp after the trees",
             LGBMRegressor(objective="poisson", n_estimators=50, **LGBM), x, np.round(y / 10), rest, "diabetes, target / 10")


@recipe
def lightgbm_tweedie():
    x, y, rest = load("diabetes")
    lightgbm("lightgbm-tweedie", "LightGBM, Tweedie: exp after the trees",
             LGBMRegressor(objective="tweedie", n_estimators=40, num_leaves=7, **LGBM), x, y, rest, "diabetes")


@recipe
def lightgbm_many_bins():
    x, y = make_friedman1(4200, 5, noise=1.0, random_state=0)
    x = x.astype(np.float32)
    lightgbm("lightgbm-many-bins", "LightGBM with more than 300 thresholds per feature",
             LGBMRegressor(n_estimators=150, num_leaves=31, max_bin=2000, min_child_samples=5, **LGBM), x[:4000], y[:4000],
             x[4000:], "make_friedman1")


# --- XGBoost --------------------------------------------------------------------------------------------------------

XGB = dict(random_state=0, n_jobs=1)


def xgboost(name, title, model, x, y, rest, data, **options):
    model.fit(x, y)
    save_fixture(name, title, "xgboost", model, xgboost_file(model, x.shape[1]),
                 held_out(rest) if not np.isnan(rest).any() else rest[:160], data=data, exporter="onnxmltools", **options)


@recipe
def xgboost_binary():
    x, y, rest = load("breast_cancer")
    xgboost("xgboost-binary", "XGBoost, two classes", XGBClassifier(n_estimators=100, max_depth=6, **XGB), x, y, rest,
            "breast cancer")


@recipe
def xgboost_softprob():
    x, y, rest = load("wine")
    xgboost("xgboost-softprob", "XGBoost, three classes, multi:softprob",
            XGBClassifier(n_estimators=30, max_depth=4, objective="multi:softprob", **XGB), x, y, rest, "wine")


@recipe
def xgboost_regression():
    x, y, rest = load("diabetes")
    xgboost("xgboost-regression", "XGBoost, squared error", XGBRegressor(n_estimators=80, max_depth=5, **XGB), x, y, rest,
            "diabetes")


@recipe
def xgboost_missing():
    x, y, rest = load("breast_cancer")
    xgboost("xgboost-missing", "XGBoost trained on missing values", XGBClassifier(n_estimators=40, max_depth=5, **XGB),
            with_missing(x, 0.2, 1), y, with_missing(rest, 0.2, 2), "breast cancer, 20 % NaN")


@recipe
def xgboost_poisson():
    x, y, rest = load("diabetes")
    xgboost("xgboost-poisson", "XGBoost, count:poisson",
            XGBRegressor(objective="count:poisson", n_estimators=40, max_depth=4, **XGB), x, np.round(y / 10), rest,
            "diabetes, target / 10")


@recipe
def xgboost_many_bins():
    x, y = make_friedman1(4200, 5, noise=1.0, random_state=1)
    x = x.astype(np.float32)
    xgboost("xgboost-many-bins", "XGBoost with more than 300 thresholds per feature",
            XGBRegressor(n_estimators=100, max_depth=6, max_bin=2048, tree_method="hist", **XGB), x[:4000], y[:4000], x[4000:],
            "make_friedman1")
