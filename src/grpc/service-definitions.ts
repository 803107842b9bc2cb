import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';

/** What the `.proto` files in `proto/` define. */
export interface ServiceDefinitions {
  readonly inference: ServiceDefinition;
  readonly health: ServiceDefinition;
  /** All of it, for reflection. */
  readonly all: PackageDefinition;
}

/** Names as in the files, 64-bit integers as decimal text, fields without a value left out but for lists. */
const OPTIONS = { keepCase: true, longs: String, enums: String, arrays: true, oneofs: true } as const;

export function loadServiceDefinitions(): ServiceDefinitions {
  const directory = findProtoDirectory(import.meta.dirname);
  const all = loadSync(
    ['open-inference.proto', 'health.proto'].map((file) => join(directory, file)),
    OPTIONS,
  );
  return {
    inference: all['inference.GRPCInferenceService'] as ServiceDefinition,
    health: all['grpc.health.v1.Health'] as ServiceDefinition,
    all,
  };
}

/** `proto/` lies beside `src/` and beside `dist/`. */
function findProtoDirectory(directory: string): string {
  const candidate = join(directory, 'proto');
  const parent = dirname(directory);
  return existsSync(candidate) || parent === directory ? candidate : findProtoDirectory(parent);
}
