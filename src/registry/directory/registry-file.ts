import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { GatewayError } from '../../errors.ts';
import { canonicalStage } from '../../model/model-uri.ts';
import { didYouMean } from '../did-you-mean.ts';
import { isVersionNumber } from '../version-number.ts';

/** What a model's `registry.yaml` says. Version numbers are not checked to exist. */
export interface RegistryFile {
  /** Stage, in MLflow's spelling where it is one of MLflow's → versions. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
  readonly aliases: ReadonlyMap<string, string>;
  /** Version → its tags. */
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

const KEYS = ['stages', 'aliases', 'tags'];
const EXAMPLE = 'write for example "stages: {Production: 2}"';

/**
 * Parses and checks the text of a `registry.yaml`.
 *
 * @param path for messages.
 * @throws GatewayError REGISTRY_UNAVAILABLE naming file, line and what is wrong; a file that an editor has half
 *   written ends here, too, and is right at the next poll.
 */
export function parseRegistryFile(text: string, path: string): RegistryFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, intAsBigInt: true });
  const reader = new Reader(path, lines);
  const error = document.errors[0];
  if (error !== undefined) {
    throw unreadable(`${path}:${error.linePos?.[0].line ?? 1}: ${firstLine(error.message)}`);
  }
  const root = document.contents;
  if (root === null) throw unreadable(`${path} is empty; ${EXAMPLE}, or delete the file`);
  if (!isMap(root)) reader.fail(root, `must be a map; ${EXAMPLE}`);
  const sections = new Map<string, Node | null>();
  for (const pair of (root as YAMLMap<unknown, Node | null>).items) {
    const key = reader.text(pair.key, 'a key');
    if (!KEYS.includes(key)) {
      reader.fail(
        pair.key,
        `unknown key "${key}"${didYouMean(key, KEYS) || `; allowed are ${KEYS.join(', ')}`}`,
      );
    }
    sections.set(key, pair.value);
  }
  return {
    stages: reader.stages(sections.get('stages')),
    aliases: reader.aliases(sections.get('aliases')),
    tags: reader.tags(sections.get('tags')),
  };
}

class Reader {
  readonly #path: string;
  readonly #lines: LineCounter;

  constructor(path: string, lines: LineCounter) {
    this.#path = path;
    this.#lines = lines;
  }

  fail(node: unknown, message: string): never {
    const offset = (node as Node | null)?.range?.[0];
    const line = offset === undefined ? '' : `:${this.#lines.linePos(offset).line}`;
    throw unreadable(`${this.#path}${line}: ${message}`);
  }

  text(node: unknown, what: string): string {
    const value = isScalar(node) ? node.value : null;
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') {
      return isScalar(node) && node.source !== undefined ? node.source : String(value);
    }
    return this.fail(node, `${what} must be a text`);
  }

  stages(node: Node | null | undefined): Map<string, readonly string[]> {
    const stages = new Map<string, readonly string[]>();
    for (const { key, value } of this.#entries(node, 'stages')) {
      const stage = canonicalStage(this.text(key, 'a stage'));
      if (stages.has(stage)) this.fail(key, `stage "${stage}" is named twice`);
      const items = isSeq(value) ? value.items : value === null ? [] : [value];
      const versions = items.map((item) => this.#version(item, `stage "${stage}"`));
      stages.set(stage, [...new Set(versions)]);
    }
    return stages;
  }

  aliases(node: Node | null | undefined): Map<string, string> {
    const aliases = new Map<string, string>();
    for (const { key, value } of this.#entries(node, 'aliases')) {
      const alias = this.text(key, 'an alias');
      aliases.set(alias, this.#version(value, `alias "${alias}"`));
    }
    return aliases;
  }

  tags(node: Node | null | undefined): Map<string, Readonly<Record<string, string>>> {
    const tags = new Map<string, Readonly<Record<string, string>>>();
    for (const { key, value } of this.#entries(node, 'tags')) {
      const version = this.#version(key, 'tags');
      const pairs = this.#entries(value, `the tags of version ${version}`).map((pair) => {
        const name = this.text(pair.key, 'a tag');
        return [name, this.text(pair.value, `tag "${name}"`)] as const;
      });
      tags.set(version, Object.fromEntries(pairs));
    }
    return tags;
  }

  #entries(node: unknown, what: string): readonly Pair<unknown, Node | null>[] {
    if (node === undefined || node === null || (isScalar(node) && node.value === null)) return [];
    if (isMap<unknown, Node | null>(node)) return node.items;
    return this.fail(node, `${what} must be a map`);
  }

  #version(node: unknown, what: string): string {
    const value = isScalar(node) ? node.value : null;
    const text = typeof value === 'bigint' || typeof value === 'string' ? String(value) : '';
    if (isVersionNumber(text)) return text;
    return this.fail(node, `${what} must name a version number`);
  }
}

function unreadable(message: string): GatewayError {
  return new GatewayError('REGISTRY_UNAVAILABLE', message);
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}
