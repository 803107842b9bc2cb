import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from zoo_case import Case
from zoo_data import holed

VERSION = tuple(int(part) for part in xgb.__version__.split(".")[:2])


class Booster:
    """Trains with XGBoost's own interface."""

    def __init__(self, rounds=12, **params):
        self.params, self.rounds = {"max_depth": 4, "nthread": 1, **params}, rounds

    def fit(self, X, y):
        options = {"enable_categorical": True} if hasattr(X, "columns") else {}
        if self.params["objective"] == "survival:aft":
            data = xgb.DMatrix(X, label_lower_bound=y, label_upper_bound=np.where(y > np.median(y), np.inf, y))
        elif self.params["objective"].startswith("rank:"):
            data = xgb.DMatrix(X, y, qid=np.arange(len(y)) // 20)
        else:
            data = xgb.DMatrix(X, y, **options)
        self.trained = xgb.train(self.params, data, self.rounds)


def classification(random, classes, columns=8, rows=400):
    return make_classification(
        rows, columns, n_informative=min(columns, 6), n_redundant=0, n_repeated=0, n_classes=classes,
        n_clusters_per_class=1, random_state=random,
    )


def cases(random):
    small = {"n_estimators": 12, "max_depth": 4, "n_jobs": 1}
    yield from classifiers(random, small)
    yield from regressors(random, small)
    yield from own_interface(random)
    yield from compositions(random, small)


def classifiers(random, small):
    X, y = classification(random, 2)
    yield Case("classifier_2", xgb.XGBClassifier(**{**small, "n_estimators": 150}), X, y, flavor="xgboost")
    yield Case("classifier_2_pickled", xgb.XGBClassifier(**small), X, y)
    yield Case("classifier_holes", xgb.XGBClassifier(**small), holed(X, random), y, missing=True, flavor="xgboost")
    yield Case("classifier_missing_0", xgb.XGBClassifier(**small, missing=0), np.round(X), y, missing=True)
    yield Case("classifier_dart", xgb.XGBClassifier(**small, booster="dart", rate_drop=0.4, seed=1), X, y)
    yield Case("classifier_linear", xgb.XGBClassifier(booster="gblinear", n_estimators=12, n_jobs=1), X, y, missing=True)
    yield Case("classifier_parallel", xgb.XGBClassifier(**small, num_parallel_tree=3, subsample=0.5), X, y, flavor="xgboost")
    yield Case("classifier_base", xgb.XGBClassifier(**small, base_score=0.3), X, y, flavor="xgboost")
    yield Case("classifier_hinge", xgb.XGBClassifier(**small, objective="binary:hinge"), X, y)
    yield Case("classifier_raw", xgb.XGBClassifier(**small, objective="binary:logitraw"), X, y)
    yield Case("forest_2", xgb.XGBRFClassifier(n_estimators=10, max_depth=4, n_jobs=1), X, y, flavor="xgboost")
    yield Case("classifier_1_column", xgb.XGBClassifier(**small), X[:, :1], y)
    yield Case("classifier_stump", xgb.XGBClassifier(n_estimators=3, gamma=1e9, n_jobs=1), X, y)
    X, y = classification(random, 3)
    yield Case("classifier_3", xgb.XGBClassifier(**small), X.astype(np.float32), y, flavor="xgboost")
    yield Case("classifier_3_softmax", xgb.XGBClassifier(**small, objective="multi:softmax"), X, y, flavor="xgboost")
    yield Case("classifier_3_dart", xgb.XGBClassifier(**small, booster="dart", rate_drop=0.4, seed=1), X, y)
    yield Case("forest_3", xgb.XGBRFClassifier(n_estimators=10, max_depth=4, n_jobs=1), X, y)
    yield Case("classifier_named", xgb.XGBClassifier(**small), pd.DataFrame(X, columns=[f"c {at}" for at in range(8)]), y, flavor="xgboost")
    X, y = classification(random, 10, columns=20, rows=600)
    yield Case("classifier_10", xgb.XGBClassifier(**small), X, y)
    X, y = classification(random, 2, columns=200)
    yield Case("classifier_200_columns", xgb.XGBClassifier(**small), X, y, flavor="xgboost")
    labels = np.stack([y, 1 - y, X[:, 0] > 0], axis=1).astype(int)
    yield Case("several_labels", xgb.XGBClassifier(**small, tree_method="hist"), X, labels)
    early = {"eval_set": [(X[200:], y[200:])], "verbose": False}
    for name, flavor in (("stopped_early", "sklearn"), ("stopped_early_loaded", "xgboost")):
        model = xgb.XGBClassifier(n_estimators=200, learning_rate=0.9, n_jobs=1, early_stopping_rounds=2)
        yield Case(name, model, X[:200], y[:200], options=early, flavor=flavor)


def regressors(random, small):
    X, y = make_regression(300, 6, noise=3, random_state=random)
    yield Case("regressor", xgb.XGBRegressor(**small), X, y, flavor="xgboost")
    yield Case("regressor_pickled", xgb.XGBRegressor(**{**small, "n_estimators": 300}), X, y, missing=True)
    yield Case("forest_regressor", xgb.XGBRFRegressor(n_estimators=10, max_depth=4, n_jobs=1), X, y, flavor="xgboost")
    yield Case("regressor_linear", xgb.XGBRegressor(booster="gblinear", n_estimators=12, n_jobs=1), X, y, flavor="xgboost")
    yield Case("regressor_dart", xgb.XGBRegressor(**small, booster="dart", rate_drop=0.4, seed=1), X, y)
    targets = np.stack([y, y**2, X[:, 0]], axis=1)
    yield Case("regressor_3_targets", xgb.XGBRegressor(**small, tree_method="hist"), X, targets, flavor="xgboost")
    counts = random.poisson(np.exp(X[:, 0] / 2))
    positive = np.exp(X[:, 0]) + 0.1
    for objective, target in [
        ("count:poisson", counts), ("reg:tweedie", counts), ("reg:gamma", positive), ("reg:squaredlogerror", positive),
        ("reg:pseudohubererror", y / 100), ("reg:absoluteerror", y), ("reg:logistic", (y > 0) * 1.0), ("survival:cox", positive),
    ]:
        yield Case(f"regressor_{objective.replace(':', '_')}", xgb.XGBRegressor(**small, objective=objective), X, target, flavor="xgboost")
    if VERSION >= (2, 0):
        yield Case("regressor_quantiles", xgb.XGBRegressor(**small, objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9]), X, y, flavor="xgboost")
        yield Case("regressor_vector_leaves", xgb.XGBRegressor(**small, tree_method="hist", multi_strategy="multi_output_tree"), X, targets, flavor="xgboost", without=("xgb",))
    categories = pd.DataFrame({"city": pd.Categorical(random.randint(0, 40, 300)), "kind": pd.Categorical(random.randint(0, 3, 300)), "size": X[:, 0]})
    codes = pd.DataFrame({name: column.cat.codes if name != "size" else column for name, column in categories.items()})
    y = y + 50 * (codes["city"] % 5) - 100 * codes["kind"]
    for one_hot in (1, 100):
        yield Case(f"regressor_categories_{one_hot}", xgb.XGBRegressor(**small, tree_method="hist", max_cat_to_onehot=one_hot, feature_types=["c", "c", "q"], enable_categorical=True), codes.to_numpy(float), y.to_numpy(), missing=True, rows=np.array([[0.7, 2.9, 0], [-0.5, -1, 0], [1e6, 7, 0], [39.99, 1, 0]]))


