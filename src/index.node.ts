export * from './index.ts';
export { Registry } from './node/registry.ts';
export { packFiles, pull, push } from './node/verbs.ts';
