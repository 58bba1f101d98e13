// The thread's program: walks directories, reads their files and makes tars of them.
import { type MessagePort, parentPort } from 'node:worker_threads';
import { postedError } from '../../errors/posted-error.ts';
import { BlockWriter } from './block-writer.ts';
import type { EntryChoice, TarAnswer, TarRequest } from './tar-messages.ts';
import type { Choose } from './walk.ts';
import { writeTar } from './write-tar.ts';

const port = parentPort as MessagePort;
const answer = (message: TarAnswer): void => port.postMessage(message);
let fill = (_: number): void => {};
let chosen = (_: EntryChoice[]): void => {};

port.on('message', (request: TarRequest) => {
  if (request.type === 'fill') return fill(request.buffer);
  if (request.type === 'chosen') return chosen(request.choices);
  pack(request).catch((error: unknown) => {
    const posted = postedError(error);
    answer(posted ? { type: 'failed', error: posted } : { type: 'unable' });
  });
  answer({ type: 'started' });
});

async function pack({ plan, buffers }: TarRequest & { type: 'start' }): Promise<void> {
  const blocks = buffers.map((buffer) => new Uint8Array(buffer));
  const writer = new BlockWriter((size) => {
    if (size !== undefined) answer({ type: 'filled', size, isLast: false });
    return new Promise((resolve) => {
      fill = (index) => resolve(blocks[index] as Uint8Array);
    });
  });
  const choose: Choose = (entries) => {
    answer({ type: 'choose', entries });
    return new Promise((resolve) => {
      chosen = resolve;
    });
  };
  await writeTar(plan, writer, plan.asks ? choose : undefined);
  answer({ type: 'filled', size: writer.size, isLast: true });
}
