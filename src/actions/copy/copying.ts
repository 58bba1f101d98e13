// What the first copy loads: one file, so that bundlers make one chunk of it.
export { copyArtifact } from './copy-artifact.ts';
export { mirrorTags } from './mirror-tags.ts';
