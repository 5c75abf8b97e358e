"""Files that no exporter writes: trained forests rewritten with onnx.helper, so that every rule of the operators is used."""
import numpy as np
from onnx import TensorProto, helper
from scipy.stats import norm
from sklearn.datasets import make_friedman1
from sklearn.ensemble import (GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from common import edge_rows, held_out, linear_edges, linear_scale, load, recipe, run, save_fixture
from ensemble import answers, ensembles

FLOAT, DOUBLE, INT64, STRING = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.STRING


def down(t):
    """The largest float32 that is not above t: x <= t and x <= down(t) agree for every float32 x."""
    f = np.float32(t)
    return f if f <= t else np.nextafter(f, np.float32(-np.inf))


def spread(trees, votes, modes=("BRANCH_LEQ",), missing=False, seed=0, ids=None, double=False):
    """scikit-learn trees as the attributes of a tree ensemble: (nodes_*, vote lists).

    votes(tree number, leaf's value row) -> [(id, weight)]. modes: drawn from at each split; the split stays the same one:
    x <= t is written x < next(t), x > t or x >= next(t) (children swapped), and on 0/1 columns x == 0 or x != 0.
    missing: draw missing_value_tracks_true. ids: renames (tree number, node) -> (tree id, node id).
    """
    rng = np.random.default_rng(seed)
    rename = ids or (lambda t, i: (t, i))
    a = {k: [] for k in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids",
                         "missing_value_tracks_true")}
    out = []
    for number, tree in enumerate(trees):
        for i in range(tree.node_count):
            leaf = tree.children_left[i] < 0
            mode, value, yes, no = "LEAF", 0.0, 0, 0
            if leaf:
                out += [(*rename(number, i), k, w) for k, w in votes(number, tree.value[i])]
            else:
                mode = str(rng.choice(modes))
                t = tree.threshold[i]
                value = float(t if double else down(t))
                above = float(np.nextafter(value, np.inf) if double else np.nextafter(np.float32(value), np.float32(np.inf)))
                yes, no = tree.children_left[i], tree.children_right[i]
                if mode in ("BRANCH_GT", "BRANCH_GTE", "BRANCH_NEQ"):
                    yes, no = no, yes
                value = {"BRANCH_LT": above, "BRANCH_GTE": above, "BRANCH_EQ": 0.0, "BRANCH_NEQ": 0.0}.get(mode, value)
                yes, no = rename(number, yes)[1], rename(number, no)[1]
            at = rename(number, i)
            for k, v in zip(a, (at[0], at[1], 0 if leaf else int(tree.feature[i]), mode, value, int(yes), int(no),
                                int(missing and not leaf and rng.random() < 0.5))):
                a[k].append(v)
    if not missing:
        del a["missing_value_tracks_true"]
    return {"nodes_" + k: v for k, v in a.items()}, out


def doubles(name, values):
    return helper.make_tensor(name, DOUBLE, [len(values)], [float(v) for v in values])


def ensemble(width, nodes, votes, labels=None, double=False, kind=FLOAT, base=None, **attributes):
    """A file with one tree ensemble: a classifier if labels are given. double: the *_as_tensor attributes."""
    what = "target" if labels is None else "class"
    a = dict(nodes, **attributes)
    for k, name in enumerate(("treeids", "nodeids", "ids")):
        a[f"{what}_{name}"] = [v[k] for v in votes]
    weights = [float(v[3]) for v in votes]
    if double:
        a["nodes_values_as_tensor"] = doubles("values", a.pop("nodes_values"))
        a[f"{what}_weights_as_tensor"] = doubles("weights", weights)
        if base is not None:
            a["base_values_as_tensor"] = doubles("base", base)
    else:
        a[f"{what}_weights"] = weights
        if base is not None:
            a["base_values"] = [float(b) for b in base]
    x = helper.make_tensor_value_info("X", kind, [None, width])
    if labels is None:
        node = helper.make_node("TreeEnsembleRegressor", ["X"], ["values"], domain="ai.onnx.ml", **a)
        outputs = [helper.make_tensor_value_info("values", FLOAT, [None, a["n_targets"]])]
    else:
        strings = isinstance(labels[0], str)
        a["classlabels_strings" if strings else "classlabels_int64s"] = labels
        node = helper.make_node("TreeEnsembleClassifier", ["X"], ["label", "scores"], domain="ai.onnx.ml", **a)
        outputs = [helper.make_tensor_value_info("label", STRING if strings else INT64, [None]),
                   helper.make_tensor_value_info("scores", FLOAT, [None, len(labels)])]
    return model([node], [x], outputs)


