import numpy as np
from sklearn.covariance import EllipticEnvelope
from sklearn.datasets import make_regression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo_case import Case


def cases(random):
    X = random.normal(size=(200, 5)) @ random.normal(size=(5, 5)) + 3
    yield Case("elliptic", EllipticEnvelope(random_state=1), X)
    yield Case("elliptic_contaminated", EllipticEnvelope(contamination=0.3, support_fraction=0.8, random_state=1), X)
    yield Case("elliptic_centered", EllipticEnvelope(assume_centered=True, random_state=1), X - X.mean(0))
    yield Case("elliptic_one_column", EllipticEnvelope(random_state=1), X[:, :1])
    yield Case("elliptic_scaled", make_pipeline(StandardScaler(), EllipticEnvelope(random_state=1)), X * [1, 1e3, 1e-4, 1, 5])
    yield Case("elliptic_float32", EllipticEnvelope(random_state=1), X.astype(np.float32))
    close = np.c_[X[:, 0], X[:, 0] + 1e-4 * random.normal(size=200)]
    yield Case("elliptic_dependent", EllipticEnvelope(random_state=1), close)
    yield Case("elliptic_wide", EllipticEnvelope(support_fraction=0.9, random_state=1), make_regression(300, 40, random_state=random)[0])
