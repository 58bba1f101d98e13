import { MemoryStorage } from 'oras-js';
import { describe, test } from 'vitest';
import { stagingCases } from '../contracts/staging.ts';
import { storageCases } from '../contracts/storage.ts';

describe('MemoryStorage', () => {
  test.for(storageCases)('$name', ({ run }) => run(new MemoryStorage()));

  test.for(stagingCases)('staging: $name', ({ run }) => run(new MemoryStorage()));
});
