import numpy as np
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

from zoo_case import Case


def cases(random):
    X = np.column_stack([random.normal(size=200), random.exponential(20, 200), random.uniform(0, 24, 200).round()])
    ends = np.array([X.min(0), X.max(0), X.min(0) - 3, X.max(0) + 30])
    for extrapolation in ("constant", "linear", "continue", "periodic"):
        for degree in (1, 2, 3, 5):
            model = SplineTransformer(n_knots=7, degree=degree, extrapolation=extrapolation)
            known = X[:, :1] if (extrapolation, degree) == ("linear", 1) else X  # of several columns it is refused
            yield Case(f"spline_{extrapolation}_{degree}", model, known, rows=ends[:, : known.shape[1]])
    yield Case("spline_quantile", SplineTransformer(knots="quantile", n_knots=6), X[:, :2], rows=ends[:, :2])
    yield Case("spline_no_bias", SplineTransformer(include_bias=False, extrapolation="linear"), X, rows=ends)
    yield Case("spline_model", make_pipeline(SplineTransformer(), Ridge()), X, X[:, 0] ** 2)
    try:
        yield Case("spline_missing", SplineTransformer(handle_missing="zeros"), X, missing=True)
    except TypeError:  # since 1.8
        pass
