import { useState } from "preact/hooks";

import type { AppRow, Items, SimulateDocument, Summary } from "../api/documents.ts";
import { amountOf, fromTokens, percent, type Token } from "../api/money.ts";
import { fromChain } from "../api/text.ts";
import { AccountLink, Amount, Await, Named, Section, symbolOf } from "../parts/basics.tsx";
import { useDocument, useWorld } from "../parts/hooks.ts";
import { Table } from "../parts/table.tsx";
import { parseAddress } from "../wallet/chain.ts";

const RULESETS = ["", "paper-v1", "paper-v2"];
const RESIDUALS = ["", "rollover", "normalize"];

interface Wish { readonly app: string; readonly account: string; readonly role: string; readonly stake: string; readonly a: string; readonly c: string; readonly ruleset: string; readonly residual: string }
const NO_WISH: Wish = { app: "", account: "", role: "miner", stake: "", a: "", c: "", ruleset: "", residual: "" };

/** Project the open epoch, and what other stakes, weights or rules would change. */
export function WhatIf() {
  const { network } = useWorld();
  const [wish, setWish] = useState(NO_WISH);
  const [asked, setAsked] = useState<Record<string, string>>({});
  const [trouble, setTrouble] = useState("");
  const found = useDocument<SimulateDocument>("simulate", asked);
  if (network === null) return null;
  const ask = (event: Event): void => {
    event.preventDefault();
    const query = queryOf(wish, network);
    setTrouble(typeof query === "string" ? query : "");
    if (typeof query !== "string") setAsked(query);
  };
  return (
    <>
      <h1>What if</h1>
      <p class="note">The open epoch as if it ended now, and with what you change. Others will move too: this is no promise.</p>
      <Form wish={wish} setWish={setWish} ask={ask} token={network} />
      {trouble === "" ? null : <p class="trouble" role="alert">{trouble}</p>}
      <Await of={found} rows={8}>{(document) => <Projection document={document} />}</Await>
    </>
  );
}

function Form({ wish, setWish, ask, token }: { wish: Wish; setWish: (wish: Wish) => void; ask: (event: Event) => void; token: Token }) {
  const apps = useDocument<Items<AppRow>>("apps", { limit: "500" });
  const field = (name: keyof Wish) => ({ value: wish[name], onInput: ({ currentTarget }: { currentTarget: { value: string } }) => setWish({ ...wish, [name]: currentTarget.value }) });
  return (
    <form class="wishes" onSubmit={ask}>
      <fieldset>
        <legend>A stake</legend>
        <label>App <select {...field("app")}><option value="">none</option>{apps.state === "ready" ? apps.document.items.map(({ app, name }) => <option key={app} value={app}>{fromChain(name)}</option>) : null}</select></label>
        <label>Account <input spellcheck={false} placeholder="0x…" {...field("account")} /></label>
        <label>As <select {...field("role")}><option>miner</option><option>user</option></select></label>
        <label>Stake in {symbolOf(token)} <input inputMode="decimal" {...field("stake")} /></label>
      </fieldset>
      <fieldset>
        <legend>The rules</legend>
        <label>a, of 10,000 on the circuit; b is the rest <input inputMode="numeric" placeholder="as in force" {...field("a")} /></label>
        <label>c, of 10,000 on own labor; d is the rest <input inputMode="numeric" placeholder="as in force" {...field("c")} /></label>
        <label>Ruleset <select {...field("ruleset")}>{RULESETS.map((name) => <option key={name} value={name}>{name || "as in force"}</option>)}</select></label>
        <label>Remainder <select {...field("residual")}>{RESIDUALS.map((name) => <option key={name} value={name}>{name || "as in force"}</option>)}</select></label>
      </fieldset>
      <button type="submit" class="main">Project</button>
    </form>
  );
}

/** Return the question of a wish, or in words what is wrong with it. */
export function queryOf(wish: Wish, token: Token): Record<string, string> | string {
  const query: Record<string, string> = {};
  if (wish.stake !== "") {
    const account = parseAddress(wish.account);
    if (wish.app === "" || account === null) return "A stake needs an app and an account: 0x and 40 hex digits.";
    try {
      query["stake"] = `${wish.app}:${account}:${wish.role}=${fromTokens(wish.stake, token.decimals)}`;
    } catch (error) {
      return `The stake is no amount: ${(error as Error).message}.`;
    }
  }
  if (wish.a !== "" || wish.c !== "") {
    const [a, c] = [wish.a, wish.c].map((text) => (/^[0-9]{1,5}$/.test(text) && BigInt(text) <= 10_000n ? BigInt(text) : null));
    if (a === null || c === null || a === undefined || c === undefined) return "Weights are two whole numbers of 0 to 10000: say a and c.";
    query["weights"] = [a, 10_000n - a, c, 10_000n - c].join(",");
  }
  if (wish.ruleset !== "") query["ruleset"] = wish.ruleset;
  if (wish.residual !== "") query["residual"] = wish.residual;
  return query;
}

function Projection({ document }: { document: SimulateDocument }) {
  const { before, after } = document;
  const share = ([part, whole]: readonly [string, string]): string => percent(amountOf(part), amountOf(whole));
  const unit = symbolOf(document);
  const rows: readonly (readonly [name: string, unit: string, read: (summary: Summary) => preact.ComponentChildren])[] = [
    ["ruleset", "", ({ ruleset }) => ruleset],
    ["what is left", "", ({ residual }) => residual],
    ["pool", unit, ({ pool }) => <Amount amount={pool} token={document} />],
    ["paid", unit, ({ distributed }) => <Amount amount={distributed} token={document} />],
    ["part of the pool", "", ({ paid_share: of }) => share(of)],
    ["remainder", unit, ({ remainder }) => <Amount amount={remainder} token={document} />],
    ["accounts", "", ({ accounts }) => accounts],
    ["Gini", "", ({ gini }) => share(gini)],
    ["the ten largest get", "", ({ top_ten_share: of }) => share(of)],
  ];
  return (
    <>
      <Section title={`Epoch ${document.epoch}`} note={Object.entries(document.rulesets).map(([name, meaning]) => `${name}: ${meaning}`).join(" ")}>
        {document.warnings.map((warning) => <p key={warning} class="warning">{warning}</p>)}
        <Table caption="Before and after" rows={rows} keyOf={([name]) => name} empty=""
          columns={[{ name: "", cell: ([name, of]) => <Named name={name} unit={of} /> }, { name: "before", cell: ([, , read]) => read(before), kind: "number" }, { name: "after", cell: ([, , read]) => read(after), kind: "number" }]} />
      </Section>
      <Section title="Whose amounts change">
        <Table caption="Changes" rows={document.accounts} keyOf={({ account }) => account} empty="Nobody's: nothing was changed, or nobody takes part yet."
          columns={[
            { name: "account", cell: ({ account }) => <AccountLink account={account} /> },
            { name: "before", cell: ({ before: one }) => <Amount amount={one} token={document} />, sort: ({ before: one }) => amountOf(one), kind: "number", minor: true },
            { name: "after", cell: ({ after: one }) => <Amount amount={one} token={document} />, sort: ({ after: one }) => amountOf(one), kind: "number" },
            { name: "change", cell: (row) => <Amount amount={amountOf(row.after) - amountOf(row.before)} token={document} />, sort: (row) => amountOf(row.after) - amountOf(row.before), kind: "number" },
          ]} />
      </Section>
    </>
  );
}
