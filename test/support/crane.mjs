import { findExecutable } from './executables.mjs';
import { buildGoModule } from './go-module.mjs';

const name = 'crane';

/** @returns {string | undefined} */
export function findCrane() {
  return findExecutable(name);
}

/** Only benchmarks need it. */
export function installCrane() {
  const flags = process.env.GOFLAGS;
  // The module comes with a folder of a part of what it needs, which Go would take for all of it.
  process.env.GOFLAGS = `${flags ?? ''} -mod=readonly`.trim();
  try {
    buildGoModule({
      name,
      module: 'github.com/google/go-containerregistry',
      version: 'v0.20.3',
      sum: 'h1:oNx7IdTI936V8CQRveCjaxOiegWwvM7kqkbXTpyiovI=',
      path: './cmd/crane',
      go: '1.23',
    });
  } finally {
    if (flags === undefined) delete process.env.GOFLAGS;
    else process.env.GOFLAGS = flags;
  }
}
