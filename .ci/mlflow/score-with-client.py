"""Calls a server with MLflow's own ScoringServerClient and prints what it made of the answers, as JSON.

    python score-with-client.py PORT
"""

import json
import sys

import numpy as np
import pandas as pd
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

COLUMNS = ["sepal_length", "sepal_width", "petal_length"]
ROWS = [[5.1, 3.5, 1.4], [6.9, 3.2, 5.7]]

client = ScoringServerClient("127.0.0.1", int(sys.argv[1]))
client.wait_server_ready(timeout=10)
frame = client.invoke(pd.DataFrame(ROWS, columns=COLUMNS))
reordered = client.invoke(pd.DataFrame(ROWS, columns=COLUMNS)[COLUMNS[::-1]], params={"k": 1})
array = client.invoke(np.array(ROWS))
try:
    client.invoke(pd.DataFrame(ROWS))
    refused = ""
except Exception as error:
    refused = str(error)
try:
    client.invoke(pd.DataFrame([["a", 1, 2]], columns=COLUMNS))
except Exception as error:
    refused = str(error)
print(
    json.dumps(
        {
            "version": client.get_version(),
            "frame": frame.get_predictions("dataframe").to_dict("list"),
            "reordered": reordered.get_predictions("dataframe").to_dict("list"),
            "array": array.get_predictions("dataframe").to_dict("list"),
            "ndarray": [list(entry.values()) for entry in array.get_predictions("ndarray").tolist()],
            "refused": refused,
        }
    )
)
