import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const files: Readonly<Record<string, { file: string; type: string }>> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/style.css': { file: 'style.css', type: 'text/css; charset=utf-8' },
  '/main.js': { file: 'main.js', type: 'text/javascript; charset=utf-8' },
  '/hash-worker.js': { file: 'hash-worker.js', type: 'text/javascript; charset=utf-8' },
};

/** A worker has a policy of its own: this one computes, and nothing else. */
const workerPolicy = "default-src 'none'; script-src 'wasm-unsafe-eval'";

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src http: https:; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types default",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

/** Answers requests for the files of the page, which are all known by name, and for what `config` gives. */
export function pageHandler(folder: string, config: () => unknown): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'Only GET and HEAD.');
    if (pathname === '/config.json') return Response.json(config(), { headers });
    const found = Object.hasOwn(files, pathname) ? files[pathname] : undefined;
    if (!found) return refusal(404, 'There is nothing here.');
    return new Response(await readFile(join(folder, found.file)), {
      headers: {
        ...headers,
        'content-type': found.type,
        ...(pathname === '/hash-worker.js' && { 'content-security-policy': workerPolicy }),
      },
    });
  };
}

function refusal(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } });
}
