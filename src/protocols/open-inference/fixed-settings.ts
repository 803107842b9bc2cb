import { GatewayError } from '../../errors.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { InfoRoute } from '../protocol.ts';

/** Triton's settings of traces; there are none here. */
const TRACE = {
  trace_file: '',
  trace_level: ['OFF'],
  trace_rate: '1000',
  trace_count: '-1',
  log_frequency: '0',
  trace_mode: 'triton',
};

const LOGGING = {
  log_file: '',
  log_info: true,
  log_warning: true,
  log_error: true,
  log_verbose_level: 0,
  log_format: 'default',
};

function fixed(path: string, settings: object, advice: string): readonly InfoRoute[] {
  return [{ method: 'GET', path, handle: () => jsonAnswer(settings) }, refused(path, advice)];
}

function refused(path: string, advice: string): InfoRoute {
  const handle = () => {
    throw new GatewayError('NOT_IMPLEMENTED', advice);
  };
  return { method: 'POST', path, handle };
}

const NO_TRACES = 'traces cannot be set by a call';
const NO_MEMORY = 'shared memory is not offered; send the values in the request';

function sharedMemory(kind: string): readonly InfoRoute[] {
  const path = `/v2/${kind}sharedmemory`;
  return [
    ...['status', 'region/:region/status'].map(
      (rest): InfoRoute => ({ method: 'GET', path: `${path}/${rest}`, handle: () => jsonAnswer([]) }),
    ),
    ...['unregister', 'region/:region/register', 'region/:region/unregister'].map((rest) =>
      refused(`${path}/${rest}`, NO_MEMORY),
    ),
  ];
}

/** What Triton's clients may ask for, and nobody can change here (contract 4.3). */
export const FIXED_SETTINGS: readonly InfoRoute[] = [
  ...fixed('/v2/trace/setting', TRACE, NO_TRACES),
  ...fixed('/v2/models/:model/trace/setting', TRACE, NO_TRACES),
  ...fixed('/v2/logging', LOGGING, 'the log is set by SWITCHYARD_LOG_LEVEL and SWITCHYARD_LOG_FORMAT'),
  ...sharedMemory('system'),
  ...sharedMemory('cuda'),
];
