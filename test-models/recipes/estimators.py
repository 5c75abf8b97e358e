"""One small model for each class that skl2onnx converts, beyond those of the other families: its own export, its own answers."""
import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType
from sklearn import (calibration, cluster, covariance, cross_decomposition, decomposition, discriminant_analysis, ensemble,
                     feature_selection, gaussian_process, impute, kernel_approximation, linear_model, mixture,
                     model_selection, multiclass, multioutput, naive_bayes, neighbors, neural_network, preprocessing,
                     random_projection, svm, tree)
from sklearn.gaussian_process import kernels
from sklearn.pipeline import make_pipeline, make_union

from common import held_out, linear_edges, load, recipe, save_fixture, trainer_answers, with_missing

PLAIN = {"zipmap": False}
ROWS = 60


def scaled(name):
    """A bundled data set with columns of mean 0 and deviation 1, so that distances mean something."""
    x, y, rest = load(name)
    mean, std = x.mean(axis=0), x.std(axis=0) + np.float32(1e-6)
    return ((x - mean) / std).astype(np.float32), y, ((rest - mean) / std).astype(np.float32)


def few(name, n=60):
    x, y, rest = scaled(name)
    return x[:n], y[:n], rest


def two(name, classes=("no", "yes"), n=100):
    """Two classes with string labels."""
    x, y, rest = few(name, n)
    return x, np.array(classes)[(y == 1).astype(int)], rest


def targets(name, n=100):
    x, y, rest = few(name, n)
    return x, np.stack([y / 50, np.sqrt(y)], 1), rest


def labels(name, n=100):
    """Two outputs of classes."""
    x, y, rest = few(name, n)
    return x, np.stack([y, (x[:, 0] > 0).astype(int)], 1), rest


def positive(name, n=100):
    x, y, rest = load(name)
    return x[:n], y[:n], rest


def pixels():
    """A few pixels of digits from 0 to 1: sums of logarithms stay small, so that their float32 rounding does not show in probabilities."""
    x, y, rest = load("digits")
    return x[:200, 18:30] / 16, y[:200], rest[:, 18:30] / 16


def estimator(name, family, model, data, *, options=None, opset=None, types=None, scale=None, roles=None, title=None, edges=None,
              rows=None, notes=None, target=True, classes="the model's",
              zipmap=None, without=()):
    """Registers the recipe of one model. data: (x, y, rest), or a function that gives them. without: answers of the trainer that the file
    does not have, or has in float32 where their rounding shows."""

    def make():
        x, y, rest = data() if callable(data) else data
        model.fit(x, y) if target else model.fit(x)
        zips = hasattr(model, "classes_") if zipmap is None else zipmap
        given = held_out(rest, ROWS) if rows is None else rows(rest)
        chosen = {**(PLAIN if zips else {}), **(options or {})}
        kind = None if types is None else [("X", types)]
        file = to_onnx(model, None if kind else x[:1], initial_types=kind, options={id(model): chosen} if chosen else None,
                       target_opset=opset or 18)
        at = linear_edges(given, n=ROWS, nan=False, huge=False) if edges is None else edges(given)
        save_fixture(name, title or f"{type(model).__name__}", family, model, file, given, data="bundled", edges=at, scale=scale,
                     roles=roles, notes=notes, classes=classes,
                     trainer={k: v for k, v in trainer_answers(model, given).items() if k not in without} if without else None)

    make.__name__ = name.replace("-", "_")
    recipe(make)


Pipe = lambda *steps: make_pipeline(*steps)

# --- support vectors ------------------------------------------------------------------------------------------------

SCORES = {"probabilities": "scores"}
for kernel in ("linear", "poly", "rbf", "sigmoid"):
    estimator(f"svc-{kernel}", "svm", svm.SVC(kernel=kernel), lambda: few("iris"), title=f"SVC, {kernel} kernel, three classes: decision values",
              roles=SCORES, scale=40.0)
    estimator(f"svr-{kernel}", "svm", svm.SVR(kernel=kernel, C=10), lambda: few("diabetes", 50), title=f"SVR, {kernel} kernel", scale=2000.0)
