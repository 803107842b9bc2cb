import numpy as np
from sklearn.datasets import make_classification
from sklearn.kernel_approximation import AdditiveChi2Sampler, SkewedChi2Sampler
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from zoo_case import Case


def cases(random):
    # Rows are made a tenth beyond the range of these, and must stay above zero.
    X = random.uniform(1, 5, (100, 4)) * [1, 1e-6, 1e3, 20]
    zeros = np.zeros((3, 4))
    zeros[1, 2] = 1
    for steps in (1, 2, 3):
        yield Case(f"additive_{steps}", AdditiveChi2Sampler(sample_steps=steps), X, rows=zeros)
    yield Case("additive_interval", AdditiveChi2Sampler(sample_steps=5, sample_interval=0.3), X, rows=zeros)
    yield Case("additive_one_column", AdditiveChi2Sampler(), X[:, :1])
    yield Case("additive_float32", AdditiveChi2Sampler(), X.astype(np.float32), rows=zeros)
    for skewedness in (0.5, 1.0, 20.0):
        yield Case(f"skewed_{skewedness}", SkewedChi2Sampler(skewedness=skewedness, n_components=30, random_state=1), X, rows=zeros)
    yield Case("skewed_below", SkewedChi2Sampler(skewedness=-1e-9, n_components=3, random_state=1), X)
    yield Case("skewed_float32", SkewedChi2Sampler(n_components=10, random_state=1), X.astype(np.float32))
    X, y = make_classification(150, 200, n_informative=10, random_state=random)
    scaler = MinMaxScaler(clip=True)
    yield Case("additive_classifier", make_pipeline(scaler, AdditiveChi2Sampler(), LogisticRegression()), X, y)
    yield Case("skewed_classifier", make_pipeline(scaler, SkewedChi2Sampler(random_state=1), LogisticRegression()), X, y)
