import numpy as np
from sklearn.cluster import AffinityPropagation, Birch, FeatureAgglomeration, KMeans, MeanShift
from sklearn.datasets import make_blobs, make_regression
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo_case import Case


def cases(random):
    X, y = make_blobs(200, 5, centers=6, random_state=random)
    yield Case("mean_shift", MeanShift(), X)
    yield Case("mean_shift_bins", MeanShift(bandwidth=4, bin_seeding=True, cluster_all=False), X)
    yield Case("mean_shift_one", MeanShift(bandwidth=1000), X)
    yield Case("mean_shift_one_column", make_pipeline(StandardScaler(), MeanShift()), X[:, :1])
    yield Case("affinity", AffinityPropagation(random_state=1), X)
    yield Case("affinity_preferred", AffinityPropagation(preference=-500, damping=0.7, random_state=1), X)
    yield Case("birch", Birch(), X, without=("skops",))
    yield Case("birch_subclusters", Birch(n_clusters=None, threshold=1.0), X, without=("skops",))
    yield Case("birch_model", Birch(n_clusters=KMeans(4, n_init=1, random_state=1), branching_factor=10), X, without=("skops",))
    yield Case("birch_float32", Birch(threshold=1.0), X.astype(np.float32), without=("skops",))
    yield Case("birch_few", Birch(n_clusters=500, threshold=3.0), X, without=("skops",))
    yield Case("birch_transform", make_pipeline(Birch(threshold=2.0), Ridge()), X, y, without=("skops",))
    wide, target = make_regression(60, 40, random_state=random)
    for pooling in (np.mean, np.median, np.max, np.min):
        yield Case(f"agglomeration_{pooling.__name__}", FeatureAgglomeration(12, pooling_func=pooling), wide)
    yield Case("agglomeration_one", FeatureAgglomeration(1), wide)
    yield Case("agglomeration_one_median", FeatureAgglomeration(1, pooling_func=np.median), wide)
    yield Case("agglomeration_all", FeatureAgglomeration(40), wide)
    threshold = FeatureAgglomeration(n_clusters=None, distance_threshold=8.0, linkage="average")
    yield Case("agglomeration_threshold", threshold, wide)
    yield Case("agglomeration_ridge", make_pipeline(FeatureAgglomeration(5), Ridge()), wide, target)
