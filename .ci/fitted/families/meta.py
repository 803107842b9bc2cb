"""Compositions: estimators that hold others."""

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier, SGDClassifier
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.semi_supervised import SelfTrainingClassifier

from zoo_case import Case

try:
    from sklearn.frozen import FrozenEstimator
except ImportError:
    FrozenEstimator = None
try:
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
except ImportError:
    FixedThresholdClassifier = None

TEXTS = np.array(["amber", "blü", "coral", "dun", "ecru", "fawn", "gold", "honey", "ivory", "jade"])


def classification(random, classes, columns=6, rows=150):
    return make_classification(
        rows, columns, n_informative=min(columns, 5), n_redundant=0, n_repeated=0, n_classes=classes,
        n_clusters_per_class=1, class_sep=0.7, random_state=random,
    )


def regression(random, targets=1, columns=5):
    return make_regression(200, columns, n_targets=targets, noise=5, random_state=random)


def logistic(**options):
    return LogisticRegression(**options)


def scaled(**options):
    return make_pipeline(StandardScaler(), logistic(**options))


def linear():
    """Has a decision and no probabilities."""
    return RidgeClassifier()


def cases(random):
    yield from searches(random)
    yield from votings(random)
    yield from stackings(random)
    yield from calibrations(random)
    yield from binary_parts(random)
    yield from several_targets(random)
    yield from targets(random)
    yield from thresholds(random)
    yield from constants(random)


def searches(random):
    X, y = classification(random, 3)
    grid = {"logisticregression__C": [0.1, 1]}
    yield Case("grid_search", GridSearchCV(scaled(), grid, cv=3), X, TEXTS[y])
    yield Case("randomized_search", RandomizedSearchCV(scaled(), grid, n_iter=2, cv=3, random_state=random), X, y)
    yield Case("halving_grid_search", HalvingGridSearchCV(scaled(), grid, cv=3, random_state=random), X, y)
    X, y = regression(random)
    yield Case("halving_random_search", HalvingRandomSearchCV(Ridge(), {"alpha": [0.1, 1, 10]}, cv=3, random_state=random), X, y)
    yield Case("grid_search_scores", GridSearchCV(Ridge(), {"alpha": [0.1, 1]}, cv=3, scoring=["r2", "neg_mean_squared_error"], refit="r2"), X, y)
    yield Case("grid_search_transformer", GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [1, 2]}, cv=2), X[:, :1], y)


def votings(random):
    parts = [("a", logistic()), ("b", scaled(C=0.1)), ("c", SGDClassifier(loss="log_loss", random_state=random))]
    for name, classes, labels in (("binary", 2, np.array([False, True])), ("3_texts", 3, TEXTS), ("10", 10, np.arange(10) * 3 - 7)):
        X, y = classification(random, classes, rows=200)
        yield Case(f"voting_soft_{name}", VotingClassifier(parts, voting="soft"), X, labels[y])
        if classes == 3:
            yield Case("voting_hard", VotingClassifier(parts, voting="hard"), X, labels[y])
            yield Case("voting_weights", VotingClassifier(parts, voting="soft", weights=[0.2, 3, 1.7]), X, labels[y])
        yield Case(f"voting_hard_weights_{name}", VotingClassifier(parts, weights=[0.1, 0.2, 0.3]), X, labels[y])
    X, y = classification(random, 3)
    dropped = VotingClassifier([*parts, ("d", linear())], voting="hard", weights=[1, 5, 2, 2]).set_params(b="drop")
    yield Case("voting_hard_dropped", dropped, X, y)
    yield Case("voting_scored", make_pipeline(VotingClassifier(parts, voting="soft"), logistic()), X, y)
    yield Case("voting_voted", make_pipeline(VotingClassifier(parts, voting="hard"), logistic()), X, TEXTS[y])
    X, y = regression(random, columns=200)
    models = [("a", Ridge()), ("b", make_pipeline(StandardScaler(), LinearRegression())), ("c", Ridge(1e3))]
    yield Case("voting_regressor", VotingRegressor(models), X, y)
    yield Case("voting_regressor_weights", VotingRegressor(models, weights=[1, 2.5, 0]).set_params(a="drop"), X, y)
    yield Case("voting_regressor_passed", make_pipeline(VotingRegressor(models), Ridge()), X, y)


