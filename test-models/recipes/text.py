"""Text and categories: vectorisers, hashers and encoders before linear and tree models.

onnxruntime lowers case with the C library and needs a locale that the machine has; the files name C.UTF-8.
"""
import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DictionaryType, FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (KBinsDiscretizer, MinMaxScaler, OneHotEncoder, OrdinalEncoder, PolynomialFeatures, StandardScaler,
                                   TargetEncoder)
from sklearn.tree import DecisionTreeClassifier

from common import linear_scale, recipe, run, save_fixture, session, text

LOCALE = {"locale": "C.UTF-8"}
LETTERS = r"[\p{L}\p{N}_]{2,}"  # what scikit-learn's default pattern finds, in RE2's words

WORDS = {
    "sport": "match team Goal coach ball score league player run won 2:1 Fußball équipe гол 試合 win".split(),
    "food": "bread soup Cook oven taste recipe salt sugar baked crème Brötchen суп 料理 spice dish warm".split(),
    "space": "orbit moon rocket Launch star planet probe comet Mars NASA étoile ракета 宇宙 lunar sun crew".split(),
}
COMMON = "the a of and to in is it was on for with as at by we they you not".split()
MARKS = [" ", " ", " ", ", ", ". ", " - ", "\n", "\t", " 😀 ", "! ", "/"]


def sentences(n, seed, topics=("sport", "food", "space")):
    """n texts of a topic each, in several scripts, with punctuation, emoji, upper case and nothing at all."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(n):
        topic = topics[rng.integers(len(topics))]
        words = [str(rng.choice(WORDS[topic] if rng.random() < 0.5 else COMMON)) for _ in range(rng.integers(0, 14))]
        words = [w.upper() if rng.random() < 0.1 else w for w in words]
        texts.append("".join(w + str(rng.choice(MARKS)) for w in words))
        labels.append(topic)
    return np.array(texts, dtype=str), np.array(labels)


def odd_texts(seed):
    """Texts that no training set has: empty, spaces, long, control characters, combining marks, right to left, letters of one's own case."""
    odd = ["", " ", "\n\t", "goal", "GOAL goal GoAl", "goal" * 50, "goal " * 300, "g o a l", "goal,,goal", "goal.bread;moon",
           "e\u0301toile étoile", "שלום goal", "مرحبا", "試合試合 試合", "😀😀 goal😀", "a\u200bb goal", "\u00a0goal\u00a0bread", "ŉ Ǆ ﬁ",
           "goal_bread goal-bread", "2:1 2 1 21", "#", "# ##", "тест ГОЛ гол", "\x01\x02 goal", "the", "The the THE of"]
    texts, _ = sentences(120, seed)
    return np.array(odd + list(texts), dtype=str)


def column(texts):
    return np.array(texts, dtype=str).reshape(-1, 1)


def bounds(model, texts):
    """s of the tolerance: the largest sum of |weight x value| before the link."""
    x = model[:-1].transform(texts)
    x = x.toarray() if hasattr(x, "toarray") else x
    return linear_scale(x, model[-1].coef_, model[-1].intercept_)


def text_fixture(name, title, model, *, options, binary=False, zipmap=True, **more):
    topics = ("sport", "food") if binary else ("sport", "food", "space")
    texts, y = sentences(400, 0, topics)
    rows, _ = sentences(160, 1)
    if hasattr(model, "predict"):
        model.fit(texts, (y == "food").astype(np.float32) if isinstance(model[-1], Ridge) else y)
    else:
        model.fit(texts)
    options = dict(options)
    if zipmap and hasattr(model, "classes_"):
        options[id(model[-1])] = {"zipmap": False}
    opset = more.pop("target_opset", None)
    file = to_onnx(model, initial_types=[("X", StringTensorType([None, 1]))], options=options, target_opset=opset)
    linear = hasattr(model, "steps") and hasattr(model[-1], "coef_")
    if linear:
        more["scale"] = bounds(model, odd_texts(2))
    save_fixture(name, title, "text", model, file, column(rows), data="made up (seeded): sentences in five scripts", edges=column(odd_texts(2)),
                 trainer_rows=rows, **more)


@recipe
def text_counts():
    text_fixture("text-counts", "CountVectorizer alone, as it is exported by default", CountVectorizer(),
                 options={CountVectorizer: LOCALE}, roles={"variable": "values"},
                 notes="The file's words are [a-zA-Z0-9_]+: it cuts words at letters with accents, where scikit-learn does not.")


@recipe
def text_tfidf_logistic():
    text_fixture("text-tfidf-logistic", "TfidfVectorizer, then multinomial logistic regression",
                 make_pipeline(TfidfVectorizer(), LogisticRegression()), options={TfidfVectorizer: {**LOCALE, "tokenexp": LETTERS}})


