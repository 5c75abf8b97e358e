"""The conversation of peers.py and savedmodel.py with the bench: a JSON object a line on stdin, one back on stdout. Needs NumPy alone, since
TensorFlow stands in an environment of its own. Import it before what prints: nothing else may stand between the answers.
"""
import json
import os
import pathlib
import sys
import tempfile
import time

import numpy as np

ANSWERS, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
os.dup2(2, 1)
SCRATCH = pathlib.Path(tempfile.mkdtemp())


def refusal(error):
    """The reply where a peer does not run a model; whatever it fails with is its refusal."""
    return {"refused": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}


def saved(array):
    """The reply with a contiguous array in a file."""
    path = SCRATCH / "answers.npy"
    np.save(path, np.ascontiguousarray(array))
    return {"path": str(path)}


def timed(call, rows, batch, turn, count):
    """The reply with the seconds of one of `count` calls, which take batches of the rows in turn, from `turn` on."""
    batches = len(rows) // batch
    wall, cpu = time.perf_counter(), time.process_time()
    for i in range(turn, turn + count):
        at = (i % batches) * batch
        call(rows[at:at + batch])
    return {"wall": (time.perf_counter() - wall) / count, "cpu": (time.process_time() - cpu) / count}


def serve(answer):
    """Answers requests until the bench closes stdin."""
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=ANSWERS, flush=True)
