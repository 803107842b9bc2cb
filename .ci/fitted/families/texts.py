"""Counts of words in texts of many scripts."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo_case import Case

WORDS = """the a cat dog sat on mat running Running RUNNING straße STRASSE Über über naïve NAÏVE café Ångström 東京 こんにちは 世界
привет ПРИВЕТ мир Κόσμος κόσμε ΣΟΦΙΑ שלום مرحبا नमस्ते don't x_1 __init__ 3.14 ½ ² Ⅷ e-mail foo\tbar ǅungla ﬁne İ I ı 🙂 a\u0301b""".split(" ")
STRANGE = ["", " ", "a", "!!!", "unseen words only", "the\nthe\tthe  the", "ÇA Va", "x" * 3000, "dog" * 2 + " dog", "\u0130".lower(), "\u00a0the\u2003cat"]


def texts_of(random, rows=200):
    known = [word for word in WORDS if "İ" not in word and not word.endswith("Σ")]
    return [" ".join(random.choice(known, random.randint(0, 12))) for _ in range(rows)]


def cases(random):
    texts = texts_of(random)
    y = np.array(["cat" in text for text in texts])
    options = {
        "plain": {}, "bigrams": {"ngram_range": (1, 2)}, "only_bigrams": {"ngram_range": (2, 2)}, "trigrams": {"ngram_range": (1, 3)},
        "case": {"lowercase": False}, "binary": {"binary": True}, "stop": {"stop_words": ["cat", "über"]},
        "english": {"stop_words": "english"}, "single": {"token_pattern": r"(?u)\b\w+\b"}, "few": {"max_features": 5},
        "rare": {"min_df": 2, "max_df": 0.4}, "given": {"vocabulary": ["cat", "dog", "no such", "über", "东"]},
    }
    for name, chosen in options.items():
        yield Case(f"count_{name}", CountVectorizer(**chosen), texts, rows=STRANGE)
        yield Case(f"tfidf_{name}", TfidfVectorizer(**chosen), texts, rows=STRANGE)
    for name, chosen in {"l1": {"norm": "l1"}, "none": {"norm": None}, "no_idf": {"use_idf": False}, "sublinear": {"sublinear_tf": True},
                         "raw": {"smooth_idf": False}}.items():
        yield Case(f"tfidf_{name}", TfidfVectorizer(**chosen), texts, rows=STRANGE)
    yield Case("classifier", make_pipeline(TfidfVectorizer(), LogisticRegression()), texts, y, rows=STRANGE)
    yield Case("counts_weighted", make_pipeline(CountVectorizer(), TfidfTransformer(sublinear_tf=True), LogisticRegression()), texts, y, rows=STRANGE)
    frame = pd.DataFrame({"title": texts, "size": random.normal(size=len(texts)), "body": texts[::-1]})
    both = ColumnTransformer([("t", TfidfVectorizer(), "title"), ("n", StandardScaler(), ["size"]), ("b", CountVectorizer(binary=True), "body")])
    yield Case("columns", make_pipeline(both, LogisticRegression()), frame, y)
