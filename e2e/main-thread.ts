import type { Browser, Page } from 'playwright/test';

/** Milliseconds from which on a person notices that a page does not answer (https://w3c.github.io/longtasks/). */
export const longest = 50;

/** A task of a page's main thread. */
export interface Task {
  /** How long it took. */
  milliseconds: number;
  /** How long it was really at work, and not waiting for a processor; not known where threads have no clock. */
  busy: number | undefined;
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
  /** In the page: how long each of its long tasks took since the last call. */
  var takeLongTasks: () => number[];
}

/** Makes a page count its long tasks; call it before the page is opened. */
export async function watchLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const told: number[] = [];
    const note = (entries: PerformanceEntryList): void => {
      told.push(...entries.map(({ duration }) => duration));
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ entryTypes: ['longtask'] });
    globalThis.takeLongTasks = () => {
      note(observer.takeRecords());
      return told.splice(0);
    };
  });
}

/**
 * Runs `work`, and gives the long tasks that the page was told of meanwhile, and all tasks of its main thread, from a
 * trace. On a busy machine a task of nothing may last long as its thread is not given a processor, which the page cannot
 * tell from work; the trace knows both times.
 */
export async function tasksOf(
  browser: Browser,
  page: Page,
  work: () => Promise<void>,
): Promise<{ told: number[]; tasks: Task[] }> {
  await page.evaluate(() => takeLongTasks());
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  // A task is told of, and in the trace, once it is over, as it is when another runs.
  const told = await page.evaluate(
    () => new Promise<number[]>((resolve) => setTimeout(() => resolve(takeLongTasks()))),
  );
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const tasks = traceEvents
    .filter(({ pid, tid, dur }) => dur && threads.some((thread) => thread.pid === pid && thread.tid === tid))
    .map(({ dur = 0, tdur }) => ({ milliseconds: dur / 1000, busy: tdur === undefined ? undefined : tdur / 1000 }));
  return { told, tasks };
}

/** How long tasks were at work, the longest first; those of which that is not known are left out. */
export function workOf(tasks: readonly Task[]): number[] {
  return tasks.flatMap(({ busy }) => busy ?? []).sort((a, b) => b - a);
}

/** How many tasks {@link keepBusy} is. */
export const runs = 5;

/**
 * Milliseconds of work that each task of {@link keepBusy} is on a usual machine. A shared virtual processor of about
 * 2.5 GHz needs about 210, and new desktops half of it; much less would not be a long task there.
 */
export const usual = 200;

/** Makes the page work in some tasks, each the same number of steps on any machine. */
export async function keepBusy(page: Page): Promise<void> {
  await page.evaluate(async (times) => {
    for (let run = 0; run < times; run++) {
      await new Promise((resolve) => {
        setTimeout(() => {
          let last = run;
          for (let step = 0; step < 120_000_000; step++) last = (Math.imul(last, 1664525) + 1013904223) | 0;
          resolve(last);
        });
      });
    }
  }, runs);
}
