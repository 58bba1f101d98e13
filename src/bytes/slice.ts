/**
 * Resolves the arguments of `Blob.slice` for a Blob of `size` bytes to offsets: negative numbers count from the end,
 * and all are clamped to the Blob (File API, "The slice() method").
 */
export function sliceOf(size: number, start = 0, end: number = size): [from: number, to: number] {
  const offset = (value: number): number => {
    const whole = Math.round(value) || 0;
    return whole < 0 ? Math.max(size + whole, 0) : Math.min(whole, size);
  };
  const from = offset(start);
  return [from, Math.max(from, offset(end))];
}
