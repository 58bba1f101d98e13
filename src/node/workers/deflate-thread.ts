// The thread's program: compresses blocks of archives.
import { type MessagePort, parentPort } from 'node:worker_threads';
import { deflateBlock } from '../../archive/writing/pako-deflate.ts';
import type { DeflateThreadAnswer, DeflateThreadRequest } from './deflate-messages.ts';

const port = parentPort as MessagePort;

port.on('message', ({ raw, output }: DeflateThreadRequest) => {
  const { bytes, crc } = deflateBlock(raw, output);
  port.postMessage({ size: bytes.byteLength, crc } satisfies DeflateThreadAnswer);
});
