/** Wallets that sign by the accounts of a local node, put into a page of Chromium: each as a person would have it. */
import type { Page } from "playwright-core";

import type { Provider } from "../src/wallet/chain.ts";

interface Question { readonly method: string; readonly params?: readonly any[] }

export interface Habits {
  readonly node: Provider;
  /** The account that it connects with. */
  readonly account: string;
  readonly uuid?: string;
  readonly rdns?: string;
  /** The chain that it is on, and those that it can switch to. */
  chainId?: string;
  readonly known?: readonly string[];
  /** Instead of handing a transaction to the node. */
  readonly send?: (transaction: object) => Promise<unknown>;
  /** Errors by method: thrown as long as they are there. */
  readonly errors?: Map<string, object>;
  /** Whether it is `window.ethereum`, and announces nothing. */
  readonly isOld?: boolean;
}

/** A wallet in a page: what it was asked. */
export interface Shim { readonly asked: Question[] }

/** Put wallets into a page before its scripts run; all that announce themselves say that they are MetaMask. */
export async function putWallets(page: Page, ...habits: readonly Habits[]): Promise<Shim[]> {
  const shims = habits.map((): Shim => ({ asked: [] }));
  await page.exposeFunction("askWallet", async (at: number, question: Question) => {
    shims[at]?.asked.push(question);
    try {
      return { result: await answer(habits[at] as Habits, question) };
    } catch (error) {
      const { code, message, data } = error as { code?: number; message: string; data?: unknown };
      return { error: { code, message, data } };
    }
  });
  await page.addInitScript(announceWallets, habits.map(({ uuid, rdns, isOld }, at) => ({ uuid: uuid ?? String(at), rdns: rdns ?? "io.metamask", isOld: isOld === true })));
  return shims;
}

/** Runs in the page. */
function announceWallets(wallets: readonly { uuid: string; rdns: string; isOld: boolean }[]): void {
  const providers = wallets.map((_, at) => ({
    request: async (question: object) => {
      const { result, error } = await (globalThis as any).askWallet(at, question);
      if (error !== undefined) throw error;
      return result;
    },
  }));
  for (const [at, { isOld }] of wallets.entries()) if (isOld) (globalThis as any).ethereum = providers[at];
  addEventListener("eip6963:requestProvider", () => {
    for (const [at, { uuid, rdns, isOld }] of wallets.entries()) {
      const detail = { info: { uuid, rdns, name: "MetaMask", icon: "" }, provider: providers[at] };
      if (!isOld) dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    }
  });
}

async function answer(wallet: Habits, { method, params = [] }: Question): Promise<unknown> {
  const error = wallet.errors?.get(method);
  if (error !== undefined) throw error;
  const own = await wallet.node.request({ method: "eth_chainId" });
  wallet.chainId ??= own as string;
  if (method === "eth_requestAccounts") return [wallet.account];
  if (method === "eth_chainId") return wallet.chainId;
  if (method === "wallet_switchEthereumChain") {
    if (wallet.known !== undefined && !wallet.known.includes(params[0].chainId)) throw { code: 4902, message: "Unrecognized chain" };
    wallet.chainId = params[0].chainId;
    return null;
  }
  if (method === "wallet_addEthereumChain") {
    wallet.chainId = params[0].chainId; // as most wallets do: added and chosen at once
    return null;
  }
  if (wallet.chainId !== own) throw { code: -32603, message: `${method} was asked on the wrong chain` };
  if (method === "eth_sendTransaction" && wallet.send !== undefined) return wallet.send(params[0]);
  return wallet.node.request({ method, params });
}
