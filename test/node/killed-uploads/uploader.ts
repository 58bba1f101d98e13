// Pushes a file in chunks and notes how far it is, until it is killed; then it is started again.
//
//   node uploader.mjs REFERENCE DIRECTORY CHUNK [chunks after which it kills itself]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';

const [reference = '', directory = '', chunkSize = '', chunks = ''] = process.argv.slice(2);
let left = chunks === '' ? Number.POSITIVE_INFINITY : Number(chunks);
const registry = new Registry({
  plainHttp: true,
  fetch: (url, init) => {
    // No signal that it could react to: it is gone at once.
    if (init?.method === 'PATCH' && left-- === 0) process.kill(process.pid, 'SIGKILL');
    return fetch(url, init);
  },
});
let began = 'new';
const content = new Blob([readFileSync(join(directory, 'model.bin'))]);
await registry.push(reference, [{ name: 'model.bin', content }], {
  chunkSize: Number(chunkSize),
  resume: new DirectoryStorage(join(directory, 'notes')),
  onProgress: (event) => {
    if (event.type === 'resume') began = `resume ${event.transferred}`;
    if (event.type === 'restart') began = `restart ${event.reason}`;
  },
});
process.stdout.write(began);
