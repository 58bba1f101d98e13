import { isOrasError, type OrasError } from 'oras-js';
import { element } from './dom.ts';
import { visible } from './format.ts';

/** Shows what went wrong, read out at once: the code, the message, and the registry's own words where it sent some. */
export function showProblem(place: HTMLElement, error: unknown): void {
  const alert = element('div', { role: 'alert', class: 'problem' }, element('strong', {}, codeOf(error)));
  alert.append(element('p', {}, visible(messageOf(error))));
  const details = isOrasError(error) ? registryErrors(error) : [];
  if (details.length > 0) alert.append(element('ul', {}, ...details.map((text) => element('li', {}, visible(text)))));
  place.replaceChildren(alert);
}

/** Shows what is worth knowing but no failure, read out when there is time. */
export function showNotice(place: HTMLElement, text: string): void {
  place.replaceChildren(element('p', { role: 'status', class: 'notice' }, text));
}

/** Takes a problem or a notice away. */
export function clearProblem(place: HTMLElement): void {
  place.replaceChildren();
}

/** A problem of the page's own, found before anything was sent. */
export class FormProblem extends Error {
  override readonly name = 'NOT_READY';
  /** The field to mend. */
  readonly field: HTMLInputElement;

  constructor(message: string, field: HTMLInputElement) {
    super(message);
    this.field = field;
  }
}

function codeOf(error: unknown): string {
  if (isOrasError(error)) return error.code;
  return error instanceof Error ? error.name : 'Error';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function registryErrors(error: OrasError): string[] {
  if (!('errors' in error) || !Array.isArray(error.errors)) return [];
  return error.errors.slice(0, 10).map(({ code, message }) => (message ? `${code}: ${message}` : String(code)));
}
