import type { FollowedRoutes } from './followed-routes.ts';
import type { MlflowMajor } from './mlflow-admin.ts';
import type { MlflowServer } from './mlflow-server.ts';
import type { RegistryRows } from './registry-rows.ts';

export interface PointerCases {
  /** Has versions 1 and 2 of "iris". */
  readonly server: MlflowServer;
  readonly rows: RegistryRows;
  /** The routes of pointers.ts. */
  readonly followed: FollowedRoutes;
  readonly major: MlflowMajor;
}

/** Names that both versions take. */
const oddNames = [
  'credit risk',
  'Größe',
  '模型',
  '100% sure',
  '%41%2F',
  'a+b&c=d?e#f',
  `it's "quoted"`,
  'x@y',
];
/** Only in old registries. */
const oldNames = ['a/b', 'c:d', '..x'];

/** One after the other, since they share "iris"; each leaves its pointers on versions that exist. */
export async function pointerCases(cases: PointerCases): Promise<void> {
  await stages(cases);
  await aliases(cases);
  await latest(cases);
  await deletions(cases);
  await notReady(cases);
  await models(cases);
  await agreement(cases);
  await names(cases);
}

async function stages({ server: { admin }, followed }: PointerCases): Promise<void> {
  await admin.moveStage('iris', '2');
  await followed.serves('a stage is followed', 'stage', '2');
  await followed.serves('a stage may be written in any case', 'stage-in-capitals', '2');
  await admin.moveStage('iris', '1', 'production', false);
  await followed.comesTo(
    'of several versions in a stage the highest serves, and notes say so',
    'stage',
    ({ current, notes }) =>
      current?.version === '2' &&
      notes.join() === 'Production holds 1 and 2; 2 is served; archive 2 to roll back',
  );
  const noted = await followed.logLines('note', 'Production holds 1 and 2');
  followed.claim('that is one line of the log for each of the two routes', noted === 2, noted);
  await admin.moveStage('iris', '1');
  await followed.comesTo(
    'archived on promotion: the older version serves, without notes',
    'stage',
    ({ current, notes }) => current?.version === '1' && notes.length === 0,
  );
  await admin.moveStage('iris', '1', 'Archived', false);
  await followed.keeps('an emptied stage changes nothing', 'stage', '1', /UNASSIGNED.*no version in stage/);
  await admin.moveStage('iris', '2');
  await followed.serves('and is followed when it is filled again', 'stage', '2');
}

async function aliases({ server: { admin }, followed, major }: PointerCases): Promise<void> {
  await admin.moveAlias('iris', 'champion', '1');
  await followed.serves('an alias is followed', 'alias', '1');
  await admin.moveAlias('iris', 'champion', '2');
  await followed.serves('an alias that moves is followed', 'alias', '2');
  const { lastError } = await followed.status('alias-in-capitals');
  followed.claim(
    'an alias in other case is another one, and the status says which exist',
    lastError?.code === 'POINTER_UNASSIGNED' && lastError.message.includes('@champion (2)'),
    lastError,
  );
  await admin.deleteAlias('iris', 'champion');
  await followed.keeps(
    'a deleted alias changes nothing',
    'alias',
    '2',
    /UNASSIGNED.*has no alias "champion"/,
  );
  const doomed = await admin.createVersion('iris', 'models:/iris/1');
  await admin.moveAlias('iris', 'champion', doomed);
  await followed.serves('an alias that comes back is followed', 'alias', doomed);
  await admin.deleteVersion('iris', doomed);
  const said = major === '2' ? /names a deleted version/ : /has no alias "champion"/;
  await followed.keeps('an alias at a deleted version changes nothing', 'alias', doomed, said);
  await admin.moveAlias('iris', 'champion', '1');
  await followed.serves('and is followed to a version that exists', 'alias', '1');
}

async function latest({ server: { admin }, followed }: PointerCases): Promise<void> {
  for (const alias of ['latest', 'Latest']) {
    const refusal = await admin.moveAlias('iris', alias, '1').then(
      () => 'accepted',
      (error: unknown) => String(error),
    );
    followed.claim(`MLflow takes no alias "${alias}"`, refusal.includes('400'), refusal);
  }
  await followed.serves('/latest is the highest version', 'latest', '2');
  await followed.serves('@Latest is that, too', 'alias-latest', '2');
  const newest = await admin.createVersion('iris', 'models:/iris/1');
  await followed.serves('/latest follows a new version', 'latest', newest);
  await followed.serves('@Latest follows it, too', 'alias-latest', newest);
  await admin.moveStage('iris', newest, 'Archived', false);
  await admin.deleteVersion('iris', newest);
  await followed.serves('/latest goes back when the newest is deleted', 'latest', '2');
}

