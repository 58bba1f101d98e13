import { type Descriptor, mediaTypes, type Reference } from 'oras-js';
import type { Announcer } from './announcer.ts';
import { type Chosen, chosenFolder } from './chosen.ts';
import { byId, element } from './dom.ts';
import { countOf, FileRow, summaryOf } from './file-row.ts';
import { visible } from './format.ts';
import { clearProblem, FormProblem, showNotice, showProblem } from './problem.ts';
import { PushProgress } from './push-progress.ts';
import { pushedCard } from './pushed-card.ts';
import type { Session } from './session.ts';

const commonMediaTypes = [
  mediaTypes.octetStream,
  'application/json',
  'application/gzip',
  'application/pdf',
  'application/spdx+json',
  'application/vnd.cyclonedx+json',
  mediaTypes.layerTarGzip,
  'image/png',
  'text/markdown',
  'text/plain',
];

type Phase = 'review' | 'pushing' | 'pushed';

/** The part of the page that takes files and folders, and pushes them. */
export class PushView {
  readonly #session: Session;
  readonly #announcer: Announcer;
  readonly #onInspect: (reference: string) => void;
  readonly #form = byId('push-form', HTMLFormElement);
  readonly #list = byId('file-list', HTMLUListElement);
  readonly #reference = byId('push-reference', HTMLInputElement);
  readonly #artifactType = byId('artifact-type', HTMLInputElement);
  readonly #problem = byId('push-problem', HTMLElement);
  readonly #dropProblem = byId('drop-problem', HTMLElement);
  readonly #pushed = byId('pushed', HTMLElement);
  readonly #choose = byId('choose', HTMLButtonElement);
  readonly #chooseFolder = byId('choose-folder', HTMLButtonElement);
  readonly #push = byId('push', HTMLButtonElement);
  readonly #cancel = byId('cancel', HTMLButtonElement);
  readonly #clear = byId('clear', HTMLButtonElement);
  #rows: FileRow[] = [];
  #phase: Phase = 'review';
  #abort = new AbortController();

  constructor(session: Session, announcer: Announcer, onInspect: (reference: string) => void) {
    this.#session = session;
    this.#announcer = announcer;
    this.#onInspect = onInspect;
    this.#reference.value = `${session.config.registry}/demo/upload:latest`;
    byId('media-types', HTMLDataListElement).append(...commonMediaTypes.map((value) => element('option', { value })));
    session.follow(this.#reference);
    this.#takeFrom(byId('file-input', HTMLInputElement), this.#choose, (files) => [...files]);
    this.#takeFrom(byId('folder-input', HTMLInputElement), this.#chooseFolder, chosenFolder);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#phase === 'review') void this.#run();
    });
    this.#cancel.addEventListener('click', () => this.#abort.abort());
    this.#clear.addEventListener('click', () => this.#empty());
    window.addEventListener('beforeunload', (event) => {
      if (this.#phase === 'pushing') event.preventDefault();
    });
  }

