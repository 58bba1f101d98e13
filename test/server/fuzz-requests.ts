import fc from 'fast-check';

/** A request as plain data, which can be shown when a test fails. */
export interface FuzzRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: [name: string, value: string][];
  body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** What the requests are about: names and digests that are there. */
export interface FuzzSubject {
  blob: string;
  manifest: string;
  sha512: string;
  /** Identifies an upload in progress. */
  upload: string;
}

const words = ['manifests', 'blobs', 'uploads', 'tags', 'list', 'referrers', '_catalog', 'v2', 'token'];
const names = ['a/b', 'a', 'other', 'new/x', 'con', 'a/blobs/uploads', 'a/manifests/v1', '_uploads', 'a/_layout'];
const badNames = ['A', '..', '.', '%2e%2e', 'a%2fb', 'a//b', '-a', 'a--_b', '__proto__', '%00', '%', '%ff', 'é', '😀'];
const tags = ['v1', 'latest', '_', 'V.1-x', '-v1', 'v1 ', 'v+1', 'x'.repeat(128), 'x'.repeat(129), 'constructor'];
const badDigests = [
  'sha256:',
  'sha256:bad',
  `sha256:${'A'.repeat(64)}`,
  `sha256:${'0'.repeat(64)}`,
  `sha256:${'0'.repeat(63)}`,
  `sha512:${'0'.repeat(128)}`,
  `md5:${'0'.repeat(32)}`,
  `SHA256:${'0'.repeat(64)}`,
  'sha256:../../../etc/passwd',
  'sha256%3Abad',
  'sha256:%00',
  ':',
  '@:@',
  'toString:x',
];
const contentRanges = [
  '0-4',
  '5-9',
  '5-4',
  '0-0',
  '3-1',
  '-1',
  '1-',
  '-',
  '0-99999999999999999999',
  'bytes 0-4/5',
  '0x1-2',
];
const byteRanges = [
  '=0-1',
  '=-2',
  '=1-0',
  '=-0',
  '=9999-',
  '=0-1,3-4',
  '=-',
  '',
  ' = 1 - 2',
  '=1e1-2',
  '=0-99999999999999999999',
];
const types = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json; charset=utf-8',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/html',
  ';',
  '',
];
const headerNames = [
  ['accept', 'authorization', 'content-range', 'content-type', 'cookie', 'content-length', 'content-encoding'],
  [
    'if-match',
    'if-none-match',
    'if-range',
    'origin',
    'range',
    'transfer-encoding',
    'x-forwarded-host',
    'oci-namespace',
  ],
  ['access-control-request-method', 'access-control-request-headers', 'access-control-request-private-network'],
].flat();
const authorizations = [
  'Basic',
  'Basic ',
  'Basic %%%',
  'Basic Og==',
  'Bearer x',
  'Bearer',
  'bearer  ',
  'Digest a="b',
  '=',
];
const queryNames = [
  ['n', 'last', 'digest', 'mount', 'from', 'tag', 'artifactType', 'digest-algorithm', '__proto__', ''],
  ['service', 'scope', 'offline_token', 'account', 'client_id', 'grant_type'],
].flat();
const numbers = ['0', '1', '-1', '1.5', '1e3', '0x10', '99999999999999999999999', 'NaN', '', ' 1', '1;2'];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get', 'Patch', 'PROPFIND', 'constructor'];

/** Requests from nearly right to nonsense. */
export function fuzzRequests({ blob, manifest, sha512, upload }: FuzzSubject): fc.Arbitrary<FuzzRequest> {
  const known = fc.constantFrom(blob, manifest, sha512, encodeURIComponent(blob));
  const digest = mostly(known, fc.constantFrom(...badDigests));
  const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 300 }));
  const name = mostly(fc.constant('a/b'), fc.constantFrom(...names), fc.constantFrom(...badNames), anything);
  const reference = fc.oneof(digest, fc.constantFrom(...tags), fc.constantFrom(...badNames), anything);
  const pathOf = (end: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(name, end).map(([repository, rest]) => `/v2/${repository}/${rest}`);
  const path = fc.oneof(
    pathOf(reference.map((last) => `manifests/${last}`)),
    pathOf(digest.map((last) => `blobs/${last}`)),
    pathOf(fc.constantFrom('blobs/uploads/', 'blobs/uploads', 'tags/list', 'tags/list/')),
    pathOf(mostly(fc.constant(upload), reference).map((last) => `blobs/uploads/${last}`)),
    pathOf(reference.map((last) => `referrers/${last}`)),
    fc.constantFrom('/v2', '/v2/', '/v2/_catalog', '/token', '/', '//v2/', '/v1/', '/V2/', '/favicon.ico'),
    fc
      .array(fc.oneof(fc.constantFrom(...words), name, reference), { maxLength: 6 })
      .map((parts) => `/v2/${parts.join('/')}`),
    anything.map((text) => `/${text}`),
  );
  const value = fc.oneof(digest, name, reference, fc.constantFrom(...numbers, ...types, 'true', 'sha256', 'md5'));
  const parameter = fc.oneof(
    fc.tuple(fc.constantFrom(...queryNames), value),
    fc.tuple(fc.constantFrom('digest', 'mount'), known),
  );
  const parameters = fc.array(parameter, { maxLength: 4 });
  const query = fc.oneof(
    parameters.map((pairs) => pairs.map(([key, text]) => `${key}=${text.replace(/[&#]/g, '')}`).join('&')),
    parameters.map((pairs) => `${new URLSearchParams(pairs)}`),
    anything,
  );
  const body = fc.oneof(
    fc.constantFrom(undefined, 'hello'),
    fc.uint8Array({ maxLength: 64 }) as fc.Arbitrary<Uint8Array<ArrayBuffer>>,
    manifestText(digest),
  );
  const wrong = fc.record({
    method: mostly(fc.constantFrom(...methods), fc.stringMatching(/^[!-~]{1,9}$/)).filter(isMethod),
    path: fc.tuple(path, fc.option(query)).map(([start, end]) => (end === null ? start : `${start}?${end}`)),
    headers: fc.array(header(digest, anything), { maxLength: 4 }),
    body,
  });
  const right = fc.constantFrom(...rightRequests(blob, upload));
  const part = fc.constantFrom<(keyof FuzzRequest)[]>('method', 'path', 'headers', 'body');
  const nearlyRight = fc.tuple(right, part, wrong).map(([good, name, bad]) => ({ ...good, [name]: bad[name] }));
  return fc.oneof(wrong, nearlyRight).filter((request) => URL.canParse(`http://registry.test${request.path}`));
}

