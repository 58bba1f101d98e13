import { button } from './dom.ts';

const thanks = 1500;

/** A button that copies a text. `what` names it to people who hear the page: "Copy digest". */
export function copyButton(text: string, what: string): HTMLButtonElement {
  const label = `Copy ${what}`;
  const made = button('Copy', () => void copy(), { class: 'small', 'aria-label': label });
  const copy = async (): Promise<void> => {
    const isCopied = await writeClipboard(text);
    const answer = isCopied ? 'Copied' : 'Not allowed';
    made.textContent = answer;
    made.setAttribute('aria-label', `${answer}: ${what}`);
    setTimeout(() => {
      made.textContent = 'Copy';
      made.setAttribute('aria-label', label);
    }, thanks);
  };
  return made;
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages without TLS have no clipboard object, except on localhost; the old command works there.
    return copyFromField(text);
  }
}

function copyFromField(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}
