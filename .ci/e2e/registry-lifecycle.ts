import type { FollowedGateway } from './followed-gateway.ts';
import type { MlflowServer } from './mlflow-server.ts';
import type { Report } from './report.ts';
import { waitUntil } from './wait-until.ts';

const timeoutMs = 60_000;

export interface RegistryLifecycle {
  readonly name: string;
  readonly report: Report;
  /** Has versions 1 and 2 of "iris", both pointers on 1. */
  readonly server: MlflowServer;
  /** All of them follow it. */
  readonly gateways: readonly FollowedGateway[];
  /** A further way to make the registry fail, and to mend it. */
  readonly outage?: { readonly what: string; begin(): Promise<void>; end(): Promise<void> };
}

/** Stage and alias go through promotion, rollback, an outage with a restart of the gateway, and the deletion of what serves. */
export async function followLifecycle(lifecycle: RegistryLifecycle): Promise<void> {
  const { name, report, server, gateways, outage } = lifecycle;
  const { admin } = server;
  const each = async (run: (gateway: FollowedGateway) => Promise<void>) => {
    await Promise.all(gateways.map(run));
  };
  const follow = (when: string, stage: string, alias: string) =>
    each((gateway) => gateway.follows(when, { stage, alias }));

  await follow('at the start', '1', '1');
  await admin.moveStage('iris', '2');
  await follow('the stage is promoted', '2', '1');
  await admin.moveAlias('iris', 'champion', '2');
  await follow('the alias is promoted', '2', '2');
  await move(lifecycle, '1');
  await follow('both are rolled back', '1', '1');

  if (outage !== undefined) {
    await outage.begin();
    await each(seesOutage);
    await outage.end();
    await move(lifecycle, '2');
    await follow(`${outage.what} is back`, '2', '2');
    await move(lifecycle, '1');
    await follow('and rolled back', '1', '1');
  }

  await server.stop();
  await each(seesOutage);
  await each(async (gateway) => {
    const code = await gateway.restart();
    report.check(
      `${name}, ${gateway.name}: SIGTERM during the outage ends it with exit code 0`,
      code === 0,
      code,
    );
  });
  await follow('restarted during the outage', '1', '1');
  await server.start();
  await move(lifecycle, '2');
  await follow('the registry is back', '2', '2');

  await admin.deleteVersion('iris', '2');
  await each((gateway) => keepsWhatWasDeleted(lifecycle, gateway));
  await move(lifecycle, '1');
  await follow('both are on a version that exists', '1', '1');

  await each((gateway) => checkAnswers(lifecycle, gateway, outage === undefined ? 1 : 2));
}

async function move({ server }: RegistryLifecycle, version: string): Promise<void> {
  await server.admin.moveStage('iris', version);
  await server.admin.moveAlias('iris', 'champion', version);
}

async function seesOutage(gateway: FollowedGateway): Promise<void> {
  const before = await gateway.failedPolls();
  const isSeen = async () => (await gateway.failedPolls()) > before;
  await waitUntil(`${gateway.name} counts the outage`, timeoutMs, isSeen);
}

/** Keeps serving it, and says why, for as long as it takes until a missing pointer is believed to be gone. */
async function keepsWhatWasDeleted(
  { name, report }: RegistryLifecycle,
  gateway: FollowedGateway,
): Promise<void> {
  for (const pointer of ['stage', 'alias'] as const) {
    const isSeen = async () => {
      const status = await gateway.status(pointer);
      return status.lastError === null ? null : status;
    };
    const { current, lastError } = await waitUntil(
      `${gateway.name} misses its ${pointer}`,
      timeoutMs,
      isSeen,
    );
    report.check(
      `${name}, ${gateway.name}: the deleted version goes on serving, and the status says that the ${pointer} is missing`,
      current?.version === '2' && lastError !== null,
      { current, lastError },
    );
  }
}

async function checkAnswers(
  { name, report }: RegistryLifecycle,
  gateway: FollowedGateway,
  rounds: number,
): Promise<void> {
  const code = await gateway.stop();
  const { right, bad, problems } = gateway.answers;
  const expected = `${'1 → 2 → '.repeat(rounds)}1 | 1 → 2 → 1`;
  for (const pointer of ['stage', 'alias'] as const) {
    const path = gateway.path(pointer);
    report.check(
      `${name}, ${gateway.name}: the ${pointer} was followed as ${expected}`,
      path === expected,
      path,
    );
  }
  const isRight = right > 0 && bad === 0 && code === 0;
  report.check(
    `${name}, ${gateway.name}: ${right} answers right, ${bad} not, exit code ${code}`,
    isRight,
    problems,
  );
}
