"""Times SavedModels in TensorFlow under XLA for the bench: a JSON object a line on stdin, one back on stdout, as peers.py.

    savedmodel.py        in an environment with TensorFlow (test-models/.venv-tensorflow)

Batches are padded to the next multiple of 1024 rows, each of which is compiled once, and the answers cut; one thread.
"""
import json
import os
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ANSWERS, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
os.dup2(2, 1)

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
SCRATCH = tempfile.mkdtemp()
rows, calls = None, {}


def prepare(folder, output):
    serve = tf.saved_model.load(folder).signatures["serving_default"]
    (name,) = serve.structured_input_signature[1]
    compiled = tf.function(lambda x: serve(**{name: x})[output], jit_compile=True)

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
            return {"refused": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}
        calls[request["peer"]] = call
        return {}
    if op == "answers":
        path = os.path.join(SCRATCH, "answers.npy")
        np.save(path, np.ascontiguousarray(calls[request["peer"]](rows[: request["rows"]])))
        return {"path": path}
    if op == "time":
        call, batch, turn = calls[request["peer"]], request["batch"], request["turn"]
        count = len(rows) // batch
        wall, cpu = time.perf_counter(), time.process_time()
        for i in range(turn, turn + request["calls"]):
            at = (i % count) * batch
            call(rows[at:at + batch])
        return {"wall": (time.perf_counter() - wall) / request["calls"],
                "cpu": (time.process_time() - cpu) / request["calls"]}
    if op == "release":
        calls.clear()
        return {}
    raise ValueError(f"there is no request {op}")


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), file=ANSWERS, flush=True)
