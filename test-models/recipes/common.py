"""What every recipe shares: bundled data, rows at the edges, the file's and the trainer's answers, writing a fixture."""
import inspect
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort
import sklearn
from sklearn import datasets

from ensemble import answers, ensembles, stats

OUT = pathlib.Path(__file__).resolve().parent.parent / "onnx"
DTYPES = {1: "float32", 11: "float64", 7: "int64", 6: "int32", 8: "string", 9: "bool"}
RECIPES = {}  # name -> function; filled by @recipe


def recipe(function):
    """Registers a function as the recipe of the fixture(s) it saves; its name gives the fixture's, with dashes."""
    RECIPES[function.__name__.replace("_", "-")] = function
    return function


# --- data -----------------------------------------------------------------------------------------------------------


def load(name, seed=0, share=0.6):
    """A bundled data set as float32: training rows, their targets, and the rows held out."""
    x, y = getattr(datasets, "load_" + name)(return_X_y=True)
    x = np.ascontiguousarray(x, np.float32)
    order = np.random.default_rng(seed).permutation(len(x))
    cut = int(len(x) * share)
    return x[order[:cut]], y[order[:cut]], x[order[cut:]]


def held_out(x, n=160, seed=1):
    """n float32 rows: the held-out ones, then mixtures of two of them where there are too few."""
    rng = np.random.default_rng(seed)
    x = np.asarray(x, np.float32)
    if len(x) < n:
        a, b = rng.integers(len(x), size=(2, n - len(x)))
        w = rng.random((n - len(x), 1)).astype(np.float32)
        with np.errstate(all="ignore"):
            x = np.concatenate([x, x[a] * w + x[b] * (1 - w)])
    return np.ascontiguousarray(x[:n], np.float32)


def with_missing(x, share, seed):
    """A copy in which a share of the cells is NaN, independent of their values."""
    x = np.array(x)
    x[np.random.default_rng(seed).random(x.shape) < share] = np.nan
    return x


# --- rows at the edges ----------------------------------------------------------------------------------------------


def edge_rows(rows, cuts, n=240, seed=2, nan=True, inf=True, huge=True):
    """Real rows with cells replaced by cut points, their neighbours, and values that break arithmetic.

    cuts: {feature: thresholds}, or a list of features where there are no thresholds.
    """
    rng = np.random.default_rng(seed)
    dtype = rows.dtype.type
    special = [0.0, -0.0, 1e-40, -1e-40, 1.4e-45, 16777216.0, 16777217.0, -2147483648.0, 1e15]
    special += [np.nan] * (2 if nan else 0) + [np.inf, -np.inf] * inf + [3e38, -3e38] * huge
    features = sorted(cuts)
    out = np.array(rows[rng.integers(len(rows), size=n)])
    for i, row in enumerate(out):
        for f in rng.choice(features, size=min(len(features), int(rng.choice([1, 1, 2, 3, 8]))), replace=False):
            thresholds = cuts[f] if isinstance(cuts, dict) else ()
            if len(thresholds) and rng.random() < 0.65:
                t = dtype(rng.choice(thresholds))
                row[f] = [t, np.nextafter(t, dtype(-np.inf)), np.nextafter(t, dtype(np.inf))][rng.integers(3)]
            else:
                row[f] = dtype(special[rng.integers(len(special))])
    whole = [0.0, -0.0] + [np.nan] * nan + [np.inf, -np.inf] * inf
    out[: len(whole)] = np.array(whole, dtype)[:, None]
    if isinstance(cuts, dict):  # whole rows at thresholds and beside them
        for i in range(len(whole), len(whole) + 30):
            for f in features:
                t = dtype(rng.choice(cuts[f]))
                out[i, f] = [t, np.nextafter(t, dtype(-np.inf)), np.nextafter(t, dtype(np.inf))][i % 3]
    return np.ascontiguousarray(out)


def linear_edges(rows, n=200, seed=2, nan=True, huge=True):
    """Real rows with one cell replaced at a time: two huge cells could cancel, and then the order of a sum decides."""
    rng = np.random.default_rng(seed)
    special = [0.0, -0.0, 1e-40, -1e-40] + [16777217.0, -2147483648.0, 1e15, 3e38, -3e38] * huge + [np.nan, np.inf, -np.inf] * nan
    out = np.array(rows[rng.integers(len(rows), size=n)])
    for i, row in enumerate(out):
        row[rng.integers(rows.shape[1])] = rows.dtype.type(special[i % len(special)])
    whole = [0.0, -0.0] + [np.nan, np.inf, -np.inf] * nan
    out[-len(whole):] = np.array(whole, rows.dtype)[:, None]
    return np.ascontiguousarray(out)


