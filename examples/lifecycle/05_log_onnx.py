"""Trains a forest, logs it as scikit-learn and ONNX in one model, registers that, and compares the two flavours.

    python 05_log_onnx.py [--trees 50] [--depth 4]
"""

import argparse

import mlflow
import numpy as np
import onnxruntime
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

import sklearn_and_onnx
from wine import EXPERIMENT, MODEL, train_and_held_out


def compare_flavours(model_uri: str, X: pd.DataFrame) -> float:
    """Loads both flavours back. Returns the largest difference of a probability; raises if a label differs."""
    forest = mlflow.sklearn.load_model(model_uri)
    session = onnxruntime.InferenceSession(mlflow.onnx.load_model(model_uri).SerializeToString())
    labels, probabilities = session.run(None, {session.get_inputs()[0].name: X.to_numpy(dtype=np.float32)})
    if not np.array_equal(labels, forest.predict(X)):
        raise SystemExit(f"{model_uri}: the flavours disagree about a label")
    return float(np.abs(pd.DataFrame(probabilities).to_numpy() - forest.predict_proba(X)).max())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--trees", type=int, default=50)
    parser.add_argument("--depth", type=int, default=4)
    args = parser.parse_args()

    X_train, X_test, y_train, y_test = train_and_held_out()
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name="forest with ONNX"):
        forest = RandomForestClassifier(n_estimators=args.trees, max_depth=args.depth, random_state=1)
        forest.fit(X_train, y_train)
        mlflow.log_params(vars(args))
        mlflow.log_metric("accuracy", forest.score(X_test, y_test))
        info = sklearn_and_onnx.log_model(
            forest,
            X_train,
            name="model",
            registered_model_name=MODEL,
            skops_trusted_types=["sklearn.tree._tree.Tree"],
        )
        difference = compare_flavours(info.model_uri, X_test)
        mlflow.log_metric("onnx_difference", difference)
    print(f"{MODEL} version {info.registered_model_version} has the flavours {', '.join(sorted(info.flavors))}")
    print(f"same labels, probabilities differ by at most {difference:.1e}")
