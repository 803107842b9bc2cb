#!/usr/bin/env bash
# Asks a running gateway for the same wine by stage and by alias, and says which version answered. Needs curl alone.
#
#     ./07_predict.sh [ORIGIN]      default http://127.0.0.1:8000
set -euo pipefail
origin=${1:-http://127.0.0.1:8000}

wine='{"features": {"alcohol": 13.2, "malic_acid": 1.78, "ash": 2.14, "alcalinity_of_ash": 11.2, "magnesium": 100,
  "total_phenols": 2.65, "flavanoids": 2.76, "nonflavanoid_phenols": 0.26, "proanthocyanins": 1.28, "color_intensity": 4.38,
  "hue": 1.05, "od280/od315_of_diluted_wines": 3.4, "proline": 1050}}'

# ask ROUTE POINTER
ask() {
  local headers
  headers=$(mktemp)
  curl -sS -D "$headers" "$origin/models/$1/predict" -H 'content-type: application/json' -d "$wine" >"$headers.body"
  version=$(tr -d '\r' <"$headers" | sed -n 's/^x-model-version: //Ip')
  echo "$2 (version ${version:-none}): $(cat "$headers.body")"
  rm -f "$headers" "$headers.body"
}

ask wine models:/wine/Production
ask champion models:/wine@champion
