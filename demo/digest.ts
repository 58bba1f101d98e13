import { copyButton } from './copy-button.ts';
import { element } from './dom.ts';
import { visible } from './format.ts';

/** A digest in full, with a button that copies it. */
export function digestWithCopy(digest: string): HTMLElement {
  return element(
    'span',
    { class: 'digest' },
    element('code', {}, visible(digest)),
    copyButton(digest, `digest ${visible(digest, 20)}`),
  );
}
