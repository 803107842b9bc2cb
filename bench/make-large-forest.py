"""Trains a forest on noise and saves it as an ONNX file of about 200 MB. Run: python make-large-forest.py OUTPUT [TREES]

On noise a tree grows until every row has a leaf of its own, so that few trees make a large file: the worst a registry is
likely to hold, and quick to train. Needs models-fixtures/requirements.txt.
"""

import os
import sys
import time

# Read when numpy is imported: the benchmark's other process needs a core, too.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier

ROWS, COLUMNS = 60_000, 30
TREES = 140


def main(output, trees=TREES):
    started = time.time()
    rng = np.random.default_rng(0)
    features = rng.random((ROWS, COLUMNS), dtype=np.float32)
    labels = rng.integers(0, 2, ROWS)
    # A few candidates for each split make training quick, and the trees no smaller.
    forest = RandomForestClassifier(n_estimators=trees, max_features=2, random_state=0, bootstrap=False)
    forest.fit(features, labels)
    trained = time.time()
    graph = to_onnx(forest, features[:1], options={"zipmap": False}, target_opset={"": 17, "ai.onnx.ml": 3})
    partial = f"{output}.partial"
    with open(partial, "wb") as file:
        file.write(graph.SerializeToString())
    os.replace(partial, output)
    nodes = sum(tree.tree_.node_count for tree in forest.estimators_)
    print(
        f"{nodes} nodes in {trees} trees, {os.path.getsize(output) / 1e6:.0f} MB; "
        f"trained in {trained - started:.0f} s, converted in {time.time() - trained:.0f} s"
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
