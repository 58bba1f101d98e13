import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where tools that are installed for the tests only are kept: it goes away with node_modules. */
export const cacheDirectory = join(import.meta.dirname, '../../node_modules/.cache/oras-js/bin');

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The full path of a command on PATH, or in the cache, or nothing.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function findExecutable(name) {
  const directories = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...directories, cacheDirectory].map((directory) => join(directory, name)).find(isExecutable);
}

/**
 * Runs a command and gives its output; a failure is an error with what the command said.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 */
export function run(command, args, { cwd, env } = {}) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    ...(cwd ? { cwd } : {}),
  });
  if (result.status === 0) return result.stdout;
  const said = (result.error?.message ?? (result.stderr || result.stdout)).trim().split('\n').slice(-5).join('\n');
  throw new Error(`\`${command} ${args.join(' ')}\` failed: ${said}`);
}

/**
 * Finds a program, or installs it and says so; without a path there is a reason.
 *
 * @param {string} name
 * @param {() => string | undefined} find
 * @param {(() => void) | undefined} install
 * @returns {{ path: string, reason?: undefined } | { path?: undefined, reason: string }}
 */
export function findOrInstall(name, find, install) {
  let path = find();
  if (path) return { path };
  if (!install) return { reason: 'it is not installed' };
  console.log(`installing: ${name}`);
  try {
    install();
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  path = find();
  return path ? { path } : { reason: 'its installation left nothing that can be run' };
}

/** Makes the cache directory if it is not there yet, and gives its path. */
export function ensureCacheDirectory() {
  mkdirSync(cacheDirectory, { recursive: true });
  return cacheDirectory;
}
