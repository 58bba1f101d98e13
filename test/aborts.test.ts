import { describe, expect, test, vi } from 'vitest';
import { LinkedAbort, onAbort } from '../src/aborts.ts';
import { countedSignal } from './support/counted-signal.ts';

const reason = new Error('enough');

describe('onAbort', () => {
  test('calls everybody who waits, in their order, and once', () => {
    const { controller, signal, now, most } = countedSignal();
    const called: number[] = [];
    for (const i of [1, 2, 3]) onAbort(signal, () => called.push(i));
    expect([now(), most()]).toEqual([1, 1]);
    controller.abort(reason);
    controller.abort(reason);
    expect([called, now()]).toEqual([[1, 2, 3], 0]);
  });

  test('calls at once when it is aborted already, also by another who is called', () => {
    const { controller, signal } = countedSignal();
    const called: string[] = [];
    onAbort(signal, () => {
      called.push('first');
      onAbort(signal, () => called.push('within'));
    });
    onAbort(signal, () => called.push('second'));
    controller.abort(reason);
    onAbort(signal, () => called.push('late'));
    expect(called).toEqual(['first', 'within', 'second', 'late']);
  });

  test('calls nobody who has left, also while others are called', () => {
    const { controller, signal, now } = countedSignal();
    const call = vi.fn();
    const releases = [onAbort(signal, call), onAbort(signal, () => releases[2]?.()), onAbort(signal, call)];
    releases[0]?.();
    releases[0]?.();
    expect(now()).toBe(1);
    controller.abort(reason);
    expect(call).not.toHaveBeenCalled();
  });

  test('leaves no listener when the last has left, and takes a new one after that', () => {
    const { controller, signal, now } = countedSignal();
    const call = vi.fn();
    const [first, second] = [onAbort(signal, call), onAbort(signal, call)];
    first?.();
    second?.();
    expect(now()).toBe(0);
    onAbort(signal, call);
    expect(now()).toBe(1);
    controller.abort(reason);
    expect(call).toHaveBeenCalledTimes(1);
  });

  test('calls the others when one fails, and reports its error', () => {
    const report = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
    const { controller, signal, now } = countedSignal();
    const call = vi.fn();
    onAbort(signal, () => {
      throw reason;
    });
    onAbort(signal, call);
    controller.abort();
    const reported = report.mock.calls.map(([task]) => task);
    report.mockRestore();
    expect([call.mock.calls.length, now(), reported.length]).toEqual([1, 0, 1]);
    expect(reported[0]).toThrow(reason);
  });

  test('without a signal there is nothing to wait for', () => {
    for (const signal of [undefined, null]) expect(onAbort(signal, () => expect.unreachable())()).toBeUndefined();
  });
});

describe('LinkedAbort', () => {
  test('is aborted with the other signal, but not the other way round', () => {
    const { controller, signal, now } = countedSignal();
    const own = new LinkedAbort(signal);
    own.abort('mine');
    expect([signal.aborted, own.signal.reason]).toEqual([false, 'mine']);
    const linked = new LinkedAbort(signal);
    controller.abort(reason);
    expect([linked.signal.reason, own.signal.reason, now()]).toEqual([reason, 'mine', 0]);
    expect(new LinkedAbort(signal).signal.reason).toBe(reason);
  });

  test('is not aborted any more once it was released', () => {
    const { controller, signal, now } = countedSignal();
    const linked = new LinkedAbort(signal);
    linked.release();
    expect(now()).toBe(0);
    controller.abort(reason);
    expect(linked.signal.aborted).toBe(false);
  });
});
