#!/usr/bin/env bash
# The README's first minute in a fresh clone of HEAD: `npm ci && npm start`, then the curl line that it prints.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
. "$checkout/.ci/e2e/serving.sh"
echo "== fresh clone"

git -c safe.directory='*' clone --quiet "file://$checkout" "$scratch/clone"
cd "$scratch/clone"
npm ci --no-audit --no-fund >"$scratch/server.log" 2>&1 || fail "npm ci failed"
echo "  ok    npm ci with $(node --version) and npm $(npm --version)"

port=$(free_port)
export PORT=$port XDG_CACHE_HOME=$scratch/cache SWITCHYARD_LOG_FORMAT=pretty
start_server npm start
wait_until_ready "http://127.0.0.1:$port"

# What a terminal would show; colours aside, the printed line works when pasted.
command=$(sed 's/\x1b\[[0-9;]*m//g' "$scratch/server.log" | grep -o 'curl .*' | head -n 1) || fail "no curl line was printed"
echo "        $command"
answer=$(bash -c "${command/curl /curl -sS --fail-with-body }") || fail "the curl line failed: $answer"
check_first_answer "the printed curl line answers" "$answer"
stop_server
