import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningGateway, runGateway } from '../running-gateway.ts';

interface Documented {
  readonly get?: { readonly responses: Responses };
  readonly post?: {
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': { readonly example: unknown; readonly schema: object };
      };
    };
    readonly responses: Responses;
  };
}

interface Responses {
  readonly '200': { readonly content: { readonly 'application/json': { readonly schema: object } } };
}

type Fits = (schema: object, value: unknown) => boolean;

/** Whether a value fits a schema of this document. */
function fitsIn({ components }: { readonly components: { readonly schemas: object } }): Fits {
  const ajv = new Ajv2020({ strict: false, allowUnionTypes: true, validateSchema: false });
  const known = new Map<string, (value: unknown) => boolean>();
  const own = (schema: object) => JSON.stringify(schema).replaceAll('#/components/schemas/', '');
  for (const [name, schema] of Object.entries(components.schemas))
    ajv.addSchema(JSON.parse(own(schema)), name);
  return (schema, value) => {
    const text = own(schema);
    const check = known.get(text) ?? ajv.compile(JSON.parse(text));
    known.set(text, check);
    return check(value);
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

  it('have an example for each door of each model that it answers with what the schema says', async () => {
    const document = await get('/openapi.json');
    const fits = fitsIn(document);
    const tried: Record<string, number> = {};
    for (const [path, item] of Object.entries<Documented>(document.paths)) {
      const [, door] = /(predict|invocations|infer)$/.exec(path) ?? [];
      if (door === undefined) continue;
      const { requestBody, responses } = item.post!;
      const { example, schema } = requestBody.content['application/json'];
      const concrete = path.replace('{version}', '1').replace('{label}', 'Production');
      const response = await running.post(concrete, example, { 'content-type': 'application/json' });
      const answer = await response.json();
      expect([concrete, response.status]).toEqual([concrete, 200]);
      const answered = responses['200'].content['application/json'].schema;
      expect([concrete, fits(schema, example)]).toEqual([concrete, true]);
      expect([concrete, fits(answered, answer), answer]).toEqual([concrete, true, answer]);
      tried[door] = (tried[door] ?? 0) + 1;
    }
    // Five models and the default one; V2 with and without a version, TensorFlow Serving by label, too.
    expect(tried).toEqual({ predict: 6 + 15, invocations: 6, infer: 10 });
  });

  it('tell what each path answers that only tells something', async () => {
    const document = await get('/openapi.json');
    const fits = fitsIn(document);
    let tried = 0;
    for (const [path, item] of Object.entries<Documented>(document.paths)) {
      const content = item.get?.responses['200'].content['application/json'];
      if (content === undefined) continue;
      const concrete = path.replace('{version}', '1').replace('{label}', 'Production');
      const response = await fetch(running.url + concrete);
      const answer = await response.text();
      expect([concrete, response.status]).toEqual([concrete, 200]);
      const isFit = answer.trim() === '' || fits(content.schema, JSON.parse(answer));
      expect([concrete, isFit, answer]).toEqual([concrete, true, answer]);
      tried++;
    }
    expect(tried).toBeGreaterThan(60);
  });

  it('tell of outputs without values that are asked for as bytes', async () => {
    const document = await get('/openapi.json');
    const input = { name: 'float_input', shape: [0, 4], datatype: 'FP32', data: [] };
    const body = { inputs: [input], parameters: { binary_data_output: true } };
    const response = await running.post('/v2/models/iris/infer', body);
    expect(response.headers.get('content-type')).toBe('application/json');
    const answer = (await response.json()) as {
      readonly outputs: readonly { readonly parameters: unknown }[];
    };
    expect(answer.outputs[0]!.parameters).toEqual({ binary_data_size: 0 });
    const schema = { $ref: '#/components/schemas/iris.InferAnswer' };
    expect(fitsIn(document)(schema, answer)).toBe(true);
  });

  it('write bounds beyond 2^53 in full', async () => {
    const text = await (await fetch(`${running.url}/models/titanic-like/openapi.json`)).text();
    expect(text).toContain('"minimum":-9223372036854775808,"exclusiveMaximum":9223372036854775808');
  });

  it('name no path that is not offered', async () => {
    const { paths } = await get('/openapi.json');
    const refused = Object.keys(paths).filter((path) => /unload|history|classify|regress|explain/.test(path));
    expect(refused).toEqual([]);
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
