"""Ordinal and target encoders, bins, and polynomials."""

import warnings

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OrdinalEncoder, PolynomialFeatures, StandardScaler

from families.encoders import UNKNOWN, frame_of
from zoo_case import Case


def cases(random):
    frame, holes = frame_of(random)
    nothing = pd.DataFrame({"text": [np.nan], "digits": [np.nan], "number": [np.nan], "pair": [np.nan]}).astype(
        {"text": object, "digits": object, "pair": object})
    strange = pd.concat([UNKNOWN, nothing])
    yield Case("ordinal", OrdinalEncoder(), frame)
    yield Case("ordinal_holes", OrdinalEncoder(), holes)
    yield Case("ordinal_missing", OrdinalEncoder(encoded_missing_value=-5), holes)
    known = {"handle_unknown": "use_encoded_value"}
    yield Case("ordinal_unknown", OrdinalEncoder(unknown_value=-1, **known), frame, rows=strange)
    yield Case("ordinal_unknown_holes", OrdinalEncoder(unknown_value=-1, encoded_missing_value=-2, **known), holes, rows=strange)
    yield Case("ordinal_unknown_nan", OrdinalEncoder(unknown_value=np.nan, **known), frame, rows=strange)
    yield Case("ordinal_int", OrdinalEncoder(dtype=np.int64), frame)
    for name, options in (("rare", {"min_frequency": 40}), ("most", {"max_categories": 2}), ("one", {"max_categories": 1})):
        try:
            yield Case(f"ordinal_{name}", OrdinalEncoder(unknown_value=99, encoded_missing_value=-2, **known, **options), holes, rows=strange)
        except TypeError:  # since 1.3
            pass
    nones = pd.DataFrame({"t": np.array(["a", None, "b", "c"] * 20, dtype=object)})
    yield Case("ordinal_none", OrdinalEncoder(), nones)
    chosen = OrdinalEncoder(categories=[["zz", "ü", "x", "", "rare"], ["10", "2", "1"], [-2.0, 0.0, 1.5, 7.0, 9.0], ["yes", "no"]])
    yield Case("ordinal_chosen", chosen, frame)
    try:
        from sklearn.preprocessing import TargetEncoder
    except ImportError:  # since 1.3
        TargetEncoder = None
    if TargetEncoder is not None:
        y = random.normal(size=len(frame)) + (frame["pair"] == "yes")
        for name, target in (("continuous", y), ("binary", np.where(y > 0, "ja", "nein")), ("multiclass", np.digitize(y, [-1, 0, 1]))):
            yield Case(f"target_{name}", TargetEncoder(), frame, target, rows=strange)
            yield Case(f"target_{name}_holes", TargetEncoder(smooth=3.0), holes, target, rows=strange)
        yield Case("target_regression", make_pipeline(TargetEncoder(), LinearRegression()), holes, y, rows=strange)

    X = random.normal(size=(300, 4)) * [1, 1e3, 1e-3, 0] + [0, 5, 0, 1]
    for encode in ("ordinal", "onehot", "onehot-dense"):
        for strategy in ("uniform", "quantile", "kmeans"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = KBinsDiscretizer(4, encode=encode, strategy=strategy)
                edges = {at: list(values) for at, values in enumerate(model.fit(X).bin_edges_)}
            yield Case(f"bins_{encode}_{strategy}", model, X, thresholds={at: edges[at] for at in range(3)})
    yield Case("bins_each", KBinsDiscretizer([2, 7, 3], encode="ordinal"), X[:, :3])
    yield Case("bins_float32", KBinsDiscretizer(5, dtype=np.float32, encode="ordinal"), X[:, :3])
    yield Case("bins_one_column", make_pipeline(KBinsDiscretizer(6), LinearRegression()), X[:, :1], X[:, 0])

    Z = random.normal(size=(100, 4))
    for degree in (1, 2, 4, (2, 3), (0, 2)):
        for only in (False, True):
            for bias in (False, True):
                name = "_".join(map(str, np.ravel(degree)))
                yield Case(f"polynomial_{name}_{only}_{bias}", PolynomialFeatures(degree, interaction_only=only, include_bias=bias), Z)
    yield Case("polynomial_one", make_pipeline(PolynomialFeatures(3), LinearRegression()), Z[:, :1], Z[:, 0] ** 2)
    yield Case("polynomial_scaled", make_pipeline(StandardScaler(), PolynomialFeatures(2), LinearRegression()), Z, Z @ [1, 2, 3, 4])
    yield Case("polynomial_200", PolynomialFeatures(2, interaction_only=True), random.normal(size=(20, 60)))
