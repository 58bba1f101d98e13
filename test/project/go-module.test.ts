import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildGoProgram, findGoProgram } from '../support/go-module.mjs';

// A `go` that finds a wrong sum for v4.0.0, does not get v3.0.0, cannot build v2.0.0, and builds v1.0.0.
const go = `#!/bin/sh
for last; do :; done
case "$1 $2" in
  'mod download')
    case $last in
      *@v2.0.0 | *@v1.0.0) printf '{ "Dir": "%s", "Sum": "sum of %s" }' "$last" "$last" ;;
      *@v3.0.0) echo '403 Forbidden' >&2; exit 1 ;;
      *) echo "For more information, see 'go help module-auth'." >&2; exit 1 ;;
    esac ;;
  'build -C')
    case $3 in
      *@v1.0.0)
        while [ "$1" != -o ]; do shift; done
        printf '#!/bin/sh\\n' > "$2"; chmod +x "$2" ;;
      *) echo 'requires a newer Go' >&2; exit 1 ;;
    esac ;;
esac
`;

const program = { name: 'oras-js-sample', module: 'example.com/sample', path: '.', go: '1.0' };
const pin = (version: string): { version: string; sum: string } => ({
  version,
  sum: `sum of example.com/sample@${version}`,
});
const v4 = pin('v4.0.0');
const v3 = pin('v3.0.0');
const v2 = pin('v2.0.0');
const v1 = pin('v1.0.0');

let directory: string;
let log: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oras-js-go-test-'));
  writeFileSync(join(directory, 'go'), go);
  chmodSync(join(directory, 'go'), 0o755);
  vi.stubEnv('PATH', directory + delimiter + process.env.PATH);
  log = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => log.push(line));
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

test('a program from Go: the first version that can be had is built, and the log says which', () => {
  const versions = [v3, v2, v1];
  buildGoProgram({ ...program, versions }, directory);
  expect(findGoProgram({ ...program, versions })).toEqual({
    path: join(directory, 'oras-js-sample-v1.0.0'),
    version: 'v1.0.0',
  });
  expect(log.join()).toMatch(
    /^built: oras-js-sample v1\.0\.0\n {2}not v3\.0\.0: .*403.*\n {2}not v2\.0\.0: .*newer Go/,
  );
});

test('a program from Go: no other version is tried when a sum is wrong', () => {
  const versions = [{ ...v2, sum: 'another' }, v1];
  expect(() => buildGoProgram({ ...program, versions }, directory)).toThrow(/sum of .*v2\.0\.0, not another/);
  expect(findGoProgram({ ...program, versions })).toBe(undefined);
});

test('a program from Go: no other version is tried when Go finds a wrong sum', () => {
  expect(() => buildGoProgram({ ...program, versions: [v4, v1] }, directory)).toThrow('module-auth');
});

test('a program from Go: the error names every version that was tried when none can be had', () => {
  expect(() => buildGoProgram({ ...program, versions: [v3, v2] }, directory)).toThrow(
    /example\.com\/sample.*\n {2}v3\.0\.0: .*403 Forbidden\n {2}v2\.0\.0: .*requires a newer Go/,
  );
});

test('a program from Go: the error says what to install when there is no Go', () => {
  vi.stubEnv('PATH', '');
  expect(() => buildGoProgram({ ...program, versions: [v1] }, directory)).toThrow(
    'put oras-js-sample on the PATH, or Go 1.0 or newer to build it',
  );
});
