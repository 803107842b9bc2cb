import { host, path, urlPath, wholeNumber } from './setting-parsers.ts';
import type { SettingReader } from './setting-reader.ts';

/** Where the server listens. */
export interface Listening {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** `null`: metrics are on the main port. 0: any free one. */
  readonly metricsPort: number | null;
  /** `null`: no gRPC. The main port's number: gRPC and HTTP on one port. 0: any free one. */
  readonly grpcPort: number | null;
  /** `null`: no TLS. */
  readonly tls: TlsFiles | null;
  /** The paths that Vertex AI calls; `null` each where it does not say. */
  readonly vertex: { readonly predictRoute: string | null; readonly healthRoute: string | null };
}

/** PEM files of the server's certificate and its key; absolute. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

const DEFAULT_PORT = 8000;
const SAGEMAKER_PORT = 8080;

/**
 * Reads host and ports in the order of contract section 2; what is wrong is reported to `reader`.
 *
 * @param workingDirectory what relative paths are relative to.
 * @param isSageMaker the server was started as SageMaker does, which expects port 8080.
 */
export function readListening(
  reader: SettingReader,
  isSageMaker: boolean,
  workingDirectory: string,
): Listening {
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
  const grpc = reader.given('SWITCHYARD_GRPC_PORT');
  const grpcPort = grpc === null ? null : reader.parse(grpc, tcpPort);
  if (grpc !== null && metrics !== null && grpcPort === metricsPort && grpcPort !== 0) {
    reader.refuse(grpc, 'that is the port of the metrics; take another');
  }
  const tls = readTlsFiles(reader, workingDirectory);
  const vertex = {
    predictRoute: reader.read('AIP_PREDICT_ROUTE', urlPath),
    healthRoute: reader.read('AIP_HEALTH_ROUTE', urlPath),
  };
  return { host: reader.read('HOST', host) ?? '127.0.0.1', port, metricsPort, grpcPort, tls, vertex };
}

function readTlsFiles(reader: SettingReader, workingDirectory: string): TlsFiles | null {
  const [cert, key] = [reader.given('SWITCHYARD_TLS_CERT_FILE'), reader.given('SWITCHYARD_TLS_KEY_FILE')];
  if (cert === null && key === null) return null;
  if (cert === null || key === null) {
    const missing = cert === null ? 'SWITCHYARD_TLS_CERT_FILE' : 'SWITCHYARD_TLS_KEY_FILE';
    reader.report((cert ?? key)!, `needs ${missing} beside it; set both, or none for no TLS`);
    return null;
  }
  const file = path(workingDirectory);
  return { certFile: reader.parse(cert, file) ?? '', keyFile: reader.parse(key, file) ?? '' };
}