def model(nodes, inputs, outputs):
    graph = helper.make_graph(nodes, "g", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)],
                             ir_version=8, producer_name="calypte recipes")


def save(name, title, trained, file, rows, data, trainer, roles=None, classes=None, **options):
    """save_fixture for a rewritten model: `trainer` holds what scikit-learn says about what the file computes."""
    roles = roles or {"scores": "probabilities", "values": "values"}
    save_fixture(name, title, "handmade", trained, file, rows, data=data, exporter="onnx.helper", roles=roles, classes=classes,
                 trainer=trainer, **options)


ALL = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE")


def each(weight, k=0):
    """Votes of a regression tree: its value times a weight, for target k."""
    return lambda number, value: [(k, value[0, 0] * weight)]


def diabetes_trees(n, depth):
    x, y, rest = load("diabetes")
    return RandomForestRegressor(n, max_depth=depth, random_state=3, n_jobs=1).fit(x, y), held_out(rest)


def forest_trees(forest):
    return [e.tree_ for e in np.ravel(forest.estimators_)]


def forest_leaves(forest, x):
    return np.asarray(forest.apply(x)).reshape(len(x), -1).astype(np.int32)


# --- comparisons and missing values ---------------------------------------------------------------------------------


@recipe
def mixed_modes_regressor():
    forest, rows = diabetes_trees(30, 6)
    nodes, votes = spread(forest_trees(forest), each(1 / 30), ALL, missing=True)
    save("mixed-modes-regressor", "Random forest regressor written with <=, <, > and >= in every tree, missing values either way",
         forest, ensemble(10, nodes, votes, n_targets=1, post_transform="NONE"), rows, "diabetes",
         {"predict": forest.predict(rows), "leaves": forest_leaves(forest, rows)})


@recipe
def mixed_modes_classifier():
    x, y, rest = load("digits")
    x, rows = (x > 7).astype(np.float32), (held_out(rest) > 7).astype(np.float32)
    forest = RandomForestClassifier(25, max_depth=7, random_state=0, n_jobs=1).fit(x, y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(k, p / 25) for k, p in enumerate(v[0])],
                          ALL + ("BRANCH_EQ", "BRANCH_NEQ"), missing=True)
    save("mixed-modes-classifier", "Random forest on 0/1 columns written with all six comparisons, missing values either way",
         forest, ensemble(64, nodes, votes, [int(c) for c in forest.classes_], post_transform="NONE"), rows,
         "digits, pixel > 7", {"predict": forest.predict(rows), "predictProba": forest.predict_proba(rows),
                               "leaves": forest_leaves(forest, rows)}, classes=forest.classes_)


@recipe
def equal_only_tree():
    x, y, rest = load("digits")
    x, rows = (x > 7).astype(np.float32), (held_out(rest) > 7).astype(np.float32)
    tree = DecisionTreeRegressor(max_depth=8, random_state=0).fit(x, y)
    nodes, votes = spread([tree.tree_], each(1), ("BRANCH_EQ",))
    save("equal-only-tree", "Decision tree regressor written with == alone", tree,
         ensemble(64, nodes, votes, n_targets=1), rows, "digits, pixel > 7",
         {"predict": tree.predict(rows), "leaves": forest_leaves(tree, rows)})


@recipe
def odd_ids():
    forest, rows = diabetes_trees(8, 5)
    trees = [[901, 7, 44, 3, 500, 2, 1, 60][t] for t in range(8)]
    nodes, votes = spread(forest_trees(forest), each(1 / 8), ids=lambda t, i: (trees[t], 3 * i + 11 if i else 1000))
    save("odd-ids", "Tree ids out of order, node ids with gaps, leaf weights in reverse order", forest,
         ensemble(10, nodes, votes[::-1], n_targets=1), rows, "diabetes", {"predict": forest.predict(rows)})


