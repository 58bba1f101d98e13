import { MemoryStorage } from 'oras-js';
import { describe, test } from 'vitest';
import { storageCases } from '../contracts/storage.ts';

describe('MemoryStorage', () => {
  test.for(storageCases)('$name', ({ run }) => run(new MemoryStorage()));
});
