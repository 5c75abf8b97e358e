"""Writes scripts/onnx-operators.json, ONNX's own list of operator versions, from the schemas of the Python package onnx:

    pip install onnx==1.23.2 && python scripts/onnx-operators.py

By domain and operator: every version that a file of operator set 9 or later (ai.onnx.ml: any) may mean, with its numbers of inputs and
outputs (-1: any) and its attributes with their types, "!" after those that are required.
"""
import json
import pathlib

import onnx
from onnx import defs

ANY = 2147483647
OLDEST = {"ai.onnx": 9}


def count(least, most):
    return [least, -1 if most == ANY else most]


def main():
    operators = {}
    for schema in defs.get_all_schemas_with_history():
        domain = schema.domain or "ai.onnx"
        operators.setdefault(domain, {}).setdefault(schema.name, []).append(schema)
    table = {"source": f"schemas of the Python package onnx {onnx.__version__}, by scripts/onnx-operators.py", "domains": {}}
    for domain, ops in sorted(operators.items()):
        table["domains"][domain] = {}
        for name, schemas in sorted(ops.items()):
            schemas.sort(key=lambda s: s.since_version)
            # The version in force at the oldest operator set, and those after it.
            old = [s for s in schemas if s.since_version <= OLDEST.get(domain, 1)]
            kept = old[-1:] + schemas[len(old):]
            table["domains"][domain][name] = [
                {
                    "since": s.since_version,
                    **({"deprecated": True} if s.deprecated else {}),
                    "inputs": count(s.min_input, s.max_input),
                    "outputs": count(s.min_output, s.max_output),
                    "attributes": {
                        a.name: str(a.type).split(".")[-1] + ("!" if a.required else "") for a in sorted(s.attributes.values(), key=lambda a: a.name)
                    },
                }
                for s in kept
            ]
    path = pathlib.Path(__file__).with_suffix(".json")
    text = json.dumps(table, separators=(",", ":"))
    # One operator a line.
    text = text.replace('}],"', '}],\n"').replace('":{"', '":{\n"', 2)
    path.write_text(text + "\n")


if __name__ == "__main__":
    main()
