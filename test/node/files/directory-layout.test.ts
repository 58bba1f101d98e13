import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { DirectoryStorage } from '../../../src/node/files/directory-storage.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import { testTarget } from '../../contracts/target.ts';

const root = mkdtempSync(join(tmpdir(), 'oras-js-layouts-'));

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('OciLayout: a target, in a directory', () => {
  testTarget({ sortedTags: true }, () => new OciLayout(new DirectoryStorage(mkdtempSync(join(root, 'layout-')))));
});
