import { HeapBudget } from '../../../../src/formats/fitted/files/heap-budget.ts';
import { Zip } from '../../../../src/formats/fitted/files/zip.ts';
import { damagedBytes } from './damaged-pickle.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { zipOf } from './zip-bytes.ts';

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

const SCALARS = [
  null,
  true,
  -1,
  0,
  1,
  2 ** 40,
  1e308,
  '',
  'content',
  '../x',
  'NaN',
  '1',
  '__proto__',
  [],
  {},
];
const LOADERS = [
  ...[
    'ObjectNode',
    'TreeNode',
    'LossNode',
    'DictNode',
    'DefaultDictNode',
    'ListNode',
    'SetNode',
    'TupleNode',
    'JsonNode',
  ],
  ...[
    'TypeNode',
    'BytesNode',
    'SliceNode',
    'PartialNode',
    'OperatorFuncNode',
    'MethodNode',
    'NdArrayNode',
    'DTypeNode',
  ],
  ...['SparseMatrixNode', 'RandomStateNode', 'ConstructorFromReduceNode', 'CachedNode'],
];

/** A skops file whose directory and checksums are right, and whose schema or arrays are not. */
export function damagedSkops(random: RandomNumbers, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const files = filesOf(bytes);
  const arrays = [...files.keys()].filter((name) => name !== 'schema.json');
  const kind = random.below(8);
  if (kind === 0 && arrays.length > 0) {
    const name = random.one(arrays);
    files.set(name, damagedBytes(random, files.get(name)!));
  } else if (kind === 1) files.set('schema.json', damagedBytes(random, files.get('schema.json')!));
  else if (kind === 2 && arrays.length > 1) files.set(random.one(arrays), files.get(random.one(arrays))!);
  else
    files.set(
      'schema.json',
      damagedSchema(random, files.get('schema.json')!, filesOf(other).get('schema.json')!),
    );
  return zipOf([...files].map(([name, content]) => ({ name, content })));
}

function filesOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const zip = new Zip(bytes, 'of a test', new HeapBudget());
  return new Map(zip.names.map((name) => [name, zip.read(name)]));
}

function damagedSchema(random: RandomNumbers, schema: Uint8Array, other: Uint8Array): Uint8Array {
  const root = JSON.parse(Buffer.from(schema).toString()) as Record<string, unknown>;
  const others = placesOf(JSON.parse(Buffer.from(other).toString()));
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
    const places = placesOf(root);
    const { holder, key } = random.one(places);
    const from = random.one(random.below(2) === 0 ? places : others);
    switch (random.below(5)) {
      case 0:
        delete holder[key];
        break;
      case 1:
        holder[key] = random.one(SCALARS);
        break;
      case 2:
        holder[key] = structuredClone(from.holder[from.key]);
        break;
      case 3:
        if (typeof holder[key] === 'object' && holder[key] !== null) {
          (holder[key] as Record<string, unknown>).__loader__ = random.one(LOADERS);
        }
        break;
      default:
        if ('__loader__' in holder) holder.__loader__ = random.one(LOADERS);
    }
  }
  return Buffer.from(JSON.stringify(root));
}

/** Everything in a schema that can be changed. */
function placesOf(root: unknown): Place[] {
  const places: Place[] = [];
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const holder = pending.pop();
    if (typeof holder !== 'object' || holder === null) continue;
    for (const key of Object.keys(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key });
      pending.push((holder as Record<string, unknown>)[key]);
    }
  }
  return places;
}
