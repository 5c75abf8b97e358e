"""Times SavedModels in TensorFlow under XLA for the bench: a JSON object a line on stdin, one back on stdout, as peers.py.

    savedmodel.py        in an environment with TensorFlow (test-models/.venv-tensorflow)

Batches are padded to the next multiple of 1024 rows, each of which is compiled once, and the answers cut; one thread.
"""
import os
import sys

from serve import refusal, saved, serve, timed

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
rows, calls = None, {}


def prepare(folder, output):
    signature = tf.saved_model.load(folder).signatures["serving_default"]
    (name,) = signature.structured_input_signature[1]
    compiled = tf.function(lambda x: signature(**{name: x})[output], jit_compile=True)

    def call(x):
        bucket = -(-len(x) // 1024) * 1024
        padded = np.zeros((bucket, x.shape[1]), np.float32)
        padded[: len(x)] = x
        return compiled(tf.constant(padded)).numpy()[: len(x)]

    return call


def answer(request):
    global rows
    op = request["op"]
    if op == "versions":
        return {"versions": {"python": sys.version.split()[0], "tensorflow": tf.__version__}}
    if op == "prepare":
        rows = np.load(request["rows"])
        try:
            call = prepare(request["folder"], request["output"])
            for count in request["batches"]:
                call(rows[:count])
        except Exception as error:
            return refusal(error)
        calls[request["peer"]] = call
        return {}
    if op == "answers":
        return saved(calls[request["peer"]](rows[: request["rows"]]))
    if op == "time":
        return timed(calls[request["peer"]], rows, request["batch"], request["turn"], request["calls"])
    if op == "release":
        calls.clear()
        return {}
    raise ValueError(f"there is no request {op}")


serve(answer)
