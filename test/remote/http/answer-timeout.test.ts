import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NetworkError } from '../../../src/errors.ts';
import { withAnswerTimeout } from '../../../src/remote/http/answer-timeout.ts';
import type { FetchInit } from '../../../src/remote/http/fetch.ts';
import { rejection } from '../../support/content.ts';
import { fakeFetch, status, unanswered } from '../../support/fake-fetch.ts';
import { pass, stopClock } from '../../support/time.ts';

const url = 'https://reg.test/v2/org/hello/blobs/uploads/1';
const timeouts = { answer: 3000, stall: 2000 };
const mebibyte = 1024 * 1024;
const reason = new Error('enough');

beforeEach(() => stopClock());
afterEach(() => {
  vi.useRealTimers();
});

/** An upload of so many bytes to a registry that never answers; `report` is what a fetch tells of it. */
function upload(size: number, init: FetchInit = {}) {
  const { fetch, requests } = fakeFetch(unanswered);
  const told: number[] = [];
  const body = new Blob([new Uint8Array(size)]);
  const onSent = (bytes: number): unknown => told.push(bytes);
  const failed = rejection(
    withAnswerTimeout(fetch, timeouts)(`${url}?_state=SECRET`, { method: 'PUT', body, onSent, ...init }),
  );
  const report = (bytes: number): void => requests[0]!.init.onSent?.(bytes);
  const isOver = (): boolean => requests[0]!.init.signal!.aborted;
  return { failed, requests, told, report, isOver };
}

/** A Blob that says it has a tebibyte. */
function huge(): Blob {
  return Object.defineProperty(new Blob(), 'size', { value: 2 ** 40 });
}

describe('timeouts: an upload', () => {
  test('that sends nothing more is a network error, and the request is ended', async () => {
    const { failed, report, isOver } = upload(5 * mebibyte);
    await pass(300_000);
    for (let sent = 1; sent < 5; sent++) {
      report(sent * mebibyte);
      await pass(1999);
      expect(isOver()).toBe(false);
    }
    await pass(1);
    const error = await failed;
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ message: `PUT ${url}: nothing was sent for 2 s`, url });
    expect(isOver()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a report that repeats another, or goes back, is no progress', async () => {
    const { failed, report } = upload(5 * mebibyte);
    report(1000);
    for (const bytes of [1000, 999]) {
      await pass(999);
      report(bytes);
    }
    await pass(2);
    expect(await failed).toMatchObject({ message: `PUT ${url}: nothing was sent for 2 s` });
  });

  test('when all was sent, the answer has its own time', async () => {
    const { failed, report, isOver } = upload(5 * mebibyte);
    report(mebibyte);
    await pass(1000);
    report(5 * mebibyte);
    await pass(2000);
    report(5 * mebibyte);
    await pass(999);
    expect(isOver()).toBe(false);
    await pass(1);
    expect(await failed).toMatchObject({ code: 'NETWORK', message: `PUT ${url}: no answer in 3 s` });
  });

  test.for([
    [100, 3],
    [16 * 1024 - 1, 3],
    [16 * 1024, 4],
    [5 * mebibyte, 323],
  ] as const)('with a fetch that tells nothing, %i bytes have %i seconds', async ([size, seconds]) => {
    const { failed, isOver } = upload(size);
    await pass(seconds * 1000 - 1);
    expect(isOver()).toBe(false);
    await pass(1);
    expect(await failed).toMatchObject({ code: 'NETWORK', message: `PUT ${url}: no answer in ${seconds} s` });
  });

  test('of more bytes than timers can wait for is not over at once', async () => {
    const { failed, isOver } = upload(0, { body: huge() });
    await pass(1e9);
    expect(isOver()).toBe(false);
    await pass(2 ** 31);
    expect(await failed).toMatchObject({ code: 'NETWORK' });
  });

  test('that is told may take its time', async () => {
    const { failed, report } = upload(mebibyte);
    for (let sent = 1; sent <= 10; sent++) {
      await pass(1500);
      report(sent);
    }
    await pass(2000);
    expect(await failed).toMatchObject({ message: `PUT ${url}: nothing was sent for 2 s` });
  });

  test('what is told goes to the caller as it is', () => {
    const { report, told } = upload(100);
    for (const bytes of [1, 50, 50, 20, 100]) report(bytes);
    expect(told).toEqual([1, 50, 50, 20, 100]);
  });

  test('what nobody wants to know is not asked of the fetch', () => {
    const { requests } = upload(5 * mebibyte, { onSent: undefined } as unknown as FetchInit);
    expect(requests[0]!.init.onSent).toBeUndefined();
  });

  test('no time is left running after the answer, nor started by a late report', async () => {
    const { fetch, requests } = fakeFetch(({ init }) => {
      init.onSent?.(mebibyte);
      return status(201);
    });
    const told: number[] = [];
    const body = new Blob([new Uint8Array(5 * mebibyte)]);
    const onSent = (bytes: number): unknown => told.push(bytes);
    await withAnswerTimeout(fetch, timeouts)(url, { method: 'PUT', body, onSent });
    requests[0]!.init.onSent?.(2 * mebibyte);
    expect(vi.getTimerCount()).toBe(0);
    expect(told).toEqual([mebibyte, 2 * mebibyte]);
  });

  test('an abort while bytes move rejects with its reason', async () => {
    const controller = new AbortController();
    const { failed, report } = upload(5 * mebibyte, { signal: controller.signal });
    report(mebibyte);
    controller.abort(reason);
    expect(await failed).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});
