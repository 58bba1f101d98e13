export * from './index.ts';
export { Registry } from './node/registry.ts';
export { attach, packDirectory, packFiles, pull, push } from './node/verbs.ts';
