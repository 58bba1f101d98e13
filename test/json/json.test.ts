import { describe, expect, test } from 'vitest';
import { type OnFault, readJson, readValue } from '../../src/json/json.ts';
import { checked, fields, listOf, mapOf, optional, type Schema, text, unset, usable } from '../../src/json/schema.ts';
import { standard } from '../../src/json/standard-schema.ts';
import { errorBody } from '../../src/oci/schemas/error-body.ts';
import { tagList } from '../../src/oci/schemas/tag-list.ts';
import { tokenAnswer } from '../../src/remote/auth/token-schema.ts';

interface Box {
  name: string;
  note?: string;
  label: string;
  size?: number;
  parts?: string[];
  marks?: Record<string, string>;
}

const size: Schema<number> = checked((value) => Number.isSafeInteger(value), 'a number');
const box: Schema<Box> = fields({
  name: text,
  note: optional(text),
  label: usable(text, 'none'),
  size: unset(size),
  parts: optional(listOf(usable(text))),
  marks: optional(mapOf(text)),
});

function read<T>(schema: Schema<T>, value: unknown): [unknown, string[]] {
  const faults: string[] = [];
  const onFault: OnFault = (fault) => faults.push(fault);
  const { value: found, problem } = readJson(typeof value === 'string' ? value : JSON.stringify(value), schema, {
    onFault,
  });
  return [problem?.words ?? found, faults];
}

describe('JSON by a schema', () => {
  test.for<[string, unknown, unknown, string[]]>([
    ['all of it', { name: 'a', label: 'b', size: 1 }, { name: 'a', label: 'b', size: 1 }, []],
    ['null is not set', { name: 'a', note: null, label: 'b', size: null }, { name: 'a', label: 'b' }, []],
    ['optional and wrong', { name: 'a', note: 1, label: 'b' }, { name: 'a', label: 'b' }, ['note is 1, not text']],
    ['missing, with a stand-in', { name: 'a' }, { name: 'a', label: 'none' }, ['label is missing']],
    [
      'items',
      { name: 'a', label: '', parts: ['x', null, {}] },
      { name: 'a', label: '', parts: ['x'] },
      ['parts[1] is missing', 'parts[2] is an object, not text'],
    ],
    [
      'entries',
      { name: 'a', label: '', marks: { a: null, b: [], c: '' } },
      { name: 'a', label: '', marks: { c: '' } },
      ['marks["b"] is a list, not text'],
    ],
    ['unknown fields', { x: null, name: 'a', y: [{}], label: '' }, { x: null, name: 'a', y: [{}], label: '' }, []],
    ['a needed field', { label: '' }, 'name is missing', []],
    ['wrong where it must be right', { name: 'a', label: '', size: '1' }, 'size is "1", not a number', []],
    ['another kind', [], 'it is a list, not an object', []],
    ['null', null, 'it is null, not an object', []],
    ['no JSON', '{', 'it is not JSON', []],
  ])('%s', ([, value, expected, faults]) => {
    expect(read(box, value)).toEqual([expected, faults]);
  });

  test('keeps the order of what is there, and a key like those of objects', () => {
    const json =
      '{"z":1,"marks":{"b":"","__proto__":"p","constructor":"c","a":""},"label":"","__proto__":{"x":1},"name":"a"}';
    expect(JSON.stringify(read(box, json)[0])).toBe(json);
    const odd = '{"name":"","label":"","marks":{"__proto__":1,"a":""}}';
    expect(read(box, odd)).toEqual([{ name: '', label: '', marks: { a: '' } }, ['marks["__proto__"] is 1, not text']]);
  });

  test('bytes: a byte order mark and what is no UTF-8 are refused only where they have to be', () => {
    const bytes = new TextEncoder().encode('\ufeff{"name":"a","label":""}');
    expect(readJson(bytes, box)).toEqual({ value: { name: 'a', label: '' } });
    const { problem } = readJson(bytes, box, { encoding: 'UTF-8 without mark' });
    expect(problem?.words).toBe('it is not JSON in UTF-8');
  });

  test('depth is no crash', () => {
    const deep = `${'['.repeat(1e5)}${']'.repeat(1e5)}`;
    expect(read(box, `{"name":"","label":"","x":${deep}}`)[1]).toEqual([]);
    expect(read(box, `{"name":${deep}}`)[0]).toBe('name is a list, not text');
  });

  test('a schema is a Standard Schema, whose words are ours', () => {
    const { validate, version } = standard((value) => readValue(value, box))['~standard'];
    expect(version).toBe(1);
    expect(validate({ name: 'a', note: 1 })).toEqual({ value: { name: 'a', label: 'none' } });
    expect(validate({ name: 1 })).toEqual({ issues: [{ message: 'name is 1, not text', path: ['name'] }] });
    expect(validate(1)).toEqual({ issues: [{ message: 'it is 1, not an object', path: [] }] });
  });
});

describe("registries' answers by their schemas", () => {
  test.for<[unknown, string[]]>([
    [{ name: 'x', tags: ['v1', 'v2'] }, ['v1', 'v2']],
    [{ tags: ['v1', null, 'no tag', 1, 'v2'] }, ['v1', 'v2']],
    [{ tags: null }, []],
    [{}, []],
    [{ tags: 'v1' }, []],
  ])('tags: %j', ([value, tags]) => {
    expect(readValue(value, tagList).problem ?? read(tagList, value)[0]).toMatchObject({ tags });
  });

  test.for<[unknown, unknown[]]>([
    [{ errors: [{ code: 'X', message: 'm', detail: { a: 1 } }] }, [{ code: 'X', message: 'm', detail: { a: 1 } }]],
    [{ errors: [null, 'x', { code: 1, detail: null }] }, [{ code: '', message: '' }]],
    [{ errors: {} }, []],
    [{}, []],
  ])('errors: %j', ([value, errors]) => {
    expect(read(errorBody, value)[0]).toEqual({ errors });
  });

  test.for<[unknown, unknown]>([
    [
      { token: 'a', access_token: 'b', expires_in: 5 },
      { token: 'a', access_token: 'b', expires_in: 5 },
    ],
    [{ token: 'a\n', access_token: 1, expires_in: -1 }, {}],
    [{ token: null }, {}],
  ])('tokens: %j', ([value, answer]) => {
    expect(read(tokenAnswer, value)[0]).toEqual(answer);
  });
});
