/** Natural logarithms and exponentials in fixed point: integers that count 2^-BITS. */
export const BITS = 256n;
export const ONE = 1n << BITS;

/** For integers below 2^512 every result is off by far less than 2^ERROR_BITS units of 2^-BITS, times its size. */
export const ERROR_BITS = 32n;

const STEPS = 128n;
const SHIFT_TO_STEP = BITS - 7n;
const KEPT = 50_000;
const DIGITS = "0123456789abcdef";

const logarithms = new Map<bigint, bigint>();
const logOfStep = new Map<bigint, bigint>();
const expOfStep = new Map<bigint, bigint>();
let logOfTwo = 0n;

/** Return how many bits an integer above 0 has. */
export function bitLength(value: bigint): bigint {
  const hex = value.toString(16);
  return BigInt(hex.length * 4 + 28 - Math.clz32(DIGITS.indexOf(hex.charAt(0))));
}

/** Return ln(value) of an integer above 0. Values that come again are looked up. */
export function ln(value: bigint): bigint {
  const known = logarithms.get(value);
  if (known !== undefined) return known;
  const exponent = bitLength(value) - 1n;
  const mantissa = exponent <= BITS ? value << (BITS - exponent) : value >> (exponent - BITS);
  const found = exponent * lnTwo() + lnOfMantissa(mantissa);
  if (logarithms.size >= KEPT) logarithms.clear();
  logarithms.set(value, found);
  return found;
}

/** Return exp(exponent); 0 if it is below 2^-BITS. */
export function exp(exponent: bigint): bigint {
  const two = lnTwo();
  const doublings = floorDivide(exponent, two);
  const rest = exponent - doublings * two;
  const step = rest >> SHIFT_TO_STEP;
  const scaled = (expStep(step) * expSeries(rest - (step << SHIFT_TO_STEP))) >> BITS;
  return doublings >= 0n ? scaled << doublings : scaled >> -doublings;
}

/** ln of a mantissa in [1, 2): of the nearest step below, and what the mantissa is above it. */
function lnOfMantissa(mantissa: bigint): bigint {
  const step = (mantissa - ONE) >> SHIFT_TO_STEP;
  const base = ONE + (step << SHIFT_TO_STEP);
  return looked(logOfStep, step, () => artanhTwice(base - ONE, base + ONE)) + artanhTwice(mantissa - base, mantissa + base);
}

/** Return 2 artanh(p / q), which is ln((q + p) / (q - p)). */
function artanhTwice(p: bigint, q: bigint): bigint {
  const z = (p << BITS) / q;
  const square = (z * z) >> BITS;
  let [power, sum, odd] = [z, 0n, 1n];
  while (power !== 0n) {
    sum += power / odd;
    power = (power * square) >> BITS;
    odd += 2n;
  }
  return 2n * sum;
}

function expSeries(x: bigint): bigint {
  let [term, sum, count] = [ONE, 0n, 1n];
  while (term !== 0n) {
    sum += term;
    term = ((term * x) >> BITS) / count;
    count += 1n;
  }
  return sum;
}

function expStep(step: bigint): bigint {
  return looked(expOfStep, step, () => expSeries((step << BITS) / STEPS));
}

function looked(table: Map<bigint, bigint>, step: bigint, compute: () => bigint): bigint {
  const known = table.get(step) ?? compute();
  table.set(step, known);
  return known;
}

function lnTwo(): bigint {
  if (logOfTwo === 0n) logOfTwo = artanhTwice(1n, 3n);
  return logOfTwo;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}
