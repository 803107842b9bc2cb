import numpy as np
from sklearn.datasets import make_classification
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB

from zoo_case import Case


def cases(random):
    for classes in (2, 3, 10):
        X, y = make_classification(
            300, 8, n_informative=6, n_redundant=0, n_classes=classes, n_clusters_per_class=1, random_state=random
        )
        yield Case(f"gaussian_{classes}", GaussianNB(), X, y)
        counts = np.floor(np.abs(X) * 3)
        yield Case(f"multinomial_{classes}", MultinomialNB(), counts, y)
        yield Case(f"complement_{classes}", ComplementNB(), counts, y)
        yield Case(f"bernoulli_{classes}", BernoulliNB(), X, y)
        yield Case(f"bernoulli_raw_{classes}", BernoulliNB(binarize=None), (X > 0).astype(float), y)
        yield Case(f"categorical_{classes}", CategoricalNB(), np.minimum(counts, 9), y, rows=np.full((1, 8), 0.9))
    yield Case("gaussian_texts", GaussianNB(priors=[1 / 10] * 10), X, np.array(list("abcdefghij"))[y])
    yield Case("gaussian_bools", GaussianNB(), X, y > 4)
    yield Case("gaussian_float32", GaussianNB(), X.astype(np.float32), y)
    yield Case("gaussian_one_column", GaussianNB(), X[:, :1], y)
    yield Case("gaussian_one_class", GaussianNB(), X, np.zeros(len(X)))
    yield Case("complement_one_class", ComplementNB(), counts, np.ones(len(X), dtype=int))
    yield Case("complement_norm", ComplementNB(norm=True, alpha=0.3), counts, y)
    yield Case("multinomial_uniform", MultinomialNB(fit_prior=False), counts, y)
    yield Case("bernoulli_threshold", BernoulliNB(binarize=0.7, alpha=0.2), X, y)
    yield Case("bernoulli_prior", BernoulliNB(class_prior=[0.1] * 10), X, y)
    X, y = make_classification(2000, 200, n_informative=40, n_classes=10, random_state=random)
    yield Case("gaussian_wide", GaussianNB(), X, y)
