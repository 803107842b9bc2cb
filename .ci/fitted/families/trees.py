import numpy as np
import sklearn
from sklearn.datasets import make_multilabel_classification, make_regression
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from zoo_case import Case
from zoo_data import holed, noisy_classes

MINOR = int(sklearn.__version__.split(".")[1])
WORDS = np.array(["high", "lów", "mid", "none", "some", "a", "b", "c", "d", "e"])


def cases(random):
    yield from single_trees(random)
    yield from forests(random)
    yield from boosting(random)


def single_trees(random):
    for count in (2, 3, 10):
        X, y = noisy_classes(random, count)
        yield Case(f"tree_{count}", DecisionTreeClassifier(random_state=1), X, y)
    X, y = noisy_classes(random, 3)
    yield Case("tree_entropy_depth", DecisionTreeClassifier(criterion="entropy", max_depth=4, random_state=1), X, WORDS[y])
    yield Case("tree_log_loss_leaves", DecisionTreeClassifier(criterion="log_loss", max_leaf_nodes=7, random_state=1), X, y)
    yield Case("tree_ccp", DecisionTreeClassifier(ccp_alpha=0.02, random_state=1), X, y)
    yield Case("tree_weights", DecisionTreeClassifier(class_weight="balanced", max_depth=5, random_state=1), X, y)
    odd = {0: 0.1, 1: 0.7, 2: 1.3}
    yield Case("tree_odd_weights", DecisionTreeClassifier(class_weight=odd, max_depth=3, random_state=1), X, y)
    X10, y10 = noisy_classes(random, 10)
    odd = {at: 0.1 + at / 3 for at in range(10)}
    yield Case("tree_odd_weights_10", DecisionTreeClassifier(class_weight=odd, max_depth=3, random_state=1), X10, y10)
    yield Case("tree_bool", DecisionTreeClassifier(max_depth=3, random_state=1), X, y == 1)
    yield Case("tree_float_labels", DecisionTreeClassifier(max_depth=3, random_state=1), X, y.astype(float))
    yield Case("tree_one_leaf", DecisionTreeClassifier(max_depth=3, min_samples_leaf=200), X, y)
    yield Case("tree_one_class", DecisionTreeClassifier(), X, np.zeros(len(X), int))
    yield Case("tree_float32", DecisionTreeClassifier(random_state=1), X.astype(np.float32), y)
    X, y = noisy_classes(random, 2, columns=1, informative=1)
    yield Case("tree_1_column", DecisionTreeClassifier(random_state=1), X, y)
    X, y = noisy_classes(random, 3, columns=200)
    yield Case("tree_200_columns", DecisionTreeClassifier(random_state=1), X, y)
    yield Case("extra_tree", ExtraTreeClassifier(random_state=1), X[:, :8], y)
    X, y = make_regression(200, 6, noise=3, random_state=random)
    for criterion in ("squared_error", "friedman_mse", "absolute_error", "poisson"):
        targets = np.abs(y) if criterion == "poisson" else y
        yield Case(f"tree_{criterion}", DecisionTreeRegressor(criterion=criterion, random_state=1), X, targets)
    yield Case("tree_regressor_leaf", DecisionTreeRegressor(max_depth=1, min_samples_leaf=150), X, y)
    yield Case("extra_tree_regressor", ExtraTreeRegressor(random_state=1), X, y)
    X, y = make_regression(200, 6, n_targets=3, noise=3, random_state=random)
    yield Case("tree_3_targets", DecisionTreeRegressor(random_state=1), X, y)
    X, y = make_multilabel_classification(200, 6, n_classes=3, random_state=random)
    yield Case("tree_multi_label", DecisionTreeClassifier(max_depth=5, random_state=1), X, y)
    y = np.stack([y[:, 0], y.sum(axis=1)], axis=1)
    yield Case("tree_multi_output", DecisionTreeClassifier(max_depth=5, random_state=1), X, y)
    if MINOR >= 3:
        X, y = noisy_classes(random, 3)
        X = holed(X, random)
        yield Case("tree_missing", DecisionTreeClassifier(random_state=1), X, y, missing=True)
        yield Case("tree_missing_at_predict", DecisionTreeClassifier(random_state=1), np.nan_to_num(X), y, missing=True)
        yield Case("tree_missing_regressor", DecisionTreeRegressor(random_state=1), X, y, missing=True)
    if MINOR >= 4:
        X, y = noisy_classes(random, 2)
        cst = [1, -1, 0, 0, 1, 0]
        yield Case("tree_monotonic", DecisionTreeClassifier(monotonic_cst=cst, random_state=1), X, y)
        yield Case("tree_monotonic_regressor", DecisionTreeRegressor(monotonic_cst=cst, random_state=1), X, X[:, 0] - X[:, 1])


