import { copyButton } from './copy-button.ts';
import { button, element } from './dom.ts';
import { save } from './download.ts';
import { bytes, count, visibleLines } from './format.ts';

const mostCharacters = 200_000;

/** The very bytes of a manifest: indented to be read, or as they are stored; to copy or to save. */
export function rawJson(content: Uint8Array<ArrayBuffer>, digest: string): HTMLElement {
  const stored = new TextDecoder().decode(content);
  const indented = indent(stored);
  const shown = element('code');
  const show = (text: string): void => {
    const cut = Math.max(0, text.length - mostCharacters);
    shown.textContent = visibleLines(cut > 0 ? text.slice(0, mostCharacters) : text);
    if (cut > 0) shown.append(`\n… (${count(cut, 'more character')})`);
  };
  const exact = button(
    'As stored',
    () => {
      const isExact = exact.getAttribute('aria-pressed') !== 'true';
      exact.setAttribute('aria-pressed', String(isExact));
      show(isExact ? stored : indented);
    },
    { class: 'small', 'aria-pressed': 'false' },
  );
  const download = button(
    'Download',
    () => save(new Blob([content], { type: 'application/octet-stream' }), `${digest.replace(':', '-')}.json`),
    { class: 'small', 'aria-label': 'Download raw JSON' },
  );
  show(indented);
  return element(
    'details',
    { class: 'card raw' },
    element('summary', {}, 'Raw JSON ', element('span', { class: 'note' }, bytes(content.byteLength))),
    element('div', { class: 'actions' }, exact, copyButton(stored, 'raw JSON'), download),
    element('pre', { tabindex: '0', role: 'region', 'aria-label': 'Raw JSON' }, shown),
  );
}

function indent(text: string): string {
  return JSON.stringify(JSON.parse(text), null, 2);
}
