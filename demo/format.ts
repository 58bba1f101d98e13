const units = ['B', 'kB', 'MB', 'GB', 'TB'];
const longestText = 2000;

/** A size for people: `1.5 MB`. */
export function bytes(size: number): string {
  let unit = 0;
  let value = size;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toLocaleString('en', { maximumFractionDigits: digits })} ${units[unit]}`;
}

/** A number of things: `1 file`, `3 files`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/**
 * Text of others so that it shows what it holds: control characters, and those that turn the direction of writing or
 * take no space, appear by their number. Very long text is cut.
 */
export function visible(text: string, longest: number = longestText): string {
  const shown = text.length > longest ? text.slice(0, longest) : text;
  const cut = text.length - shown.length;
  return escapeUnseen(shown) + (cut > 0 ? `… (${count(cut, 'more character')})` : '');
}

/** Like {@link visible} for text of several lines: line ends and tabs do what they are for, and nothing is cut. */
export function visibleLines(text: string): string {
  return text
    .split(/(\r\n|\n|\t)/)
    .map((part, index) => (index % 2 === 1 ? part : escapeUnseen(part)))
    .join('');
}

function escapeUnseen(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

const wellKnown: Readonly<Record<string, string>> = {
  'application/vnd.oci.image.manifest.v1+json': 'OCI manifest',
  'application/vnd.oci.image.index.v1+json': 'OCI index',
  'application/vnd.docker.distribution.manifest.v2+json': 'Docker manifest',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'Docker manifest list',
  'application/vnd.oci.image.config.v1+json': 'Configuration of a container image',
  'application/vnd.docker.container.image.v1+json': 'Configuration of a container image',
  'application/vnd.oci.empty.v1+json': 'Nothing, on purpose',
  'application/vnd.oci.image.layer.v1.tar': 'Layer: tar archive',
  'application/vnd.oci.image.layer.v1.tar+gzip': 'Layer: tar archive, gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd': 'Layer: tar archive, zstd',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'Layer: tar archive, gzip',
  'application/vnd.in-toto+json': 'In-toto attestation',
  'application/spdx+json': 'SPDX bill of materials',
  'application/vnd.cyclonedx+json': 'CycloneDX bill of materials',
  'application/octet-stream': 'Bytes of any kind',
  'application/json': 'JSON',
  'text/plain': 'Text',
  'text/markdown': 'Markdown',
  'text/html': 'HTML',
};

/** A media type in plain words, where there are some. */
export function plainWords(mediaType: string): string | undefined {
  return Object.hasOwn(wellKnown, mediaType) ? wellKnown[mediaType] : undefined;
}
