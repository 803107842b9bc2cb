from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo_case import Case


def classification(random, classes, columns=8):
    return make_classification(
        400, columns, n_informative=min(columns, 6), n_redundant=0, n_repeated=0, n_classes=classes,
        n_clusters_per_class=1, random_state=random,
    )


def cases(random):
    X, y = make_regression(200, 6, noise=3, random_state=random)
    yield Case("linear_regression", LinearRegression(), X, y)
    X, y = make_regression(200, 6, n_targets=3, noise=3, random_state=random)
    yield Case("ridge_3_targets", Ridge(), X, y)
    for classes in (2, 3, 10):
        X, y = classification(random, classes)
        yield Case(f"logistic_{classes}", LogisticRegression(max_iter=500), X, y)
    X, y = classification(random, 3)
    labels = [["high", "lów", "mid"][value] for value in y]
    yield Case("scaled_logistic_texts", make_pipeline(StandardScaler(), LogisticRegression()), X, labels)
