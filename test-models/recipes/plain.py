"""Trained models written in plain ONNX operators: Gemm, Softmax, Slice, Where and their like, in old and new opsets."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from common import edge_rows, held_out, linear_edges, linear_scale, load, recipe, save_fixture

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
PLAIN = {"zipmap": False}


def graph(nodes, constants, width, outputs, opset):
    """A file from nodes (op, inputs, outputs, attributes), constants {name: array}, outputs [(name, kind, shape)]."""
    made = [helper.make_node(op, i.split(), o.split(), **(a or {})) for op, i, o, a in nodes]
    g = helper.make_graph(made, "g", [helper.make_tensor_value_info("X", FLOAT, [None, width])],
                          [helper.make_tensor_value_info(*o) for o in outputs],
                          [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()])
    return helper.make_model(g, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="calypte recipes")


f32 = lambda v: np.asarray(v, np.float32)
i64 = lambda v: np.asarray(v, np.int64)


@recipe
def plain_logistic():
    x, y, rest = load("iris")
    rows = held_out(rest)
    pipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y * 10)
    file = graph([("Sub", "X mean", "centred", None), ("Div", "centred std", "z", None),
                  ("Gemm", "z w b", "raw", {"transB": 1}), ("Softmax", "raw", "probabilities", {"axis": -1}),
                  ("ArgMax", "raw", "best", {"axis": 1, "keepdims": 0}), ("Gather", "labels best", "label", {"axis": 0})],
                 {"mean": f32(pipe[0].mean_), "std": f32(pipe[0].scale_), "w": f32(pipe[1].coef_), "b": f32(pipe[1].intercept_),
                  "labels": i64(pipe.classes_)}, 4, [("label", INT64, [None]), ("probabilities", FLOAT, [None, 3])], 18)
    save_fixture("plain-logistic", "Scaled multinomial logistic regression as Sub, Div, Gemm, Softmax, ArgMax, Gather", "plain operators",
                 pipe, file, rows, data="iris", exporter="onnx.helper", edges=linear_edges(rows, nan=False),
                 scale=linear_scale(pipe[0].transform(rows), pipe[1].coef_, pipe[1].intercept_))


@recipe
def plain_binary():
    x, y, rest = load("breast_cancer")
    rows = held_out(rest)
    use = [0, 1, 2, 3]
    pipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(x[:, 20:24], y)
    w = pipe[1].coef_ / pipe[0].scale_
    b = pipe[1].intercept_ - w @ pipe[0].mean_
    file = graph([("Slice", "X starts ends axes", "part", None), ("MatMul", "part w", "product", None), ("Add", "product b", "raw", None),
                  ("Sigmoid", "raw", "p", None), ("Sub", "one p", "q", None), ("Concat", "q p", "probabilities", {"axis": 1}),
                  ("Greater", "raw zero", "up", None), ("Where", "up yes no", "column", None), ("Squeeze", "column axes", "label", None)],
                 {"starts": i64([20]), "ends": i64([24]), "axes": i64([1]), "w": f32(w.T), "b": f32(b), "one": f32(1), "zero": f32(0),
                  "yes": i64([1]), "no": i64([0])}, 30, [("label", INT64, [None]), ("probabilities", FLOAT, [None, 2])], 18)
    save_fixture("plain-binary", "Logistic regression on four columns as Slice, MatMul, Add, Sigmoid, Concat, Greater, Where, Squeeze",
                 "plain operators", pipe, file, rows, data="breast cancer", exporter="onnx.helper",
                 edges=linear_edges(rows), trainer_rows=rows[:, 20:24], scale=linear_scale(rows[:, 20:24], w, b))


@recipe
def plain_old_softmax():
    x, y, rest = load("iris")
    rows = held_out(rest)
    model = LogisticRegression(max_iter=500).fit(x, y)
    file = graph([("Reshape", "X shape", "cube", None), ("Flatten", "cube", "flat", {"axis": 1}), ("MatMul", "flat w", "product", None),
                  ("Add", "product b", "raw", None), ("Softmax", "raw", "p", {"axis": 1}), ("Unsqueeze", "p", "up", {"axes": [0]}),
                  ("Transpose", "up", "turned", {"perm": [1, 2, 0]}), ("Squeeze", "turned", "probabilities", {"axes": [2]}),
                  ("ReduceMax", "raw", "top", {"axes": [1], "keepdims": 1}), ("ArgMax", "raw", "label", {"axis": 1, "keepdims": 0})],
                 {"shape": i64([-1, 2, 2]), "w": f32(model.coef_.T), "b": f32(model.intercept_)}, 4,
                 [("label", INT64, [None]), ("probabilities", FLOAT, [None, 3]), ("top", FLOAT, [None, 1])], 11)
    save_fixture("plain-old-softmax", "Logistic regression in opset 11: axes as attributes, Flatten, Transpose, ReduceMax, coercing Softmax",
                 "plain operators", model, file, rows, data="iris", exporter="onnx.helper", edges=linear_edges(rows, nan=False),
                 roles={"label": "label", "probabilities": "probabilities", "top": "values"},
                 trainer={"predict": model.predict(rows).astype(str), "predictProba": model.predict_proba(rows)},
                 scale=linear_scale(rows, model.coef_, model.intercept_))


@recipe
def plain_tree():
    """A small tree by hand: comparisons, And, Not, Cast, Mul, ReduceSum: what a file without a tree operator looks like."""
    x, y, rest = load("diabetes")
    rows = held_out(rest)
    model = DecisionTreeRegressor(max_leaf_nodes=3, random_state=0).fit(x, y)
    t = model.tree_
    root, child = 0, [c for c in (t.children_left[0], t.children_right[0]) if t.children_left[c] >= 0][0]
    on_left = child == t.children_left[0]
    alone = t.children_right[0] if on_left else t.children_left[0]
    below = lambda v: np.nextafter(f32(v), f32(-np.inf)) if f32(v) > v else f32(v)
    file = graph([("Gather", "X f0", "a", {"axis": 1}), ("Gather", "X f1", "b", {"axis": 1}),
                  ("LessOrEqual", "a t0", "go", None), ("LessOrEqual", "b t1", "go2", None), ("Not", "go", "stay", None),
                  ("Identity", "go" if on_left else "stay", "inside", None), ("Not", "inside", "outside", None),
                  ("Not", "go2", "stay2", None), ("And", "inside go2", "l1", None), ("And", "inside stay2", "l2", None),
                  ("Cast", "outside", "c0", {"to": FLOAT}), ("Cast", "l1", "c1", {"to": FLOAT}), ("Cast", "l2", "c2", {"to": FLOAT}),
                  ("Concat", "c0 c1 c2", "leaves", {"axis": 1}), ("Mul", "leaves values", "paid", None),
                  ("ReduceSum", "paid axes", "values_out", {"keepdims": 1})],
                 {"f0": i64([t.feature[root]]), "f1": i64([t.feature[child]]), "t0": below(t.threshold[root]), "t1": below(t.threshold[child]),
                  "values": f32([t.value[i, 0, 0] for i in (alone, t.children_left[child], t.children_right[child])]), "axes": i64([1])},
                 10, [("values_out", FLOAT, [None, 1])], 16)
    cuts = {int(t.feature[i]): f32([below(t.threshold[i])]) for i in (root, child)}
    save_fixture("plain-tree", "A tree of three leaves in comparisons, And, Not, Cast, Mul and ReduceSum", "plain operators", model, file, rows,
                 data="diabetes", exporter="onnx.helper", edges=edge_rows(rows, cuts), scale=float(np.abs(t.value).max()),
                 trainer={"predict": model.predict(rows)})


# --- exported models that end in such operators ---------------------------------------------------------------------


@recipe
def pca_linear():
    x, y, rest = load("diabetes")
    rows = held_out(rest)
    pipe = make_pipeline(PCA(5, random_state=0), LinearRegression()).fit(x, y)
    save_fixture("pca-linear", "PCA, then linear regression", "pipeline", pipe, to_onnx(pipe, x[:1]), rows, data="diabetes",
                 edges=linear_edges(rows, nan=False, huge=False), scale=linear_scale(pipe[0].transform(rows), pipe[1].coef_, pipe[1].intercept_))


@recipe
def polynomial_linear():
    x, y, rest = load("diabetes")
    x, rows = x[:, :3], held_out(rest[:, :3])
    pipe = make_pipeline(PolynomialFeatures(2), LinearRegression()).fit(x, y)
    save_fixture("polynomial-linear", "Polynomial features of degree 2, then linear regression", "pipeline", pipe, to_onnx(pipe, x[:1]), rows,
                 data="diabetes, 3 columns", edges=linear_edges(rows, huge=False), scale=linear_scale(pipe[0].transform(rows), pipe[1].coef_, pipe[1].intercept_))


@recipe
def mlp_classifier():
    x, y, rest = load("digits")
    x, rows = x / 16, held_out(rest) / 16
    model = MLPClassifier(hidden_layer_sizes=(20,), max_iter=150, random_state=0).fit(x, y)
    hidden = np.maximum(rows @ model.coefs_[0] + model.intercepts_[0], 0)
    save_fixture("mlp-classifier", "Multi-layer perceptron: MatMul, Add, Relu, Softmax", "neural network", model,
                 to_onnx(model, x[:1], options=PLAIN), rows, data="digits / 16", edges=linear_edges(rows, nan=False, huge=False),
                 scale=linear_scale(hidden, model.coefs_[1].T, model.intercepts_[1]))


@recipe
def mlp_regressor():
    x, y, rest = load("diabetes")
    x, rows = x * 10, held_out(rest) * 10
    model = MLPRegressor(hidden_layer_sizes=(16,), activation="tanh", max_iter=800, random_state=0, learning_rate_init=0.05).fit(x, y)
    hidden = np.tanh(rows @ model.coefs_[0] + model.intercepts_[0])
    save_fixture("mlp-regressor", "Multi-layer perceptron regressor with tanh", "neural network", model, to_onnx(model, x[:1]), rows,
                 data="diabetes * 10", edges=linear_edges(rows, nan=False, huge=False),
                 scale=linear_scale(hidden, model.coefs_[1].T, model.intercepts_[1]))


@recipe
def one_vs_rest():
    x, y, rest = load("iris")
    rows = held_out(rest)
    model = OneVsRestClassifier(LogisticRegression(max_iter=500)).fit(x, y)
    save_fixture("one-vs-rest", "Three logistic regressions, one against the rest", "meta", model, to_onnx(model, x[:1], options=PLAIN), rows,
                 data="iris", edges=linear_edges(rows, nan=False),
                 scale=max(linear_scale(rows, e.coef_, e.intercept_) for e in model.estimators_))


@recipe
def bagging_trees():
    x, y, rest = load("breast_cancer")
    model = BaggingClassifier(DecisionTreeClassifier(max_depth=4, random_state=0), n_estimators=10, max_features=0.6, random_state=0,
                              n_jobs=1).fit(x, y)
    save_fixture("bagging-trees", "Bagged trees, each on its own columns: one ensemble per tree", "meta", model,
                 to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="breast cancer")


@recipe
def voting():
    x, y, rest = load("wine")
    model = VotingClassifier([("forest", RandomForestClassifier(10, max_depth=4, random_state=0, n_jobs=1)),
                              ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))], voting="soft", flatten_transform=False).fit(x, y)
    save_fixture("voting", "Soft vote of a forest and a tree", "meta", model, to_onnx(model, x[:1], options=PLAIN), held_out(rest), data="wine")
