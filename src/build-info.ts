import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface BuildInfo {
  readonly version: string;
  readonly node: string;
  readonly onnxruntime: string;
}

/** Which versions of what run: our own from package.json, which lies above this file in the checkout and in the package. */
export function readBuildInfo(): BuildInfo {
  return {
    version: readVersion(join(packageRoot(import.meta.dirname), 'package.json')),
    node: process.version.slice(1),
    onnxruntime: readVersion(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
  };
}

function packageRoot(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : packageRoot(dirname(directory));
}

function readVersion(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
