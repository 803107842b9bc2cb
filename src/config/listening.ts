import { host, wholeNumber } from './setting-parsers.ts';
import type { SettingReader } from './setting-reader.ts';

/** Where the server listens. */
export interface Listening {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** `null`: metrics are on the main port. 0: any free one. */
  readonly metricsPort: number | null;
}

const DEFAULT_PORT = 8000;
const SAGEMAKER_PORT = 8080;

/**
 * Reads host and ports in the order of contract section 2; what is wrong is reported to `reader`.
 *
 * @param isSageMaker the server was started as SageMaker does, which expects port 8080.
 */
export function readListening(reader: SettingReader, isSageMaker: boolean): Listening {
  const tcpPort = wholeNumber(0, 65_535);
  const own = reader.given('PORT');
  const platform = reader.given('SAGEMAKER_BIND_TO_PORT') ?? reader.given('AIP_HTTP_PORT');
  const given = own?.from === 'flag' ? own : (platform ?? own);
  const fallback = isSageMaker ? SAGEMAKER_PORT : DEFAULT_PORT;
  const port = (given === null ? null : reader.parse(given, tcpPort)) ?? fallback;
  const metrics = reader.given('SWITCHYARD_METRICS_PORT');
  const metricsPort = metrics === null ? null : reader.parse(metrics, tcpPort);
  if (metrics !== null && metricsPort === port && port !== 0) {
    reader.refuse(metrics, 'that is the main port, which has /metrics anyway; unset it or take another');
  }
  return { host: reader.read('HOST', host) ?? '127.0.0.1', port, metricsPort };
}
