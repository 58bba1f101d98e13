export { filesFromDataTransfer } from './browser/data-transfer.ts';
export { FileListStorage } from './browser/file-list-storage.ts';
export { HandleStorage } from './browser/handle-storage.ts';
export { hashInWorker } from './browser/hash-in-worker.ts';
export { Registry } from './browser/registry.ts';
export { xhrFetch } from './browser/xhr-fetch.ts';
export type { FetchInit } from './remote/transport.ts';
