import { Component, type ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { printable } from "../../verify/errors.ts";
import type { DocumentError } from "../api/client.ts";
import { amountOf, inTokens, show, type Token } from "../api/money.ts";
import { fromChain, shortHex } from "../api/text.ts";
import { type Loaded, useWorld } from "./hooks.ts";

/** A text that can be copied whole; what is shown may be shorter. */
export function Copy({ text, label, children }: { text: string; label: string; children: ComponentChildren }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1200);
  };
  return (
    <button type="button" class="copy" title={`${text} (copies the ${label})`} onClick={() => void copy()}>
      {children}
      {isCopied ? <span class="copied" role="status">copied</span> : null}
    </button>
  );
}

/** An amount: cut for the eye, whole on hover and when copied. */
export function Amount({ amount, token, places }: { amount: string | bigint | null; token: Token; places?: number }) {
  if (amount === null) return <span class="quiet">–</span>;
  const wei = typeof amount === "bigint" ? amount : amountOf(amount);
  const { whole, fraction, isCut } = show(wei, token.decimals, places);
  const isWhole = fraction === "";
  const full = `${inTokens(wei, token.decimals)} ${symbolOf(token)}`;
  return (
    <Copy text={full} label="amount">
      <span class={isWhole ? "number whole" : "number"}>{whole}{isWhole ? null : <span class="fraction">.{fraction}{isCut ? <span class="more">…</span> : null}</span>}</span>
    </Copy>
  );
}

/** The symbol of a token as the chain gives it, else the ends of its address. */
export function symbolOf(token: Token): string {
  return fromChain(token.symbol, 12) || shortHex(token.token);
}

/** A text of the chain: isolated, so that it turns nothing around it. */
export function ChainText({ text, most }: { text: string; most?: number }) {
  return <bdi>{fromChain(text, most) || "without a name"}</bdi>;
}

/** An address with its page. */
export function AccountLink({ account }: { account: string }) {
  return <a class="hex" href={`#/account/${account}`} title={account}>{shortHex(account)}</a>;
}

export function AppLink({ app, name }: { app: string; name?: string | undefined }) {
  return <a class={name === undefined ? "hex" : ""} href={`#/app/${app}`} title={app}>{name === undefined ? shortHex(app) : <ChainText text={name} />}</a>;
}

/** A hash that is short and can be copied. */
export function Hash({ value }: { value: string | null }) {
  return value === null ? <span class="quiet">–</span> : <Copy text={value} label="hash"><span class="hex">{shortHex(value)}</span></Copy>;
}

/** A named number of the head of a page. */
export function Fact({ name, children, note }: { name: string; children: ComponentChildren; note?: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}{note === undefined ? null : <span class="note">{note}</span>}</dd>
    </div>
  );
}

/** The name of a number in a table, with the unit that it is in. */
export function Named({ name, unit }: { name: string; unit: string }) {
  return <>{name}{unit === "" ? null : <span class="unit"><bdi>{unit}</bdi></span>}</>;
}

/** A part of a page with its title. */
export function Section({ title, children, note }: { title: string; children: ComponentChildren; note?: ComponentChildren }) {
  return (
    <section>
      <h2>{title}</h2>
      {note === undefined ? null : <p class="note">{note}</p>}
      <Guard>{children}</Guard>
    </section>
  );
}

/** What is shown of a document: its view, that it is on its way, or why it is not there. */
export function Await<Document>({ of, rows = 4, children }: { of: Loaded<Document>; rows?: number; children: (document: Document) => ComponentChildren }) {
  if (of.state === "ready") return <>{children(of.document)}</>;
  if (of.state === "failed") return <Failure error={of.error} />;
  return <Waiting rows={rows} />;
}

/** Holds the place of what is on its way. What comes behind it is not shown yet (page.css), so that nothing jumps. */
export function Waiting({ rows }: { rows: number }) {
  return (
    <div class="waiting" role="status" aria-label="loading">
      {Array.from({ length: rows }, (_, at) => <div class="bar" key={at} />)}
    </div>
  );
}

/** Why a document is not there; where the whole service is away the head of the page says so, once. */
function Failure({ error }: { error: DocumentError }) {
  const { trouble } = useWorld();
  if (error.kind === "unreachable" && trouble !== null) return <p class="empty">This shows again once the service answers.</p>;
  return <p class={error.kind === "absent" ? "empty" : "trouble"} role={error.kind === "absent" ? undefined : "alert"}>{error.message}</p>;
}

/** Says what could not be drawn, so that a document of another form blanks no more than its own view. */
export class Guard extends Component<{ children: ComponentChildren }, { error: string }> {
  override state = { error: "" };

  override componentDidCatch(error: unknown): void {
    this.setState({ error: printable(String(error), 300) });
  }

  override render(): ComponentChildren {
    return this.state.error === "" ? this.props.children : <p class="trouble" role="alert">This cannot be drawn: {this.state.error}</p>;
  }
}

const STATUSES: Readonly<Record<string, string>> = {
  open: "open", ended: "ended, not settled yet", settled: "settled, not proposed yet", proposed: "proposed, can be vetoed", active: "active", vetoed: "vetoed",
};

export function Status({ status }: { status: string }) {
  return <span class={`status ${status}`}>{STATUSES[status] ?? status}</span>;
}