def cuts_through(model, e, width):
    """Thresholds of a forest behind column-wise increasing operators, as float32 inputs of the file.

    For each threshold the largest input that still lands on or below it, found by halving the range of floats.
    """
    pairs = [(f, t) for f, c in e.cuts().items() for t in c]
    floats = lambda i: np.where(i < 0, i ^ 0x7FFFFFFF, i).astype(np.int32).view(np.float32)  # ordered ints to floats
    low, high = np.full(len(pairs), -(2**31) + 2**23 + 2, np.int64), np.full(len(pairs), 0x7F000000, np.int64)
    features, t = np.array([f for f, _ in pairs]), np.array([t for _, t in pairs])
    while (high - low > 1).any():
        middle = (low + high) // 2
        x = np.zeros((len(pairs), width), np.float32)
        x[np.arange(len(pairs)), features] = floats(middle)
        below = inner(model, e.input, {model.graph.input[0].name: x})[np.arange(len(pairs)), features] <= t
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    x = floats(low)
    return {int(f): x[features == f] for f in np.unique(features)}


def linear_scale(x, coef, intercept=0):
    """Largest sum over features of |w x| + |b| over the rows."""
    coef = np.atleast_2d(coef)
    return float((np.abs(np.asarray(x, np.float64)) @ np.abs(coef).T + np.abs(intercept)).max())


# --- answers of the file --------------------------------------------------------------------------------------------


def session(model):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def dense(value, labels):
    """ZipMap's list of dictionaries as a matrix [N, K]; other outputs as they are."""
    if isinstance(value, list):
        return np.array([[row[k] for k in labels] for row in value], np.float32)
    return value


def named(keys, values, labels):
    """Outputs by name; a sequence of tensors is an output for each of them."""
    out = {}
    for key, value in zip(keys, values):
        if isinstance(value, list) and len(value) and isinstance(value[0], np.ndarray):
            out.update({f"{key}[{i}]": text(v) for i, v in enumerate(value)})
        else:
            out[key] = text(dense(value, labels))
    return out


def text(value):
    """onnxruntime's and pandas' object arrays of strings as numpy strings."""
    value = np.asarray(value)
    return value.astype(str) if value.dtype == object or value.dtype.kind == "U" else value


def run(model, inputs, labels=None, scale=1.0):
    """The file's outputs by onnxruntime for the batch, and the rows that give something else when alone.

    ({name: array}, [N] bools). A batch is multiplied by another kernel than a single row, so sums may differ in their
    last bits: the tolerance is 1e-6 max(|value|, scale).
    """
    s = session(model)
    feed = {k: v.astype(object) if v.dtype.kind == "U" else v for k, v in inputs.items()}
    n = len(next(iter(feed.values())))
    keys = [o.name for o in s.get_outputs()]
    batch = named(keys, s.run(None, feed), labels)
    differs = np.zeros(n, bool)
    single = [named(keys, s.run(None, {k: v[i : i + 1] for k, v in feed.items()}), labels) for i in range(n)]
    for key in batch:
        axis = [d for d in range(batch[key].ndim) if batch[key].shape[d] == n][0]
        rows = np.concatenate([row[key] for row in single], axis=axis)
        same = rows == batch[key]
        if rows.dtype.kind == "f":
            with np.errstate(all="ignore"):
                near = np.abs(rows - batch[key]) <= 1e-6 * np.maximum(np.abs(batch[key]), scale)
            same |= near | (np.isnan(rows) & np.isnan(batch[key]))
        bad = (~np.moveaxis(same, axis, 0).reshape(n, -1)).any(axis=1)
        if bad.any() and "-v" in sys.argv:
            i = np.flatnonzero(bad)[0]
            print(key, np.take(batch[key], i, axis), np.take(rows, i, axis), {k: v[i] for k, v in inputs.items()})
        differs |= bad
    return batch, differs


