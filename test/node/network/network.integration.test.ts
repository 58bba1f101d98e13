import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Descriptor } from 'oras-js';
import { type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readChunks } from '../../../src/bytes/streams.ts';
import { trustedAuthorities } from '../../../src/node/network/authorities.ts';
import { bundle } from '../../support/bundle.ts';
import { Certificates } from '../../support/certificates.ts';
import { rejection } from '../../support/content.ts';
import { findExecutable } from '../../support/executables.mjs';
import { describeWith } from '../../support/registries.ts';
import { runProgram } from './start.ts';

const mebibyte = 1024 * 1024;

/** Zeros as a blob; their digest is computed as a user of the package would: from a part at a time. */
function zerosOf(size: number): Descriptor {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(mebibyte);
  for (let left = size; left > 0; left -= chunk.byteLength) hash.update(chunk.subarray(0, left));
  return { mediaType: 'application/octet-stream', digest: `sha256:${hash.digest('hex')}`, size };
}

function zeroStream(size: number): ReadableStream<Uint8Array> {
  let left = size;
  return new ReadableStream({
    pull(controller) {
      const chunk = new Uint8Array(Math.min(64 * 1024, left));
      left -= chunk.byteLength;
      if (chunk.byteLength > 0) controller.enqueue(chunk);
      else controller.close();
    },
  });
}

/** A registry that has any blob, all zeros, and takes any, of which it keeps only how much it got. */
function boundless(size: number): { handler: (request: Request) => Promise<Response>; uploaded: () => number } {
  let uploaded = 0;
  const handler = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (request.method === 'POST') {
      return new Response(null, { status: 202, headers: { location: `${pathname}1` } });
    }
    if (request.method === 'PUT') {
      await readChunks(request.body!, (chunk) => {
        uploaded += chunk.byteLength;
      });
      return new Response(null, { status: 201, headers: { location: pathname } });
    }
    if (!pathname.includes('/blobs/')) return new Response(null);
    return new Response(zeroStream(size), { headers: { 'content-length': `${size}` } });
  };
  return { handler, uploaded: () => uploaded };
}

describeWith('createFetch in a program of its own', { name: 'openssl', path: findExecutable('openssl') }, (openssl) => {
  let folder: string;
  let program: string;
  let certificates: Certificates;
  let ca: string;
  const running: RunningServer[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oras-js-network-'));
    program = await bundle(join(import.meta.dirname, 'program.ts'), folder);
    certificates = new Certificates(openssl);
    ca = certificates.authority.certFile;
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((it) => it.close()));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    certificates.remove();
  });

  async function served(handler: (request: Request) => Promise<Response>, by = certificates): Promise<string> {
    const server = await serve(handler, { tls: by.server() });
    running.push(server);
    return `${server.host}/org/hello`;
  }

  test('a download of 400 MiB keeps no more than a part of it in memory', async () => {
    const size = 400 * mebibyte;
    const reference = await served(boundless(size).handler);
    const { memory, bytes } = await runProgram(program, { reference, ca, read: zerosOf(size) });
    expect(bytes).toBe(size);
    expect(memory).toBeLessThan(size / 2);
  });

  test('a push of a file of 500 MiB keeps no more than a part of it in memory', async () => {
    const size = 500 * mebibyte;
    const file = join(folder, 'zeros');
    writeFileSync(file, '');
    truncateSync(file, size);
    const { handler, uploaded } = boundless(0);
    const reference = await served(handler);
    const { memory } = await runProgram(program, { reference, ca, push: { file, descriptor: zerosOf(size) } });
    expect(uploaded()).toBe(size);
    expect(memory).toBeLessThan(size / 2);
  });

  test('with a `ca`, all other authorities are still trusted: the built-in ones, and NODE_EXTRA_CA_CERTS', async () => {
    expect(await trustedAuthorities()).toEqual(expect.arrayContaining([...rootCertificates]));
    const others = new Certificates(openssl);
    try {
      const own = await served(createRegistryServer());
      const other = await served(createRegistryServer(), others);
      const extra = { NODE_EXTRA_CA_CERTS: others.authority.certFile };
      await runProgram(program, { reference: own, ca }, extra);
      await runProgram(program, { reference: other, ca }, extra);
      const error = await rejection(runProgram(program, { reference: other, ca }, { NODE_EXTRA_CA_CERTS: '' }));
      expect(String(error)).toContain('unable to verify the first certificate');
    } finally {
      others.remove();
    }
  });
});
