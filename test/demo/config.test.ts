import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../demo/config.ts';

describe('config.json of the page', () => {
  test.for<[unknown, object]>([
    [{ registry: 'localhost:5000', sample: 'localhost:5000/a:v1', more: 1 }, { sample: 'localhost:5000/a:v1' }],
    [{ registry: 'localhost:5000' }, {}],
    [{ registry: 'localhost:5000', sample: 1 }, {}],
    [{ registry: 'localhost:5000', sample: null }, {}],
  ])('%j is read', ([value, rest]) => {
    expect(parseConfig(value)).toEqual({ registry: 'localhost:5000', ...rest });
  });

  test.for([
    [{}, 'config.json does not name a registry'],
    [{ registry: 1 }, 'config.json does not name a registry'],
    [null, 'config.json is no object'],
    [[], 'config.json is no object'],
  ])('%j is refused', ([value, message]) => {
    expect(() => parseConfig(value)).toThrow(message as string);
  });
});
