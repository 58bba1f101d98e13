import { describe, expect, test } from 'vitest';
import { InvalidReferenceError } from '../../src/errors.ts';
import { matchesPlatform, parsePlatform, platformNames, platformOf, selectPlatform } from '../../src/oci/platform.ts';
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
    ['an os in capitals', { ...linux, os: 'LINUX' }, linux, true],
    ['an architecture in capitals', linux, { ...linux, architecture: 'AMD64' }, true],
    ['another os', { ...linux, os: 'windows' }, linux, false],
    ['another architecture', { ...linux, architecture: 'arm64' }, linux, false],
    ['a wanted variant where v7 is meant', arm({ variant: 'v7' }), arm(), true],
    ['a wanted variant that is not there', arm({ variant: 'v6' }), arm(), false],
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
  ])('matchesPlatform: %s (P9)', ([, wanted, available, expected]) => {
    expect(matchesPlatform(wanted, available)).toBe(expected);
  });
});

/** Platforms that are the same in each line, by containerd's normalisation. */
const equal = [
  [
    'linux/arm64',
    'linux/arm64/v8',
    'linux/arm64/8',
    'linux/arm64/v8.0',
    'linux/aarch64',
    'linux/aarch64/v8',
    'LINUX/ARM64/V8',
  ],
  ['linux/arm64/v9', 'linux/arm64/9', 'linux/aarch64/v9'],
  ['linux/amd64', 'linux/amd64/v1', 'linux/x86_64', 'linux/x86-64', 'Linux/X86_64', 'linux/x86_64/v1'],
  ['linux/amd64/v2', 'linux/x86_64/v2', 'linux/amd64/2'],
  ['linux/386', 'linux/i386', 'linux/i486', 'linux/i586', 'linux/i686'],
  ['linux/arm/v7', 'linux/arm/7', 'linux/armhf', 'linux/arm/V7', 'linux/armhf/v6'],
  ['linux/arm/v6', 'linux/arm/6', 'linux/armel'],
  ['linux/arm/v8', 'linux/arm/8'],
  ['linux/arm/v5', 'linux/arm/5'],
  ['darwin/arm64', 'macos/arm64', 'macOS/aarch64'],
  ['linux/riscv64', 'linux/RISCV64'],
  ['windows/amd64', 'Windows/x86_64'],
  ['linux/constructor'],
];

describe('platform: names for the same', () => {
  // These leave the variant open.
  const isOpen = (name: string): boolean => /^\w+\/(?:arm64|aarch64|amd64|x86.64)$/i.test(name);

  test.for(equal.map((names) => ({ names })))('$names', ({ names }) => {
    for (const wanted of names) {
      for (const available of equal.flat()) {
        const isSame = names.includes(available);
        if (!isSame && isOpen(wanted)) continue;
        const matches = matchesPlatform(parsePlatform(wanted), parsePlatform(available));
        expect(`${wanted} and ${available}: ${matches}`).toBe(`${wanted} and ${available}: ${isSame}`);
      }
    }
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
  });

  test.for([
    ['an exact one before one that means the same', 'linux/arm64', ['linux/arm64/v8', 'linux/arm64'], 1],
    ['an exact one before one in other letters', 'linux/arm64', ['Linux/arm64', 'linux/arm64'], 1],
    ['an exact variant first', 'linux/arm64/v8', ['linux/aarch64', 'linux/arm64', 'linux/arm64/v8'], 2],
    ['one that means the same before another variant', 'linux/amd64', ['linux/amd64/v3', 'linux/amd64/v1'], 1],
    ['v7 for arm, before what is first', 'linux/arm', ['linux/arm/v6', 'linux/arm/v7'], 1],
    ['any variant where none was asked for', 'linux/arm', ['linux/amd64', 'linux/arm/v5', 'linux/arm/v6'], 1],
    ['any variant of another architecture', 'linux/amd64', ['linux/amd64/v2', 'linux/amd64/v3'], 0],
    ['the first of those that are the same', 'linux/aarch64', ['linux/arm64/v8', 'linux/arm64'], 0],
    ['no other variant than the one asked for', 'linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], undefined],
    ['v8 is not v9', 'linux/arm64/v8', ['linux/arm64/v9'], undefined],
    ['armhf is not v6', 'linux/armhf', ['linux/arm/v6'], undefined],
  ] as const)('selectPlatform: %s', ([, wanted, available, index]) => {
    const all = available.map((name) => entry(name, parsePlatform(name)));
    expect(selectPlatform(all, parsePlatform(wanted))).toBe(index === undefined ? undefined : all[index]);
  });

  test('selectPlatform: entries whose platform is none are passed over', () => {
    const odd = [null, 'linux/arm', {}, { os: 'linux' }, { os: 1, architecture: 'arm' }, [], arm({ os: '' })];
    const all = [...odd.map((platform) => ({ ...entry('odd'), platform: platform as Platform })), ...entries];
    expect(selectPlatform(all, arm())).toBe(entries[2]);
  });

  test('selectPlatform: null is what is not set', () => {
    const all = [entry('null', { ...arm(), variant: null, 'os.version': null, 'os.features': null } as never)];
    expect(selectPlatform(all, arm({ variant: 'v7' }))).toBe(all[0]);
    expect(selectPlatform(all, arm({ 'os.features': ['a'] }))).toBeUndefined();
  });

  test('platformNames: each once, without those of attachments, and not endless', () => {
    const names = (...platforms: string[]): string =>
      platformNames([entry('none'), ...platforms.map((name) => entry(name, parsePlatform(name)))]);
    expect(names()).toBe('');
    expect(names('linux/arm/v7', 'unknown/unknown', 'windows/amd64:10.0', 'linux/arm/v7')).toBe(
      'linux/arm/v7, windows/amd64:10.0',
    );
    const many = Array.from({ length: 1000 }, (_, index) => `os${index}/amd64`);
    expect(names(...many)).toMatch(/^os0\/amd64, .*, os19\/amd64, and 980 more$/);
    expect(platformNames([entry('odd', { os: 'a\u001b[2J', architecture: 'b\n' })])).toBe('a??2J/b?');
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

  test.for([
    '',
    'linux',
    'linux/',
    '/amd64',
    'linux/arm/',
    'linux/arm/v7/x',
    'linux/amd64:',
    ':1',
    'linux//v7',
    'linux/amd 64',
    'linux/amd64 ',
    'linux/amd64\n',
    '*/*',
    'linux\\amd64',
  ])('parsePlatform: refuses %j', (text) => {
    expect(() => parsePlatform(text)).toThrow(InvalidReferenceError);
  });

  test.for([
    null,
    7,
    [],
    {},
    { os: 'linux' },
    { os: 'linux', architecture: 7 },
    { os: '', architecture: 'arm' },
    arm({ 'os.features': 'a' as never }),
    arm({ variant: 7 as never }),
  ])('platformOf: refuses %j', (value) => {
    expect(() => platformOf(value as never)).toThrow(InvalidReferenceError);
  });

  test('platformOf: gives a platform as it is, or reads its text', () => {
    const own = arm({ variant: 'v7' });
    expect(platformOf(own)).toBe(own);
    expect(platformOf('linux/arm/v7')).toEqual(own);
  });
});
