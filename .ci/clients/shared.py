"""The models that the clients ask, and what they must answer."""

import numpy as np

# Graphs that answer what they were asked, one for each datatype.
IDENTITIES = {
    "fp32": ("FP32", np.array([[0.1, -0.0, 3.4e38], [1e-45, 5.5, -7.25]], np.float32)),
    "fp64": ("FP64", np.array([[0.1, 1e308, 5e-324], [-1.5, 2.0, 3.0]], np.float64)),
    "int64": ("INT64", np.array([[2**63 - 1, -(2**63), 2**53 + 1], [0, 1, -1]], np.int64)),
    "int32": ("INT32", np.array([[2**31 - 1, -(2**31), 0], [1, 2, 3]], np.int32)),
    "bool": ("BOOL", np.array([[True, False, True], [False, False, True]], np.bool_)),
    "bytes": ("BYTES", np.array([["", "é!", "plain"], ["ü" * 300, "\n", "0"]], np.object_)),
}

IRIS_ROWS = np.array([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]], np.float32)
IRIS_COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
IRIS_LABELS = [0, 2]


def same(actual, expected):
    """Equal to the last bit; texts may come back as bytes."""
    if expected.dtype == np.object_:
        texts = [v.decode() if isinstance(v, bytes) else v for v in np.ravel(actual)]
        assert texts == list(np.ravel(expected)), f"{texts}"
        return
    assert actual.dtype == expected.dtype, f"{actual.dtype}, not {expected.dtype}"
    assert actual.shape == expected.shape, f"{actual.shape}, not {expected.shape}"
    assert actual.tobytes() == expected.tobytes(), f"{actual}"
