import { buildGoProgram, findGoProgram } from './go-module.mjs';

const crane = {
  name: 'crane',
  module: 'github.com/google/go-containerregistry',
  path: './cmd/crane',
  go: '1.23',
  versions: [
    { version: 'v0.22.1', sum: 'h1:RZuuSYhTvlDvtsK+NkutoCZ//C0X2ebLK8X8l3ULs84=' },
    { version: 'v0.20.3', sum: 'h1:oNx7IdTI936V8CQRveCjaxOiegWwvM7kqkbXTpyiovI=' },
  ],
};

/** @returns {string | undefined} */
export function findCrane() {
  return findGoProgram(crane)?.path;
}

export function installCrane() {
  buildGoProgram(crane);
}
