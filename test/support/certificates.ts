import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './executables.mjs';

/** A certificate with its private key: PEM texts, and the files they are in. */
export interface Certificate {
  cert: string;
  key: string;
  certFile: string;
  keyFile: string;
}

/** An authority with certificates, made by the `openssl` command for one run and valid for a day. */
export class Certificates {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'oras-js-certificates-'));
  /** The authority itself. */
  readonly authority: Certificate;
  readonly #openssl: string;

  constructor(openssl: string) {
    this.#openssl = openssl;
    const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'];
    this.authority = this.#make('authority', 'Test authority', extensions);
  }

  /** A certificate for `localhost` and `127.0.0.1`, signed by the authority. */
  server(): Certificate {
    return this.#make('server', 'localhost', ['subjectAltName=DNS:localhost,IP:127.0.0.1'], this.authority);
  }

  /** A certificate for a client, signed by the authority. */
  client(): Certificate {
    return this.#make('client', 'Test client', ['extendedKeyUsage=clientAuth'], this.authority);
  }

  /** Removes all files. */
  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #make(name: string, subject: string, extensions: string[], issuer?: Certificate): Certificate {
    const file = (ending: string): string => join(this.directory, `${name}.${ending}`);
    const [certFile, keyFile] = [file('pem'), file('key')];
    const openssl = (...args: string[]): string => run(this.#openssl, args);
    openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      keyFile,
      '-subj',
      `/CN=${subject}`,
      '-out',
      file('csr'),
    );
    writeFileSync(file('ext'), extensions.join('\n'));
    const signing = issuer
      ? ['-CA', issuer.certFile, '-CAkey', issuer.keyFile, '-CAcreateserial']
      : ['-signkey', keyFile];
    openssl('x509', '-req', '-in', file('csr'), '-days', '1', '-extfile', file('ext'), ...signing, '-out', certFile);
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8'), certFile, keyFile };
  }
}
