import numpy as np
import sklearn
from sklearn.datasets import make_regression
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    IsolationForest,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from zoo_case import Case
from zoo_data import holed, noisy_classes

MINOR = int(sklearn.__version__.split(".")[1])
WORDS = np.array(["high", "lów", "mid", "none", "some", "a", "b", "c", "d", "e"])
# SAMME.R was the default, and is gone.
ALGORITHMS = ["SAMME", "SAMME.R"] if MINOR < 6 else [None]


def cases(random):
    yield from boosted(random)
    yield from bagged(random)
    yield from isolated(random)


def boosted(random):
    for algorithm in ALGORITHMS:
        options = {} if algorithm is None else {"algorithm": algorithm}
        name = "ada" if algorithm is None else f"ada_{algorithm}"

        def ada(*base, **more):
            return AdaBoostClassifier(*base, n_estimators=12, random_state=1, **{**options, **more})

        for count in (2, 3, 10):
            X, y = noisy_classes(random, count)
            yield Case(f"{name}_{count}", ada(), X, WORDS[y])
            yield Case(f"{name}_deep_{count}", ada(DecisionTreeClassifier(max_depth=4), learning_rate=0.7), X, y)
        X, y = noisy_classes(random, 2)
        yield Case(f"{name}_bool", ada(), X, y == 1)
        yield Case(f"{name}_logistic", ada(LogisticRegression()), X, y)
        X, y = noisy_classes(random, 3)
        yield Case(f"{name}_logistic_3", ada(LogisticRegression(), learning_rate=0.1), X, WORDS[y])
    X, y = make_regression(200, 6, noise=3, random_state=random)
    for loss in ("linear", "square", "exponential"):
        yield Case(f"ada_regressor_{loss}", AdaBoostRegressor(n_estimators=12, loss=loss, random_state=1), X, y)
    base = DecisionTreeRegressor(max_depth=1)
    yield Case("ada_regressor_ties", AdaBoostRegressor(base, n_estimators=9, random_state=1), np.round(X), np.round(y, -2))
    yield Case("ada_regressor_linear_base", AdaBoostRegressor(LinearRegression(), n_estimators=5, random_state=1), X, y)


def bagged(random):
    for count in (2, 3, 10):
        X, y = noisy_classes(random, count)
        yield Case(f"bagging_{count}", BaggingClassifier(random_state=1), X, WORDS[y])
    X, y = noisy_classes(random, 3)
    columns = {"max_features": 0.5, "random_state": 1}
    yield Case("bagging_columns", BaggingClassifier(**columns), X, y)
    yield Case("bagging_columns_twice", BaggingClassifier(bootstrap_features=True, **columns), X, y)
    # Samples so small that members do not see every class.
    rare = np.where(np.arange(len(y)) < 6, 3, y)
    yield Case("bagging_rare", BaggingClassifier(n_estimators=8, max_samples=0.05, random_state=1), X, WORDS[rare])
    yield Case("bagging_ties", BaggingClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=4, random_state=1), np.round(X), y)
    yield Case("bagging_logistic", BaggingClassifier(LogisticRegression(), n_estimators=5, **columns), X, WORDS[y])
    yield Case("bagging_logistic_rare", BaggingClassifier(LogisticRegression(), max_samples=0.05, random_state=1), X, rare)
    yield Case("bagging_votes", BaggingClassifier(RidgeClassifier(), n_estimators=5, **columns), X, y == 1)
    scaled = make_pipeline(StandardScaler(), LogisticRegression())
    yield Case("bagging_pipeline", BaggingClassifier(scaled, n_estimators=3, random_state=1), X, y)
    if MINOR >= 4:
        yield Case("bagging_missing", BaggingClassifier(random_state=1), holed(X, random), y, missing=True)
    X, y = make_regression(200, 6, noise=3, random_state=random)
    yield Case("bagging_regressor", BaggingRegressor(**columns), X, y)
    yield Case("bagging_linear", BaggingRegressor(LinearRegression(), n_estimators=5, **columns), X, y)
    X, y = make_regression(200, 6, n_targets=3, noise=3, random_state=random)
    yield Case("bagging_3_targets", BaggingRegressor(random_state=1), X, y)


def isolated(random):
    X = random.normal(size=(300, 6))
    X[:20] *= 4
    yield Case("isolation", IsolationForest(n_estimators=30, random_state=1), X)
    yield Case("isolation_contamination", IsolationForest(n_estimators=20, contamination=0.1, random_state=1), X)
    yield Case("isolation_columns", IsolationForest(n_estimators=20, max_features=3, max_samples=64, random_state=1), X)
    yield Case("isolation_bootstrap", IsolationForest(n_estimators=10, bootstrap=True, max_samples=0.3, random_state=1), np.round(X))
    yield Case("isolation_1_column", IsolationForest(n_estimators=10, random_state=1), X[:, :1])
    yield Case("isolation_1_row", IsolationForest(n_estimators=5, max_samples=1, random_state=1), X)
    if MINOR >= 6:
        yield Case("isolation_missing", IsolationForest(n_estimators=20, random_state=1), holed(X, random), missing=True)
