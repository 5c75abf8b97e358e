"""Random forests, extra trees, isolation forests: scikit-learn's bagged trees."""
import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import make_blobs, make_classification, make_friedman1
from sklearn.ensemble import (ExtraTreesClassifier, ExtraTreesRegressor, IsolationForest, RandomForestClassifier,
                              RandomForestRegressor)

from common import held_out, load, recipe, save_fixture, with_missing

PLAIN = {"zipmap": False}


@recipe
def cancer_forest():
    x, y, rest = load("breast_cancer")
    model = RandomForestClassifier(100, max_depth=8, random_state=0, n_jobs=1).fit(x, y)
    save_fixture("cancer-forest", "Random forest, two classes, breast cancer", "random forest", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="breast cancer")


@recipe
def wine_forest():
    x, y, rest = load("wine")
    model = RandomForestClassifier(30, max_depth=6, random_state=0, n_jobs=1).fit(x, y)
    save_fixture("wine-forest", "Random forest, three classes, wine, with the default ZipMap", "random forest", model,
                 to_onnx(model, x[:1]), held_out(rest), data="wine", roles={"output_probability": "probabilities"})


@recipe
def digits_forest():
    x, y, rest = load("digits")
    model = RandomForestClassifier(100, max_depth=8, random_state=0, n_jobs=1).fit(x, y)
    save_fixture("digits-forest", "Random forest, ten classes, digits", "random forest", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="digits")


@recipe
def string_label_forest():
    x, y, rest = load("iris")
    y = np.array(["setosa", "versicolor", "virginica"])[y]
    model = RandomForestClassifier(20, max_depth=5, random_state=0, n_jobs=1).fit(x, y)
    save_fixture("string-label-forest", "Random forest with string labels, with the default ZipMap", "random forest", model,
                 to_onnx(model, x[:1]), held_out(rest), data="iris", roles={"output_probability": "probabilities"})


@recipe
def two_string_label_forest():
    x, y, rest = load("breast_cancer")
    model = RandomForestClassifier(20, max_depth=5, random_state=0, n_jobs=1).fit(x, np.array(["malignant", "benign"])[y])
    save_fixture("two-string-label-forest", "Random forest with two string labels", "random forest", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="breast cancer")


@recipe
def shifted_label_forest():
    x, y, rest = load("iris")
    model = RandomForestClassifier(20, max_depth=5, random_state=0, n_jobs=1).fit(x, np.array([10, 20, 30])[y])
    save_fixture("shifted-label-forest", "Random forest with labels 10, 20, 30", "random forest", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="iris")


@recipe
def negative_label_forest():
    x, y, rest = load("breast_cancer")
    model = RandomForestClassifier(20, max_depth=5, random_state=0, n_jobs=1).fit(x, np.array([-7, -1])[y])
    save_fixture("negative-label-forest", "Random forest with labels -7 and -1", "random forest", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="breast cancer")


@recipe
def diabetes_forest():
    x, y, rest = load("diabetes")
    model = RandomForestRegressor(100, max_depth=7, random_state=0, n_jobs=1).fit(x, y)
    save_fixture("diabetes-forest", "Random forest regressor, diabetes", "random forest", model,
                 to_onnx(model, x[:1]), held_out(rest), data="diabetes")


@recipe
def three_output_forest():
    x, y, rest = load("diabetes")
    y = np.stack([y, x[:, 2] * 10 + x[:, 8], np.sqrt(y)], 1)
    model = RandomForestRegressor(40, max_depth=6, random_state=0, n_jobs=1).fit(x, y)
    save_fixture("three-output-forest", "Random forest regressor with three targets", "random forest",
                 model, to_onnx(model, x[:1]), held_out(rest), data="diabetes, targets derived from it")


@recipe
def two_output_classifier():
    x, y, rest = load("iris")
    y = np.stack([y, (x[:, 0] > 5.8).astype(int) + (x[:, 1] > 3)], 1)
    model = RandomForestClassifier(5, max_depth=4, random_state=0, n_jobs=1).fit(x, y)
    file = to_onnx(model, x[:1], options=PLAIN)
    save_fixture("two-output-classifier", "Random forest classifier with two outputs: one ensemble per tree, output [2, N, 3]",
                 "random forest", model, file, held_out(rest), data="iris, second target derived from it",
                 classes=[0, 1, 2])


