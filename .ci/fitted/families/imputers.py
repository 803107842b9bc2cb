import numpy as np
from sklearn.datasets import make_classification
from sklearn.impute import KNNImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo_case import Case


def with_holes(random, rows=120, columns=6, share=0.15):
    X, y = make_classification(rows, columns, n_informative=3, n_redundant=0, random_state=random)
    X[random.uniform(size=X.shape) < share] = np.nan
    return X, y


def cases(random):
    X, y = with_holes(random)
    # A row without any value, rows with one, and rows that share few columns with those of training.
    bare = np.full((4, 6), np.nan)
    bare[1, 0], bare[2, 5], bare[3, :2] = 0.5, -1, [3, 4]
    for weights in ("uniform", "distance"):
        for neighbors in (1, 5, 500):
            yield Case(f"knn_{weights}_{neighbors}", KNNImputer(n_neighbors=neighbors, weights=weights), X, missing=True, rows=bare)
    yield Case("knn_indicator", KNNImputer(add_indicator=True), X, missing=True, rows=bare)
    for keeps in (False, True):
        model = KNNImputer(add_indicator=True, keep_empty_features=keeps)
        yield Case(f"knn_empty_{keeps}", model, np.where(np.arange(6) == 2, np.nan, X), missing=True, rows=bare)
    # So few values in a column that there are fewer donors than neighbours.
    thin = X.copy()
    thin[3:, 1] = np.nan
    yield Case("knn_thin", KNNImputer(), thin, missing=True, rows=bare)
    yield Case("knn_thin_distance", KNNImputer(weights="distance"), thin, missing=True, rows=bare)
    # Two halves that share no column: the mean of the whole column counts.
    apart = X.copy()
    apart[:60, :3] = np.nan
    apart[60:, 3:] = np.nan
    yield Case("knn_apart", KNNImputer(n_neighbors=3), apart, missing=True, rows=bare)
    marked = np.where(np.isnan(X), -999, X)
    yield Case("knn_marked", KNNImputer(missing_values=-999), marked, rows=marked[:50])
    yield Case("knn_float32", KNNImputer(n_neighbors=3), X.astype(np.float32), missing=True)
    yield Case("knn_float32_apart", KNNImputer(n_neighbors=3), apart.astype(np.float32), missing=True)
    yield Case("knn_one_column", KNNImputer(n_neighbors=3), X[:, :1], missing=True)
    yield Case("knn_pipeline", make_pipeline(StandardScaler(), KNNImputer(n_neighbors=4), LogisticRegression()), X, y, missing=True)
    # So large that the graph goes row by row.
    yield Case("knn_wide", KNNImputer(), with_holes(random, 150, 200)[0], missing=True)
    yield Case("knn_complete", KNNImputer(weights="distance"), with_holes(random, share=0)[0], missing=True)
