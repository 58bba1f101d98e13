/** Gives up an answer, so that its body is not read on; also one whose body has failed by now, which nobody asks about. */
export function discard(response: Response | undefined): void {
  response?.body?.cancel().catch(() => {});
}
