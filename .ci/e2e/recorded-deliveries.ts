import { createServer } from 'node:http';
import { findFreePort } from './child-process.ts';

/** A delivery of MLflow as it came. */
export interface Delivery {
  readonly headers: Record<string, string>;
  readonly body: string;
  /** `entity.action`. */
  readonly event: string;
}

const SIGNED = ['content-type', 'x-mlflow-delivery-id', 'x-mlflow-timestamp', 'x-mlflow-signature'];

/** Takes what MLflow delivers and keeps it, answering as a gateway would. */
export class RecordedDeliveries {
  readonly all: Delivery[] = [];
  readonly origin: string;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(port: number) {
    this.origin = `http://127.0.0.1:${port}`;
    this.#server = createServer(async (request, response) => {
      const body = (await request.toArray()).join('');
      const { entity, action } = JSON.parse(body) as { readonly entity: string; readonly action: string };
      const headers = Object.fromEntries(SIGNED.map((name) => [name, String(request.headers[name])]));
      this.all.push({ headers, body, event: `${entity}.${action}` });
      response.end('{"status":"accepted"}');
    });
  }

  static async start(): Promise<RecordedDeliveries> {
    const port = await findFreePort();
    const recorded = new RecordedDeliveries(port);
    await new Promise<void>((resolve) => recorded.#server.listen(port, '127.0.0.1', resolve));
    return recorded;
  }

  of(event: string): readonly Delivery[] {
    return this.all.filter((delivery) => delivery.event === event);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
