import { describe, expect, test } from 'vitest';
import { mergeScopes, repositoryScope } from '../../../src/remote/auth/scopes.ts';

test('repositoryScope: names the repository and what is done with it', () => {
  expect(repositoryScope('org/hello', 'pull')).toBe('repository:org/hello:pull');
  expect(repositoryScope('org/hello', 'push')).toBe('repository:org/hello:pull,push');
  expect(repositoryScope('org/hello', 'delete')).toBe('repository:org/hello:delete');
});

describe('mergeScopes', () => {
  test.for<[string, string[], string[]]>([
    ['nothing', [], []],
    ['one', ['repository:a:pull'], ['repository:a:pull']],
    ['actions in another order', ['repository:a:push,pull,delete'], ['repository:a:delete,pull,push']],
    ['equal ones', ['repository:a:pull', 'repository:a:pull'], ['repository:a:pull']],
    ['two of one repository', ['repository:a:pull', 'repository:a:push'], ['repository:a:pull,push']],
    ['equal actions', ['repository:a:pull,pull,push,pull'], ['repository:a:pull,push']],
    ['all actions', ['repository:a:pull,*,push', 'repository:a:delete'], ['repository:a:*']],
    ['empty actions', ['repository:a:,pull,'], ['repository:a:pull']],
    ['no actions at all', ['repository:foo:,', 'no:actions:'], []],
    [
      'several, sorted',
      ['repository:b:pull', 'registry:catalog:*', 'repository:a:pull'],
      ['registry:catalog:*', 'repository:a:pull', 'repository:b:pull'],
    ],
    ['other kinds', ['repository(plugin):a:pull'], ['repository(plugin):a:pull']],
    ['an empty name', ['registry::pull'], ['registry::pull']],
    [
      'a name with a port',
      ['repository:reg.test:5000/a:pull', 'repository:reg.test:5000/a:push'],
      ['repository:reg.test:5000/a:pull,push'],
    ],
    [
      'another form, kept as it is',
      ['unknown', 'invalid:scope', 'unknown', 'aws'],
      ['aws', 'invalid:scope', 'unknown'],
    ],
    ['empty ones', ['', 'repository:a:pull', ''], ['repository:a:pull']],
    ['names of Object.prototype', ['__proto__:constructor:toString'], ['__proto__:constructor:toString']],
  ])('%s', ([, scopes, expected]) => {
    expect(mergeScopes(...scopes)).toEqual(expected);
  });

  test('gives the same for the same needs, in whatever order they come', () => {
    const scopes = ['repository:b:push,pull', 'repository:a:pull', 'repository:b:delete'];
    expect(mergeScopes(...scopes.toReversed())).toEqual(mergeScopes(...scopes));
  });
});
