"""Trains, exports and saves the models of this directory again; see README.md. Run: python make.py"""

import os

# One thread, so that sums come out the same each time. Read when numpy is imported.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MLFLOW_DISABLE_TELEMETRY="true")

import json
import re
import shutil
import uuid
import warnings
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from pathlib import Path
from unittest import mock

import mlflow.onnx
import numpy as np
import onnx
import onnxruntime
import pandas as pd
from mlflow.models import Model, infer_signature
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).resolve().parent
# Stands for the trainer's Python in MLmodel, conda.yaml and python_env.yaml.
PYTHON = "3.11"
CREATED = "2026-01-01 00:00:00.000000"
# |difference| <= TOLERANCE * max(1, |y|) between scikit-learn (float64) and onnxruntime (float32).
TOLERANCE = 1e-5
# Two best probabilities closer than this may swap with the batch size; such rows are not taken.
MIN_MARGIN = 1e-4
EASY_ROWS, HARD_ROWS = 10, 10


@dataclass
class Fixture:
    name: str
    version: int
    model: object
    frame: pd.DataFrame
    """The training columns, in signature order."""
    inputs: list
    """The graph's inputs as skl2onnx wants them: one `[None, columns]`, or one `[None, 1]` for each column."""
    extremes: list = field(default_factory=list)
    """Hand-written rows for expected.json."""
    thresholds: list = field(default_factory=list)
    """(column, value) pairs at which a tree decides."""
    zipmap: bool = True
    has_external_data: bool = False

    @property
    def is_classifier(self):
        return hasattr(self.model, "predict_proba")

    @property
    def directory(self):
        return HERE / self.name / str(self.version)


def iris():
    data = load_iris()
    frame = pd.DataFrame(data.data, columns=["sepal_length", "sepal_width", "petal_length", "petal_width"])
    rng = np.random.RandomState(2)
    noisy = np.where(rng.random_sample(len(frame)) < 0.15, rng.randint(0, 3, len(frame)), data.target)
    some = np.sort(rng.choice(len(frame), 90, replace=False))
    extremes = [[0, 0, 0, 0], [-1, -1, -1, -1], [1e6, 1e6, 1e6, 1e6], [10, 0.1, 7, 0.1], [5, 3, 3, 1]]
    for version, seed, rows, labels in [(1, 0, slice(None), data.target), (2, 42, some, noisy)]:
        forest = RandomForestClassifier(n_estimators=100, max_depth=10, random_state=seed)
        forest.fit(frame.iloc[rows], labels[rows])
        yield Fixture("iris", version, forest, frame, [("float_input", FloatTensorType([None, 4]))],
                      extremes, thresholds_of(forest.estimators_))


def breast_cancer():
    data = load_breast_cancer()
    frame = pd.DataFrame(data.data, columns=[name.replace(" ", "_") for name in data.feature_names])
    model = make_pipeline(StandardScaler(), LogisticRegression(random_state=0)).fit(frame, data.target)
    extremes = [[0] * 30, frame.max(), frame.min(), frame.mean().round(3), frame.mean() * 3]
    yield Fixture("breast-cancer", 1, model, frame, [("X", FloatTensorType([None, 30]))], extremes, zipmap=False)


def diabetes():
    data = load_diabetes(scaled=False)
    names = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
    frame = pd.DataFrame(data.data, columns=names)
    model = GradientBoostingRegressor(random_state=0).fit(frame, data.target)
    extremes = [[0] * 10, [-5] * 10, [1e6] * 10, frame.max(), frame.min()]
    yield Fixture("diabetes", 1, model, frame, [("X", FloatTensorType([None, 10]))], extremes,
                  thresholds_of(model.estimators_.ravel()))


def titanic_like():
    """Synthetic passengers. The graph's inputs stand in alphabetical order, the signature's columns do not."""
    rng, size = np.random.RandomState(1912), 800
    frame = pd.DataFrame({
        "passenger_class": rng.choice([1, 2, 3], size, p=[0.25, 0.2, 0.55]).astype(np.int64),
        "sex": rng.choice(["male", "female"], size, p=[0.63, 0.37]),
        "age": np.where(rng.random_sample(size) < 0.2, np.nan, rng.gamma(5, 6, size).round(1)),
        "siblings": rng.poisson(0.5, size).astype(np.int64),
        "fare": np.where(rng.random_sample(size) < 0.05, np.nan, rng.lognormal(3, 1, size).round(2)),
        "embarked": rng.choice(["Southampton", "Cherbourg", "Queenstown"], size, p=[0.7, 0.2, 0.1]),
    })
    score = (2.4 * (frame.sex == "female") - 0.9 * (frame.passenger_class - 2) - 0.03 * (frame.age.fillna(28) - 28)
             - 0.4 * frame.siblings + 0.01 * frame.fare.fillna(15) - 1.2)
    target = np.where(rng.random_sample(size) < 1 / (1 + np.exp(-score)), "survived", "died")
    prepare = ColumnTransformer([
        ("text", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["sex", "embarked"]),
        ("class", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["passenger_class"]),
        ("missing", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["age", "fare"]),
        ("whole", StandardScaler(), ["siblings"]),
    ])
    model = make_pipeline(prepare, LogisticRegression(random_state=0)).fit(frame, target)
    nan, types = np.nan, {"int64": Int64TensorType, "float64": FloatTensorType}
    inputs = [(name, types.get(str(frame[name].dtype), StringTensorType)([None, 1])) for name in sorted(frame)]
    extremes = [
        [3, "male", nan, 0, nan, "Southampton"],
        [1, "female", nan, 1, 80.5, "Cherbourg"],
        [2, "female", 0.5, 0, nan, "Queenstown"],
        [4, "male", 30, 0, 10, "Southampton"],
        [-7, "unknown", 41, 2, 26, "Atlantis"],
        [1, "", 22, 0, 7.25, ""],
        [2, "Female", 38, 1, 71.28, "cherbourg"],
        [3, "weiblich – ♀", 4, 3, 16.7, "Zürich"],
        [1, "female", 99, 60, 512.33, "Cherbourg"],
        [3, "male", 0, 0, 0, "Queenstown"],
    ]
    yield Fixture("titanic-like", 1, model, frame, inputs, extremes)


