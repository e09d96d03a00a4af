import { keccak_256 } from "@noble/hashes/sha3.js";
import { sha256 as digest } from "@noble/hashes/sha2.js";

/** Bytes as lower-case hex with 0x. Addresses have 20 bytes, hashes 32; hex of one length sorts as its bytes do. */
export type Hex = `0x${string}`;

export const ZERO_ADDRESS: Hex = `0x${"00".repeat(20)}`;
export const ZERO_HASH: Hex = `0x${"00".repeat(32)}`;

/** The two hex digits of each byte, and back. */
const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const BYTES = new Map(PAIRS.map((pair, byte) => [pair, byte]));

/** Return bytes as hex. */
export function toHex(bytes: Uint8Array): Hex {
  let text = "0x";
  for (const byte of bytes) text += PAIRS[byte];
  return text as Hex;
}

/** Return the bytes of hex that is known to be well formed. */
export function fromHex(hex: Hex): Uint8Array {
  const bytes = new Uint8Array((hex.length - 2) >> 1);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = BYTES.get(hex.slice(2 + 2 * at, 4 + 2 * at)) as number;
  return bytes;
}

/** Return whether a text is lower-case hex of so many bytes. */
export function isHex(text: unknown, bytes: number): text is Hex {
  return typeof text === "string" && text.length === 2 + 2 * bytes && /^0x[0-9a-f]*$/.test(text);
}

/** Return big-endian bytes as an integer. */
export function toInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes));
}

/** Return an integer of 0 to 2^256 - 1 as 32 big-endian bytes. */
export function toWord(value: bigint): Uint8Array {
  return fromHex(`0x${value.toString(16).padStart(64, "0")}`);
}

/** Return the parts behind each other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Return the order of two byte strings: below 0, 0 or above 0. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = (left[at] as number) - (right[at] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export const sha256 = (bytes: Uint8Array): Uint8Array => digest(bytes);
export const keccak256 = (bytes: Uint8Array): Uint8Array => keccak_256(bytes);
