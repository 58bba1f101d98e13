export * from './index.ts';
export { Registry } from './node/registry.ts';
