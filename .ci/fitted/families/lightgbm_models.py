import lightgbm as lgb
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRanker, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_regression
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from zoo_case import Case
from zoo_data import clear_classes, holed

QUIET = {"verbosity": -1, "num_threads": 1}


class Booster:
    """Trains with LightGBM's own interface."""

    def __init__(self, rounds=12, **params):
        self.params, self.rounds = {**QUIET, "num_leaves": 12, "min_data_in_leaf": 5, **params}, rounds

    def fit(self, X, y, group=None, categorical=(), function=None):
        data = lgb.Dataset(X, y, group=group, categorical_feature=list(categorical) or "auto", params={"verbosity": -1})
        params = dict(self.params)
        options = {}
        if function is not None and lgb.__version__ < "4":
            options["fobj"] = function
        elif function is not None:
            params["objective"] = function
        self.trained = lgb.train(params, data, self.rounds, **options)


def cases(random):
    small = {"n_estimators": 12, "num_leaves": 12, "min_child_samples": 5, "n_jobs": 1, "verbosity": -1}
    yield from classifiers(random, small)
    yield from regressors(random, small)
    yield from own_interface(random)
    yield from categories(random, small)
    yield from compositions(random, small)


def classifiers(random, small):
    X, y = clear_classes(random, 2, 8, 400)
    yield Case("classifier_2", LGBMClassifier(**{**small, "n_estimators": 120}), X, y, flavor="lightgbm", missing=True)
    yield Case("classifier_texts", LGBMClassifier(**small), X, np.array(["no", "yés"])[y])
    yield Case("classifier_holes", LGBMClassifier(**small), holed(X, random, 0.15), y, missing=True)
    yield Case("classifier_zeros", LGBMClassifier(**small, zero_as_missing=True), holed(X, random, 0.15, 0.0), y, missing=True, rows=near_zero(X))
    yield Case("classifier_not_missing", LGBMClassifier(**small, use_missing=False), holed(X, random, 0.15), y, missing=True)
    yield Case("classifier_dart", LGBMClassifier(**small, boosting_type="dart"), X, y, flavor="lightgbm")
    yield Case("forest_2", LGBMClassifier(**small, boosting_type="rf", subsample=0.6, subsample_freq=1), X, y, flavor="lightgbm")
    yield Case("classifier_entropy", LGBMClassifier(**small, objective="cross_entropy"), X, y)
    yield Case("classifier_stump", LGBMClassifier(n_estimators=3, min_child_samples=1000, verbosity=-1), X, y)
    yield Case("classifier_1_column", LGBMClassifier(**small), X[:, :1], y == 1)
    early = {"eval_set": [(X[200:], y[200:])], "callbacks": [lgb.early_stopping(2, verbose=False)]}
    for name, flavor in (("stopped_early", "sklearn"), ("stopped_early_logged", "lightgbm")):
        yield Case(name, LGBMClassifier(**{**small, "n_estimators": 200}, learning_rate=0.9), X[:200], y[:200], options=early, flavor=flavor)
    X, y = clear_classes(random, 3, 8, 400)
    yield Case("classifier_3", LGBMClassifier(**small), X.astype(np.float32), y, flavor="lightgbm")
    yield Case("classifier_3_ova", LGBMClassifier(**small, objective="multiclassova", sigmoid=1.5), X, np.array([10, -3, 7])[y])
    yield Case("forest_3", LGBMClassifier(**small, boosting_type="rf", subsample=0.6, subsample_freq=1), X, y)
    frame = pd.DataFrame(X, columns=[f"c {at}" for at in range(8)])
    yield Case("classifier_named", LGBMClassifier(**small), frame, y, flavor="lightgbm")
    X, y = clear_classes(random, 10, 20, 600)
    yield Case("classifier_10", LGBMClassifier(**small), X, y)
    X, y = clear_classes(random, 2, 200, 400)
    yield Case("classifier_200_columns", LGBMClassifier(**small), X, y)


def near_zero(X):
    rows = X[:40].copy()
    rows[::2, :4] = np.array([0.0, -0.0, 1e-35, -1e-35])
    rows[1::2, :4] = np.array([1.0000001e-35, 9.999999e-36, np.float32(1e-35), np.nextafter(float(np.float32(1e-35)), 1)])
    return rows