# --- aggregates, base values, targets -------------------------------------------------------------------------------


@recipe
def average_three_targets():
    x, y, rest = load("diabetes")
    y = np.stack([y, x[:, 2] * 10 + x[:, 8], np.sqrt(y)], 1)
    rows, base = held_out(rest), y.mean(axis=0)
    forest = RandomForestRegressor(25, max_depth=5, random_state=0, n_jobs=1).fit(x, y - base)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(k, w) for k, w in enumerate(v[:, 0])], ALL)
    save("average-three-targets", "aggregate_function AVERAGE, three targets, base values added after the average", forest,
         ensemble(10, nodes, votes, n_targets=3, aggregate_function="AVERAGE", base=base), rows,
         "diabetes, targets derived from it and centred", {"predict": forest.predict(rows) + base})


def extreme(name, pick, n_targets=1, base=None):
    forest, rows = diabetes_trees(12, 5)
    add = np.zeros(n_targets) if base is None else np.asarray(base)
    by_target = [pick([e.predict(rows) for e in forest.estimators_[k::n_targets]], axis=0) + add[k] for k in range(n_targets)]
    nodes, votes = spread(forest_trees(forest), lambda number, v: [(number % n_targets, v[0, 0])])
    want = by_target[0] if n_targets == 1 else np.stack(by_target, 1)
    save(name, f"aggregate_function {pick.__name__[1:4].upper()}, {n_targets} target(s)"
         + (", base value added afterwards" if base is not None else ""), forest,
         ensemble(10, nodes, votes, n_targets=n_targets, aggregate_function=pick.__name__[1:4].upper(), base=base), rows,
         "diabetes", {"predict": want})


@recipe
def minimum():
    extreme("minimum", np.amin, base=[5.0])


@recipe
def maximum():
    extreme("maximum", np.amax)


@recipe
def minimum_three_targets():
    extreme("minimum-three-targets", np.amin, 3, [1.0, -2.0, 300.0])


@recipe
def maximum_three_targets():
    extreme("maximum-three-targets", np.amax, 3)


@recipe
def missing_votes_targets():
    x, y, rest = load("iris")
    rows = held_out(rest)
    forest = RandomForestClassifier(6, max_depth=3, random_state=0, n_jobs=1).fit(x, y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(k, p / 6) for k, p in enumerate(v[0]) if p > 0])
    save("missing-votes-targets", "Three targets with base values, leaves that vote for some of them: no vote in any tree, no base value",
         forest, ensemble(4, nodes, votes, n_targets=3, base=[0.5, 0.25, -0.5]), rows, "iris",
         {"predict": forest.predict_proba(rows) + [0.5, 0.25, -0.5]},
         notes="onnxruntime leaves the base value out where no tree voted for the target.")


@recipe
def missing_votes_minimum():
    x, y, rest = load("iris")
    rows = held_out(rest)
    forest = RandomForestClassifier(6, max_depth=3, random_state=0, n_jobs=1).fit(x, y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(k, p) for k, p in enumerate(v[0]) if p > 0])
    some = [e.predict_proba(rows) for e in forest.estimators_]
    want = np.min([np.where(p > 0, p, np.inf) for p in some], axis=0)
    save("missing-votes-minimum", "MIN over three targets where only trees that vote compete; 0 if none does", forest,
         ensemble(4, nodes, votes, n_targets=3, aggregate_function="MIN"), rows, "iris",
         {"predict": np.where(np.isinf(want), 0, want)})


# --- post_transform of regressors -----------------------------------------------------------------------------------


def boosted(name, classes=3):
    """A gradient boosting classifier and its raw score: base values and trees in file order, each with its class."""
    x, y, rest = load(name)
    boosting = GradientBoostingClassifier(n_estimators=15, max_depth=3, random_state=0).fit(x, y)
    prior = np.log(boosting.init_.class_prior_)
    base = prior - prior.mean() if classes == 3 else [prior[1] - prior[0]]
    return boosting, held_out(rest), base


