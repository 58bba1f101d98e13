import { chromium } from 'playwright';
import { canUseApt, installPackage } from './debian.mjs';
import { findExecutable, isExecutable } from './executables.mjs';
import { installWithPlaywright } from './playwright.mjs';

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macApplications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The Chromium to test with: ORAS_CHROMIUM, the system's, or the one Playwright downloaded.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const chosen = process.env.ORAS_CHROMIUM;
  if (chosen) return isExecutable(chosen) ? chosen : undefined;
  const installed = commands.map((command) => findExecutable(command)).find(Boolean);
  return installed ?? [...macApplications, chromium.executablePath()].find(isExecutable);
}

/** How every test starts Chromium: nothing that talks to the outside, and the browser's own security rules on. */
export function launchOptions() {
  const executablePath = findChromium();
  return {
    ...(executablePath ? { executablePath } : {}),
    args: [
      '--no-sandbox', // containers forbid user namespaces; the pages are our own
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  };
}

export function installChromium() {
  if (process.env.ORAS_CHROMIUM) {
    throw new Error(`ORAS_CHROMIUM is ${process.env.ORAS_CHROMIUM}, which is not an executable file`);
  }
  if (canUseApt()) return installPackage('chromium');
  try {
    installWithPlaywright('chromium');
  } catch (error) {
    throw new Error('install Chromium or Chrome, or set ORAS_CHROMIUM to its path', { cause: error });
  }
}
