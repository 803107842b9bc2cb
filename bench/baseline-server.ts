import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What every figure is divided by: Node's own HTTP server, which reads and parses the body and answers a constant of
 * the size that the gateway would answer. Prints its port.
 */
const ONE_ROW = JSON.stringify({ prediction: 0, probability: 0.9999995827674866 });
const MANY_ROWS = JSON.stringify({
  predictions: Array.from({ length: 100 }, () => ({ prediction: 0, probability: 0.9999995827674866 })),
});

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { features: unknown[] };
    const answer = Array.isArray(body.features[0]) ? MANY_ROWS : ONE_ROW;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