async function deletions({ server: { admin }, followed }: PointerCases): Promise<void> {
  await followed.serves('a number is followed', 'number', '1');
  await admin.createModel('reborn');
  await admin.createVersion('reborn', 'models:/iris/1');
  await admin.moveStage('reborn', '1');
  const [one, two] = [await followed.status('number'), await followed.status('stage')];
  const has = (digest: string | undefined) => (status: { readonly current: { digest: string } | null }) =>
    status.current?.digest === digest;
  await followed.comesTo('a model that is made later joins', 'reborn', has(one.current?.digest));
  await admin.deleteModel('reborn');
  await followed.keeps(
    'a deleted model goes on serving',
    'reborn',
    '1',
    /UNASSIGNED.*there is no model "reborn"/,
  );
  await admin.createModel('reborn');
  await admin.createVersion('reborn', 'models:/iris/2');
  await admin.moveStage('reborn', '1');
  await followed.comesTo(
    'a model made again with the same number and other files is another one',
    'reborn',
    (status) => status.current?.version === '1' && has(two.current?.digest)(status),
  );
}

async function notReady({ server: { admin }, rows, followed }: PointerCases): Promise<void> {
  await admin.createModel('pending');
  await admin.createVersion('pending', 'models:/iris/1');
  await admin.createVersion('pending', 'models:/iris/2');
  await admin.moveStage('pending', '1');
  await followed.serves('a version that is READY serves', 'pending', '1');
  rows.setStatus('pending', '2', 'PENDING_REGISTRATION');
  await admin.moveStage('pending', '2');
  await followed.keeps(
    'one that is not yet READY is waited for',
    'pending',
    '1',
    /VERSION_NOT_READY.*version 2 .* is PENDING_REGISTRATION/,
  );
  const warned = await followed.logLines('pointer-failed', 'PENDING_REGISTRATION');
  followed.claim('that is one line of the log', warned === 1, warned);
  rows.setStatus('pending', '2', 'READY');
  await followed.serves('and serves as soon as it is', 'pending', '2');
}

async function models({ server: { admin }, followed }: PointerCases): Promise<void> {
  await admin.createModel('before');
  await admin.createVersion('before', 'models:/iris/1');
  await admin.moveStage('before', '1');
  await admin.moveAlias('before', 'served', '1');
  await followed.serves('a model serves by its name', 'renamed', '1');
  await followed.serves('and by a wildcard', 'before', '1');
  const body = { name: 'before', new_name: 'after' };
  await admin.call('POST', '/api/2.0/mlflow/registered-models/rename', body);
  await followed.serves('renamed, it joins the wildcard under its new name', 'after', '1');
  await followed.keeps('and goes on serving under the old one', 'before', '1', /UNASSIGNED/);
  await followed.keeps('also where that is named', 'renamed', '1', /UNASSIGNED.*no model "before"/);
}

async function agreement({ server: { admin }, followed }: PointerCases): Promise<void> {
  const gauge = () => followed.gateway.metric('switchyard_model_pointers_disagree');
  await admin.createModel('checked');
  await admin.createVersion('checked', 'models:/iris/1');
  await admin.createVersion('checked', 'models:/iris/2');
  await admin.moveStage('checked', '1');
  await admin.moveAlias('checked', 'champion', '1');
  await followed.comesTo(
    'a stage that agrees with an alias is noted nowhere',
    'checked',
    ({ current, crossCheck, notes }) =>
      current?.version === '1' && crossCheck?.agrees === true && notes.length === 0,
  );
  await admin.moveAlias('checked', 'champion', '2');
  const text =
    'models:/checked/Production names version 1, but models:/checked@champion names version 2; the former is followed';
  await followed.comesTo(
    'one that disagrees is, and serves what it names',
    'checked',
    ({ current, notes }) => current?.version === '1' && notes.join() === text,
  );
  const [lines, value] = [await followed.logLines('note', text), await gauge()];
  followed.claim('in one line of the log, and by the gauge', lines === 1 && value === 1, { lines, value });
  await admin.moveStage('checked', '2');
  await followed.comesTo(
    'until they agree again',
    'checked',
    ({ current, notes }) => current?.version === '2' && notes.length === 0,
  );
  followed.claim('and the gauge goes back', (await gauge()) === 0);
}

async function names({ server: { admin }, followed, major }: PointerCases): Promise<void> {
  for (const name of [...oddNames, ...(major === '2' ? oldNames : [])]) {
    await admin.createModel(name);
    await admin.createVersion(name, 'models:/iris/1');
    await admin.moveAlias(name, 'served', '1');
    await followed.serves(`${JSON.stringify(name)} joins a wildcard`, name, '1');
    const path = `/models/${encodeURIComponent(name)}/predict`;
    const body = JSON.stringify({ features: [5.1, 3.5, 1.4, 0.2] });
    const response = await fetch(`${followed.gateway.origin}${path}`, { method: 'POST', body });
    const answered = `${response.status} ${decodeURIComponent(response.headers.get('x-model-name') ?? '')}`;
    await response.text();
    followed.claim(`and answers under ${path}`, answered === `200 ${name}`, answered);
  }
}