@recipe
def text_tfidf_pairs_logistic():
    text_fixture("text-tfidf-pairs-logistic", "TfidfVectorizer of words and pairs, sublinear, then binary logistic regression",
                 make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, norm="l2"), LogisticRegression(C=10)),
                 options={TfidfVectorizer: {**LOCALE, "tokenexp": LETTERS}}, binary=True,
                 notes="The file computes log(1 + count) where scikit-learn computes 1 + log(count); the file is followed.")


@recipe
def text_characters_logistic():
    text_fixture("text-characters-logistic", "CountVectorizer of two and three characters, then logistic regression",
                 make_pipeline(CountVectorizer(analyzer="char", ngram_range=(2, 3), min_df=3), LogisticRegression()),
                 options={CountVectorizer: LOCALE})


@recipe
def text_separators_forest():
    text_fixture("text-separators-forest", "CountVectorizer cut at separators, then random forest",
                 make_pipeline(CountVectorizer(token_pattern=r"[^ .,!\n\t/]+", max_features=60),
                               RandomForestClassifier(20, max_depth=5, random_state=0, n_jobs=1)),
                 options={CountVectorizer: {**LOCALE, "separators": [" ", "[.]", ",", "!", "\\n", "\\t", "/"]}})


@recipe
def text_presence_tree():
    text_fixture("text-presence-tree", "CountVectorizer, binary and case-sensitive, then decision tree",
                 make_pipeline(CountVectorizer(binary=True, lowercase=False, token_pattern="[a-zA-Z]{3,}", min_df=2),
                               DecisionTreeClassifier(max_depth=6, random_state=0)), options={})


@recipe
def text_transformer_boosting():
    text_fixture("text-transformer-boosting", "CountVectorizer, TfidfTransformer (L1, smooth), then gradient boosting",
                 make_pipeline(CountVectorizer(token_pattern="[a-z]+", max_features=50), TfidfTransformer(norm="l1"),
                               GradientBoostingClassifier(n_estimators=10, random_state=0)),
                 options={CountVectorizer: LOCALE}, binary=True)


@recipe
def text_ridge_old():
    texts, y = sentences(400, 0, ("sport", "food"))
    model = make_pipeline(TfidfVectorizer(token_pattern="[a-z]+"), Ridge()).fit(texts, (y == "food").astype(np.float32))
    types, options = [("X", StringTensorType([None, 1]))], {TfidfVectorizer: LOCALE}
    file = to_onnx(model, initial_types=types, options=options, target_opset={"": 9, "ai.onnx.ml": 1})
    new = to_onnx(model, initial_types=types, options=options)
    rows, _ = sentences(160, 1)
    save_fixture("text-ridge-old", "TfidfVectorizer, then ridge regression, for opset 9", "text", model, file, column(rows),
                 data="made up (seeded): sentences in five scripts", edges=column(odd_texts(2)), trainer_rows=rows,
                 scale=bounds(model, odd_texts(2)), oracle=lambda inputs: run(new, inputs)[0],
                 notes="onnxruntime has no com.microsoft StringNormalizer: the answers are those of the same model exported for a new opset.")


@recipe
def text_svd_logistic():
    text_fixture("text-svd-logistic", "TfidfVectorizer, TruncatedSVD, then logistic regression",
                 make_pipeline(TfidfVectorizer(token_pattern="[a-z]+", min_df=3), TruncatedSVD(8, random_state=0), LogisticRegression(C=10)),
                 options={TfidfVectorizer: LOCALE})


@recipe
def text_hasher_logistic():
    texts, y = sentences(400, 0)
    words = lambda t, n=4: np.array([(s.split() + [""] * n)[:n] for s in t], dtype=str)
    model = make_pipeline(FeatureHasher(64, input_type="string", dtype=np.float32), LogisticRegression()).fit(words(texts), y)
    rows = words(sentences(160, 1)[0])
    file = to_onnx(model, initial_types=[("X", StringTensorType([None, 4]))], options={"zipmap": False})
    save_fixture("text-hasher-logistic", "FeatureHasher of four words a row, then logistic regression", "text", model, file, rows,
                 data="made up (seeded): the first four words of sentences in five scripts", edges=words(odd_texts(2)),
                 scale=bounds(model, rows))


