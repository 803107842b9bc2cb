import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const LOG = resolve(import.meta.dirname, '../../src/observability/log.ts');

/** What a process of its own writes: pino writes to file descriptors, which cannot be looked at from within. */
function written(level: string, script: string, fileDescriptor: 1 | 2 = 1) {
  const program = `
    import { createLog } from ${JSON.stringify(LOG)};
    const log = createLog({ level: '${level}', format: 'json', fileDescriptor: ${fileDescriptor} });
    ${script}
    log.flush();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  const lines = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  return { stdout: lines(stdout), stderr: lines(stderr) };
}

describe('createLog', () => {
  it('writes one JSON object a line, with time, level, event, message and fields', () => {
    const { stdout, stderr } = written(
      'info',
      `log.warn('event-a', 'two\\nlines', { model: 'iris', n: 1 });`,
    );
    expect(stdout).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        event: 'event-a',
        msg: 'two\nlines',
        model: 'iris',
        n: 1,
      },
    ]);
    expect(stderr).toEqual([]);
  });

  it('writes to standard error where that is asked for', () => {
    const { stdout, stderr } = written('info', `log.info('e', 'm');`, 2);
    expect([stdout.length, stderr.length]).toEqual([0, 1]);
  });

  it('leaves out what is below its level', () => {
    const all = `log.debug('d', 'm'); log.info('i', 'm'); log.warn('w', 'm'); log.error('e', 'm');`;
    const events = (level: string) => written(level, all).stdout.map(({ event }) => event);
    expect(events('debug')).toEqual(['d', 'i', 'w', 'e']);
    expect(events('warn')).toEqual(['w', 'e']);
    expect(events('silent')).toEqual([]);
  });

  it('writes audit lines at every level but silent, as no failure', () => {
    const audit = `log.audit('swapped', 'm', { model: 'iris' });`;
    for (const level of ['info', 'error', 'fatal']) {
      expect(written(level, audit).stdout).toEqual([
        expect.objectContaining({ level: 'info', event: 'swapped', audit: true, model: 'iris' }),
      ]);
    }
    expect(written('silent', audit).stdout).toEqual([]);
  });

  it('hides secrets', () => {
    const { stdout } = written(
      'info',
      `const { Secret } = await import(${JSON.stringify(LOG.replace('observability/log.ts', 'model/secret.ts'))});
       log.info('e', 'm', { token: new Secret('hush'), nested: { token: new Secret('hush') } });`,
    );
    expect(stdout).toEqual([expect.objectContaining({ token: '***', nested: { token: '***' } })]);
  });
});
