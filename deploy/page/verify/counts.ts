/** The one place where integers become JavaScript numbers: counts, epochs and places on the screen, never amounts. */

/** Return a count as a number; RangeError above 2^53 - 1. */
export function toCount(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < 0n) throw new RangeError(`${value} is no count`);
  return Number(value);
}

/** Return how large a part of a whole is, 0 to 1 in steps of a millionth: where a plot puts it. */
export function share(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 1_000_000n) / whole) / 1_000_000;
}
