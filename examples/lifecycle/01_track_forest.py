"""Tracks one training of a random forest: parameters, metrics, the importance of each feature, and the model."""

import matplotlib

matplotlib.use("Agg")  # draws without a display

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score, log_loss

from wine import EXPERIMENT, train_and_held_out

X_train, X_test, y_train, y_test = train_and_held_out()
params = {"n_estimators": 50, "max_depth": 4, "random_state": 1}

mlflow.set_experiment(EXPERIMENT)
with mlflow.start_run(run_name="forest") as run:
    forest = RandomForestClassifier(**params).fit(X_train, y_train)
    predicted = forest.predict(X_test)

    mlflow.log_params(params)
    mlflow.log_metrics(
        {
            "accuracy": accuracy_score(y_test, predicted),
            "f1_macro": f1_score(y_test, predicted, average="macro"),
            "log_loss": log_loss(y_test, forest.predict_proba(X_test)),
        }
    )

    importance = pd.Series(forest.feature_importances_, index=X_train.columns).sort_values(ascending=False)
    mlflow.log_dict(importance.to_dict(), "importance/importance.json")
    mlflow.log_text(importance.to_csv(header=["importance"], index_label="feature"), "importance/importance.csv")
    axes = importance[::-1].plot.barh(title="feature importance", figsize=(8, 5))
    axes.figure.tight_layout()
    mlflow.log_figure(axes.figure, "importance/importance.png")

    mlflow.sklearn.log_model(
        forest,
        name="model",
        signature=infer_signature(X_train, forest.predict(X_train)),
        input_example=X_train.head(3),
        skops_trusted_types=["sklearn.tree._tree.Tree"],  # without it 3.17 refuses every model made of trees
    )
    print(f"run {run.info.run_id}: accuracy {accuracy_score(y_test, predicted):.3f}")
