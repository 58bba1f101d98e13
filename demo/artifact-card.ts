import type { Descriptor, Reference } from 'oras-js';
import { annotationsTable } from './annotations-table.ts';
import { digestWithCopy } from './digest.ts';
import { type Child, element, facts } from './dom.ts';
import { plainWords, visible } from './format.ts';

/** What there is to say about a manifest or an index as a whole. */
export interface Artifact {
  reference: Reference;
  descriptor: Descriptor;
  /** What it holds and how large that is, in words. */
  contents: string;
  artifactType: string | undefined;
  annotations: Record<string, string> | undefined;
  subject: HTMLElement | undefined;
}

/** Tells what was found: its kind, type, digest, size and annotations. */
export function artifactCard(artifact: Artifact): HTMLElement {
  const { reference, descriptor, artifactType } = artifact;
  return element(
    'div',
    { class: 'card artifact' },
    element(
      'div',
      { class: 'artifact-head' },
      element('h3', { tabindex: '-1' }, element('span', { class: 'mono' }, reference.toString())),
      element('p', { class: 'badges' }, badge(kindOf(descriptor)), badge('✓ Digest verified', 'good')),
    ),
    facts([
      ['Artifact type', artifactType ? typeText(artifactType) : undefined],
      ['Media type', typeText(descriptor.mediaType)],
      ['Digest', digestWithCopy(descriptor.digest)],
      ['Contents', artifact.contents],
      ['About', artifact.subject],
    ]),
    annotationsTable(artifact.annotations),
  );
}

function kindOf({ mediaType }: Descriptor): string {
  return plainWords(mediaType) ?? 'Manifest';
}

function badge(text: string, kind = ''): HTMLElement {
  return element('span', { class: `badge ${kind}`.trim() }, text);
}

function typeText(mediaType: string): Child {
  return element('code', {}, visible(mediaType, 300));
}
