const pause = 1000;

/** Says things to people who hear the page instead of seeing it: politely, and at most one sentence a second. */
export class Announcer {
  readonly #place: HTMLElement;
  #next: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** Says a sentence, soon; of several in a row only the last one, as the others are out of date by then. */
  say(sentence: string): void {
    this.#next = sentence;
    if (this.#timer === undefined) this.#speak();
  }

  #speak(): void {
    this.#timer = undefined;
    if (this.#next === undefined) return;
    this.#place.textContent = this.#next;
    this.#next = undefined;
    this.#timer = setTimeout(() => this.#speak(), pause);
  }
}
