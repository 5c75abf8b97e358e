"""Linear models on raw columns."""
import numpy as np
from skl2onnx import to_onnx
from sklearn.linear_model import (LinearRegression, LogisticRegression, PoissonRegressor, Ridge, SGDClassifier)
from sklearn.svm import LinearSVC

from common import held_out, linear_edges, linear_scale, load, recipe, save_fixture

PLAIN = {"zipmap": False}


def linear(name, title, model, file, rest, data, **options):
    rows = held_out(rest)
    save_fixture(name, title, "linear", model, file, rows, data=data, edges=linear_edges(rows),
                 scale=linear_scale(rows, model.coef_, model.intercept_), **options)


@recipe
def linear_regression():
    x, y, rest = load("diabetes")
    model = LinearRegression().fit(x, y)
    linear("linear-regression", "Linear regression", model, to_onnx(model, x[:1]), rest, "diabetes")


@recipe
def ridge_two_targets():
    x, y, rest = load("diabetes")
    model = Ridge(alpha=0.1).fit(x, np.stack([y, np.sqrt(y)], 1))
    linear("ridge-two-targets", "Ridge regression with two targets", model, to_onnx(model, x[:1]), rest,
           "diabetes, second target derived from it")


@recipe
def logistic_binary():
    x, y, rest = load("breast_cancer")
    x, rest = x[:, :10] / 10, rest[:, :10] / 10
    model = LogisticRegression(max_iter=2000).fit(x, y)
    linear("logistic-binary", "Logistic regression, two classes, with the default ZipMap", model, to_onnx(model, x[:1]), rest,
           "breast cancer, 10 columns / 10", roles={"output_probability": "probabilities"})


@recipe
def logistic_strings():
    x, y, rest = load("iris")
    model = LogisticRegression(max_iter=500).fit(x, np.array(["setosa", "versicolor", "virginica"])[y])
    linear("logistic-strings", "Multinomial logistic regression, string labels", model,
           to_onnx(model, x[:1], options=PLAIN), rest, "iris")


@recipe
def sgd_log_loss():
    x, y, rest = load("iris")
    x, rest = (x - 4) / 2, (rest - 4) / 2
    model = SGDClassifier(loss="log_loss", random_state=0).fit(x, y)
    linear("sgd-log-loss", "Linear classifier trained by SGD with log loss, one against the rest", model,
           to_onnx(model, x[:1], options=PLAIN), rest, "iris, (x - 4) / 2")


@recipe
def linear_svc():
    x, y, rest = load("wine")
    x, rest = x / x.max(axis=0), rest / x.max(axis=0)
    model = LinearSVC(random_state=0).fit(x, y)
    linear("linear-svc", "Linear support vector classifier: scores, no probabilities", model, to_onnx(model, x[:1]), rest,
           "wine, columns divided by their largest value", roles={"probabilities": "scores"})


@recipe
def linear_svc_binary():
    x, y, rest = load("breast_cancer")
    x, rest = x / x.max(axis=0), rest / x.max(axis=0)
    model = LinearSVC(random_state=0).fit(x, np.array(["no", "yes"])[y])
    linear("linear-svc-binary", "Linear support vector classifier, two string labels: scores [-d, d]", model,
           to_onnx(model, x[:1]), rest, "breast cancer, columns divided by their largest value", roles={"probabilities": "scores"})


@recipe
def poisson_regression():
    x, y, rest = load("diabetes")
    model = PoissonRegressor(max_iter=500).fit(x, np.round(y / 10))
    linear("poisson-regression", "Poisson regression: exp of a linear sum", model, to_onnx(model, x[:1]), rest,
           "diabetes, target / 10")
