import type { AppDocument, AppRow, Items } from "../api/documents.ts";
import { amountOf, gates } from "../api/money.ts";
import { duration } from "../api/text.ts";
import { AccountLink, Amount, AppLink, Await, ChainText, Copy, Fact, Section, symbolOf } from "../parts/basics.tsx";
import { useDocument } from "../parts/hooks.ts";
import { LinePlot } from "../parts/plot.tsx";
import { Table } from "../parts/table.tsx";

const SCHEMES = ["Plonk", "Groth16", "Risc0"];
const schemeName = (scheme: number): string => SCHEMES[scheme] ?? `scheme ${scheme}`;
const milliGates = ({ gates: size }: AppRow): bigint => amountOf(size) * 1000n;

/** All apps. */
export function Apps() {
  const apps = useDocument<Items<AppRow>>("apps", { limit: "500" });
  return (
    <>
      <h1>Apps</h1>
      <Await of={apps} rows={8}>
        {({ items }) => (
          <Table caption="Apps" rows={items} keyOf={({ app }) => app} empty="No app is registered yet."
            columns={[
              { name: "app", cell: ({ app, name }) => <span class="prose"><AppLink app={app} name={name} /></span>, sort: ({ name }) => name },
              { name: "scheme", cell: ({ scheme }) => schemeName(scheme), sort: ({ scheme }) => scheme, minor: true },
              { name: "gates", cell: (row) => gates(milliGates(row)), sort: milliGates, kind: "number" },
              { name: "proofs", cell: ({ proofs }) => proofs, sort: ({ proofs }) => proofs, kind: "number" },
              { name: "miners", cell: ({ miners }) => miners, sort: ({ miners }) => miners, kind: "number", minor: true },
              { name: "users", cell: ({ users }) => users, sort: ({ users }) => users, kind: "number", minor: true },
              { name: "user stake", cell: (row) => <Amount amount={row.user_stake} token={row} places={2} />, sort: ({ user_stake: stake }) => amountOf(stake), kind: "number", minor: true },
              { name: "miner stake", cell: (row) => <Amount amount={row.miner_stake} token={row} places={2} />, sort: ({ miner_stake: stake }) => amountOf(stake), kind: "number", minor: true },
            ]} />
        )}
      </Await>
    </>
  );
}

/** One app: its circuit, its history, who works in it. */
export function App({ app }: { app: string }) {
  const found = useDocument<AppDocument>(`apps/${app}`);
  return <Await of={found} rows={10}>{(document) => <AppBody document={document} />}</Await>;
}

function AppBody({ document }: { document: AppDocument }) {
  const epochs = [...document.epochs].sort((left, right) => left.epoch - right.epoch);
  return (
    <>
      <h1><ChainText text={document.name} /></h1>
      <p class="note"><Copy text={document.app} label="address"><span class="hex">{document.app}</span></Copy></p>
      <dl class="facts">
        <Fact name="circuit" note={schemeName(document.scheme)}>{gates(milliGates(document))} gates</Fact>
        <Fact name="alpha" note="weight of the scheme, in thousandths">{document.alpha_milli ?? "–"}</Fact>
        <Fact name="work" note={`${document.proofs} proofs`}>{gates(amountOf(document.work))} weighted gates</Fact>
        <Fact name="user stake" note={symbolOf(document)}><Amount amount={document.user_stake} token={document} /></Fact>
        <Fact name="miner stake" note={symbolOf(document)}><Amount amount={document.miner_stake} token={document} /></Fact>
        <Fact name="time to proof" note={document.prove_seconds === null ? undefined : `nine in ten within ${duration(document.prove_seconds.p90)}`}>{document.prove_seconds === null ? "–" : duration(document.prove_seconds.median)}</Fact>
        <Fact name="missed deadlines">{document.missed_deadlines}</Fact>
        <Fact name="state">{document.approved ? "approved" : "not approved"}</Fact>
      </dl>
      <Section title="Paid per epoch">
        {epochs.length === 0 ? <p class="empty">No epoch with a proof of this app is settled yet.</p> : (
          <LinePlot title="Paid to miners and users" unit={symbolOf(document)} decimals={document.decimals} points={epochs.map(({ epoch, amount }) => ({ label: String(epoch), value: amountOf(amount) }))} />
        )}
      </Section>
      <Section title="Who takes part">
        <Table caption="Participants" rows={document.participants} keyOf={({ account, role }) => `${account}${role}`} empty="Nobody yet."
          columns={[
            { name: "account", cell: ({ account }) => <AccountLink account={account} /> },
            { name: "as", cell: ({ role }) => role, sort: ({ role }) => role },
            { name: "proofs", cell: ({ proofs }) => proofs, sort: ({ proofs }) => proofs, kind: "number" },
            { name: "stake", cell: ({ stake }) => <Amount amount={stake} token={document} />, sort: ({ stake }) => amountOf(stake), kind: "number" },
          ]} />
      </Section>
    </>
  );
}
