/**
 * A registry inside a program, as in a test: with users, and with injected faults. It runs in Node and in a page.
 */
// #region readme
import { isOrasError, Registry } from 'oras-js';
import { createRegistryServer, faults, withFaults } from 'oras-js/server';

// Anonymous users may pull, and Alice may push. Without `storage` all content is in memory.
const server = createRegistryServer({
  auth: { scheme: 'bearer', users: { alice: 's3cret' }, anonymousPull: true },
});
// The first download of a blob breaks after one byte.
const isDownload = ({ method, url }: Request): boolean => method === 'GET' && url.includes('/blobs/');
const flaky = withFaults(server, [faults.truncate(1, { match: isDownload, times: 1 })]);

const alice = new Registry({ fetch: flaky, credentials: { username: 'alice', password: 's3cret' } });
await alice.push('localhost/org/hello:v1', [{ name: 'hello.txt', content: 'hi\n' }]);

// A client without retries; by default, a broken download continues.
const { files } = await new Registry({ fetch: flaky, retry: { limit: 0 } }).pull('localhost/org/hello:v1');
for (const file of [...files, ...files]) {
  try {
    console.log(`${file.name}: ${await (await file.blob()).text()}`);
  } catch (error) {
    if (!isOrasError(error, 'NETWORK')) throw error;
    console.log(`${file.name}: broken`);
  }
}
// #endregion
