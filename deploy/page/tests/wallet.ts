/** A wallet that plays: an account, chains it knows, one distributor, and what happens to what it sends. */
import { concat, type Hex, toHex, toInteger, toWord } from "../verify/bytes.ts";
import { addressWord, selector, topic, words } from "../src/wallet/abi.ts";
import type { Provider } from "../src/wallet/chain.ts";

export const ACCOUNT: Hex = `0x${"a1".repeat(20)}`;
export const SENT: Hex = `0x${"77".repeat(32)}`;
export const OTHER: Hex = `0x${"88".repeat(32)}`;

/** What becomes of a transaction: it is mined, mined by another hash, replaced by nothing, or fails. */
export type Fate = "mined" | "sped up" | "cancelled" | "failed" | "skipped" | "late";

export interface Play {
  chainId: bigint;
  known: bigint[];
  account: Hex | null;
  state: bigint;
  root: Hex;
  claimed: Map<Hex, bigint>;
  fate: Fate;
  /** Errors by method, thrown once each. */
  errors: Map<string, unknown>;
}

export const play = (changed: Partial<Play> = {}): Play => ({
  chainId: 1n, known: [1n, 31337n], account: ACCOUNT, state: 2n, root: `0x${"00".repeat(32)}`, claimed: new Map(), fate: "mined", errors: new Map(), ...changed,
});

const SKIPPED = topic("ClaimSkipped(address,address,uint256,uint8)");

/** Return the wallet; `asked` collects what it was asked. */
export function playedWallet(it: Play, tokens: readonly { token: Hex; cumulative: bigint }[]): Provider & { asked: { method: string; params: readonly any[] }[] } {
  const asked: { method: string; params: readonly any[] }[] = [];
  let looks = 0;
  let isSent = false;
  const answers: Record<string, (params: readonly any[]) => unknown> = {
    eth_requestAccounts: () => (it.account === null ? [] : [it.account.toUpperCase().replace("0X", "0x")]),
    eth_chainId: () => `0x${it.chainId.toString(16)}`,
    eth_blockNumber: () => "0x64",
    wallet_switchEthereumChain: ([{ chainId }]) => {
      if (!it.known.includes(BigInt(chainId))) throw { code: -32603, message: "Internal", data: { originalError: { code: 4902 } } };
      it.chainId = BigInt(chainId);
      return null;
    },
    wallet_addEthereumChain: ([{ chainId }]) => it.known.push(BigInt(chainId)),
    eth_call: ([{ data }]) => call(data),
    eth_sendTransaction: () => ((isSent = true), SENT),
    eth_getTransactionCount: () => (isSent && ["sped up", "cancelled"].includes(it.fate) ? "0x6" : "0x5"),
    eth_getTransactionReceipt: () => receipt(),
    eth_getLogs: () => (["mined", "sped up"].includes(it.fate) ? tokens.map(({ token, cumulative }) => claimedLog(token, cumulative)) : []),
  };

  function call(data: Hex): Hex {
    const [name, given] = [data.slice(0, 10), words(`0x${data.slice(10)}`)];
    if (name === selector("rootAt(uint64)")) return toHex(concat([toWord(it.state), words(it.root)[0] as Uint8Array, toWord(1n), toWord(0n)]));
    if (name === selector("claimed(address,address)")) return toHex(toWord(it.claimed.get(toHex((given[1] as Uint8Array).subarray(12))) ?? 0n));
    return "0x";
  }

  function receipt(): unknown {
    looks += 1;
    if (it.fate === "late" || ["sped up", "cancelled"].includes(it.fate) || looks < 2) return null;
    const logs = it.fate === "skipped" ? [{ address: ACCOUNT, topics: [SKIPPED], data: toHex(concat([toWord(0n), toWord(0n)])) }] : [];
    return { status: it.fate === "failed" ? "0x0" : "0x1", logs };
  }

  function claimedLog(token: Hex, amount: bigint): unknown {
    return { topics: ["0x", toHex(addressWord(it.account ?? ACCOUNT)), toHex(addressWord(token))], data: toHex(concat([toWord(amount), toWord(amount), addressWord(ACCOUNT)])), transactionHash: it.fate === "sped up" ? OTHER : SENT };
  }

  return {
    asked,
    async request({ method, params = [] }) {
      asked.push({ method, params });
      const error = it.errors.get(method);
      it.errors.delete(method);
      if (error !== undefined) throw error;
      const answer = answers[method];
      if (answer === undefined) throw { code: 4200, message: `no ${method}` };
      return answer(params);
    },
  };
}

export const firstWord = (data: Hex): bigint => toInteger(words(`0x${data.slice(10)}`)[0] ?? new Uint8Array(0));
