import numpy as np
from sklearn.datasets import make_regression
from sklearn.decomposition import KernelPCA
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from zoo_case import Case
from zoo_data import clear_classes


def cases(random):
    for classes in (2, 3, 10):
        X, y = clear_classes(random, classes, 6, 200)
        for kernel in ("linear", "rbf", "poly", "sigmoid"):
            yield Case(f"svc_{kernel}_{classes}", SVC(kernel=kernel, coef0=0.5), X, y)
        yield Case(f"svc_probability_{classes}", SVC(probability=True, random_state=1), X, y)
        yield Case(f"nu_svc_{classes}", NuSVC(nu=0.1, gamma="auto"), X, y)
        yield Case(f"nu_svc_probability_{classes}", NuSVC(nu=0.1, probability=True, random_state=1), X, y)
        yield Case(f"svc_break_ties_{classes}", SVC(break_ties=True, gamma=0.5, C=0.3), X, y)
        yield Case(f"svc_ovo_{classes}", SVC(decision_function_shape="ovo"), X, y)
    X, y = clear_classes(random, 3, 6, 200)
    yield Case("svc_texts", make_pipeline(StandardScaler(), SVC()), X, np.array(["high", "lów", "mid"])[y])
    yield Case("svc_float32", SVC(), X.astype(np.float32), y)
    yield Case("svc_weighted", SVC(class_weight="balanced", degree=2, kernel="poly"), X, y)
    yield Case("svc_bools", SVC(), X, y == 1)
    yield Case("svc_one_column", SVC(), X[:, :1], y)
    yield Case("svc_wide", SVC(), *clear_classes(random, 3, 200, 200))
    X, y = make_regression(150, 5, noise=3, random_state=random)
    for kernel in ("linear", "rbf", "poly", "sigmoid"):
        yield Case(f"svr_{kernel}", SVR(kernel=kernel, coef0=0.5), X, y)
        yield Case(f"one_class_{kernel}", OneClassSVM(kernel=kernel, nu=0.1), X)
    yield Case("nu_svr", NuSVR(C=10), X, y)
    for kernel in ("linear", "rbf", "poly", "polynomial", "sigmoid", "laplacian", "cosine"):
        yield Case(f"kernel_ridge_{kernel}", KernelRidge(kernel=kernel, gamma=0.1 if kernel != "rbf" else None), X, y)
    yield Case("kernel_ridge_targets", KernelRidge(kernel="rbf"), X, np.stack([y, y**2], 1))
    for kernel in ("linear", "rbf", "poly", "sigmoid", "cosine"):
        yield Case(f"kernel_pca_{kernel}", KernelPCA(3, kernel=kernel, gamma=0.1), X)
    yield Case("kernel_pca_all", KernelPCA(kernel="rbf"), X)
    for kernel in ("rbf", "polynomial", "laplacian", "linear"):
        yield Case(f"nystroem_{kernel}", Nystroem(kernel, n_components=20, random_state=1), X)
    yield Case("nystroem_gamma", Nystroem(gamma=0.2, n_components=200, random_state=1), X)
    yield Case("rbf_sampler", RBFSampler(gamma=0.3, random_state=1), X)
