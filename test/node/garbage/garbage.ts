import { createServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';

/** Gives whole numbers below a limit that look random and are the same for the same seed (mulberry32). */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Not the best, which takes seconds. */
const brotli = (bytes: Uint8Array): Uint8Array =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
const plain = (bytes: Uint8Array): Uint8Array => bytes;
const tooMany = 'br,br,br,br,br,br,br';
/** Ways to compress by what they are called, some of them wrongly. */
const encoders: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gzipSync(bytes),
  'x-gzip': (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: brotli,
  'gzip, br': (bytes) => brotli(gzipSync(bytes)),
  'br, gzip, deflate': (bytes) => deflateSync(gzipSync(brotli(bytes))),
  [tooMany]: plain,
  identity: plain,
  zstd: plain,
  ', ,': plain,
  'unknown, br': plain,
  '': plain,
};
/** The codings that the client can undo. */
export const codings: readonly string[] = ['gzip', 'x-gzip', 'deflate', 'br', 'gzip, br'];
/** Bytes that a bomb stands for. */
export const bombSize: number = 32 * 1024 * 1024;
const bombs = new Map<string, Uint8Array>();

/** A few bytes that stand for very many. */
export function bombOf(coding: string): Uint8Array {
  const bomb = bombs.get(coding) ?? (encoders[coding] ?? plain)(new Uint8Array(bombSize));
  bombs.set(coding, bomb);
  return bomb;
}

const statuses = [200, 200, 200, 200, 201, 202, 202, 204, 205, 206, 301, 302, 303, 304, 307, 308, 400, 401, 401, 403];
const moreStatuses = [404, 405, 408, 413, 416, 429, 500, 501, 502, 503, 504, 599];
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: `sha256:${'0'.repeat(64)}`, size: 2 },
  layers: [{ mediaType: 'a/b', digest: `sha256:${'1'.repeat(64)}`, size: 5, annotations: null }],
};
const texts = [
  JSON.stringify(manifest),
  JSON.stringify({ name: 'a/b', tags: ['v1', null, 7] }),
  JSON.stringify({ errors: [{ code: 'DENIED', message: 'no', detail: {} }, null] }),
  JSON.stringify({ token: 'dG9rZW4', expires_in: -1 }),
  'null',
  '[[[[',
  '<html>',
  '',
];

/** One answer as it goes over a connection: its head, and its body, which is cut or not. */
function answerOf(
  next: (below: number) => number,
  origin: string,
  names: readonly string[],
  isMild: boolean,
): { head: string; body: Uint8Array; ends: boolean } {
  const pick = <T>(from: readonly T[]): T => from[next(from.length)] as T;
  const status = next(4) === 0 ? 200 + next(400) : pick([...statuses, ...moreStatuses]);
  const coding = pick(names);
  const encode = encoders[coding] ?? plain;
  const whole = encode(new TextEncoder().encode(pick(texts)));
  const noise = Uint8Array.from({ length: next(300) }, () => next(256));
  const body = pick([
    whole,
    whole,
    whole.subarray(0, next(whole.length + 1)),
    noise,
    bombOf(isMild ? 'br' : codings.includes(coding) ? coding : pick(codings)),
  ]);
  const lines = [
    `content-type: ${pick(['application/json', manifest.mediaType, 'text/html', 'a/b; c', ''])}`,
    coding && `content-encoding: ${coding}`,
    pick(['', `location: ${pick(['/v2/a/b/u/1', `${origin}/x`, '//', 'http://127.0.0.1:1/x', 'data:,x', '?'])}`]),
    pick([
      '',
      `www-authenticate: ${pick(['Basic realm="x"', `Bearer realm="${origin}/token"`, 'Bearer', '"', 'a=,'])}`,
    ]),
    pick(['', `docker-content-digest: ${pick(['x', `sha256:${'0'.repeat(64)}`, 'sha256:'])}`]),
    pick(['', `link: ${pick(['</v2/a/b/tags/list?last=z>; rel="next"', '<', '<x>; rel=next', 'rel="next'])}`]),
    pick(['', `content-range: ${pick(['bytes 0-4/5', 'bytes 9-1/0', 'bytes */5', 'x'])}`]),
    pick(['', `range: ${pick(['0-0', '0-4', '0-999999', 'x'])}`]),
    pick(['', 'retry-after: 0', 'warning: 299 - "be warned"', `etag: "${next(3)}"`]),
  ];
  const framing = pick(['length', 'length', 'chunked', 'close', 'too long', 'too short']);
  const lengths: Record<string, number> = { length: body.length, 'too long': body.length + 9, 'too short': next(5) };
  if (framing === 'chunked') lines.push('transfer-encoding: chunked');
  else if (framing in lengths) lines.push(`content-length: ${lengths[framing]}`);
  const early = pick(['', '', '', 'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n']);
  const head = `${early}HTTP/1.1 ${status} X\r\n${lines.filter(Boolean).join('\r\n')}\r\n\r\n`;
  if (framing !== 'chunked') return { head, body, ends: framing !== 'length' };
  const chunk = [new TextEncoder().encode(`${body.length.toString(16)}\r\n`), body, new TextEncoder().encode('\r\n')];
  const last = pick(['0\r\n\r\n', '', 'zz\r\n']);
  const bytes = Buffer.concat([...(body.length > 0 ? chunk : []), new TextEncoder().encode(last)]);
  return { head, body: bytes, ends: last !== '0\r\n\r\n' };
}

/**
 * A server of garbage that is the same for the same seed, on a port of the loopback address. It is mild to other clients
 * than that of the package, which end the process themselves for more than five codings, or when a connection ends whose
 * answer is larger than what they read ahead.
 */
export async function serveGarbage(
  seed: number,
  isMild: boolean,
): Promise<{ host: string; answers: () => number; close: () => Promise<void> }> {
  const next = dice(seed);
  const names = Object.keys(encoders).filter((name) => !isMild || name !== tooMany);
  const sockets = new Set<Socket>();
  let answers = 0;
  let origin = '';
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const hasBody = /^(?:POST|PUT|PATCH) /.test(received);
      received = '';
      answers++;
      const { head, body, ends } = answerOf(next, origin, names, isMild);
      socket.write(head, 'latin1');
      socket.write(body);
      if (ends || hasBody) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  origin = `http://${host}`;
  return {
    host,
    answers: () => answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
