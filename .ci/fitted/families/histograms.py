import numpy as np
import pandas as pd
import sklearn
from sklearn.datasets import make_regression
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from zoo_case import Case
from zoo_data import holed, noisy_classes

MINOR = int(sklearn.__version__.split(".")[1])
WORDS = np.array(["high", "lów", "mid", "none", "some", "a", "b", "c", "d", "e"])


def classifier(**parameters):
    return HistGradientBoostingClassifier(max_iter=8, random_state=1, **parameters)


def regressor(**parameters):
    return HistGradientBoostingRegressor(max_iter=10, random_state=1, **parameters)


def cases(random):
    for count in (2, 3, 10):
        X, y = noisy_classes(random, count, rows=400)
        yield Case(f"hist_{count}", classifier(), X, WORDS[y])
    X, y = noisy_classes(random, 3, rows=400)
    X = holed(X, random)
    yield Case("hist_missing", classifier(), X, y, missing=True)
    yield Case("hist_missing_at_predict", classifier(), np.nan_to_num(X), y == 1, missing=True)
    yield Case("hist_limited", classifier(max_depth=3, max_bins=16, learning_rate=0.5, l2_regularization=1), X, y == 1)
    yield Case("hist_stopped", classifier(early_stopping=True, n_iter_no_change=1), X, y == 1)
    yield Case("hist_float32", classifier(), X.astype(np.float32), y)
    X, y = noisy_classes(random, 2, columns=1, informative=1, rows=400)
    yield Case("hist_1_column", classifier(), X, y)
    X, y = noisy_classes(random, 2, columns=200, rows=400)
    yield Case("hist_200_columns", classifier(), X, y)
    # Rows of sums that are zero.
    yield Case("hist_even", HistGradientBoostingClassifier(max_iter=1), np.round(X[:, :3]), np.arange(len(X)) % 2)
    X, y = make_regression(300, 6, noise=3, random_state=random)
    losses = ["squared_error", "absolute_error", "poisson"] + (["gamma"] if MINOR >= 3 else [])
    for loss in losses:
        targets = np.abs(y) / 50 + 1 if loss in ("poisson", "gamma") else y
        yield Case(f"hist_{loss}", regressor(loss=loss), X, targets)
    yield Case("hist_quantile", regressor(loss="quantile", quantile=0.8), holed(X, random), y, missing=True)
    yield Case("hist_monotonic", regressor(monotonic_cst=[1, -1, 0, 0, 0, 0]), X, y)
    yield Case("hist_interaction", regressor(interaction_cst=[{0, 1}, {2, 3, 4, 5}]), X, y)
    yield from categories(random)


def categories(random):
    X, y = noisy_classes(random, 3, rows=400)
    codes = random.randint(0, [3, 40, 256], (len(X), 3)).astype(float)
    X = np.hstack([X[:, :2], codes[:, :2], X[:, 2:4]])
    y = (y + codes[:, 0] + codes[:, 1]) % 3
    X[codes[:, 1] == 7, 3] = 8  # a category that training does not know
    asked = X[:60].copy()
    asked[:, 2] = np.resize([0, 1, 2, 3, np.nan, -1, 2.5, 255, 256, 300, -0.0], 60)
    asked[:, 3] = np.resize([7, 39.9, 39, 40, np.nan, 1e9, 0, 8, 2**31 + 7, 1e300], 60)
    for name, chosen in (("indices", [2, 3]), ("mask", [False, False, True, True, False, False])):
        yield Case(f"hist_categories_{name}", classifier(categorical_features=chosen), X, y, rows=asked)
    yield Case("hist_categories_missing", classifier(categorical_features=[3, 2]), holed(X, random), y == 1, rows=asked, missing=True)
    many = np.hstack([codes[:, 2:], X])
    many[:, 0] = np.minimum(many[:, 0], 254)
    yield Case("hist_categories_255", regressor(categorical_features=[0]), many, codes[:, 2] % 7 + X[:, 0])
    if MINOR >= 4:
        frame = pd.DataFrame({"size": X[:, 0], "colour": WORDS[codes[:, 1].astype(int) % 10], "weight": X[:, 4], "kind": codes[:, 0]})
        rows = pd.DataFrame({"size": X[:40, 0], "colour": np.resize([*WORDS, "", "?"], 40), "weight": X[:40, 5], "kind": np.resize([0, 1, 2, 3, 9], 40).astype(float)})
        yield Case("hist_categories_text", classifier(categorical_features=["colour", "kind"]), frame, y, rows=rows)
