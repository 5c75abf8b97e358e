"""Takes the C library of TensorFlow and its headers out of a TensorFlow wheel: unpack-libtensorflow.py WHEEL FOLDER."""

import os
import shutil
import sys
import zipfile

LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
HEADERS = ("include/tensorflow/c/", "tensorflow/core/platform/ctstring", "tsl/c/", "tsl/platform/ctstring")

wheel, folder = sys.argv[1:]
archive = zipfile.ZipFile(wheel)
for name in archive.namelist():
    base = os.path.basename(name)
    if base in LIBRARIES and name.count("/") == 1:
        target = os.path.join(folder, "lib", base)
    elif name.startswith("tensorflow/include/") and name.endswith(".h") and any(part in name for part in HEADERS):
        target = os.path.join(folder, name.removeprefix("tensorflow/"))
    else:
        continue
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with archive.open(name) as source, open(target, "wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
