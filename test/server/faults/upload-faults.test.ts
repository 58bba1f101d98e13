import { digestOf } from 'oras-js';
import { type Fault, faults, withFaults } from 'oras-js/server';
import { expect, test } from 'vitest';
import { rejection } from '../../support/content.ts';
import { expectRefusal, TestClient } from '../client.ts';

const hello = digestOf(new TextEncoder().encode('hello'));

function clientWith(...list: Fault[]): TestClient {
  return new TestClient({}, (handler) => withFaults(handler, list));
}

test('takeLess: no more of a chunk is kept than that, and the Range says so', async () => {
  const client = clientWith(faults.takeLess(2, { times: 2 }));
  const location = await client.startUpload('a');
  expect((await client.patch(location, 0, 'hello')).headers.get('range')).toBe('0-1');
  expect((await client.patch(location, 2, 'llo')).headers.get('range')).toBe('0-3');
  expect((await client.patch(location, 4, 'o')).headers.get('range')).toBe('0-4');
  expect((await client.send('PUT', `${location}?digest=${hello}`)).status).toBe(201);
});

test('loseAnswer: what was asked for is done, and the connection breaks', async () => {
  const client = clientWith(faults.loseAnswer({ match: ({ method }) => method === 'PUT' }));
  const location = await client.startUpload('a');
  const closing = client.send('PUT', `${location}?digest=${hello}`, { body: 'hello' });
  expect(await rejection(closing)).toBeInstanceOf(TypeError);
  expect((await client.send('HEAD', `a/blobs/${hello}`)).status).toBe(200);
});

test('newLocations: each answer has another Location, and an older one is unknown', async () => {
  const client = clientWith(faults.newLocations());
  const first = await client.startUpload('a');
  const second = (await client.patch(first, 0, 'hel')).headers.get('location')!;
  expect(second).not.toBe(first);
  await expectRefusal(await client.patch(first, 3, 'lo'), 404, 'BLOB_UPLOAD_INVALID');
  const third = (await client.send('GET', second)).headers.get('location')!;
  expect((await client.patch(third, 3, 'lo')).headers.get('range')).toBe('0-4');
  const other = await client.startUpload('a');
  expect((await client.patch(other, 0, 'hel')).status).toBe(202);
});
