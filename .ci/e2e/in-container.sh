#!/usr/bin/env bash
# in-container.sh SCRATCH UID:GID WORKDIR VOLUME… -- COMMAND…
# Runs a command as a container would be: in a root file system that it cannot write to (this machine's, with the volumes in
# their places), not as root, without capabilities. A volume is DIRECTORY:PATH or DIRECTORY:PATH:ro; SCRATCH is a directory for
# nothing else. The environment and the network are the caller's. Needs root.
set -euo pipefail
if [ "${1:-}" != inside ]; then
  exec unshare --mount --propagation private bash "$0" inside "$@"
fi
scratch=$2 user=$3 directory=$4
shift 4

mount -t tmpfs tmpfs "$scratch"
mkdir "$scratch/layer" "$scratch/work" "$scratch/root"
root=$scratch/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/layer,workdir=$scratch/work" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/hosts "$root/etc/hosts"
chmod go+x "$root/root" # where pyenv has the Python of virtual environments
while [ "$1" != -- ]; do
  IFS=: read -r from to mode <<<"$1"
  mkdir -p "$root$to"
  mount --bind "$from" "$root$to"
  [ "$mode" != ro ] || mount -o remount,bind,ro "$root$to"
  shift
done
shift
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups --no-new-privs --bounding-set=-all \
  sh -c 'cd "$0" && exec "$@"' "$directory" "$@"
