import { describe, expect, test } from 'vitest';
import {
  CredentialsError,
  DeniedError,
  ExistsError,
  FileError,
  InvalidManifestError,
  InvalidReferenceError,
  isOrasError,
  MismatchError,
  NetworkError,
  NotARegistryError,
  NotFoundError,
  OrasError,
  RateLimitedError,
  ReferrersError,
  RegistryError,
  TooLargeError,
  UnauthorizedError,
  UnsafePathError,
  UnsupportedError,
} from '../src/errors.ts';
import { aboutFile, asCallers } from '../src/target/callers.ts';
import { rejection } from './support/content.ts';

const cause = new Error('the cause');
const init = { status: 418, method: 'GET', url: 'https://reg.test/v2/', errors: [{ code: 'X', message: 'y' }], cause };
const { cause: _, ...request } = init;
const stored = { mediaType: 'a/b', digest: 'sha256:0', size: 0 };

const errors: readonly (readonly [OrasError, object])[] = [
  [new InvalidReferenceError('m', { cause }), { code: 'INVALID_REFERENCE', name: 'InvalidReferenceError' }],
  [new InvalidManifestError('m', { cause }), { code: 'INVALID_MANIFEST', name: 'InvalidManifestError' }],
  [new NotFoundError('m', 'r', { cause }), { code: 'NOT_FOUND', name: 'NotFoundError', reference: 'r', errors: [] }],
  [new MismatchError('m', 1, 2, { cause }), { code: 'MISMATCH', name: 'MismatchError', expected: 1, actual: 2 }],
  [new TooLargeError('m', 1, 2, { cause }), { code: 'TOO_LARGE', name: 'TooLargeError', limit: 1, actual: 2 }],
  [new ExistsError('m', 'p', { cause }), { code: 'EXISTS', name: 'ExistsError', path: 'p' }],
  [new UnsafePathError('m', 'p', { cause }), { code: 'UNSAFE_PATH', name: 'UnsafePathError', path: 'p' }],
  [new UnsupportedError('m', 'f', { cause }), { code: 'UNSUPPORTED', name: 'UnsupportedError', feature: 'f' }],
  [new FileError('m', 'p', 'EIO', { cause }), { code: 'FILE', name: 'FileError', path: 'p', errno: 'EIO' }],
  [new CredentialsError('m', 's', { cause }), { code: 'CREDENTIALS', name: 'CredentialsError', source: 's' }],
  [new ReferrersError('m', stored, { cause }), { code: 'REFERRERS', name: 'ReferrersError', descriptor: stored }],
  [new RegistryError('m', init), { code: 'REGISTRY', name: 'RegistryError', ...request }],
  [new UnauthorizedError('m', init), { code: 'UNAUTHORIZED', name: 'UnauthorizedError', ...request }],
  [new DeniedError('m', init), { code: 'DENIED', name: 'DeniedError', ...request }],
  [new RateLimitedError('m', init, 5), { code: 'RATE_LIMITED', name: 'RateLimitedError', retryAfter: 5, ...request }],
  [new NotARegistryError('m', init), { code: 'NOT_A_REGISTRY', name: 'NotARegistryError', ...request }],
  [new NetworkError('m', 'u', true, { cause }), { code: 'NETWORK', name: 'NetworkError', url: 'u', maybeCors: true }],
];

describe('errors: each kind', () => {
  test.for(errors)('%s', ([error, fields]) => {
    expect(error).toBeInstanceOf(OrasError);
    expect({ ...error }).toEqual(fields);
    expect([error.message, error.cause]).toEqual(['m', cause]);
    expect(String(error)).toBe(`${error.name}: m`);
  });

  test('have codes of their own', () => {
    const codes = errors.map(([{ code }]) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('of a registry are all RegistryErrors', () => {
    const kinds = errors.filter(([error]) => error instanceof RegistryError).map(([{ code }]) => code);
    expect(kinds).toEqual(['REGISTRY', 'UNAUTHORIZED', 'DENIED', 'RATE_LIMITED', 'NOT_A_REGISTRY']);
  });
});

describe('errors: as plain data', () => {
  test.for(errors)('%s', ([error, fields]) => {
    const expected = { ...fields, message: 'm' };
    expect(JSON.parse(JSON.stringify(error))).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(structuredClone(error.toJSON())).toEqual(expected);
    expect(JSON.stringify(error)).not.toContain('the cause');
  });
});

describe('errors: of a file', () => {
  test('have its name, that of the first they are about', async () => {
    const error = new MismatchError('m', 1, 2);
    expect(await rejection(aboutFile('b.txt', aboutFile('a.txt', Promise.reject(error))))).toBe(error);
    expect([error.file, JSON.parse(JSON.stringify(error)).file, error.message]).toEqual(['a.txt', 'a.txt', 'm']);
  });

  test('are left alone when they are of the caller', async () => {
    const own = asCallers(new MismatchError('m', 1, 2));
    const foreign = Object.freeze(new Error('m'));
    for (const error of [own, foreign]) expect(await rejection(aboutFile('a.txt', Promise.reject(error)))).toBe(error);
    expect([own, foreign].filter((error) => 'file' in (error as object))).toEqual([]);
  });
});

describe('isOrasError', () => {
  test.for(errors)('knows %s by its code, and one of a registry as REGISTRY', ([error]) => {
    expect(isOrasError(error)).toBe(true);
    const own = error instanceof RegistryError ? ['REGISTRY', error.code] : [error.code];
    const knownAs = errors.map(([{ code }]) => code).filter((code) => isOrasError(error, code));
    expect(knownAs).toEqual([...new Set(own)]);
  });

  test.for([
    ['an error', new Error('x')],
    ['an error with such a code', Object.assign(new Error('x'), { code: 'NOT_FOUND' })],
    ['an object', { code: 'NOT_FOUND' }],
    ['an abort', new DOMException('x', 'AbortError')],
    ['a text', 'NOT_FOUND'],
    ['null', null],
    ['undefined', undefined],
  ])('does not know %s', ([, value]) => {
    expect(isOrasError(value)).toBe(false);
    expect(isOrasError(value, 'NOT_FOUND')).toBe(false);
  });

  test('knows errors of another copy of the package', async () => {
    // The query makes it another module for the runtime, as a second bundle would be.
    const path = '../src/errors/oras-error.ts?another-copy';
    const copy: typeof import('../src/errors/oras-error.ts') = await import(/* @vite-ignore */ path);
    const error: unknown = Object.assign(new copy.OrasError('NOT_FOUND', 'm'), { reference: 'r' });
    expect(error).not.toBeInstanceOf(OrasError);
    expect(isOrasError(error, 'NOT_FOUND') && error.reference).toBe('r');
  });

  test('knows an error by one of several codes', () => {
    const error = new DeniedError('m', init);
    expect(isOrasError(error, 'NOT_FOUND', 'DENIED')).toBe(true);
    expect(isOrasError(error, 'NOT_FOUND', 'REGISTRY')).toBe(true);
    expect(isOrasError(error, 'NOT_FOUND', 'UNAUTHORIZED')).toBe(false);
    expect(isOrasError(new NotFoundError('m', 'r'), 'REGISTRY', 'NETWORK')).toBe(false);
  });

  test('narrows the type', () => {
    const error: unknown = new NotFoundError('m', 'ghcr.io/org/missing:v1');
    if (!isOrasError(error, 'NOT_FOUND')) throw error;
    const reference: string = error.reference;
    expect(reference).toBe('ghcr.io/org/missing:v1');
  });
});
