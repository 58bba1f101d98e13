import { describe, expect, test } from 'vitest';
import { inNaturalOrder } from '../../src/oci/natural-order.ts';

describe('natural order', () => {
  test.for<[string[]]>([
    [['v2', 'v10']],
    [['1.9.0', '1.9.1', '1.10.0', '1.10.0-rc1', '1.10.0-rc10', '2']],
    [['9', '10', 'a', 'b1', 'b02', 'b2', 'b10']],
    [['', '0', '00', '01', '1', 'a', 'latest']],
    [[`v${'9'.repeat(40)}`, `v1${'0'.repeat(40)}`]],
    [['A', 'B', '_', 'a']],
  ])('%j', ([names]) => {
    expect(inNaturalOrder([...names].reverse())).toEqual(names);
    expect(inNaturalOrder(names)).toEqual(names);
  });

  test('names that differ have one order, whatever order they came in', () => {
    const names = ['v01', 'v1', 'v001', 'v1.0', 'v1-0', 'v'];
    const sorted = inNaturalOrder(names);
    for (let i = 0; i < names.length; i++) {
      names.push(names.shift()!);
      expect(inNaturalOrder(names)).toEqual(sorted);
    }
  });
});
