import { annotationKeys, type Descriptor, mediaTypes, type Reference } from 'oras-js';
import { annotationsTable, moreThan } from './annotations-table.ts';
import { digestWithCopy } from './digest.ts';
import { button, element } from './dom.ts';
import { downloadButton } from './download.ts';
import { bytes, plainWords, visible } from './format.ts';
import type { Session } from './session.ts';

const mostItems = 200;
const { title, unpack } = annotationKeys;

/** The layers of a manifest: what each is called, what it is, and a way to download it. */
export function layersList(session: Session, from: Reference, layers: readonly Descriptor[]): HTMLElement {
  const items = layers.slice(0, mostItems).map((layer, index) => {
    const name = layer.annotations?.[title];
    const { [title]: _, ...others } = layer.annotations ?? {};
    return element(
      'li',
      { class: 'item' },
      element('p', { class: 'item-title' }, element('bdi', {}, name ? visible(name, 300) : `Layer ${index + 1}`)),
      typeAndSize(layer),
      downloadButton(session, from, layer, downloadName(layer)),
      digestWithCopy(layer.digest),
      annotationsTable(others),
    );
  });
  return element('div', {}, element('ol', { class: 'items' }, ...items), moreThan(layers.length, mostItems, 'layer'));
}

/** A folder is downloaded as the archive that it is in. */
function downloadName({ annotations, digest, mediaType }: Descriptor): string {
  const name = annotations?.[title] || digest.replace(':', '-');
  if (annotations?.[unpack] !== 'true') return name;
  return `${name}${mediaType === mediaTypes.layerTarGzip ? '.tar.gz' : '.tar'}`;
}

/** The manifests of an index: what each runs on, and a way to look at it. */
export function childrenList(children: readonly Descriptor[], onOpen: (child: Descriptor) => void): HTMLElement {
  const items = children.slice(0, mostItems).map((child) => {
    const name = nameOf(child);
    return element(
      'li',
      { class: 'item' },
      element(
        'p',
        { class: 'item-title' },
        button(name, () => onOpen(child), { class: 'link', 'aria-label': `Inspect ${name}` }),
      ),
      typeAndSize(child),
      digestWithCopy(child.digest),
      annotationsTable(child.annotations),
    );
  });
  return element(
    'div',
    {},
    element('ol', { class: 'items' }, ...items),
    moreThan(children.length, mostItems, 'manifest'),
  );
}

/** A descriptor's media type, in plain words too where there are some, and its size. */
export function typeAndSize({ mediaType, artifactType, size }: Descriptor): HTMLElement {
  const words = plainWords(artifactType ?? mediaType);
  return element(
    'p',
    { class: 'type-and-size' },
    ...(words ? [element('span', { class: 'words' }, words)] : []),
    element('code', {}, visible(artifactType ?? mediaType, 300)),
    element('span', { class: 'size' }, bytes(size)),
  );
}

/** What a person knows the child of an index by: its platform, else its title or type. */
export function nameOf({ platform, annotations, artifactType, mediaType }: Descriptor): string {
  if (platform?.os === 'unknown' && platform.architecture === 'unknown') return 'Attestation (unknown/unknown)';
  if (platform) {
    const { os, architecture, variant } = platform;
    const version = platform['os.version'];
    const text = [os, architecture, ...(variant ? [variant] : [])].join('/') + (version ? ` ${version}` : '');
    return visible(text, 300);
  }
  return visible(annotations?.[title] ?? artifactType ?? plainWords(mediaType) ?? mediaType, 300);
}
