"""Unpacks what a TensorFlow addon needs from wheels. Usage: unpack.py DESTINATION WHEEL...

Prints one JSON line: the libraries and headers written, and the NVIDIA packages the wheel names.
"""

import json
import os
import re
import shutil
import sys
import zipfile

LIBRARY = re.compile(r"tensorflow/(libtensorflow_(?:cc|framework)\.(?:so\.2|2\.dylib))$")
# Some headers moved between releases; these folders have all of them in each.
HEADER = re.compile(r"tensorflow/include/((?:tensorflow/c|tensorflow/core/platform|tensorflow/tsl|tsl|xla/tsl)/.+\.h)$")
# Libraries that auditwheel put beside the package (OpenMP on arm64), and NVIDIA's own wheels. The loader looks for both
# relative to the folder of the TensorFlow libraries.
BESIDE = re.compile(r"((?:tensorflow(?:_cpu)?\.libs|nvidia/[^/]+/lib)/[^/]+\.so[^/]*)$")
REQUIREMENT = re.compile(r"^Requires-Dist: (nvidia-[\w-]+) *\(?==([\w.]+)\)? *;.*and-cuda", re.MULTILINE)


def target_of(name):
    for pattern, folder in ((LIBRARY, "lib"), (HEADER, "include"), (BESIDE, "")):
        match = pattern.match(name)
        if match:
            return os.path.join(folder, match.group(1))
    return None


def unpack(wheel, destination):
    targets = []
    requirements = []
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".dist-info/METADATA"):
                requirements += REQUIREMENT.findall(archive.read(name).decode("utf-8", "replace"))
            target = target_of(name)
            if not target:
                continue
            path = os.path.join(destination, target)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            # Reading to the end checks the sum that the archive holds for the file.
            with archive.open(name) as source, open(path, "wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
            targets.append(target.replace(os.sep, "/"))
    return targets, requirements


def main(destination, wheels):
    files = []
    requirements = []
    for wheel in wheels:
        targets, required = unpack(wheel, destination)
        files += targets
        requirements += ["==".join(pair) for pair in required]
    print(json.dumps({"files": files, "requirements": requirements}))


try:
    main(sys.argv[1], sys.argv[2:])
except Exception as error:
    sys.exit("%s: %s" % (type(error).__name__, error))