def own_interface(random):
    X, y = classification(random, 2)
    yield Case("booster_binary", Booster(objective="binary:logistic", rounds=120), X, y, flavor="xgboost", missing=True)
    yield Case("booster_raw", Booster(objective="binary:logitraw"), X, y, flavor="xgboost")
    yield Case("booster_hinge", Booster(objective="binary:hinge"), X, y, flavor="xgboost")
    yield Case("booster_dart", Booster(objective="binary:logistic", booster="dart", rate_drop=0.4, seed=1, base_score=0.4), X, y, flavor="xgboost")
    yield Case("booster_linear", Booster(objective="binary:logistic", booster="gblinear", max_depth=None), X, y, flavor="xgboost")
    yield Case("booster_rank", Booster(objective="rank:pairwise"), X, y, flavor="xgboost")
    X, y = classification(random, 3)
    yield Case("booster_softprob", Booster(objective="multi:softprob", num_class=3), X, y, flavor="xgboost")
    yield Case("booster_softmax", Booster(objective="multi:softmax", num_class=3), X, y, flavor="xgboost")
    positive = np.exp(X[:, 0]) + 0.1
    yield Case("booster_aft", Booster(objective="survival:aft", aft_loss_distribution="normal"), X, positive, flavor="xgboost")
    yield Case("booster_named", Booster(objective="reg:squarederror"), pd.DataFrame(X, columns=list("abcdefgh")), positive, flavor="xgboost")


def compositions(random, small):
    X, y = classification(random, 3)
    labels = np.array(["low", "mid", "high"])[y]
    yield Case("scaled", make_pipeline(StandardScaler(), xgb.XGBClassifier(**small)), X, y)
    yield Case("search", GridSearchCV(xgb.XGBClassifier(**small), {"max_depth": [2, 3]}, cv=2), X, y)
    yield Case("stacked", StackingClassifier([("boost", xgb.XGBClassifier(**small)), ("line", LogisticRegression())], cv=2), X, labels)
    yield Case("calibrated", CalibratedClassifierCV(xgb.XGBClassifier(**small), cv=2), X, y)
    yield Case("voting", VotingClassifier([("a", xgb.XGBClassifier(**small)), ("b", LogisticRegression())], voting="soft"), X, y)
