import { describe, test } from 'vitest';
import { memorySpool } from '../../src/storage/spool.ts';
import { spoolCases } from '../contracts/spool.ts';

describe('memorySpool', () => {
  test.for(spoolCases)('$name', ({ run }) => run(memorySpool, async () => 0));
});