@recipe
def logistic_one_target():
    boosting, rows, base = boosted("breast_cancer", 2)
    nodes, votes = spread(forest_trees(boosting), each(0.1))
    save("logistic-one-target", "Regressor with one target and post_transform LOGISTIC, which onnxruntime ignores", boosting,
         ensemble(30, nodes, votes, n_targets=1, post_transform="LOGISTIC", base=base), rows, "breast cancer",
         {"predict": boosting.decision_function(rows)},
         notes="onnxruntime applies no post_transform but PROBIT to a single target.")


@recipe
def logistic_three_targets():
    boosting, rows, base = boosted("wine")
    nodes, votes = spread(forest_trees(boosting), lambda t, v: [(t % 3, v[0, 0] * 0.1)])
    want = 1 / (1 + np.exp(-boosting.decision_function(rows)))
    save("logistic-three-targets", "Regressor with three targets and post_transform LOGISTIC", boosting,
         ensemble(13, nodes, votes, n_targets=3, post_transform="LOGISTIC", base=base), rows, "wine", {"predict": want})


@recipe
def softmax_three_targets():
    boosting, rows, base = boosted("wine")
    nodes, votes = spread(forest_trees(boosting), lambda t, v: [(t % 3, v[0, 0] * 0.1)])
    save("softmax-three-targets", "Regressor with three targets and post_transform SOFTMAX", boosting,
         ensemble(13, nodes, votes, n_targets=3, post_transform="SOFTMAX", base=base), rows, "wine",
         {"predict": boosting.predict_proba(rows)})


@recipe
def probit_one_target():
    x, y, rest = load("breast_cancer")
    rows = held_out(rest)
    forest = RandomForestClassifier(20, max_depth=4, random_state=0, n_jobs=1).fit(x, y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(0, (0.02 + 0.96 * v[0, 1]) / 20)])
    file = ensemble(30, nodes, votes, n_targets=1, post_transform="PROBIT")
    e = ensembles(file)[0]

    def oracle(inputs):
        values = answers(e, e.leaves(inputs["X"]))[0].astype(np.float32)
        if np.abs(run(file, inputs)[0]["values"] - values).max() > 5e-3:
            raise SystemExit("PROBIT is another function than thought")
        return {"values": values}

    save("probit-one-target", "Regressor with post_transform PROBIT of 0.02 + 0.96 p, p a probability", forest, file, rows,
         "breast cancer", {"predict": norm.ppf(0.02 + 0.96 * forest.predict_proba(rows)[:, 1])}, oracle=oracle, scale=21.0,
         notes="PROBIT is the inverse normal distribution function of the float32 sums; onnxruntime computes Winitzki's "
               "approximation of it in float32 (up to 1e-3 off). scale: the steepest slope of the link over the rows.")


# --- labels and post_transform of classifiers -----------------------------------------------------------------------


@recipe
def softmax_base_values():
    boosting, rows, base = boosted("wine")
    nodes, votes = spread(forest_trees(boosting), lambda t, v: [(t % 3, v[0, 0] * 0.1)], ALL)
    save("softmax-base-values", "Classifier with post_transform SOFTMAX and three base values, string labels", boosting,
         ensemble(13, nodes, votes, ["a", "b", "c"], post_transform="SOFTMAX", base=base), rows, "wine",
         {"predict": np.array(["a", "b", "c"])[boosting.predict(rows)], "predictProba": boosting.predict_proba(rows)},
         classes=["a", "b", "c"])


@recipe
def logistic_three_classes():
    boosting, rows, base = boosted("wine")
    nodes, votes = spread(forest_trees(boosting), lambda t, v: [(t % 3, v[0, 0] * 0.1)])
    want = 1 / (1 + np.exp(-boosting.decision_function(rows)))
    save("logistic-three-classes", "Classifier with three labels and post_transform LOGISTIC", boosting,
         ensemble(13, nodes, votes, [3, 1, 2], post_transform="LOGISTIC", base=base), rows, "wine",
         {"predict": np.array([3, 1, 2])[boosting.predict(rows)], "predictProba": want}, classes=[3, 1, 2])


