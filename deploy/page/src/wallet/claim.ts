import { type Hex, isHex } from "../../verify/bytes.ts";
import { followProof } from "../../verify/merkle.ts";
import { encodeClaims, type Entry, topic } from "./abi.ts";
import { Distributor, type Provider } from "./chain.ts";
import { explainRefusal, type Refusal } from "./refusals.ts";

/** The chain as a wallet must know it to add it. */
export interface ChainFacts {
  readonly chainId: bigint;
  readonly name: string;
  readonly rpc: readonly string[];
  readonly explorer: string | null;
  readonly currency: { readonly name: string; readonly symbol: string; readonly decimals: number };
}

/** Where a claim stands. `paid` is what the account got, per token. */
export type ClaimState =
  | { readonly at: "connecting" | "checking" | "signing" }
  | { readonly at: "waiting"; readonly transaction: Hex }
  | { readonly at: "done"; readonly transaction: Hex; readonly paid: readonly { readonly token: Hex; readonly amount: bigint }[]; readonly replaced: boolean }
  | { readonly at: "nothing"; readonly text: string }
  | { readonly at: "refused"; readonly refusal: Refusal };

export interface Claim {
  readonly provider: Provider;
  readonly chain: ChainFacts;
  readonly distributor: Hex;
  readonly account: Hex;
  /** Proofs of the newest active epoch's root, as the page got them. */
  readonly epoch: bigint;
  readonly entries: readonly Entry[];
}

/** How long and how often to look for a receipt. */
export interface Patience { readonly wait: (milliseconds: number) => Promise<void>; readonly interval: number; readonly rounds: number }

export const PATIENCE: Patience = { wait: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)), interval: 1500, rounds: 2400 };

/** Send a claim, calling `tell` with each state; it ends in `done`, `nothing` or `refused` and does not throw. */
export async function sendClaim(claim: Claim, tell: (state: ClaimState) => void, patience: Patience = PATIENCE): Promise<void> {
  try {
    tell({ at: "connecting" });
    const sender = await connect(claim.provider);
    await selectChain(claim.provider, claim.chain);
    tell({ at: "checking" });
    const entries = await payable(claim);
    if (typeof entries === "string") return tell({ at: "nothing", text: entries });
    const call = { from: sender, to: claim.distributor, data: encodeClaims(claim.epoch, entries), value: "0x0" };
    await claim.provider.request({ method: "eth_call", params: [call, "latest"] });
    tell({ at: "signing" });
    const start = (await claim.provider.request({ method: "eth_blockNumber" })) as Hex;
    const nonce = await countOf(claim.provider, sender, "latest");
    const transaction = (await claim.provider.request({ method: "eth_sendTransaction", params: [call] })) as Hex;
    if (!isHex(transaction, 32)) throw new TypeError("the wallet gave no transaction hash: look into its activity before you send again");
    tell({ at: "waiting", transaction });
    tell(await outcome(claim, { sender, nonce, start, transaction }, patience));
  } catch (error) {
    tell({ at: "refused", refusal: explainRefusal(error) });
  }
}

/** Return the account that a wallet connects with. */
export async function connect(provider: Provider): Promise<Hex> {
  const [account] = (await provider.request({ method: "eth_requestAccounts" })) as string[];
  const lower = account?.toLowerCase();
  if (!isHex(lower, 20)) throw Object.assign(new Error("no account"), { code: 4100 });
  return lower;
}

/** Bring the wallet to the chain: it is asked to switch, and told the chain if it does not know it. */
export async function selectChain(provider: Provider, chain: ChainFacts): Promise<void> {
  const chainId = `0x${chain.chainId.toString(16)}`;
  if ((await chainOf(provider)) === chain.chainId) return;
  try {
    await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
  } catch (error) {
    if (!isUnknownChain(error)) throw error;
    if (chain.rpc.length === 0) throw Object.assign(new Error("no node is known"), { code: 4902 });
    const { name: chainName, currency: nativeCurrency, rpc: rpcUrls, explorer } = chain;
    const more = explorer === null ? {} : { blockExplorerUrls: [explorer] };
    await provider.request({ method: "wallet_addEthereumChain", params: [{ chainId, chainName, nativeCurrency, rpcUrls, ...more }] });
    if ((await chainOf(provider)) !== chain.chainId) await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
  }
  if ((await chainOf(provider)) !== chain.chainId) throw Object.assign(new Error("still on another chain"), { code: 4901 });
}

