#!/usr/bin/env bash
# The package: built, packed, installed in an empty folder, and its command run from there with both supported Nodes.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
. "$checkout/.ci/e2e/serving.sh"
echo "== package"

cd "$checkout"
npm run build >"$scratch/server.log" 2>&1 || fail "npm run build failed"
npm pack --silent --pack-destination "$scratch" >"$scratch/server.log" 2>&1 || fail "npm pack failed"
tarball=$(echo "$scratch"/switchyard-*.tgz)
echo "  ok    packed $(du -k "$tarball" | cut -f1) KiB, $(tar -tzf "$tarball" | wc -l) files"
if tar -tzf "$tarball" | grep -E '^package/(src|test|bench|\.ci)/'; then
  fail "the package holds files that only the checkout needs"
fi

mkdir "$scratch/site" "$scratch/nodes"
cd "$scratch/site"
npm init --yes >/dev/null
# As .npmrc has it for the checkout: no download of CUDA files, which fails where only a package registry is reachable.
npm_config_onnxruntime_node_install=skip npm install --no-audit --no-fund "$tarball" >"$scratch/server.log" 2>&1 ||
  fail "npm install of the package failed"
echo "  ok    installed: $(du -sm node_modules | cut -f1) MiB"

for version in 26.10.0 24; do
  mkdir "$scratch/nodes/$version"
  (cd "$scratch/nodes/$version" && npm init --yes >/dev/null && npm install --no-audit --no-fund "node@$version") \
    >"$scratch/server.log" 2>&1 || fail "node@$version could not be installed"
  bin=$scratch/nodes/$version/node_modules/node/bin
  port=$(free_port)
  cd "$scratch/site"
  PATH=$bin:$PATH HOME=$scratch/home-$version start_server node_modules/.bin/switchyard serve --port "$port"
  wait_until_ready "http://127.0.0.1:$port"
  answer=$(curl -sS --fail-with-body "http://127.0.0.1:$port/predict" -d '{"features":[5.1,3.5,1.4,0.2]}') || fail "/predict failed: $answer"
  check_first_answer "with Node $("$bin/node" --version), /predict answers" "$answer"
  stop_server
  # Converted on a thread, whose entry is another file in the package.
  logged=$checkout/test/formats/fitted/fixtures/logged/iris-skops
  PATH=$bin:$PATH HOME=$scratch/home-$version start_server node_modules/.bin/switchyard serve --port "$port" --model-dir "$logged"
  wait_until_ready "http://127.0.0.1:$port"
  answer=$(curl -sS --fail-with-body "http://127.0.0.1:$port/predict" -d '{"features":[6.9,3.2,5.7,2.3]}') || fail "/predict failed: $answer"
  case $answer in
    '{"prediction":2,"probability":0.97668297398'*) echo "  ok    a model that scikit-learn has logged answers $answer" ;;
    *) fail "a model that scikit-learn has logged answers $answer" ;;
  esac
  stop_server
done
