/**
 * What happens to people who claim, each in Chromium on a live network: `node build/wallets.mjs PAGE NODE SNAPSHOT ACCOUNT..`,
 * an account a case that is still owed something. SNAPSHOT is a state of the node in which no root is active yet.
 * Prints `CASE<tab>ok` or what went wrong, a line a case.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { type Browser, chromium, type Page } from "playwright-core";

import { addressWord, encodeCall, encodeClaims, encodeRecipient, toAddress, toNumber, words } from "../src/wallet/abi.ts";
import { Client } from "../src/api/client.ts";
import type { Address, Network, ProofDocument } from "../src/api/documents.ts";
import { entriesOf, loadProof } from "../src/api/proofs.ts";
import { Distributor, nodeProvider } from "../src/wallet/chain.ts";
import { type Habits, putWallets, type Shim } from "./shim.ts";

const [url = "", rpc = "", snapshot = "", ...accounts] = process.argv.slice(2);
const WAIT = { timeout: 20_000 };
const node = nodeProvider(rpc);
const client = new Client(url, false);
const network = await client.load<Network>("network");
const distributor = new Distributor(network.contracts.distributor, node);
const [sender = "", other = ""] = (await node.request({ method: "eth_accounts" })) as string[];

/** An account that is owed something, on its page. */
class Reader {
  readonly page: Page;

  private constructor(page: Page, readonly account: Address, readonly proof: ProofDocument, readonly shims: readonly Shim[]) {
    this.page = page;
  }

  static async open(browser: Browser, account: Address, ...wallets: readonly Partial<Habits>[]): Promise<Reader> {
    const proof = await loadProof(client, account);
    assert.ok(proof !== null, `${account} has no proof`);
    const page = await browser.newPage();
    const shims = await putWallets(page, ...wallets.map((one) => ({ node, account: sender, ...one })));
    await page.goto(`${url}#/account/${account}`);
    await page.locator("main h1").waitFor(WAIT);
    return new Reader(page, account, proof, shims);
  }

  get call() {
    return { to: network.contracts.distributor, data: encodeClaims(BigInt(this.proof.epoch as number), entriesOf(this.proof)) };
  }

  async claim(words = "io.metamask"): Promise<void> {
    await this.page.locator(".wallets li", { hasText: words }).first().getByRole("button").click(WAIT);
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor(WAIT);
  }

  /** Assert that somebody holds all that the account was owed, and the contract says so. */
  async isPaid(to: string = this.account): Promise<void> {
    for (const { token, cumulative } of entriesOf(this.proof)) {
      assert.equal(await distributor.claimed(this.account, token), cumulative);
      assert.ok((await balanceOf(token, to)) >= cumulative, `${to} does not hold it`);
    }
  }

  sent(at = 0): number {
    return this.shims[at]?.asked.filter(({ method }) => method === "eth_sendTransaction").length ?? 0;
  }
}

async function balanceOf(token: string, account: string): Promise<bigint> {
  const data = encodeCall("balanceOf(address)", addressWord(account as Address));
  return toNumber(words((await node.request({ method: "eth_call", params: [{ to: token, data }, "latest"] })) as Address)[0]);
}

const send = (transaction: object): Promise<unknown> => node.request({ method: "eth_sendTransaction", params: [transaction] });
const gwei = (price: number): string => `0x${(price * 10 ** 9).toString(16)}`;

/** Send a transaction that lies, and another of its nonce that pays more: the second is mined. */
async function outbid(first: object, second: object): Promise<unknown> {
  await node.request({ method: "evm_setAutomine", params: [false] });
  const nonce = await node.request({ method: "eth_getTransactionCount", params: [sender, "latest"] });
  const hash = await send({ ...first, nonce, maxFeePerGas: gwei(10), maxPriorityFeePerGas: gwei(1) });
  await send({ ...second, nonce, maxFeePerGas: gwei(40), maxPriorityFeePerGas: gwei(20) });
  await node.request({ method: "evm_mine", params: [] });
  await node.request({ method: "evm_setAutomine", params: [true] });
  return hash;
}

type Case = (browser: Browser, account: Address) => Promise<Reader>;

