import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, passOn } from './faulty-proxy.ts';

/** What nginx answers in place of the server behind it. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Fault {
  return ({ response }) => {
    const title = `${code} ${code === 502 ? 'Bad Gateway' : 'Error'}`;
    const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`;
    response.writeHead(code, { 'content-type': 'text/html', ...headers }).end(page);
  };
}

/** MLflow's own way to fail. */
export const internalError: Fault = ({ response }) => {
  const body = { error_code: 'INTERNAL_ERROR', message: '(sqlite3.OperationalError) database is locked' };
  response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** As 3.x answers for a file that is not there. */
export const notFound: Fault = ({ response }) => {
  const body = { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No such artifact' };
  response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** Answers well, but late. */
export function slow(ms: number): Fault {
  return async (exchange) => {
    await sleep(ms, undefined, { ref: false });
    await passOn(exchange);
  };
}

/** Takes the request and never answers. */
export const hang: Fault = () => {};

/** Sends half of the answer, and then nothing. */
export const stall: Fault = async ({ response, good }) => {
  const { status: code, headers, body } = await good();
  response.writeHead(code, headers);
  response.write(body.subarray(0, body.byteLength / 2));
};

/** Closes the connection with a reset in place of an answer. */
export const reset: Fault = ({ response }) => {
  response.socket?.resetAndDestroy();
};

/** Promises the whole answer and breaks off after half of it. */
export const cut: Fault = async ({ response, good }) => {
  const { status: code, headers, body } = await good();
  response.writeHead(code, headers);
  response.write(body.subarray(0, body.byteLength / 2), () => response.destroy());
};

/** Half of the answer, as if that were all. */
export const short: Fault = async ({ response, good }) => {
  const { status: code, headers, body } = await good();
  const half = body.subarray(0, body.byteLength / 2);
  response.writeHead(code, { ...headers, 'content-length': String(half.byteLength) }).end(half);
};

/** The answer and more, as if that were all. */
export const long: Fault = async ({ response, good }) => {
  const { status: code, headers, body } = await good();
  const more = Buffer.concat([body, Buffer.alloc(10_000, ' ')]);
  response.writeHead(code, { ...headers, 'content-length': String(more.byteLength) }).end(more);
};

/** The page of a login or a captive portal, with status 200. */
export const loginPage: Fault = ({ response }) => {
  const page = `<!doctype html><html><head><title>Sign in</title></head><body>${'<p>Sign in.</p>'.repeat(500)}</body></html>`;
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
};

/** As many bytes as the answer has, and none of them right. */
export const garbage: Fault = async ({ response, good }) => {
  const { status: code, headers, body } = await good();
  const noise = Buffer.from(body.map((byte, index) => (byte * 31 + index * 17 + 128) % 256));
  response.writeHead(code, headers).end(noise);
};

export interface ListedFile {
  readonly path: string;
  readonly is_dir: boolean;
  readonly file_size?: number;
}

/** A listing that is changed on its way. */
export function relisted(change: (files: readonly ListedFile[]) => readonly ListedFile[]): Fault {
  return async ({ response, good }) => {
    const { body } = await good();
    const { files = [] } = JSON.parse(body.toString()) as { files?: readonly ListedFile[] };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ files: change(files) }));
  };
}

/** `fault` for paths that match, no fault for the others. */
export function only(pattern: RegExp, fault: Fault): Fault {
  return (exchange) => (pattern.test(exchange.path) ? fault : passOn)(exchange);
}
