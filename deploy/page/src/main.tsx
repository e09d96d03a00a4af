import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { isHex } from "../verify/bytes.ts";
import { Client } from "./api/client.ts";
import type { Network } from "./api/documents.ts";
import { fromChain } from "./api/text.ts";
import { plainFragment } from "./parts/plain.ts";
import { Guard, Waiting } from "./parts/basics.tsx";
import { useDocument, useFragment, useWorld, type World, WorldContext } from "./parts/hooks.ts";

import { Account } from "./views/account.tsx";
import { App as AppView, Apps } from "./views/apps.tsx";
import { Epoch } from "./views/epoch.tsx";
import { Epochs } from "./views/epochs.tsx";
import { Anomalies, Governance, Leaders } from "./views/governance.tsx";
import { Overview } from "./views/overview.tsx";
import { ShadowAccount, ShadowApp, ShadowEpochView, ShadowOverview } from "./views/shadow.tsx";
import { WholeEpoch } from "./views/verify.tsx";
import { WhatIf } from "./views/whatif.tsx";

const PAGES = [["", "Overview"], ["epochs", "Epochs"], ["apps", "Apps"], ["leaders", "Leaders"], ["whatif", "What if"], ["governance", "Governance"], ["anomalies", "Anomalies"], ["verify", "Verify"]] as const;
/** Of a network of the deployed PoZK contracts, which is shadowed and not settled. */
const SHADOW_PAGES = [["", "Overview"]] as const;
const isShadow = document.documentElement.dataset["network"] === "pozk";
/** What an export has no documents for. */
const NEEDS_API = ["whatif"];

function Page({ client }: { client: Client }) {
  const fragment = useFragment();
  const [page = "", word = ""] = fragment.replace(/^#\/?/, "").split("/");
  return (
    <Networked client={client}>
      <a class="skip" href="#main">to the content</a>
      <Header page={page} client={client} />
      <main id="main" tabIndex={-1}><Banners /><Guard key={fragment}>{isShadow ? <ShadowView page={page} word={wordOf(word)} /> : <View page={page} word={wordOf(word)} />}</Guard></main>
    </Networked>
  );
}

/** Return what stands behind the second bar of an address; as it is where it is not encoded well. */
function wordOf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The network's document is loaded once for all views, and again now and then; a shadowed network has none. */
function Networked({ client, children }: { client: Client; children: preact.ComponentChildren }) {
  const bare = useMemo<World>(() => ({ client, network: null, trouble: null }), [client]);
  return <WorldContext.Provider value={bare}>{isShadow ? children : <Loading client={client}>{children}</Loading>}</WorldContext.Provider>;
}

function Loading({ client, children }: { client: Client; children: preact.ComponentChildren }) {
  const loaded = useDocument<Network>("network", {}, 15);
  const network = loaded.state === "ready" ? loaded.document : null;
  const trouble = loaded.state === "failed" ? loaded.error : null;
  const world = useMemo<World>(() => ({ client, network, trouble }), [client, network, trouble]);
  return <WorldContext.Provider value={world}>{children}</WorldContext.Provider>;
}

/** What everybody has to know before anything else; until that is known nothing below is shown, so that nothing jumps. */
function Banners() {
  const { network, trouble } = useWorld();
  if (trouble !== null) return <p class="trouble" role="alert">{trouble.message}</p>;
  if (network === null) return isShadow ? null : <Waiting rows={4} />;
  return (
    <>
      {network.trouble == null ? null : <p class="warning" role="status">The chain cannot be asked now ({network.trouble.replace(/^the chain cannot be asked now: /, "")}), so this is what was indexed. What was paid and what can be claimed shows again once a node answers.</p>}
      {network.disagreement === null ? null : <p class="trouble" role="alert">Epoch {network.disagreement.epoch}: {network.disagreement.text} Claims go by the accepted root.</p>}
    </>
  );
}

function Header({ page, client }: { page: string; client: Client }) {
  const [text, setText] = useState("");
  const [isWrong, setWrong] = useState(false);
  const go = (event: Event): void => {
    event.preventDefault();
    const word = text.trim().toLowerCase();
    const target = isHex(word, 20) ? `#/account/${word}` : /^[0-9]{1,15}$/.test(word) ? `#/epoch/${word}` : null;
    setWrong(target === null);
    if (target !== null) location.hash = target;
  };
  const pages: readonly (readonly [string, string])[] = isShadow ? SHADOW_PAGES : PAGES;
  return (
    <header>
      <div class="inner">
        <a class="brand" href="#/">PoZK rewards</a>
        <form role="search" onSubmit={go}>
          <input aria-label="account or epoch" placeholder="0x… account, or epoch" value={text} aria-invalid={isWrong} spellcheck={false} onInput={({ currentTarget }) => setText(currentTarget.value)} />
          <button type="submit">Go</button>
        </form>
        <nav aria-label="pages">
          {pages.filter(([name]) => !client.isStatic || !NEEDS_API.includes(name)).map(([name, title]) => (
            <a key={name} href={`#/${name}`} aria-current={page === name ? "page" : undefined}>{title}</a>
          ))}
        </nav>
      </div>
    </header>
  );
}

function View({ page, word }: { page: string; word: string }) {
  useEffect(() => {
    document.title = `${PAGES.find(([name]) => name === page)?.[1] ?? page} ${fromChain(word, 42)} · PoZK rewards`;
  }, [page, word]);
  const lower = word.toLowerCase();
  if (page === "") return <Overview />;
  if (page === "epochs") return <Epochs />;
  if (page === "epoch" && /^[0-9]{1,15}$/.test(word)) return <Epoch epoch={BigInt(word)} />;
  if (page === "apps") return <Apps />;
  if (page === "app" && isHex(lower, 20)) return <AppView app={lower} />;
  if (page === "account" && isHex(lower, 20)) return <Account account={lower} />;
  if (page === "leaders") return <Leaders board={word} />;
  if (page === "whatif") return <WhatIf />;
  if (page === "governance") return <Governance />;
  if (page === "anomalies") return <Anomalies />;
  if (page === "verify") return <WholeEpoch epoch={word} />;
  return <NoPage />;
}

const NoPage = () => <p class="empty">There is no such page. Go to the <a href="#/">overview</a>.</p>;

function ShadowView({ page, word }: { page: string; word: string }) {
  useEffect(() => {
    document.title = `${page === "" ? "Overview" : page} ${fromChain(word, 42)} · PoZK rewards`;
  }, [page, word]);
  const lower = word.toLowerCase();
  if (page === "") return <ShadowOverview />;
  if (page === "epoch" && /^[0-9]{1,15}$/.test(word)) return <ShadowEpochView epoch={BigInt(word)} />;
  if (page === "app" && isHex(lower, 20)) return <ShadowApp app={lower} />;
  if (page === "account" && isHex(lower, 20)) return <ShadowAccount account={lower} />;
  return <NoPage />;
}

/** Where the page lies: this script is beside its document. */
const folder = new URL(".", import.meta.url).href;
const plain = plainFragment(folder, location.href);
if (plain !== null) history.replaceState(null, "", `${folder}#/${plain}`);
const client = new Client(folder, document.documentElement.dataset["source"] === "static");
const root = document.getElementById("page");
if (root !== null) {
  root.replaceChildren();
  render(<Page client={client} />, root);
}
