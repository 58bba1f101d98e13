import { describe, expect, test } from 'vitest';
import { UnauthorizedError } from '../../../src/errors.ts';
import type { Credential } from '../../../src/remote/auth/credentials.ts';
import { rejection } from '../../support/content.ts';
import { type Asked, ask, good } from '../../support/token-service.ts';

const user: Credential = { username: 'alice', password: 'hunter2' };

describe('fetchToken: the realm', () => {
  test.for<[string, Asked]>([
    ['the host of the registry', { realm: 'https://reg.test/token', credential: user }],
    [
      'the host of the registry, http for http',
      { realm: 'http://reg.test/token', registry: 'http://reg.test', credential: user },
    ],
    [
      'loopback for loopback',
      { realm: 'http://127.0.0.1:9090/token', registry: 'http://127.0.0.1:5000', credential: user },
    ],
    [
      "Docker Hub's own",
      { realm: 'https://auth.docker.io/token', registry: 'https://registry-1.docker.io', credential: user },
    ],
    [
      "GitLab's own",
      { realm: 'https://gitlab.com/jwt/auth', registry: 'https://registry.gitlab.com', credential: user },
    ],
    ['another host, when nothing is at stake', { realm: 'https://auth.example/token' }],
  ])('asked: %s', async ([, asked]) => {
    const { token, requests } = ask(good, asked);
    await token;
    expect(requests).toHaveLength(1);
  });

  test.for<[string, Asked]>([
    ['plain http for an https registry', { realm: 'http://reg.test/token' }],
    ['plain http at an address of the cloud', { realm: 'http://169.254.169.254/latest/meta-data/' }],
    ['another host, with credentials', { realm: 'https://attacker.example/token', credential: user }],
    ['an address of the cloud, with credentials', { realm: 'https://[fd00:ec2::254]/', credential: user }],
    ['a loopback address, with credentials', { realm: 'https://0x7f.1/', credential: user }],
    ['a host that ends alike', { realm: 'https://evilreg.test/token', credential: user }],
    ['a host that begins alike', { realm: 'https://reg.test.evil.net/token', credential: user }],
    ["Docker Hub's, for another registry", { realm: 'https://auth.docker.io/token', credential: user }],
    ['a file', { realm: 'file:///etc/passwd' }],
    ['a script', { realm: 'javascript:alert(1)' }],
    ['data', { realm: 'data:application/json,{"token":"x"}' }],
    ['ftp', { realm: 'ftp://reg.test/token' }],
    ['nothing', { realm: '' }],
    ['a host without a scheme', { realm: '//evil' }],
    ['a path', { realm: '/token' }],
    ['no address', { realm: '://bad-url' }],
    ['no host', { realm: 'https://' }],
    ['credentials in it', { realm: 'https://user:pw@reg.test/token' }],
    ['a user in it', { realm: 'https://reg.test@attacker.example/token' }],
  ])('refused without a request: %s', async ([, asked]) => {
    const { token, requests } = ask(good, asked);
    const error = await rejection(token);
    expect(error).toBeInstanceOf(UnauthorizedError);
    expect((error as Error).message).toMatch(/^\S+ names a token service that is not trusted: /);
    expect(requests).toEqual([]);
  });

  test('refused: the message names the other host', async () => {
    const { token } = ask(good, { realm: 'https://attacker.example/token', credential: user });
    expect(((await rejection(token)) as Error).message).toContain('attacker.example');
  });
});
