import assert from "node:assert/strict";
import { test } from "node:test";

import { type Factor, floorOf } from "../root.ts";

const factor = (over: bigint, under: bigint, bps: bigint): Factor => ({ name: "", over, under, bps });

/** The definition: the integer Q-th root of N // D. */
function slowFloor(scale: bigint, factors: readonly Factor[], root: bigint): bigint {
  let [numerator, denominator] = [scale ** root, 1n];
  for (const { over, under, bps } of factors) {
    numerator *= over ** ((bps * root) / 10_000n);
    denominator *= under ** ((bps * root) / 10_000n);
  }
  let [low, high] = [0n, scale + 1n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** root * denominator <= numerator) low = middle;
    else high = middle;
  }
  return low;
}

test("floorOf: random fractions and weights give the integer root of the definition", () => {
  let state = 88172645463325252n;
  const random = (below: bigint) => {
    state ^= (state << 13n) & 0xffffffffffffffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffffffffffffffffn;
    return state % below;
  };
  for (const root of [1n, 2n, 4n, 5n, 8n, 20n]) {
    for (let round = 0; round < 60; round += 1) {
      const fraction = () => {
        const under = 1n + random(10n ** (1n + random(18n)));
        return factor(random(under + 1n), under, (random(root + 1n) * 10_000n) / root);
      };
      const factors = [fraction(), fraction(), fraction()];
      const scale = random(10n ** (1n + random(18n))) ** 2n;
      const expected = factors.some(({ over, bps }) => over === 0n && bps > 0n) ? 0n : slowFloor(scale, factors, root);
      assert.equal(floorOf(scale, factors), expected, `${scale} ${JSON.stringify(factors, (_, value) => String(value))}`);
    }
  }
});

test("floorOf: exact values, one wei below and above them, are told apart", () => {
  for (const base of [3n, 10n ** 19n + 7n]) {
    for (const off of [-1n, 0n, 1n]) {
      assert.equal(floorOf(1n, [factor(base * base + off, 1n, 5000n)]), off < 0n ? base - 1n : base);
    }
  }
  assert.equal(floorOf(10n ** 38n - 1n, [factor(7n, 7n, 3333n), factor(7n, 7n, 6667n)]), 10n ** 38n - 1n);
  assert.equal(floorOf(10n, [factor(1n, 2n, 3333n), factor(2n, 4n, 6667n)]), 5n);
  assert.equal(floorOf(8n, [factor(1n, 2n, 3333n), factor(1n, 4n, 3333n), factor(1n, 2n, 1n)]), 4n);
});

test("floorOf: exponent 0 is 1 whatever the base, a numerator of 0 is 0 whatever the denominator", () => {
  assert.equal(floorOf(9n, [factor(0n, 0n, 0n), factor(1n, 3n, 10_000n)]), 3n);
  assert.equal(floorOf(9n, [factor(0n, 0n, 1n)]), 0n);
  assert.equal(floorOf(0n, [factor(1n, 3n, 1n)]), 0n);
});
