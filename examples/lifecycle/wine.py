"""The data of all examples: scikit-learn's wines, 13 measurements, three growers."""

import pandas as pd
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

EXPERIMENT = "wine"
MODEL = "wine"
# Versions that scikit-learn alone has logged.
PLAIN_MODEL = "wine-plain"


def train_and_held_out() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    """The same split in every script, so that no version has been trained on the rows it is judged by."""
    wine = load_wine(as_frame=True)
    return train_test_split(wine.data, wine.target, test_size=0.4, stratify=wine.target, random_state=0)
