"""CatBoost models with features that calypte refuses: target statistics, texts, embeddings, hashes of texts. No answers, for the messages alone.

    ../.venv-catboost/bin/python catboost_refused.py      CatBoost 1.2.10
"""
import pathlib

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor, Pool

OUT = pathlib.Path(__file__).resolve().parent.parent / "refused"
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(7)
N = 200
number = rng.normal(size=N)
town, shop = rng.choice(list("abcde"), N), rng.choice(list("wxyz"), N)
options = {"iterations": 4, "depth": 3, "verbose": 0, "allow_writing_files": False, "random_seed": 7, "thread_count": 1}

table = pd.DataFrame({"size": number, "town": town, "unused": rng.choice(["p", "q"], N), "shop": shop})
pool = Pool(table, (town == "a") * 2 * (shop == "x") + number / 9, cat_features=["town", "unused", "shop"])
model = CatBoostRegressor(one_hot_max_size=2, max_ctr_complexity=2, **options).fit(pool)
model.save_model(str(OUT / "catboost-ctrs.cbm"))
model.save_model(str(OUT / "catboost-ctrs.json"), format="json", pool=pool)

# The binary form keeps hashes of categories alone, which nobody can turn back into texts.
town = np.array(["Bonn", "Ulm", "Hof"])[rng.integers(0, 3, N)]
pool = Pool(pd.DataFrame({"size": number, "town": town}), (town == "Ulm") + number / 9, cat_features=["town"])
CatBoostRegressor(one_hot_max_size=5, **options).fit(pool).save_model(str(OUT / "catboost-hashes.cbm"))

words = [" ".join(rng.choice(["cat", "dog", "bird", "fish", "horse"], 5)) for _ in range(N)]
pool = Pool(pd.DataFrame({"size": number, "review": words}), [int("cat" in w) for w in words], text_features=["review"])
CatBoostClassifier(**options).fit(pool).save_model(str(OUT / "catboost-texts.cbm"))

vectors = rng.normal(size=(N, 4))
pool = Pool(pd.DataFrame({"size": number, "face": list(vectors)}), (vectors[:, 0] > 0).astype(int), embedding_features=["face"])
CatBoostClassifier(**options).fit(pool).save_model(str(OUT / "catboost-embeddings.cbm"))
