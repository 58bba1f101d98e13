/** Checks an option that counts something: of another number nothing would come, or no end. Undefined is not set.
 *
 * @throws RangeError that names it, when it is no whole number from 1
 */
export function checkCount(name: string, value: unknown): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1)) return;
  throw new RangeError(`${name} must be a whole number from 1, not ${String(value)}`);
}
