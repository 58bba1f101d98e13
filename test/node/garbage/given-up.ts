import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'oras-js';
import { createHttpFetch } from '../../../src/node/http-fetch/http-fetch.ts';
import { bombOf, codings } from './garbage.ts';
import { work } from './work.ts';

/** A way to give up an answer: by the program, or by the client that has no use for it. */
export type Way = 'cancelled' | 'cancelled while it is read' | 'aborted' | 'a redirect' | 'a challenge' | 'a refusal';

const way = process.argv[2] as Way;
const status = { 'a redirect': 307, 'a challenge': 401, 'a refusal': 503 }[way as string] ?? 200;
const server = createServer(({ url }, response) => {
  if (url === '/elsewhere') return void response.end('{}');
  const [kind, coding = ''] =
    decodeURIComponent(url ?? '')
      .split('/')
      .slice(-1)[0]
      ?.split('.') ?? [];
  response.writeHead(status, {
    ...(coding && { 'content-encoding': codings[Number(coding)] }),
    location: '/elsewhere',
    'www-authenticate': 'Basic realm="x"',
  });
  if (kind === 'bomb') return void response.end(bombOf(codings[Number(coding)] ?? ''));
  if (kind === 'garbage') return void response.end('abc');
  const more = (): void => {
    while (!response.destroyed && response.write(new Uint8Array(16 * 1024)));
  };
  response.on('drain', more);
  more();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
const fetch = createHttpFetch();
const credentials = { username: 'alice', password: 'secret' };
const registry = new Registry({ credentials, fetch, retry: { limit: 1, delay: () => 0 } });
const bodies = codings.flatMap((_, coding) => [`bomb.${coding}`, `garbage.${coding}`]);
for (const body of [...bodies, 'endless']) {
  if (status !== 200) await registry.inspect(`${host}/a/b:${body}`).catch(() => {});
  else {
    const abort = new AbortController();
    const reader = (await fetch(`http://${host}/${body}`, { signal: abort.signal })).body?.getReader();
    if (way === 'cancelled while it is read') await reader?.read().catch(() => {});
    if (way === 'aborted') abort.abort();
    else await reader?.cancel().catch(() => {});
  }
}
// What is left waits for nothing but its own end.
server.close();
process.on('exit', () => writeSync(1, JSON.stringify(work())));
