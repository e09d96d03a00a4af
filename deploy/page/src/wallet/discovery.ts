import { fromChain } from "../api/text.ts";
import type { Provider } from "./chain.ts";

/** A wallet that announced itself (EIP-6963), or the page's `window.ethereum`, which says nothing of itself. */
export interface Wallet {
  readonly key: string;
  readonly name: string;
  /** Who says so: the reverse domain that a wallet gives; several may give the same. */
  readonly origin: string;
  /** A picture as data, null if there is none that may be shown. */
  readonly icon: string | null;
  readonly provider: Provider;
}

interface Announcement { readonly info: { readonly uuid: string; readonly name: string; readonly icon: string; readonly rdns: string }; readonly provider: Provider }

const PICTURE = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/;

/** Call `found` with all wallets each time another one announces itself; return what ends it. */
export function discoverWallets(page: EventTarget & { ethereum?: Provider }, found: (wallets: readonly Wallet[]) => void): () => void {
  const announced = new Map<string, Wallet>();
  const tell = () => found([...announced.values(), ...lastChoice(page.ethereum, announced)]);
  const hear = (event: Event): void => {
    const wallet = readAnnouncement((event as CustomEvent<Announcement>).detail);
    if (wallet === null || announced.has(wallet.key)) return;
    announced.set(wallet.key, wallet);
    tell();
  };
  page.addEventListener("eip6963:announceProvider", hear);
  page.dispatchEvent(new Event("eip6963:requestProvider"));
  tell();
  return () => page.removeEventListener("eip6963:announceProvider", hear);
}

function readAnnouncement(detail: Announcement | undefined): Wallet | null {
  const { info, provider } = detail ?? {};
  if (info === undefined || typeof provider?.request !== "function" || typeof info.uuid !== "string") return null;
  const icon = typeof info.icon === "string" && PICTURE.test(info.icon) ? info.icon : null;
  return { key: info.uuid, name: fromChain(String(info.name)) || "wallet without a name", origin: fromChain(String(info.rdns), 60), icon, provider };
}

/** `window.ethereum` is offered last, and not if it is one that announced itself. */
function lastChoice(provider: Provider | undefined, announced: ReadonlyMap<string, Wallet>): Wallet[] {
  if (provider === undefined || [...announced.values()].some((wallet) => wallet.provider === provider)) return [];
  return [{ key: "window.ethereum", name: "Browser wallet", origin: "window.ethereum, which does not say who it is", icon: null, provider }];
}