def sparse(name, title, post, shift, base=None, **options):
    """Iris trees whose leaves vote only for classes they hold; shift makes the weights of rare classes negative."""
    x, y, rest = load("iris")
    rows = held_out(rest)
    forest = RandomForestClassifier(5, max_depth=3, random_state=1, n_jobs=1).fit(x, y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(k, (p - shift) / 5) for k, p in enumerate(v[0]) if p > 0])
    save(name, title, forest, ensemble(4, nodes, votes, [7, 9, 11], post_transform=post, base=base), rows, "iris",
         {"predict": np.array([7, 9, 11])[forest.predict(rows)]} | ({} if shift else {"predictProba": forest.predict_proba(rows)}),
         classes=[7, 9, 11], **options)


@recipe
def sparse_votes():
    sparse("sparse-votes", "Three labels, leaves vote only for classes they hold", "NONE", 0)


@recipe
def sparse_negative_votes():
    sparse("sparse-negative-votes", "Three labels, negative votes: a class without a vote does not compete, even at 0", "NONE", 1.1)


@recipe
def sparse_negative_votes_base():
    sparse("sparse-negative-votes-base", "Three labels, negative votes and base values: with base values every class competes",
           "NONE", 1.1, [0.0, 0.1, -0.2])


@recipe
def sparse_softmax():
    sparse("sparse-softmax", "Three labels, SOFTMAX: a class without a vote takes part with 0", "SOFTMAX", 0.4)


@recipe
def sparse_softmax_zero():
    sparse("sparse-softmax-zero", "Three labels, SOFTMAX_ZERO: a class without a vote stays 0", "SOFTMAX_ZERO", 0.4)


def binary_forest(name, title, k, post, shift=0.0, base=None, labels=(7, 9), proba=False, **options):
    """Two labels, weights on class id k alone, from a random forest's probability of the second class, less a shift.

    proba: the scores are the forest's probabilities.
    """
    x, y, rest = load("breast_cancer")
    rows = held_out(rest)
    forest = RandomForestClassifier(20, max_depth=4, random_state=0, n_jobs=1).fit(x, y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(k, (v[0, 1] - shift) / 20)])
    save(name, title, forest, ensemble(30, nodes, votes, list(labels), post_transform=post, base=base), rows, "breast cancer",
         {"predict": np.array(labels)[forest.predict(rows)]} | ({"predictProba": forest.predict_proba(rows)} if proba else {}),
         classes=list(labels), **options)


@recipe
def first_id_positive():
    binary_forest("first-id-positive", "Two labels, positive weights on class id 0: second label if s > 0.5, scores [1 - s, s]", 0, "NONE", proba=True)


@recipe
def first_id_positive_logistic():
    binary_forest("first-id-positive-logistic", "The same with LOGISTIC: the label still from s > 0.5, scores [σ(-s), σ(s)]", 0, "LOGISTIC")


@recipe
def first_id_positive_softmax():
    binary_forest("first-id-positive-softmax", "The same with SOFTMAX: no softmax, scores [1 - s, s]", 0, "SOFTMAX", proba=True)


@recipe
def first_id_positive_base():
    binary_forest("first-id-positive-base", "The same with one base value, which counts in label and scores", 0, "NONE", base=[0.125])


@recipe
def first_id_mixed():
    binary_forest("first-id-mixed", "Two labels, weights of both signs on class id 0: second label if s > 0, scores [-s, s]", 0, "NONE", 0.5)


@recipe
def second_id_positive():
    binary_forest("second-id-positive", "Two labels, positive weights on class id 1: second label if s > 0.5, scores [0, s]", 1, "NONE")


@recipe
def second_id_mixed_logistic():
    binary_forest("second-id-mixed-logistic", "Weights of both signs on class id 1, LOGISTIC: scores [0.5, σ(s)]", 1, "LOGISTIC", 0.5)


@recipe
def second_id_mixed_softmax():
    binary_forest("second-id-mixed-softmax", "Weights of both signs on class id 1, SOFTMAX of [0, s]", 1, "SOFTMAX", 0.5)


