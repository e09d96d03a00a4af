import assert from "node:assert/strict";
import { test } from "node:test";

import { toHex, ZERO_HASH } from "../bytes.ts";
import { buildTree, followProof, proofOf, rootOf } from "../merkle.ts";
import { readVector } from "./epochs.ts";

test("buildTree: the trees of the vectors, node for node, and a proof of every leaf", () => {
  for (const { rows, root, tree } of readVector("merkle.json")) {
    const leaves = rows.map(([account, token, cumulative]: any) => ({ account: account.toLowerCase(), token: token.toLowerCase(), cumulative: BigInt(cumulative) }));
    const built = buildTree(leaves);
    assert.deepEqual(built.map(toHex), tree);
    assert.equal(rootOf(leaves), root);
    for (const leaf of leaves) {
      assert.equal(followProof(leaf, proofOf(built, leaf) ?? []), root);
      assert.notEqual(followProof({ ...leaf, cumulative: leaf.cumulative + 1n }, proofOf(built, leaf) ?? []), root);
    }
  }
});

test("rootOf: no leaf is 32 zero bytes, one leaf is proven by nothing", () => {
  const [{ rows }] = readVector("merkle.json");
  const leaf = { account: rows[0][0].toLowerCase(), token: rows[0][1].toLowerCase(), cumulative: 5n };
  assert.equal(rootOf([]), ZERO_HASH);
  assert.deepEqual(proofOf(buildTree([leaf]), leaf), []);
  assert.equal(proofOf(buildTree([leaf]), { ...leaf, cumulative: 6n }), null);
});
