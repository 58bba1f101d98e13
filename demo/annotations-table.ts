import type { Annotations } from 'oras-js';
import { element, textOrLink } from './dom.ts';
import { count, visible } from './format.ts';

const mostRows = 100;

/** Annotations as a table, those of the specification with their meaning; nothing when there are none. */
export function annotationsTable(annotations: Annotations | undefined): HTMLElement | undefined {
  const all = Object.entries(annotations ?? {});
  if (all.length === 0) return undefined;
  const rows = all
    .slice(0, mostRows)
    .map(([key, value]) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, visible(key)),
        element('td', {}, element('bdi', {}, textOrLink(value, visible(value)))),
      ),
    );
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'Annotation'),
    element('th', { scope: 'col' }, 'Value'),
  );
  return element(
    'div',
    { class: 'annotations' },
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows)),
    moreThan(all.length, mostRows, 'annotation'),
  );
}

/** Says that a list is longer than what is shown. */
export function moreThan(length: number, shown: number, noun: string): HTMLElement | undefined {
  if (length <= shown) return undefined;
  return element('p', { class: 'note' }, `… and ${count(length - shown, `more ${noun}`)}; the raw JSON has them all.`);
}