@recipe
def second_id_base_strings():
    binary_forest("second-id-base-strings", "Weights on class id 1 and one base value, which is ignored; string labels", 1, "NONE",
                  0.5, [0.25], ("no", "yes"))


@recipe
def first_id_mixed_logistic():
    boosting, rows, base = boosted("breast_cancer", 2)
    nodes, votes = spread(forest_trees(boosting), each(0.1), ALL, missing=True)
    save("first-id-mixed-logistic", "Gradient boosting: weights of both signs on class id 0, LOGISTIC, one base value", boosting,
         ensemble(30, nodes, votes, [0, 1], post_transform="LOGISTIC", base=base), rows, "breast cancer",
         {"predict": boosting.predict(rows), "predictProba": boosting.predict_proba(rows)}, classes=[0, 1])


def voteless(name, title, k, post, shift, base=None):
    """One tree with two labels and weights on class id k, where leaves of pure class 0 cast no vote."""
    x, y, rest = load("breast_cancer")
    rows = held_out(rest)
    tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(x, y)
    nodes, votes = spread([tree.tree_], lambda _, v: [(k, v[0, 1] - shift)] if v[0, 1] > 0 else [])
    save(name, title, tree, ensemble(30, nodes, votes, [7, 9], post_transform=post, base=base), rows, "breast cancer",
         {"predict": np.array([7, 9])[tree.predict(rows)], "leaves": forest_leaves(tree, rows)}, classes=[7, 9])


@recipe
def first_id_voteless():
    voteless("first-id-voteless", "Two labels, id 0, a base value: a row without any vote gives [1, 0] and the first label", 0, "NONE", 0, [0.25])


@recipe
def second_id_voteless():
    voteless("second-id-voteless", "Two labels, id 1, both signs: a row without any vote gives [0, 0] and the first label", 1, "NONE", 0.5)


@recipe
def first_id_voteless_logistic():
    voteless("first-id-voteless-logistic", "Two labels, id 0, LOGISTIC and a base value: a row without any vote gives [0.5, 0.5]", 0, "LOGISTIC",
             0.5, [1.0])


def by_walk(file):
    """The oracle for files on which onnxruntime returns a label that is not in the list."""
    e = ensembles(file)[0]

    def oracle(inputs):
        label, scores = answers(e, e.leaves(inputs["X"]))
        return {"label": label.astype(np.int64), "scores": scores.astype(np.float32)}

    return oracle


@recipe
def both_ids():
    x, y, rest = load("breast_cancer")
    rows = held_out(rest)
    forest = RandomForestClassifier(20, max_depth=4, random_state=0, n_jobs=1).fit(x, y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(k, p / 20) for k, p in enumerate(v[0])])
    file = ensemble(30, nodes, votes, [7, 9], post_transform="NONE")
    save("both-ids", "Two labels, weights on both class ids: the label with the higher score", forest, file, rows, "breast cancer",
         {"predict": np.array([7, 9])[forest.predict(rows)], "predictProba": forest.predict_proba(rows)}, classes=[7, 9],
         oracle=by_walk(file), notes="onnxruntime returns label 1 or 0, which are not in the list; its scores are these.")


@recipe
def one_label():
    x, y, rest = load("breast_cancer")
    rows = held_out(rest)
    forest = RandomForestClassifier(5, max_depth=3, random_state=0, n_jobs=1).fit(x, y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(0, v[0, 1] / 5)])
    file = ensemble(30, nodes, votes, [7], post_transform="NONE")
    save("one-label", "A classifier with a single label", forest, file, rows, "breast cancer",
         {"predict": np.full(len(rows), 7), "predictProba": forest.predict_proba(rows)[:, 1:]}, classes=[7], oracle=by_walk(file),
         notes="onnxruntime returns label 1 or 0, which are not in the list; its scores are these.")


# --- double precision and other inputs ------------------------------------------------------------------------------


def double_rows():
    x, y = make_friedman1(700, 6, noise=0.5, random_state=0)
    return x[:500], y[:500], x[500:660].astype(np.float32).astype(np.float64)


