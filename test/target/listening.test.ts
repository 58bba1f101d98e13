import { describe, expect, test } from 'vitest';
import type { TransferEvent, TransferOptions, WarningOptions } from '../../src/options.ts';
import { listening } from '../../src/target/listening.ts';
import { descriptorOf, rejection } from '../support/content.ts';

type Options = TransferOptions & WarningOptions;

const mistake = new TypeError('cannot read properties of undefined');
const reason = new Error('the user left');
const event: TransferEvent = { type: 'start', descriptor: descriptorOf('x') };

/** The reason a call is ended with, once it is. */
function abortOf({ signal }: Options): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(signal.reason);
    else signal?.addEventListener('abort', () => resolve(signal.reason));
  });
}

describe.for([
  [
    'throws',
    () => {
      throw mistake;
    },
  ],
  ['rejects', () => Promise.reject(mistake)],
] as const)('a listener that %s', ([, onProgress]) => {
  test('ends the call with that error, which is the reason of its signal', async () => {
    let ended: unknown;
    const call = listening({ onProgress } as Options, async (heard) => {
      heard.onProgress?.(event);
      ended = await abortOf(heard);
      throw new Error('what the work makes of it');
    });
    expect(await rejection(call)).toBe(mistake);
    expect(ended).toBe(mistake);
  });

  test('ends a call that does not see the abort, too', async () => {
    const call = listening({ onProgress } as Options, async (heard) => heard.onProgress?.(event));
    expect(await rejection(call)).toBe(mistake);
  });

  test('is told nothing more', async () => {
    let told = 0;
    const counting = (): unknown => {
      told++;
      return onProgress();
    };
    const call = listening({ onProgress: counting } as Options, async (heard) => {
      heard.onProgress?.(event);
      await abortOf(heard);
      heard.onProgress?.(event);
    });
    expect(await rejection(call)).toBe(mistake);
    expect(told).toBe(1);
  });

  test('ends the call as onWarning, too', async () => {
    const call = listening({ onWarning: onProgress } as Options, async ({ onWarning }) =>
      onWarning?.({ host: '', text: 'odd' }),
    );
    expect(await rejection(call)).toBe(mistake);
  });
});

describe('listening', () => {
  test('a call ends after its asynchronous listeners', async () => {
    let end = (): void => {};
    const log: string[] = [];
    const onProgress = async (): Promise<void> => {
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      log.push('listener');
    };
    const call = listening({ onProgress } as Options, async (heard) => heard.onProgress?.(event)).then(() => {
      log.push('call');
    });
    end();
    await call;
    expect(log).toEqual(['listener', 'call']);
  });

  test('an abort ends a call whose listener never ends, and a late failure is nobody’s', async () => {
    const abort = new AbortController();
    let fail = (_: unknown): void => {};
    const onProgress = (): Promise<void> =>
      new Promise((_, reject) => {
        fail = reject;
      });
    const call = listening({ onProgress, signal: abort.signal } as Options, async (heard) => heard.onProgress?.(event));
    abort.abort(reason);
    expect(await rejection(call)).toBe(reason);
    fail(mistake);
  });

  test('once it is aborted, the listener is told nothing more', async () => {
    const abort = new AbortController();
    let told = 0;
    const options: Options = { signal: abort.signal, onProgress: () => told++ };
    const call = listening(options, async (heard) => {
      heard.onProgress?.(event);
      abort.abort(reason);
      heard.onProgress?.(event);
      heard.signal?.throwIfAborted();
    });
    expect(await rejection(call)).toBe(reason);
    expect(told).toBe(1);
  });

  test('a failure that is undefined ends the call', async () => {
    const onProgress = (): Promise<void> => Promise.reject(undefined);
    const call = listening({ onProgress } as Options, async (heard) => heard.onProgress?.(event));
    expect(await rejection(call)).toBeUndefined();
  });

  test('the failure of the work is thrown where no listener failed', async () => {
    const call = listening({ onProgress: () => {} } as Options, () => Promise.reject(reason));
    expect(await rejection(call)).toBe(reason);
  });

  test('without a listener, and within another call, the options stay as they are', async () => {
    const bare: Options = {};
    await listening(bare, async (heard) => expect(heard).toBe(bare));
    await listening({ onProgress: () => {} } as Options, (outer) =>
      listening(outer, async (inner) => expect(inner).toBe(outer)),
    );
  });
});
