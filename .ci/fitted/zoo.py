"""Fits models of many kinds, saves them as MLflow does, and writes down what their library answers.

    zoo.py DIRECTORY [--only FAMILY-OR-CASE ...] [--seed N] [--list]

Writes, for each case, DIRECTORY/<family>/<case>/<format>/ (a model directory with its MLmodel, for each file format) and
DIRECTORY/<family>/<case>/expected.json: rows, and what the model's methods say of them. A family is a module in families/ with
a function `cases(random)` that yields `Case`s; NumPy's `random` is seeded by family and seed.
"""

import argparse
import importlib
import json
import os
import shutil
import sys
import warnings
from pathlib import Path

# Threads that wait for each other take far longer than these small fits. Read when numpy is imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402

# Threads of OpenMP that wait for one another spin, and fits here take milliseconds.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))
warnings.filterwarnings("ignore")

from zoo_case import answers_of, rows_of  # noqa: E402
from zoo_save import save_all  # noqa: E402

FAMILIES = sorted(path.stem for path in (Path(__file__).parent / "families").glob("*.py"))


def write_case(directory, case, random):
    case.model.fit(*case.fit_arguments(), **case.options)
    rows = rows_of(case, random)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    expected = answers_of(case, rows, save_all(directory, case, rows))
    (directory / "expected.json").write_text(json.dumps(expected, allow_nan=False))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    failed = 0
    for family in FAMILIES:
        random = np.random.RandomState([options.seed, *family.encode()])
        for case in importlib.import_module(f"families.{family}").cases(random):
            if options.only and family not in options.only and case.name not in options.only:
                continue
            if options.list:
                print(family, case.name)
                continue
            try:
                write_case(options.directory / family / case.name, case, random)
            except Exception as error:  # a case that a version of the library does not know is told and left out
                failed += 1
                shutil.rmtree(options.directory / family / case.name, ignore_errors=True)
                print(f"not made: {family} {case.name}: {type(error).__name__}: {str(error)[:200]}")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
