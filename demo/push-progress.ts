import { annotationKeys, type Descriptor, type TransferEvent } from 'oras-js';
import type { Announcer } from './announcer.ts';
import { byId } from './dom.ts';
import type { FileRow } from './file-row.ts';
import { bytes, count } from './format.ts';

interface Way {
  row: FileRow;
  hashed: number;
  sent: number;
}

/** Turns the events of a push into what the rows, the bar for all and the announcer say. */
export class PushProgress {
  readonly #ways: ReadonlyMap<string, Way>;
  readonly #announcer: Announcer;
  readonly #size: number;
  readonly #bar = byId('total-bar', HTMLProgressElement);
  readonly #text = byId('total-text', HTMLElement);
  readonly #sent = new Set<string>();
  #announcedQuarter = 0;

  constructor(rows: readonly FileRow[], announcer: Announcer) {
    this.#ways = new Map(rows.map((row) => [row.name, { row, hashed: 0, sent: 0 }]));
    this.#announcer = announcer;
    this.#size = rows.reduce((sum, { file }) => sum + file.size, 0);
    for (const row of rows) row.show('queued');
    this.#showTotal();
    announcer.say(`Pushing ${count(rows.length, 'file')}, ${bytes(this.#size)}`);
  }

  /** Takes one event of the push. */
  take(event: TransferEvent): void {
    const way = this.#ways.get(
      event.type === 'hash' ? event.name : (event.descriptor.annotations?.[annotationKeys.title] ?? ''),
    );
    // The configuration and the manifest are small, and no file of the person's.
    if (!way) return;
    if (event.type === 'done') this.#sent.add(event.descriptor.digest);
    move(way, event);
    this.#showTotal();
  }

  /** Shows every file as done; one whose bytes went over under another name has had no events of its own. */
  finish(layers: readonly Descriptor[]): void {
    for (const { digest, annotations } of layers) {
      this.#ways.get(annotations?.[annotationKeys.title] ?? '')?.row.show(this.#sent.has(digest) ? 'done' : 'exists');
    }
    this.#announcer.say(`Pushed ${count(layers.length, 'file')}`);
  }

  /** Shows that what has not gone over will not. */
  stop(state: 'failed' | 'cancelled'): void {
    for (const { row } of this.#ways.values()) {
      if (row.state !== 'done' && row.state !== 'exists') row.show(state);
    }
  }

  #showTotal(): void {
    const ways = [...this.#ways.values()];
    const done = ways.filter(({ row }) => row.state === 'done' || row.state === 'exists').length;
    const bytesThrough = ways.reduce((sum, { hashed, sent }) => sum + hashed + sent, 0);
    const part = this.#size === 0 ? done / ways.length : bytesThrough / (2 * this.#size);
    this.#bar.value = Math.floor(part * 100);
    this.#text.textContent = `${done} of ${count(ways.length, 'file')} · ${Math.floor(part * 100)} %`;
    const quarter = Math.floor(part * 4);
    if (quarter > this.#announcedQuarter && quarter < 4) this.#announcer.say(`${quarter * 25} percent`);
    this.#announcedQuarter = quarter;
  }
}

function move(way: Way, event: TransferEvent): void {
  const { row } = way;
  const { size } = row.file;
  const part = (through: number): number => (size === 0 ? 1 : through / size);
  switch (event.type) {
    case 'hash':
      way.hashed = event.transferred;
      row.show('hashing', part(event.transferred));
      break;
    case 'start':
      way.hashed = size;
      row.show('uploading');
      break;
    case 'transfer':
      way.sent = event.transferred;
      row.show('uploading', part(event.transferred));
      break;
    case 'done':
      way.sent = size;
      row.show('done');
      break;
    case 'skip':
      way.hashed = way.sent = size;
      row.show('exists');
      break;
  }
}