@recipe
def cancer_extra_trees():
    x, y, rest = load("breast_cancer")
    model = ExtraTreesClassifier(60, max_depth=7, random_state=0, n_jobs=1).fit(x, y)
    save_fixture("cancer-extra-trees", "Extra trees classifier, breast cancer", "extra trees", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="breast cancer")


@recipe
def diabetes_extra_trees():
    x, y, rest = load("diabetes")
    model = ExtraTreesRegressor(100, max_depth=8, random_state=0, n_jobs=1).fit(x, y)
    save_fixture("diabetes-extra-trees", "Extra trees regressor with random cut points, diabetes", "extra trees", model,
                 to_onnx(model, x[:1]), held_out(rest), data="diabetes")


@recipe
def deep_classifier():
    x, y = make_classification(6200, 12, n_informative=8, n_classes=4, flip_y=0.35, random_state=0)
    x = x.astype(np.float32)
    model = RandomForestClassifier(40, random_state=0, n_jobs=2).fit(x[:6000], y[:6000]).set_params(n_jobs=1)
    save_fixture("deep-classifier", "Random forest without a depth limit on noisy labels: more than 100,000 nodes",
                 "random forest", model, to_onnx(model, x[:1], options=PLAIN), held_out(x[6000:]), data="make_classification")


@recipe
def deep_regressor():
    x, y = make_friedman1(5200, 8, noise=1.0, random_state=0)
    x = x.astype(np.float32)
    model = RandomForestRegressor(20, random_state=0, n_jobs=2).fit(x[:5000], y[:5000]).set_params(n_jobs=1)
    save_fixture("deep-regressor", "Random forest regressor without a depth limit: more than 100,000 nodes",
                 "random forest", model, to_onnx(model, x[:1]), held_out(x[5000:]), data="make_friedman1")


@recipe
def hundred_class_forest():
    x, y = make_blobs(2200, 10, centers=100, cluster_std=2.0, random_state=0)
    x = x.astype(np.float32)
    model = RandomForestClassifier(12, max_leaf_nodes=130, random_state=0, n_jobs=1).fit(x[:2000], y[:2000])
    save_fixture("hundred-class-forest", "Random forest with 100 classes", "random forest", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(x[2000:]), data="make_blobs")


@recipe
def missing_forest():
    x, y, rest = load("breast_cancer")
    model = RandomForestClassifier(30, max_depth=6, random_state=0, n_jobs=1).fit(with_missing(x, 0.15, 1), y)
    save_fixture("missing-forest", "Random forest trained on missing values", "random forest", model,
                 to_onnx(model, x[:1], options=PLAIN), with_missing(held_out(rest), 0.15, 2), data="breast cancer, 15 % NaN",
                 notes="The exporter loses missing_go_to_left: the file sends NaN right at every node.")


@recipe
def missing_tree_regressor():
    from sklearn.tree import DecisionTreeRegressor

    x, y, rest = load("diabetes")
    model = DecisionTreeRegressor(max_depth=6, random_state=0).fit(with_missing(x, 0.2, 1), y)
    save_fixture("missing-tree-regressor", "Decision tree regressor trained on missing values", "decision tree", model,
                 to_onnx(model, x[:1]), with_missing(held_out(rest), 0.2, 2), data="diabetes, 20 % NaN",
                 notes="The exporter loses missing_go_to_left: the file sends NaN right at every node.")


@recipe
def isolation_forest():
    x, y, rest = load("breast_cancer")
    x, rest = np.ascontiguousarray(x[:, :8]), np.ascontiguousarray(rest[:, :8])
    model = IsolationForest(n_estimators=25, max_samples=64, contamination=0.1, random_state=0, n_jobs=1).fit(x)
    save_fixture("isolation-forest", "Isolation forest: one ensemble per tree, path lengths looked up by leaf", "isolation forest",
                 model, to_onnx(model, x[:1], target_opset={"": 18, "ai.onnx.ml": 3}), held_out(rest),
                 data="breast cancer, 8 columns", roles={"scores": "scores"}, scale=1.0,
                 notes="The ensembles return leaf ids; path lengths are looked up from them, so the scale is that of the scores.")
