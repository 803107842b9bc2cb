"""Records what a training costs: own psutil measurements at each step, beside MLflow's sampling in the background."""

import time

import mlflow
import psutil
from sklearn.ensemble import RandomForestClassifier

from wine import EXPERIMENT, train_and_held_out

X_train, X_test, y_train, y_test = train_and_held_out()
me = psutil.Process()

mlflow.set_experiment(EXPERIMENT)
mlflow.set_system_metrics_sampling_interval(0.5)  # seconds; 10 unless set, longer than this training takes
mlflow.set_system_metrics_samples_before_logging(1)

with mlflow.start_run(run_name="forest that grows", log_system_metrics=True) as run:
    forest = RandomForestClassifier(max_depth=4, random_state=1, warm_start=True)
    me.cpu_percent()  # the first call only starts the measurement
    for trees in range(100, 1100, 100):
        started = time.perf_counter()
        forest.set_params(n_estimators=trees).fit(X_train, y_train)
        mlflow.log_metrics(
            {
                "accuracy": forest.score(X_test, y_test),
                "process/fit_seconds": time.perf_counter() - started,
                "process/rss_megabytes": me.memory_info().rss / 1e6,
                "process/cpu_percent": me.cpu_percent(),
                "process/threads": me.num_threads(),
            },
            step=trees,
        )

recorded = mlflow.get_run(run.info.run_id).data.metrics
print(f"run {run.info.run_id}: {', '.join(sorted(name for name in recorded if '/' in name))}")
