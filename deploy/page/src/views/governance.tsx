import { fromHex, isHex } from "../../verify/bytes.ts";
import type { AnomalyRow, CommitteeDocument, Items, LeaderRow, ParameterRow, ParametersDocument } from "../api/documents.ts";
import { amountOf, group, type Token } from "../api/money.ts";
import { fromChain } from "../api/text.ts";
import { AccountLink, Amount, AppLink, Await, ChainText, Fact, Hash, Named, Section, symbolOf } from "../parts/basics.tsx";
import { useDocument, useWorld } from "../parts/hooks.ts";
import { type Column, Table } from "../parts/table.tsx";
import { isAmount, unitOf } from "../parts/units.ts";

/** Who votes, and what the DAO has set. */
export function Governance() {
  const committee = useDocument<CommitteeDocument>("committee");
  const { network } = useWorld();
  const parameters = useDocument<ParametersDocument>("parameters");
  return (
    <>
      <h1>Committee and parameters</h1>
      <Section title="Committee"><Await of={committee} rows={6}>{(document) => <Committee document={document} />}</Await></Section>
      <Section title="In force"><Await of={parameters} rows={6}>{({ in_force: rows }) => <Parameters token={network} rows={rows} empty="The DAO has set nothing yet." />}</Await></Section>
      <Section title="Coming"><Await of={parameters} rows={2}>{({ coming: rows }) => <Parameters token={network} rows={rows} empty="No change is ahead." />}</Await></Section>
    </>
  );
}

function Committee({ document }: { document: CommitteeDocument }) {
  return (
    <>
      {document.quorum === null ? <p class="empty">Who is a member only the chain says, which cannot be asked now.</p> : (
        <dl class="facts"><Fact name="members">{document.members.length}</Fact><Fact name="votes needed">{document.quorum}</Fact></dl>
      )}
      {document.quorum === null ? null : <Table caption="Members" rows={document.members} keyOf={({ member }) => member} empty="No committee is set."
        columns={[
          { name: "member", cell: ({ member }) => <AccountLink account={member} /> },
          { name: "votes", cell: ({ votes }) => votes, sort: ({ votes }) => votes, kind: "number" },
          { name: "dissents", cell: ({ dissents }) => dissents, sort: ({ dissents }) => dissents, kind: "number" },
          { name: "missed", cell: ({ missed }) => missed, sort: ({ missed }) => missed, kind: "number" },
          { name: "last epoch", cell: ({ last_epoch: epoch }) => epoch ?? "–", sort: ({ last_epoch: epoch }) => epoch ?? -1, kind: "number", minor: true },
        ]} />}
      <Table caption="Epochs and dissent" rows={document.epochs} keyOf={({ epoch }) => String(epoch)} empty="No epoch was voted on yet."
        columns={[
          { name: "epoch", cell: ({ epoch }) => <a href={`#/epoch/${epoch}`}>{epoch}</a>, sort: ({ epoch }) => epoch },
          { name: "report hash", cell: ({ report_hash: hash }) => <Hash value={hash} /> },
          { name: "agree", cell: ({ agree }) => agree, sort: ({ agree }) => agree, kind: "number" },
          { name: "dissent", cell: ({ dissent }) => dissent.length === 0 ? "none" : dissent.map(({ member }) => <AccountLink key={member} account={member} />), sort: ({ dissent }) => dissent.length },
        ]} />
    </>
  );
}

function Parameters({ rows, token, empty }: { rows: readonly ParameterRow[]; token: Token | null; empty: string }) {
  return (
    <Table caption="Parameters" rows={rows} keyOf={({ name, from_epoch: from }) => `${name}${from}`} empty={empty}
      columns={[
        { name: "parameter", cell: ({ name }) => <Named name={name} unit={token === null ? "" : unitOf(name, token)} />, sort: ({ name }) => name },
        { name: "value", cell: (row) => (isAmount(row.name) && token !== null ? <Amount amount={row.value} token={token} /> : <bdi class="number">{readable(row)}</bdi>), kind: "number" },
        { name: "from epoch", cell: ({ from_epoch: from }) => from, sort: ({ from_epoch: from }) => from, kind: "number" },
        { name: "set in block", cell: ({ block }) => block, sort: ({ block }) => block, kind: "number", minor: true },
      ]} />
  );
}

/** A ruleset is ASCII in 32 bytes, a residual a number of two words; all else is shown as it is. */
function readable({ name, value }: ParameterRow): string {
  if (name === "residual") return ["rollover", "normalize"].find((_, at) => value === String(at)) ?? value;
  if (name !== "ruleset" || !isHex(value, 32)) return /^[0-9]+$/.test(value) ? group(value) : value;
  return fromChain(new TextDecoder().decode(fromHex(value)).replace(/\0+$/, "")) || value;
}

/** What looks unusual; it accuses nobody. */
export function Anomalies() {
  const anomalies = useDocument<Items<AnomalyRow>>("anomalies", { limit: "200" });
  return (
    <>
      <h1>Anomalies</h1>
      <p class="note">What stands out in the numbers and deserves a look. None of it is proof of a wrong.</p>
      <Await of={anomalies} rows={6}>
        {({ items }) => (
          <Table caption="Anomalies" rows={items} keyOf={(row) => JSON.stringify(row)} empty="Nothing stands out."
            columns={[
              { name: "epoch", cell: ({ epoch }) => (epoch === null ? "–" : <a href={`#/epoch/${epoch}`}>{epoch}</a>), sort: ({ epoch }) => epoch ?? -1 },
              { name: "kind", cell: ({ kind }) => kind, sort: ({ kind }) => kind },
              { name: "account", cell: ({ account }) => (account === null ? "–" : <AccountLink account={account} />) },
              { name: "app", minor: true, cell: ({ app }) => (app === null ? "–" : <AppLink app={app} />) },
              { name: "what", cell: ({ text }) => <span class="prose"><ChainText text={text} most={300} /></span> },
            ]} />
        )}
      </Await>
    </>
  );
}

const BOARDS = ["miners", "users", "apps"] as const;

/** Who earned most. */
export function Leaders({ board }: { board: string }) {
  const known = BOARDS.find((one) => one === board) ?? "miners";
  const found = useDocument<Items<LeaderRow>>(`leaderboards/${known}`, { limit: "100" });
  const columns: Column<LeaderRow>[] = [
    { name: "#", cell: ({ rank }) => rank, sort: ({ rank }) => rank },
    { name: known === "apps" ? "app" : "account", cell: ({ account }) => (known === "apps" ? <AppLink app={account} /> : <AccountLink account={account} />) },
    { name: "proofs", cell: ({ proofs }) => proofs, sort: ({ proofs }) => proofs, kind: "number" },
    { name: "token", cell: (row) => <bdi>{symbolOf(row)}</bdi>, minor: true },
    { name: "earned", cell: (row) => <Amount amount={row.amount} token={row} />, sort: ({ amount }) => amountOf(amount), kind: "number" },
  ];
  return (
    <>
      <h1>Leaders</h1>
      <nav class="tabs" aria-label="leaderboards">{BOARDS.map((one) => <a key={one} href={`#/leaders/${one}`} aria-current={one === known ? "page" : undefined}>{one}</a>)}</nav>
      <Await of={found} rows={10}>{({ items }) => <Table caption={`Top ${known}`} rows={items} keyOf={({ account }) => account} columns={columns} empty="Nobody has earned anything yet." />}</Await>
    </>
  );
}
