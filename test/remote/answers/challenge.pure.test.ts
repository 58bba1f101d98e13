import { describe, expect, test } from 'vitest';
import { parseChallenges } from '../../../src/remote/answers/challenge.ts';

type Parsed = readonly (readonly [string, Record<string, string>])[];

function parse(header: string | null): Parsed {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

const realm = 'https://auth.example.io/token';
const bearer = `Bearer realm="${realm}"`;

describe('challenge: one', () => {
  test.for<[string, string | null, Parsed]>([
    ['no header', null, []],
    ['an empty header', '', []],
    ['only separators', ' , ,, ', []],
    ['an unknown scheme', 'foo bar', [['foo', {}]]],
    ['Basic with a realm', 'Basic realm="Test Registry"', [['basic', { realm: 'Test Registry' }]]],
    ['Basic alone', 'Basic', [['basic', {}]]],
    ['Basic with spaces after it', 'Basic  ', [['basic', {}]]],
    ['Bearer alone', 'Bearer', [['bearer', {}]]],
    [
      'Bearer with everything',
      `${bearer},service="registry.example.io",scope="repository:library/hello-world:pull,push"`,
      [['bearer', { realm, service: 'registry.example.io', scope: 'repository:library/hello-world:pull,push' }]],
    ],
    [
      'two scopes in one parameter',
      `${bearer},scope="repository:a/b:pull repository:c/d:push"`,
      [['bearer', { realm, scope: 'repository:a/b:pull repository:c/d:push' }]],
    ],
    [
      'white space and no quotes',
      `Bearer realm = "${realm}"   ,service=registry.example.io, scope  ="repository:a/b:pull"  `,
      [['bearer', { realm, service: 'registry.example.io', scope: 'repository:a/b:pull' }]],
    ],
    ['tabs', `Bearer\trealm="${realm}"\t,\tservice="x"`, [['bearer', { realm, service: 'x' }]]],
    ['names in capitals', `BEARER REALM="${realm}",Service="X"`, [['bearer', { realm, service: 'X' }]]],
    ['an empty value', `${bearer},empty=""`, [['bearer', { realm, empty: '' }]]],
    ['escaped quotes', `${bearer},foo="foo\\"bar\\\\"`, [['bearer', { realm, foo: 'foo"bar\\' }]]],
    ['a comma at the end', `${bearer},`, [['bearer', { realm }]]],
    ['empty elements', `${bearer},, ,service="x"`, [['bearer', { realm, service: 'x' }]]],
    ['a token68', 'Negotiate YWJjZA==', [['negotiate', {}]]],
    [
      'a service with a space',
      `${bearer},service="olareg registry",scope="registry::pull"`,
      [['bearer', { realm, service: 'olareg registry', scope: 'registry::pull' }]],
    ],
  ])('parseChallenges: %s', ([, header, expected]) => {
    expect(parse(header)).toEqual(expected);
  });

  test.for([
    ['a parameter without a value', `${bearer},service=`],
    ['a parameter without a value and a space', `${bearer},service= `],
    ['a quote that never ends', `${bearer},service="registry`],
    ['a value of nothing that is allowed', `${bearer},service=@`],
    ['a space before the missing value', `${bearer},service = `],
  ])('parseChallenges: keeps what came before %s', ([, header]) => {
    expect(parse(header!)).toEqual([['bearer', { realm }]]);
  });
});

describe('challenge: several', () => {
  test.for<[string, string, Parsed]>([
    [
      'Bearer, then Basic',
      `${bearer},service="x", Basic realm="y"`,
      [
        ['bearer', { realm, service: 'x' }],
        ['basic', { realm: 'y' }],
      ],
    ],
    [
      'Basic, then Bearer',
      `Basic realm="y",${bearer}`,
      [
        ['basic', { realm: 'y' }],
        ['bearer', { realm }],
      ],
    ],
    [
      'schemes alone',
      'Negotiate, Basic',
      [
        ['negotiate', {}],
        ['basic', {}],
      ],
    ],
    [
      'a token68 first',
      `NTLM abc==, ${bearer}`,
      [
        ['ntlm', {}],
        ['bearer', { realm }],
      ],
    ],
    [
      'a scheme alone first',
      `Negotiate,${bearer}`,
      [
        ['negotiate', {}],
        ['bearer', { realm }],
      ],
    ],
    [
      'a broken one last',
      `${bearer}, Basic realm="y`,
      [
        ['bearer', { realm }],
        ['basic', {}],
      ],
    ],
  ])('parseChallenges: %s', ([, header, expected]) => {
    expect(parse(header)).toEqual(expected);
  });
});

test.for([
  ['many quotes', `Bearer realm=${'"'.repeat(1e6)}`],
  ['many backslashes', `Bearer realm="${'\\'.repeat(1e6)}`],
  ['many spaces', `Bearer${' '.repeat(1e6)}`],
  ['many equals signs', `Bearer a${'='.repeat(1e6)}"`],
  ['many letters', 'a'.repeat(1e6)],
  ['many schemes', 'a, '.repeat(3e5)],
])('parseChallenges: ends with a hostile header: %s', { timeout: 5000 }, ([, header]) => {
  expect(parseChallenges(header!).length).toBeLessThan(1e5);
});
