import assert from "node:assert/strict";
import { test } from "node:test";

import type { Hex } from "../verify/bytes.ts";
import { buildTree, proofOf, rootOf } from "../verify/merkle.ts";
import { encodeClaims } from "../src/wallet/abi.ts";
import { type Claim, type ClaimState, sendClaim } from "../src/wallet/claim.ts";
import { ACCOUNT, firstWord, OTHER, type Play, play, playedWallet, SENT } from "./wallet.ts";

const TOKENS: readonly Hex[] = [`0x${"b2".repeat(20)}`, `0x${"b3".repeat(20)}`];
const LEAVES = [...TOKENS.map((token, at) => ({ account: ACCOUNT, token, cumulative: 10n ** 18n + BigInt(at) })), { account: TOKENS[0] as Hex, token: TOKENS[0] as Hex, cumulative: 3n }];
const ENTRIES = LEAVES.slice(0, 2).map((leaf) => ({ ...leaf, proof: proofOf(buildTree(LEAVES), leaf) as Hex[] }));
const CHAIN = { chainId: 31337n, name: "devnet", rpc: ["http://127.0.0.1:8545"], explorer: null, currency: { name: "Ether", symbol: "ETH", decimals: 18 } };
const NO_WAITING = { wait: async () => undefined, interval: 0, rounds: 5 };

async function run(changed: Partial<Play> = {}, claim: Partial<Claim> = {}): Promise<{ states: ClaimState[]; last: ClaimState; asked: { method: string; params: readonly any[] }[] }> {
  const it = play({ root: rootOf(LEAVES), ...changed });
  const provider = playedWallet(it, ENTRIES);
  const states: ClaimState[] = [];
  const whole = { provider, chain: CHAIN, distributor: `0x${"d1".repeat(20)}` as Hex, account: ACCOUNT, epoch: 7n, entries: ENTRIES, ...claim };
  await sendClaim(whole, (state) => states.push(state), NO_WAITING);
  return { states, last: states.at(-1) as ClaimState, asked: provider.asked };
}

const textOf = (state: ClaimState): string => (state.at === "refused" ? state.refusal.text : state.at === "nothing" ? state.text : state.at);

test("sendClaim: on another chain it switches, sends one call for all tokens and tells what was paid", async () => {
  const { states, last, asked } = await run();
  assert.deepEqual(states.map(({ at }) => at), ["connecting", "checking", "signing", "waiting", "done"]);
  assert.deepEqual(last, { at: "done", transaction: SENT, replaced: false, paid: ENTRIES.map(({ token, cumulative }) => ({ token, amount: cumulative, transaction: SENT })) });
  const { params } = asked.find(({ method }) => method === "eth_sendTransaction") as any;
  assert.equal(params[0].data, encodeClaims(7n, ENTRIES));
  assert.equal(params[0].from, ACCOUNT);
  assert.equal(firstWord(params[0].data), 7n);
});

test("sendClaim: a chain that the wallet does not know is added, with what the network says", async () => {
  const { last, asked } = await run({ known: [1n] });
  assert.equal(last.at, "done");
  const { params } = asked.find(({ method }) => method === "wallet_addEthereumChain") as any;
  assert.deepEqual([params[0].chainId, params[0].rpcUrls], ["0x7a69", CHAIN.rpc]);
  assert.match(textOf((await run({ known: [1n] }, { chain: { ...CHAIN, rpc: [] } })).last), /does not know this chain/);
});

test("sendClaim: what is paid is left out, and nothing is sent where nothing is left or the root is not active", async () => {
  const [first, second] = ENTRIES as [typeof ENTRIES[0] & object, typeof ENTRIES[0] & object];
  const partly = await run({ claimed: new Map([[first.token, first.cumulative]]) });
  assert.equal((partly.asked.find(({ method }) => method === "eth_sendTransaction") as any).params[0].data, encodeClaims(7n, [second]));
  const cases: [Partial<Play>, RegExp][] = [
    [{ claimed: new Map(ENTRIES.map(({ token, cumulative }) => [token, cumulative])) }, /nothing is left/],
    [{ state: 1n }, /not active yet/],
    [{ state: 0n }, /vetoed or revoked/],
    [{ root: `0x${"11".repeat(32)}` }, /does not lead to the root/],
  ];
  for (const [changed, message] of cases) {
    const { last, asked } = await run(changed);
    assert.match(textOf(last), message);
    assert.ok(!asked.some(({ method }) => method === "eth_sendTransaction"));
  }
});

test("sendClaim: a transaction that is replaced, fails, comes late or comes after another is told apart", async () => {
  const spedUp = await run({ fate: "sped up" });
  assert.deepEqual([spedUp.last.at, (spedUp.last as any).replaced, (spedUp.last as any).transaction], ["done", true, OTHER]);
  assert.match(textOf((await run({ fate: "cancelled" })).last), /took its place/);
  assert.match(textOf((await run({ fate: "failed" })).last), /mined and failed/);
  assert.match(textOf((await run({ fate: "skipped" })).last), /somebody else claimed a moment before/);
  assert.match(textOf((await run({ fate: "late" })).last), /no receipt yet/);
});

test("sendClaim: every refusal is told in words, at whatever depth the wallet puts the reason", async () => {
  const refusals: [string, unknown, RegExp][] = [
    ["eth_requestAccounts", { code: 4001, message: "x" }, /You declined/],
    ["eth_requestAccounts", { code: -32002, message: "x" }, /already waits for you/],
    ["wallet_switchEthereumChain", { code: 4001, message: "x" }, /You declined/],
    ["eth_call", { code: -32603, message: "Internal", data: { data: "0x71cc0c340000" } }, /not active yet/],
    ["eth_sendTransaction", { code: 4001, message: "x" }, /You declined/],
    ["eth_sendTransaction", { code: -32000, message: "insufficient funds for gas * price + value" }, /too little of the chain's currency/],
    ["eth_sendTransaction", new Error("User rejected the request."), /You declined/],
    ["eth_sendTransaction", { code: -32603, message: "x", data: { data: "0x979382b40000" } }, /paused/],
    ["eth_sendTransaction", { message: "replacement transaction underpriced" }, /higher fee/],
    ["eth_sendTransaction", { message: "<b>\u202e something else" }, /Refused: <b>\? something else/],
    ["eth_chainId", "plain words", /Refused: plain words/],
  ];
  for (const [method, error, message] of refusals) assert.match(textOf((await run({ errors: new Map([[method, error]]) })).last), message, `${method} ${JSON.stringify(error)}`);
  assert.match(textOf((await run({ account: null })).last), /does not give this page its account/);
});
