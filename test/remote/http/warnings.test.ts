import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import type { RegistryWarning } from '../../../src/options.ts';
import { parseWarnings, Warnings } from '../../../src/remote/http/warnings.ts';
import { descriptorOf } from '../../support/content.ts';
import { fakeRegistry, json } from '../../support/fake-fetch.ts';

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

  test('is told what a manifest says that was read differently: once, with the host, by every call that reads one', async () => {
    const told: RegistryWarning[] = [];
    const text = JSON.stringify({ schemaVersion: 2, config: descriptorOf('{}'), annotations: { a: 1 } });
    const headers = { 'content-type': mediaTypes.manifest };
    const { registry } = fakeRegistry(() => new Response(text, { headers }), { onWarning: (it) => told.push(it) });
    await registry.inspect('reg.test/a:v1');
    await registry.manifest('reg.test/a:v1');
    await registry.pull('other.test/a:v1');
    const fault = `${descriptorOf(text).digest}: annotations["a"] is 1, not text`;
    const expected = ['reg.test', 'other.test'].map((host) => ({ host, text: fault }));
    expect(told).toEqual(expected);

    const own: RegistryWarning[] = [];
    for (const verb of ['inspect', 'manifest', 'pull'] as const) {
      await registry[verb]('reg.test/a:v1', { onWarning: (warning) => own.push(warning) });
    }
    expect(own).toEqual(Array(3).fill(expected[0]));
    expect(told).toHaveLength(2);
  });

  test('is told again of the first, after a thousand others', () => {
    const told: string[] = [];
    const warnings = new Warnings(({ text }) => told.push(text));
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 1000; n++) warnings.tell({ host: 'reg.test', text: `${n}` });
    }
    expect(told).toHaveLength(1000);
    warnings.tell({ host: 'reg.test', text: 'one more' });
    warnings.tell({ host: 'reg.test', text: '0' });
    expect(told.slice(1000)).toEqual(['one more', '0']);
  });
});
