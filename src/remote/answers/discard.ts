/** Cancels the body of an answer, so that nothing more of it is read. An error of the body is ignored. */
export function discard(response: Response | undefined): void {
  response?.body?.cancel().catch(() => {});
}