estimator("svc-probability", "svm", svm.SVC(probability=True, random_state=0), lambda: few("iris"), scale=1.0,
          title="SVC with probabilities: pairwise coupling")
estimator("svc-probability-strings", "svm", svm.SVC(kernel="poly", probability=True, random_state=0), lambda: two("breast_cancer"),
          title="SVC with probabilities, two string labels")
estimator("svc-binary", "svm", svm.SVC(), lambda: two("breast_cancer", n=60), roles=SCORES, scale=40.0, title="SVC, two string labels: decision values")
estimator("svc-ten-classes", "svm", svm.SVC(C=0.5, decision_function_shape="ovr"), lambda: few("digits", 80), roles=SCORES, scale=20.0, title="SVC, ten classes, votes one against one turned into one against rest")
estimator("svc-one-vs-one", "svm", svm.SVC(decision_function_shape="ovo", break_ties=False), lambda: few("wine", 50), options={"raw_scores": True}, roles=SCORES, scale=40.0, title="SVC, scores one against one")
estimator("nu-svc", "svm", svm.NuSVC(), lambda: few("wine", 50), roles=SCORES, scale=40.0)
estimator("nu-svc-probability", "svm", svm.NuSVC(nu=0.3, probability=True, random_state=0), lambda: few("wine", 60))
estimator("nu-svr", "svm", svm.NuSVR(C=10), lambda: few("diabetes", 50), scale=500.0)
estimator("linear-svr", "svm", svm.LinearSVR(random_state=0, max_iter=5000), lambda: few("diabetes"), scale=500.0)
estimator("one-class-svm", "svm", svm.OneClassSVM(nu=0.2), lambda: few("iris"), target=False, roles={"scores": "scores"}, scale=12.0)
estimator("sgd-one-class", "svm", linear_model.SGDOneClassSVM(random_state=0), lambda: few("iris"), target=False, roles={"scores": "scores"}, scale=12.0)

# --- neighbours -----------------------------------------------------------------------------------------------------

estimator("neighbors-classifier", "neighbours", neighbors.KNeighborsClassifier(5), lambda: few("iris"))
estimator("neighbors-classifier-distance", "neighbours", neighbors.KNeighborsClassifier(3, weights="distance"), lambda: two("breast_cancer", n=40))
estimator("neighbors-classifier-manhattan", "neighbours", neighbors.KNeighborsClassifier(4, metric="manhattan"), lambda: few("wine", 40))
estimator("neighbors-classifier-cdist", "neighbours", neighbors.KNeighborsClassifier(5), lambda: few("iris"), options={"optim": "cdist"},
          title="KNeighborsClassifier over com.microsoft CDist")
estimator("neighbors-regressor", "neighbours", neighbors.KNeighborsRegressor(4), lambda: few("diabetes", 50), scale=350.0)
estimator("neighbors-regressor-distance", "neighbours", neighbors.KNeighborsRegressor(3, weights="distance"), lambda: targets("diabetes", 40), scale=50.0)
estimator("neighbors-regressor-minkowski", "neighbours", neighbors.KNeighborsRegressor(3, p=3), lambda: few("diabetes", 40), scale=350.0)
estimator("neighbors-regressor-cdist", "neighbours", neighbors.KNeighborsRegressor(3), lambda: few("diabetes", 40), options={"optim": "cdist"}, scale=350.0)
estimator("radius-neighbors-classifier", "neighbours", neighbors.RadiusNeighborsClassifier(9.0, outlier_label=0), lambda: few("iris", 40))
estimator("radius-neighbors-regressor", "neighbours", neighbors.RadiusNeighborsRegressor(25.0), lambda: few("diabetes", 40), scale=350.0)
estimator("neighbors-transformer", "neighbours", neighbors.KNeighborsTransformer(n_neighbors=3), lambda: few("iris", 30), scale=10.0)
estimator("neighborhood-components", "neighbours", neighbors.NeighborhoodComponentsAnalysis(2, random_state=0), lambda: few("iris", 60), scale=20.0)
estimator("local-outlier-factor", "neighbours", neighbors.LocalOutlierFactor(10, novelty=True), lambda: few("iris", 50), target=False, roles={"scores": "scores"}, scale=10.0, opset={"": 18, "ai.onnx.ml": 3})
estimator("knn-imputer", "neighbours", impute.KNNImputer(n_neighbors=3), lambda: few("iris", 30), target=False, scale=10.0,
          rows=lambda rest: with_missing(held_out(rest, ROWS), 0.2, 3), edges=lambda rows: rows[::-1].copy())

