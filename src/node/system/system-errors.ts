/** The code of a system error, such as `ENOENT`; empty for any other error. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** The name of an error: the code of a system error, or else its own name, such as Deno's `NotCapable`. */
export function nameOf(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.name : 'unknown error');
}