def tensor(model, name, kind=None):
    """A copy of the file with one of its inner tensors as only output."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    del out.graph.output[:]
    inferred = {v.name: v for v in onnx.shape_inference.infer_shapes(model).graph.value_info}
    known = inferred.get(name)
    kind = kind or (known.type.tensor_type.elem_type if known and known.type.tensor_type.elem_type else 1)
    out.graph.output.append(onnx.helper.make_tensor_value_info(name, kind, None))
    return out


def inner(model, name, inputs, kind=None):
    """The value of an inner tensor (or of an input) of the file for these inputs."""
    if name in inputs:
        return inputs[name]
    feed = {k: v.astype(object) if v.dtype.kind == "U" else v for k, v in inputs.items()}
    return text(session(tensor(model, name, kind)).run(None, feed)[0])


def walk_check(model, found, inputs, judge=True):
    """Leaves of each ensemble by the plain walk, checked against onnxruntime's output of that node. [(leaves, scale)]"""
    out = []
    for e in found:
        leaves = e.leaves(inner(model, e.input, inputs))
        if judge:
            want = inner(model, e.outputs[-1], inputs)
            got = answers(e, leaves)[-1]
            if e.classifier:
                labels = inner(model, e.outputs[0], inputs, 8 if e.labels.dtype.kind == "U" else 7)
                if (labels != answers(e, leaves)[0]).any():
                    raise SystemExit(f"the walk disagrees with onnxruntime on {(labels != answers(e, leaves)[0]).sum()} labels")
            bad = ~np.isclose(got, np.asarray(want).reshape(got.shape), rtol=2e-6, atol=2e-6 * e.scale(leaves), equal_nan=True)
            if bad.any():
                i = np.argwhere(bad)[0]
                raise SystemExit(f"the walk disagrees with onnxruntime in {int(bad.sum())} cells: {got[i[0]]} {want[i[0]]}")
        out.append((leaves, e.scale(leaves)))
    return out


# --- the trainer ----------------------------------------------------------------------------------------------------

METHODS = {"predict": "predict", "predict_proba": "predictProba", "decision_function": "decisionFunction",
           "score_samples": "scoreSamples", "transform": "transform"}
ROLES = {"probabilities": ["predictProba"], "scores": ["decisionFunction", "scoreSamples"], "values": ["predict", "transform"]}


def trainer_answers(model, x):
    """Every prediction method of a trained model on x, and the leaf per tree where it can say. {camelCase name: array}"""
    out = {}
    for method, name in METHODS.items():
        if hasattr(model, method):
            value = getattr(model, method)(x)
            value = np.stack(value) if isinstance(value, list) else value
            value = value.toarray() if hasattr(value, "toarray") else value
            out[name] = text(value)
    library = type(model).__module__.split(".")[0]
    if library == "lightgbm":
        out["leaves"] = np.asarray(model.predict(x, pred_leaf=True), np.int32)
    elif library == "xgboost":
        out["leaves"] = model.apply(x).astype(np.int32)
    elif hasattr(model, "apply"):
        leaves = np.asarray(model.apply(x))
        out["leaves"] = leaves.reshape(len(leaves), -1).astype(np.int32)
    return out


def compare(outputs, answers, trainer, n):
    """Rows on which file and trainer disagree (labels, or 1e-4 + 1e-3 |trainer's|), and where. (rows, text)"""
    wrong, worst = np.zeros(n, bool), []
    for o in outputs:
        got = answers[o["name"]]
        if o["role"] == "values" and "predict" in trainer and trainer["predict"].dtype.kind == "U":
            continue
        keys = ["predict"] if o["role"] == "label" else [k for k in ROLES[o["role"]] if k in trainer][:1]
        for key in keys:
            want = trainer[key]
            if got.dtype.kind == "U" or o["role"] == "label":
                bad = got.astype(str).ravel() != want.astype(str).ravel()
                bad = bad.reshape(n, -1)
            else:
                if got.size == 2 * want.size:  # binary scores written as two columns
                    got = got[:, 1]
                got, want = got.reshape(want.shape).astype(np.float64), want.astype(np.float64)
                with np.errstate(all="ignore"):
                    bad = ~((np.abs(got - want) <= 1e-4 + 1e-3 * np.abs(want)) | (got == want) | (np.isnan(got) & np.isnan(want)))
                axis = [d for d in range(bad.ndim) if bad.shape[d] == n][0]
                bad = np.moveaxis(bad, axis, 0).reshape(n, -1)
            if bad.any():
                wrong |= bad.any(axis=1)
                worst.append(f"{o['name']} against {key}")
    return int(wrong.sum()), ", ".join(worst)


