"""Data that several families are fitted on."""

import numpy as np
from sklearn.datasets import make_classification


def noisy_classes(random, count, columns=6, rows=240, informative=None):
    """Rows of which a tenth has another class than its place says, so that trees grow deep."""
    return make_classification(
        rows, columns, n_informative=informative or min(columns, 5), n_redundant=0, n_repeated=0, n_classes=count,
        n_clusters_per_class=1, flip_y=0.1, random_state=random,
    )


def clear_classes(random, count, columns, rows):
    return make_classification(
        rows, columns, n_informative=min(columns, 6), n_redundant=0, n_repeated=0, n_classes=count,
        n_clusters_per_class=1, random_state=random,
    )


def holed(X, random, share=0.1, value=np.nan):
    """A copy in which this share of the numbers is missing."""
    X = X.copy()
    X[random.uniform(size=X.shape) < share] = value
    return X
