import { execFile } from 'node:child_process';

/**
 * What a program says, however it ends. Of the settings of the suite it sees these only.
 *
 * @param {string} file
 * @param {string} cwd
 * @param {Record<string, string>} settings
 * @returns {Promise<string>}
 */
export function outputOf(file, cwd, settings) {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('OCI_'));
  const env = { ...Object.fromEntries(others), ...settings };
  const options = { cwd, env, maxBuffer: 64 * 1024 * 1024, timeout: 5 * 60_000 };
  return new Promise((resolve) => {
    execFile(file, [], options, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

/**
 * Reads what the suite found: how many checks had which status, from what it printed, and the status of each, as far
 * as its summary names them.
 *
 * @param {string} output what it printed
 * @param {string} summary the text of its results.yaml
 * @returns {{ counts: Record<string, number>, checks: { name: string, status: string }[] }}
 */
export function resultsOf(output, summary) {
  const counted = output.matchAll(/^ {2}(Disabled|Skip|Pass|FAIL|Error)\.*: +([0-9]+)$/gm);
  const named = summary.matchAll(/^ {2}(.+): (Disabled|Skip|Pass|FAIL|Error)$/gm);
  return {
    counts: Object.fromEntries([...counted].map(([, status = '', count]) => [status, Number(count)])),
    checks: [...named].map(([, name = '', status = '']) => ({ name, status })),
  };
}
