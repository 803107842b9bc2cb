import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cut, garbage, hang, internalError, loginPage, reset, short, slow, status } from './faults.ts';
import type { Fault } from './faulty-proxy.ts';
import { type FaultyWorld, setUpFaults } from './faulty-world.ts';

/** Polls that may begin between the end of a fault and the load: one that had begun before it, and two. */
const MOST_POLLS = 3;

async function afterPolls(world: FaultyWorld, count: number): Promise<void> {
  const first = world.polls();
  await world.running.until(() => world.polls() >= first + count);
}

describe('a registry that misbehaves', () => {
  let world: FaultyWorld;
  beforeAll(async () => {
    world = await setUpFaults();
  });
  afterEach(() => world.proxy.mend());
  afterAll(() => world[Symbol.asyncDispose]());

  const errors = (code: string) =>
    world.running.metric(`switchyard_registry_errors_total{code="${code}"}`).then((count) => count ?? 0);

  it.each<[string, Fault, RegExp]>([
    ['500', internalError, /answered 500: INTERNAL_ERROR: .*locked/],
    ['502', status(502), /answered 502: 502 Bad Gateway/],
    ['503', status(503), /answered 503/],
    ['429', status(429), /answered 429/],
    ['a reset', reset, /the connection was cut before the answer was complete/],
    ['an answer that breaks off', cut, /the connection was cut before the answer was complete/],
    ['half an answer', short, /answered 200 with JSON that breaks off or is damaged/],
    [
      'a login page',
      loginPage,
      /answered 200 with something that is no JSON \(a login page or proxy\?\): Sign in/,
    ],
    ['garbage', garbage, /answered 200 with bytes that are no text$/],
  ])(
    '%s: what serves goes on, status, metrics and one log line tell it, and two polls after the end it is followed',
    async (_, fault, says) => {
      const serving = await world.ask();
      const before = await errors('REGISTRY_UNAVAILABLE');
      const lines = world.running.log.length;
      world.proxy.spoil(fault, 'registry');
      const error = await world.fails();
      expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', message: expect.stringMatching(says) });
      expect(world.status().current?.version).toBe(serving);
      // A connection that is cut is asked again at once, so requests are no measure of polls here.
      while ((await errors('REGISTRY_UNAVAILABLE')) < before + 4) await afterPolls(world, 1);
      expect(await world.ask()).toBe(serving);
      const gauge = 'switchyard_model_error{model="iris",code="REGISTRY_UNAVAILABLE"}';
      expect(await world.running.metric(gauge)).toBe(1);
      // The first outage of a minute is told, whatever comes after it is the same one for the log.
      expect(
        world.running.log.slice(lines).filter(({ level }) => level === 'error').length,
      ).toBeLessThanOrEqual(1);
      const wanted = await world.next();
      world.standIn.promote('iris', wanted);
      const polls = world.polls();
      world.proxy.mend();
      expect((await world.serves(wanted)) - polls).toBeLessThanOrEqual(MOST_POLLS);
      expect(await world.running.metric(gauge)).toBeNull();
    },
  );

  it('is followed, and no error, while it is slow', async () => {
    world.proxy.spoil(slow(50), 'registry');
    const wanted = await world.next();
    world.standIn.promote('iris', wanted);
    await world.serves(wanted);
    world.proxy.mend();
    expect(world.status().lastError).toBeNull();
  });

  it('is followed again though connections of before the fault hang for ever', async () => {
    world.proxy.spoil(hang, 'registry');
    await afterPolls(world, 1);
    const wanted = await world.next();
    world.standIn.promote('iris', wanted);
    world.proxy.mend();
    await world.serves(wanted);
    expect(world.running.log.filter(({ message }) => message.includes('no answer within'))).toEqual([]);
  });

  it('is followed again after it was away from its port', async () => {
    const serving = await world.ask();
    await world.proxy.goDown();
    expect(await world.fails()).toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringMatching(
        /cannot reach MLflow at .*: nobody listens there \(connect ECONNREFUSED/,
      ),
    });
    expect(await world.ask()).toBe(serving);
    const wanted = await world.next();
    world.standIn.promote('iris', wanted);
    await world.proxy.comeBack();
    await world.serves(wanted);
  });

  it('swaps to and fro with a pointer that flaps, and ends with what it names at last', async () => {
    const [left, right] = [await world.next(), await world.next()];
    for (let flap = 0; flap < 8; flap += 1) {
      world.standIn.promote('iris', flap % 2 === 0 ? left : right);
      await afterPolls(world, 1);
      expect(await world.ask()).toMatch(/^\d+$/);
    }
    await world.serves(right);
    expect(await world.ask()).toBe(String(right));
  });

  it('goes on with a version that is deleted, and tells that the pointer names none', async () => {
    const serving = await world.ask();
    world.standIn.store.deleteVersion('iris', Number(serving));
    expect(await world.fails()).toMatchObject({ code: 'POINTER_UNASSIGNED' });
    await afterPolls(world, 6);
    expect(await world.ask()).toBe(serving);
    expect(await world.running.metric('switchyard_model_error{model="iris",code="POINTER_UNASSIGNED"}')).toBe(
      1,
    );
    const wanted = await world.next();
    world.standIn.promote('iris', wanted);
    await world.serves(wanted);
  });
});