def digits():
    """Weights of 1024 bytes and more: saved beside the graph, in one `.data` file."""
    data = load_digits()
    frame = pd.DataFrame(data.data, columns=data.feature_names)
    model = MLPClassifier(hidden_layer_sizes=(32,), max_iter=60, random_state=0)
    with warnings.catch_warnings(action="ignore"):  # stops before it has converged: good enough here
        model.fit(frame, data.target)
    extremes = [[0] * 64, [16] * 64, [index % 17 for index in range(64)], [8] * 64, [0.5] * 64]
    yield Fixture("digits", 1, model, frame, [("X", FloatTensorType([None, 64]))], extremes,
                  zipmap=False, has_external_data=True)


def thresholds_of(estimators):
    trees = [estimator.tree_ for estimator in estimators]
    return [(c, t) for tree in trees for c, t in zip(tree.feature, tree.threshold) if c >= 0]


def save(fixture):
    shutil.rmtree(fixture.directory, ignore_errors=True)
    options = {id(fixture.model): {"zipmap": fixture.zipmap}} if fixture.is_classifier else None
    graph = convert_sklearn(fixture.model, fixture.name, fixture.inputs, options=options)
    # skl2onnx takes the operator sets out of a set of texts: another order in every process.
    opsets = sorted(graph.opset_import, key=lambda opset: opset.domain)
    graph.ClearField("opset_import")
    graph.opset_import.extend(opsets)
    if fixture.has_external_data:
        store_raw(graph)
    incomplete = fixture.frame[fixture.frame.isna().any(axis=1)]
    example = pd.concat([fixture.frame.head(2), incomplete.head(1)], ignore_index=True)
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{fixture.name}/{fixture.version}").hex
    packages = [f"{name}=={installed(name)}" for name in ["onnx", "onnxruntime", "numpy", "pandas"]]
    pip = {"pip": [f"mlflow=={mlflow.__version__}", *packages]}
    conda = {"name": "mlflow-env", "channels": ["conda-forge"], "dependencies": [f"python={PYTHON}", "pip", pip]}
    # The external data file is named by a UUID1, which tells the time and the network address.
    with mock.patch("uuid.uuid1", return_value=uuid.UUID(f"{identity[:8]}-0000-1000-8000-000000000000")):
        mlflow.onnx.save_model(
            graph,
            fixture.directory,
            mlflow_model=Model(utc_time_created=CREATED, model_uuid=identity),
            signature=infer_signature(fixture.frame, fixture.model.predict(fixture.frame)),
            input_example=example,
            conda_env=conda,
        )
    (fixture.directory / "python_env.yaml").write_text(
        f"python: '{PYTHON}'\nbuild_dependencies:\n- pip\n- setuptools\n- wheel\ndependencies:\n- -r requirements.txt\n"
    )
    described = fixture.directory / "MLmodel"
    described.write_text(re.sub(r"( python_version: ).*", rf"\g<1>{PYTHON}.0", described.read_text()))
    for file in fixture.directory.iterdir():
        file.chmod(0o644)  # onnx gives the external data file to its owner only


def store_raw(graph):
    """skl2onnx stores weights as lists of floats, which onnx never moves out of the graph; other exporters as bytes."""
    for tensor in graph.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            tensor.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor), tensor.name))


