/** The one place where integers become JavaScript numbers: counts, epochs and places on the screen, never amounts. */

/** Return a count as a number; RangeError above 2^53 - 1. */
export function toCount(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < 0n) throw new RangeError(`${value} is no count`);
  return Number(value);
}
