import { describe, expect, test } from 'vitest';
import { imageConfig } from '../../src/actions/image-config.ts';
import { packIndex } from '../../src/actions/index/pack-index.ts';
import { packManifest } from '../../src/actions/push/pack.ts';
import type { RegistryWarning } from '../../src/options.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
import { rejection } from '../support/content.ts';
import { pushImage } from './index/multi-platform.ts';

const rootfs = {
  type: 'layers',
  diff_ids: ['sha256:2ef548696ac7dd66ef38aab5cc8fc5cc1fb637dfaedb3a9afc89bf16db9277e1'],
};
const full = {
  created: '2026-01-31T12:00:00Z',
  author: 'me',
  architecture: 'arm',
  os: 'linux',
  'os.version': '1',
  'os.features': ['a'],
  variant: 'v7',
  config: {
    User: '1000:1000',
    ExposedPorts: { '80/tcp': {} },
    Env: ['PATH=/bin'],
    Entrypoint: ['/app'],
    Cmd: ['--help'],
    Volumes: { '/data': {} },
    WorkingDir: '/',
    Labels: { a: 'b' },
    StopSignal: 'SIGTERM',
    ArgsEscaped: false,
    Healthcheck: { Test: ['NONE'] },
  },
  rootfs,
  history: [{ created: '2026-01-31T12:00:00Z', created_by: 'ADD', author: 'me', comment: 'x', empty_layer: true }],
  'x-unknown': [1],
};

async function layoutOf(config: unknown, tag = 'v1'): Promise<OciLayout> {
  const layout = new OciLayout(new MemoryStorage());
  await pushImage(layout, typeof config === 'string' ? config : JSON.stringify(config), tag);
  return layout;
}

describe('imageConfig', () => {
  test('all fields are read, and unknown ones are kept', async () => {
    const config = await imageConfig(await layoutOf(full), 'v1');
    expect(config).toEqual(full);
    expect(config.config?.Env?.[0]).toBe('PATH=/bin');
  });

  test('of an index, that for the platform is read', async () => {
    const layout = await layoutOf({ architecture: 'amd64', os: 'linux', rootfs }, 'amd64');
    await pushImage(layout, JSON.stringify(full), 'arm');
    await packIndex(layout, { manifests: ['amd64', 'arm'], tags: ['v1'] });
    expect((await imageConfig(layout, 'v1', { platform: 'linux/arm/v7' })).variant).toBe('v7');
    expect((await imageConfig(layout, 'v1', { platform: 'linux/amd64' })).architecture).toBe('amd64');
    expect(await rejection(imageConfig(layout, 'v1', { platform: 'linux/s390x' }))).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await rejection(imageConfig(layout, 'v1'))).toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('null is an unset field, and an invalid optional one is left out with a warning', async () => {
    const warnings: RegistryWarning[] = [];
    const config = {
      architecture: 'amd64',
      os: 'linux',
      rootfs,
      config: { Env: null, Cmd: 'sh', Labels: { a: 1, b: 'c' } },
    };
    const layout = await layoutOf({ ...config, history: null, created: 5, variant: null });
    const found = await imageConfig(layout, 'v1', { onWarning: (warning) => warnings.push(warning) });
    expect(found).toEqual({ architecture: 'amd64', os: 'linux', rootfs, config: { Labels: { b: 'c' } } });
    expect(warnings.map(({ text }) => text.replace(/sha256:\w+/, 'it'))).toEqual([
      'the config of it: config.Cmd is "sh", not a list',
      'the config of it: config.Labels["a"] is 1, not text',
      'the config of it: created is 5, not text',
    ]);
  });

  test.for([
    ['no JSON', 'x'],
    ['no platform', { rootfs }],
    ['no layers', { architecture: 'amd64', os: 'linux' }],
    ['layers that are no list', { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: 'x' } }],
  ] as const)('%s is refused', async ([, config]) => {
    expect(await rejection(imageConfig(await layoutOf(config), 'v1'))).toMatchObject({ code: 'INVALID_MANIFEST' });
  });

  test('an artifact that is not an image is UNSUPPORTED, and what is missing NOT_FOUND', async () => {
    const layout = new OciLayout(new MemoryStorage());
    await packManifest(layout, { artifactType: 'a/b', tags: ['v1'] });
    expect(await rejection(imageConfig(layout, 'v1'))).toMatchObject({ code: 'UNSUPPORTED' });
    expect(await rejection(imageConfig(layout, 'v2'))).toMatchObject({ code: 'NOT_FOUND' });
  });
});
