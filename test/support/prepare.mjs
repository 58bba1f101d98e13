// Finds what the tests need beside the npm packages, and installs what is missing where that is possible.
import { findConformanceSuite, installConformanceSuite } from '../conformance/suite.mjs';
import { findChromium, installChromium } from './chromium.mjs';
import { isCI } from './ci.mjs';
import { findCrane, installCrane } from './crane.mjs';
import { findDockerRegistry, installDockerRegistry } from './docker-registry.mjs';
import { findOrInstall } from './executables.mjs';
import { findFirefox, installFirefox } from './firefox.mjs';
import { findSkopeo, findUmoci, installSkopeo, installUmoci } from './image-programs.mjs';
import { findNotation, installNotation } from './notation.mjs';
import { findOlareg, installOlareg } from './olareg.mjs';
import { findOras, installOras } from './oras.mjs';
import { findRegctl, installRegctl } from './regctl.mjs';
import { findBsdtar, findGnuTar, findPython, installBsdtar, installGnuTar, installPython } from './tar-programs.mjs';

const tools = [
  { name: 'chromium', find: findChromium, install: installChromium, required: true },
  { name: 'firefox', find: findFirefox, install: installFirefox, required: isCI },
  { name: 'docker-registry', find: findDockerRegistry, install: installDockerRegistry, required: isCI },
  { name: 'olareg', find: findOlareg, install: installOlareg, required: isCI },
  {
    name: 'conformance suite',
    find: () => findConformanceSuite()?.path,
    install: installConformanceSuite,
    required: isCI,
  },
  { name: 'oras', find: findOras, install: installOras, required: isCI },
  { name: 'crane', find: findCrane, install: installCrane, required: isCI },
  { name: 'regctl', find: findRegctl, install: installRegctl, required: isCI },
  { name: 'notation', find: findNotation, install: installNotation, required: isCI },
  { name: 'GNU tar', find: findGnuTar, install: installGnuTar, required: isCI },
  { name: 'bsdtar', find: findBsdtar, install: installBsdtar, required: isCI },
  { name: 'Python', find: findPython, install: installPython, required: isCI },
  { name: 'skopeo', find: findSkopeo, install: installSkopeo, required: isCI },
  { name: 'umoci', find: findUmoci, install: installUmoci, required: isCI },
];

for (const { name, find, install, required } of tools) {
  const { path, reason } = findOrInstall(name, find, install);
  if (path) {
    console.log(`found: ${name} (${path})`);
  } else if (required) {
    console.error(`missing: ${name} (not installed: ${reason})`);
    process.exitCode = 1;
  } else {
    console.log(`skipped: ${name} (not installed: ${reason})`);
  }
}
