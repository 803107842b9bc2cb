import numpy as np
import pandas as pd
from sklearn.preprocessing import (
    Binarizer, MaxAbsScaler, MinMaxScaler, Normalizer, PowerTransformer, QuantileTransformer, RobustScaler, StandardScaler,
)

from zoo_case import Case


def cases(random):
    X = random.normal(size=(200, 5)) * [1, 1e-9, 1e9, 3, 0] + [0, 5, -1e3, 1e8, 7]
    one = X[:, :1]
    wide = random.normal(size=(100, 200))
    for name, data in (("5", X), ("1", one), ("200", wide), ("float32", X.astype(np.float32))):
        yield Case(f"standard_{name}", StandardScaler(), data, missing=True)
        yield Case(f"min_max_{name}", MinMaxScaler(), data, missing=True)
        yield Case(f"max_abs_{name}", MaxAbsScaler(), data, missing=True)
        yield Case(f"robust_{name}", RobustScaler(), data, missing=True)
    yield Case("standard_mean", StandardScaler(with_std=False), X, missing=True)
    yield Case("standard_std", StandardScaler(with_mean=False), X, missing=True)
    yield Case("standard_nothing", StandardScaler(with_mean=False, with_std=False), X, missing=True)
    yield Case("min_max_clip", MinMaxScaler(feature_range=(-2, 0.5), clip=True), X, missing=True)
    yield Case("robust_center", RobustScaler(with_scaling=False), X, missing=True)
    yield Case("robust_scale", RobustScaler(with_centering=False, quantile_range=(10, 90), unit_variance=True), X, missing=True)
    try:
        yield Case("max_abs_clip", MaxAbsScaler(clip=True), X, missing=True)
    except TypeError:  # since 1.8
        pass
    rows = np.array([[0, 0, 0, 0, 0], [1e-16, 0, 0, 0, 0], [0, -3e-15, 1e-15, 0, 0]])
    for norm in ("l1", "l2", "max"):
        yield Case(f"normalizer_{norm}", Normalizer(norm=norm), X, rows=rows)
    yield Case("binarizer", Binarizer(threshold=0.1), X, rows=np.full((1, 5), 0.1), thresholds={0: [0.1]})
    shapes = np.column_stack([random.exponential(3, 300), random.normal(size=300), random.uniform(-5, 1, 300), random.beta(5, 1, 300)])
    for standardize in (True, False):
        yield Case(f"yeo_johnson_{standardize}", PowerTransformer(standardize=standardize), shapes, missing=True)
        positive = np.abs(shapes) + 0.01
        yield Case(f"box_cox_{standardize}", PowerTransformer("box-cox", standardize=standardize), pd.DataFrame(positive, columns=list("abcd")))
    rounded = shapes.round(0)
    ends = np.array([np.r_[shapes.min(0)], shapes.max(0), shapes.min(0) + 5e-8, shapes.max(0) - 5e-8, shapes.min(0) + 2e-7])
    for distribution in ("uniform", "normal"):
        for name, data in (("plain", shapes), ("ties", rounded), ("float32", shapes.astype(np.float32))):
            model = QuantileTransformer(n_quantiles=100, output_distribution=distribution, random_state=0)
            yield Case(f"quantiles_{distribution}_{name}", model, data, missing=True, rows=ends)
    constant = np.column_stack([shapes[:, 0], np.full(300, 2.0)])
    yield Case("quantiles_constant", QuantileTransformer(n_quantiles=30), constant, missing=True)
