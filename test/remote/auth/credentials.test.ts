import { describe, expect, test } from 'vitest';
import { basicAuthorization, findCredential } from '../../../src/remote/auth/credentials.ts';
import { rejection } from '../../support/content.ts';

describe('basicAuthorization', () => {
  test.for([
    ['name and password', 'Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['a colon in the password', 'user', 'a:b', `Basic ${btoa('user:a:b')}`],
    ['nothing', '', '', `Basic ${btoa(':')}`],
    ['UTF-8', 'test', '123£', 'Basic dGVzdDoxMjPCow=='],
  ] as const)('%s', ([, username, password, header]) => {
    expect(basicAuthorization(username, password)).toBe(header);
  });

  test('a password of 100,000 characters', () => {
    expect(basicAuthorization('user', 'x'.repeat(100_000))).toBe(`Basic ${btoa(`user:${'x'.repeat(100_000)}`)}`);
  });
});

describe('findCredential', () => {
  const credential = { username: 'user', password: 'hunter2' };

  test('gives one credential to whoever asks, and nothing without a source', async () => {
    expect(await findCredential(credential, 'reg.test', [])).toBe(credential);
    expect(await findCredential(undefined, 'reg.test', [])).toBeUndefined();
  });

  test('asks a function with the host and the scopes', async () => {
    const asked: unknown[] = [];
    const source = (host: string, scopes: readonly string[]): typeof credential | undefined => {
      asked.push([host, scopes]);
      return host === 'reg.test' ? credential : undefined;
    };
    expect(await findCredential(source, 'reg.test', ['repository:a:pull'])).toBe(credential);
    expect(await findCredential(source, 'reg.test.evil.net', [])).toBeUndefined();
    expect(asked).toEqual([
      ['reg.test', ['repository:a:pull']],
      ['reg.test.evil.net', []],
    ]);
  });

  test('waits for a function, and fails as it fails', async () => {
    const reason = new Error('locked');
    expect(await findCredential(async () => credential, 'reg.test', [])).toBe(credential);
    expect(await rejection(findCredential(() => Promise.reject(reason), 'reg.test', []))).toBe(reason);
  });
});
