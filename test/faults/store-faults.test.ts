import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  cut,
  garbage,
  internalError,
  loginPage,
  long,
  notFound,
  only,
  relisted,
  reset,
  short,
  status,
} from './faults.ts';
import type { Endpoint, Fault } from './faulty-proxy.ts';
import { type FaultyWorld, setUpFaults } from './faulty-world.ts';

const climbing = relisted((files) => [...files, { path: '../../etc/passwd', is_dir: false, file_size: 1 }]);
const endless = relisted(() =>
  Array.from({ length: 10_001 }, (_, index) => ({ path: String(index), is_dir: false, file_size: 1 })),
);

describe('a store that misbehaves', () => {
  let world: FaultyWorld;
  beforeAll(async () => {
    world = await setUpFaults();
  });
  afterEach(() => world.proxy.mend());
  afterAll(() => world[Symbol.asyncDispose]());

  it.each<[string, Fault, Endpoint, string, RegExp]>([
    ['location 500', internalError, 'locate', 'REGISTRY_UNAVAILABLE', /get-download-uri answered 500/],
    ['listing 500', internalError, 'listing', 'ARTIFACT_UNAVAILABLE', /answered 500/],
    ['listing garbage', garbage, 'listing', 'ARTIFACT_UNAVAILABLE', /no MLflow listing/],
    ['listing login page', loginPage, 'listing', 'ARTIFACT_UNAVAILABLE', /no MLflow listing/],
    ['listing that climbs out', climbing, 'listing', 'ARTIFACT_INVALID', /etc\/passwd" holds the segment/],
    ['listing of 10,001 files', endless, 'listing', 'ARTIFACT_INVALID', /more than 10000 files/],
    ['download 502', status(502), 'download', 'ARTIFACT_UNAVAILABLE', /answered 502/],
    ['download 403', status(403), 'download', 'ARTIFACT_FORBIDDEN', /\(403\); grant READ on experiment/],
    ['download 429', status(429), 'download', 'ARTIFACT_UNAVAILABLE', /answered 429/],
    ['download reset', reset, 'download', 'ARTIFACT_UNAVAILABLE', /could not be read/],
    ['download cut', cut, 'download', 'ARTIFACT_UNAVAILABLE', /broke off/],
    ['download too short', short, 'download', 'ARTIFACT_UNAVAILABLE', /ended after \d+ of \d+ bytes/],
    ['download too long', long, 'download', 'ARTIFACT_UNAVAILABLE', /more than the \d+ bytes/],
    ['login page', loginPage, 'download', 'ARTIFACT_UNAVAILABLE', /more than the \d+ bytes/],
    [
      'no model.onnx',
      only(/model\.onnx$/, notFound),
      'download',
      'ARTIFACT_INVALID',
      /404: No such artifact/,
    ],
    ['garbage for model.onnx', only(/model\.onnx$/, garbage), 'download', 'INVALID_MODEL', /no ONNX model/],
  ])(
    '%s: the old version serves on, the status says why, and two polls after the end the new one is loaded',
    async (_, fault, endpoint, code, says) => {
      const serving = await world.ask();
      const wanted = await world.next();
      world.proxy.spoil(fault, endpoint);
      world.standIn.promote('iris', wanted);
      const error = await world.fails();
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(says)]);
      // Long enough for three failures, so that the next retry is four polls and more away.
      const first = world.polls();
      await world.running.until(() => world.polls() >= first + 6);
      expect(await world.ask()).toBe(serving);
      const before = world.polls();
      world.proxy.mend();
      // One of them may have begun before, and the gateway sees the end of a fault by a look after a poll.
      expect((await world.serves(wanted)) - before).toBeLessThanOrEqual(3);
      expect(await world.ask()).toBe(String(wanted));
    },
  );

  it('fetches files that were missing as soon as they are there', async () => {
    const wanted = await world.next();
    world.standIn.files.delete(world.standIn.pathOf(wanted, 'model.onnx'));
    world.standIn.promote('iris', wanted);
    expect(await world.fails()).toMatchObject({ code: 'INVALID_MODEL', message: /"model.onnx".*missing/ });
    const before = world.polls();
    await world.standIn.restore(wanted, wanted % 2 === 1 ? 'iris/1' : 'iris/2');
    expect((await world.serves(wanted)) - before).toBeLessThanOrEqual(3);
  });

  it('serves what it has when the bytes of a version change, and takes the new ones with another version', async () => {
    const { version, digest } = world.status().current!;
    await world.standIn.restore(Number(version), Number(version) % 2 === 1 ? 'iris/2' : 'iris/1');
    const first = world.polls();
    await world.running.until(() => world.polls() >= first + 3);
    expect(world.status()).toMatchObject({ current: { version, digest }, lastError: null });
    const wanted = await world.next();
    world.standIn.promote('iris', wanted);
    await world.serves(wanted);
    expect(world.status().current?.digest).not.toBe(digest);
  });
});
