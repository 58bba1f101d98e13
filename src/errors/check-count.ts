/** Checks an option that is a count, such as `concurrency`; undefined is not set.
 *
 * @throws RangeError naming the option, when it is not a whole number from 1
 */
export function checkCount(name: string, value: unknown): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1)) return;
  throw new RangeError(`${name} must be a whole number from 1, not ${String(value)}`);
}