# --- Gaussian processes, mixtures, clusters -------------------------------------------------------------------------

gp = gaussian_process
estimator("process-regressor", "gaussian process", gp.GaussianProcessRegressor(kernels.RBF(2.0), alpha=0.1, optimizer=None, normalize_y=True), lambda: few("diabetes", 30), scale=3000.0)
estimator("process-regressor-matern", "gaussian process", gp.GaussianProcessRegressor(kernels.ConstantKernel(2.0) * kernels.Matern(1.5, nu=1.5), alpha=0.1, optimizer=None), lambda: few("diabetes", 30), scale=3000.0)
estimator("process-regressor-quadratic", "gaussian process", gp.GaussianProcessRegressor(kernels.RationalQuadratic(1.0, 2.0), alpha=0.1, optimizer=None), lambda: few("diabetes", 30), scale=3000.0)
estimator("process-regressor-periodic", "gaussian process", gp.GaussianProcessRegressor(kernels.ExpSineSquared(3.0, 30.0), alpha=2.0, optimizer=None), lambda: few("diabetes", 30), scale=3000.0)
estimator("process-regressor-dot", "gaussian process", gp.GaussianProcessRegressor(kernels.DotProduct(1.0), alpha=1.0, optimizer=None), lambda: few("diabetes", 30), scale=3000.0)
estimator("process-regressor-cdist", "gaussian process", gp.GaussianProcessRegressor(kernels.RBF(2.0), alpha=0.1, optimizer=None), lambda: few("diabetes", 30), options={"optim": "cdist"}, scale=3000.0)
estimator("gaussian-mixture", "mixture", mixture.GaussianMixture(3, random_state=0), lambda: few("iris", 90), target=False, options={"score_samples": True}, classes=None, roles={"probabilities": "probabilities", "score_samples": "values"}, scale=100.0)
for kind in ("tied", "diag", "spherical"):
    estimator(f"gaussian-mixture-{kind}", "mixture", mixture.GaussianMixture(3, covariance_type=kind, random_state=0), lambda: few("iris", 90), target=False, classes=None, roles={"probabilities": "probabilities"})
estimator("bayesian-mixture", "mixture", mixture.BayesianGaussianMixture(n_components=3, random_state=0), lambda: few("iris", 90), target=False, classes=None, roles={"probabilities": "probabilities"}, without=("predictProba", "scoreSamples"))
estimator("kmeans", "cluster", cluster.KMeans(3, n_init=3, random_state=0), lambda: few("iris", 90), target=False, classes=None, roles={"scores": "scores"}, scale=30.0)
estimator("mini-batch-kmeans", "cluster", cluster.MiniBatchKMeans(4, n_init=3, random_state=0), lambda: few("wine", 90), target=False, classes=None, roles={"scores": "scores"}, scale=30.0)

# --- naive Bayes and discriminants ----------------------------------------------------------------------------------