@recipe
def dict_vectorizer_logistic():
    rng = np.random.default_rng(0)
    words = ["goal", "soup", "звезда", "試合", "a b", "😀"]
    table = lambda n: np.where(rng.random((n, len(words))) < 0.5, rng.integers(0, 9, (n, len(words))), 0).astype(np.float32)
    maps = lambda x: [{w: float(v) for w, v in zip(words, row) if v != 0} for row in x]
    x, rows, edges = table(200), table(160), table(120)
    edges[:20, 1] = np.resize(np.float32([np.nan, np.inf, -1e-40, 3e38, -0.5]), 20)
    model = make_pipeline(DictVectorizer(sparse=False, dtype=np.float32), LogisticRegression())
    model.fit(maps(x), np.where(x[:, 0] > x[:, 1], "yes", "no"))
    order = [words.index(w) for w in model[0].feature_names_]  # the columns of the file
    file = to_onnx(model, initial_types=[("X", DictionaryType(StringTensorType([1]), FloatTensorType([1])))], options={"zipmap": False})
    s = session(file)
    keys = [o.name for o in s.get_outputs()]

    def answers(inputs):
        # onnxruntime takes one map at a time, and none without entries
        given = [s.run(None, {"X": {w: float(v) for w, v in zip(model[0].feature_names_, row)}}) for row in inputs["X"]]
        return {k: text(np.concatenate([g[i] for g in given])) for i, k in enumerate(keys)}

    save_fixture("dict-vectorizer-logistic", "DictVectorizer, then logistic regression: the input is a map", "text", model, file,
                 rows[:, order], data="made up (seeded): counts of words", edges=edges[:, order], trainer_rows=maps(rows), oracle=answers,
                 scale=bounds(model, maps(rows)), notes="Answers are onnxruntime's, for one map at a time; the rows hold all entries.")


# --- tables ---------------------------------------------------------------------------------------------------------


def listings(n, seed, missing=True):
    """A made-up table: a text, categories with missing values, numbers with missing values, and a target that depends on them."""
    rng = np.random.default_rng(seed)
    texts, topics = sentences(n, seed)
    table = pd.DataFrame({
        "about": texts,
        "city": rng.choice(["Oslo", "Rome", "São Paulo", "東京", "Санкт-Петербург", "a b"], n),
        "size": rng.choice(["S", "M", "L", "XL"], n),
        "price": np.exp(rng.normal(3, 1, n)).astype(np.float32),
        "age": rng.integers(0, 90, n).astype(np.float32),
    })
    score = (topics == "food") * 2 + (table["city"] == "Rome") + (table["size"] == "XL") - table["age"] / 40 + rng.normal(0, 0.5, n)
    if missing:
        for c in ("price", "age"):
            table.loc[rng.random(n) < 0.1, c] = np.nan
    return table, np.where(score > 0.3, "sold", "open")


STRINGS = ("about", "city", "size")


def columns(table):
    return {c: table[[c]].to_numpy(str if c in STRINGS else np.float32) for c in table}


def odd_listings(table, seed):
    """Rows with unknown categories, other spellings, missing and extreme numbers, odd texts."""
    rng = np.random.default_rng(seed)
    table = table.copy()
    odd = {"about": odd_texts(seed), "city": np.array(["oslo", "Roma", "", "東京 ", "Sa\u0303o Paulo", "😀"]), "size": np.array(["XXL", "s", "", "M "]),
           "price": np.float32([0, -0.0, 1e-40, 3e38, np.nan, -1]), "age": np.float32([0, np.nan, 1e6, -3])}
    for c, values in odd.items():
        if c in table:
            at = rng.random(len(table)) < 0.3
            table.loc[at, c] = np.resize(values, at.sum())
    return table


def table_fixture(name, title, model, keep, *, options=None, unknown=True, **more):
    table, y = listings(400, 0)
    table = table[keep]
    rows = listings(160, 1)[0][keep]
    model.fit(table, y)
    types = [(c, StringTensorType([None, 1]) if c in STRINGS else FloatTensorType([None, 1])) for c in keep]
    file = to_onnx(model, initial_types=types, options={**(options or {}), id(model[-1]): {"zipmap": False}})
    edges = listings(200, 2)[0][keep]
    if hasattr(model[-1], "coef_"):
        x = model[:-1].transform(rows)
        more["scale"] = linear_scale(x.toarray() if hasattr(x, "toarray") else x, model[-1].coef_, model[-1].intercept_)
    save_fixture(name, title, "pipeline", model, file, columns(rows), data="made up (seeded): a table of texts, categories and numbers",
                 edges=columns(odd_listings(edges, 3) if unknown else edges), trainer_rows=rows, **more)


@recipe
def table_text_logistic():
    table_fixture("table-text-logistic", "A text beside categories and numbers with missing values, then logistic regression", make_pipeline(
        ColumnTransformer([("text", TfidfVectorizer(token_pattern="[a-z]+", min_df=3), "about"),
                           ("words", OneHotEncoder(handle_unknown="ignore"), ["city", "size"]),
                           ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["price", "age"])]),
        LogisticRegression(max_iter=500)), ["about", "city", "size", "price", "age"], options={TfidfVectorizer: LOCALE})


