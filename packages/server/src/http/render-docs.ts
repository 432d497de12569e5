// The API on one page, made from the contract: no script, nothing fetched from elsewhere.
import { z } from 'zod';
import type { Route } from '@bowline/contract/route';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const AUTH = { none: 'no key', admin: 'admin key', environment: 'admin key or key of the environment' } as const;

const schemaBlock = (title: string, schema: z.ZodType | undefined, io: 'input' | 'output'): string => {
  if (schema === undefined) return '';
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>;
  return `<h4>${title}</h4><pre>${escape(JSON.stringify(json, null, 2))}</pre>`;
};

const routeBlock = (route: Route): string => `
<details id="${escape(route.id)}"><summary><b class="${route.method}">${route.method}</b> <code>${escape(route.path)}</code>
<span>${escape(route.summary)}</span></summary>
<p>Needs: ${AUTH[route.auth]}. Called <code>${escape(route.id)}</code> in the client.</p>
${schemaBlock('Query', route.query, 'input')}${schemaBlock('Body', route.body, 'input')}${schemaBlock('Answer (200)', route.response, 'output')}
</details>`;

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
summary{cursor:pointer;padding:.35rem 0}summary span{color:#5b6675}code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:#f4f6f8;padding:.75rem;overflow:auto;max-height:28rem;border-radius:6px}details{border-top:1px solid #e3e7ec}
b{display:inline-block;width:4.2rem}.GET{color:#0a6e3f}.POST{color:#0b4fb3}.PUT,.PATCH{color:#8a5a00}.DELETE{color:#b3261e}
@media(prefers-color-scheme:dark){body{background:#12161c;color:#e4e8ee}pre{background:#1b222b}details{border-color:#2a333f}
summary span{color:#9aa6b5}.GET{color:#5fd39a}.POST{color:#7fb2ff}.PUT,.PATCH{color:#f0c060}.DELETE{color:#ff8a80}}`;

export const renderDocs = (routes: readonly Route[], version: string): string => {
  const tags = Map.groupBy(routes, (route) => route.tag);
  const sections = [...tags].map(([tag, group]) => `<h2>${escape(tag)}</h2>${group.map(routeBlock).join('')}`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Bowline API</title><style>${STYLE}</style></head><body><h1>Bowline API <small>${escape(version)}</small></h1>
<p>Send your key as <code>x-api-key</code>. Every success is 200 with JSON. The same as OpenAPI 3.1: <a href="/openapi.json">openapi.json</a>.</p>
${sections.join('')}</body></html>`;
};
