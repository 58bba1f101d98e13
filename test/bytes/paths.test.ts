import { describe, expect, test } from 'vitest';
import { checkLinkTarget, checkPath, foldedPath } from '../../src/bytes/paths.ts';
import { UnsafePathError } from '../../src/errors.ts';

describe('paths: taken', () => {
  test.for([
    'a',
    'a/b/c',
    'index.json',
    'blobs/sha256/abc',
    '.hidden',
    '..a',
    'a..',
    '...',
    'a b',
    'ä/日本/\u{1f600}',
    'ab:c',
    'console',
    'com',
    'com10',
    'CON.txt',
    '-rf',
    '~',
    '$HOME',
    '__proto__',
  ])('%j', (path) => {
    expect(() => checkPath(path)).not.toThrow();
  });

  test('a part of 255 bytes, and a path of 4096 characters or 256 parts', () => {
    expect(() => checkPath('a'.repeat(255))).not.toThrow();
    expect(() => checkPath(`${`${'a'.repeat(127)}/`.repeat(31)}${'b'.repeat(128)}`)).not.toThrow();
    expect(() => checkPath(`${'a/'.repeat(255)}b`)).not.toThrow();
  });
});

describe('paths: refused', () => {
  test.for([
    ['absolute', '/etc/passwd'],
    ['absolute, with many slashes', '////etc/passwd'],
    ['the root', '/'],
    ['a drive', 'C:\\x'],
    ['a drive with a slash', 'C:/x'],
    ['relative to a drive', 'C:x'],
    ['relative to a drive and up', 'C:..\\x'],
    ['a drive alone', 'c:'],
    ['a stream of a file with one letter', 'a:stream'],
    ['a network path', '\\\\srv\\s\\x'],
    ['a device path', '\\\\?\\C:\\x'],
    ['up', '../x'],
    ['up from a folder', 'a/../../x'],
    ['up and down again', 'a/../b'],
    ['up with backslashes', 'a\\..\\..\\x'],
    ['up from here', './../x'],
    ['the parent', '..'],
    ['here', '.'],
    ['here in the middle', 'a/./b'],
    ['nothing', ''],
    ['a folder', 'x/'],
    ['an empty part', 'a//b'],
    ['a title that leads to keys', '../../.ssh/authorized_keys'],
    ['a backslash', 'a\\b'],
    ['a null character', 'a\u0000b'],
    ['a line end', 'a\nb'],
    ['an escape sequence', '\u001b[2J'],
    ['delete', 'a\u007f'],
    ['a C1 control character', '\u009b2J'],
    ['half a surrogate pair', 'a\ud800'],
    ['a device of Windows', 'CON'],
    ['a device of Windows in a folder', 'a/nul'],
    ['a numbered device', 'COM1'],
    ['a device numbered in superscript', 'COM¹'],
    ['5000 characters', 'ab/'.repeat(1700).slice(0, 5000)],
    ['257 parts', `${'a/'.repeat(256)}b`],
    ['a part of 256 bytes', 'ä'.repeat(128)],
    ['a part of 5000 characters', 'a'.repeat(5000)],
  ])('%s', ([, path]) => {
    expect(() => checkPath(path!)).toThrow(UnsafePathError);
  });

  test('the error has the path, and a message that shows it safely and says why', () => {
    try {
      checkPath('a/../\u001b[2J');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'UNSAFE_PATH', path: 'a/../\u001b[2J' });
      expect((error as Error).message).toBe('The path "a/../\\u001b[2J" is refused: it has a control character');
    }
  });

  test('the message does not repeat all of a long path', () => {
    expect(() => checkPath('a'.repeat(1e6))).toThrow(/^.{1,300}$/);
  });
});

describe('paths: targets of symlinks', () => {
  test.for([
    ['link', 'file'],
    ['link', './file'],
    ['link', '.'],
    ['link', 'folder/'],
    ['a/b/link', '../..'],
    ['a/b/link', '../../'],
    ['a/b/link', './.././../c/d'],
  ] as const)('%s may lead to %s', ([path, target]) => {
    expect(() => checkLinkTarget(path, target)).not.toThrow();
  });

  test('the error has the path of the symlink, and says where it leads and what is wrong', () => {
    const message = 'The symlink "a/link" to "../../x" is refused: it leads outside';
    expect(() => checkLinkTarget('a/link', '../../x')).toThrow(expect.objectContaining({ message, path: 'a/link' }));
  });
});

describe('paths: folding', () => {
  test.for([
    ['README', 'readme'],
    ['stra\u00dfe', 'STRASSE'],
    ['Flo\u1e9e', 'Floss'],
    ['\u017f', 's'],
    ['\u212a', 'k'],
    ['\u0130', 'i\u0307'],
    ['\u00c9', 'e\u0301'],
  ] as const)('%s and %s are one where capitals and forms do not count', ([one, other]) => {
    const folding = { foldsCase: true, normalizes: true };
    expect(foldedPath(one, folding)).toBe(foldedPath(other, folding));
    const exact = { foldsCase: false, normalizes: false };
    expect([foldedPath(one, exact), foldedPath(other, exact)]).toEqual([one, other]);
  });
});
