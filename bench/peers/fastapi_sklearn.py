"""FastAPI and scikit-learn as everyone writes it. Run: MODEL=model.json's directory uvicorn fastapi_sklearn:app"""

import json
import os
from pathlib import Path

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

directory = Path(os.environ["MODEL"])
model = joblib.load(directory / "model.joblib")
columns = json.loads((directory / "model.json").read_text())["columns"]
app = FastAPI()


class Row(BaseModel):
    features: list[float]


class Rows(BaseModel):
    features: list[list[float]]


def answer(rows):
    frame = pd.DataFrame(rows, columns=columns)
    predictions = model.predict(frame).tolist()
    if not hasattr(model, "predict_proba"):
        return [{"prediction": prediction} for prediction in predictions]
    probabilities = model.predict_proba(frame).max(axis=1).tolist()
    return [{"prediction": p, "probability": q} for p, q in zip(predictions, probabilities)]


@app.post("/predict")
def predict(body: Row):
    return answer([body.features])[0]


@app.post("/predict-many")
def predict_many(body: Rows):
    return {"predictions": answer(body.features)}
