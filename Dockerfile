# syntax=docker/dockerfile:1
# The gateway, compiled, with one platform's ONNX Runtime and nothing that is only needed to develop it.
#
#   docker build -t switchyard .
#   docker run --rm -p 8000:8000 switchyard                          the bundled models
#   docker run --rm -p 8000:8000 -e MLFLOW_TRACKING_URI=http://mlflow.internal:5000 --read-only switchyard serve
#
# glibc only: ONNX Runtime's binary does not load under musl, so there is no Alpine variant.
ARG NODE_VERSION=26

# Runs on the builder's own platform: everything made here is portable, ONNX Runtime's package brings the binaries of
# every platform, and only the target's stay. A build for arm64 on amd64 so needs no emulation.
FROM --platform=$BUILDPLATFORM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund
ARG TARGETARCH
RUN case "${TARGETARCH:-$(node -p process.arch)}" in amd64|x64) arch=x64 ;; arm64) arch=arm64 ;; *) echo "ONNX Runtime has no binary for ${TARGETARCH}" >&2; exit 1 ;; esac \
 && binaries=node_modules/onnxruntime-node/bin/napi-v6 \
 && mv "$binaries/linux/$arch" /tmp/keep && rm -rf "$binaries" && mkdir -p "$binaries/linux" && mv /tmp/keep "$binaries/linux/$arch"
# What nothing reads at run time: type declarations (protobufjs asks for whole packages of them), source maps, and the
# empty folders that npm prune leaves.
RUN find node_modules \( -path 'node_modules/@types/*' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' -o -type d -empty \) -delete
RUN mkdir -p /var/cache/switchyard

FROM node:${NODE_VERSION}-bookworm-slim
WORKDIR /app
# Only COPY below: nothing has to run on the target platform. The files belong to root and the process is not root, so
# it cannot change them, with a read-only root file system or without.
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY models-fixtures ./models-fixtures
COPY proto ./proto
COPY --from=build --chown=65532:65532 /var/cache/switchyard /var/cache/switchyard
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    SWITCHYARD_CACHE_DIR=/var/cache/switchyard
# The only place that is written to. Mount a volume here to keep the last good versions when the container is replaced.
VOLUME /var/cache/switchyard
EXPOSE 8000
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]
