import { setTimeout as sleep } from 'node:timers/promises';
import {
  cut,
  garbage,
  hang,
  internalError,
  loginPage,
  long,
  notFound,
  only,
  relisted,
  reset,
  short,
  slow,
  stall,
  status,
} from '../../test/faults/faults.ts';
import type { Endpoint, Fault, FaultyProxy } from '../../test/faults/faulty-proxy.ts';
import type { MlflowStandIn } from '../../test/faults/mlflow-stand-in.ts';

export interface FaultBench {
  readonly proxy: FaultyProxy;
  readonly standIn: MlflowStandIn;
  /** The version that is wanted while the fault lasts: not promoted yet if the fault is the registry's. */
  readonly wanted: number;
}

export interface FaultScenario {
  readonly name: string;
  /** What the version that is wanted waits for: to be heard of, or to be fetched. */
  readonly hits: 'registry' | 'store';
  /** What `lastError` must be; `null`: the fault is none to the gateway. */
  readonly code: RegExp | null;
  readonly says: RegExp;
  readonly begin: (bench: FaultBench) => Promise<void> | void;
  readonly end?: (bench: FaultBench) => Promise<void> | void;
  /** What may pass beside two polls and the load, because nothing tells of the end. */
  readonly extraMs?: number;
}

/** Which fixture a version of the test has the content of. */
export function contentOf(version: number): string {
  return version % 2 === 1 ? 'iris/1' : 'iris/2';
}

/** More than a poll, so that each move is seen. */
const flapMs = 250;

const MODEL_FILE = /\/model\.onnx$/;

/** A fault of the answers of some endpoints. */
function spoiled(
  name: string,
  fault: Fault,
  code: RegExp | null,
  says: RegExp,
  ...endpoints: readonly [Endpoint, ...Endpoint[]]
): FaultScenario {
  return {
    name,
    hits: endpoints[0] === 'registry' ? 'registry' : 'store',
    code,
    says,
    begin: ({ proxy }) => proxy.spoil(fault, ...endpoints),
  };
}

const UNAVAILABLE = /^REGISTRY_UNAVAILABLE$/;
const FETCH_FAILED = /^ARTIFACT_UNAVAILABLE$/;
const INVALID = /^ARTIFACT_INVALID$/;

const registryFaults: readonly FaultScenario[] = [
  spoiled('registry slow', slow(300), null, /^$/, 'registry'),
  spoiled('registry 500', internalError, UNAVAILABLE, /answered 500: INTERNAL_ERROR: .*locked/, 'registry'),
  spoiled('registry 502', status(502), UNAVAILABLE, /answered 502: 502 Bad Gateway/, 'registry'),
  spoiled('registry 503', status(503), UNAVAILABLE, /answered 503/, 'registry'),
  spoiled('registry 429', status(429), UNAVAILABLE, /answered 429/, 'registry'),
  spoiled('registry 401', status(401), /^REGISTRY_FORBIDDEN$/, /asks for credentials \(401\)/, 'registry'),
  spoiled('registry resets', reset, UNAVAILABLE, /connection was cut .*ECONNRESET/, 'registry'),
  spoiled('registry answers cut', cut, UNAVAILABLE, /connection was cut/, 'registry'),
  spoiled('registry answers half', short, UNAVAILABLE, /JSON that breaks off/, 'registry'),
  spoiled('registry gives a login page', loginPage, UNAVAILABLE, /no JSON.*Sign in/, 'registry'),
  spoiled('registry gives garbage', garbage, UNAVAILABLE, /bytes that are no text/, 'registry'),
  {
    name: 'registry refuses connections',
    hits: 'registry',
    code: UNAVAILABLE,
    says: /nobody listens there .*ECONNREFUSED/,
    begin: ({ proxy }) => proxy.goDown(),
    end: ({ proxy }) => proxy.comeBack(),
  },
  {
    name: 'pointer flaps between two versions',
    hits: 'registry',
    code: null,
    says: /^$/,
    begin: async ({ standIn, wanted }) => {
      const other = await standIn.register('iris', contentOf(wanted + 1));
      for (let flap = 0; flap < 6; flap += 1) {
        standIn.promote('iris', flap % 2 === 0 ? wanted : other);
        await sleep(flapMs);
      }
    },
  },
  {
    name: 'version deleted',
    hits: 'registry',
    code: /^POINTER_UNASSIGNED$/,
    says: /Production/,
    begin: ({ standIn }) => {
      const { versions } = standIn.store.models.get('iris')!;
      for (const version of versions.values()) {
        if (version.stage === 'Production') standIn.store.deleteVersion('iris', version.number);
      }
    },
  },
];

