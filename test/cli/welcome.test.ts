import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WelcomedGateway, welcome } from '../../src/cli/welcome.ts';
import { addGraph, unsupportedOpsetGraph } from '../fakes/hostile-models.ts';
import { copyFixtures, type RunningGateway, runGateway, writeVersion } from '../running-gateway.ts';

const NAMES = ["it's (one) of *these* $HOME `id`", 'spa ced', 'größe', 'a"b'];

describe('welcome', () => {
  let registry: string;
  let running: RunningGateway;

  beforeAll(async () => {
    registry = await copyFixtures('iris/1', 'titanic-like/1');
    await writeVersion(registry, 'broken', 1, unsupportedOpsetGraph());
    for (const name of NAMES) await writeVersion(registry, name, 1, addGraph());
    running = await runGateway({ SWITCHYARD_REGISTRY_DIR: registry, SWITCHYARD_DEFAULT_MODEL: 'iris' });
    await running.serving('iris', 'titanic-like', ...NAMES);
    await running.until(() => running.gateway.service.status('broken').lastError !== null);
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
  });

  /** The gateway, as if `name` were its only model and not the default one. */
  const only = (name: string): WelcomedGateway => {
    const { service, url, metricsUrl } = running.gateway;
    return {
      url,
      metricsUrl,
      service: {
        defaultRoute: null,
        statuses: () => [service.status(name)],
        readiness: () => service.readiness(),
        exampleRow: (route) => service.exampleRow(route),
      },
    };
  };
  const commandOf = (lines: readonly string[]) =>
    lines.find((line) => line.startsWith('try: '))?.slice('try: '.length) ?? null;
  const paste = async (command: string | null) => {
    const { stdout } = await promisify(execFile)('sh', ['-c', command ?? 'false']);
    return JSON.parse(stdout);
  };

  it('lists the models, the default one to try first, and where to look', async () => {
    const { url } = running;
    const lines = welcome(running.gateway);
    expect(lines).toContain('iris: version 1 of models:/iris/Production');
    expect(lines).toContainEqual(expect.stringMatching(/^broken: does not serve \(.+\)$/));
    expect(lines.at(-1)).toBe(`status: ${url}/models, metrics: ${url}/metrics`);
    const command = commandOf(lines);
    expect(command).toBe(`curl -s ${url}/predict -d '{"features":[5.1,3.5,1.4,0.2]}'`);
    expect(await paste(command)).toMatchObject({ prediction: 0 });
  });

  it.each(['titanic-like', ...NAMES])('prints a command that works when pasted for %j', async (name) => {
    expect(await paste(commandOf(welcome(only(name))))).toHaveProperty('prediction');
  });

  it('tries another model while the default one does not serve', () => {
    const gateway = only('iris');
    const service = {
      ...gateway.service,
      defaultRoute: 'broken',
      statuses: () => ['broken', 'iris'].map((name) => running.gateway.service.status(name)),
    };
    expect(commandOf(welcome({ ...gateway, service }))).toContain('/models/iris/predict');
  });

  it.each([
    ['there is no row to show', null],
    ['the row is too long to read', Array.from({ length: 2_000 }, () => 0)],
  ])('prints no command where %s', (_, row) => {
    const gateway = only('iris');
    expect(
      commandOf(welcome({ ...gateway, service: { ...gateway.service, exampleRow: () => row } })),
    ).toBeNull();
  });

  it('quotes an IPv6 address, which some shells would take for a pattern', () => {
    expect(commandOf(welcome({ ...only('iris'), url: 'http://[::1]:8000' }))).toContain(
      "'http://[::1]:8000/models/iris/predict'",
    );
  });
});
