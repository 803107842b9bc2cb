import numpy as np
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo_case import Case


def cases(random):
    for classes in (2, 3, 10):
        X, y = make_classification(
            200, 8, n_informative=6, n_redundant=0, n_classes=classes, n_clusters_per_class=1, random_state=random
        )
        for activation in ("relu", "tanh", "logistic", "identity"):
            model = MLPClassifier((10, 5), activation=activation, max_iter=40, random_state=1)
            yield Case(f"classifier_{activation}_{classes}", model, X, y)
    small = {"hidden_layer_sizes": (10,), "max_iter": 40, "random_state": 1}
    yield Case("classifier_texts", make_pipeline(StandardScaler(), MLPClassifier(**small)), X, np.array(list("abcdefghij"))[y])
    yield Case("classifier_bools", MLPClassifier(**small), X, y > 4)
    yield Case("classifier_float32", MLPClassifier(**small), X.astype(np.float32), y)
    yield Case("classifier_no_hidden", MLPClassifier((), max_iter=40, random_state=1), X, y)
    yield Case("multi_label", MLPClassifier(**small), *make_multilabel_classification(200, 8, random_state=random))
    yield Case("wide", MLPClassifier(**small), *make_classification(200, 200, n_informative=20, random_state=random))
    X, y = make_regression(200, 6, n_targets=3, noise=3, random_state=random)
    for activation in ("relu", "tanh", "logistic", "identity"):
        yield Case(f"regressor_{activation}", MLPRegressor(activation=activation, **small), X, y[:, 0])
    yield Case("regressor_targets", MLPRegressor(**small), X, y)
    try:  # since scikit-learn 1.7
        yield Case("regressor_poisson", MLPRegressor(loss="poisson", **small), X, np.exp(y[:, 0] / 300))
    except TypeError:
        pass