  /** Adds files and folders to the list; while a push is under way none are taken. */
  add(chosen: readonly Chosen[]): void {
    clearProblem(this.#dropProblem);
    if (chosen.length === 0) return;
    if (this.#phase === 'pushing') {
      showNotice(this.#dropProblem, 'A push is under way. Wait for its end, or cancel it.');
      return;
    }
    if (this.#phase === 'pushed') this.#empty();
    const rows = chosen.map((it) => new FileRow(it, (row) => this.#remove(row)));
    this.#rows.push(...rows);
    this.#list.append(...rows.map((row) => row.element));
    this.#announcer.say(`${countOf(rows)} added, ${this.#rows.length} in the list`);
    this.#show('review');
    for (const row of rows) if (row.isFolder) void this.#count(row);
  }

  /** Opens a chooser with a button, and adds what is chosen. */
  #takeFrom(input: HTMLInputElement, opener: HTMLButtonElement, take: (files: FileList) => Chosen[] | undefined): void {
    opener.addEventListener('click', () => input.click());
    input.addEventListener('change', () => {
      try {
        const chosen = take(input.files as FileList);
        if (chosen) this.add(chosen);
        else showNotice(this.#dropProblem, 'There is no file in this folder.');
      } catch (error) {
        showProblem(this.#dropProblem, error);
      }
      // Else choosing the same again would change nothing, and not be noticed.
      input.value = '';
    });
  }

  async #count(row: FileRow): Promise<void> {
    const isThere = (): boolean => this.#rows.includes(row);
    try {
      await row.count();
      if (!isThere()) return;
      this.#showCount();
      if (this.#phase === 'review') this.#announcer.say(`${visible(row.name)}: ${row.size}`);
    } catch (error) {
      if (isThere()) showProblem(this.#dropProblem, error);
    }
  }

  async #run(): Promise<void> {
    clearProblem(this.#problem);
    let progress: PushProgress | undefined;
    try {
      this.#check();
      const reference = this.#session.parse(this.#reference.value);
      const registry = this.#session.registryFor(reference);
      this.#abort = new AbortController();
      const { signal } = this.#abort;
      this.#show('pushing');
      const running = new PushProgress(this.#rows, this.#announcer);
      progress = running;
      const artifactType = this.#artifactType.value.trim();
      const { descriptor, manifest } = await registry.push(
        reference.toString(),
        this.#rows.map((row) => row.input),
        {
          ...(artifactType ? { artifactType } : {}),
          signal,
          onProgress: (event) => {
            if (!signal.aborted) running.take(event);
          },
        },
      );
      running.finish(manifest.layers);
      this.#show('pushed');
      this.#showPushed(reference, descriptor);
    } catch (error) {
      this.#show('review');
      this.#fail(error, progress);
    }
  }

  #check(): void {
    this.#reference.removeAttribute('aria-invalid');
    const names = new Set<string>();
    for (const row of this.#rows) {
      row.check(names);
      names.add(row.name);
    }
  }

  #fail(error: unknown, progress: PushProgress | undefined): void {
    if (this.#abort.signal.aborted) {
      progress?.stop('cancelled');
      showNotice(this.#problem, 'Cancelled. Nothing was published under the destination.');
      this.#push.focus();
      return;
    }
    progress?.stop('failed');
    this.#session.showProblem(this.#problem, error);
    const field = error instanceof FormProblem ? error.field : progress ? undefined : this.#reference;
    field?.setAttribute('aria-invalid', 'true');
    field?.focus();
  }

  #showPushed(reference: Reference, descriptor: Descriptor): void {
    const card = pushedCard(reference, descriptor, () => this.#onInspect(reference.toString()));
    this.#pushed.replaceChildren(card);
    card.querySelector('h3')?.focus();
  }

  #remove(row: FileRow): void {
    const index = this.#rows.indexOf(row);
    this.#rows.splice(index, 1);
    row.remove();
    if (this.#rows.length > 0) {
      this.#show('review');
      this.#rows[Math.min(index, this.#rows.length - 1)]?.element.querySelector('button')?.focus();
    } else this.#empty();
  }

  #empty(): void {
    for (const row of this.#rows) row.remove();
    this.#rows = [];
    this.#pushed.replaceChildren();
    clearProblem(this.#problem);
    this.#show('review');
    this.#choose.focus();
  }

  #show(phase: Phase): void {
    this.#phase = phase;
    const isReview = phase === 'review';
    const isEmpty = this.#rows.length === 0;
    this.#form.hidden = isEmpty;
    this.#choose.textContent = isEmpty ? 'Choose files' : 'Add files';
    this.#chooseFolder.textContent = isEmpty ? 'Choose a folder' : 'Add a folder';
    byId('picker', HTMLElement).classList.toggle('compact', !isEmpty);
    byId('picker', HTMLElement).hidden = !isReview;
    for (const row of this.#rows) row.lock(!isReview);
    this.#reference.readOnly = !isReview;
    this.#artifactType.readOnly = !isReview;
    this.#showCount();
    byId('push-fields', HTMLElement).hidden = phase === 'pushed';
    byId('total', HTMLElement).hidden = phase !== 'pushing';
    this.#push.hidden = !isReview;
    this.#cancel.hidden = phase !== 'pushing';
    this.#clear.hidden = phase === 'pushing';
    this.#clear.classList.toggle('quiet', isReview);
    this.#clear.textContent = isReview ? 'Remove all' : 'Push other files';
    if (phase === 'pushing') this.#cancel.focus();
  }

  #showCount(): void {
    byId('file-count', HTMLElement).textContent = summaryOf(this.#rows);
  }
}
