import { defineBrowserProvider } from '@vitest/browser';
import type { BrowserProvider, BrowserProviderOption, TestProject } from 'vitest/node';
import { findFirefox } from './firefox.mjs';
import { type FirefoxProcess, openFirefox } from './firefox-process.ts';

/** Runs tests in Firefox. They get a page, but nothing that a driver does: no clicks, no screenshots, no mocked modules. */
export function firefoxProvider(): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'firefox',
    supportedBrowser: ['firefox'],
    options: {},
    providerFactory: (project) => new FirefoxProvider(project),
  });
}

class FirefoxProvider implements BrowserProvider {
  readonly name = 'firefox';
  readonly supportsParallelism = false;
  readonly #project: TestProject;
  #firefox: FirefoxProcess | undefined;

  constructor(project: TestProject) {
    this.#project = project;
  }

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  async openPage(_sessionId: string, url: string): Promise<void> {
    await this.close();
    const path = findFirefox();
    if (!path) throw new Error('Firefox is not installed');
    const firefox = await openFirefox(path, url);
    this.#firefox = firefox;
    // Vitest sees that the page is gone, but not why.
    void firefox.ended.then((said) => {
      if (this.#firefox === firefox) this.#project.vitest.logger.error(`Firefox has ended:\n${said}`);
    });
  }

  async close(): Promise<void> {
    const firefox = this.#firefox;
    this.#firefox = undefined;
    await firefox?.close();
  }
}
