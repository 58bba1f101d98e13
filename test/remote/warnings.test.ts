import { describe, expect, test } from 'vitest';
import type { RegistryWarning } from '../../src/options.ts';
import { parseWarnings } from '../../src/remote/warnings.ts';
import { fakeRegistry, json } from '../support/fake-fetch.ts';

describe('parseWarnings', () => {
  test.for<[string, string[]]>([
    ['299 - "This is a warning."', ['This is a warning.']],
    ['299 - " "', [' ']],
    ['299 - "a, b"', ['a, b']],
    ['299 - "a \\"b\\" \\\\c"', ['a "b" \\c']],
    ['299 - "one", 299 - "two"', ['one', 'two']],
    ['299 - "one",299 - "two"', ['one', 'two']],
    ['199 - "other", 299 - "one"', ['one']],
    ['299 - "one", 199 - "other"', ['one']],
    ['299 - "a\u001b[2J\u009bb"', ['a [2J b']],
    ['299 - "<img src=x onerror=alert(1)>"', ['<img src=x onerror=alert(1)>']],
  ])('%j', ([header, texts]) => {
    expect(parseWarnings(header)).toEqual(texts);
  });

  test.for([
    '299  - "double space"',
    '299 -  "double space"',
    ' 299 - "leading space"',
    '299 - "trailing space" ',
    '199 - "another code"',
    '299 localhost:5000 "an agent"',
    '299 - "a date" "Sat, 25 Aug 2012 23:34:45 GMT"',
    '299 - "more" text',
    '- "no code"',
    '299 "no agent"',
    '299 -',
    '299 - ',
    '299 - ""',
    '299 - unquoted',
    "299 - 'single quotes'",
    '299 - `back quotes`',
    '299 - "no end',
    '',
  ])('ignored: %j', (header) => {
    expect(parseWarnings(header)).toEqual([]);
  });

  test('ignored: no header, and what is beyond 4096 characters', () => {
    expect(parseWarnings(null)).toEqual([]);
    expect(parseWarnings(`299 - "${'x'.repeat(5000)}"`)).toEqual([]);
    expect(parseWarnings(`${'299 - "a", '.repeat(1e5)}299 - "b"`)).toHaveLength(Math.floor(4096 / 11));
  });

  test.for(['"'.repeat(1e6), '299 - "'.repeat(1e5), `299 - "${'\\'.repeat(1e6)}`])(
    'ends with a hostile header',
    { timeout: 5000 },
    (header) => {
      expect(parseWarnings(header)).toEqual([]);
    },
  );
});

describe('onWarning', () => {
  test('is told once per text and host', async () => {
    const told: RegistryWarning[] = [];
    const { registry, requests } = fakeRegistry(
      ({ url }) => {
        const text = url.includes('/loud/') ? '299 - "old", 299 - "new"' : '299 - "old"';
        return json({ tags: [] }, { headers: { warning: text } });
      },
      { onWarning: (warning) => told.push(warning) },
    );
    for (const name of ['reg.test/a', 'reg.test/b', 'other.test/a', 'reg.test/loud/c']) {
      for await (const _ of registry.tags(name)) expect.unreachable();
    }
    expect(requests).toHaveLength(4);
    expect(told).toEqual([
      { host: 'reg.test', text: 'old' },
      { host: 'other.test', text: 'old' },
      { host: 'reg.test', text: 'new' },
    ]);
  });
});
