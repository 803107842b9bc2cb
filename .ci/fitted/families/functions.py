import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from zoo_case import Case

ANY = ("absolute", "negative", "positive", "sign", "floor", "ceil", "rint", "tanh", "sin", "square", "exp", "exp2", "expm1", "fabs")
POSITIVE = ("sqrt", "log", "log2", "log10", "log1p")


def cases(random):
    X = random.normal(size=(200, 4)) * [1, 1e-8, 5, 1e-17]
    for name in ANY:
        yield Case(f"numpy_{name}", FunctionTransformer(getattr(np, name)), X, missing=True)
    X = np.abs(X) + [0.5, 1e-9, 1, 1e-300]
    for name in POSITIVE:
        rows = X[:50] * 1.5
        yield Case(f"numpy_{name}", FunctionTransformer(getattr(np, name)), X if name == "log1p" else X * 1e3 + 10, rows=rows)
    tiny = np.abs(random.normal(size=(200, 2))) * 1e-9
    yield Case("log1p_scaled", make_pipeline(FunctionTransformer(np.log1p), StandardScaler(), LinearRegression()), tiny * 1e9, tiny[:, 0])
    yield Case("identity", make_pipeline(FunctionTransformer(), StandardScaler()), X, missing=True)
    yield Case("validated", FunctionTransformer(np.sqrt, validate=True), X * 1e3 + 10)
