"""Encoders of categories, and imputers, one by one."""

import numpy as np
import pandas as pd
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import OneHotEncoder

from zoo_case import Case


def frame_of(random, rows=300):
    frame = pd.DataFrame({
        "text": random.choice(["x", "ü", "", "zz", "rare"], rows, p=[0.4, 0.3, 0.15, 0.13, 0.02]),
        "digits": random.choice(["1", "2", "10"], rows),
        "number": random.choice([1.5, -2.0, 0.0, 7.0, 9.0], rows, p=[0.3, 0.3, 0.2, 0.18, 0.02]),
        "pair": random.choice(["no", "yes"], rows),
    })
    holes = frame.copy()
    for column in holes:
        if holes[column].dtype != float:
            holes[column] = holes[column].astype(object)
        holes.loc[random.uniform(size=rows) < 0.1, column] = np.nan
    return frame, holes


UNKNOWN = pd.DataFrame({"text": ["new", "X"], "digits": ["3", "01"], "number": [2.0, 1e300], "pair": ["", "yes"]})


def cases(random):
    frame, holes = frame_of(random)
    nothing = frame.iloc[:1].copy().astype({"text": object})
    for column in nothing:
        nothing[column] = np.nan if nothing[column].dtype == float else pd.Series([np.nan], dtype=object)
    strange = pd.concat([UNKNOWN, nothing])
    for drop in (None, "first", "if_binary", ["x", "10", -2.0, "yes"]):
        name = "list" if isinstance(drop, list) else str(drop)
        yield Case(f"one_hot_drop_{name}", OneHotEncoder(drop=drop), frame)
        yield Case(f"one_hot_holes_drop_{name}", OneHotEncoder(drop=drop, handle_unknown="ignore"), holes, rows=strange)
    for unknown in ("ignore", "infrequent_if_exist", "warn"):
        for name, options in (("plain", {}), ("frequency", {"min_frequency": 40}), ("share", {"min_frequency": 0.15}),
                              ("most", {"max_categories": 2}), ("one", {"max_categories": 1}),
                              ("dropped", {"min_frequency": 40, "drop": "first"}),
                              ("dropped_pairs", {"max_categories": 2, "drop": "if_binary"})):
            try:
                model = OneHotEncoder(handle_unknown=unknown, **options).fit(holes)
            except ValueError:  # "warn" came with 1.6
                continue
            yield Case(f"one_hot_{unknown}_{name}", model, holes, rows=strange)
    chosen = OneHotEncoder(categories=[["ü", "x", "zz", "", "rare"], ["1", "2", "10"], [-2.0, 0.0, 1.5, 7.0, 9.0], ["no", "yes"]])
    yield Case("one_hot_chosen", chosen, frame)
    integers = random.randint(-3, 12, size=(200, 3))
    yield Case("one_hot_integers", OneHotEncoder(handle_unknown="ignore", dtype=int), integers.astype(float), rows=np.array([[1.5, 100, -0.0]]))
    single = integers.astype(np.float32) / 10
    yield Case("one_hot_float32", OneHotEncoder(handle_unknown="ignore"), single, rows=np.array([[0.1, 0.2, 0.3]]))
    booleans = pd.DataFrame({"b": random.uniform(size=100) < 0.5, "i": random.randint(0, 4, 100)})
    yield Case("one_hot_booleans", OneHotEncoder(), booleans)
    nones = pd.DataFrame({"t": np.array(["a", None, "b", "c"] * 20, dtype=object)})
    yield Case("one_hot_none", OneHotEncoder(), nones)
    many = pd.DataFrame({"t": [f"v{at % 150}" for at in range(600)]})
    yield Case("one_hot_150", OneHotEncoder(), many)
    constant = pd.DataFrame({"c": ["same"] * 50, "t": ["a", "b"] * 25})
    yield Case("one_hot_constant_dropped", OneHotEncoder(drop="first"), constant)

    numbers = random.normal(size=(200, 4)).round(1)
    numbers[random.uniform(size=numbers.shape) < 0.15] = np.nan
    for strategy in ("mean", "median", "most_frequent", "constant"):
        yield Case(f"impute_{strategy}", SimpleImputer(strategy=strategy), numbers, missing=True)
        yield Case(f"impute_{strategy}_flags", SimpleImputer(strategy=strategy, add_indicator=True), numbers, missing=True)
    yield Case("impute_fill", SimpleImputer(strategy="constant", fill_value=-0.1), numbers, missing=True)
    empty = numbers.copy()
    empty[:, 1] = np.nan
    for keep in (False, True):
        for strategy in ("mean", "most_frequent", "constant"):
            yield Case(f"impute_empty_{keep}_{strategy}", SimpleImputer(strategy=strategy, keep_empty_features=keep, add_indicator=True),
                       pd.DataFrame(empty, columns=list("abcd")))
    codes = random.randint(-1, 5, size=(200, 3)).astype(float)
    yield Case("impute_minus_1", SimpleImputer(missing_values=-1, add_indicator=True), codes)
    yield Case("impute_0_frequent", SimpleImputer(missing_values=0, strategy="most_frequent"), codes)
    yield Case("impute_float32", SimpleImputer(), numbers.astype(np.float32), missing=True)
    yield Case("impute_float32_fill", SimpleImputer(strategy="constant", fill_value=0.1), numbers.astype(np.float32), missing=True)
    texts = holes[["text", "digits", "pair"]]
    yield Case("texts_frequent", OneHotAfter(SimpleImputer(strategy="most_frequent")), texts)
    yield Case("texts_fill", OneHotAfter(SimpleImputer(strategy="constant", fill_value="ganz neu")), texts)
    yield Case("texts_default_fill", OneHotAfter(SimpleImputer(strategy="constant")), texts)
    filled = texts.fillna("?")
    yield Case("texts_question_mark", OneHotAfter(SimpleImputer(missing_values="?", strategy="most_frequent", add_indicator=True)), filled)
    none = texts.where(texts.notna(), None)
    yield Case("texts_none", OneHotAfter(SimpleImputer(missing_values=None, strategy="most_frequent")), none)
    yield Case("texts_na", OneHotAfter(SimpleImputer(missing_values=pd.NA, strategy="most_frequent")), none.where(none.notna(), pd.NA), without=("skops",))
    yield Case("indicator_all", MissingIndicator(features="all"), numbers, missing=True)
    some = numbers.copy()
    some[:, 2] = 1.0
    yield Case("indicator_some", MissingIndicator(error_on_new=False), some, missing=True)
    some[:, 2] = 5.5
    some[np.isnan(some)] = -9
    yield Case("indicator_minus_9", MissingIndicator(missing_values=-9), some, thresholds={})


def OneHotAfter(imputer):
    from sklearn.pipeline import make_pipeline

    return make_pipeline(imputer, OneHotEncoder(handle_unknown="ignore"))
