"""Serves the bench's requests to prepare and time the peers that run in Python: a JSON object a line on stdin, one back on stdout.

    peers.py FOLDER      FOLDER: bench/.models/, as train.py fills it

Each peer is called as its documentation says, on float32 rows in one NumPy array, with one thread, and answers probabilities.
"""
import functools
import hashlib
import importlib
import os
import pathlib
import sys
import warnings

import numpy as np

from serve import refusal, saved, serve, timed

warnings.filterwarnings("ignore")
FOLDER = pathlib.Path(sys.argv[1])

# Compilers of code per model: more nodes than this take them half an hour or all memory.
MOST_COMPILED_NODES = 250_000


def two_columns(p):
    """[N] of the second of two classes, as [N, 2]."""
    p = np.asarray(p).reshape(len(p), -1)
    return np.concatenate([1 - p, p], 1) if p.shape[1] == 1 else p


# Each function: model entry -> a call that takes rows [N, width] and answers probabilities, [N] or [N, K].


def lightgbm(model):
    import lightgbm
    booster = lightgbm.Booster(model_file=FOLDER / model["native"])
    return lambda x: booster.predict(x, num_threads=1)


def lleaves(model):
    import lleaves
    compiled = lleaves.Model(model_file=FOLDER / model["native"])
    compiled.compile(cache=FOLDER / f"{model['native']}.{digest(model)}.lleaves")
    return lambda x: compiled.predict(x, n_jobs=1)


def xgboost(model):
    import xgboost
    booster = xgboost.Booster(model_file=FOLDER / model["native"])
    booster.set_param({"nthread": 1})
    return lambda x: booster.inplace_predict(x)


def scikit_learn(model):
    import joblib
    estimator = joblib.load(FOLDER / model["native"])
    if hasattr(estimator, "n_jobs"):
        estimator.n_jobs = 1
    return estimator.predict_proba


def tl2cgen(model):
    import joblib
    import tl2cgen
    import treelite
    if model.get("nodes", 0) > MOST_COMPILED_NODES:
        raise ValueError(f"code for {model['nodes']} nodes is not compiled here")
    library = FOLDER / f"{model['native']}.{digest(model)}.so"
    if not library.exists():
        if model["kind"] == "lightgbm":
            forest = treelite.frontend.load_lightgbm_model(FOLDER / model["native"])
        elif model["kind"] == "xgboost":
            forest = treelite.frontend.load_xgboost_model(FOLDER / model["native"])
        else:
            forest = treelite.sklearn.import_model(joblib.load(FOLDER / model["native"]))
        tl2cgen.export_lib(forest, toolchain="gcc", libpath=library, params={"parallel_comp": 16}, nthread=2)
    predictor = tl2cgen.Predictor(library, nthread=1)
    return lambda x: predictor.predict(tl2cgen.DMatrix(x))[:, 0, :]


def hummingbird(model, backend="torch.jit", strategy=None):
    """`strategy`: gemm, tree_trav, perf_tree_trav; Hummingbird's own choice where it is None."""
    import joblib
    import hummingbird.ml
    import torch
    torch.set_num_threads(1)
    if model.get("nodes", 0) > MOST_COMPILED_NODES:
        raise ValueError(f"tensors for {model['nodes']} nodes are not made here")
    if "estimator" in model:
        source = joblib.load(FOLDER / model["estimator"])
    elif model["kind"] == "lightgbm":
        import lightgbm
        source = lightgbm.Booster(model_file=FOLDER / model["native"])
    elif model["kind"] == "xgboost":
        import xgboost
        source = xgboost.XGBClassifier()
        source.load_model(FOLDER / model["native"])
    else:
        source = joblib.load(FOLDER / model["native"])
    example = np.load(FOLDER / model["rows"], mmap_mode="r")[:100].copy()
    options = {} if strategy is None else {"tree_implementation": strategy}
    converted = hummingbird.ml.convert(source, backend, example, extra_config=options)
    if hasattr(converted, "predict_proba"):
        return converted.predict_proba
    # Of a Booster it makes a regressor of raw scores.
    return lambda x: 1 / (1 + np.exp(-converted.predict(x)))


def digest(model):
    return hashlib.sha256((FOLDER / model["native"]).read_bytes()).hexdigest()[:12]


PEERS = {
    "lightgbm": {"LightGBM": lightgbm, "lleaves": lleaves, "tl2cgen": tl2cgen, "Hummingbird": hummingbird},
    "xgboost": {"XGBoost": xgboost, "tl2cgen": tl2cgen, "Hummingbird": hummingbird},
    "sklearn": {"scikit-learn": scikit_learn, "tl2cgen": tl2cgen, "Hummingbird": hummingbird},
}
# Each of Hummingbird's ways by itself, for the grid of its paper.
STRATEGIES = {
    f"Hummingbird {backend} {strategy}": functools.partial(hummingbird, backend=backend, strategy=strategy)
    for backend in ("torch", "torch.jit") for strategy in ("gemm", "tree_trav", "perf_tree_trav")
}
TRAINERS = ("LightGBM", "XGBoost", "scikit-learn")


def peers_of(request):
    own = PEERS[request["kind"]]
    if not request.get("strategies"):
        return own
    return {**{name: peer for name, peer in own.items() if name in TRAINERS}, **STRATEGIES}


PACKAGES = ("lightgbm", "lleaves", "llvmlite", "xgboost", "sklearn", "tl2cgen", "treelite", "torch", "hummingbird", "numpy")

rows, calls = None, {}


def answer(request):
    global rows
    op = request["op"]
    if op == "versions":
        return {"versions": {"python": sys.version.split()[0], **{name: version_of(name) for name in PACKAGES}}}
    if op == "peers":
        return {"peers": list(peers_of(request))}
    if op == "prepare":
        model, peer = request["model"], request["peer"]
        rows = np.load(FOLDER / model["rows"])
        try:
            if "trees" not in model and peer == "tl2cgen":
                raise ValueError("it compiles forests only")
            call = {**PEERS[model["kind"]], **STRATEGIES}[peer](model)
            # Compilers at run time take several calls, of one row and of several, before they are done.
            for count in (8, 1, 8, 1):
                call(rows[:count])
        except Exception as error:
            return refusal(error)
        calls[peer] = call
        return {}
    if op == "answers":
        return saved(two_columns(calls[request["peer"]](rows[: request["rows"]])))
    if op == "time":
        return timed(calls[request["peer"]], rows, request["batch"], request["turn"], request["calls"])
    if op == "release":
        calls.clear()
        return {}
    raise ValueError(f"there is no request {op}")


def version_of(name):
    try:
        return importlib.import_module(name).__version__
    except Exception as error:
        return f"cannot be imported: {error}"


serve(answer)
