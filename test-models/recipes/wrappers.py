"""What is rarely exported alone: casts and replacements of skl2onnx's own, label binarizers, several outputs, neighbours without a prediction,
a class that is constant, and Gaussian processes that solve equations, which onnxruntime cannot run."""
import numpy as np
import scipy.linalg
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from skl2onnx import to_onnx
from skl2onnx.common.data_types import Int64TensorType
from skl2onnx.sklapi import CastRegressor, CastTransformer, ReplaceTransformer
from sklearn import gaussian_process, impute, linear_model, multiclass, multioutput, neighbors, preprocessing, tree
from sklearn.gaussian_process import kernels
from sklearn.pipeline import make_pipeline

from common import held_out, linear_edges, recipe, save_fixture, text, trainer_answers
from estimators import few, labels, two

ROWS = 60


def saved(name, title, family, model, x, y, rest, *, options=None, edges=None, **more):
    model.fit(x) if y is None else model.fit(x, y)
    file = to_onnx(model, x[:1], options={id(model): options} if options else None, target_opset=18)
    given = held_out(rest, ROWS)
    edges = linear_edges(given, n=ROWS, nan=False, huge=False) if edges is None else edges(given)
    more.setdefault("trainer", lambda _, rows: trainer_answers(model, rows))
    more = {k: v(file, given) if callable(v) and k != "oracle" else v for k, v in more.items()}
    if callable(more.get("oracle")):
        more["oracle"] = more["oracle"](file)
    save_fixture(name, title, family, model, file, given, data="bundled", edges=edges, **more)


@recipe
def cast_transformer():
    model = make_pipeline(CastTransformer(dtype=np.float32), preprocessing.StandardScaler())
    saved("cast-transformer", "skl2onnx's CastTransformer before a scaler", "transformer", model, *few("wine", 90), scale=30.0)


@recipe
def cast_regressor():
    model = make_pipeline(preprocessing.StandardScaler(), CastRegressor(tree.DecisionTreeRegressor(max_depth=4, random_state=0)))
    saved("cast-regressor", "skl2onnx's CastRegressor around a tree", "trees", model, *few("diabetes", 100), scale=350.0,
          trainer=lambda _, given: {"predict": model.predict(given)})


@recipe
def replace_transformer():
    x, y, rest = few("iris", 90)
    x, rest = np.round(x), np.round(rest)
    model = make_pipeline(ReplaceTransformer(from_value=0, to_value=np.nan), impute.SimpleImputer(), linear_model.LinearRegression())
    saved("replace-transformer", "skl2onnx's ReplaceTransformer: zeros are missing", "pipeline", model, x, y, rest, scale=30.0)


@recipe
def function_transformer():
    model = make_pipeline(preprocessing.FunctionTransformer(), preprocessing.StandardScaler())
    saved("function-transformer", "FunctionTransformer without a function", "transformer", model, *few("wine", 90), scale=30.0)


@recipe
def label_binarizer():
    rng = np.random.default_rng(0)
    model = preprocessing.LabelBinarizer(neg_label=-1, pos_label=2).fit(np.array([3, 7, 2**40, -5]))
    file = to_onnx(model, initial_types=[("X", Int64TensorType([None, 1]))], target_opset=18)
    rows = rng.choice([3, 7, 2**40, -5], size=(ROWS, 1)).astype(np.int64)
    edges = rng.choice([3, 7, 2**40, -5, 0, 2**40 + 1, -(2**62)], size=(ROWS, 1)).astype(np.int64)
    save_fixture("label-binarizer", "LabelBinarizer alone, labels beyond 32 bits", "encoder", model, file, rows, data="synthetic", edges=edges,
                 classes=None, roles={"variable": "values"}, trainer={"transform": model.transform(rows.ravel())})


@recipe
def multi_output_classifier():
    x, y, rest = labels("iris")
    model = multioutput.MultiOutputClassifier(linear_model.LogisticRegression())
    parts = {f"probabilities[{i}]": "probabilities" for i in range(2)}
    saved("multi-output-classifier", "MultiOutputClassifier: a sequence of probabilities", "multi-output", model, x, y, rest,
          options={"zipmap": False}, classes=None, roles=parts, trainer=lambda _, given: {"predict": model.predict(given)},
          notes="The file's probabilities are a sequence of two tensors; each is an output of its own here.")


@recipe
def nearest_neighbors():
    x, _, rest = few("iris", 40)
    model = neighbors.NearestNeighbors(n_neighbors=3, radius=None)

    def trainer(_, given):
        return {"transform": model.kneighbors(given)[0]}

    saved("nearest-neighbors", "NearestNeighbors: which they are, and how far", "neighbours", model, x, None, rest, scale=10.0,
          roles={"index": "scores", "distance": "values"}, trainer=trainer)


@recipe
def constant_class():
    x, y, rest = few("iris", 90)
    y = np.stack([y == 0, np.ones(len(y), bool), y == 1], 1).astype(int)
    model = multiclass.OneVsRestClassifier(linear_model.LogisticRegression())
    saved("constant-class", "one against rest, where every row has one of the labels", "one-vs-rest", model, x, y, rest, options={"zipmap": False}, classes=None,
          roles={"probabilities": "probabilities"})


class Solve(OpRun):
    """com.microsoft Solve as skl2onnx means it: scipy.linalg.solve."""

    op_domain = "com.microsoft"

    def _run(self, a, b, lower=None, transposed=None):
        return (scipy.linalg.solve(a.astype(np.float64), b.astype(np.float64), lower=bool(lower), transposed=bool(transposed)).astype(b.dtype),)


def by_onnx(file):
    """The file's answers by ONNX's reference implementation, with scipy for Solve."""
    evaluator = ReferenceEvaluator(file, new_ops=[Solve])
    names = [o.name for o in file.graph.output]
    return lambda given: {k: text(v) for k, v in zip(names, evaluator.run(None, given))}


@recipe
def process_classifier():
    model = gaussian_process.GaussianProcessClassifier(kernels.RBF(2.0), optimizer=None, random_state=0)
    # The normal integral is a sum of five terms with factors up to 3,517, which cancel: float32 leaves four digits.
    saved("process-classifier", "GaussianProcessClassifier, two labels", "gaussian process", model, *two("breast_cancer", (0, 1), 40), options={"zipmap": False},
          roles={"probabilities": "scores"}, scale=3517.0, trainer=lambda _, given: {"predict": model.predict(given)}, oracle=by_onnx,
          notes="Solve of com.microsoft has no kernel in onnxruntime: the answers are those of ONNX's reference implementation with scipy.")


@recipe
def process_deviation():
    x, y, rest = few("diabetes", 30)
    model = gaussian_process.GaussianProcessRegressor(kernels.RBF(2.0), alpha=0.1, optimizer=None, normalize_y=False)

    def trainer(_, given):
        return {"predict": model.predict(given)}

    saved("process-deviation", "GaussianProcessRegressor with return_std", "gaussian process", model, x, y, rest, options={"return_std": True}, scale=3000.0,
          roles={"GPmean": "values", "GPcovstd": "scores"}, trainer=trainer, oracle=by_onnx)
