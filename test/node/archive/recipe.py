"""What docs/archives.md says of compression, done by zlib itself: a tar on its standard input becomes a gzip."""

import struct
import sys
import zlib

BLOCK = 1024 * 1024
PIECES, PIECE = 16, 1024


def deflated(data, level):
    encoder = zlib.compressobj(level, zlib.DEFLATED, -15, 8)
    return encoder.compress(data) + encoder.flush(zlib.Z_SYNC_FLUSH)


def stored(data):
    parts = [data[start : start + 65535] for start in range(0, len(data), 65535)]
    return b"".join(struct.pack("<BHH", 0, len(part), len(part) ^ 0xFFFF) + part for part in parts)


def sample(data):
    distance = len(data) // PIECES
    starts = [number * distance for number in range(PIECES)]
    return data if distance <= PIECE else b"".join(data[start : start + PIECE] for start in starts)


def compressed(block):
    tried = sample(block)
    if len(deflated(tried, 1)) * 32 >= len(tried) * 31:
        return stored(block)
    return min(stored(block), deflated(block, 5), key=len)


tar = sys.stdin.buffer.read()
out = sys.stdout.buffer
out.write(bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]))
for start in range(0, len(tar), BLOCK):
    out.write(compressed(tar[start : start + BLOCK]))
out.write(b"\x03\x00" + struct.pack("<II", zlib.crc32(tar), len(tar) % 2**32))
