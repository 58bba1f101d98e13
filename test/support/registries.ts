import { describe, inject, test } from 'vitest';

/** A registry that runs for the tests. */
export interface TestRegistry {
  /** 'embedded' is the project's own; the others are named after their program. */
  name: string;
  /** Host and port; plain HTTP. */
  host: string;
  /** Whether a web page may use it. */
  cors: boolean;
}

/** A registry that cannot be tested with here. */
export interface MissingRegistry {
  name: string;
  reason: string;
}

/** A docker-registry that asks for a user name and a password, or why there is none. */
export type BasicRegistry = { host: string; username: string; password: string } | { missing: string; reason: string };

declare module 'vitest' {
  interface ProvidedContext {
    registries: TestRegistry[];
    missingRegistries: MissingRegistry[];
    basicRegistry: BasicRegistry;
    /** Where the project's own registry runs in each of its ways to ask who is there: hosts by the names of the ways. */
    authRegistries: Record<string, string>;
    /** Host and port where nothing listens. */
    closedHost: string;
    /** Host and port of a server that reads a body late. */
    gateHost: string;
  }
}

const isBrowser = 'document' in globalThis;

/** The registries that can be reached from here: a browser needs CORS. */
export function registries(): TestRegistry[] {
  return inject('registries').filter(({ cors }) => cors || !isBrowser);
}

/** The project's own registry, which is always there. */
export function embeddedRegistry(): TestRegistry {
  return registries().find(({ name }) => name === 'embedded')!;
}

/** Runs the suite on every registry; one that is not installed shows as a skipped test with its name. */
export function describeEachRegistry(name: string, suite: (registry: TestRegistry) => void): void {
  for (const registry of registries()) describe(`${name} [${registry.name}]`, () => suite(registry));
  if (isBrowser) return;
  for (const { name: missing, reason } of inject('missingRegistries')) skipped(name, missing, reason);
}

/** Runs the suite on the registry that asks for a password; not in browsers, whose preflight it answers with 401. */
export function describeBasicRegistry(
  name: string,
  suite: (registry: Extract<BasicRegistry, { host: string }>) => void,
): void {
  if (isBrowser) return;
  const registry = inject('basicRegistry');
  if ('host' in registry) describe(`${name} [docker-registry with a password]`, () => suite(registry));
  else skipped(name, registry.missing, registry.reason);
}

/**
 * Runs the suite with a program of this machine. Where it is missing, a skipped test says so by name; under CI, which
 * must not test less without anybody seeing it, that is a failure.
 */
export function describeWith(
  name: string,
  program: { name: string; path: string | undefined },
  suite: (path: string) => void,
): void {
  const { path } = program;
  if (path !== undefined) describe(`${name} [${program.name}]`, () => suite(path));
  else if (!['', '0', 'false'].includes(process.env.CI ?? '')) {
    test(`${name} [${program.name}]`, () => {
      throw new Error(`${program.name} is not installed`);
    });
  } else skipped(name, program.name, 'not installed');
}

function skipped(name: string, registry: string, reason: string): void {
  test.skip(`${name} [${registry}]: skipped, ${registry} is ${reason}`, () => {});
}
