import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

// Beside these, --remote-debugging-port makes Firefox set what it wants for tests: no telemetry, no updates, no first run.
const preferences = {
  // This machine is reached directly; for all else Firefox asks a port where nothing listens, also for the addresses.
  'network.proxy.type': 1,
  'network.proxy.socks': '127.0.0.1',
  'network.proxy.socks_port': 2,
  'network.proxy.socks_remote_dns': true,
  'network.proxy.allow_bypass': false,
  'network.proxy.failover_direct': false,
  // What it would ask for all the same.
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'media.gmp-manager.updateEnabled': false,
};

const environment = {
  // To connect to another machine would be a crash. It also makes Firefox obey 'services.settings.server'.
  MOZ_DISABLE_NONLOCAL_CONNECTIONS: '1',
  MOZ_CRASHREPORTER_DISABLE: '1',
};

// Its input ends with the process that started it, however that ends: also when it is killed.
const guard = 'read -r _; kill -s KILL -- "-$1" 2>/dev/null; rm -rf "$2" || { sleep 1; rm -rf "$2"; }';

/** A Firefox with a profile of its own. It ends with this process. */
export interface FirefoxProcess {
  /** What it wrote to its standard error, once all its processes have ended. */
  ended: Promise<string>;
  /** Ends it and all its processes, and removes its profile. */
  close(): Promise<void>;
}

/**
 * Opens a page in a Firefox without a window. Nothing drives it: a command line is what all its versions have in common.
 *
 * @param path of its executable
 */
export async function openFirefox(path: string, url: string): Promise<FirefoxProcess> {
  const home = mkdtempSync(join(placeOfProfiles(), 'oras-js-firefox-'));
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref('${name}', ${JSON.stringify(value)});\n`);
  writeFileSync(join(home, 'user.js'), lines.join(''));
  const firefox = spawn(path, ['--headless', '--no-remote', '--profile', home, '--remote-debugging-port', '0', url], {
    // As root it refuses a home directory that belongs to somebody else, and it leaves caches in it.
    env: { ...process.env, ...environment, HOME: home },
    detached: true, // a group of its own, which can be ended as one
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    await once(firefox, 'spawn');
  } catch (error) {
    rmSync(home, { recursive: true });
    throw error;
  }
  const guarding = spawn('sh', ['-c', guard, 'sh', String(firefox.pid), home], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const guarded = once(guarding, 'exit');
  return {
    ended: text(firefox.stderr),
    close: async () => {
      guarding.stdin.end();
      await guarded;
    },
  };
}

/** In memory, where there is enough: Firefox waits for the disk with each file of a page, eight times as long as it works. */
function placeOfProfiles(): string {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize > 4 * 1024 ** 3) return memory;
  } catch {
    // There is no such place.
  }
  return tmpdir();
}
