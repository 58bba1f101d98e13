import { installProgram } from './debian.mjs';
import { findExecutable } from './executables.mjs';

/** @returns {string | undefined} */
export const findSkopeo = () => findExecutable('skopeo');
/** @returns {string | undefined} */
export const findUmoci = () => findExecutable('umoci');

export const installSkopeo = () => installProgram('skopeo');
export const installUmoci = () => installProgram('umoci');