/** In this order: the last one takes the chain back to before any root was active. */
const CASES: Readonly<Record<string, Case>> = {
  async "rejected by the user"(browser, account) {
    const errors = new Map([["eth_sendTransaction", { code: 4001, message: "User denied transaction signature." }]]);
    const reader = await Reader.open(browser, account, { errors });
    await reader.claim();
    await reader.sees("You declined in the wallet. Nothing was sent. You can try again.");
    errors.clear();
    await reader.claim();
    await reader.sees(/^Paid: /);
    await reader.isPaid();
    return reader;
  },

  async "wrong chain: switch"(browser, account) {
    const errors = new Map([["wallet_switchEthereumChain", { code: 4001, message: "no" }]]);
    const reader = await Reader.open(browser, account, { chainId: "0x1", errors });
    await reader.claim();
    await reader.sees("You declined in the wallet");
    assert.equal(reader.sent(), 0);
    errors.clear();
    await reader.claim();
    await reader.sees(/^Paid: /);
    await reader.isPaid();
    return reader;
  },

  async "wrong chain: add"(browser, account) {
    const reader = await Reader.open(browser, account, { chainId: "0x1", known: ["0x1"] });
    await reader.claim();
    await reader.sees(/^Paid: /);
    const [added] = reader.shims[0]?.asked.filter(({ method }) => method === "wallet_addEthereumChain") ?? [];
    assert.deepEqual(added?.params?.[0], { chainId: `0x${network.chain_id.toString(16)}`, chainName: network.name, nativeCurrency: network.currency, rpcUrls: network.rpc });
    await reader.isPaid();
    return reader;
  },

  async "sped up"(browser, account) {
    const reader = await Reader.open(browser, account, { send: (claim) => outbid(claim, claim) });
    await reader.claim();
    await reader.sees(/^Paid by the transaction that replaced yours: /);
    await reader.isPaid();
    return reader;
  },

  async "cancelled"(browser, account) {
    const reader = await Reader.open(browser, account, { send: (claim) => outbid(claim, { from: sender, to: sender, value: "0x0" }) });
    await reader.claim();
    await reader.sees("it claimed nothing: it was cancelled or replaced");
    const [first] = entriesOf(reader.proof);
    assert.equal(await distributor.claimed(account, first?.token as Address), 0n);
    return reader;
  },

  async "claimed by someone else before the wallet was asked"(browser, account) {
    const reader = await Reader.open(browser, account, {});
    await reader.page.locator(".wallets button").first().waitFor(WAIT);
    await send({ from: other, ...reader.call });
    await reader.claim();
    await reader.sees("Everything up to this epoch is paid already: nothing is left to claim.");
    assert.equal(reader.sent(), 0);
    await reader.page.reload();
    await reader.sees("was claimed");
    assert.equal(await reader.page.getByText("Claim with").count(), 0);
    return reader;
  },

  async "claimed by someone else while the wallet signs"(browser, account) {
    const reader: Reader = await Reader.open(browser, account, { send: async (claim) => (await send({ from: other, ...reader.call }), send(claim)) });
    await reader.claim();
    await reader.sees("somebody else claimed a moment before, the account is paid");
    await reader.isPaid();
    return reader;
  },

  async "for another account"(browser, account) {
    const reader = await Reader.open(browser, account, { account: other });
    const held = await Promise.all(entriesOf(reader.proof).map(({ token }) => balanceOf(token, other)));
    await reader.claim();
    await reader.sees(/^Paid: /);
    await reader.isPaid();
    assert.deepEqual(await Promise.all(entriesOf(reader.proof).map(({ token }) => balanceOf(token, other))), held);
    return reader;
  },

  async "two that both say they are MetaMask, and window.ethereum"(browser, account) {
    const reader = await Reader.open(browser, account, { rdns: "com.evil.wallet" }, {}, { isOld: true });
    const list = reader.page.locator(".wallets").first().locator("li");
    await list.nth(2).waitFor(WAIT);
    assert.deepEqual(await list.locator(".note").allInnerTexts(), ["com.evil.wallet", "io.metamask", "window.ethereum, which does not say who it is"]);
    assert.deepEqual(await list.getByRole("button").allTextContents(), ["Claim with MetaMask", "Claim with MetaMask", "Claim with Browser wallet"]);
    await reader.claim();
    await reader.sees(/^Paid: /);
    assert.deepEqual(reader.shims.map(({ asked }) => asked.length > 0), [false, true, false]);
    await reader.isPaid();
    return reader;
  },

  async "window.ethereum alone"(browser, account) {
    const reader = await Reader.open(browser, account, { isOld: true });
    await reader.claim("window.ethereum");
    await reader.sees(/^Paid: /);
    await reader.isPaid();
    return reader;
  },

  async "a Safe, by its file and by the raw call"(browser, account) {
    await node.request({ method: "anvil_setCode", params: [account, "0x600160005260206000f3"] });
    const reader = await Reader.open(browser, account, {});
    await reader.sees("This account is a contract");
    await reader.page.getByText("For a Safe, or by hand").click(WAIT);
    const [download] = await Promise.all([reader.page.waitForEvent("download", WAIT), reader.page.getByRole("button", { name: /Transaction Builder/ }).click(WAIT)]);
    const file = JSON.parse(await readFile(await download.path(), "utf8"));
    assert.deepEqual([file.version, file.chainId, file.transactions.length], ["1.0", String(network.chain_id), 1]);
    const { to, data, value } = file.transactions[0];
    assert.deepEqual((await reader.page.locator(".calls").first().locator("dd").allInnerTexts()), [to, value, data]);
    await send({ from: other, to, data });
    await node.request({ method: "evm_mine", params: [] });
    await reader.isPaid();
    return reader;
  },

  async "another recipient"(browser, account) {
    const reader = await Reader.open(browser, account, {}, { account, rdns: "own.wallet" });
    await node.request({ method: "anvil_impersonateAccount", params: [account] });
    await node.request({ method: "anvil_setBalance", params: [account, "0xde0b6b3a7640000"] });
    const to = `0x${"5afe".repeat(10)}`;
    await reader.page.getByText("Recipient: the account itself").click(WAIT);
    await reader.page.getByLabel("Pay claims to").fill(to);
    const own = reader.page.locator("details", { hasText: "Recipient" }).last();
    await own.locator("li", { hasText: "io.metamask" }).getByRole("button").click(WAIT);
    await reader.sees("can set its recipient");
    await own.locator("li", { hasText: "own.wallet" }).getByRole("button").click(WAIT);
    await reader.sees("Sent. It holds from the block that includes it.");
    assert.deepEqual(reader.shims[1]?.asked.at(-1)?.params?.[0].data, encodeRecipient(to as Address));
    assert.equal(await distributor.recipientOf(account), toAddress(addressWord(to as Address)));
    await reader.claim();
    await reader.sees(/^Paid: /);
    await reader.isPaid(to);
    return reader;
  },

  async "no money for gas"(browser, account) {
    await node.request({ method: "anvil_impersonateAccount", params: [account] });
    await node.request({ method: "anvil_setBalance", params: [account, "0x0"] });
    const reader = await Reader.open(browser, account, { account });
    await reader.claim();
    await reader.sees("too little of the chain's currency to pay for gas");
    return reader;
  },

  async "root not yet active"(browser, account) {
    const reader = await Reader.open(browser, account, {});
    await reader.page.locator(".wallets button").first().waitFor(WAIT);
    await node.request({ method: "evm_revert", params: [snapshot] });
    await reader.claim();
    await reader.sees(/is not active yet: it can be vetoed until then/);
    assert.equal(reader.sent(), 0);
    return reader;
  },
};

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"] });
try {
  for (const [at, [name, play]] of Object.entries(CASES).entries()) {
    try {
      await (await play(browser, accounts[at] as Address)).page.close();
      console.log(`${name}\tok`);
    } catch (error) {
      const shown = await browser.contexts().at(-1)?.pages()[0]?.locator("main").innerText();
      console.log(`${name}\t${JSON.stringify(`${(error as Error).message} ${shown ?? ""}`.slice(0, 3000))}`);
    }
  }
} finally {
  await browser.close();
}
