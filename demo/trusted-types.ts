/** What the compiler does not know yet (https://w3c.github.io/trusted-types/dist/spec/). */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string | null }): unknown;
}

/** Lets the page start the workers it has; the policy of the page stops every other way to run a script. */
export function trustWorkers(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const workers = ['hash-worker.js', 'deflate-worker.js'].map((file) => new URL(file, document.baseURI).href);
  trustedTypes?.createPolicy('default', { createScriptURL: (url) => (workers.includes(url) ? url : null) });
}
