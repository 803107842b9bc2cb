import numpy as np
from sklearn.datasets import make_classification
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from zoo_case import Case


def cases(random):
    for classes in (2, 3, 10):
        X, y = make_classification(
            150 * classes, 8, n_informative=8, n_redundant=0, n_classes=classes, n_clusters_per_class=1, flip_y=0.05, random_state=random
        )
        for solver in ("svd", "lsqr", "eigen"):
            yield Case(f"lda_{solver}_{classes}", LinearDiscriminantAnalysis(solver=solver), X, y)
        yield Case(f"lda_shrunk_{classes}", LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"), X, y)
        yield Case(f"qda_{classes}", QuadraticDiscriminantAnalysis(), X, y)
        yield Case(f"qda_regularised_{classes}", QuadraticDiscriminantAnalysis(reg_param=0.1), X, y)
    yield Case("lda_texts", LinearDiscriminantAnalysis(), X, np.array(list("abcdefghij"))[y])
    yield Case("qda_bools", QuadraticDiscriminantAnalysis(), X, y > 4)
    yield Case("lda_float32", LinearDiscriminantAnalysis(), X.astype(np.float32), y)
    yield Case("qda_one_column", QuadraticDiscriminantAnalysis(priors=[0.1] * 10), X[:, :1], y)
    for solver in ("svd", "eigen"):
        reduction = LinearDiscriminantAnalysis(solver=solver, n_components=3)
        yield Case(f"lda_transform_{solver}", make_pipeline(reduction, LogisticRegression()), X, y)