const storeFaults: readonly FaultScenario[] = [
  spoiled('listing 500', internalError, FETCH_FAILED, /answered 500/, 'listing'),
  spoiled('listing is a login page', loginPage, FETCH_FAILED, /no MLflow listing/, 'listing'),
  spoiled('listing garbage', garbage, FETCH_FAILED, /no MLflow listing/, 'listing'),
  spoiled(
    'listing climbs out',
    relisted((files) => [...files, { path: '../../etc/passwd', is_dir: false, file_size: 3 }]),
    INVALID,
    /"\.\.\/\.\.\/etc\/passwd"/,
    'listing',
  ),
  spoiled(
    'listing of 10,001 files',
    relisted(() =>
      Array.from({ length: 10_001 }, (_, index) => ({ path: `${index}`, is_dir: false, file_size: 1 })),
    ),
    INVALID,
    /more than 10000 files/,
    'listing',
  ),
  spoiled('location 500', internalError, UNAVAILABLE, /answered 500/, 'locate'),
  spoiled('downloads slow', slow(200), null, /^$/, 'download'),
  spoiled('downloads 500', internalError, FETCH_FAILED, /answered 500/, 'download'),
  spoiled('downloads 503', status(503), FETCH_FAILED, /answered 503/, 'download'),
  spoiled('downloads 403', status(403), /^ARTIFACT_FORBIDDEN$/, /grant READ on experiment/, 'download'),
  spoiled('downloads 429', status(429), FETCH_FAILED, /answered 429/, 'download'),
  spoiled('downloads reset', reset, FETCH_FAILED, /could not be read/, 'download'),
  spoiled('downloads cut', cut, FETCH_FAILED, /broke off/, 'download'),
  spoiled('downloads too short', short, FETCH_FAILED, /ended after \d+ of \d+ bytes/, 'download'),
  spoiled('downloads too long', long, FETCH_FAILED, /more than the \d+ bytes/, 'download'),
  spoiled('downloads are login pages', loginPage, FETCH_FAILED, /bytes/, 'download'),
  spoiled('model.onnx 404', only(MODEL_FILE, notFound), INVALID, /404/, 'download'),
  spoiled('model.onnx garbage', only(MODEL_FILE, garbage), /^INVALID_MODEL$/, /model\.onnx/, 'download'),
  {
    name: 'bytes of what serves change',
    hits: 'registry',
    code: null,
    says: /^$/,
    begin: async ({ standIn, wanted }) => {
      for (const version of standIn.store.models.get('iris')!.versions.values()) {
        if (version.number !== wanted && version.stage === 'Production')
          await standIn.restore(version.number, contentOf(version.number + 1));
      }
    },
  },
  {
    name: 'files missing',
    hits: 'store',
    code: /./,
    says: /onnx/,
    begin: ({ standIn, wanted }) => {
      standIn.files.delete(standIn.pathOf(wanted, 'model.onnx'));
    },
    end: async ({ standIn, wanted }) => standIn.restore(wanted, contentOf(wanted)),
  },
  {
    name: 'server down with its store',
    hits: 'store',
    code: /UNAVAILABLE$/,
    says: /./,
    begin: ({ proxy }) => proxy.spoil(reset, 'registry', 'locate', 'listing', 'download'),
  },
];

/**
 * A dead machine: what was asked of it is never answered, also when another one has taken its place. A second attempt
 * is made after a second, or after a poll if that is longer.
 */
const hangs: readonly FaultScenario[] = [
  { ...spoiled('registry hangs', hang, null, /^$/, 'registry'), extraMs: 1_000 },
  { ...spoiled('registry stalls in its answers', stall, null, /^$/, 'registry'), extraMs: 1_000 },
];

export const faultScenarios: readonly FaultScenario[] = [...registryFaults, ...storeFaults, ...hangs];
