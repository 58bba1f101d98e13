/**
 * Takes a rejection: undefined for the errors named, all others are thrown on. An error of the system is named by its
 * code, such as `ENOENT`, one of the browser by its name, such as `NotFoundError`.
 */
export function ignoring(...names: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof Error)) throw error;
    const { code, name } = error as Error & { code?: unknown };
    // A DOMException has a code as well, which is a number.
    if (!names.includes(typeof code === 'string' ? code : name)) throw error;
    return undefined;
  };
}