@recipe
def double_tree_regressor():
    x, y, rows = double_rows()
    forest = RandomForestRegressor(20, max_depth=7, random_state=0, n_jobs=1).fit(x.astype(np.float32), y)
    nodes, votes = spread(forest_trees(forest), each(1 / 20), ALL, missing=True, double=True)
    file = ensemble(6, nodes, votes, double=True, kind=DOUBLE, n_targets=1, base=[0.0])
    save("double-tree-regressor", "Float64 input, thresholds and weights (*_as_tensor), float32 output", forest, file, rows,
         "make_friedman1", {"predict": forest.predict(rows), "leaves": forest_leaves(forest, rows)},
         notes="Compares and sums in float64; the operator's output is float32.")


@recipe
def double_tree_classifier():
    x, y, rows = double_rows()
    y = np.digitize(y, np.quantile(y, [0.3, 0.6]))
    forest = RandomForestClassifier(15, max_depth=6, random_state=0, n_jobs=1).fit(x.astype(np.float32), y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(k, p / 15) for k, p in enumerate(v[0])], double=True)
    file = ensemble(6, nodes, votes, [0, 1, 2], double=True, kind=DOUBLE, post_transform="NONE")
    save("double-tree-classifier", "Classifier with float64 input, thresholds and weights (*_as_tensor)", forest, file, rows,
         "make_friedman1, target in three bins", {"predict": forest.predict(rows), "predictProba": forest.predict_proba(rows),
                                                  "leaves": forest_leaves(forest, rows)}, classes=[0, 1, 2],
         notes="Compares and sums in float64; the operator's output is float32.")


@recipe
def double_input_tree():
    x, y, rows = double_rows()
    forest = RandomForestRegressor(10, max_depth=6, random_state=0, n_jobs=1).fit(x.astype(np.float32), y)
    nodes, votes = spread(forest_trees(forest), each(1 / 10))
    save("double-input-tree", "Float64 input, float32 attributes: the thresholds are widened, the input is not rounded", forest,
         ensemble(6, nodes, votes, kind=DOUBLE, n_targets=1), rows, "make_friedman1", {"predict": forest.predict(rows)})


@recipe
def int64_input_tree():
    x, y, rest = load("digits")
    x, rows = x.astype(np.int64), held_out(rest).astype(np.int64)
    forest = RandomForestClassifier(10, max_depth=6, random_state=0, n_jobs=1).fit(x, y)
    nodes, votes = spread(forest_trees(forest), lambda _, v: [(k, p / 10) for k, p in enumerate(v[0])])
    edges = np.resize(rows, (200, 64))
    values = [-1, 2**24 + 1, 2**31, -(2**31), 2**53 + 1, 2**62, -(2**63), 7, 8, 0]
    rng = np.random.default_rng(0)
    for i in range(200):
        edges[i, rng.integers(64, size=4)] = values[i % len(values)]
    save("int64-input-tree", "Classifier on int64 input: values are rounded to float32", forest,
         ensemble(64, nodes, votes, [int(c) for c in forest.classes_], kind=INT64, post_transform="NONE"), rows, "digits",
         {"predict": forest.predict(rows), "predictProba": forest.predict_proba(rows)}, classes=forest.classes_, edges=edges)


# --- small operators around a model ---------------------------------------------------------------------------------


@recipe
def imputer_value_linear():
    x, y, rest = load("diabetes")
    rows = held_out(rest)
    x[::4, 3] = rows[::4, 3] = x[::5, 6] = rows[::5, 6] = -1
    pipe = make_pipeline(SimpleImputer(missing_values=-1), LinearRegression()).fit(x, y)
    nodes = [helper.make_node("Imputer", ["X"], ["filled"], domain="ai.onnx.ml", replaced_value_float=-1.0,
                              imputed_value_floats=[float(v) for v in pipe[0].statistics_]),
             helper.make_node("LinearRegressor", ["filled"], ["values"], domain="ai.onnx.ml", targets=1,
                              coefficients=[float(v) for v in pipe[1].coef_], intercepts=[float(pipe[1].intercept_)])]
    file = model(nodes, [helper.make_tensor_value_info("X", FLOAT, [None, 10])],
                 [helper.make_tensor_value_info("values", FLOAT, [None, 1])])
    edges = linear_edges(rows)
    edges[::3, 6] = -1
    save("imputer-value-linear", "Imputer where -1 means missing (NaN stays), then linear regression", pipe, file, rows, "diabetes",
         {"predict": pipe.predict(rows)}, edges=edges, scale=linear_scale(pipe[0].transform(rows), pipe[1].coef_, pipe[1].intercept_))


