#!/usr/bin/env bash
# The manifests against the Kubernetes schemas, offline; kustomize, too, where kubectl is installed.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
echo "== Kubernetes manifests"

venv=$("$checkout/.ci/venv.sh" "$checkout/.ci/kubernetes-requirements.txt")
cd "$checkout/k8s"
# PodDisruptionBudget's unhealthyPodEvictionPolicy is the newest field: 1.27.
for version in 1.27 1.30 1.37; do
  for manifest in *.yaml; do
    if [ "$manifest" != kustomization.yaml ]; then
      "$venv/bin/kubernetes-validate" --strict --quiet --kubernetes-version "$version" "$manifest"
    fi
  done
  echo "  ok    every manifest is valid for Kubernetes $version"
done

if command -v kubectl >/dev/null; then
  kubectl kustomize . >/dev/null
  echo "  ok    kubectl kustomize builds them"
else
  echo "        kubectl is not installed: kustomization.yaml was not built"
fi
