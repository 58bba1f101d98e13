import type { Browser, Page } from 'playwright/test';

/** Milliseconds from which on a person notices that a page does not answer (https://w3c.github.io/longtasks/). */
export const longest = 50;

/** What kept the page from answering for more than {@link longest} milliseconds. */
export interface LongTask {
  /** How long it took. */
  milliseconds: number;
  /** How long it was really at work, and not waiting for a processor. */
  busy: number;
}

/** One entry of a trace; times are in microseconds. */
interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

declare global {
  /** In the page: the long tasks so far. */
  var longTasks: number[];
}

/** Makes a page count its long tasks; call it before the page is opened. */
export async function watchLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    globalThis.longTasks = [];
    const note = (list: PerformanceObserverEntryList): void => {
      globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration));
    };
    new PerformanceObserver(note).observe({ entryTypes: ['longtask'] });
  });
}

/**
 * Runs `work`, and gives the long tasks of the page's main thread meanwhile: what the page was told of, and with it what
 * a trace says. On a busy machine a task of nothing may last long as its thread is not given a processor, which the page
 * cannot tell from work; the trace knows both times.
 */
export async function longTasksOf(browser: Browser, page: Page, work: () => Promise<void>): Promise<LongTask[]> {
  await page.evaluate(() => {
    globalThis.longTasks.length = 0;
  });
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  // What is told comes in a task of its own.
  const told = await page.evaluate(
    () => new Promise<number[]>((resolve) => setTimeout(() => resolve(globalThis.longTasks), 100)),
  );
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const tasks = traceEvents.filter(
    ({ pid, tid, dur = 0 }) =>
      dur > longest * 1000 && threads.some((thread) => thread.pid === pid && thread.tid === tid),
  );
  const traced = tasks.map(({ dur = 0, tdur = dur }) => ({ milliseconds: dur / 1000, busy: tdur / 1000 }));
  // One that the trace does not know counts as work.
  const untraced = told.filter((time) => !traced.some(({ milliseconds }) => Math.abs(milliseconds - time) < 10));
  return [...traced, ...untraced.map((milliseconds) => ({ milliseconds, busy: milliseconds }))];
}
