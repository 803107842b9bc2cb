import numpy as np
from sklearn import linear_model as lm
from sklearn.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from sklearn.datasets import make_multilabel_classification, make_regression
from sklearn.isotonic import IsotonicRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from zoo_case import Case
from zoo_data import clear_classes


def regressors():
    yield "linear", lm.LinearRegression()
    yield "linear_no_intercept", lm.LinearRegression(fit_intercept=False)
    yield "linear_positive", lm.LinearRegression(positive=True)
    yield "ridge_svd", lm.Ridge(solver="svd")
    yield "ridge_cv", lm.RidgeCV()
    yield "lasso", lm.Lasso(0.1)
    yield "lasso_cv", lm.LassoCV(cv=3)
    yield "elastic_net", lm.ElasticNet(0.1)
    yield "elastic_net_cv", lm.ElasticNetCV(cv=3)
    yield "lars", lm.Lars()
    yield "lars_cv", lm.LarsCV(cv=3)
    yield "lasso_lars", lm.LassoLars(0.1)
    yield "lasso_lars_cv", lm.LassoLarsCV(cv=3)
    yield "lasso_lars_ic", lm.LassoLarsIC()
    yield "omp", lm.OrthogonalMatchingPursuit()
    yield "omp_cv", lm.OrthogonalMatchingPursuitCV(cv=3)
    yield "bayesian_ridge", lm.BayesianRidge()
    yield "ard", lm.ARDRegression()
    yield "huber", lm.HuberRegressor()
    yield "theil_sen", lm.TheilSenRegressor(random_state=1, max_subpopulation=200)
    yield "ransac", lm.RANSACRegressor(random_state=1)
    yield "sgd_regressor", lm.SGDRegressor(random_state=1)
    yield "linear_svr", LinearSVR(random_state=1)
    yield "passive_aggressive_regressor", lm.PassiveAggressiveRegressor(random_state=1)
    yield "quantile", lm.QuantileRegressor(quantile=0.7, alpha=0.01, solver="highs")


def multi_target_regressors():
    yield "linear_targets", lm.LinearRegression()
    yield "ridge_targets", lm.Ridge()
    yield "ridge_cv_targets", lm.RidgeCV()
    yield "lasso_targets", lm.Lasso(0.1)
    yield "elastic_net_targets", lm.ElasticNet(0.1)
    yield "multi_task_lasso", lm.MultiTaskLasso(0.1)
    yield "multi_task_lasso_cv", lm.MultiTaskLassoCV(cv=3)
    yield "multi_task_elastic_net", lm.MultiTaskElasticNet(0.1)
    yield "multi_task_elastic_net_cv", lm.MultiTaskElasticNetCV(cv=3)
    yield "lars_targets", lm.Lars()
    yield "omp_targets", lm.OrthogonalMatchingPursuit()
    yield "ransac_targets", lm.RANSACRegressor(random_state=1)
    yield "pls", PLSRegression(2)
    yield "pls_unscaled", PLSRegression(2, scale=False)
    yield "pls_canonical", PLSCanonical(2)
    yield "cca", CCA(2)


def count_regressors():
    yield "poisson", lm.PoissonRegressor()
    yield "gamma", lm.GammaRegressor()
    yield "tweedie_log", lm.TweedieRegressor(power=1.5)
    yield "tweedie_auto_identity", lm.TweedieRegressor(power=0)
    yield "tweedie_link_log", lm.TweedieRegressor(power=0, link="log")
    yield "tweedie_link_identity", lm.TweedieRegressor(power=0, link="identity")


def classifiers():
    yield "logistic", lm.LogisticRegression(max_iter=500)
    yield "logistic_no_intercept", lm.LogisticRegression(max_iter=500, fit_intercept=False)
    yield "logistic_newton", lm.LogisticRegression(solver="newton-cholesky")
    yield "logistic_cv", lm.LogisticRegressionCV(Cs=3, cv=3, max_iter=500)
    for loss in ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron", "squared_error"):
        yield f"sgd_{loss}", lm.SGDClassifier(loss=loss, random_state=1)
    yield "perceptron", lm.Perceptron(random_state=1)
    yield "passive_aggressive", lm.PassiveAggressiveClassifier(random_state=1)
    yield "linear_svc", LinearSVC(random_state=1)
    yield "linear_svc_crammer", LinearSVC(random_state=1, multi_class="crammer_singer", max_iter=300)
    yield "ridge_classifier", lm.RidgeClassifier()
    yield "ridge_classifier_cv", lm.RidgeClassifierCV()


