import { firefox } from 'playwright';
import { canUseApt, installPackage } from './debian.mjs';
import { findExecutable, isExecutable } from './executables.mjs';
import { installWithPlaywright } from './playwright.mjs';

const commands = ['firefox-esr', 'firefox'];
const places = ['/opt/firefox/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'];

/**
 * The Firefox to test with: ORAS_FIREFOX, the system's, or the one Playwright downloaded.
 *
 * @returns {string | undefined}
 */
export function findFirefox() {
  const chosen = process.env.ORAS_FIREFOX;
  if (chosen) return isExecutable(chosen) ? chosen : undefined;
  const installed = commands.map((command) => findExecutable(command)).find(Boolean);
  return installed ?? [...places, firefox.executablePath()].find(isExecutable);
}

/** Installs Debian's, or Playwright's where that cannot be had. */
export function installFirefox() {
  if (process.env.ORAS_FIREFOX) {
    throw new Error(`ORAS_FIREFOX is ${process.env.ORAS_FIREFOX}, which is not an executable file`);
  }
  const ways = [() => installWithPlaywright('firefox')];
  if (canUseApt()) ways.unshift(() => installPackage('firefox-esr'));
  const failures = [];
  for (const install of ways) {
    try {
      return install();
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`install Firefox, or set ORAS_FIREFOX to its path:\n  ${failures.join('\n  ')}`);
}