estimator("gaussian-bayes", "naive Bayes", naive_bayes.GaussianNB(), lambda: few("iris", 90))
estimator("bernoulli-bayes", "naive Bayes", naive_bayes.BernoulliNB(binarize=0.1), lambda: few("wine", 100))
estimator("multinomial-bayes", "naive Bayes", naive_bayes.MultinomialNB(), lambda: pixels())
estimator("complement-bayes", "naive Bayes", naive_bayes.ComplementNB(), lambda: pixels())
counts = lambda: tuple(v if v.ndim == 1 else np.clip(v[:, 18:24], 0, 15).astype(np.int64) // 4 for v in positive("digits", 300))
estimator("categorical-bayes", "naive Bayes", naive_bayes.CategoricalNB(min_categories=4), counts, types=Int64TensorType([None, 6]), rows=lambda rest: rest[:ROWS], edges=lambda rows: rows[::-1].copy())
estimator("linear-discriminant", "discriminant", discriminant_analysis.LinearDiscriminantAnalysis(), lambda: few("iris", 90))
estimator("quadratic-discriminant", "discriminant", discriminant_analysis.QuadraticDiscriminantAnalysis(), lambda: few("iris", 90))

# --- linear ---------------------------------------------------------------------------------------------------------

lm = linear_model
for name, model in {
    "ard": lm.ARDRegression(), "bayesian-ridge": lm.BayesianRidge(), "elastic-net": lm.ElasticNet(0.1), "elastic-net-cv": lm.ElasticNetCV(cv=3),
    "gamma-regressor": lm.GammaRegressor(), "huber": lm.HuberRegressor(max_iter=500), "lars": lm.Lars(), "lars-cv": lm.LarsCV(cv=3), "lasso": lm.Lasso(0.5),
    "lasso-cv": lm.LassoCV(cv=3), "lasso-lars": lm.LassoLars(0.1), "lasso-lars-cv": lm.LassoLarsCV(cv=3), "lasso-lars-ic": lm.LassoLarsIC(),
    "matching-pursuit": lm.OrthogonalMatchingPursuit(), "matching-pursuit-cv": lm.OrthogonalMatchingPursuitCV(cv=3),
    "passive-aggressive-regressor": lm.PassiveAggressiveRegressor(random_state=0, max_iter=2000), "quantile-regressor": lm.QuantileRegressor(alpha=0.1, solver="highs"),
    "ransac": lm.RANSACRegressor(random_state=0), "ridge": lm.Ridge(2.0), "ridge-cv": lm.RidgeCV(), "sgd-regressor": lm.SGDRegressor(random_state=0),
    "theil-sen": lm.TheilSenRegressor(random_state=0, max_subpopulation=100), "tweedie": lm.TweedieRegressor(power=1.5, alpha=0.1, max_iter=1000),
}.items():
    estimator(name, "linear", model, lambda: few("diabetes", 120), scale=1000.0)
for name, model in {"multi-task-elastic-net": lm.MultiTaskElasticNet(0.1), "multi-task-elastic-net-cv": lm.MultiTaskElasticNetCV(cv=3), "multi-task-lasso": lm.MultiTaskLasso(0.1),
                    "multi-task-lasso-cv": lm.MultiTaskLassoCV(cv=3), "pls-regression": cross_decomposition.PLSRegression(2)}.items():
    estimator(name, "linear", model, lambda: targets("diabetes", 120), scale=50.0, without=("transform",) if name == "pls-regression" else ())
for name, model in {"passive-aggressive": lm.PassiveAggressiveClassifier(random_state=0), "perceptron": lm.Perceptron(random_state=0), "ridge-classifier": lm.RidgeClassifier(),
                    "ridge-classifier-cv": lm.RidgeClassifierCV()}.items():
    estimator(name, "linear", model, lambda: few("wine", 120), roles=SCORES, scale=30.0)
estimator("sgd-hinge", "linear", lm.SGDClassifier(random_state=0), lambda: two("breast_cancer"), roles=SCORES, scale=500.0)
estimator("logistic-cv", "linear", lm.LogisticRegressionCV(cv=3, max_iter=500), lambda: few("wine", 120))

# --- neural networks ------------------------------------------------------------------------------------------------

estimator("mlp-tanh", "neural network", neural_network.MLPClassifier((6, 5), activation="tanh", max_iter=300, random_state=0), lambda: few("iris", 90))
estimator("mlp-binary", "neural network", neural_network.MLPClassifier((6,), activation="logistic", max_iter=300, random_state=0), lambda: two("breast_cancer"))
estimator("mlp-identity", "neural network", neural_network.MLPRegressor(hidden_layer_sizes=(4, 3), activation="identity", max_iter=800, random_state=0), lambda: few("diabetes"), scale=1000.0)

# --- ensembles and wrappers -----------------------------------------------------------------------------------------

stump = lambda: tree.DecisionTreeClassifier(max_depth=3, random_state=0)
branch = lambda: tree.DecisionTreeRegressor(max_depth=3, random_state=0)
logistic = lambda: lm.LogisticRegression(max_iter=300)
estimator("adaboost-regressor", "ensemble", ensemble.AdaBoostRegressor(branch(), n_estimators=5, random_state=0), lambda: few("diabetes", 150), scale=350.0)
# Before opset 11 skl2onnx writes running sums as an RNN.
estimator("adaboost-regressor-old", "ensemble", ensemble.AdaBoostRegressor(branch(), n_estimators=5, random_state=0), lambda: few("diabetes", 150), scale=350.0, opset={"": 9, "ai.onnx.ml": 1}, title="AdaBoostRegressor, opset 9")
estimator("bagging-linear", "ensemble", ensemble.BaggingClassifier(logistic(), n_estimators=3, max_features=0.7, random_state=0), lambda: few("wine", 100))
estimator("bagging-regressor", "ensemble", ensemble.BaggingRegressor(branch(), n_estimators=4, random_state=0), lambda: few("diabetes", 150), scale=350.0)
estimator("extra-tree-classifier", "ensemble", tree.ExtraTreeClassifier(max_depth=4, random_state=0), lambda: few("wine", 100))
estimator("extra-tree-regressor", "ensemble", tree.ExtraTreeRegressor(max_depth=4, random_state=0), lambda: few("diabetes", 100), scale=350.0)
estimator("voting-hard", "ensemble", ensemble.VotingClassifier([("a", logistic()), ("b", stump()), ("c", naive_bayes.GaussianNB())], flatten_transform=False), lambda: few("wine", 100))
estimator("voting-weighted", "ensemble", ensemble.VotingClassifier([("a", logistic()), ("b", stump())], voting="soft", weights=np.array([1, 3]), flatten_transform=False), lambda: two("breast_cancer"))
estimator("voting-regressor", "ensemble", ensemble.VotingRegressor([("a", lm.Ridge()), ("b", branch())]), lambda: few("diabetes", 100), scale=1000.0, without=("transform",))
estimator("stacking-classifier", "ensemble", ensemble.StackingClassifier([("a", stump()), ("b", logistic())], logistic(), cv=3), lambda: few("wine", 100))
estimator("stacking-passthrough", "ensemble", ensemble.StackingClassifier([("a", stump()), ("b", svm.SVC(probability=True, random_state=0))], logistic(), cv=3, passthrough=True), lambda: two("breast_cancer"))
estimator("stacking-regressor", "ensemble", ensemble.StackingRegressor([("a", branch()), ("b", lm.Ridge())], lm.Ridge(), cv=3), lambda: few("diabetes", 100), scale=1000.0, without=("transform",))
estimator("calibrated-sigmoid", "calibrated", calibration.CalibratedClassifierCV(svm.LinearSVC(random_state=0), cv=2), lambda: few("wine", 100))
estimator("calibrated-isotonic", "calibrated", calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), method="isotonic", cv=2), lambda: two("breast_cancer"))
estimator("one-vs-rest-svc", "one-vs-rest", multiclass.OneVsRestClassifier(svm.SVC(probability=True, random_state=0)), lambda: few("iris", 60))
estimator("one-vs-rest-multilabel", "one-vs-rest", multiclass.OneVsRestClassifier(logistic()), lambda: (lambda x, y, r: (x, np.stack([y == 0, y == 1, x[:, 0] > 0], 1).astype(int), r))(*few("iris", 90)))
estimator("one-vs-one", "one-vs-one", multiclass.OneVsOneClassifier(logistic()), lambda: few("wine", 100), roles=SCORES, scale=30.0)
estimator("one-vs-one-trees", "one-vs-one", multiclass.OneVsOneClassifier(stump()), lambda: few("digits", 200), roles=SCORES, scale=30.0)
estimator("multi-output-regressor", "multi-output", multioutput.MultiOutputRegressor(branch()), lambda: targets("diabetes", 100), scale=50.0)
estimator("grid-search", "search", model_selection.GridSearchCV(logistic(), {"C": [0.1, 1.0]}, cv=2), lambda: few("wine", 100))
estimator("tuned-threshold", "search", model_selection.TunedThresholdClassifierCV(logistic(), cv=2, random_state=0), lambda: two("breast_cancer"))
estimator("random-trees-embedding", "ensemble", ensemble.RandomTreesEmbedding(3, max_depth=3, random_state=0, sparse_output=False), lambda: few("iris", 60), target=False, scale=1.0)

