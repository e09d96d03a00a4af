import { BITS, ERROR_BITS, exp, ln } from "./logarithm.ts";

/** One factor (over / under) ^ (bps / 10000) of an amount. */
export interface Factor {
  readonly name: string;
  readonly over: bigint;
  readonly under: bigint;
  readonly bps: bigint;
}

export const WHOLE = 10_000n;

/**
 * Return floor(scale * product of the factors), the floor of the exact real number, taken once.
 *
 * An exponent of 0 makes its factor 1, a numerator of 0 with an exponent above it makes the amount 0, whatever the
 * denominator. Logarithms propose; where they leave more than one integer open, the exact integer root decides.
 */
export function floorOf(scale: bigint, factors: readonly Factor[]): bigint {
  const counting = factors.filter((factor) => factor.bps !== 0n);
  if (scale === 0n || counting.some((factor) => factor.over === 0n)) return 0n;
  if (counting.some((factor) => factor.under === 0n)) throw new RangeError("a denominator of 0 below a numerator");
  const powers = gather(counting);
  let sum = ln(scale) * WHOLE;
  for (const { over, under, bps } of powers) sum += (ln(over) - ln(under)) * bps;
  const value = exp(sum / WHOLE);
  const margin = (value >> (BITS - ERROR_BITS)) + (1n << ERROR_BITS);
  let low = value > margin ? (value - margin) >> BITS : 0n;
  let high = ((value + margin) >> BITS) + 1n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (reaches(middle, scale, powers)) low = middle;
    else high = middle;
  }
  return low;
}

/** Return the fractions in lowest terms without those that are 1, equal ones as one with their exponents added up. */
function gather(factors: readonly Factor[]): Factor[] {
  const found = new Map<string, Factor>();
  for (const factor of factors) {
    const shared = greatestDivisor(factor.over, factor.under);
    const [over, under] = [factor.over / shared, factor.under / shared];
    if (over === under) continue;
    const key = `${over}/${under}`;
    found.set(key, { ...factor, over, under, bps: factor.bps + (found.get(key)?.bps ?? 0n) });
  }
  return [...found.values()];
}

/** Return whether the exact value is at least the candidate: candidate^Q * D <= N, with N / D the value^Q. */
function reaches(candidate: bigint, scale: bigint, factors: readonly Factor[]): boolean {
  const root = WHOLE / factors.reduce((divisor, { bps }) => greatestDivisor(divisor, bps), WHOLE);
  let [numerator, denominator] = [scale ** root, candidate ** root];
  for (const { over, under, bps } of factors) {
    const power = (bps * root) / WHOLE;
    numerator *= over ** power;
    denominator *= under ** power;
  }
  return denominator <= numerator;
}

function greatestDivisor(left: bigint, right: bigint): bigint {
  while (right !== 0n) [left, right] = [right, left % right];
  return left;
}
