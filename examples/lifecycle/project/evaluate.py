"""Entry point evaluate: judges the model of a training run on held-out rows; fails if it is not good enough."""

import argparse
import sys

import mlflow
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score, classification_report
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--run-id", required=True)
parser.add_argument("--least-accuracy", type=float, required=True)
args = parser.parse_args()

wine = load_wine(as_frame=True)
_, X, _, y = train_test_split(wine.data, wine.target, test_size=0.4, stratify=wine.target, random_state=0)

with mlflow.start_run():
    model = mlflow.sklearn.load_model(f"runs:/{args.run_id}/model")
    predicted = model.predict(X)
    accuracy = accuracy_score(y, predicted)
    mlflow.log_metric("accuracy", accuracy)
    mlflow.log_dict(classification_report(y, predicted, output_dict=True), "report.json")
    mlflow.set_tag("evaluated_run", args.run_id)
    print(f"accuracy {accuracy:.3f} of run {args.run_id}")

if accuracy < args.least_accuracy:
    sys.exit(f"accuracy {accuracy:.3f} is below {args.least_accuracy}")