def forests(random):
    for count in (2, 3, 10):
        X, y = noisy_classes(random, count)
        yield Case(f"forest_{count}", RandomForestClassifier(30, random_state=1), X, WORDS[y])
    X, y = noisy_classes(random, 3)
    # Few shallow trees, an even number of them: votes tie.
    yield Case("forest_ties", RandomForestClassifier(4, max_depth=2, max_features=1, random_state=1), np.round(X), y)
    odd = {0: 0.1, 1: 0.7, 2: 1.3}
    yield Case("forest_weights", RandomForestClassifier(10, max_depth=4, class_weight=odd, random_state=1), X, y)
    yield Case("forest_subsample", RandomForestClassifier(10, class_weight="balanced_subsample", random_state=1), X, y == 1)
    yield Case("forest_float32", RandomForestClassifier(10, random_state=1), X.astype(np.float32), y)
    yield Case("forest_no_bootstrap", RandomForestClassifier(5, bootstrap=False, max_samples=None, random_state=1), X, y)
    yield Case("forest_one_tree", RandomForestClassifier(1, random_state=1), X, y)
    yield Case("extra_trees", ExtraTreesClassifier(20, random_state=1), X, y)
    yield Case("embedding", RandomTreesEmbedding(8, max_depth=3, random_state=1), X)
    scored = make_pipeline(RandomTreesEmbedding(5, sparse_output=False, random_state=1), LogisticRegression())
    yield Case("embedding_logistic", scored, X, y)
    yield Case("extra_trees_bootstrap", ExtraTreesClassifier(20, bootstrap=True, max_depth=3, random_state=1), X, y)
    X, y = noisy_classes(random, 2, columns=1, informative=1)
    yield Case("forest_1_column", RandomForestClassifier(10, random_state=1), X, y)
    X, y = noisy_classes(random, 2, columns=200)
    yield Case("forest_200_columns", RandomForestClassifier(10, random_state=1), X, y)
    X, y = make_regression(200, 6, noise=3, random_state=random)
    yield Case("forest_regressor", RandomForestRegressor(20, random_state=1), X, y)
    yield Case("forest_poisson", RandomForestRegressor(8, criterion="poisson", random_state=1), X, np.abs(y))
    yield Case("extra_trees_regressor", ExtraTreesRegressor(10, random_state=1), X, y)
    X, y = make_regression(200, 6, n_targets=3, noise=3, random_state=random)
    yield Case("forest_3_targets", RandomForestRegressor(10, random_state=1), X, y)
    X, y = make_multilabel_classification(200, 6, n_classes=3, random_state=random)
    yield Case("forest_multi_label", RandomForestClassifier(10, random_state=1), X, y)
    y = np.stack([y[:, 0], y.sum(axis=1)], axis=1)
    yield Case("forest_multi_output", RandomForestClassifier(10, max_depth=5, random_state=1), X, y)
    if MINOR >= 4:
        X, y = noisy_classes(random, 3)
        X = holed(X, random)
        yield Case("forest_missing", RandomForestClassifier(20, random_state=1), X, y, missing=True)
        yield Case("forest_missing_regressor", RandomForestRegressor(10, random_state=1), X, y, missing=True)
        cst = [1, -1, 0, 0, 1, 0]
        yield Case("forest_monotonic", RandomForestClassifier(10, monotonic_cst=cst, random_state=1), np.nan_to_num(X), y > 0)
    if MINOR >= 6:
        yield Case("extra_trees_missing", ExtraTreesClassifier(20, random_state=1), X, y, missing=True)
        yield Case("extra_trees_missing_regressor", ExtraTreesRegressor(20, random_state=1), X, y, missing=True)


def boosting(random):
    for count in (2, 3, 10):
        X, y = noisy_classes(random, count)
        yield Case(f"boosting_{count}", GradientBoostingClassifier(n_estimators=15, random_state=1), X, WORDS[y])
    X, y = noisy_classes(random, 2)
    # Rows of sums near zero: two classes of the same size, and one split.
    yield Case("boosting_even", GradientBoostingClassifier(n_estimators=2, max_depth=1, random_state=1), np.round(X), np.arange(len(X)) % 2)
    yield Case("boosting_exponential", GradientBoostingClassifier(loss="exponential", n_estimators=10, random_state=1), X, y)
    yield Case("boosting_zero", GradientBoostingClassifier(init="zero", n_estimators=10, random_state=1), X, y == 1)
    yield Case("boosting_prior", GradientBoostingClassifier(init=DummyClassifier(), n_estimators=5, random_state=1), X, y)
    frequent = DummyClassifier(strategy="most_frequent")
    yield Case("boosting_frequent", GradientBoostingClassifier(init=frequent, n_estimators=5, random_state=1), X, y)
    forest = RandomForestClassifier(5, max_depth=3, random_state=1)
    yield Case("boosting_forest", GradientBoostingClassifier(init=forest, n_estimators=5, random_state=1), X, y)
    yield Case("boosting_stopped", GradientBoostingClassifier(n_iter_no_change=2, subsample=0.7, n_estimators=40, random_state=1), X, y)
    X, y = noisy_classes(random, 3)
    yield Case("boosting_zero_3", GradientBoostingClassifier(init="zero", n_estimators=5, random_state=1), X, y)
    yield Case("boosting_forest_3", GradientBoostingClassifier(init=forest, n_estimators=5, random_state=1), X, y)
    yield Case("boosting_float32", GradientBoostingClassifier(n_estimators=5, random_state=1), X.astype(np.float32), y)
    X, y = noisy_classes(random, 2, columns=1, informative=1)
    yield Case("boosting_1_column", GradientBoostingClassifier(n_estimators=10, random_state=1), X, y)
    X, y = make_regression(200, 6, noise=3, random_state=random)
    for loss in ("squared_error", "absolute_error", "huber", "quantile"):
        yield Case(f"boosting_{loss}", GradientBoostingRegressor(loss=loss, n_estimators=15, random_state=1), X, y)
    tree = DecisionTreeRegressor(max_depth=3, random_state=1)
    yield Case("boosting_tree", GradientBoostingRegressor(init=tree, n_estimators=5, random_state=1), X, y)
    median = DummyRegressor(strategy="median")
    yield Case("boosting_median", GradientBoostingRegressor(init=median, n_estimators=5, random_state=1), X, y)
    yield Case("boosting_regressor_zero", GradientBoostingRegressor(init="zero", n_estimators=5, random_state=1), X, y)
