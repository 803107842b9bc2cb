#!/usr/bin/env bash
# Prints secrets.template.yaml with made-up values: ./make-secrets.sh | kubectl apply -f -
# Once: another run makes up other values, which the data that is there does not know. Keep what it prints in a safe place.
set -euo pipefail
template=$(dirname "$0")/secrets.template.yaml

values=()
for name in $(grep -o '\${[A-Z_]*}' "$template" | tr -d '${}' | sort -u); do
  case $name in
    WEBHOOK_ENCRYPTION_KEY) value=$(openssl rand -base64 32 | tr '+/' '-_') ;;
    *) value=$(openssl rand -hex 24) ;;
  esac
  values+=(-e "s|\${$name}|$value|g")
done
sed "${values[@]}" "$template"
