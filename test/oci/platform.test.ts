import { describe, expect, test } from 'vitest';
import { InvalidReferenceError } from '../../src/errors.ts';
import { matchesPlatform, parsePlatform, selectPlatform } from '../../src/oci/platform.ts';
import type { Descriptor, Platform } from '../../src/types.ts';
import { descriptorOf } from '../support/content.ts';

function arm(more: Partial<Platform> = {}): Platform {
  return { architecture: 'arm', os: 'linux', ...more };
}

function windows(version?: string): Platform {
  return { architecture: 'amd64', os: 'windows', ...(version ? { 'os.version': version } : {}) };
}

describe('platform: matching', () => {
  const linux: Platform = { architecture: 'amd64', os: 'linux' };

  test.for<[string, Platform, Platform, boolean]>([
    ['equal', linux, linux, true],
    ['an os in capitals', { ...linux, os: 'LINUX' }, linux, false],
    ['another architecture', { ...linux, architecture: 'arm64' }, linux, false],
    ['a wanted variant that is not there', arm({ variant: 'v7' }), arm(), false],
    ['a variant nobody wants', arm(), arm({ variant: 'v7' }), true],
    ['the wanted variant', arm({ variant: 'v7' }), arm({ variant: 'v7' }), true],
    ['another variant', arm({ variant: 'v6' }), arm({ variant: 'v7' }), false],
    ['another os version', windows('10.0.20348.700'), windows('10.0.20348.768'), false],
    ['a wanted os version that is not there', windows('10.0.20348.768'), windows(), false],
    ['an os version nobody wants', windows(), windows('10.0.20348.768'), true],
    ['the wanted os version', windows('10.0.20348.768'), windows('10.0.20348.768'), true],
    ['one wanted feature missing', arm({ 'os.features': ['a', 'c'] }), arm({ 'os.features': ['a', 'd'] }), false],
    ['wanted features where there are none', arm({ 'os.features': ['a'] }), arm(), false],
    ['features nobody wants', arm(), arm({ 'os.features': ['a'] }), true],
    ['the wanted features', arm({ 'os.features': ['a', 'b'] }), arm({ 'os.features': ['a', 'b'] }), true],
    ['features in another order', arm({ 'os.features': ['b', 'a'] }), arm({ 'os.features': ['a', 'c', 'b'] }), true],
  ])('matchesPlatform: %s', ([, wanted, available, expected]) => {
    expect(matchesPlatform(wanted, available)).toBe(expected);
  });
});

describe('platform: selection', () => {
  const entry = (name: string, platform?: Platform): Descriptor => ({
    ...descriptorOf(name),
    ...(platform && { platform }),
  });
  const entries = [
    entry('no platform'),
    entry('v6', arm({ variant: 'v6' })),
    entry('v7', arm({ variant: 'v7' })),
    entry('v7 again', arm({ variant: 'v7' })),
  ];

  test('selectPlatform: the first of several that match', () => {
    expect(selectPlatform(entries, arm({ variant: 'v7' }))).toBe(entries[2]);
    expect(selectPlatform(entries, arm())).toBe(entries[1]);
  });

  test('selectPlatform: nothing when none matches', () => {
    expect(selectPlatform(entries, windows())).toBeUndefined();
    expect(selectPlatform([], arm())).toBeUndefined();
  });
});

describe('platform: text', () => {
  test.for<[string, Platform]>([
    ['linux/amd64', { os: 'linux', architecture: 'amd64' }],
    ['linux/arm64/v8', { os: 'linux', architecture: 'arm64', variant: 'v8' }],
    ['windows/amd64:10.0.17763.1', { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763.1' }],
    ['linux/arm/v7:1', { os: 'linux', architecture: 'arm', variant: 'v7', 'os.version': '1' }],
  ])('parsePlatform: %s', ([text, platform]) => {
    expect(parsePlatform(text)).toEqual(platform);
  });

  test.for(['', 'linux', 'linux/', '/amd64', 'linux/arm/', 'linux/arm/v7/x', 'linux/amd64:', ':1', 'linux//v7'])(
    'parsePlatform: refuses %j',
    (text) => {
      expect(() => parsePlatform(text)).toThrow(InvalidReferenceError);
    },
  );
});
