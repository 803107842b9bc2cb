"""Compositions of estimators of many families, as teams build them."""

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from zoo_case import Case

TEXTS = np.array(["amber", "blü", "coral", "dun"])


def classification(random, classes, rows=160, columns=5):
    return make_classification(
        rows, columns, n_informative=4, n_redundant=0, n_classes=classes, n_clusters_per_class=1, class_sep=0.7,
        random_state=random,
    )


def forest(**options):
    return RandomForestClassifier(8, max_depth=5, random_state=3, **options)


def boosted():
    return GradientBoostingClassifier(n_estimators=6, random_state=3)


def histogram():
    return HistGradientBoostingClassifier(max_iter=6, min_samples_leaf=5)


def cases(random):
    X, y = classification(random, 3)
    text = TEXTS[y]
    parts = [
        ("forest", forest()), ("boosted", boosted()), ("bayes", GaussianNB()), ("near", KNeighborsClassifier(7)),
        ("machine", make_pipeline(StandardScaler(), SVC(gamma=0.3))), ("line", LogisticRegression()),
    ]
    with_probabilities = [part for part in parts if part[0] != "machine"]
    yield Case("voting_soft", VotingClassifier(with_probabilities, voting="soft"), X, text)
    yield Case("voting_hard", VotingClassifier(parts), X, text)
    yield Case("stacking", StackingClassifier(parts, boosted(), cv=2, passthrough=True), X, text)
    deep = make_pipeline(make_union(PCA(2), MinMaxScaler()), StackingClassifier(parts, cv=2))
    yield Case("searched_stack", GridSearchCV(deep, {"stackingclassifier__forest__max_depth": [2, 4]}, cv=2), X, text)
    search = RandomizedSearchCV(forest(), {"max_depth": [2, 3, 4]}, n_iter=2, cv=2, random_state=random)
    yield Case("calibrated_search", CalibratedClassifierCV(search, method="isotonic", cv=2), X, text)
    calibrated = (
        ("forest", forest()), ("boosted", boosted()), ("machine", SVC(gamma=0.3)), ("bayes", GaussianNB()), ("svc", LinearSVC()),
        ("tree", DecisionTreeClassifier(max_depth=4)), ("histogram", histogram()), ("lda", LinearDiscriminantAnalysis()),
        ("ada", AdaBoostClassifier(n_estimators=5)), ("bag", BaggingClassifier(LogisticRegression(), 3, random_state=random)),
        ("network", MLPClassifier(5, max_iter=50, random_state=1)),
    )
    for name, part in calibrated:
        method = "isotonic" if name in ("forest", "boosted", "machine", "ada") else "sigmoid"
        yield Case(f"calibrated_{name}", CalibratedClassifierCV(part, method=method, cv=2), X, text)
        yield Case(f"calibrated_{name}_binary", CalibratedClassifierCV(part, method=method, cv=2), X, y == 1)
    for name, part in (("tree", DecisionTreeClassifier(max_depth=4)), ("machine", SVC(gamma=0.3)), ("boosted", boosted()), ("near", KNeighborsClassifier(5)), ("values", DecisionTreeRegressor(max_depth=4))):
        yield Case(f"one_vs_rest_{name}", OneVsRestClassifier(part), X, text)
        yield Case(f"one_vs_one_{name}", OneVsOneClassifier(part), X, text)
        if name != "values":
            yield Case(f"output_code_{name}", OutputCodeClassifier(part, code_size=2, random_state=1), X, text)
    yield Case("one_vs_rest_sgd", OneVsRestClassifier(SGDClassifier(loss="modified_huber", random_state=1)), X * 9, text)
    yield from with_several_targets(random)
    yield from with_missing(random)
    yield from with_columns(random)


def with_several_targets(random):
    X, y = make_multilabel_classification(120, 6, n_classes=3, random_state=random)
    yield Case("multi_output_forest", MultiOutputClassifier(forest()), X, y)
    yield Case("one_vs_rest_labels", OneVsRestClassifier(forest()), X, y)
    yield Case("chain_forest", ClassifierChain(forest(), order=[2, 0, 1]), X, y)
    fitted = [("forest", forest().fit(X, y)), ("tree", DecisionTreeClassifier(max_depth=3).fit(X, y))]
    yield Case("stacked_labels", StackingClassifier(fitted, forest(), cv="prefit"), X, y)
    X, y = make_regression(150, 5, n_targets=2, noise=3, random_state=random)
    yield Case("multi_output_boosted", MultiOutputRegressor(GradientBoostingRegressor(n_estimators=5)), X, y)
    yield Case("chain_near", RegressorChain(KNeighborsRegressor(4)), X, y)
    models = [("forest", RandomForestRegressor(6, max_depth=5, random_state=1)), ("line", Ridge()), ("near", KNeighborsRegressor(4))]
    yield Case("voting_values", VotingRegressor(models, weights=[1, 2, 0.5]), X, y[:, 0])
    yield Case("stacking_values", StackingRegressor(models, GradientBoostingRegressor(n_estimators=5), cv=2), X, y[:, 0])
    back = TransformedTargetRegressor(RandomForestRegressor(6, max_depth=5, random_state=1), func=np.log1p, inverse_func=np.expm1)
    yield Case("target_forest", back, X, np.abs(y))


def with_missing(random):
    """The rows hold NaN, which the parts take or an imputer replaces."""
    X, y = classification(random, 3)
    X[random.uniform(size=X.shape) < 0.1] = np.nan
    imputed = make_pipeline(SimpleImputer(), LogisticRegression())
    pair = [("histogram", histogram()), ("imputed", imputed)]
    yield Case("voting_missing", VotingClassifier(pair, voting="soft"), X, TEXTS[y], missing=True)
    yield Case("stacking_missing", StackingClassifier(pair, cv=2), X, TEXTS[y], missing=True)
    yield Case("stacking_missing_passed", StackingClassifier(pair, histogram(), cv=2, passthrough=True), X, y, missing=True)
    yield Case("calibrated_missing", CalibratedClassifierCV(imputed, cv=2), X, y == 1, missing=True)
    yield Case("one_vs_rest_missing", OneVsRestClassifier(histogram()), X, y, missing=True)
    yield Case("one_vs_one_missing", OneVsOneClassifier(histogram()), X, y, missing=True)


def with_columns(random):
    """A data frame of numbers and texts."""
    X, y = classification(random, 3, columns=4)
    frame = pd.DataFrame(X, columns=["one", "two", "three", "four"])
    frame["shop"] = random.choice(["north", "south", "east"], len(frame))
    columns = make_column_transformer((StandardScaler(), ["one", "two"]), (OneHotEncoder(), ["shop"]), remainder="passthrough")
    models = [("line", LogisticRegression()), ("forest", forest())]
    yield Case("columns_stacked", make_pipeline(columns, StackingClassifier(models, cv=2)), frame, TEXTS[y])
    each = [("line", make_pipeline(columns, LogisticRegression())), ("forest", make_pipeline(columns, forest()))]
    yield Case("stacked_columns", StackingClassifier(each, cv=2), frame, TEXTS[y])
    yield Case("searched_columns", GridSearchCV(each[0][1], {"logisticregression__C": [0.1, 1]}, cv=2), frame, y)
    yield Case("calibrated_columns", CalibratedClassifierCV(each[1][1], method="isotonic", cv=2), frame, TEXTS[y])
    yield Case("voting_columns", VotingClassifier(each, voting="soft"), frame, y == 2)
    yield Case("multi_output_columns", MultiOutputClassifier(each[0][1]), frame, np.stack([TEXTS[y], TEXTS[y // 2]], axis=1))
