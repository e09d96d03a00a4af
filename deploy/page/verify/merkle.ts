import { compareBytes, concat, fromHex, type Hex, keccak256, toHex, toWord, ZERO_HASH } from "./bytes.ts";
import type { LeafRow } from "./stages.ts";

/** Return the hash of a leaf: keccak256(keccak256(abi.encode(account, token, cumulative))). */
export function hashLeaf({ account, token, cumulative }: LeafRow): Uint8Array {
  const padding = new Uint8Array(12);
  return keccak256(keccak256(concat([padding, fromHex(account), padding, fromHex(token), toWord(cumulative)])));
}

/** Return the hash above two nodes, which are hashed in sorted order. */
export function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  return keccak256(concat(compareBytes(left, right) <= 0 ? [left, right] : [right, left]));
}

/**
 * Return the 2k - 1 nodes of the tree over k leaves, the root first: node i has the children 2i + 1 and 2i + 2, and
 * the leaves, sorted by hash, fill the array from its end.
 */
export function buildTree(leaves: readonly LeafRow[]): Uint8Array[] {
  const hashes = leaves.map(hashLeaf).sort(compareBytes);
  const tree: Uint8Array[] = new Array(Math.max(0, 2 * hashes.length - 1));
  hashes.forEach((hash, at) => (tree[tree.length - 1 - at] = hash));
  for (let at = hashes.length - 2; at >= 0; at -= 1) tree[at] = hashPair(tree[2 * at + 1] as Uint8Array, tree[2 * at + 2] as Uint8Array);
  return tree;
}

/** Return the root over leaves; 32 zero bytes where there are none. */
export function rootOf(leaves: readonly LeafRow[]): Hex {
  const [root] = buildTree(leaves);
  return root === undefined ? ZERO_HASH : toHex(root);
}

/** Return the nodes beside the path from a leaf to the root, lowest first; null if the tree has no such leaf. */
export function proofOf(tree: readonly Uint8Array[], leaf: LeafRow): Hex[] | null {
  const hash = hashLeaf(leaf);
  let at = tree.findIndex((node, place) => 2 * place + 1 >= tree.length && compareBytes(node, hash) === 0);
  if (at < 0) return null;
  const proof: Hex[] = [];
  for (; at > 0; at = (at - 1) >> 1) proof.push(toHex(tree[at % 2 === 1 ? at + 1 : at - 1] as Uint8Array));
  return proof;
}

/** Return the root that a proof leads to from a leaf. */
export function followProof(leaf: LeafRow, proof: readonly Hex[]): Hex {
  return toHex(proof.reduce((node, sibling) => hashPair(node, fromHex(sibling)), hashLeaf(leaf)));
}
