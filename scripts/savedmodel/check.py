"""Loads SavedModels with Python TensorFlow and compares them with their fixtures: check.py FOLDER FIXTURES.

FOLDER holds one SavedModel per fixture name, as scripts/savedmodel/check.sh writes them. Prints the largest error in units of
max(|want|, scale) per output, and ends with 1 where one is above 1e-5.
"""

import json
import pathlib
import sys

import numpy as np
import tensorflow as tf

models, fixtures = map(pathlib.Path, sys.argv[1:])
worst, count = 0.0, 0
for folder in sorted(models.iterdir()):
    fixture = json.loads((fixtures / folder.name / "fixture.json").read_text())
    answers = np.load(fixtures / folder.name / "answers.npz")
    serve = tf.saved_model.load(str(folder)).signatures["serving_default"]
    given = fixture["sets"][0]
    types = {name: spec.dtype.as_numpy_dtype for name, spec in serve.structured_input_signature[1].items()}
    inputs = {name: tf.constant(answers[key].astype(types[name])) for name, key in given["inputs"].items()}
    got = serve(**inputs)
    for output in fixture["outputs"]:
        if output["role"] == "label":
            continue
        want = answers[given["file"][output["name"]]].astype(np.float64)
        have = got[output["name"]].numpy().astype(np.float64).reshape(want.shape)
        error = np.abs(have - want) / np.maximum(np.abs(want), max(1.0, fixture["scale"]))
        error = np.where((have == want) | (np.isnan(have) & np.isnan(want)), 0, error).max(initial=0)
        count += 1
        if not error <= 1e-5:
            print(f"{folder.name} {output['name']}: {error}")
        worst = max(worst, np.inf if np.isnan(error) else error)
print(f"{count} outputs of {len(list(models.iterdir()))} models, TensorFlow {tf.__version__}: largest error {worst:.2g}")
sys.exit(0 if worst <= 1e-5 else 1)
