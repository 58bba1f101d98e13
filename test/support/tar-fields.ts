/** The fields of a header of ustar, as text up to the first NUL. */
export interface TarFields {
  name: string;
  mode: string;
  uid: string;
  gid: string;
  size: string;
  mtime: string;
  checksum: string;
  flag: string;
  link: string;
  magic: string;
  owner: string;
  group: string;
  device: string;
  prefix: string;
}

/** Reads the header that begins at an offset. */
export function tarFields(bytes: Uint8Array, offset = 0): TarFields {
  const text = (start: number, size: number): string => {
    const field = bytes.subarray(offset + start, offset + start + size);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
  };
  return {
    name: text(0, 100),
    mode: text(100, 8),
    uid: text(108, 8),
    gid: text(116, 8),
    size: text(124, 12),
    mtime: text(136, 12),
    checksum: text(148, 8),
    flag: text(156, 1),
    link: text(157, 100),
    magic: text(257, 6) + text(263, 2),
    owner: text(265, 32),
    group: text(297, 32),
    device: `${text(329, 8)} ${text(337, 8)}`,
    prefix: text(345, 155),
  };
}
