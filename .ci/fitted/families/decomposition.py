import numpy as np
from sklearn.datasets import make_regression
from sklearn.decomposition import PCA, FactorAnalysis, FastICA, IncrementalPCA, TruncatedSVD
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from zoo_case import Case


def cases(random):
    X, y = make_regression(200, 8, random_state=random)
    X = X + 5
    yield Case("pca", PCA(), X)
    yield Case("pca_share", PCA(0.7), X)
    yield Case("pca_whitened", PCA(3, whiten=True), X)
    yield Case("pca_whitened_one", PCA(1, whiten=True), X)
    yield Case("pca_randomized", PCA(3, svd_solver="randomized", random_state=1), X)
    yield Case("pca_float32", PCA(3), X.astype(np.float32))
    yield Case("incremental", IncrementalPCA(3), X)
    yield Case("incremental_whitened", IncrementalPCA(3, whiten=True), X)
    yield Case("svd", TruncatedSVD(3, random_state=1), X)
    yield Case("svd_arpack", TruncatedSVD(3, algorithm="arpack"), X)
    yield Case("ica", FastICA(3, random_state=1, whiten="unit-variance"), X)
    yield Case("ica_arbitrary", FastICA(3, random_state=1, whiten="arbitrary-variance"), X)
    yield Case("ica_plain", FastICA(random_state=1, whiten=False, max_iter=20), X)
    yield Case("factors", FactorAnalysis(3, random_state=1), X)
    yield Case("factors_varimax", FactorAnalysis(3, rotation="varimax"), X)
    yield Case("scaled_pca_ridge", make_pipeline(StandardScaler(), PCA(3), Ridge()), X, y)
    yield Case("pca_one_column", PCA(), X[:, :1])
    yield Case("pca_wide", PCA(20), *make_regression(300, 200, random_state=random)[:1])
    wide = make_regression(100, 200, random_state=random)[0]
    yield Case("projection_gaussian", GaussianRandomProjection(7, random_state=1), wide)
    yield Case("projection_sparse", SparseRandomProjection(7, random_state=1), wide)
    yield Case("projection_sparse_output", SparseRandomProjection(5, dense_output=True, density=0.3, random_state=1), X)
    # An array, for there is no zero in it.
    yield Case("projection_dense", SparseRandomProjection(5, density=1, random_state=1), X)
    yield Case("projection_one", SparseRandomProjection(1, density=0.1, random_state=1), wide)
    yield Case("projection_float32", GaussianRandomProjection(4, random_state=1), wide.astype(np.float32))
    yield Case("projection_ridge", make_pipeline(SparseRandomProjection(6, random_state=1), Ridge()), X, y)
