"""Scores rows of CSV from standard input with an emitted model under wasmtime: no JavaScript, no calypte.

    calypte convert model.onnx -o out --target wasm
    pip install wasmtime
    python score.py out < rows.csv

The model must have one input. Each row's answers are one line of JSON.
"""

import hashlib
import json
import pathlib
import struct
import sys

from wasmtime import Engine, Instance, Module, Store

FORMATS = {
    "float32": "f", "float64": "d", "int8": "b", "int16": "h", "int32": "i", "int64": "q",
    "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q", "bool": "B",
}


def main(folder: pathlib.Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    code = (folder / "model.wasm").read_bytes()
    if hashlib.sha256(code).hexdigest() != manifest["module"]["sha256"]:
        sys.exit("model.wasm is not the file that manifest.json describes")

    (port,) = manifest["inputs"]
    number = float if port["dtype"].startswith("float") else int
    rows = [[number(cell) for cell in line.split(",")] for line in sys.stdin if line.strip()]
    n = len(rows)
    values = [value for row in rows for value in row]
    data = struct.pack(f"<{len(values)}{FORMATS[port['dtype']]}", *values)
    if len(data) != port["bytesPerRow"] * n + port["bytes"]:
        sys.exit(f"{port['name']} is {port['dtype']}{port['shape']}; the rows on standard input do not fit")

    store = Store(Engine())
    exports = Instance(store, Module(store.engine, code), []).exports(store)
    source = exports["alloc"](store, exports["inputBytes"](store, n))
    target = exports["alloc"](store, exports["outputBytes"](store, n))
    memory = exports["memory"]
    memory.write(store, data, source)
    if exports["score"](store, source, target, n) != 0:
        sys.exit("an index in the data is out of range")

    answers = [{} for _ in range(n)]
    at = target
    for output in manifest["outputs"]:
        size = output["bytesPerRow"] * n + output["bytes"]
        kind = FORMATS[output["dtype"]]
        found = struct.unpack(f"<{size // struct.calcsize(kind)}{kind}", memory.read(store, at, at + size))
        width = len(found) // n if n else 0
        for row, answer in enumerate(answers):
            values = list(found[row * width : (row + 1) * width])
            if "labels" in output:
                values = [output["labels"]["values"][code] for code in values]
            answer[output["name"]] = values if len(output["shape"]) > 1 else values[0]
        alignment = manifest["abi"]["alignment"]
        at += -(-size // alignment) * alignment
    for answer in answers:
        print(json.dumps(answer))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