def regressors(random, small):
    X, y = make_regression(300, 6, noise=3, random_state=random)
    counts, positive = random.poisson(np.exp(X[:, 0] / 2)), np.exp(X[:, 0]) + 0.1
    yield Case("regressor", LGBMRegressor(**{**small, "n_estimators": 300}), X, y, flavor="lightgbm")
    for objective, target in [
        ("regression_l1", y), ("huber", y), ("fair", y), ("poisson", counts), ("quantile", y), ("mape", positive),
        ("gamma", positive), ("tweedie", counts),
    ]:
        yield Case(f"regressor_{objective}", LGBMRegressor(**small, objective=objective), X, target)
    yield Case("regressor_root", LGBMRegressor(**small, reg_sqrt=True), X, y)
    yield Case("forest_regressor", LGBMRegressor(**small, boosting_type="rf", subsample=0.6, subsample_freq=1), X, y)
    yield Case("regressor_zeros", LGBMRegressor(**small, zero_as_missing=True), holed(np.round(X), random, 0.15), y, missing=True)
    yield Case("ranker", LGBMRanker(**small), X, np.clip(counts, 0, 4), options={"group": [30] * 10}, flavor="lightgbm")


def own_interface(random):
    X, y = clear_classes(random, 2, 8, 400)
    for objective in ("binary", "cross_entropy", "cross_entropy_lambda", "regression"):
        yield Case(f"booster_{objective}", Booster(objective=objective), X, y, flavor="lightgbm", missing=True)
    yield Case("booster_steep", Booster(objective="binary", sigmoid=2.5), X, y, flavor="lightgbm")
    yield Case("booster_function", Booster(), X, y, options={"function": lambda p, data: (p - data.get_label(), np.ones_like(p))}, flavor="lightgbm")
    yield Case("booster_rank", Booster(objective="rank_xendcg"), X, y, options={"group": [40] * 10}, flavor="lightgbm")
    X, y = clear_classes(random, 3, 8, 400)
    yield Case("booster_multiclass", Booster(objective="multiclass", num_class=3), X, y, flavor="lightgbm")
    yield Case("booster_one_vs_all", Booster(objective="multiclassova", num_class=3), X, y, flavor="lightgbm")
    X[:, 0], X[:, 1] = random.randint(0, 80, 400), random.randint(0, 3, 400)
    y = y + X[:, 0] % 7
    rows = X[:10].copy()
    rows[:, 0] = [-1, -0.5, 0.5, 79.99, 80, 1e9, 3e9, np.nan, 2**31, -(2.0**31)]
    for missing in ({}, {"use_missing": False}, {"zero_as_missing": True}):
        name = "_".join(["booster_categories", *missing])
        yield Case(name, Booster(objective="regression", max_cat_to_onehot=2, min_data_per_group=3, **missing), X, y, rows=rows, options={"categorical": [0, 1]}, missing=True, flavor="lightgbm")


def categories(random, small):
    size = random.normal(size=400)
    city = np.array(["Bern", "Genf", "Ulm", "Zürich", "Köln"])[random.randint(0, 5, 400)]
    kind = random.choice([10, 20, 40], 400)
    y = size + 3 * (city == "Ulm") - 2 * (kind == 20) + (city == "Bern") * (kind == 10)
    frame = pd.DataFrame({"city": pd.Categorical(city), "size": size, "kind": pd.Categorical(kind)})
    yield Case("pandas_texts", LGBMRegressor(**small, min_data_per_group=3), frame[["size", "city"]], y)
    yield Case("pandas_texts_logged", LGBMRegressor(**small, min_data_per_group=3), frame[["size", "city"]], y, flavor="lightgbm")
    yield Case("pandas_booster", Booster(objective="regression", min_data_per_group=3), frame[["city", "size"]], y, flavor="lightgbm")
    yield Case("pandas_numbers", LGBMRegressor(**small, min_data_per_group=3), frame[["size", "kind"]], y)
    yield Case("pandas_both", LGBMRegressor(**small, min_data_per_group=3), frame, y)


def compositions(random, small):
    X, y = clear_classes(random, 3, 8, 400)
    labels = np.array(["low", "mid", "high"])[y]
    yield Case("scaled", make_pipeline(StandardScaler(), LGBMClassifier(**small)), X, labels)
    yield Case("search", GridSearchCV(LGBMClassifier(**small), {"num_leaves": [5, 9]}, cv=2), X, y)
    yield Case("stacked", StackingClassifier([("boost", LGBMClassifier(**small)), ("line", LogisticRegression())], cv=2), X, labels)
    yield Case("calibrated_3", CalibratedClassifierCV(LGBMClassifier(**small), cv=2), X, labels)
    X, y = clear_classes(random, 2, 8, 400)
    for method in ("sigmoid", "isotonic"):
        yield Case(f"calibrated_{method}", CalibratedClassifierCV(LGBMClassifier(**small), method=method, cv=2), X, y)
    forest = LGBMClassifier(**small, boosting_type="rf", subsample=0.6, subsample_freq=1)
    yield Case("calibrated_forest", CalibratedClassifierCV(forest, cv=2), X, y)
