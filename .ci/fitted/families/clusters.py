from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.datasets import make_blobs
from sklearn.linear_model import Ridge
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo_case import Case


def cases(random):
    X, y = make_blobs(300, 5, centers=6, random_state=random)
    for model in (KMeans, MiniBatchKMeans, BisectingKMeans):
        for clusters in (1, 2, 9):
            yield Case(f"{model.__name__}_{clusters}", model(clusters, n_init=1, random_state=1), X)
    yield Case("bisecting_largest", BisectingKMeans(7, random_state=1, bisecting_strategy="largest_cluster"), X)
    yield Case("kmeans_one_column", make_pipeline(StandardScaler(), KMeans(4, n_init=1, random_state=1)), X[:, :1])
    yield Case("kmeans_many", KMeans(50, n_init=1, random_state=1), *make_blobs(400, 400, random_state=random)[:1])
    yield Case("kmeans_transform", make_pipeline(KMeans(5, n_init=1, random_state=1), Ridge()), X, y)
    yield Case("bisecting_transform", make_pipeline(BisectingKMeans(5, random_state=1), Ridge()), X, y)
    for covariance in ("full", "tied", "diag", "spherical"):
        options = {"covariance_type": covariance, "random_state": 1}
        yield Case(f"mixture_{covariance}", GaussianMixture(4, **options), X)
        yield Case(f"bayesian_{covariance}", BayesianGaussianMixture(n_components=4, **options), X)
    prior = "dirichlet_distribution"
    yield Case(
        "bayesian_distribution",
        BayesianGaussianMixture(n_components=4, weight_concentration_prior_type=prior, random_state=1),
        X,
    )
    yield Case("mixture_one", GaussianMixture(1), X)
    yield Case("mixture_one_column", GaussianMixture(3, random_state=1), X[:, :1])
