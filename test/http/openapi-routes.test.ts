import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningGateway, runGateway } from '../running-gateway.ts';

interface Documented {
  readonly post?: {
    readonly requestBody: {
      readonly content: { readonly 'application/json': { readonly example: unknown } };
    };
  };
}

describe('the OpenAPI routes', () => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await runGateway();
    await running.serving('iris', 'breast-cancer', 'diabetes', 'digits', 'titanic-like');
  });
  afterAll(() => running[Symbol.asyncDispose]());

  // biome-ignore lint/suspicious/noExplicitAny: whatever the document holds
  const get = async (path: string): Promise<any> => (await fetch(running.url + path)).json();

  it('list the concrete paths of each model that serves', async () => {
    const { openapi, paths } = await get('/openapi.json');
    expect(openapi).toBe('3.1.1');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/predict', '/models/iris/predict', '/models/titanic-like/predict', '/readyz']),
    );
  });

  it('have every reference within the document, and each operation id once', async () => {
    const document = await get('/openapi.json');
    const ids: string[] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'operationId') ids.push(inner);
        if (key === '$ref') {
          const target = (inner as string)
            .split('/')
            .slice(1)
            .reduce((place, step) => place?.[step], document);
          expect([inner, typeof target]).toEqual([inner, 'object']);
        }
        visit(inner);
      }
    };
    visit(document);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('have an example of each model that it answers', async () => {
    const { paths } = await get('/openapi.json');
    let tried = 0;
    for (const [path, item] of Object.entries<Documented>(paths)) {
      if (!path.endsWith('/predict')) continue;
      const { example } = item.post!.requestBody.content['application/json'];
      expect((await running.post(path, example)).status).toBe(200);
      tried++;
    }
    expect(tried).toBe(6);
  });

  it('tell of one model alone, with its columns', async () => {
    const { info, components, paths } = await get('/models/titanic-like/openapi.json');
    expect(info).toMatchObject({ title: 'titanic-like', version: '1' });
    expect(Object.keys(paths)).not.toContain('/models/iris/predict');
    const columns = Object.keys(components.schemas['titanic-like.NamedRow'].properties);
    expect(columns).toEqual(expect.arrayContaining(['age', 'sex']));
    expect((await fetch(`${running.url}/models/rose/openapi.json`)).status).toBe(404);
  });

  it('have a page that loads nothing from elsewhere', async () => {
    const response = await fetch(`${running.url}/docs`);
    const page = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
    expect(links).toHaveLength(3);
    for (const link of links) {
      expect(link).not.toMatch(/^(https?:)?\/\//);
      const part = await fetch(`${running.url}/${link}`);
      expect([link, part.status, (await part.text()).length > 50]).toEqual([link, 200, true]);
    }
  });
});
