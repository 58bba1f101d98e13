import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
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

/** Answers requests for the files that are in the folder of the page now, and for what `config` gives. */
export async function pageHandler(
  folder: string,
  config: () => unknown,
): Promise<(request: Request) => Promise<Response>> {
  const files = new Set(await readdir(folder));
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'Only GET and HEAD.');
    if (pathname === '/config.json') return Response.json(config(), { headers });
    const file = pathname === '/' ? 'index.html' : pathname.slice(1);
    const type = types[extname(file)];
    if (!files.has(file) || type === undefined) return refusal(404, 'There is nothing here.');
    return new Response(await readFile(join(folder, file)), {
      headers: {
        ...headers,
        'content-type': type,
        ...(file.endsWith('-worker.js') && { 'content-security-policy': workerPolicy }),
      },
    });
  };
}

function refusal(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } });
}
