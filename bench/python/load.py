"""Reads a model with its trainer and scores one row; prints both times as JSON. One thread.

    load.py KIND MODEL WIDTH
"""
import json
import sys
import time

import numpy as np

kind, path, width = sys.argv[1:]
row = (np.arange(int(width)) / 8).astype(np.float32)[None]

if kind == "lightgbm":
    import lightgbm
    read, score = lambda: lightgbm.Booster(model_file=path), lambda m: m.predict(row, num_threads=1)
elif kind == "xgboost":
    import xgboost
    read, score = lambda: xgboost.Booster({"nthread": 1}, model_file=path), lambda m: m.inplace_predict(row)
else:
    import catboost
    read = lambda: catboost.CatBoostClassifier().load_model(path, format="json" if path.endswith(".json") else "cbm")
    score = lambda m: m.predict(row, thread_count=1)


def clocks():
    return time.process_time(), time.perf_counter()


start = clocks()
model = read()
loaded = clocks()
answer = score(model)
scored = clocks()
print(json.dumps({
    "load": {"cpu": loaded[0] - start[0], "wall": loaded[1] - start[1]},
    "first": {"cpu": scored[0] - start[0], "wall": scored[1] - start[1]},
    "answer": float(np.asarray(answer).reshape(-1)[0]),
}))
