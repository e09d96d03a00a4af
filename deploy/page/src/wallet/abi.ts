/** Calls of the distributor as data, and what comes back: the few types that it uses, by hand. */
import { concat, fromHex, type Hex, keccak256, toHex, toInteger, toWord } from "../../verify/bytes.ts";

export interface Entry { readonly account: Hex; readonly token: Hex; readonly cumulative: bigint; readonly proof: readonly Hex[] }

const text = new TextEncoder();

/** Return the first 4 bytes of the hash of a signature: they name a function or an error. */
export function selector(signature: string): Hex {
  return toHex(keccak256(text.encode(signature)).subarray(0, 4));
}

/** Return the hash of an event's signature. */
export function topic(signature: string): Hex {
  return toHex(keccak256(text.encode(signature)));
}

/** Return an address as a word. */
export const addressWord = (address: Hex): Uint8Array => concat([new Uint8Array(12), fromHex(address)]);

/** Return a call whose arguments are words alone. */
export function encodeCall(signature: string, ...words: readonly Uint8Array[]): Hex {
  return toHex(concat([fromHex(selector(signature)), ...words]));
}

/** Return the call that claims all entries of one epoch's root. */
export function encodeClaims(epoch: bigint, entries: readonly Entry[]): Hex {
  const lists = [
    list(entries.map(({ account }) => addressWord(account))),
    list(entries.map(({ token }) => addressWord(token))),
    list(entries.map(({ cumulative }) => toWord(cumulative))),
    withOffsets(entries.map(({ proof }) => list(proof.map(fromHex))), true),
  ];
  const head = 32n * BigInt(lists.length + 1);
  const signature = "claimMany(uint64,address[],address[],uint256[],bytes32[][])";
  return encodeCall(signature, toWord(epoch), withOffsets(lists, false, head));
}

/** Return the call that sets where the sender's claims are paid; the zero address: to itself. */
export const encodeRecipient = (to: Hex): Hex => encodeCall("setRecipient(address)", addressWord(to));

function list(words: readonly Uint8Array[]): Uint8Array {
  return concat([toWord(BigInt(words.length)), ...words]);
}

/** Dynamic parts behind their offsets, which count from `base`, by default from the first offset. */
function withOffsets(parts: readonly Uint8Array[], isList: boolean, base = 32n * BigInt(parts.length)): Uint8Array {
  const offsets: Uint8Array[] = [];
  let at = base;
  for (const part of parts) {
    offsets.push(toWord(at));
    at += BigInt(part.length);
  }
  return concat([...(isList ? [toWord(BigInt(parts.length))] : []), ...offsets, ...parts]);
}

/** Return the words of what a call returned. */
export function words(data: Hex): Uint8Array[] {
  const bytes = fromHex(data);
  return Array.from({ length: bytes.length >> 5 }, (_, at) => bytes.subarray(32 * at, 32 * (at + 1)));
}

/** Return a word as an address. */
export const toAddress = (word: Uint8Array): Hex => toHex(word.subarray(12));

/** Return a word as an integer. */
export const toNumber = (word: Uint8Array | undefined): bigint => toInteger(word ?? new Uint8Array(0));