# --- transformers ---------------------------------------------------------------------------------------------------

pre, dec, sel = preprocessing, decomposition, feature_selection
for name, model in {
    "pca-whiten": dec.PCA(3, whiten=True), "incremental-pca": dec.IncrementalPCA(3, batch_size=30), "truncated-svd": dec.TruncatedSVD(3, random_state=0),
    "kernel-pca-rbf": dec.KernelPCA(2, kernel="rbf", gamma=0.1), "kernel-pca-poly": dec.KernelPCA(2, kernel="poly", degree=2, gamma=0.1), "kernel-pca-cosine": dec.KernelPCA(2, kernel="cosine"),
    "gaussian-projection": random_projection.GaussianRandomProjection(3, random_state=0),
    "k-bins-onehot": pre.KBinsDiscretizer(4, encode="onehot-dense", strategy="uniform"), "k-bins-ordinal": pre.KBinsDiscretizer(5, encode="ordinal", strategy="quantile", quantile_method="averaged_inverted_cdf"),
    "power-yeo-johnson": pre.PowerTransformer(), "quantile-uniform": pre.QuantileTransformer(n_quantiles=20), "polynomial-interaction": Pipe(sel.SelectKBest(k=4), pre.PolynomialFeatures(3, interaction_only=True)),
    "robust-scaler": pre.RobustScaler(), "max-abs-scaler": pre.MaxAbsScaler(), "min-max-clip": pre.MinMaxScaler(clip=True),
    "select-k-best": sel.SelectKBest(k=3), "select-percentile": sel.SelectPercentile(percentile=40), "select-fpr": sel.SelectFpr(), "select-fdr": sel.SelectFdr(), "select-fwe": sel.SelectFwe(),
    "select-from-model": sel.SelectFromModel(tree.DecisionTreeClassifier(random_state=0)), "select-univariate": sel.GenericUnivariateSelect(mode="k_best", param=4),
    "rfe": Pipe(sel.RFE(logistic(), n_features_to_select=4), pre.StandardScaler()), "rfecv": Pipe(sel.RFECV(logistic(), cv=2, min_features_to_select=3), pre.StandardScaler()), "variance-threshold": sel.VarianceThreshold(0.5),
}.items():
    estimator(name, "transformer", model, lambda: few("wine", 90), scale=30.0, zipmap=False)
