import { useState } from "preact/hooks";

import type { AccountDocument, AccountToken, Address, ClaimRow, ExplainDocument, HistoryRow, Items, ProofDocument } from "../api/documents.ts";
import { amountOf } from "../api/money.ts";
import { loadProof } from "../api/proofs.ts";
import { utc } from "../api/text.ts";
import { Amount, AppLink, Await, Copy, Fact, Hash, Section, symbolOf, Waiting } from "../parts/basics.tsx";
import { useDocument, useLoaded, useWorld } from "../parts/hooks.ts";
import { BarPlot } from "../parts/plot.tsx";
import { Table } from "../parts/table.tsx";
import { ClaimPanel } from "./claim.tsx";
import { MyAmount } from "./verify.tsx";

/** One account: what it may claim, what it got, and why. */
export function Account({ account }: { account: Address }) {
  const { client } = useWorld();
  return (
    <>
      <h1>Account</h1>
      <p class="note"><Copy text={account} label="address"><span class="hex">{account}</span></Copy></p>
      {client.isStatic ? <FromProofs account={account} /> : <FromApi account={account} />}
      <MyAmount account={account} />
      {client.isStatic ? null : <History account={account} />}
    </>
  );
}

function FromApi({ account }: { account: Address }) {
  const { client } = useWorld();
  const found = useDocument<AccountDocument>(`accounts/${account}`, {}, 12);
  const proof = useLoaded(() => loadProof(client, account), `${account} ${found.state === "ready" ? found.document.root : ""}`);
  return (
    <Await of={found} rows={6}>
      {(document) => (
        <>
          <Tokens document={document} />
          <Await of={proof} rows={2}>
            {(loaded) => loaded === null ? <p class="empty">{document.reason ?? "This account is owed nothing up to the newest active epoch."}</p> : (
              <ClaimPanel proof={loaded} isContract={document.is_contract === true} reason={document.reason} hasSomething={document.claim !== null} recipient={document.recipient} />
            )}
          </Await>
        </>
      )}
    </Await>
  );
}

/** In an export only the proofs are at hand: what is paid already is asked of the chain when claiming. */
function FromProofs({ account }: { account: Address }) {
  const { client } = useWorld();
  const proof = useLoaded<ProofDocument | null>(() => loadProof(client, account), account);
  return (
    <Await of={proof} rows={4}>
      {(loaded) => loaded === null ? <p class="empty">This account is owed nothing up to the epoch of this export.</p> : (
        <>
          <Table caption="Owed" rows={loaded.tokens} keyOf={({ token }) => token} empty=""
            columns={[{ name: "token", cell: (row) => <bdi title={row.token}>{symbolOf(row)}</bdi> }, { name: `owed up to epoch ${loaded.epoch}`, cell: (row) => <Amount amount={row.cumulative} token={row} />, kind: "number" }]} />
          <ClaimPanel proof={loaded} isContract={false} reason={null} hasSomething recipient={null} />
        </>
      )}
    </Await>
  );
}

function Tokens({ document }: { document: AccountDocument }) {
  const column = (name: string, read: (row: AccountToken) => string | null) => ({ name, cell: (row: AccountToken) => <Amount amount={read(row)} token={row} />, sort: (row: AccountToken) => amountOf(read(row) ?? "0"), kind: "number" as const });
  const [main] = document.tokens;
  return (
    <>
      {main === undefined ? null : (
        <dl class="facts lead">
          <Fact name="claimable now" note={<bdi>{symbolOf(main)}</bdi>}><Amount amount={main.claimable} token={main} /></Fact>
          <Fact name="when the next root is active"><Amount amount={main.claimable_next} token={main} /></Fact>
          <Fact name="paid so far" note={document.as_of === null ? "the chain cannot be asked now" : `by block ${document.as_of.block}`}><Amount amount={main.paid} token={main} /></Fact>
        </dl>
      )}
      {document.tokens.length < 2 ? null : (
        <Table caption="Tokens" rows={document.tokens} keyOf={({ token }) => token} empty=""
          columns={[{ name: "token", cell: (row) => <bdi title={row.token}>{symbolOf(row)}</bdi> }, column("claimable now", (row) => row.claimable), { ...column("with the next root", (row) => row.claimable_next), minor: true }, column("paid", (row) => row.paid), { ...column("owed in all", (row) => row.entitled), minor: true }]} />
      )}
    </>
  );
}

