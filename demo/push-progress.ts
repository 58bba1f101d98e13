import { annotationKeys, type Descriptor, type TransferEvent } from 'oras-js';
import type { Announcer } from './announcer.ts';
import { byId } from './dom.ts';
import { countOf, type FileRow, summaryOf } from './file-row.ts';

interface Way {
  row: FileRow;
  /** Bytes to hash and to send: of a folder those in it, and once it is packed those of the archive. */
  size: number;
  hashed: number;
  sent: number;
}

/** Turns the events of a push into what the rows, the bar for all and the announcer say. */
export class PushProgress {
  readonly #ways: ReadonlyMap<string, Way>;
  readonly #rows: readonly FileRow[];
  readonly #announcer: Announcer;
  readonly #bar = byId('total-bar', HTMLProgressElement);
  readonly #text = byId('total-text', HTMLElement);
  readonly #sent = new Set<string>();
  #announcedQuarter = 0;

  constructor(rows: readonly FileRow[], announcer: Announcer) {
    this.#ways = new Map(rows.map((row) => [row.name, { row, size: row.bytes ?? 0, hashed: 0, sent: 0 }]));
    this.#rows = rows;
    this.#announcer = announcer;
    for (const row of rows) row.show('queued');
    this.#showTotal();
    announcer.say(`Pushing ${summaryOf(rows)}`);
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

  /** Shows all as done; a file whose bytes went over under another name has had no events of its own. */
  finish(layers: readonly Descriptor[]): void {
    for (const { digest, annotations } of layers) {
      this.#ways.get(annotations?.[annotationKeys.title] ?? '')?.row.show(this.#sent.has(digest) ? 'done' : 'exists');
    }
    this.#announcer.say(`Pushed ${countOf(this.#rows)}`);
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
    const said = `${done} of ${countOf(this.#rows)}`;
    // What an archive will be is not known before it is packed.
    if (ways.some(({ row }) => row.state === 'packing')) {
      this.#bar.removeAttribute('value');
      this.#text.textContent = said;
      return;
    }
    const sum = (of: (way: Way) => number): number => ways.reduce((total, way) => total + of(way), 0);
    const size = sum((way) => way.size);
    const part = size === 0 ? done / ways.length : sum(({ hashed, sent }) => hashed + sent) / (2 * size);
    this.#bar.value = Math.floor(part * 100);
    this.#text.textContent = `${said} · ${Math.floor(part * 100)} %`;
    const quarter = Math.floor(part * 4);
    if (quarter > this.#announcedQuarter && quarter < 4) this.#announcer.say(`${quarter * 25} percent`);
    this.#announcedQuarter = quarter;
  }
}

function move(way: Way, event: TransferEvent): void {
  const { row } = way;
  const partOf = (through: number, size: number): { part: number } => ({ part: size === 0 ? 1 : through / size });
  if (event.type === 'hash' && event.size === undefined) {
    row.show('packing', { bytes: event.transferred });
    return;
  }
  const size = (event.type === 'hash' ? event.size : event.descriptor.size) ?? 0;
  way.size = size;
  way.hashed = event.type === 'hash' ? event.transferred : size;
  switch (event.type) {
    case 'hash':
      row.show('hashing', partOf(event.transferred, size));
      break;
    case 'start':
      row.show('uploading');
      break;
    case 'transfer':
      way.sent = event.transferred;
      row.show('uploading', partOf(event.transferred, size));
      break;
    case 'done':
      way.sent = size;
      row.show('done');
      break;
    case 'skip':
      way.sent = size;
      row.show('exists');
      break;
  }
}
