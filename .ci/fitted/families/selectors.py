import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.feature_selection import (
    RFE, RFECV, GenericUnivariateSelect, SelectFdr, SelectFpr, SelectFromModel, SelectFwe, SelectKBest, SelectPercentile,
    SequentialFeatureSelector, VarianceThreshold, chi2, f_classif, f_regression, mutual_info_classif,
)
from sklearn.linear_model import Lasso, LassoCV, LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from zoo_case import Case


def cases(random):
    X, y = make_classification(300, 12, n_informative=5, n_redundant=2, n_classes=3, random_state=random)
    X = np.hstack([X, X[:, :2], np.ones((300, 1))])  # equal scores, and a column without any
    for k in (1, 3, 14, "all"):
        yield Case(f"k_best_{k}", SelectKBest(f_classif, k=k), X, y)
    yield Case("k_best_mutual", SelectKBest(mutual_info_classif, k=5), X, y)
    yield Case("k_best_chi2", SelectKBest(chi2, k=5), np.abs(X), y)
    for percentile in (1, 10, 33, 50, 80, 100):
        yield Case(f"percentile_{percentile}", SelectPercentile(f_classif, percentile=percentile), X, y)
    for name, selector in (("fpr", SelectFpr), ("fdr", SelectFdr), ("fwe", SelectFwe)):
        yield Case(name, selector(alpha=0.01), X, y)
    for mode, parameter in (("percentile", 30), ("k_best", 4), ("fpr", 0.05), ("fdr", 0.05), ("fwe", 0.05)):
        yield Case(f"generic_{mode}", GenericUnivariateSelect(mode=mode, param=parameter), X, y)
    yield Case("k_best_model", make_pipeline(SelectKBest(k=4), LogisticRegression()), X, y)
    yield Case("regression", make_pipeline(SelectKBest(f_regression, k=3), LinearRegression()), X, X[:, 0] * 3 + y)
    yield Case("variance", VarianceThreshold(), X, missing=True)
    yield Case("variance_1", VarianceThreshold(1.2), X, missing=True)
    narrow = X[:, :8]
    yield Case("rfe", RFE(LogisticRegression(), n_features_to_select=3), narrow, y)
    yield Case("rfe_step", make_pipeline(RFE(LogisticRegression()), LogisticRegression()), narrow, y)
    yield Case("rfecv", RFECV(LogisticRegression(), cv=3), narrow, y)
    yield Case("sequential", SequentialFeatureSelector(LogisticRegression(), n_features_to_select=2, cv=2), narrow[:, :4], y)
    small = {"n_estimators": 10, "max_depth": 4, "random_state": 0}
    inner = {
        "logistic": LogisticRegression(), "logistic_l1": LogisticRegression(penalty="l1", solver="liblinear", C=0.1),
        "svc_l1": LinearSVC(penalty="l1", dual=False, C=0.05), "forest": RandomForestClassifier(**small),
        "extra": ExtraTreesClassifier(**small), "tree": DecisionTreeClassifier(max_depth=5, random_state=0),
        "boosting": GradientBoostingClassifier(n_estimators=8, random_state=0), "lasso": Lasso(0.05), "lasso_cv": LassoCV(cv=3),
        "ridge": Ridge(), "forest_regression": RandomForestRegressor(**small),
    }
    for name, model in inner.items():
        yield Case(f"from_{name}", SelectFromModel(model), narrow, y > 0 if name.endswith("l1") else y)
    forest = inner["forest"]
    for threshold in ("median", "1.25*mean", "0.5 * median", 0.08, -np.inf):
        name = str(threshold).replace(" ", "").replace("*", "x")
        yield Case(f"from_forest_{name}", SelectFromModel(forest, threshold=threshold, max_features=4), narrow, y)
        yield Case(f"from_logistic_{name}", SelectFromModel(LogisticRegression(), threshold=threshold, norm_order=2), narrow, y)
    yield Case("from_prefit", SelectFromModel(RandomForestClassifier(**small).fit(narrow, y), prefit=True), narrow, y)
    yield Case("from_model", make_pipeline(SelectFromModel(RandomForestClassifier(**small)), LogisticRegression()), narrow, y)
