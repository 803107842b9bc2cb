import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Document, isMap, isSeq, parseDocument, Scalar, YAMLMap } from 'yaml';
import { canonicalStage } from '../../model/model-uri.ts';
import { writeFileAtomically } from '../../write-file-atomically.ts';
import { isMissing, type ModelFolder, REGISTRY_FILE } from './model-folder.ts';

/** A change of one model's pointers. */
export type PointerEdit =
  | { readonly kind: 'stage'; readonly stage: string; readonly version: string }
  | { readonly kind: 'alias'; readonly alias: string; readonly version: string };

/**
 * Writes `edits` into the model's `registry.yaml`, keeping its comments. Call it under the edit lock, with the folder
 * as read under it. The first edit of a model without the file also writes down that the highest version is
 * Production, which held until then.
 */
export async function editRegistryFile(folder: ModelFolder, edits: readonly PointerEdit[]): Promise<void> {
  const path = join(folder.path, REGISTRY_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  const document = text === null ? newDocument(folder) : parseDocument(text, { intAsBigInt: true });
  for (const edit of edits) {
    if (edit.kind === 'stage') moveToStage(document, edit.stage, edit.version);
    else section(document, 'aliases').set(edit.alias, versionValue(edit.version));
  }
  await writeFileAtomically(path, document.toString({ lineWidth: 0 }), 0o644);
}

function newDocument(folder: ModelFolder): Document {
  const document = new Document(new YAMLMap());
  const highest = folder.versions.at(-1);
  if (highest !== undefined) section(document, 'stages').set('Production', versionValue(highest));
  return document;
}

/** A version is in one stage; a stage other than Archived holds only the version last moved there. */
function moveToStage(document: Document, stage: string, version: string): void {
  const stages = section(document, 'stages');
  const target = canonicalStage(stage);
  let archived: unknown[] = [];
  for (const pair of [...stages.items]) {
    const held = isSeq(pair.value) ? pair.value.items : [pair.value];
    const kept = held.filter((item) => textOf(item) !== '' && textOf(item) !== version);
    const name = canonicalStage(textOf(pair.key));
    if (name === target) {
      if (name === 'Archived') archived = kept;
      continue;
    }
    if (kept.length === 0) stages.delete(pair.key);
    else if (kept.length < held.length) pair.value = kept.length === 1 ? kept[0] : document.createNode(kept);
  }
  const own = [...stages.items].find((pair) => canonicalStage(textOf(pair.key)) === target);
  if (target === 'None') {
    if (own !== undefined) stages.delete(own.key);
    return;
  }
  const value = archived.length === 0 ? versionValue(version) : [...archived, versionValue(version)];
  if (own === undefined) stages.set(target, document.createNode(value));
  else stages.set(own.key, document.createNode(value));
}

function section(document: Document, key: string): YAMLMap {
  const node = document.get(key, true) as unknown;
  if (isMap(node)) return node as YAMLMap;
  const map = new YAMLMap();
  document.set(key, map);
  return map;
}

function textOf(node: unknown): string {
  const value = node instanceof Scalar ? node.value : node;
  return value === null || value === undefined ? '' : String(value);
}

function versionValue(version: string): number | bigint {
  const value = BigInt(version);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
