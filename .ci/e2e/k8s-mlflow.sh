#!/usr/bin/env bash
# k8s-mlflow.ts in a network where the names of the Services lead to it. Needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec .ci/e2e/in-cluster.sh mlflow mlflow-postgres mlflow-objects switchyard -- node_modules/.bin/node .ci/e2e/k8s-mlflow.ts
