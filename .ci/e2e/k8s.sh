#!/usr/bin/env bash
# The manifests against the Kubernetes schemas, offline, kustomize where kubectl is installed, and their settings against
# the gateway.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
. "$checkout/.ci/e2e/serving.sh"
echo "== Kubernetes manifests"

venv=$("$checkout/.ci/venv.sh" "$checkout/.ci/kubernetes-requirements.txt")
cd "$checkout/k8s/gateway"
# PodDisruptionBudget's unhealthyPodEvictionPolicy is the newest field: 1.27.
for version in 1.27 1.30 1.37; do
  # The patches in mlflow/gateway are parts of objects, and Kubernetes does not know KServe's.
  find .. -name '*.yaml' ! -name kustomization.yaml ! -path '../mlflow/gateway/[cd]*' ! -path '../kserve/*' -print0 |
    xargs -0 "$venv/bin/kubernetes-validate" --strict --quiet --kubernetes-version "$version"
  echo "  ok    every manifest is valid for Kubernetes $version"
done

kserve=0.21.0
"$venv/bin/pip" install --quiet --no-input --disable-pip-version-check --no-deps --no-compile --target "$scratch/kserve" "kserve==$kserve"
check_kserve() { "$venv/bin/python" "$checkout/.ci/check-kserve.py" "$scratch/kserve" "$scratch/pod.yaml" "$@"; }
check_kserve ../kserve/clusterservingruntime.yaml ../kserve/inferenceservice.yaml || fail "KServe $kserve does not know these fields"
"$venv/bin/kubernetes-validate" --strict --quiet --kubernetes-version 1.37 "$scratch/pod.yaml"
echo "  ok    KServe $kserve knows every field of its manifests, and Kubernetes the containers in them"
sed 's/protocolVersions/protocolVersion/' ../kserve/clusterservingruntime.yaml >"$scratch/wrong.yaml"
check_answer "a misspelt field is" "$(check_kserve "$scratch/wrong.yaml" || true)" "ClusterServingRuntime.spec.protocolVersion is unknown"

if command -v kubectl >/dev/null; then
  for folder in .. ../mlflow; do
    kubectl kustomize "$folder" >"$scratch/built.yaml"
    "$venv/bin/kubernetes-validate" --strict --quiet --kubernetes-version 1.37 "$scratch/built.yaml"
  done
  kubectl kustomize ../kserve >/dev/null
  echo "  ok    kubectl kustomize builds them, with MLflow, without, and for KServe"
else
  echo "        kubectl is not installed: no kustomization.yaml was built"
fi

# The gateway starts with exactly these settings, and stops within the time that the kubelet gives it.
settings=()
while IFS= read -r setting; do settings+=("$setting"); done < <("$venv/bin/python" -c '
import yaml
for manifest in ("configmap", "secret.example"):
    content = yaml.safe_load(open(f"{manifest}.yaml"))
    for name, value in {**content.get("data", {}), **content.get("stringData", {})}.items():
        print(f"{name}={value}")
')
read -r grace delay drain < <("$venv/bin/python" -c '
import yaml
settings = yaml.safe_load(open("configmap.yaml"))["data"]
pod = yaml.safe_load(open("deployment.yaml"))["spec"]["template"]["spec"]
delay, drain = (int(settings[f"SWITCHYARD_{name}_MS"]) // 1000 for name in ("SHUTDOWN_DELAY", "DRAIN_TIMEOUT"))
print(pod["terminationGracePeriodSeconds"], delay, drain)
')
[ "$grace" -gt $((delay + drain)) ] || fail "a grace period of $grace s does not exceed $delay s + $drain s"
echo "  ok    the grace period of $grace s exceeds shutdown delay plus drain, $delay s + $drain s"

port=$(free_port)
cd "$checkout"
start_server env -i "PATH=$PATH" "HOME=$scratch" "PORT=$port" SWITCHYARD_CACHE_DIR="$scratch/cache" \
  SWITCHYARD_PORT=tcp://10.0.0.1:80 SWITCHYARD_SERVICE_HOST=10.0.0.1 "${settings[@]}" \
  node_modules/.bin/node src/main.ts serve
started=$(date +%s)
until [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/livez")" = 200 ]; do
  kill -0 "$server" 2>/dev/null || fail "the gateway refuses the settings"
  [ $(($(date +%s) - started)) -lt 30 ] || fail "the gateway is not live after 30 s"
  sleep 0.1
done
echo "  ok    the gateway accepts the settings, and is live while its registry is not to be found"
for probe in readyz health; do
  check_answer "/$probe is" "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/$probe")" 503
done
stop_server
