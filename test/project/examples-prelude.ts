/** What the short examples may use without saying where it comes from. It is a text, so that nothing else sees it. */
export const prelude = `
import type { Descriptor as TheDescriptor, Registry as TheRegistry, StorageAdapter as TheStorage } from 'oras-js';
declare global {
  const registry: TheRegistry;
  const storage: TheStorage;
  const descriptor: TheDescriptor;
  const layer: TheDescriptor;
  const signal: AbortSignal;
  const abort: AbortController;
  const dropZone: HTMLElement;
  const render: (value: unknown) => void;
  const draw: (value: unknown) => void;
}
`;
