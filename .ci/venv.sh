#!/usr/bin/env bash
# Usage: .ci/venv.sh REQUIREMENTS
# Makes a Python virtual environment with these pinned requirements, once per content of the file, and prints its path.
# It lies under $CI_CACHE_DIR (default: .cache/ci in the checkout, ignored by git), so that later runs find it again.
set -euo pipefail

requirements=$(realpath "$1")
cache=${CI_CACHE_DIR:-$(cd "$(dirname "$0")/.." && pwd)/.cache/ci}
python=$(command -v python3.11 || command -v python3)
key=$({ "$python" --version; cat "$requirements"; } | sha256sum | cut -c1-12)
venv=$cache/venv-$(basename "$requirements" .txt)-$key

mkdir -p "$cache"
# Several parts may want the same environment at once: the first makes it, the others wait.
exec 9>"$venv.lock"
flock 9
if [ ! -e "$venv/complete" ]; then
  rm -rf "$venv"
  "$python" -m venv "$venv" >&2
  "$venv/bin/pip" install --quiet --no-input --disable-pip-version-check --requirement "$requirements" >&2
  touch "$venv/complete"
fi
echo "$venv"
