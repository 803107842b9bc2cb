"""One model of the zoo: what it is fitted on, the rows that it is asked with, and what it answers."""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

ROWS = 300


@dataclass
class Case:
    name: str
    model: Any
    X: Any  # array, data frame, or a list of texts
    y: Any = None
    # Rows besides the ones that are made from X.
    rows: Any = None
    # Whether NaN is put into the rows of an array.
    missing: bool = False
    # Values of which rows are made that lie on them and one unit in the last place beside them, by column.
    thresholds: dict = field(default_factory=dict)
    # Files in these formats cannot be had of this case.
    without: tuple = ()
    # The flavour of MLflow that it is saved with.
    flavor: str = "sklearn"
    # Keyword arguments of `fit`.
    options: dict = field(default_factory=dict)

    def fit_arguments(self):
        return (self.X,) if self.y is None else (self.X, self.y)


def rows_of(case, random):
    """Rows of training, rows beyond its range by a tenth, and rows on and beside the thresholds."""
    if not isinstance(case.X, np.ndarray):
        picked = random.randint(0, len(case.X), ROWS)
        rows = case.X.iloc[picked] if hasattr(case.X, "iloc") else [case.X[at] for at in picked]
        if case.rows is None:
            return rows
        return pd.concat([rows, case.rows]) if hasattr(rows, "iloc") else [*rows, *case.rows]
    X = case.X.astype(np.float64)
    # A column may have no value at all.
    low, high = np.nan_to_num(np.nanmin(X, axis=0)), np.nan_to_num(np.nanmax(X, axis=0))
    spread = (high - low) * 0.1
    rows = [X[random.randint(0, len(X), ROWS // 3)], random.uniform(low - spread, high + spread, (ROWS // 3, X.shape[1]))]
    thresholds = {**thresholds_of(case.model), **case.thresholds}
    if thresholds:
        near = X[random.randint(0, len(X), 2 * ROWS)].copy()
        for row in near:
            for column in random.choice(list(thresholds), min(len(thresholds), 3), replace=False):
                row[column] = beside(random.choice(thresholds[column]), random)
        rows.append(near)
    rows = np.concatenate(rows)
    if case.missing:
        rows[random.uniform(size=rows.shape) < 0.05] = np.nan
    if case.rows is not None:
        rows = np.concatenate([rows, case.rows])
    return rows


def beside(value, random):
    """The value, or a neighbour of it among the doubles or among the floats."""
    single = np.float32(value)
    choices = [
        value,
        np.nextafter(value, -np.inf),
        np.nextafter(value, np.inf),
        float(single),
        float(np.nextafter(single, np.float32(-np.inf))),
        float(np.nextafter(single, np.float32(np.inf))),
    ]
    return choices[random.randint(len(choices))]


def thresholds_of(model):
    """Column → thresholds of every tree in the model that sees its columns as they are."""
    found = {}
    for tree in trees_in(model):
        for feature, threshold in zip(tree.feature, tree.threshold):
            if feature >= 0 and np.isfinite(threshold):
                found.setdefault(int(feature), []).append(float(threshold))
    for predictors in getattr(model, "_predictors", []):
        for predictor in predictors:
            nodes = predictor.nodes
            for node in nodes[(nodes["is_leaf"] == 0) & (nodes["is_categorical"] == 0)]:
                found.setdefault(int(node["feature_idx"]), []).append(float(node["num_threshold"]))
    for feature, threshold in splits_of_boosters(model):
        found.setdefault(feature, []).append(threshold)
    return found


def splits_of_boosters(model):
    """(column, threshold) of every split of XGBoost's and LightGBM's models."""
    if hasattr(model, "get_booster"):
        model = model.get_booster()
    elif hasattr(model, "booster_"):
        model = model.booster_
    else:
        model = getattr(model, "trained", model)
    if hasattr(model, "save_raw"):
        gradient = json.loads(model.save_raw("json"))["learner"]["gradient_booster"]
        for tree in gradient.get("gbtree", gradient)["model"].get("trees", []):
            for left, feature, threshold in zip(tree["left_children"], tree["split_indices"], tree["split_conditions"]):
                if left >= 0:
                    yield feature, float(threshold)
    elif hasattr(model, "model_to_string"):
        for tree in model.dump_model()["tree_info"]:
            waiting = [tree["tree_structure"]]
            while waiting:
                node = waiting.pop()
                if "split_feature" in node:
                    waiting += [node["left_child"], node["right_child"]]
                    if node["decision_type"] == "<=":
                        yield node["split_feature"], float(node["threshold"])


def trees_in(model):
    if hasattr(model, "tree_"):
        yield model.tree_
    parts = getattr(model, "estimators_", [])
    # An array of trees in boosting; a list elsewhere, whose members may have a length of their own.
    for part in parts.ravel() if isinstance(parts, np.ndarray) else parts:
        if hasattr(part, "tree_"):
            yield part.tree_


METHODS = ("predict", "predict_proba", "decision_function", "transform")


def answers_of(case, rows, model=None):
    model = case.model if model is None else model
    expected = {"rows": table_of(rows), "columns": list(map(str, rows.columns)) if hasattr(rows, "columns") else None}
    for method in METHODS:
        if not hasattr(model, method):
            continue
        try:
            answer = getattr(model, method)(rows)
        except NotImplementedError:  # a method that some parameters rule out
            continue
        if isinstance(answer, list):  # one array for each target
            expected[method] = {"each": [values_of(part) for part in answer]}
        else:
            expected[method] = {"values": values_of(answer)}
    return expected


def table_of(rows):
    if hasattr(rows, "columns"):
        return [[plain(value) for value in row] for row in rows.itertuples(index=False)]
    if isinstance(rows, np.ndarray):
        return [[plain(value) for value in row] for row in rows.tolist()]
    return [[text] for text in rows]


def values_of(answer):
    if hasattr(answer, "toarray"):
        answer = answer.toarray()
    answer = np.asarray(answer)
    return [[plain(cell) for cell in row] if isinstance(row, list) else plain(row) for row in answer.tolist()]


def plain(value):
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value
