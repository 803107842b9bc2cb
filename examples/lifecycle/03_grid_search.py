"""GridSearchCV with a nested run for each candidate, the table of all of them, and the best one's model."""

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV

from wine import EXPERIMENT, train_and_held_out

X_train, X_test, y_train, y_test = train_and_held_out()
grid = {"n_estimators": [5, 25], "max_depth": [1, 2, 4]}

mlflow.set_experiment(EXPERIMENT)
with mlflow.start_run(run_name="grid search") as search_run:
    search = GridSearchCV(RandomForestClassifier(random_state=1), grid, cv=5).fit(X_train, y_train)
    results = pd.DataFrame(search.cv_results_)

    for _, row in results.iterrows():
        with mlflow.start_run(run_name=f"candidate {row.name}", nested=True):
            mlflow.log_params(row["params"])
            mlflow.log_metrics(
                {
                    "cv_accuracy": row["mean_test_score"],
                    "cv_accuracy_std": row["std_test_score"],
                    "fit_seconds": row["mean_fit_time"],
                }
            )

    table = results[["param_n_estimators", "param_max_depth", "mean_test_score", "std_test_score", "rank_test_score"]]
    mlflow.log_table(table.sort_values("rank_test_score"), "candidates.json")
    mlflow.log_params({f"best_{name}": value for name, value in search.best_params_.items()})
    mlflow.log_metrics({"best_cv_accuracy": search.best_score_, "accuracy": search.score(X_test, y_test)})
    mlflow.sklearn.log_model(
        search.best_estimator_,
        name="model",
        signature=infer_signature(X_train, search.predict(X_train)),
        input_example=X_train.head(3),
        skops_trusted_types=["sklearn.tree._tree.Tree"],
    )
    print(f"run {search_run.info.run_id}: best of {len(results)} is {search.best_params_}")
