#!/usr/bin/env bash
# in-cluster.sh SERVICE… -- COMMAND…
# Runs a command in a network of its own, where every port is free and the names of these Services lead to the loopback
# interface: a cluster whose pods share one address. Needs root.
set -euo pipefail
if [ "${IN_CLUSTER:-}" != yes ]; then
  IN_CLUSTER=yes exec unshare --net --mount --propagation private bash "$0" "$@"
fi
services=()
while [ "$1" != -- ]; do
  services+=("$1")
  shift
done
shift

ip link set lo up
hosts=$(mktemp "${TMPDIR:-/tmp}/switchyard-e2e-hosts-XXXXXX")
echo "127.0.0.1 localhost ${services[*]}" >"$hosts"
chmod 644 "$hosts"
mount --bind "$hosts" /etc/hosts
rm "$hosts"
exec "$@"
