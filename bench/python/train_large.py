"""Trains the models of `npm run bench -- reading` into bench/.models/large/: files of about 100 MB, one for each format that the boosters
save, and an index of them, reading.json.

    bench/python/.venv/bin/python bench/python/train_large.py [NAME...]

The data are those of train.py. Trees are of ordinary size; there are thousands of them. Each model is saved as trained, but that the
JSON formats, which take more bytes for a tree, get its first rounds only. CatBoost's is the sum of models trained with different seeds.
"""
import json
import sys
import time

import catboost
import lightgbm
import numpy as np
import xgboost

from train import JOBS, OUT, POOL_ROWS, SEED, WIDE, rows_of, split

FOLDER = OUT / "large"
MEGABYTE = 2**20
GOAL = 100 * MEGABYTE
MODELS = {}


def model(name):
    def register(function):
        MODELS[name] = function
        return function
    return register


def data():
    return split(*rows_of(*WIDE))


def rounds_for(size, rounds):
    """As many rounds as make a file of the goal's size, where `rounds` of them make one of `size` bytes."""
    return max(1, min(rounds, round(rounds * GOAL / size)))


@model("lightgbm-text")
def lightgbm_text():
    x, y, _ = data()
    params = {"objective": "binary", "num_leaves": 255, "min_data_in_leaf": 5, "learning_rate": 0.02, "verbose": -1,
              "seed": SEED, "num_threads": JOBS, "deterministic": True, "force_row_wise": True, "bagging_fraction": 0.5,
              "bagging_freq": 1}
    booster = lightgbm.train(params, lightgbm.Dataset(x, y), 3600)
    path = FOLDER / "lightgbm.txt"
    booster.save_model(path)
    booster.save_model(path, num_iteration=rounds_for(path.stat().st_size, booster.current_iteration()))
    return [entry("lightgbm-text", "lightgbm", path, lightgbm)]


@model("xgboost")
def xgboost_both():
    x, y, _ = data()
    params = {"objective": "binary:logistic", "max_depth": 9, "eta": 0.02, "subsample": 0.5, "seed": SEED, "nthread": JOBS,
              "tree_method": "hist", "min_child_weight": 0.1}
    booster = xgboost.train(params, xgboost.DMatrix(x, y), 7000)
    entries = []
    for name, file in (("xgboost-ubj", "xgboost.ubj"), ("xgboost-json", "xgboost.json")):
        path = FOLDER / file
        booster.save_model(path)
        rounds = rounds_for(path.stat().st_size, booster.num_boosted_rounds())
        booster[:rounds].save_model(path)
        entries.append(entry(name, "xgboost", path, xgboost))
    return entries


@model("catboost")
def catboost_both():
    x, y, _ = data()

    def train(seed, trees):
        classifier = catboost.CatBoostClassifier(
            iterations=trees, depth=8, learning_rate=0.03, random_seed=seed, thread_count=JOBS, verbose=0,
            allow_writing_files=False, boosting_type="Plain", border_count=64)
        return classifier.fit(x, y)

    size = len(train(SEED, 100)._serialize_model())
    seeds = 12
    trees = round(100 * GOAL / size / seeds)
    parts = [train(SEED + i, trees) for i in range(seeds)]
    entries = []
    path = FOLDER / "catboost.cbm"
    catboost.sum_models(parts).save_model(path)
    entries.append(entry("catboost-cbm", "catboost", path, catboost))
    path = FOLDER / "catboost.json"
    parts[0].save_model(path, format="json")
    few = max(1, round(GOAL / path.stat().st_size))
    (catboost.sum_models(parts[:few]) if few > 1 else parts[0]).save_model(path, format="json")
    entries.append(entry("catboost-json", "catboost", path, catboost))
    return entries


def entry(name, kind, path, module):
    return {"name": name, "kind": kind, "file": f"large/{path.name}", "bytes": path.stat().st_size,
            "rows": "large/rows.npy", "version": module.__version__}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.save(FOLDER / "rows.npy", data()[2][:1000])
    index = OUT / "reading.json"
    for name in sys.argv[1:] or MODELS:
        before = time.perf_counter()
        made = MODELS[name]()
        known = json.loads(index.read_text())["models"] if index.exists() else []
        names = {m["name"] for m in made}
        models = sorted([m for m in known if m["name"] not in names] + made, key=lambda m: m["name"])
        index.write_text(json.dumps({"seed": SEED, "models": models}, indent=1))
        print(f"{name}: {time.perf_counter() - before:.0f} s,", ", ".join(f"{m['file']} {m['bytes'] / MEGABYTE:.0f} MB" for m in made), flush=True)
