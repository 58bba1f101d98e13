/** What the compiler does not know yet (https://w3c.github.io/trusted-types/dist/spec/). */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string | null }): unknown;
}

/** Lets the page start the one worker it has; the policy of the page stops every other way to run a script. */
export function trustWorker(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const worker = new URL('hash-worker.js', document.baseURI).href;
  trustedTypes?.createPolicy('default', { createScriptURL: (url) => (url === worker ? url : null) });
}
