export * from './index.ts';
export { Registry } from './node/registry.ts';
export { packDirectory, packFiles, pull, push } from './node/verbs.ts';
