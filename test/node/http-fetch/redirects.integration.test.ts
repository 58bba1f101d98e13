import { serve } from 'oras-js/node';
import { afterEach, describe, expect, test } from 'vitest';
import { NetworkError, UnauthorizedError } from '../../../src/errors.ts';
import { Registry, type Repository } from '../../../src/index.ts';
import { fetchBytes } from '../../../src/target/content.ts';
import { bytesOf, descriptorOf, rejection } from '../../support/content.ts';

const hello = descriptorOf('hello');
const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of running.splice(0)) await close();
});

/** A server on the loopback interface, and what it was asked for with which authorization. */
async function served(answer: (request: Request) => Response): Promise<{ host: string; url: string; log: string[] }> {
  const log: string[] = [];
  const server = await serve(async (request) => {
    log.push(
      `${request.method} ${new URL(request.url).pathname} ${request.headers.get('authorization')?.split(' ')[0]}`,
    );
    return answer(request);
  });
  running.push(server.close);
  return { ...server, log };
}

/** A registry that wants a password, and sends everybody who has one elsewhere. */
async function redirecting(location: () => string): Promise<{ log: string[]; repository: Repository }> {
  const { host, log } = await served((request) =>
    request.headers.has('authorization')
      ? new Response(null, { status: 307, headers: { location: location() } })
      : new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }),
  );
  const registry = new Registry({ plainHttp: true, credentials: { username: 'alice', password: 'hunter2' } });
  return { log, repository: registry.repository(`${host}/org/hello`) };
}

describe('redirects', () => {
  test('a blob is fetched from where the registry sends us, and no credentials go there', async () => {
    const cdn = await served(() => new Response('hello'));
    const { repository } = await redirecting(() => `${cdn.url}/elsewhere`);
    expect(await fetchBytes(repository, hello)).toEqual(bytesOf('hello'));
    expect(cdn.log).toEqual(['GET /elsewhere undefined']);
  });

  test('whoever we are sent to may ask for credentials, and nobody is asked for them', async () => {
    const challenge = { 'www-authenticate': 'Basic realm="x", Bearer realm="http://127.0.0.1/token"' };
    const cdn = await served(() => new Response(null, { status: 401, headers: challenge }));
    const { host, log } = await served(() => Response.redirect(`${cdn.url}/elsewhere`, 307));
    const asked: string[] = [];
    const credentials = (name: string): undefined => {
      asked.push(name);
    };
    const repository = new Registry({ plainHttp: true, credentials }).repository(`${host}/org/hello`);
    expect(await rejection(repository.fetch(hello))).toBeInstanceOf(UnauthorizedError);
    expect(asked).toEqual([]);
    expect([log.length, cdn.log]).toEqual([1, ['GET /elsewhere undefined']]);
  });

  test('a circle of them is a network error', async () => {
    const { repository, log } = await redirecting(() => '/round');
    const error = await rejection(repository.push(hello, new Blob(['hello'])));
    expect(error).toBeInstanceOf(NetworkError);
    // The fetch standard gives up after twenty, and what is broken for good is not tried again.
    expect(log.length).toBeLessThan(30);
  });
});