@recipe
def table_bins_forest():
    table_fixture("table-bins-forest", "Ordinal and one-hot categories, binned and polynomial numbers, selection, then random forest", make_pipeline(
        ColumnTransformer([("order", OrdinalEncoder(categories=[["S", "M", "L", "XL"]], handle_unknown="use_encoded_value", unknown_value=-1), ["size"]),
                           ("city", OneHotEncoder(handle_unknown="ignore", drop=None), ["city"]),
                           ("bins", make_pipeline(SimpleImputer(), KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf")), ["age"]),
                           ("powers", make_pipeline(SimpleImputer(), MinMaxScaler(), PolynomialFeatures(2)), ["price", "age"])]),
        SelectKBest(f_classif, k=8), RandomForestClassifier(20, max_depth=5, random_state=0, n_jobs=1)), ["city", "size", "price", "age"])


@recipe
def table_target_boosting():
    table_fixture("table-target-boosting", "TargetEncoder on two categories, then gradient boosting", make_pipeline(
        ColumnTransformer([("target", TargetEncoder(random_state=0), ["city", "size"]),
                           ("numbers", SimpleImputer(), ["price", "age"])]),
        GradientBoostingClassifier(n_estimators=20, random_state=0)), ["city", "size", "price", "age"])


@recipe
def table_pca_logistic():
    table_fixture("table-pca-logistic", "One-hot categories without the first, imputed numbers, PCA, then logistic regression", make_pipeline(
        ColumnTransformer([("city", OneHotEncoder(drop="first", sparse_output=False), ["city", "size"]),
                           ("numbers", make_pipeline(SimpleImputer(strategy="constant", fill_value=-1), StandardScaler()), ["price", "age"])]),
        PCA(4, random_state=0), LogisticRegression()), ["city", "size", "price", "age"], unknown=False)


# --- operators that no exporter of scikit-learn writes --------------------------------------------------------------


@recipe
def text_operators_linear():
    """A model by hand: texts are joined, split, matched and hashed, and a linear model reads the results."""
    texts, y = sentences(300, 0, ("sport", "food"))
    rows = np.stack([sentences(160, 1)[0], sentences(160, 4)[0]], axis=1)
    pattern = r"(?i).*\b(goal|team|win)\b(.|\n)*"
    nodes = [
        helper.make_node("Gather", ["X", "first"], ["a"], axis=1),
        helper.make_node("Gather", ["X", "second"], ["b"], axis=1),
        helper.make_node("StringConcat", ["a", "space"], ["a_"]),
        helper.make_node("StringConcat", ["a_", "b"], ["both"]),
        helper.make_node("RegexFullMatch", ["both"], ["found"], pattern=pattern),
        helper.make_node("StringSplit", ["both"], ["parts", "count"]),
        helper.make_node("MurmurHash3", ["b"], ["hash"], domain="com.microsoft", positive=0, seed=7),
        helper.make_node("Cast", ["found"], ["f0"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["count"], ["f1"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["hash"], ["hashed"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["hashed", "tiny"], ["f2"]),
        helper.make_node("Equal", ["a", "b"], ["same"]),
        helper.make_node("Cast", ["same"], ["f3"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["f0", "f1", "f2", "f3"], ["features"], axis=1),
        helper.make_node("LinearRegressor", ["features"], ["variable"], domain="ai.onnx.ml", coefficients=[1.5, -0.25, 2.0, 8.0],
                         intercepts=[0.5], targets=1),
    ]
    graph = helper.make_graph(
        nodes, "text", [helper.make_tensor_value_info("X", TensorProto.STRING, [None, 2])],
        [helper.make_tensor_value_info("variable", TensorProto.FLOAT, [None, 1])],
        [onnx.numpy_helper.from_array(np.array([0]), "first"), onnx.numpy_helper.from_array(np.array([1]), "second"),
         onnx.numpy_helper.from_array(np.float32(2.0**-31), "tiny"), helper.make_tensor("space", TensorProto.STRING, [1], [b" "])])
    file = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("ai.onnx.ml", 3),
                                                                 helper.make_opsetid("com.microsoft", 1)])
    odd = odd_texts(2)
    edges = np.stack([odd, np.where(np.arange(len(odd)) % 3 == 0, odd, odd[::-1])], axis=1)
    save_fixture("text-operators-linear", "Texts joined, split, matched, compared and hashed, then a linear model", "text", None, file, rows,
                 data="made up (seeded): pairs of sentences", edges=edges, trainer={}, scale=16.0, classes=None, roles={"variable": "values"},
                 source={"library": "onnx", "version": onnx.__version__, "class": "made by hand", "params": {}}, exporter="onnx")
