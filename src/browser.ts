export { filesFromDataTransfer } from './browser/data-transfer.ts';
export { FileListStorage } from './browser/file-list-storage.ts';
export { HandleStorage } from './browser/handle-storage.ts';
export { xhrFetch } from './browser/xhr-fetch.ts';
export type { FetchInit } from './remote/transport.ts';