function History({ account }: { account: Address }) {
  const { client, network } = useWorld();
  const history = useDocument<Items<HistoryRow>>(`accounts/${account}/history`, { limit: "200" });
  const claims = useDocument<Items<ClaimRow>>(`accounts/${account}/claims`, { limit: "100" });
  const [open, setOpen] = useState<number | null>(null);
  return (
    <>
      <Section title="What it earned" note={<a href={`${client.origin}v1/accounts/${account}/statement.csv`} download>statement as CSV, with transaction hashes</a>}>
        <Await of={history} rows={6}>
          {({ items }) => (
            <>
              <EarnedPlot rows={items} token={network?.token ?? null} />
              <Table caption="Amounts" rows={items} keyOf={(row) => `${row.epoch}${row.token}${row.app}${row.role}`} empty="Nothing yet. What it earns shows here after the end of the epoch."
                columns={[
                  { name: "epoch", cell: ({ epoch }) => <a href={`#/epoch/${epoch}`}>{epoch}</a>, sort: ({ epoch }) => epoch },
                  { name: "app", cell: (row) => <>{row.app === null ? row.role : <AppLink app={row.app} />}<span class="unit narrow"><bdi>{symbolOf(row)}</bdi></span></>, sort: ({ app }) => app ?? "" },
                  { name: "as", cell: ({ role }) => role, sort: ({ role }) => role, minor: true },
                  { name: "token", cell: (row) => <bdi>{symbolOf(row)}</bdi>, sort: symbolOf, minor: true },
                  { name: "amount", cell: (row) => <Amount amount={row.amount} token={row} />, sort: ({ amount }) => amountOf(amount), kind: "number" },
                  { name: "why", cell: ({ epoch }) => <button type="button" aria-expanded={open === epoch} onClick={() => setOpen(open === epoch ? null : epoch)}>explain</button> },
                ]} />
            </>
          )}
        </Await>
        {open === null ? null : <Explained account={account} epoch={open} />}
      </Section>
      <Projected account={account} />
      <Section title="Claims">
        <Await of={claims} rows={3}>
          {({ items }) => (
            <Table caption="Claims" rows={items} keyOf={(row) => row.tx_hash + row.token} empty="No claim is in final blocks yet: one that was just sent shows here when its block is final."
              columns={[
                { name: "time", cell: ({ timestamp }) => utc(timestamp), sort: ({ timestamp }) => timestamp },
                { name: "transaction", cell: ({ tx_hash: hash }) => <Hash value={hash} /> },
                { name: "to", cell: ({ to }) => <Hash value={to} />, minor: true },
                { name: "token", cell: (row) => <bdi>{symbolOf(row)}</bdi> },
                { name: "amount", cell: (row) => <Amount amount={row.amount} token={row} />, sort: ({ amount }) => amountOf(amount), kind: "number" },
              ]} />
          )}
        </Await>
      </Section>
    </>
  );
}

/** What it earned of the network's token, epoch by epoch. */
function EarnedPlot({ rows, token }: { rows: readonly HistoryRow[]; token: string | null }) {
  const own = rows.filter((row) => row.token === token);
  const sums = new Map<number, bigint>();
  for (const { epoch, amount } of own) sums.set(epoch, (sums.get(epoch) ?? 0n) + amountOf(amount));
  const [first] = own;
  if (first === undefined || sums.size < 2) return null;
  const points = [...sums].sort(([left], [right]) => left - right).map(([epoch, value]) => ({ label: String(epoch), value }));
  return <BarPlot title="Earned per epoch" unit={symbolOf(first)} decimals={first.decimals} points={points} />;
}

/** What the open epoch would pay if it ended now. */
function Projected({ account }: { account: Address }) {
  const found = useDocument<ExplainDocument>(`accounts/${account}/epochs/open`);
  if (found.state === "loading") return <Waiting rows={3} />;
  if (found.state === "failed" || found.document.amounts.length + found.document.nothing.length === 0) return null;
  return <Section title="If the open epoch ended now"><ExplainBody document={found.document} /></Section>;
}

function Explained({ account, epoch }: { account: Address; epoch: number }) {
  const found = useDocument<ExplainDocument>(`accounts/${account}/epochs/${epoch}`);
  return <div class="explained"><h3>Epoch {epoch}, factor by factor</h3><Await of={found} rows={5}>{(document) => <ExplainBody document={document} />}</Await></div>;
}

function ExplainBody({ document }: { document: ExplainDocument }) {
  return (
    <>
      {document.amounts.map((amount) => (
        <div key={amount.app + amount.role + amount.token}>
          <p>{amount.role} in <AppLink app={amount.app} />: <Amount amount={amount.amount} token={amount} /> <bdi>{symbolOf(amount)}</bdi> of <Amount amount={amount.scale} token={amount} /> ({amount.scale_meaning})</p>
          <Table caption="Factors" rows={amount.factors} keyOf={({ name }) => name} empty=""
            columns={[
              { name: "factor", cell: ({ name, of }) => <span title={of}>{name}</span> },
              { name: "exact", cell: ({ numerator, denominator }) => <Copy text={`${numerator}/${denominator}`} label="fraction"><span class="number fractions">{numerator}/{denominator}</span></Copy>, kind: "number" },
              { name: "exponent", minor: true, cell: ({ exponent }) => exponent.join("/"), kind: "number" },
              { name: "power", cell: ({ power }) => power, kind: "number" },
            ]} />
        </div>
      ))}
      {document.nothing.map(({ app, role, reasons }) => <p key={app + role}>Nothing as {role} in <AppLink app={app} />: {reasons.map(({ text }) => text).join("; ")}.</p>)}
    </>
  );
}
