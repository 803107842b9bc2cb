import { emptyArray } from '../../values/nd-array.ts';
import type { StoredObject, StoredValue } from '../../values/stored-value.ts';
import { HEAP_COST } from '../heap-budget.ts';
import { newObject } from '../inert-object.ts';
import { isList, isMap, isOfKind } from '../stored-kind.ts';
import { arrayFromBuffer, newDtype, numpyScalar } from './numpy-values.ts';
import { broken } from './pickle-cursor.ts';
import type { PickleMachine } from './pickle-machine.ts';
import { unsupported } from './unsupported.ts';

/** Makes the value of a call of known meaning; `undefined` where the arguments are none that it has a meaning for. */
type Rebuilder = (machine: PickleMachine, args: readonly StoredValue[]) => StoredValue | undefined;

const newMap: Rebuilder = ({ budget }) => {
  budget.take(HEAP_COST.map);
  return { kind: 'map', entries: new Map() };
};

const newList: Rebuilder = (machine, [items]) => {
  if (items === undefined) return machine.list([]);
  return isList(items) ? machine.list([...items.items]) : undefined;
};

/** `bytes()`, `bytes(b'…')` and, in protocol 2, `bytearray('…', 'latin-1')`. */
const newBytes: Rebuilder = (machine, args) => {
  const [content] = args;
  if (content === undefined) return new Uint8Array(0);
  return content instanceof Uint8Array ? content : encodeLatin1(machine, args);
};

/** Protocol 2 has no bytes: they are a text whose code points are the bytes. */
const encodeLatin1: Rebuilder = ({ budget }, [text, encoding]) => {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) return undefined;
  budget.take(HEAP_COST.array + text.length);
  return new Uint8Array(Buffer.from(text, 'latin1'));
};

const newInstance: Rebuilder = (machine, [type]) => inert(machine, type ?? null, []);

/**
 * The few calls that have a meaning without being made, by the name of what is called. All others, whatever they
 * are called, stay records of what would have been called.
 */
const REBUILDERS: ReadonlyMap<string, Rebuilder> = new Map<string, Rebuilder>([
  ['numpy._core.multiarray._reconstruct', newArray],
  ['numpy._core.numeric._frombuffer', arrayFromBuffer],
  ['numpy._core.multiarray.scalar', numpyScalar],
  ['numpy.dtype', newDtype],
  ['_codecs.encode', encodeLatin1],
  ['builtins.bytes', newBytes],
  ['builtins.bytearray', newBytes],
  ['builtins.set', newList],
  ['builtins.frozenset', newList],
  ['collections.OrderedDict', newMap],
  ['collections.defaultdict', newMap],
  ['sklearn.utils._bunch.Bunch', newMap],
  ['copyreg._reconstructor', newInstance],
  ['copyreg.__newobj__', (machine, [type, ...args]) => inert(machine, type ?? null, args)],
  ['sklearn.metrics._dist_metrics.newObj', newInstance],
  ['sklearn.neighbors._ball_tree.newObj', newInstance],
  ['sklearn.neighbors._kd_tree.newObj', newInstance],
]);

/** A class that is stored with its code: how cloudpickle names the call that makes it. */
const CLASS_BY_VALUE = /^cloudpickle\..*\._make_skeleton_class$/;

/** How Cython names what makes its classes of the class, a checksum and a state; skops writes the class alone. */
const CYTHON_MAKER = '__pyx_unpickle_';

/** What a call (REDUCE) or an instantiation (NEWOBJ) stands for; nothing is called. */
export function rebuild(
  machine: PickleMachine,
  callable: StoredValue,
  args: readonly StoredValue[],
  keywords: StoredValue,
): StoredValue {
  const name = nameOf(callable);
  if (name.startsWith('joblib.numpy_pickle')) throw unsupported('was written by joblib.dump');
  const value = keywords === null ? REBUILDERS.get(name)?.(machine, args) : undefined;
  if (value !== undefined) return value;
  const isCython = name.startsWith(CYTHON_MAKER, name.lastIndexOf('.') + 1) && isOfKind(args[0], 'name');
  const object = isCython ? inert(machine, args[0]!, []) : inert(machine, callable, args);
  if (isMap(keywords) && keywords.entries.size > 0) object.attributes.set('', keywords);
  return object;
}

function newArray({ budget }: PickleMachine): StoredValue {
  budget.take(HEAP_COST.array);
  return emptyArray();
}

function inert({ budget }: PickleMachine, callable: StoredValue, args: readonly StoredValue[]): StoredObject {
  budget.take(HEAP_COST.map + args.length * HEAP_COST.slot);
  return newObject(nameOf(callable), args);
}

/** What is called: a name, a class by value, or the result of another call. */
function nameOf(callable: StoredValue): string {
  if (isOfKind(callable, 'name')) return callable.name;
  if (!isOfKind(callable, 'object')) throw broken('what is called has no name');
  const { type, args } = callable;
  const [, className, , keywords] = args;
  if (!CLASS_BY_VALUE.test(type) || typeof className !== 'string') return 'the result of a call';
  const module = isMap(keywords) ? keywords.entries.get('__module__') : undefined;
  return `${typeof module === 'string' ? module : '__main__'}.${className}`.slice(0, 200);
}