async function chainOf(provider: Provider): Promise<bigint> {
  return BigInt((await provider.request({ method: "eth_chainId" })) as string);
}

function isUnknownChain(error: unknown): boolean {
  const { code, data } = error as { code?: unknown; data?: { originalError?: { code?: unknown } } };
  return code === 4902 || data?.originalError?.code === 4902;
}

/** Return the entries that a claim pays now, by the chain; or in words why there is none. */
export async function payable({ provider, distributor: address, epoch, entries }: Claim): Promise<readonly Entry[] | string> {
  const distributor = new Distributor(address, provider);
  const { state, root } = await distributor.rootAt(epoch);
  if (state !== 2n) return state === 1n ? `The root of epoch ${epoch} is not active yet: it can be vetoed until then.` : `Epoch ${epoch} has no active root: it was vetoed or revoked. Load the page again.`;
  if (entries.some((entry) => followProof(entry, entry.proof) !== root)) return `A proof does not lead to the root of epoch ${epoch} on chain. Do not trust these proofs; load the page again.`;
  const paid = await Promise.all(entries.map(({ account, token }) => distributor.claimed(account, token)));
  const left = entries.filter(({ cumulative }, at) => cumulative > (paid[at] as bigint));
  return left.length > 0 ? left : "Everything up to this epoch is paid already: nothing is left to claim.";
}

interface Sent { readonly sender: Hex; readonly nonce: bigint; readonly start: Hex; readonly transaction: Hex }
interface Receipt { readonly status: string; readonly logs: readonly { readonly address: string; readonly topics: readonly Hex[]; readonly data: Hex }[] }

/** Wait for the receipt, or for another transaction that took the place of ours. */
async function outcome(claim: Claim, sent: Sent, patience: Patience): Promise<ClaimState> {
  const { provider, account } = claim;
  const distributor = new Distributor(claim.distributor, provider);
  for (let round = 0; round < patience.rounds; round += 1) {
    const receipt = await receiptOf(provider, sent.transaction);
    if (receipt !== null && receipt.status !== "0x1") return refusedState("The transaction was mined and failed. Nothing was paid by it; look again before you send another.");
    const isReplaced = receipt === null && (await countOf(provider, sent.sender, "latest")) > sent.nonce && (await receiptOf(provider, sent.transaction)) === null;
    if (receipt !== null || isReplaced) {
      const claims = await distributor.claimsSince(account, sent.start);
      const own = isReplaced ? claims : claims.filter(({ transaction }) => transaction === sent.transaction);
      if (own.length > 0) return { at: "done", transaction: own[0]?.transaction as Hex, paid: own, replaced: isReplaced };
      if (isReplaced) return refusedState("Another transaction took its place in the wallet, and it claimed nothing: it was cancelled or replaced.");
      return { at: "nothing", text: skipped(receipt as Receipt) ?? "Somebody else claimed for this account a moment before: it is paid, this transaction paid nothing more." };
    }
    await patience.wait(patience.interval);
  }
  return refusedState("There is no receipt yet. The transaction may still be mined: look into the wallet's activity before you send another.");
}

const SKIPPED = topic("ClaimSkipped(address,address,uint256,uint8)");
/** `Skipped` of the contract. */
const REASONS = [
  "somebody else claimed a moment before, the account is paid",
  "a proof was not of this root",
  "the contract's limit for the token is reached",
  "the token refused the transfer",
];

function skipped({ logs }: Receipt): string | null {
  const log = logs.find(({ topics }) => topics[0] === SKIPPED);
  if (log === undefined) return null;
  const code = BigInt(`0x${log.data.slice(-64)}`);
  return `Nothing was paid: ${REASONS.find((_, at) => BigInt(at) === code) ?? "the contract skipped the claim"}.`;
}

const refusedState = (text: string): ClaimState => ({ at: "refused", refusal: { text, canRetry: true } });

async function receiptOf(provider: Provider, transaction: Hex): Promise<Receipt | null> {
  return ((await provider.request({ method: "eth_getTransactionReceipt", params: [transaction] })) as Receipt | null) ?? null;
}

async function countOf(provider: Provider, account: Hex, block: string): Promise<bigint> {
  return BigInt((await provider.request({ method: "eth_getTransactionCount", params: [account, block] })) as string);
}
