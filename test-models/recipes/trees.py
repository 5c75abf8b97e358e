"""Single decision trees."""
import numpy as np
from skl2onnx import to_onnx
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from common import edge_rows, held_out, load, recipe, save_fixture

PLAIN = {"zipmap": False}


@recipe
def iris_tree():
    x, y, rest = load("iris")
    model = DecisionTreeClassifier(random_state=0).fit(x, y)
    save_fixture("iris-tree", "Decision tree classifier on iris, with the default ZipMap", "decision tree", model,
                 to_onnx(model, x[:1]), held_out(rest), data="iris", roles={"output_probability": "probabilities"})


@recipe
def diabetes_tree():
    x, y, rest = load("diabetes")
    model = DecisionTreeRegressor(random_state=0).fit(x, y)
    save_fixture("diabetes-tree", "Decision tree regressor on diabetes", "decision tree", model,
                 to_onnx(model, x[:1]), held_out(rest), data="diabetes")


@recipe
def cancer_stump():
    x, y, rest = load("breast_cancer")
    model = DecisionTreeClassifier(max_depth=1, random_state=0).fit(x, y)
    save_fixture("cancer-stump", "One split on breast cancer, two classes", "decision tree", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="breast cancer")


@recipe
def constant_regressor():
    x, y, rest = load("diabetes")
    model = DecisionTreeRegressor().fit(x, np.full(len(x), 3.25))
    save_fixture("constant-regressor", "A tree that is one leaf: constant target", "decision tree", model,
                 to_onnx(model, x[:1]), held_out(rest), data="diabetes", edges=edge_rows(held_out(rest), list(range(10))))


@recipe
def one_leaf_classifier():
    x, y, rest = load("iris")
    model = DecisionTreeClassifier(max_leaf_nodes=None, min_samples_split=len(x) + 1).fit(x, y)
    save_fixture("one-leaf-classifier", "A classifier that is one leaf: no split allowed, three classes", "decision tree",
                 model, to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="iris",
                 edges=edge_rows(held_out(rest), list(range(4))))


@recipe
def one_feature_tree():
    x, y, rest = load("diabetes")
    model = DecisionTreeRegressor(max_depth=8, random_state=0).fit(x[:, 2:3], y)
    save_fixture("one-feature-tree", "Regression tree on a single column (bmi)", "decision tree", model,
                 to_onnx(model, x[:1, 2:3]), held_out(rest[:, 2:3]), data="diabetes, column bmi")
