import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import type { GraphFacts } from '../graph/prepare-graph.ts';
import type { ConversionReport } from '../model-format.ts';

/** What is known of a graph that was made of a model, besides the graph. */
export interface ConvertedGraph {
  readonly report: ConversionReport;
  readonly facts: GraphFacts;
  /** Sentences for the operator. */
  readonly notes: readonly string[];
}

/** Where graph and record lie. */
export interface ConvertedPaths {
  readonly graph: string;
  readonly record: string;
}

interface StoredRecord {
  /** Of the version's files. */
  readonly digest: string;
  readonly graphSha256: string;
  readonly converted: ConvertedGraph;
}

/** Writes graph and record, so that they are whole on the disk once this returns. */
export async function writeConverted(
  paths: ConvertedPaths,
  onnx: Uint8Array,
  converted: ConvertedGraph,
  digest: string,
): Promise<void> {
  const record: StoredRecord = { digest, graphSha256: sha256Of(onnx), converted };
  const text = JSON.stringify(record, (_, value) =>
    value instanceof Map ? { [MAP_KEY]: [...value] } : value,
  );
  await writeDurably(paths.graph, onnx);
  await writeDurably(paths.record, `${sha256Of(text)}\n${text}`);
}

/** The record of a graph that was written for these very files; `null` if either is gone or damaged. */
export async function readConverted(paths: ConvertedPaths, digest: string): Promise<ConvertedGraph | null> {
  try {
    const [sum, text = ''] = (await readFile(paths.record, 'utf8')).split('\n', 2);
    if (sum !== sha256Of(text)) return null;
    const record = JSON.parse(text, (_, value) =>
      value !== null && typeof value === 'object' && MAP_KEY in value ? new Map(value[MAP_KEY]) : value,
    ) as StoredRecord;
    if (record.digest !== digest) return null;
    if ((await stat(paths.graph)).size !== record.converted.report.graphBytes) return null;
    return sha256Of(await readFile(paths.graph)) === record.graphSha256 ? record.converted : null;
  } catch {
    return null;
  }
}

const MAP_KEY = 'map of';

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const handle: FileHandle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