estimator("power-box-cox", "transformer", pre.PowerTransformer("box-cox"), lambda: tuple(v if v.ndim == 1 else v + np.float32(0.1) for v in positive("wine", 90)), scale=100.0, without=("transform",),
          edges=lambda rows: rows[::-1].copy())
estimator("kernel-centerer", "transformer", pre.KernelCenterer(), lambda: (lambda k: (k, None, np.tile(k, (3, 1))))((lambda x: (x @ x.T).astype(np.float32))(few("iris", 20)[0])), target=False, scale=30.0)
estimator("target-encoder", "encoder", Pipe(pre.TargetEncoder(random_state=0, cv=3), lm.LogisticRegression()), lambda: (lambda x, y, r: (x, (y > 4).astype(int), r))(*counts()), types=Int64TensorType([None, 6]),
          rows=lambda rest: rest[:ROWS], edges=lambda rows: rows[::-1].copy())
estimator("columns-mixed", "pipeline", Pipe(make_union(dec.PCA(2), pre.StandardScaler()), pre.PolynomialFeatures(2), sel.SelectKBest(k=10), svm.SVC(probability=True, random_state=0)), lambda: few("wine", 90), scale=1.0)
estimator("outlier-elliptic", "outlier", Pipe(pre.StandardScaler(), ensemble.IsolationForest(n_estimators=5, max_samples=40, random_state=0)), lambda: few("iris", 60), target=False, roles={"scores": "scores"}, opset={"": 18, "ai.onnx.ml": 3})
