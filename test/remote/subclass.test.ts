import { describe, expect, test } from 'vitest';
import { NotFoundError, Registry, type RegistryError, Repository } from '../../src/index.ts';
import { rejection } from '../support/content.ts';
import { type Answers, atOnce, fakeFetch, json, refusal, status } from '../support/fake-fetch.ts';

/** A repository of a registry with an endpoint that the specification does not know. */
class Counted extends Repository {
  async pulls(): Promise<unknown> {
    const { base, reference } = this.connection;
    const missing = String(reference);
    const what = `Cannot count the pulls of ${missing}`;
    const response = await this.connection.send('GET', `${base}/_oras/pulls`, { what, missing });
    return response.json();
  }

  async forget(): Promise<void> {
    const method = 'DELETE';
    const url = `${this.connection.base}/_oras/pulls?all=1`;
    const response = await this.connection.send(method, url);
    if (response.status !== 202) throw await this.responseError(response, { method, url, what: 'Cannot forget' });
  }
}

class CountingRegistry extends Registry {
  override repository(name: string): Counted {
    const reference = this.reference(name);
    return new Counted(reference, this.connect(reference));
  }
}

function counted(answers: Answers): { repository: Counted; sent: () => string[] } {
  const { fetch, sent } = fakeFetch(answers);
  return { repository: new CountingRegistry({ fetch, retry: atOnce }).repository('reg.test/org/hello'), sent };
}

describe('Repository: a subclass with an endpoint of its own', () => {
  test('is authenticated, and asks again after what passes', async () => {
    const { repository, sent } = counted(({ headers, url }, number) => {
      if (url.includes('/token')) return json({ token: 'good' });
      if (number === 0) return status(503);
      if (headers.get('authorization') === 'Bearer good') return json({ pulls: 7 });
      return status(401, { 'www-authenticate': 'Bearer realm="https://reg.test/token"' });
    });
    expect(await repository.pulls()).toEqual({ pulls: 7 });
    expect(sent()).toEqual([
      'GET /v2/org/hello/_oras/pulls',
      'GET /v2/org/hello/_oras/pulls',
      'GET /token?scope=repository%3Aorg%2Fhello%3Apull',
      'GET /v2/org/hello/_oras/pulls',
    ]);
  });

  test('fails with the errors of this package, where it says what it wants', async () => {
    const { repository } = counted(() => refusal(404, 'NAME_UNKNOWN', 'no such repository'));
    const error = await rejection(repository.pulls());
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      message: 'Cannot count the pulls of reg.test/org/hello: no such repository (404)',
      reference: 'reg.test/org/hello',
      status: 404,
      method: 'GET',
      url: 'https://reg.test/v2/org/hello/_oras/pulls',
    });
  });

  test('makes the error of an answer that it looked at itself', async () => {
    const { repository } = counted(() => refusal(405, 'UNSUPPORTED', 'not here'));
    const error = (await rejection(repository.forget())) as RegistryError;
    expect(error).toMatchObject({ code: 'REGISTRY', message: 'Cannot forget: not here (405)', method: 'DELETE' });
    expect(error.url).toBe('https://reg.test/v2/org/hello/_oras/pulls');
  });

  test('a deletion asks for the scope to delete', async () => {
    const { repository, sent } = counted(({ headers, url }) => {
      if (url.includes('/token')) return json({ token: 'good' });
      return headers.has('authorization')
        ? status(202)
        : status(401, { 'www-authenticate': 'Bearer realm="https://reg.test/token"' });
    });
    await repository.forget();
    expect(sent()[1]).toBe('GET /token?scope=repository%3Aorg%2Fhello%3Adelete');
  });
});