def version_classifiers():
    """What only some versions of scikit-learn have."""
    for multi_class in ("ovr", "multinomial", "auto"):
        for solver in ("lbfgs", "liblinear"):
            if (multi_class, solver) != ("multinomial", "liblinear"):
                yield f"logistic_{multi_class}_{solver}", dict(multi_class=multi_class, solver=solver, max_iter=300)
    yield "logistic_liblinear", dict(solver="liblinear")


def labelled(values, kind):
    if kind == "texts":
        return np.array(["high", "lów", "mid"])[values]
    if kind == "objects":
        return np.array(["high", "lów", "mid"], dtype=object)[values]
    if kind == "bools":
        return values == 1
    if kind == "floats":
        return values.astype(float)
    return values * 10_000_000_000 - 5


def cases(random):
    X, y = make_regression(150, 6, noise=3, random_state=random)
    for name, model in regressors():
        yield Case(name, model, X, y)
    yield Case("linear_one_column", lm.LinearRegression(), X[:, :1], y)
    yield Case("scaled_one_column", make_pipeline(StandardScaler(), lm.LinearRegression()), 3.3 * X[:, :1], y)
    yield Case("ridge_float32", lm.Ridge(), X.astype(np.float32), y.astype(np.float32))
    X, y = make_regression(150, 6, n_targets=3, n_informative=4, noise=3, random_state=random)
    for name, model in multi_target_regressors():
        yield Case(name, model, X, y)
    yield Case("pls_one_target", PLSRegression(3), X, y[:, 0])
    yield Case("pls_svd", PLSSVD(2), X, y)
    X, y = make_regression(150, 5, noise=1, random_state=random)
    for name, model in count_regressors():
        yield Case(name, model, X, np.exp(y / 200))
    yield Case("scaled_wide_ridge", make_pipeline(StandardScaler(), lm.Ridge()), *make_regression(150, 200, random_state=random))
    for bounds in ("nan", "clip"):
        yield Case(f"isotonic_{bounds}", IsotonicRegression(out_of_bounds=bounds, increasing="auto"), X[:, :1], y)
    yield Case("isotonic_one_knot", IsotonicRegression(), X[:, :1] * 0, y)
    yield Case("one_class_sgd", lm.SGDOneClassSVM(random_state=1), X)

    data = {classes: clear_classes(random, classes, 8, 400) for classes in (2, 3, 10)}
    for classes, (X, y) in data.items():
        for name, model in classifiers():
            if classes < 10 or "cv" not in name:
                yield Case(f"{name}_{classes}", model, X, y)
    for name, options in version_classifiers():
        for classes in (2, 3):
            try:  # the parameter went with scikit-learn 1.8, and with it liblinear's several classes
                model = lm.LogisticRegression(**options).fit(*data[classes])
            except (TypeError, ValueError):
                continue
            yield Case(f"{name}_{classes}", model, *data[classes])
    X, y = data[3]
    for kind in ("texts", "objects", "floats", "integers"):
        yield Case(f"logistic_{kind}", make_pipeline(StandardScaler(), lm.LogisticRegression()), X, labelled(y, kind))
        yield Case(f"ridge_classifier_{kind}", lm.RidgeClassifier(), X, labelled(y, kind))
    X, y = data[2]
    yield Case("logistic_bools", lm.LogisticRegression(), X, labelled(y, "bools"))
    yield Case("sgd_bools", lm.SGDClassifier(loss="log_loss", random_state=1), X, labelled(y, "bools"))
    yield Case("logistic_float32", lm.LogisticRegression(), X.astype(np.float32), y)
    yield Case("logistic_one_column", lm.LogisticRegression(), X[:, :1], y)
    yield Case("logistic_wide", lm.LogisticRegression(max_iter=300), *clear_classes(random, 3, 200, 400))
    yield Case("ridge_multi_label", lm.RidgeClassifier(), *make_multilabel_classification(200, 8, random_state=random))
    # Far away, every sigmoid is 0, and the probabilities are equal.
    far = random.uniform(-1e4, 1e4, (60, 8))
    yield Case("sgd_far", lm.SGDClassifier(loss="modified_huber", random_state=1), *data[3], rows=far)
