"""Data frames of texts and numbers, some of them missing, and what pipelines make of them."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, OneHotEncoder, RobustScaler, StandardScaler

from zoo_case import Case

PORTS = ["Cherbourg", "Quéenstown", "Southampton", "Ⓟort"]


def passengers(random, rows=400):
    frame = pd.DataFrame({
        "age": random.uniform(1, 80, rows).round(1),
        "fare": random.exponential(30, rows),
        "siblings": random.randint(0, 5, rows).astype(float),
        "sex": random.choice(["female", "male"], rows),
        "embarked": random.choice(PORTS, rows, p=[0.3, 0.2, 0.48, 0.02]),
        "deck": random.choice(list("ABCDEFG"), rows),
    })
    frame.loc[random.uniform(size=rows) < 0.2, "age"] = np.nan
    for column, share in (("embarked", 0.05), ("deck", 0.7)):
        frame[column] = frame[column].astype(object)
        frame.loc[random.uniform(size=rows) < share, column] = np.nan
    y = (frame["sex"] == "female") ^ (random.uniform(size=rows) < 0.2)
    return frame, y.to_numpy()


NUMBERS, TEXTS = ["age", "fare", "siblings"], ["sex", "embarked", "deck"]


def cases(random):
    X, y = passengers(random)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    strange = X.iloc[:6].copy()
    strange["embarked"] = ["Oslo", "", "cherbourg", "Cherbourg ", np.nan, "Ⓟort"]
    both = ColumnTransformer([("numbers", numbers, NUMBERS), ("texts", texts, TEXTS)])
    yield Case("titanic", make_pipeline(both, LogisticRegression()), X, y, rows=strange)
    yield Case("titanic_transform", both, X, rows=strange)
    remainder = ColumnTransformer([("texts", texts, TEXTS)], remainder=numbers)
    yield Case("remainder_estimator", make_pipeline(remainder, LogisticRegression()), X, y)
    labels = np.where(y, "ja", "nein")
    by_type = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="constant", fill_value="?"), OneHotEncoder(drop="if_binary")),
         make_column_selector(dtype_exclude=np.number)),
        (numbers, make_column_selector(dtype_include=np.number)),
    )
    yield Case("selectors", make_pipeline(by_type, LogisticRegression()), X, labels)
    passed = ColumnTransformer(
        [("fare", MinMaxScaler(clip=True), ["fare"]), ("gone", "drop", ["age"]), ("kept", "passthrough", ["siblings"])],
        remainder=OneHotEncoder(handle_unknown="ignore", min_frequency=15), sparse_threshold=0,
    )
    yield Case("remainder_encoder", passed, X, rows=strange)
    weighted = ColumnTransformer(
        [("a", "passthrough", [1, 2]), ("b", StandardScaler(), slice(0, 3)), ("c", MaxAbsScaler(), [True, False, True, False]),
         ("d", RobustScaler(), [-1]), ("e", "drop", [0]), ("none", StandardScaler(), [])],
        transformer_weights={"b": 2.5, "a": 0.1}, remainder="passthrough",
    )
    numeric = random.normal(size=(200, 4))
    yield Case("positions", weighted, numeric)
    rest = ColumnTransformer([("a", StandardScaler(), [3, 1])], remainder="passthrough")
    yield Case("remainder_positions", make_pipeline(rest, LinearRegression()), numeric, numeric @ [1, 2, 3, 4])
    names = pd.DataFrame(numeric, columns=list("wxyz"))
    between = ColumnTransformer([("a", StandardScaler(), slice("x", "y"))], remainder="passthrough")
    yield Case("named_slice", between, names)
    union = FeatureUnion(
        [("a", StandardScaler()), ("b", MinMaxScaler()), ("c", "passthrough"), ("d", "drop"), ("e", Normalizer())],
        transformer_weights={"b": 3, "c": -1},
    )
    yield Case("union", make_pipeline(union, LinearRegression()), numeric, numeric @ [1, 2, 3, 4])
    nested = Pipeline([("prepare", both), ("none", "passthrough"), ("scale", StandardScaler(with_mean=False)),
                       ("model", LogisticRegression())])
    yield Case("nested", nested, X, y)
    flagged = ColumnTransformer([
        ("n", SimpleImputer(add_indicator=True), NUMBERS),
        ("t", make_pipeline(SimpleImputer(strategy="most_frequent", add_indicator=True),
                            OneHotEncoder(handle_unknown="ignore")), TEXTS),
        ("i", MissingIndicator(error_on_new=False), ["age", "deck"]),
    ])
    yield Case("indicators", flagged, X)
    objects = np.array([["a", 1], ["b", 2], ["a", 3], ["c", 1]] * 10, dtype=object)
    yield Case("object_array", make_pipeline(OneHotEncoder(), LogisticRegression()), pd.DataFrame(objects, columns=["t", "n"]).astype({"n": float}),
               [0, 1, 0, 1] * 10)
    yield Case("only_texts", make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression()), X[TEXTS], y)
    panda = make_pipeline(both, LogisticRegression()).set_output(transform="default")
    yield Case("unset_output", panda, X, y)
    framed = ColumnTransformer(
        [("numbers", numbers, NUMBERS),
         ("texts", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(sparse_output=False)), ["sex"])],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    yield Case("set_output", make_pipeline(framed, LogisticRegression()), X, y)
    wide = pd.DataFrame(random.normal(size=(120, 200)), columns=[f"f{at}" for at in range(200)])
    wide["text"] = random.choice(list("xyz"), 120)
    many = ColumnTransformer([("n", StandardScaler(), [f"f{at}" for at in range(0, 200, 2)]), ("t", OneHotEncoder(), ["text"])],
                             remainder="passthrough")
    yield Case("wide", make_pipeline(many, LogisticRegression()), wide, random.randint(0, 3, 120))