@recipe
def joined_columns_tree():
    x, y, rest = load("iris")
    rows = held_out(rest)
    tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(x, y)
    nodes, votes = spread([tree.tree_], lambda _, v: [(k, p) for k, p in enumerate(v[0])])
    inner = ensemble(4, nodes, votes, ["setosa", "versicolor", "virginica"], post_transform="NONE").graph.node[0]
    inner.input[0] = "joined"
    join = helper.make_node("FeatureVectorizer", ["sepal", "petal_length", "petal_width"], ["joined"], domain="ai.onnx.ml",
                            inputdimensions=[2, 1, 1])
    names = np.array(["setosa", "versicolor", "virginica"])
    code = helper.make_node("CategoryMapper", ["label"], ["code"], domain="ai.onnx.ml", cats_strings=list(names),
                            cats_int64s=[30, 10, 20], default_int64=-1)
    file = model([join, inner, code],
                 [helper.make_tensor_value_info(n, FLOAT, [None, w]) for n, w in (("sepal", 2), ("petal_length", 1), ("petal_width", 1))],
                 [helper.make_tensor_value_info("label", STRING, [None]), helper.make_tensor_value_info("scores", FLOAT, [None, 3]),
                  helper.make_tensor_value_info("code", INT64, [None])])
    columns = lambda x: {"sepal": x[:, :2].copy(), "petal_length": x[:, 2:3].copy(), "petal_width": x[:, 3:].copy()}
    cuts = {f: np.unique(tree.tree_.threshold[tree.tree_.feature == f]) for f in range(4) if (tree.tree_.feature == f).any()}
    save("joined-columns-tree", "Three inputs joined by FeatureVectorizer, a tree, its label mapped by CategoryMapper", tree, file,
         columns(rows), "iris", {"predict": names[tree.predict(rows)], "predictProba": tree.predict_proba(rows)},
         roles={"scores": "probabilities", "label": "label", "code": "values"}, classes=list(names), edges=columns(edge_rows(rows, cuts)))


@recipe
def linear_links():
    """One file per post_transform of LinearRegressor and LinearClassifier, on the coefficients of a real model."""
    from sklearn.linear_model import LogisticRegression

    x, y, rest = load("iris")
    x, rows = (x - 4) / 3, (held_out(rest) - 4) / 3
    trained = LogisticRegression().fit(x, y)
    scale = linear_scale(rows, trained.coef_, trained.intercept_)
    info = [helper.make_tensor_value_info("X", FLOAT, [None, 4])]
    for post in ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"):
        node = helper.make_node("LinearClassifier", ["X"], ["label", "scores"], domain="ai.onnx.ml", post_transform=post,
                                coefficients=trained.coef_.ravel().astype(float).tolist(), intercepts=trained.intercept_.tolist(),
                                classlabels_ints=[5, 6, 4], multi_class=0)
        file = model([node], info, [helper.make_tensor_value_info("label", INT64, [None]),
                                    helper.make_tensor_value_info("scores", FLOAT, [None, 3])])
        raw = trained.decision_function(rows)
        want = {"NONE": raw, "LOGISTIC": 1 / (1 + np.exp(-raw))}.get(post, trained.predict_proba(rows))
        key = "decisionFunction" if post == "NONE" else "predictProba"
        save(f"linear-{post.lower().replace('_', '-')}", f"LinearClassifier with post_transform {post}", trained, file, rows,
             "iris, (x - 4) / 3", {"predict": np.array([5, 6, 4])[trained.predict(rows)], key: want}, classes=[5, 6, 4],
             roles={"scores": "scores" if post == "NONE" else "probabilities"}, edges=linear_edges(rows), scale=scale)
