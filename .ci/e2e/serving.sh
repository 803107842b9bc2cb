# Sourced by the parts in Bash. They run with `set -euo pipefail`.

# Directory that is removed, and background process that is ended, whatever happens.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/switchyard-e2e-XXXXXX")
server=

clean_up() {
  if [ -n "$server" ]; then
    kill -KILL -- "-$server" 2>/dev/null || true
  fi
  rm -rf --one-file-system "$scratch"
}
trap clean_up EXIT

fail() {
  echo "  FAIL  $1"
  if [ -e "$scratch/server.log" ]; then
    tail -n 30 "$scratch/server.log"
  fi
  exit 1
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_server COMMAND…: in a process group of its own, its output in $scratch/server.log.
start_server() {
  setsid "$@" >"$scratch/server.log" 2>&1 </dev/null &
  server=$!
}

# wait_until_ready ORIGIN: prints how many milliseconds it took.
wait_until_ready() {
  local started
  started=$(date +%s%3N)
  until [ "$(curl -s -o /dev/null -w '%{http_code}' "$1/readyz")" = 200 ]; do
    kill -0 "$server" 2>/dev/null || fail "the server ended before it was ready"
    [ $(($(date +%s%3N) - started)) -lt 60000 ] || fail "the server is not ready after 60 s"
    sleep 0.05
  done
  echo "  ok    ready after $(($(date +%s%3N) - started)) ms"
}

# stop_server [PID]: SIGTERM to one process, as a shell or an orchestrator does; its exit code must be 0.
stop_server() {
  local code=0
  kill -TERM "${1:-$server}"
  wait "$server" || code=$?
  [ "$code" = 0 ] || fail "SIGTERM ended it with exit code $code"
  server=
  echo "  ok    SIGTERM ends it with exit code 0"
}

# check_answer WHAT GIVEN EXPECTED
check_answer() {
  [ "$2" = "$3" ] || fail "$1: $2, expected $3"
  echo "  ok    $1: $2"
}

# check_first_answer WHAT GIVEN: it must be the README's answer to its first question, features [5.1, 3.5, 1.4, 0.2], but
# for the last digits of a float32, which depend on the processor.
check_first_answer() {
  local expected
  expected=$(grep -o -m 1 '{"prediction":.*}' "$checkout/README.md") || fail "the README shows no answer"
  python3 - "$2" "$expected" <<'PYTHON' || fail "$1: $2, expected $expected"
import json, sys
given, expected = map(json.loads, sys.argv[1:])
same = list(given) == list(expected) and given["prediction"] == expected["prediction"]
sys.exit(0 if same and abs(given["probability"] - expected["probability"]) <= 1e-6 else 1)
PYTHON
  echo "  ok    $1: $2"
}
