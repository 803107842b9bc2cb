"""Trains, exports and registers the models of the end-to-end tests, as a user of MLflow would; runs with 2.22 and 3.17.

The server is the one that MLFLOW_TRACKING_URI names.

    register --expected FILE           two forests become versions 1 and 2 of "iris"; FILE gets what each must answer
    linear --expected FILE SPEC...     a version of each model of linear_models.py; FILE gets where it lies and what it answers
    stage NAME VERSION STAGE [--archive]
    alias NAME ALIAS VERSION

stage and alias print when the server had confirmed the change, in milliseconds since 1970.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import mlflow
import numpy as np
import onnxruntime
import pandas as pd
from linear_models import log_linear_models
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

warnings.filterwarnings("ignore", category=FutureWarning)

MODEL = "iris"
CLASSES = 3


def label_names_shifted_by(shift: int, labels: np.ndarray) -> np.ndarray:
    """Gives every species another number, so that no row has the same answer from two versions."""
    return (labels + shift) % CLASSES


def train(seed: int, shift: int) -> tuple[RandomForestClassifier, pd.DataFrame]:
    iris = load_iris(as_frame=True)
    forest = RandomForestClassifier(n_estimators=100, max_depth=10, random_state=seed)
    forest.fit(iris.data.to_numpy(), label_names_shifted_by(shift, iris.target.to_numpy()))
    return forest, iris.data


def log_and_register(forest: RandomForestClassifier, features: pd.DataFrame) -> bytes:
    """Exports with skl2onnx's defaults (ZipMap on) and registers the next version. Returns the graph."""
    graph = to_onnx(forest, features.to_numpy()[:1].astype(np.float32))
    place = {"name": "model"} if int(mlflow.__version__.split(".")[0]) >= 3 else {"artifact_path": "model"}
    with mlflow.start_run():
        mlflow.onnx.log_model(
            graph,
            **place,
            registered_model_name=MODEL,
            signature=infer_signature(features, forest.predict(features.to_numpy())),
            input_example=features.head(3),
        )
    return graph.SerializeToString()


def test_rows() -> np.ndarray:
    """All rows of the data set and as many made-up ones between its extremes, as float32 values."""
    data = load_iris().data
    random = np.random.default_rng(7).uniform(data.min(axis=0), data.max(axis=0), size=data.shape)
    return np.round(np.vstack([data, random]), 2).astype(np.float32)


def answers(graph: bytes, rows: np.ndarray) -> list[dict]:
    """What onnxruntime computes for each row alone."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    found = []
    for row in rows:
        labels, probabilities = session.run(None, {session.get_inputs()[0].name: row[np.newaxis, :]})
        scores = {str(label): float(score) for label, score in probabilities[0].items()}
        found.append({"label": int(labels[0]), "probabilities": scores})
    return found


def is_decided(answer: dict) -> bool:
    """False where the two best scores are so close that the last float32 digit would decide the label."""
    best, second = sorted(answer["probabilities"].values(), reverse=True)[:2]
    return best - second > 1e-4


def register(expected_file: Path) -> None:
    mlflow.set_experiment("iris")
    rows = test_rows()
    versions = {}
    for version, (seed, shift) in enumerate([(1, 0), (2, 1)], start=1):
        versions[str(version)] = answers(log_and_register(*train(seed, shift)), rows)
    kept = [i for i in range(len(rows)) if all(is_decided(found[i]) for found in versions.values())]
    expected = {
        # Shortest decimals that read back as the same float32.
        "rows": [[float(str(value)) for value in rows[i]] for i in kept],
        "versions": {version: [found[i] for i in kept] for version, found in versions.items()},
    }
    expected_file.write_text(json.dumps(expected))
    print(f"registered {MODEL} versions {', '.join(versions)} and wrote {len(kept)} expected rows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("register")
    command.add_argument("--expected", type=Path, required=True)
    command = commands.add_parser("linear")
    command.add_argument("--expected", type=Path, required=True)
    command.add_argument("specs", nargs="+")
    command = commands.add_parser("stage")
    for argument in ("name", "version", "stage"):
        command.add_argument(argument)
    command.add_argument("--archive", action="store_true", help="archive what was in the stage before")
    command = commands.add_parser("alias")
    for argument in ("name", "alias", "version"):
        command.add_argument(argument)
    args = parser.parse_args()

    client = mlflow.MlflowClient()
    if args.command == "register":
        register(args.expected)
    elif args.command == "linear":
        log_linear_models(args.specs, args.expected)
    elif args.command == "stage":
        client.transition_model_version_stage(args.name, args.version, args.stage, archive_existing_versions=args.archive)
        print(f"{args.name} version {args.version} is in {args.stage} since {time.time_ns() // 1_000_000}")
    else:
        client.set_registered_model_alias(args.name, args.alias, args.version)
        print(f"{args.name}@{args.alias} is version {args.version} since {time.time_ns() // 1_000_000}")


if __name__ == "__main__":
    main()
