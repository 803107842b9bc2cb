import { describe, expect, it, onTestFinished } from 'vitest';
import { MemberProcess } from '../../src/processes/member-process.ts';
import type { MemberSettings } from '../../src/processes/messages.ts';
import { orderOf } from './orders.ts';

async function start({ patiencePings = 1, host = '127.0.0.1' } = {}) {
  const member = new MemberProcess({
    handlers: {
      operate: () => 'done',
      hint: () => 'ignored',
      findVersion: () => '1',
      scrape: () => '',
      countAll: () => [],
    },
    patiencePings,
    entry: new URL('./fake-member.ts', import.meta.url),
  });
  onTestFinished(() => member.kill('was ended by the test'));
  await member.call('start', { host } as MemberSettings);
  return member;
}

describe('MemberProcess', () => {
  it('kills a member whose event loop does not turn', async () => {
    const member = await start();
    const load = member.call('load', { id: 1, order: orderOf(1, 'stuck') });
    await expect(load).rejects.toMatchObject({
      code: 'LOAD_CRASHED',
      message: 'a process of the group did not answer for 1 s and was killed',
    });
    expect(await member.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(member.hasEnded).toBe(true);
  });

  it('kills a member whose engine cannot recover', async () => {
    const member = await start({ patiencePings: 30, host: 'unhealthy' });
    expect((await member.ended).how).toBe('had an engine that could not recover and was killed');
  });

  it('tells an exit code, and fails calls from then on', async () => {
    const member = await start({ patiencePings: 30 });
    await expect(member.call('stop', null)).rejects.toMatchObject({ code: 'LOAD_CRASHED' });
    expect(await member.ended).toEqual({ code: 0, signal: null, how: 'ended with exit code 0' });
    await expect(member.call('ping', null)).rejects.toMatchObject({ code: 'LOAD_CRASHED' });
  });
});
