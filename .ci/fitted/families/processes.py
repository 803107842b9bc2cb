import numpy as np
from sklearn.datasets import make_regression
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)

from zoo_case import Case

KERNELS = {
    "default": None,
    "rbf_each": RBF(np.ones(4)) + WhiteKernel(),
    "constant_rbf": ConstantKernel(3.0) * RBF() + WhiteKernel(0.1),
    "dot": DotProduct() + WhiteKernel(),
    "quadratic": RationalQuadratic(alpha=0.5) + WhiteKernel(),
    "power": DotProduct() ** 2 + WhiteKernel(),
    "matern_half": Matern(nu=0.5) + WhiteKernel(),
    "matern_three_halves": Matern(nu=1.5) + WhiteKernel(),
    "matern_five_halves": Matern(np.ones(4), nu=2.5) + WhiteKernel(),
    "matern_infinite": Matern(nu=np.inf) + WhiteKernel(),
}


def cases(random):
    X, y = make_regression(60, 4, n_targets=2, noise=3, random_state=random)
    for name, kernel in KERNELS.items():
        yield Case(name, GaussianProcessRegressor(kernel, optimizer=None, normalize_y=name != "dot"), X, y[:, 0])
    periodic = ExpSineSquared(length_scale=2.0, periodicity=3.0) + WhiteKernel()
    yield Case("periodic", GaussianProcessRegressor(periodic, optimizer=None), X[:, :1], y[:, 0])
    yield Case("fitted", GaussianProcessRegressor(RBF() + WhiteKernel(), normalize_y=True), X, y[:, 0])
    yield Case("targets", GaussianProcessRegressor(RBF(2.0), alpha=0.1, optimizer=None, normalize_y=True), X, y)
    yield Case("one_column", GaussianProcessRegressor(RBF(), alpha=0.1, optimizer=None), X[:, :1], y[:, 0])
