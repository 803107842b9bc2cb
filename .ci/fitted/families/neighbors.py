import numpy as np
from sklearn.datasets import make_regression
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NearestCentroid,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo_case import Case
from zoo_data import clear_classes


METRICS = {
    "manhattan": {"p": 1},
    "chebyshev": {"metric": "chebyshev"},
    "minkowski_3": {"p": 3},
    "minkowski_weighted": {"metric_params": {"w": np.arange(1.0, 9.0)}},
    "cosine": {"metric": "cosine"},
    "ball": {"algorithm": "ball_tree"},
    "brute": {"algorithm": "brute"},
}


def cases(random):
    for classes in (2, 3, 10):
        X, y = clear_classes(random, classes, 8, 300)
        for weights in ("uniform", "distance"):
            yield Case(f"k_{weights}_{classes}", KNeighborsClassifier(7, weights=weights), X, y)
            model = RadiusNeighborsClassifier(3.0, weights=weights, outlier_label="most_frequent")
            yield Case(f"radius_{weights}_{classes}", model, X, y)
        yield Case(f"one_neighbour_{classes}", KNeighborsClassifier(1), X, y)
        for metric in ("euclidean", "manhattan"):
            yield Case(f"centroid_{metric}_{classes}", NearestCentroid(metric=metric), X, y)
    for name, options in METRICS.items():
        yield Case(f"k_{name}", KNeighborsClassifier(5, weights="distance", **options), X, y)
    yield Case("k_texts", make_pipeline(StandardScaler(), KNeighborsClassifier()), X, np.array(list("abcdefghij"))[y])
    yield Case("k_bools", KNeighborsClassifier(4), X, y > 4)
    yield Case("k_float32", KNeighborsClassifier(), X.astype(np.float32), y)
    yield Case("k_one_column", KNeighborsClassifier(), X[:, :1], y)
    yield Case("k_targets", KNeighborsClassifier(4), X, np.stack([y, y % 3], 1))
    # So wide that the graph goes row by row, and scikit-learn by brute force.
    yield Case("k_wide", KNeighborsClassifier(), *clear_classes(random, 3, 200, 300))
    yield Case("k_wide_distance", KNeighborsClassifier(weights="distance"), *clear_classes(random, 3, 200, 300))
    yield Case("radius_wide", RadiusNeighborsClassifier(20.0, outlier_label=1), *clear_classes(random, 3, 200, 300))
    far = np.full((2, 8), 100.0)
    yield Case("radius_outliers", RadiusNeighborsClassifier(2.0, outlier_label=3), X, y, rows=far)
    yield Case("radius_targets", RadiusNeighborsClassifier(3.0, outlier_label=[1, 0]), X, np.stack([y, y % 3], 1))
    yield Case("radius_covers", RadiusNeighborsClassifier(1000.0), X, y)
    yield Case("centroid_shrunk", NearestCentroid(shrink_threshold=0.2), X, y)
    try:  # since scikit-learn 1.6
        yield Case("centroid_priors", NearestCentroid(priors="empirical"), X, y**2 // 9)
    except TypeError:
        pass
    X, y = make_regression(200, 6, n_targets=2, noise=3, random_state=random)
    for weights in ("uniform", "distance"):
        yield Case(f"regressor_{weights}", KNeighborsRegressor(weights=weights), X, y[:, 0])
        yield Case(f"regressor_targets_{weights}", KNeighborsRegressor(weights=weights), X, y)
        yield Case(f"radius_regressor_{weights}", RadiusNeighborsRegressor(2.0, weights=weights), X, y)
    yield Case("regressor_integers", KNeighborsRegressor(), X, np.round(y[:, 0]).astype(int))
    yield Case("regressor_float32", KNeighborsRegressor(), X.astype(np.float32), y[:, 0].astype(np.float32))
    for neighbors in (5, 20):
        yield Case(f"outlier_factor_{neighbors}", LocalOutlierFactor(neighbors, novelty=True), X)
    yield Case("outlier_factor_contaminated", LocalOutlierFactor(novelty=True, contamination=0.1, p=1), X)
    yield Case("outlier_factor_wide", LocalOutlierFactor(novelty=True), make_regression(200, 200, random_state=random)[0])