def expect(fixture, rows):
    """Writes expected.json; fails if scikit-learn and onnxruntime differ on one of its rows."""
    theirs, ours = sklearn_answers(fixture, rows), onnx_answers(fixture, rows)
    agreed, difference = compare(theirs, ours)
    single = [compare(theirs, onnx_answers(fixture, rows.iloc[i : i + 1]), i)[0] for i in range(len(rows))]
    both = agreed & np.concatenate(single)
    assert both.all(), f"{fixture.name}/{fixture.version}: rows {np.flatnonzero(~both)} differ"
    cells = [[None if cell != cell else cell for cell in row] for row in rows.astype(object).values.tolist()]
    expected = {
        "inputs": {"columns": list(rows.columns), "rows": cells},
        "sklearn": {key: value.tolist() for key, value in theirs.items()},
        "onnxruntime": {key: value.tolist() for key, value in ours.items()},
        "tolerance": TOLERANCE,
    }
    text = json.dumps(expected, indent=1, ensure_ascii=False, allow_nan=False)
    # One row of numbers a line.
    text = re.sub(r"\[[^\[\]]*\]", lambda list_: re.sub(r"\s*\n\s*", " ", list_[0]), text)
    (fixture.directory / "expected.json").write_text(text + "\n")
    size = sum(file.stat().st_size for file in fixture.directory.iterdir())
    print(f"{fixture.name}/{fixture.version}: {len(rows)} rows, largest difference {difference:.1e}, {size:,} bytes")


def rows_for(versions):
    """The same rows for all versions of a model."""
    frame = versions[0].frame
    easy = frame.iloc[np.linspace(0, len(frame) - 1, EASY_ROWS).astype(int)]
    extremes = pd.DataFrame([list(row) for row in versions[0].extremes], columns=frame.columns).astype(frame.dtypes)
    return pd.concat([easy, *(hard_rows(version, versions) for version in versions), extremes], ignore_index=True)


def hard_rows(fixture, versions):
    """The rows nearest to another answer: mixed columns, values on tree thresholds and one float32 beside them."""
    rng, frame = np.random.RandomState(5), fixture.frame
    mixed = frame.apply(lambda column: rng.choice(column, 1000)).astype(frame.dtypes)
    for position in range(0, 1000, 2) if fixture.thresholds else []:
        column, threshold = fixture.thresholds[rng.randint(len(fixture.thresholds))]
        edge = np.float32(threshold)
        mixed.iat[position, column] = edge
        mixed.iat[position + 1, column] = np.nextafter(edge, np.float32(np.inf))
    agreed = np.all([compare(sklearn_answers(v, mixed), onnx_answers(v, mixed))[0] for v in versions], axis=0)
    margin = margins(sklearn_answers(fixture, mixed)) if fixture.is_classifier else np.zeros(len(mixed))
    order = np.argsort(margin, kind="stable")
    return mixed.iloc[[row for row in order if agreed[row]][:HARD_ROWS]]


def margins(answers):
    best = np.sort(answers["probabilities"], axis=1)
    return best[:, -1] - best[:, -2]


def sklearn_answers(fixture, rows):
    if not fixture.is_classifier:
        return {"values": fixture.model.predict(rows)}
    probabilities = fixture.model.predict_proba(rows)
    return {"labels": fixture.model.predict(rows), "probabilities": probabilities, "classes": fixture.model.classes_}


def onnx_answers(fixture, rows):
    session = onnxruntime.InferenceSession(fixture.directory / "model.onnx", providers=["CPUExecutionProvider"])
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(string)": object}
    whole = len(session.get_inputs()) == 1
    feeds = {i.name: (rows if whole else rows[[i.name]]).to_numpy(types[i.type]) for i in session.get_inputs()}
    answers = session.run(None, feeds)
    if not fixture.is_classifier:
        return {"values": answers[0].ravel()}
    classes, (labels, scores) = fixture.model.classes_, answers
    if fixture.zipmap:
        scores = np.array([[row[label] for label in classes] for row in scores])
    return {"labels": np.asarray(labels), "probabilities": np.asarray(scores, np.float64), "classes": classes}


def compare(theirs, ours, first=0):
    """Whether each row of `ours` (row `first` of `theirs` and those after it) agrees; and the largest difference."""
    if "values" in theirs:
        expected = theirs["values"][first : first + len(ours["values"])]
        difference = np.abs(expected - ours["values"]) / np.maximum(1, np.abs(expected))
        return difference <= TOLERANCE, difference.max()
    window = slice(first, first + len(ours["labels"]))
    difference = np.abs(theirs["probabilities"][window] - ours["probabilities"]).max(axis=1)
    same = (theirs["labels"][window] == ours["labels"]) & (margins(theirs)[window] >= MIN_MARGIN)
    return same & (difference <= TOLERANCE), difference.max()


def main():
    for make in [iris, breast_cancer, diabetes, titanic_like, digits]:
        versions = list(make())
        for fixture in versions:
            save(fixture)
        rows = rows_for(versions)
        for fixture in versions:
            expect(fixture, rows)
        if len(versions) == 2:
            first, second = (version.model.predict(rows) for version in versions)
            assert np.sum(first != second) >= 3, "the versions answer too much alike"
    (HERE / "iris" / "registry.yaml").write_text(
        "stages: {Production: 1, Staging: 2}\naliases: {champion: 1, challenger: 2}\n"
    )


if __name__ == "__main__":
    main()