/** One that is answered with success for most endpoints. */
function rightRequests(blob: string, upload: string): FuzzRequest[] {
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: types[1], manifests: [] });
  const [stored, session] = [`/v2/a/b/blobs/${blob}`, `/v2/a/b/blobs/uploads/${upload}`];
  const requests: [method: string, path: string, headers?: FuzzRequest['headers'], body?: string][] = [
    ['GET', stored, [['if-none-match', `"${blob}"`]]],
    ['GET', stored, [['range', 'bytes=1-2']]],
    ['DELETE', stored],
    ['GET', '/v2/a/b/manifests/v1'],
    ['PUT', '/v2/a/b/manifests/v2', [['content-type', types[1] ?? '']], manifest],
    ['GET', '/v2/a/b/tags/list?n=1'],
    ['POST', `/v2/new/blobs/uploads/?digest=${blob}`, [], 'hello'],
    ['POST', `/v2/new/blobs/uploads/?mount=${blob}&from=a/b`],
    ['PATCH', session, [['content-range', '5-9']], 'hello'],
    ['PUT', `${session}?digest=${blob}`],
  ];
  return requests.map(([method, path, headers = [], body]) => ({ method, path, headers, body }));
}

/** One of the first kind most of the time. */
function mostly<T>(first: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 4 * others.length, arbitrary: first }, ...others);
}

/** Texts from nearly a manifest to nonsense. */
function manifestText(digest: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const json = fc.jsonValue({ maxDepth: 3 });
  const descriptor = fc.record(
    {
      mediaType: mostly<unknown>(fc.constantFrom(...types), json),
      digest: mostly<unknown>(digest, json),
      size: mostly<unknown>(fc.constantFrom(0, 2, 5, 5, -1, 1.5, 2 ** 60), json),
      annotations: json,
      data: json,
      platform: json,
    },
    { requiredKeys: ['mediaType', 'digest', 'size'] },
  );
  const oneOrNot = mostly<unknown>(descriptor, json);
  const list = mostly<unknown>(fc.array(oneOrNot, { maxLength: 3 }), json);
  const manifest = fc.record(
    {
      schemaVersion: mostly<unknown>(fc.constant(2), json),
      mediaType: mostly<unknown>(fc.constantFrom(...types), json),
      artifactType: fc.oneof(fc.string(), json),
      config: oneOrNot,
      layers: list,
      manifests: list,
      subject: oneOrNot,
      annotations: mostly<unknown>(fc.dictionary(fc.string(), fc.string()), json),
    },
    { requiredKeys: ['schemaVersion'] },
  );
  const text = mostly<unknown>(manifest, json).map((value) => JSON.stringify(value));
  const cut = text.map((whole) => whole.slice(0, -1));
  const poisoned = text.map((whole) => `{"__proto__":${whole},"schemaVersion":2}`);
  const deep = fc.integer({ min: 1, max: 20_000 }).map((depth) => '['.repeat(depth));
  return mostly(text, cut, poisoned, deep, fc.string());
}

function header(digest: fc.Arbitrary<string>, anything: fc.Arbitrary<string>): fc.Arbitrary<[string, string]> {
  const of = (name: string, values: fc.Arbitrary<string>): fc.Arbitrary<[string, string]> =>
    values.map((value): [string, string] => [name, value]);
  return fc
    .oneof(
      of('content-range', fc.constantFrom(...contentRanges)),
      {
        weight: 2,
        arbitrary: of(
          'range',
          fc.constantFrom(...byteRanges).map((range) => `bytes${range}`),
        ),
      },
      {
        weight: 3,
        arbitrary: of('content-type', mostly(fc.constantFrom(...types.slice(0, 2)), fc.constantFrom(...types))),
      },
      of('authorization', fc.constantFrom(...authorizations)),
      of(
        'if-none-match',
        fc.oneof(
          digest.map((text) => `"${text}"`),
          fc.constantFrom('*', 'W/', '"', ',,,'),
        ),
      ),
      of('content-length', fc.constantFrom(...numbers)),
      fc.tuple(fc.constantFrom(...headerNames), anything),
    )
    .filter(([name, value]) => isHeader(name, value));
}

function isHeader(name: string, value: string): boolean {
  try {
    return new Headers([[name, value]]).has(name);
  } catch {
    return false;
  }
}

function isMethod(method: string): boolean {
  try {
    return new Request('http://registry.test/', { method }).method !== '';
  } catch {
    return false;
  }
}
