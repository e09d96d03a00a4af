import { fromHex, type Hex, isHex, toHex, toWord } from "../../verify/bytes.ts";
import { addressWord, encodeCall, toAddress, toNumber, topic, words } from "./abi.ts";

/** What a wallet or a node answers to: EIP-1193. */
export interface Provider {
  request(question: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
}

/** Return a node as a provider; it asks nothing but what it is given. */
export function nodeProvider(url: string, fetcher: typeof fetch = (...of) => fetch(...of)): Provider {
  return {
    async request({ method, params = [] }) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const answer = await fetcher(url, { method: "POST", headers: { "content-type": "application/json" }, body, credentials: "omit" });
      const { result, error } = (await answer.json()) as { result?: unknown; error?: { code?: number; message?: string } };
      if (error !== undefined) throw Object.assign(new Error(error.message ?? "the node refused"), error);
      return result;
    },
  };
}

/** What the chain says of an epoch's root. State: 0 none, 1 pending, 2 active. */
export interface RootAt { readonly state: bigint; readonly root: Hex; readonly reportHash: Hex; readonly activeAt: bigint }

const CLAIMED = topic("Claimed(address,address,uint256,uint256,address)");
export const ACTIVE = 2n;

/** Reads the distributor by a node or wallet: what the page says of money comes from here. */
export class Distributor {
  constructor(readonly address: Hex, private readonly provider: Provider) {}

  /** Return the newest active epoch and its root, null before the first. */
  async latestActive(): Promise<{ epoch: bigint; root: Hex } | null> {
    const [exists, epoch, root] = await this.call("latestActive()");
    return toNumber(exists) === 0n ? null : { epoch: toNumber(epoch), root: toHex(root as Uint8Array) };
  }

  /** Return what was executed of an epoch. */
  async rootAt(epoch: bigint): Promise<RootAt> {
    const [state, root, reportHash, activeAt] = (await this.call("rootAt(uint64)", toWord(epoch))) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    return { state: toNumber(state), root: toHex(root), reportHash: toHex(reportHash), activeAt: toNumber(activeAt) };
  }

  /** Return what an account was paid of a token, all in all. */
  async claimed(account: Hex, token: Hex): Promise<bigint> {
    return toNumber((await this.call("claimed(address,address)", addressWord(account), addressWord(token)))[0]);
  }

  /** Return what the emission is paid in. */
  async token(): Promise<Hex> {
    return toAddress((await this.call("token()"))[0] as Uint8Array);
  }

  /** Return where an account's claims are paid; null: to itself. */
  async recipientOf(account: Hex): Promise<Hex | null> {
    const [to] = await this.call("recipientOf(address)", addressWord(account));
    return toNumber(to) === 0n ? null : toAddress(to as Uint8Array);
  }

  /** Return what claims of an account were paid since a block: token, amount, transaction. */
  async claimsSince(account: Hex, block: Hex): Promise<{ token: Hex; amount: bigint; transaction: Hex }[]> {
    const topics = [CLAIMED, toHex(addressWord(account))];
    const logs = (await this.provider.request({ method: "eth_getLogs", params: [{ address: this.address, topics, fromBlock: block, toBlock: "latest" }] })) as Log[];
    return logs.map(({ topics: of, data, transactionHash }) => ({
      token: toAddress(fromHex(of[2] as Hex)),
      amount: toNumber(words(data)[0]),
      transaction: transactionHash,
    }));
  }

  private async call(signature: string, ...of: Uint8Array[]): Promise<Uint8Array[]> {
    const data = encodeCall(signature, ...of);
    const answer = await this.provider.request({ method: "eth_call", params: [{ to: this.address, data }, "latest"] });
    if (typeof answer !== "string" || !/^0x([0-9a-f]{64})+$/.test(answer)) throw new TypeError(`the contract ${this.address} does not answer ${signature}: is the node on this chain?`);
    return words(answer as Hex);
  }
}

interface Log { readonly topics: readonly Hex[]; readonly data: Hex; readonly transactionHash: Hex }

/** Return an address as it is typed, in lower case; null if it is none. */
export function parseAddress(text: string): Hex | null {
  const lower = text.trim().toLowerCase();
  return isHex(lower, 20) ? lower : null;
}
