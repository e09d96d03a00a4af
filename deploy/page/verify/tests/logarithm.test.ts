import assert from "node:assert/strict";
import { test } from "node:test";

import { BITS, bitLength, exp, ln, ONE } from "../logarithm.ts";

/** ln 2, e and ln 10 to 60 digits, as tables print them. */
const DIGITS = 60n;
const LN_2 = 693147180559945309417232121458176568075500134360255254120680n;
const LN_10 = 2302585092994045684017991454684364207601101488628772976033327n;
const E = 2718281828459045235360287471352662497757247093699959574966967n;
const inDigits = (value: bigint): bigint => (value * 10n ** DIGITS) >> BITS;
const isClose = (left: bigint, right: bigint): boolean => (left > right ? left - right : right - left) <= 1n;

test("ln and exp: the digits that tables print", () => {
  assert.ok(isClose(inDigits(ln(2n)), LN_2), inDigits(ln(2n)).toString());
  assert.ok(isClose(inDigits(ln(10n)), LN_10));
  assert.ok(isClose(inDigits(exp(ONE)), E));
  assert.equal(ln(1n), 0n);
  assert.equal(exp(0n), ONE);
  assert.equal(exp(-1000n * ONE), 0n);
});

test("exp of ln: gives the integer back, with far more digits than an amount has", () => {
  for (const value of [2n, 3n, 7n ** 20n, 10n ** 38n - 1n, 2n ** 255n + 1n]) {
    const back = exp(ln(value));
    const off = back > value << BITS ? back - (value << BITS) : (value << BITS) - back;
    assert.ok(off < value << 24n, `${value}: off by ${off}`);
  }
});

test("bitLength: around powers of two", () => {
  for (const bits of [1n, 4n, 5n, 8n, 64n, 127n]) {
    assert.equal(bitLength(2n ** bits - 1n), bits);
    assert.equal(bitLength(2n ** bits), bits + 1n);
  }
});