def stackings(random):
    parts = [("a", logistic()), ("b", linear()), ("c", scaled(C=0.1))]
    for name, classes, labels in (("binary", 2, np.array([5, 7])), ("3_texts", 3, TEXTS), ("10", 10, np.arange(10.0))):
        X, y = classification(random, classes, rows=200)
        yield Case(f"stacking_{name}", StackingClassifier(parts, cv=3), X, labels[y])
        if classes == 10:
            continue
        yield Case(f"stacking_passthrough_{name}", StackingClassifier(parts, scaled(), cv=2, passthrough=True), X, labels[y])
        yield Case(f"stacking_labels_{name}", StackingClassifier(parts, linear(), stack_method="predict", cv=2), X, labels[y])
    X, y = classification(random, 3)
    fitted = [(name, model.fit(X, y)) for name, model in parts]
    yield Case("stacking_prefit", StackingClassifier(fitted, cv="prefit"), X, y)
    dropped = StackingClassifier(parts, cv=2).set_params(a="drop")
    yield Case("stacking_dropped", dropped, X, y)
    yield Case("stacking_passed", make_pipeline(StackingClassifier(parts, cv=2), logistic()), X, TEXTS[y])
    yield Case("stacking_deep", StackingClassifier([("s", StackingClassifier(parts, logistic(), cv=2)), *parts], cv=2), X, TEXTS[y])
    yield Case("stacking_many", StackingClassifier([("o", OneVsRestClassifier(linear())), ("v", VotingClassifier(parts))], cv=2), X, y)
    X, y = regression(random)
    models = [("a", Ridge()), ("b", make_pipeline(StandardScaler(), Ridge(50)))]
    yield Case("stacking_regressor", StackingRegressor(models, cv=2), X, y)
    yield Case("stacking_regressor_passthrough", StackingRegressor(models, LinearRegression(), cv=2, passthrough=True), X, y)
    yield Case("stacking_regressor_searched", StackingRegressor(models, GridSearchCV(Ridge(), {"alpha": [1, 2]}), cv=2), X, y)
    X, y = make_multilabel_classification(120, 6, n_classes=3, random_state=random)
    each = [("m", MultiOutputClassifier(logistic())), ("o", OneVsRestClassifier(logistic())), ("c", ClassifierChain(logistic()))]
    fitted = [(name, model.fit(X, y)) for name, model in each]
    yield Case("stacking_multi_label", StackingClassifier(fitted, MultiOutputClassifier(logistic()), cv="prefit"), X, y)
    # scikit-learn counts targets as if they were classes, and drops a column of two.
    two = [("o", OneVsRestClassifier(logistic()).fit(X, y[:, :2])), ("m", MultiOutputClassifier(logistic()).fit(X, y[:, :2]))]
    yield Case("stacking_two_labels", StackingClassifier(two, MultiOutputClassifier(scaled()), cv="prefit"), X, y[:, :2])


def calibrations(random):
    for name, classes, labels in (("binary", 2, np.array([False, True])), ("3_texts", 3, TEXTS), ("10", 10, np.arange(10))):
        X, y = classification(random, classes, rows=200)
        y = labels[y]
        yield Case(f"calibrated_sigmoid_{name}", CalibratedClassifierCV(linear(), cv=3), X, y)
        if classes == 10:
            continue
        yield Case(f"calibrated_isotonic_{name}", CalibratedClassifierCV(scaled(), method="isotonic", cv=3), X, y)
        yield Case(f"calibrated_one_{name}", CalibratedClassifierCV(linear(), method="isotonic", cv=3, ensemble=False), X, y)
        voting = VotingClassifier([("a", logistic()), ("b", logistic(C=0.01))], voting="soft")
        for method in ("sigmoid", "isotonic"):
            yield Case(f"calibrated_probabilities_{method}_{name}", CalibratedClassifierCV(voting, method=method, cv=2), X, y)
        if FrozenEstimator is None:
            yield Case(f"calibrated_prefit_{name}", CalibratedClassifierCV(logistic().fit(X, y), method="isotonic", cv="prefit"), X, y)
        else:
            frozen = FrozenEstimator(logistic().fit(X, y))
            yield Case(f"calibrated_frozen_{name}", CalibratedClassifierCV(frozen, method="isotonic"), X, y)
        if "temperature" in str(CalibratedClassifierCV._parameter_constraints["method"]):
            yield Case(f"calibrated_temperature_{name}", CalibratedClassifierCV(linear(), method="temperature", cv=3), X, y)
            yield Case(f"calibrated_warm_{name}", CalibratedClassifierCV(voting, method="temperature", cv=3, ensemble=False), X, y)
    X, y = classification(random, 3, rows=200)
    for name, single, labels in (("3", X.astype(np.float32), y), ("binary", X.astype(np.float32), y == 1)):
        yield Case(f"calibrated_single_{name}", CalibratedClassifierCV(logistic(), method="isotonic", cv=2), single, labels)
        yield Case(f"calibrated_single_sigmoid_{name}", CalibratedClassifierCV(logistic(), cv=2), single, labels)
    # A fold that never saw the third class.
    X, y = classification(random, 4, rows=160)
    seen = np.flatnonzero(y != 2)
    folds = [(seen[::2], seen[1::2]), (np.arange(0, 160, 2), np.arange(1, 160, 2))]
    yield Case("calibrated_missing_class", CalibratedClassifierCV(logistic(), cv=folds), X, TEXTS[y])
    x = np.linspace(-2, 5, 80)[:, None]
    yield Case("isotonic_regression", IsotonicRegression(out_of_bounds="clip"), x, np.sin(x[:, 0]) + x[:, 0] ** 2)
    yield Case("isotonic_nan", IsotonicRegression(), x, np.sin(x[:, 0]) + x[:, 0] ** 2)
    single = x.astype(np.float32)
    yield Case("isotonic_single", IsotonicRegression(out_of_bounds="clip"), single, np.sin(x[:, 0]) + x[:, 0], rows=single.astype(np.float64))
    yield Case("isotonic_falling", IsotonicRegression(out_of_bounds="clip", increasing="auto", y_max=3), x, -x[:, 0] + random.normal(size=80))


