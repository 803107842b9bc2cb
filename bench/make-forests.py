"""Trains forests on 30 columns for converted-forests.ts. Run: python make-forests.py DIRECTORY [TREES ...]

Of each: <name>.pkl as MLflow holds it, <name>.onnx from skl2onnx, and what scikit-learn answers (<name>.answers, doubles) to rows on
and beside its thresholds (<name>.rows). Needs .ci/fitted/requirements-newest.txt.
"""

import pickle
import sys
import time
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor

ROWS, COLUMNS, ASKED = 1_000, 30, 1_000


def rows_near_thresholds(model, X, random):
    trees = [tree.tree_ for tree in np.ravel(model.estimators_)]
    rows = X[random.integers(0, len(X), ASKED)].copy()
    for row in rows:
        tree = trees[random.integers(len(trees))]
        node = random.choice(np.flatnonzero(tree.feature >= 0))
        single = np.float32(tree.threshold[node])
        row[tree.feature[node]] = random.choice([tree.threshold[node], single, np.nextafter(single, np.float32(np.inf))])
    return rows


def main(directory, counts):
    directory.mkdir(parents=True, exist_ok=True)
    for trees in counts:
        for kind in ("two-classes", "three-classes", "limited-depth", "regression", "boosting"):
            random = np.random.default_rng(1)
            X, y = make_classification(ROWS, COLUMNS, n_informative=15, n_classes=3, random_state=1)
            if kind == "regression":
                model = RandomForestRegressor(trees, min_samples_leaf=2, n_jobs=-1, random_state=1)
                y = X[:, 0] * 3 + y + random.normal(size=ROWS)
            elif kind == "boosting":
                model = GradientBoostingClassifier(n_estimators=trees, random_state=1)
                y = y > 0
            else:
                depth = 8 if kind == "limited-depth" else None
                model = RandomForestClassifier(trees, max_depth=depth, n_jobs=-1, random_state=1)
                y = y > 0 if kind == "two-classes" else y
            model.fit(X, y)
            if hasattr(model, "n_jobs"):
                model.n_jobs = None
            name = str(directory / f"{kind}-{trees}")
            Path(f"{name}.pkl").write_bytes(pickle.dumps(model, 4))
            rows = rows_near_thresholds(model, X, random)
            answers = model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)
            Path(f"{name}.rows").write_bytes(rows.astype("<f8").tobytes())
            Path(f"{name}.answers").write_bytes(answers.astype("<f8").tobytes())
            started = time.time()
            options = {} if kind == "regression" else {id(model): {"zipmap": False}}
            graph = to_onnx(model, X[:1].astype(np.float32), options=options).SerializeToString()
            Path(f"{name}.onnx").write_bytes(graph)
            nodes = sum(tree.tree_.node_count for tree in np.ravel(model.estimators_))
            print(f"{kind}, {trees} trees: {nodes} nodes; skl2onnx took {time.time() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), list(map(int, sys.argv[2:])) or [100, 1000])
