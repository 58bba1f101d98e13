/**
 * A handler for `catch` that ignores the named errors: returns undefined for them, and rethrows all others. System
 * errors are named by their code, such as `ENOENT`, errors of browsers by their name, such as `NotFoundError`.
 */
export function ignoring(...names: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof Error)) throw error;
    const { code, name } = error as Error & { code?: unknown };
    // The `code` of a DOMException is a number.
    if (!names.includes(typeof code === 'string' ? code : name)) throw error;
    return undefined;
  };
}