def binary_parts(random):
    forms = (("decision", linear), ("both", logistic), ("regressor", LinearRegression))
    soft = VotingClassifier([("a", logistic()), ("b", logistic(C=0.1))], voting="soft")
    for name, part in (*((name, make()) for name, make in forms), ("probabilities", soft)):
        for kind, classes, labels in (("binary", 2, TEXTS), ("3", 3, np.array([4, 1, 9])), ("10", 10, TEXTS)):
            if classes == 10 and name != "decision":
                continue
            X, y = classification(random, classes)
            yield Case(f"one_vs_rest_{name}_{kind}", OneVsRestClassifier(part), X, labels[y])
            yield Case(f"one_vs_one_{name}_{kind}", OneVsOneClassifier(part), X, labels[y])
            if name != "regressor" and classes == 3:
                yield Case(f"output_code_{name}_{kind}", OutputCodeClassifier(part, code_size=3, random_state=random), X, labels[y])
        X, y = make_multilabel_classification(120, 6, n_classes=4, random_state=random)
        yield Case(f"one_vs_rest_labels_{name}", OneVsRestClassifier(part), X, y)
        y[:, 1], y[:, 2] = 0, 1
        yield Case(f"one_vs_rest_constants_{name}", OneVsRestClassifier(part), X, y)
        if name == "both":
            # scikit-learn takes the threshold from the first part, to which a constant is no classifier.
            y[:, 0], y[5, 2] = 1, 0
            yield Case("one_vs_rest_first_constant", OneVsRestClassifier(part), X, y)
    # Every part says the same of every row, so that all rows are ties.
    X, y = classification(random, 3)
    yield Case("one_vs_rest_ties", OneVsRestClassifier(DummyClassifier(strategy="prior")), X, np.repeat([0, 1, 2], 50))
    yield Case("one_vs_rest_zeros", OneVsRestClassifier(DummyClassifier(strategy="most_frequent")), X, np.repeat([3, 1, 2], 50))
    yield Case("one_vs_one_ties", OneVsOneClassifier(DummyClassifier(strategy="most_frequent")), X, np.repeat([0, 1, 2], 50))


def several_targets(random):
    X, y = regression(random, targets=3)
    yield Case("multi_output_regressor", MultiOutputRegressor(Ridge()), X, y)
    yield Case("regressor_chain", RegressorChain(Ridge(), order=[2, 0, 1]), X, y)
    yield Case("regressor_chain_cv", RegressorChain(make_pipeline(StandardScaler(), Ridge()), order="random", cv=3, random_state=3), X, y)
    X, y = make_multilabel_classification(150, 6, n_classes=3, random_state=random)
    yield Case("multi_output_classifier", MultiOutputClassifier(logistic()), X, y)
    texts = np.stack([TEXTS[y[:, 0]], TEXTS[y[:, 1] + y[:, 2]]], axis=1)
    yield Case("multi_output_texts", MultiOutputClassifier(scaled()), X, texts)
    yield Case("multi_output_decisions", MultiOutputClassifier(linear()), X, y)
    yield Case("chain", ClassifierChain(logistic(), order=[1, 2, 0]), X, y)
    yield Case("chain_of_decisions", ClassifierChain(linear(), order=[2, 0, 1]), X, y)
    yield Case("chain_cv", ClassifierChain(scaled(), order="random", cv=3, random_state=7), X, y)
    yield Case("chain_of_classes", ClassifierChain(VotingClassifier([("a", linear()), ("b", logistic())]), order=[1, 0]), X, np.stack([y[:, 0] + y[:, 1], y[:, 2] * 4 - 2], axis=1))
    if hasattr(ClassifierChain(logistic()), "chain_method"):
        for method in ("predict_proba", "predict_log_proba", "decision_function"):
            yield Case(f"chain_by_{method}", ClassifierChain(logistic(), chain_method=method, order=[2, 1, 0]), X, y)


