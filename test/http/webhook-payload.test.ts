import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { parseWebhookPayload } from '../../src/http/webhook-payload.ts';
import { eventBody } from './signed-delivery.ts';

const parse = (body: string) => parseWebhookPayload(Buffer.from(body), 'a');

/** What MLflow 3.17.2 sent. */
const data = { name: 'iris', version: '2' };

describe('parseWebhookPayload', () => {
  it.each([
    ['model_version_alias.created', { ...data, alias: 'champion' }, { kind: 'alias', alias: 'champion' }],
    [
      'model_version_alias.deleted',
      { name: 'iris', alias: 'champion' },
      { kind: 'alias', alias: 'champion' },
    ],
    [
      'model_version.created',
      { ...data, source: 's3://b/2', run_id: null, tags: {}, description: null },
      { kind: 'version-created', version: '2' },
    ],
    [
      'model_version_tag.set',
      { ...data, key: 'k', value: 'v' },
      { kind: 'version-tag', version: '2', key: 'k' },
    ],
    ['model_version_tag.deleted', { ...data, key: 'k' }, { kind: 'version-tag', version: '2', key: 'k' }],
  ])('reads %s', (event, told, change) => {
    expect(parse(eventBody(event, told))).toEqual({ deliveryId: 'a', workspace: null, name: 'iris', change });
  });

  it.each(['registered_model.created', 'prompt_alias.created', 'budget_policy.exceeded', 'to.come'])(
    'takes %s for nothing that matters, whatever it tells',
    (event) => {
      expect(parse(eventBody(event, { name: 7 })).change).toEqual({ kind: 'other' });
    },
  );

  it('reads the workspace', () => {
    expect(parse(eventBody('model_version.created', data, { workspace: 'team' })).workspace).toBe('team');
  });

  it.each([
    ['', []],
    ['{', []],
    ['[]', ['']],
    ['"text"', ['']],
    ['{"entity":"model_version","action":"created"}', ['/data']],
    [eventBody('model_version.created', {}, { entity: 1, data: [] }), ['/entity', '/data']],
    [eventBody('model_version.created', { version: '2' }), ['/data/name']],
    [eventBody('model_version.created', { name: 'iris', version: 2 }), ['/data/version']],
    [eventBody('model_version_alias.created', { name: 'iris', alias: '' }), ['/data/alias']],
  ])('refuses %s', (body, pointers) => {
    const thrown = (() => {
      try {
        return parse(body);
      } catch (error) {
        return error;
      }
    })();
    if (!(thrown instanceof GatewayError)) throw new Error('nothing of ours was thrown');
    expect(thrown.code).toBe('INVALID_INPUT');
    expect(thrown.problems.map(({ pointer }) => pointer).sort()).toEqual([...pointers].sort());
  });
});
