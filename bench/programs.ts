import { findCrane, installCrane } from '../test/support/crane.mjs';
import { findExecutable, findOrInstall } from '../test/support/executables.mjs';
import { findOras, installOras } from '../test/support/oras.mjs';
import { findOrasPy, installOrasPy } from '../test/support/oras-py.mjs';
import type { Program, SkippedProgram } from './program.ts';
import { crane } from './program-crane.ts';
import { curl } from './program-curl.ts';
import { oras } from './program-oras.ts';
import { orasJs } from './program-oras-js.ts';
import { orasPy } from './program-oras-py.ts';

interface Candidate {
  name: string;
  find: () => string | undefined;
  install?: () => void;
  program: (executable: string) => Program;
}

const candidates: Candidate[] = [
  { name: 'oras', find: findOras, install: installOras, program: oras },
  { name: 'crane', find: findCrane, install: installCrane, program: crane },
  { name: 'oras-py', find: findOrasPy, install: installOrasPy, program: orasPy },
  { name: 'curl', find: () => findExecutable('curl'), program: curl },
];

/** This package and those it is compared with; what is missing is installed where that is possible. */
export function findPrograms(): { programs: Program[]; skipped: SkippedProgram[] } {
  const programs = [orasJs];
  const skipped: SkippedProgram[] = [];
  for (const { name, find, install, program } of candidates) {
    const { path, reason } = findOrInstall(name, find, install);
    if (path !== undefined) programs.push(program(path));
    else skipped.push({ name, reason });
  }
  return { programs, skipped };
}