def targets(random):
    X, y = regression(random)
    positive = np.exp((y - y.mean()) / y.std())
    for name, transformer in (
        ("standard", StandardScaler()), ("standard_mean", StandardScaler(with_std=False)), ("robust", RobustScaler()),
        ("min_max", MinMaxScaler((-1, 3))), ("max_abs", MaxAbsScaler()), ("yeo_johnson", PowerTransformer()),
        ("box_cox", PowerTransformer("box-cox", standardize=False)), ("quantile", QuantileTransformer(n_quantiles=40)),
        ("normal", QuantileTransformer(n_quantiles=40, output_distribution="normal")),
        ("steps", make_pipeline(FunctionTransformer(np.log1p, np.expm1), StandardScaler())), ("same", None),
    ):
        yield Case(f"target_{name}", TransformedTargetRegressor(Ridge(), transformer=transformer), X, positive)
    for name, function, inverse in (("log", np.log, np.exp), ("log1p", np.log1p, np.expm1), ("sqrt", np.sqrt, np.square), ("log2", np.log2, np.exp2)):
        yield Case(f"target_{name}", TransformedTargetRegressor(Ridge(), func=function, inverse_func=inverse), X, positive)
    yield Case("target_skewed", TransformedTargetRegressor(Ridge(), transformer=PowerTransformer()), X, -positive**2)
    X, y = regression(random, targets=3)
    yield Case("target_3", TransformedTargetRegressor(Ridge(), transformer=PowerTransformer()), X, y)
    # Far beyond the targets of training.
    far = TransformedTargetRegressor(Ridge(1e-3), transformer=QuantileTransformer(n_quantiles=30, output_distribution="normal"))
    yield Case("target_3_normal", far, X, y, rows=X * 9)
    yield Case("target_3_quantile", TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=30)), X, y)


def thresholds(random):
    if FixedThresholdClassifier is None:
        return
    X, y = classification(random, 2)
    yield Case("threshold", FixedThresholdClassifier(scaled(), threshold=0.3), X, TEXTS[y])
    yield Case("threshold_auto", FixedThresholdClassifier(linear()), X, TEXTS[y])
    yield Case("threshold_first", FixedThresholdClassifier(logistic(), threshold=0.7, pos_label="amber"), X, TEXTS[y])
    yield Case("threshold_decision", FixedThresholdClassifier(logistic(), threshold=0.4, pos_label=0, response_method="decision_function"), X, y)
    yield Case("threshold_tuned", TunedThresholdClassifierCV(scaled(), cv=2), X, TEXTS[y])
    yield Case("threshold_tuned_f1", TunedThresholdClassifierCV(scaled(), scoring="f1", cv=2), X, y + 1)
    yield Case("threshold_tuned_decision", TunedThresholdClassifierCV(linear(), scoring="accuracy", cv=3), X, y == 1)


def constants(random):
    X, y = classification(random, 3)
    for strategy in ("most_frequent", "prior"):
        yield Case(f"dummy_{strategy}", DummyClassifier(strategy=strategy), X, TEXTS[y])
    yield Case("dummy_constant", DummyClassifier(strategy="constant", constant="coral"), X, TEXTS[y])
    yield Case("dummy_constant_2", DummyClassifier(strategy="constant", constant=[1, 0]), X, np.stack([y, y > 0], axis=1).astype(int))
    yield Case("dummy_prior_2", DummyClassifier(), X, np.stack([y, y > 0], axis=1).astype(int))
    for strategy in ("mean", "median"):
        yield Case(f"dummy_{strategy}", DummyRegressor(strategy=strategy), X, X[:, 0])
    yield Case("dummy_quantile_2", DummyRegressor(strategy="quantile", quantile=0.3), X, X[:, :2])
    labels = y.copy()
    labels[::3] = -1
    yield Case("self_training", SelfTrainingClassifier(logistic()), X, labels)
