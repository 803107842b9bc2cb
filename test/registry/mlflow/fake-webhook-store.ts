import type { FakeAnswer, FakeHandler, SeenRequest } from './fake-mlflow-server.ts';

interface StoredWebhook {
  readonly webhook_id: string;
  readonly secret: string;
  readonly [key: string]: unknown;
}

/** MLflow 3.17's webhooks, as a handler for `FakeMlflowServer`, two on a page. */
export class FakeWebhookStore {
  /** The newest first. */
  webhooks: StoredWebhook[] = [];
  /** What a test delivery gives. */
  testResult: unknown = { success: true, response_status: 200, response_body: '{"status":"ignored"}' };
  #count = 0;

  readonly handler: FakeHandler = (request) => {
    const path = /^\/api\/2\.0\/mlflow\/webhooks(?:\/([^/]+))?(\/test)?$/.exec(request.path);
    if (path === null) return null;
    const [, id, test] = path;
    if (id === undefined) return request.method === 'POST' ? this.#create(request) : this.#list(request);
    const webhook = this.webhooks.find(({ webhook_id }) => webhook_id === id);
    if (webhook === undefined) {
      return {
        status: 404,
        body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `Webhook with ID ${id} not found.` },
      };
    }
    if (test !== undefined) return { status: 200, body: { result: this.testResult } };
    this.webhooks = this.webhooks.filter((each) => each !== webhook);
    if (request.method === 'DELETE') return { status: 200, body: {} };
    const updated = { ...webhook, ...JSON.parse(request.body) };
    this.webhooks = [updated, ...this.webhooks];
    return { status: 200, body: { webhook: shown(updated) } };
  };

  add(url: string, more: object = {}): string {
    this.#count += 1;
    const id = `id-${this.#count}`;
    const events = [{ entity: 'MODEL_VERSION_ALIAS', action: 'CREATED' }];
    this.webhooks.unshift({
      webhook_id: id,
      name: 'made',
      url,
      events,
      secret: '',
      status: 'ACTIVE',
      ...more,
    });
    return id;
  }

  #create({ body }: SeenRequest): FakeAnswer {
    const { url, ...order } = JSON.parse(body) as { url: string };
    this.add(url, order);
    return { status: 200, body: { webhook: shown(this.webhooks[0]!) } };
  }

  #list({ query }: SeenRequest): FakeAnswer {
    const start = Number(query.page_token ?? 0);
    const page = this.webhooks.slice(start, start + 2).map(shown);
    const isLast = start + 2 >= this.webhooks.length;
    const body = page.length === 0 ? {} : { webhooks: page };
    return { status: 200, body: isLast ? body : { ...body, next_page_token: String(start + 2) } };
  }
}

function shown({ secret: _, ...webhook }: StoredWebhook) {
  return webhook;
}
