import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RouteTable } from './route-table.ts';

/** Swagger UI's own files, from the package; nothing is loaded from elsewhere. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Switchyard</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

// The validator would be a service on the internet.
const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#page', deepLinking: true, validatorUrl: null });\n`;

const POLICY = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** `GET /docs`: the OpenAPI document as a page to read and to try. */
export function addDocsRoutes(routes: RouteTable): void {
  routes.add('GET', '/docs', () => answer(PAGE, 'text/html; charset=utf-8'));
  routes.add('GET', '/docs/start.js', () => answer(START, 'text/javascript; charset=utf-8'));
  for (const [name, type] of Object.entries(ASSETS)) {
    routes.add('GET', `/docs/${name}`, async () => {
      const content = await readFile(join(findAssets(import.meta.dirname), name));
      return answer(content, type, 'public, max-age=3600');
    });
  }
}

function answer(
  body: string | Uint8Array<ArrayBuffer>,
  contentType: string,
  cacheControl = 'no-cache',
): Response {
  return new Response(body, {
    headers: { 'content-type': contentType, 'cache-control': cacheControl, ...POLICY },
  });
}

/** The build copies them to `docs-page/` in the package; in the checkout they are where npm puts them. */
function findAssets(directory: string): string {
  for (const candidate of ['docs-page', 'node_modules/swagger-ui-dist']) {
    if (existsSync(join(directory, candidate))) return join(directory, candidate);
  }
  const parent = dirname(directory);
  if (parent === directory) throw new Error('the files of the page are missing; reinstall');
  return findAssets(parent);
}