def leaves_alike(file, trainer):
    """Whether the leaves have equal names, and how many are not the trainer's, whatever their names: (bool, count)"""
    if file.shape != trainer.shape:
        raise SystemExit(f"leaves {file.shape} in the file, {trainer.shape} in the trainer")
    astray = 0
    for t in range(file.shape[1]):
        pairs, counts = np.unique(np.stack([trainer[:, t], file[:, t]]), axis=1, return_counts=True)
        best = {}
        for (a, b), c in sorted(zip(pairs.T.tolist(), counts.tolist()), key=lambda p: -p[1]):
            if a not in best and b not in best.values():
                best[a] = b
            else:
                astray += c
    return bool((file == trainer).all()), astray


def plain(value):
    """Parameters as JSON: numbers, strings and lists stay, anything else becomes its repr."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, (int, float, str, bool, type(None))) else " ".join(repr(value).split())


def described(model):
    """{"library", "version", "class", "params"} of a trained model; params are those that are not the default."""
    import lightgbm
    import xgboost

    library = {"sklearn": "scikit-learn"}.get(type(model).__module__.split(".")[0], type(model).__module__.split(".")[0])
    version = {"scikit-learn": sklearn, "lightgbm": lightgbm, "xgboost": xgboost}[library].__version__
    default = {k: p.default for k, p in inspect.signature(type(model).__init__).parameters.items()}
    given = model.get_params(deep=False)
    params = {k: plain(v) for k, v in sorted(given.items()) if v is not None and (k not in default or repr(default[k]) != repr(v))}
    return {"library": library, "version": version, "class": type(model).__name__, "params": params}


# --- writing --------------------------------------------------------------------------------------------------------


def io(model):
    """Inputs and tensor outputs as the file names them: [{"name", "dtype", "shape"}], [{"name", "dtype"}]."""
    initial = {i.name for i in model.graph.initializer}
    inputs = []
    for v in model.graph.input:
        if v.type.HasField("map_type"):  # a row of the vocabulary of the DictVectorizer that reads it
            words = next(a for n in model.graph.node for a in n.attribute if v.name in n.input and a.name.endswith("_vocabulary"))
            inputs.append({"name": v.name, "dtype": DTYPES[v.type.map_type.value_type.tensor_type.elem_type],
                           "shape": [None, len(words.strings or words.ints)]})
        elif v.name not in initial:
            t = v.type.tensor_type
            shape = [d.dim_value or None for d in t.shape.dim]
            inputs.append({"name": v.name, "dtype": DTYPES[t.elem_type], "shape": shape})
    return inputs, [v.name for v in model.graph.output]


def save_fixture(name, title, family, model, file, rows, *, data, seed=0, exporter="skl2onnx", classes="the model's", edges=None,
                 roles=None, scale=None, sums="float32", oracle=None, trainer=None, source=None, notes=None, trainer_rows=None):
    """Checks a trained model against its file and writes the fixture.

    file: the ONNX model. rows: the held-out rows, an array for one input or {input: array}. edges: rows for the second
    set; made from the thresholds if the forest reads the input itself. roles: {output: role}, guessed if left out.
    trainer: the trainer's answers if the model cannot give them on `trainer_rows` (by default rows, or X where single).
    oracle: a function inputs -> {output: array} that replaces onnxruntime. scale: see README.
    """
    file.graph.name, file.doc_string, file.graph.doc_string = name, "", ""
    onnx.checker.check_model(file, full_check=False) if oracle is None else None
    inputs, _ = io(file)
    rows = rows if isinstance(rows, dict) else {inputs[0]["name"]: rows}
    n = len(next(iter(rows.values())))
    found = ensembles(file)
    x = next(iter(rows.values()))
    if isinstance(classes, str):
        classes = getattr(model, "classes_", None)
    if edges is None:
        direct = [e for e in found if e.input == inputs[0]["name"]]
        cuts = {}
        for e in direct:
            for f, c in e.cuts().items():
                cuts[f] = np.unique(np.concatenate([cuts.get(f, c), c]))
        edges = edge_rows(x, cuts or list(range(x.shape[1])), seed=seed + 2)
    edges = edges if isinstance(edges, dict) else {inputs[0]["name"]: edges}
    if trainer is None:
        trainer = trainer_answers(model, x if trainer_rows is None else trainer_rows)

    arrays, sets, largest, differs, left_out = {}, [], 0.0, None, 0
    for key, given in (("trainer", rows), ("edges", edges)):
        if oracle:
            got = oracle(given)
        else:
            got, odd = run(file, given, classes, scale or 1.0)
            if odd.any():
                if key == "trainer" or odd.sum() > 20:
                    raise SystemExit(f"{name}: {odd.sum()} rows of {key} differ between the batch and single rows")
                left_out = int(odd.sum())
                given = {k: np.ascontiguousarray(v[~odd]) for k, v in given.items()}
                got, _ = run(file, given, classes, scale or 1.0)
        guess = lambda o: "label" if got[o].dtype.kind in "iU" else ("probabilities" if classes is not None else "values")
        described_outputs = [{"name": o, "dtype": "string" if got[o].dtype.kind == "U" else str(got[o].dtype),
                              "role": (roles or {}).get(o) or guess(o)} for o in got]
        walked = walk_check(file, found, given, judge=oracle is None)
        one = {"name": key, "rows": len(next(iter(given.values()))), "inputs": {}, "file": {}}
        for k, v in given.items():
            one["inputs"][k] = f"{key}/{k}"
            arrays[f"{key}/{k}"] = v
        for o in got:
            one["file"][o] = f"{key}/file/{o}"
            arrays[f"{key}/file/{o}"] = got[o]
        if len(found) == 1:
            one["leaves"] = f"{key}/leaves"
            arrays[f"{key}/leaves"] = found[0].id[walked[0][0]].astype(np.int32)
        if key == "trainer":
            one["trainer"] = {}
            for k, v in trainer.items():
                k2 = "trainerLeaves" if k == "leaves" else k
                one["trainer"][k] = f"{key}/{k2}"
                arrays[f"{key}/{k2}"] = v
            count, where = compare(described_outputs, got, trainer, n)
            if count:
                differs = {"what": where, "rows": count}
        largest = max([largest] + [s for _, s in walked])
        sets.append(one)
    if scale is None:
        scale = largest if found else 1.0
    same = ""
    if "leaves" in trainer and len(found) == 1:
        equal, astray = leaves_alike(arrays["trainer/leaves"], trainer["leaves"])
        same = ", leaves as trainer" if equal else ", leaves as trainer but for their names"
        if astray:
            same = f", {astray} leaves not the trainer's"
            odd = f"{astray} of {trainer['leaves'].size} leaves reached on the trainer's rows are not the trainer's."
            notes = f"{notes} {odd}" if notes else odd
    if left_out:
        odd = f"{left_out} edge rows left out on which onnxruntime answers otherwise for the row alone than in a batch."
        notes = f"{notes} {odd}" if notes else odd
    fixture = {
        "name": name, "title": title, "family": family, "source": source or described(model),
        "exporter": {"name": exporter, "version": __import__(exporter.split(".")[0]).__version__},
        "data": data, "seed": seed, "inputs": inputs, "outputs": described_outputs,
        "classes": None if classes is None else [plain(c) for c in np.asarray(classes)],
        "sums": sums, "scale": float(scale), "stats": stats(found), "sets": sets, "trainerDiffers": differs,
        "oracle": "walk" if oracle else "onnxruntime", "notes": notes,
    }
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(file.SerializeToString(deterministic=True))
    np.savez_compressed(folder / "answers.npz", **{k: np.ascontiguousarray(little(v)) for k, v in arrays.items()})
    (folder / "fixture.json").write_text(json.dumps(fixture, indent=2, allow_nan=False) + "\n")
    s = fixture["stats"]
    size = sum(p.stat().st_size for p in folder.iterdir())
    print(f"{name}: {s['trees']} trees, {s['nodes']} nodes, depth {s['maxDepth']}, {s['maxLeaves']} leaves, "
          f"{s['maxDistinctThresholds']} thresholds, {size // 1024} KB, scale {scale:.4g}{same}"
          + (f", DIFFERS {differs}" if differs else "") + (f", {left_out} edge rows left out" if left_out else ""), flush=True)


def little(v):
    """Bytes in little-endian order."""
    v = np.asarray(v)
    return v.astype(v.dtype.newbyteorder("<"))
