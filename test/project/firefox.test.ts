import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { canUseApt, installPackage } from '../support/debian.mjs';
import { findFirefox, installFirefox } from '../support/firefox.mjs';
import { openFirefox } from '../support/firefox-process.ts';
import { installWithPlaywright } from '../support/playwright.mjs';

vi.mock('../support/debian.mjs', () => ({ canUseApt: vi.fn(), installPackage: vi.fn() }));
vi.mock('../support/playwright.mjs', () => ({ installWithPlaywright: vi.fn() }));

// It notes what it was started with, and has a process of its own, as a browser has for its pages.
const fake = `#!/bin/sh
sleep 1000 &
printf '%s\\n' "$!" "$HOME" "$@" > "$0.noted.new"
mv "$0.noted.new" "$0.noted"
wait
`;

let directory: string;

function makeProgram(name: string, text = fake): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oras-js-firefox-test-'));
  vi.stubEnv('ORAS_FIREFOX', undefined);
  vi.stubEnv('PATH', directory + delimiter + process.env.PATH);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

test('Firefox: the one that ORAS_FIREFOX names is found before one on the PATH', () => {
  const chosen = makeProgram('another');
  const installed = makeProgram('firefox');
  const debian = makeProgram('firefox-esr');
  expect(findFirefox()).toBe(debian);
  rmSync(debian);
  vi.stubEnv('PATH', directory);
  expect(findFirefox()).toBe(installed);
  vi.stubEnv('ORAS_FIREFOX', chosen);
  expect(findFirefox()).toBe(chosen);
});

test('Firefox: none is found, and none is installed, when ORAS_FIREFOX names what cannot be run', () => {
  makeProgram('firefox-esr');
  const missing = join(directory, 'missing');
  vi.stubEnv('ORAS_FIREFOX', missing);
  expect(findFirefox()).toBeUndefined();
  expect(installFirefox).toThrow(`ORAS_FIREFOX is ${missing}`);
  expect(installPackage).not.toHaveBeenCalled();
  expect(installWithPlaywright).not.toHaveBeenCalled();
});

test("Firefox: Playwright's is installed only when Debian's cannot be had", () => {
  vi.mocked(canUseApt).mockReturnValue(true);
  installFirefox();
  expect(installPackage).toHaveBeenCalledExactlyOnceWith('firefox-esr');
  expect(installWithPlaywright).not.toHaveBeenCalled();
  vi.mocked(installPackage).mockImplementation(() => {
    throw new Error('no such package');
  });
  installFirefox();
  expect(installWithPlaywright).toHaveBeenCalledExactlyOnceWith('firefox');
  vi.mocked(canUseApt).mockReturnValue(false);
  installFirefox();
  expect(installPackage).toHaveBeenCalledTimes(2);
  expect(installWithPlaywright).toHaveBeenCalledTimes(2);
});

test('Firefox: the error says what to do, and why each way failed, when it cannot be installed', () => {
  vi.mocked(canUseApt).mockReturnValue(true);
  for (const way of [installPackage, installWithPlaywright]) {
    vi.mocked(way).mockImplementation((name: string) => {
      throw new Error(`no ${name}`);
    });
  }
  expect(installFirefox).toThrow(/set ORAS_FIREFOX to its path.*no firefox-esr.*no firefox$/s);
});

/** What the fake was started with, once it runs. */
async function noted(path: string): Promise<{ child: number; home: string; args: string[] }> {
  await expect.poll(() => existsSync(`${path}.noted`)).toBe(true);
  const [child, home = '', ...args] = readFileSync(`${path}.noted`, 'utf8').trimEnd().split('\n');
  return { child: Number(child), home, args };
}

function isRunning(pid: number): boolean {
  // One that has ended stays a zombie where nobody asks for its exit code.
  return /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim());
}

test('Firefox: it opens the page with a profile of its own, and nothing is left when it is closed', async () => {
  const path = makeProgram('firefox');
  const firefox = await openFirefox(path, 'http://localhost:1234/page?a=b');
  const { child, home, args } = await noted(path);
  expect(args).toContain('--headless');
  expect(args[args.indexOf('--profile') + 1]).toBe(home);
  expect(args.at(-1)).toBe('http://localhost:1234/page?a=b');
  const preferences = readFileSync(join(home, 'user.js'), 'utf8');
  expect(preferences).toContain("user_pref('network.proxy.allow_bypass', false);");
  expect(isRunning(child)).toBe(true);
  await firefox.close();
  expect(existsSync(home)).toBe(false);
  await expect.poll(() => isRunning(child)).toBe(false);
  expect(await firefox.ended).toBe('');
});

test('Firefox: nothing is left when the process that started it is killed', async () => {
  const path = makeProgram('firefox');
  const module = await bundle(join(import.meta.dirname, '../support/firefox-process.ts'), directory);
  const code = `import { openFirefox } from '${module}'; await openFirefox('${path}', 'about:blank');`;
  const parent: ChildProcess = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: 'inherit' });
  const { child, home } = await noted(path);
  expect(existsSync(home)).toBe(true);
  expect(isRunning(child)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await expect.poll(() => existsSync(home)).toBe(false);
  await expect.poll(() => isRunning(child)).toBe(false);
});

test('Firefox: what it said is known when it ends by itself, or it is an error when it cannot start', async () => {
  const path = makeProgram('firefox', "#!/bin/sh\necho 'no display' >&2\nexit 1\n");
  const firefox = await openFirefox(path, 'about:blank');
  expect(await firefox.ended).toBe('no display\n');
  await firefox.close();
  await expect(openFirefox(join(directory, 'missing'), 'about:blank')).rejects.toMatchObject({ code: 'ENOENT' });
});
