"""Pipelines put together at random: what each converter gets wrong by itself shows elsewhere, what they get wrong together here."""

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier, BaggingRegressor, ExtraTreesClassifier, ExtraTreesRegressor,
    GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingClassifier,
    HistGradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor, StackingClassifier,
    StackingRegressor, VotingClassifier, VotingRegressor,
)
from sklearn.feature_selection import SelectFromModel, SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer, MaxAbsScaler, MinMaxScaler, Normalizer, OneHotEncoder, OrdinalEncoder, PolynomialFeatures,
    PowerTransformer, QuantileTransformer, RobustScaler, StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from zoo_case import Case

CASES = 30
ROWS = 300


def cases(random):
    for number in range(CASES):
        frame = frame_of(random)
        is_classifier = random.uniform() < 0.6
        target = target_of(frame, is_classifier, random)
        model = make_pipeline(columns_of(frame, random), *steps_of(random), predictor_of(is_classifier, random))
        if decides_by_last_bit(model):
            continue
        try:
            model.fit(frame, target)
        except (TypeError, ValueError):
            continue  # not everything can be put together
        yield Case(f"composition_{number}", model, frame, target)


def decides_by_last_bit(model):
    """A step that jumps at values of training, after one that no two libraries round alike."""
    parts = str(model.get_params().values())
    rounds = ("PowerTransformer()", "PCA(", "KMeans(")
    jumps = ("HistGradientBoosting", "KBinsDiscretizer(", "QuantileTransformer(")
    return any(name in parts for name in rounds) and any(name in parts for name in jumps)


def frame_of(random):
    columns = {f"number {at}": random.normal(at, 1 + at, ROWS) for at in range(random.randint(1, 5))}
    columns |= {f"count_{at}": random.poisson(3, ROWS) for at in range(random.randint(0, 3))}
    columns |= {f"kind{at}": random.choice(["a", "b", "cc", "Ü"][: random.randint(2, 5)], ROWS) for at in range(random.randint(0, 3))}
    if random.uniform() < 0.3:
        columns["flag"] = random.uniform(size=ROWS) < 0.4
    frame = pd.DataFrame(columns)
    for name in frame.columns:
        if name.startswith("number") and random.uniform() < 0.4:
            frame.loc[random.uniform(size=ROWS) < 0.1, name] = np.nan
    return frame[list(random.permutation(frame.columns))]


def target_of(frame, is_classifier, random):
    score = sum(
        frame[name].fillna(0) * random.normal() if frame[name].dtype.kind in "fib" else (frame[name] == "a") * random.normal()
        for name in frame.columns
    )
    score = np.asarray(score, dtype=float) + random.normal(0, 0.3, ROWS)
    if not is_classifier:
        return score
    classes = random.randint(2, 5)
    labels = np.digitize(score, np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1]))
    names = [["low", "mid", "high", "top"], [10, 20, 30, 40], [False, True, None, None]]
    chosen = names[random.randint(2 if classes > 2 else 3)]
    return np.array([chosen[label] for label in labels])


def columns_of(frame, random):
    numbers = [name for name in frame.columns if name.startswith(("number", "count"))]
    texts = [name for name in frame.columns if name.startswith("kind")]
    parts = [("numbers", make_pipeline(SimpleImputer(strategy=pick(random, ["mean", "median", "most_frequent"]), add_indicator=random.uniform() < 0.2), *scalers(random)), numbers)]
    if texts:
        encoder = pick(random, [
            OneHotEncoder(handle_unknown="ignore"), OneHotEncoder(drop="first"), OrdinalEncoder(),
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        ])
        parts.append(("texts", encoder, texts))
    random.shuffle(parts)
    return ColumnTransformer(parts, remainder=pick(random, ["drop", "passthrough"]), sparse_threshold=0)


def scalers(random):
    choices = [
        StandardScaler(), MinMaxScaler(), RobustScaler(), MaxAbsScaler(), PowerTransformer(), Normalizer("l2"),
        QuantileTransformer(n_quantiles=20), KBinsDiscretizer(4, encode="ordinal", strategy="uniform"),
        FeatureUnion([("scaled", StandardScaler()), ("ranged", MinMaxScaler())]), PolynomialFeatures(2, include_bias=False),
    ]
    steps = [pick(random, choices) for _ in range(random.randint(0, 3))]
    return steps


def steps_of(random):
    choices = [
        lambda: VarianceThreshold(), lambda: SelectKBest(k=1), lambda: PCA(1), lambda: StandardScaler(),
        lambda: SelectFromModel(DecisionTreeRegressor(max_depth=3, random_state=0), threshold=-np.inf), lambda: KMeans(3, n_init=1, random_state=0),
        lambda: "passthrough",
    ]
    steps = [pick(random, choices)() for _ in range(random.randint(0, 2))]
    return [StandardScaler() if step == "passthrough" else step for step in steps]


def predictor_of(is_classifier, random, depth=0):
    seed = {"random_state": 0}
    leaves = [
        lambda: LogisticRegression(max_iter=300), lambda: RandomForestClassifier(8, **seed), lambda: GaussianNB(),
        lambda: GradientBoostingClassifier(n_estimators=8, **seed), lambda: HistGradientBoostingClassifier(max_iter=8, **seed),
        lambda: DecisionTreeClassifier(max_depth=5, **seed), lambda: ExtraTreesClassifier(8, **seed), lambda: LinearDiscriminantAnalysis(),
        lambda: SGDClassifier(loss="modified_huber", **seed), lambda: MLPClassifier((6,), max_iter=80, **seed), lambda: SVC(), lambda: LinearSVC(),
    ] if is_classifier else [
        lambda: LinearRegression(), lambda: Ridge(), lambda: Lasso(0.1), lambda: RandomForestRegressor(8, **seed),
        lambda: GradientBoostingRegressor(n_estimators=8, **seed), lambda: HistGradientBoostingRegressor(max_iter=8, **seed),
        lambda: DecisionTreeRegressor(max_depth=5, **seed), lambda: ExtraTreesRegressor(8, **seed), lambda: MLPRegressor(hidden_layer_sizes=(6,), max_iter=80, **seed), lambda: SVR(),
    ]
    if depth == 2 or random.uniform() < 0.5:
        return pick(random, leaves)()
    part = lambda: predictor_of(is_classifier, random, depth + 1)  # noqa: E731
    pair = lambda: [("left", part()), ("right", part())]  # noqa: E731
    if is_classifier:
        composition = random.randint(5)
        if composition == 0:
            return VotingClassifier(pair(), voting="hard", weights=[2, 1])
        if composition == 1:
            return StackingClassifier(pair(), LogisticRegression(), cv=3, passthrough=random.uniform() < 0.5)
        if composition == 2:
            return CalibratedClassifierCV(part(), method=pick(random, ["sigmoid", "isotonic"]), cv=3)
        if composition == 3:
            return BaggingClassifier(part(), 3, max_features=1.0, **seed)
        return make_pipeline(StandardScaler(), GridSearchCV(pick(random, leaves[:2])(), {}, cv=2))
    composition = random.randint(4)
    if composition == 0:
        return VotingRegressor(pair())
    if composition == 1:
        return StackingRegressor(pair(), Ridge(), cv=3)
    if composition == 2:
        return TransformedTargetRegressor(part(), transformer=StandardScaler())
    return BaggingRegressor(part(), 3, **seed)


def pick(random, choices):
    return choices[random.randint(len(choices))]
