// Trees of a given depth of which only the part that is claimed from is built: the other subtrees are hashes drawn
// from a seed. To a verifier they cannot be told from real ones, and a tree of 2^20 leaves costs nothing.
import { AbiCoder, concat, keccak256, toBeHex } from "ethers";

const coder = AbiCoder.defaultAbiCoder();

export const leafHash = (account, token, cumulative) =>
  keccak256(keccak256(coder.encode(["address", "address", "uint256"], [account, token, cumulative])));

export const pairHash = (a, b) => keccak256(a < b ? concat([a, b]) : concat([b, a]));

export const drawnHash = (seed, index) => keccak256(coder.encode(["string", "uint256"], [seed, index]));

export const drawnAddress = (seed, index) => `0x${drawnHash(seed, index).slice(26)}`;

/** Full binary tree over a power of two of leaves: root and a proof per leaf. */
export function fullTree(leaves) {
  const levels = [leaves];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    levels.push(Array.from({ length: below.length / 2 }, (_, i) => pairHash(below[2 * i], below[2 * i + 1])));
  }
  const proof = (index) => levels.slice(0, -1).map((level, height) => level[(index >> height) ^ 1]);
  return { root: levels.at(-1)[0], proof };
}

/** Neighbouring leaves under `depth` levels: the lowest ones are real, the siblings above are drawn. */
export function neighbours(leaves, depth, seed) {
  const low = fullTree(leaves);
  const height = Math.log2(leaves.length);
  const above = Array.from({ length: depth - height }, (_, i) => drawnHash(seed, i));
  return {
    root: above.reduce(pairHash, low.root),
    proof: (index) => [...low.proof(index), ...above],
    above,
  };
}

export const word = (value) => toBeHex(value, 32);
