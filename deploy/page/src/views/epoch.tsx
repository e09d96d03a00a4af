import type { EpochDocument, EpochRow } from "../api/documents.ts";
import { amountOf, percent, type Token } from "../api/money.ts";
import { utc } from "../api/text.ts";
import { AccountLink, Amount, Await, Fact, Hash, Named, Section, Status, symbolOf } from "../parts/basics.tsx";
import { useDocument, useWorld } from "../parts/hooks.ts";
import { BarPlot } from "../parts/plot.tsx";
import { Table } from "../parts/table.tsx";
import { isAmount, participants, unitOf } from "../parts/units.ts";

/** One epoch: what it paid, by which numbers, who voted for it, and its files. */
export function Epoch({ epoch }: { epoch: bigint }) {
  const { network } = useWorld();
  const found = useDocument<EpochDocument>(`epochs/${epoch}`, {}, 30);
  return (
    <>
      <div class="head">
        <h1>Epoch {epoch.toString()}</h1>
        <nav aria-label="other epochs">
          {epoch > BigInt(network?.first ?? 0) ? <a href={`#/epoch/${epoch - 1n}`}>← {(epoch - 1n).toString()}</a> : null}
          {network !== null && epoch < BigInt(network.epoch.open) ? <a href={`#/epoch/${epoch + 1n}`}>{(epoch + 1n).toString()} →</a> : null}
        </nav>
      </div>
      <Await of={found} rows={10}>{(document) => <EpochBody document={document} />}</Await>
    </>
  );
}

function EpochBody({ document }: { document: EpochDocument }) {
  const { distribution } = document;
  const isSettled = document.report_hash !== null;
  return (
    <>
      <EpochFacts document={document} />
      {isSettled ? <Votes document={document} /> : <p class="empty">Not settled yet. An epoch is settled once a block after its end is final.</p>}
      {distribution.length === 0 ? null : (
        <Section title="Who was paid" note={document.gini === null ? undefined : `Gini ${ratio(document.gini)}; the ten largest got ${document.top_ten_share === null ? "–" : percent(amountOf(document.top_ten_share[0]), amountOf(document.top_ten_share[1]))}.`}>
          <BarPlot title="The largest accounts, in descending order" unit={symbolOf(document)} decimals={document.decimals} points={distribution.map(({ amount }, at) => ({ label: String(at + 1), value: amountOf(amount) }))} />
          <Table caption="Accounts of this epoch" rows={distribution} keyOf={({ account }) => account} empty=""
            columns={[
              { name: "account", cell: ({ account }) => <AccountLink account={account} /> },
              { name: "amount", cell: ({ amount }) => <Amount amount={amount} token={document} />, sort: ({ amount }) => amountOf(amount), kind: "number" },
            ]} />
        </Section>
      )}
      {document.parameters === null ? null : <Parameters parameters={document.parameters} token={document} />}
      {document.stages === null ? null : <Stages document={document} />}
    </>
  );
}

function EpochFacts({ document }: { document: EpochDocument }) {
  const row: EpochRow = document;
  return (
    <dl class="facts">
      <Fact name="state" note={row.active_at !== null && row.status === "proposed" ? `active from ${utc(row.active_at)} unless vetoed` : undefined}><Status status={row.status} />{row.voided === true ? " voided" : ""}</Fact>
      <Fact name="from" note={`to ${utc(row.ends)}`}>{utc(row.begins)}</Fact>
      <Fact name="pool" note={symbolOf(row)}><Amount amount={row.pool} token={row} /></Fact>
      <Fact name="paid" note={row.pool !== null && row.distributed !== null ? `${percent(amountOf(row.distributed), amountOf(row.pool))} of the pool` : undefined}><Amount amount={row.distributed} token={row} /></Fact>
      <Fact name="remainder" note={row.residual === "rollover" ? "stays in the treasury" : undefined}><Amount amount={row.remainder} token={row} /></Fact>
      <Fact name="took part" note={`${row.proofs} proofs`}>{participants(row)}</Fact>
      <Fact name="ruleset" note={row.residual ?? undefined}>{row.ruleset ?? "–"}</Fact>
    </dl>
  );
}

function Votes({ document }: { document: EpochDocument }) {
  const agree = document.votes.filter(({ agrees }) => agrees === true).length;
  const needed = document.quorum === null ? "" : `; ${document.quorum} are needed`;
  return (
    <Section title="Votes" note={document.chain === "other" ? undefined : `${agree} of ${document.votes.length} votes are for our report${needed}.`}>
      {document.chain === "other" ? <p class="trouble" role="alert">The committee executed another report than the one that was computed here. Proofs are those of the executed root.</p> : null}
      <dl class="facts">
        <Fact name="report hash"><Hash value={document.report_hash} /></Fact>
        <Fact name="root"><Hash value={document.root} /></Fact>
        <Fact name="leaves">{document.leaves ?? "–"}</Fact>
        <Fact name="check it"><a href={`#/verify/${document.epoch}`}>recompute here</a></Fact>
      </dl>
      <Table caption="Votes" rows={document.votes} keyOf={({ member }) => member} empty="Nobody has voted yet."
        columns={[
          { name: "member", cell: ({ member }) => <AccountLink account={member} /> },
          { name: "vote", cell: ({ agrees }) => (agrees === null ? "not compared" : agrees ? "this report" : "another report"), sort: ({ agrees }) => String(agrees) },
          { name: "report hash", cell: ({ report_hash: hash }) => <Hash value={hash} /> },
          { name: "root", cell: ({ root }) => <Hash value={root} />, minor: true },
        ]} />
    </Section>
  );
}

const BASE: Token = { token: "", symbol: "", decimals: null };
function Parameters({ parameters, token }: { parameters: Readonly<Record<string, unknown>>; token: Token }) {
  const rows = Object.entries(parameters).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return (
    <Section title="Numbers of the formula" note="What every amount of this epoch is made of, as the report commits to it.">
      <Table caption="Parameters" rows={rows} keyOf={([name]) => name} empty=""
        columns={[{ name: "name", cell: ([name]) => <Named name={name} unit={unitOf(name, token)} />, sort: ([name]) => name }, { name: "value", cell: ([name, value]) => <Amount amount={value} token={isAmount(name) ? token : BASE} />, kind: "number" }]} />
    </Section>
  );
}

function Stages({ document }: { document: EpochDocument }) {
  const { client } = useWorld();
  return (
    <Section title="Files">
      <Table caption="Stages" rows={Object.entries(document.stages ?? {})} keyOf={([stage]) => stage} empty=""
        columns={[
          { name: "stage", cell: ([stage]) => stage },
          { name: "rows", cell: ([, { count }]) => count, kind: "number" },
          { name: "sha256", cell: ([, { sha256 }]) => <Hash value={sha256} /> },
        ]} />
      <ul class="files">{document.files.map((name) => <li key={name}><a href={`${client.origin}v1/epochs/${document.epoch}/${encodeURI(name)}`} download>{name}</a></li>)}</ul>
    </Section>
  );
}

/** A fraction with three places. */
function ratio([part, whole]: readonly [string, string]): string {
  const [over, under] = [amountOf(part), amountOf(whole)];
  return under === 0n ? "–" : `0.${((over * 1000n) / under).toString().padStart(3, "0")}`.replace(/^0\.1000$/, "1.000");
}
