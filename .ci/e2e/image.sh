#!/usr/bin/env bash
# The Dockerfile without Docker: its instructions run in chroots whose lower layer is a base system and whose upper layer
# is what the image would add. Needs root (mount namespaces, overlayfs). The base image cannot be pulled here, so the base
# is this machine (or a root file system in $IMAGE_BASE, e.g. from debootstrap) with the checkout's Node in /usr/local/bin.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${1:-}" != inside ]; then
  exec unshare --mount --propagation private bash "$0" inside
fi
. "$checkout/.ci/e2e/serving.sh"
echo "== image"

# Nothing of this namespace is seen outside it. Mounts are undone before anything is removed.
mount -t tmpfs -o size=4g tmpfs "$scratch"
clean_up() {
  if [ -n "$server" ]; then
    kill -KILL -- "-$server" 2>/dev/null || true
  fi
  cd /
  umount --recursive --lazy "$scratch"
  rmdir "$scratch"
}

node=$("$checkout/node_modules/.bin/node" -p process.execPath)
npm=$(dirname "$(realpath "$(command -v npm)")")/..
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# start_stage NAME: $root becomes a file system with the base and an empty layer above it.
start_stage() {
  layer=$scratch/$1/layer root=$scratch/$1/root cwd=/ user=0:0 environment=()
  mkdir -p "$layer" "$root" "$scratch/$1/work" "$scratch/$1/base/usr/local/bin" "$scratch/$1/base/usr/local/lib/node_modules"
  cp "$node" "$scratch/$1/base/usr/local/bin/node"
  cp -r "$npm" "$scratch/$1/base/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$scratch/$1/base/usr/local/bin/npm"
  mount -t overlay overlay -o "lowerdir=$scratch/$1/base:${IMAGE_BASE:-/},upperdir=$layer,workdir=$scratch/$1/work" "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/tmp"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  mknod -m 666 "$root/dev/null" c 1 3
  mknod -m 666 "$root/dev/zero" c 1 5
  mknod -m 666 "$root/dev/random" c 1 8
  mknod -m 666 "$root/dev/urandom" c 1 9
}

# in_stage COMMAND…: as the container's user, with its environment.
in_stage() {
  env -i PATH=$path "${environment[@]}" \
    chroot --userspec="$user" "$root" "$@"
}

copy() {
  local from=$checkout owner=0:0 words=() destination
  for word in "$@"; do
    case $word in
      --from=*) from=$scratch/${word#--from=}/root ;;
      --chown=*) owner=${word#--chown=} ;;
      *) words+=("$word") ;;
    esac
  done
  destination=${words[-1]}
  unset 'words[-1]'
  [[ $destination = /* ]] || destination=$cwd/$destination
  for source in "${words[@]}"; do
    if [ "$from" = "$checkout" ]; then
      grep -qxF "!$source" "$checkout/.dockerignore" || fail ".dockerignore keeps COPY $source from the builder"
    fi
    if [ -d "$from/$source" ]; then
      mkdir -p "$root/$destination"
      cp -r --no-preserve=ownership "$from/$source/." "$root/$destination/"
    else
      cp --no-preserve=ownership "$from/$source" "$root/$destination"
    fi
    chown -R "$owner" "$root/$destination"
  done
}

stages=0
while read -r instruction rest; do
  started=$(date +%s%3N)
  case $instruction in
    '' | SYNTAX | VOLUME | EXPOSE | STOPSIGNAL) continue ;;
    ARG) continue ;;
    FROM)
      stages=$((stages + 1))
      if [[ $rest =~ \ AS\ (.*)$ ]]; then start_stage "${BASH_REMATCH[1]}"; else start_stage "stage$stages"; fi
      continue
      ;;
    WORKDIR) cwd=$rest && mkdir -p "$root$cwd" ;;
    COPY) copy $rest ;;
    RUN)
      # The environment of this machine says where its package registry is; a builder's is set up by its owner.
      env "PATH=$path" TARGETARCH= chroot "$root" bash -c "cd $cwd && $rest" >"$scratch/server.log" 2>&1 || fail "RUN $rest"
      ;;
    ENV) for setting in $rest; do environment+=("$setting"); done ;;
    USER) user=$rest ;;
    ENTRYPOINT) mapfile -t entrypoint < <(python3 -c 'import json, sys; print("\n".join(json.loads(sys.argv[1])))' "$rest") ;;
    CMD) mapfile -t parameters < <(python3 -c 'import json, sys; print("\n".join(json.loads(sys.argv[1])))' "$rest") ;;
    *) fail "this script does not know $instruction" ;;
  esac
  printf '  ok    %5d ms  %.90s\n' $(($(date +%s%3N) - started)) "$instruction $rest"
done < <(grep -v '^#' "$checkout/Dockerfile" | sed -e ':a' -e '/\\$/{N;s/\\\n */ /;ba' -e '}')

app=$layer/app
for package in typescript vitest autocannon fast-check @biomejs @types node; do
  [ ! -e "$app/node_modules/$package" ] || fail "the image holds the development dependency $package"
done
check_answer "ONNX Runtime's binaries are for" "$(cd "$app/node_modules/onnxruntime-node/bin/napi-v6" && echo */*)" \
  "linux/$(node -p process.arch)"
check_answer "directories in /app" "$(cd "$app" && echo *)" "dist models-fixtures node_modules package.json proto"
echo "        sizes in MiB, without the base image:"
for folder in . app/dist app/models-fixtures app/node_modules/onnxruntime-node app/node_modules; do
  printf '        %6s  %s\n' "$(du -sm --apparent-size "$layer/$folder" | cut -f1)" "$folder"
done

# As it runs: read-only root, a writable volume for the cache, no capabilities, not root.
mkdir -p "$scratch/volume" && cp -a "$layer/var/cache/switchyard/." "$scratch/volume/" && chown --reference="$layer/var/cache/switchyard" "$scratch/volume"
mount --bind "$scratch/volume" "$root/var/cache/switchyard"
umount "$root/tmp"
mount -o remount,ro "$root"
port=$(free_port)
environment+=("PORT=$port")
if in_stage touch /app/x 2>/dev/null; then fail "the file system is not read-only"; fi
in_stage touch /var/cache/switchyard/x || fail "the cache cannot be written to"
start_server env -i PATH=$path "${environment[@]}" \
  chroot "$root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups --no-new-privs --bounding-set=-all \
  "${entrypoint[@]}" "${parameters[@]}"
wait_until_ready "http://127.0.0.1:$port"
answer=$(curl -sS --fail-with-body "http://127.0.0.1:$port/predict" -d '{"features":[5.1,3.5,1.4,0.2]}') || fail "/predict failed: $answer"
check_first_answer "/predict answers" "$answer"
check_answer "user and group" "$(ps -o uid=,gid= -p "$server" | xargs)" "65532 65532"
stop_server
