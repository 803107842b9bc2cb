import { GatewayError } from '../../errors.ts';
import { showName } from '../../model/shown-name.ts';

/** How the body of a request is written. */
export type RequestFormat =
  /** MLflow's four forms, and lists of rows as SageMaker's clients send them. */
  | { readonly kind: 'json' }
  /** `auto`: the first line is the header if it looks like one. */
  | { readonly kind: 'csv'; readonly header: 'auto' | 'present' | 'absent' }
  /** A row a line. */
  | { readonly kind: 'json-lines' }
  /** A NumPy array. */
  | { readonly kind: 'npy' }
  | { readonly kind: 'parquet' }
  /** The Open Inference Protocol as Triton's containers have it; `jsonBytes` is where its JSON ends, `null`: nowhere. */
  | { readonly kind: 'infer'; readonly type: string; readonly jsonBytes: string | null };

const KINDS: ReadonlyMap<string, RequestFormat['kind']> = new Map([
  // Some clients send no content type; MLflow's own server fails over that.
  ['', 'json'],
  ['application/json', 'json'],
  ['text/csv', 'csv'],
  ['application/jsonlines', 'json-lines'],
  ['application/x-jsonlines', 'json-lines'],
  ['application/x-ndjson', 'json-lines'],
  ['application/x-npy', 'npy'],
  ['application/vnd.apache.parquet', 'parquet'],
  ['application/x-parquet', 'parquet'],
  ['application/vnd.sagemaker-triton.binary+json', 'infer'],
  ['application/vnd.vertex-ai-triton.binary+json', 'infer'],
]);

const TAKEN =
  'application/json, text/csv, application/jsonlines, application/vnd.apache.parquet or application/x-npy';

/**
 * What a `Content-Type` says of the body (reference protocols.md 6.2, 7.1).
 *
 * @throws GatewayError UNSUPPORTED_MEDIA_TYPE for other types, other character sets than UTF-8 and, as in MLflow, for
 *   parameters that are not known: one of them may change what the body means.
 */
export function parseRequestFormat(contentType: string | undefined): RequestFormat {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  const kind = KINDS.get(type.toLowerCase());
  if (kind === undefined) {
    throw unsupported(`the content type "${showName(type)}" is not taken; send ${TAKEN}`);
  }
  let header: 'auto' | 'present' | 'absent' = 'auto';
  let jsonBytes: string | null = null;
  for (const parameter of parameters) {
    if (parameter === '') continue;
    const [name, value] = splitParameter(parameter);
    if (name === 'header' && kind === 'csv' && (value === 'present' || value === 'absent')) header = value;
    else if (name === 'json-header-size' && kind === 'infer') jsonBytes = value;
    else if (name !== 'charset') throw unsupported(unknownParameter(name));
    else if (value !== 'utf-8' && value !== 'utf8') throw unsupported('the body must be UTF-8 text');
  }
  if (kind === 'infer') return { kind, type: type.toLowerCase(), jsonBytes };
  return kind === 'csv' ? { kind, header } : { kind };
}

/** Name and value in lower case, without quotes. */
function splitParameter(parameter: string): readonly [string, string] {
  const [name = '', value = ''] = parameter.split('=', 2);
  return [
    name.trim().toLowerCase(),
    value
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  ];
}

function unknownParameter(name: string): string {
  return `the content type has the parameter "${showName(name)}", which is not known; "charset=utf-8" is, and of text/csv "header=present" and "header=absent"`;
}

function unsupported(message: string): GatewayError {
  return new GatewayError('UNSUPPORTED_MEDIA_TYPE', message);
}
