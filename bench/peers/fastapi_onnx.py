"""FastAPI and onnxruntime. Run: MODEL=directory of plain.onnx uvicorn fastapi_onnx:app"""

import os
from pathlib import Path

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # as many as it has cores
session = onnxruntime.InferenceSession(
    Path(os.environ["MODEL"]) / "plain.onnx", options, providers=["CPUExecutionProvider"]
)
name = session.get_inputs()[0].name
app = FastAPI()


class Row(BaseModel):
    features: list[float]


class Rows(BaseModel):
    features: list[list[float]]


def answer(rows):
    outputs = session.run(None, {name: np.array(rows, dtype=np.float32)})
    predictions = outputs[0].ravel().tolist()
    if len(outputs) == 1:
        return [{"prediction": prediction} for prediction in predictions]
    probabilities = outputs[1].max(axis=1).tolist()
    return [{"prediction": p, "probability": q} for p, q in zip(predictions, probabilities)]


@app.post("/predict")
async def predict(body: Row):
    return answer([body.features])[0]


@app.post("/predict-many")
async def predict_many(body: Rows):
    return {"predictions": answer(body.features)}
