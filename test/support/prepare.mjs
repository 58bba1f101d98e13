// Finds what the tests need beside the npm packages, and installs what is missing where that is possible.
import { findConformanceSuite, installConformanceSuite } from '../conformance/suite.mjs';
import { findChromium, installChromium } from './chromium.mjs';
import { isCI } from './ci.mjs';
import { findDockerRegistry, installDockerRegistry } from './docker-registry.mjs';
import { findOlareg, installOlareg } from './olareg.mjs';

const tools = [
  { name: 'chromium', find: findChromium, install: installChromium, required: true },
  { name: 'docker-registry', find: findDockerRegistry, install: installDockerRegistry, required: isCI },
  { name: 'olareg', find: findOlareg, install: installOlareg, required: isCI },
  { name: 'conformance suite', find: findConformanceSuite, install: installConformanceSuite, required: isCI },
];

for (const { name, find, install, required } of tools) {
  let reason = 'its installation left nothing that can be run';
  if (!find()) {
    console.log(`installing: ${name}`);
    try {
      install();
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  const path = find();
  if (path) {
    console.log(`found: ${name} (${path})`);
  } else if (required) {
    console.error(`missing: ${name} (not installed: ${reason})`);
    process.exitCode = 1;
  } else {
    console.log(`skipped: ${name} (not installed: ${reason})`);
  }
}
