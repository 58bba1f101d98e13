export { filesFromDataTransfer } from './browser/files/data-transfer.ts';
export { HandleStorage } from './browser/files/handle-storage.ts';
export { Registry } from './browser/registry.ts';
export { hashInWorker } from './browser/workers/hash-in-worker.ts';
export { packInWorkers } from './browser/workers/pack-in-workers.ts';
export { xhrFetch } from './browser/xhr-fetch.ts';
export type { FetchInit } from './remote/http/fetch.ts';
export { type FileListOptions, FileListStorage } from './storage/file-list.ts';
