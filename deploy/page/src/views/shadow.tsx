import type { Address } from "../api/documents.ts";
import { amountOf, group, percent, type Token } from "../api/money.ts";
import type { ShadowAccountDocument, ShadowAppDocument, ShadowAppRow, ShadowCollect, ShadowEpochDocument, ShadowNetwork, ShadowOwed, ShadowPool } from "../api/shadow.ts";
import { AccountLink, Amount, AppLink, Await, ChainText, Copy, Fact, Hash, Section, symbolOf } from "../parts/basics.tsx";
import { useDocument } from "../parts/hooks.ts";
import { type Column, Table } from "../parts/table.tsx";

interface InEpoch { readonly epoch: number }
const inEpochs = <Row, Of extends InEpoch>(epochs: readonly Of[], rowsOf: (epoch: Of) => readonly Row[]): (Row & InEpoch)[] => epochs.flatMap((one) => rowsOf(one).map((row) => ({ ...row, epoch: one.epoch })));
const whole = <Name extends string>(name: string, token: Token, member: Name): Column<Readonly<Record<Name, string | null>>> => ({ name, cell: (row) => <Amount amount={row[member]} token={token} />, sort: (row) => amountOf(row[member] ?? "0"), kind: "number" });
const count = <Name extends string>(name: string, member: Name): Column<Readonly<Record<Name, string>>> => ({ name, cell: (row) => group(row[member]), sort: (row) => amountOf(row[member]), kind: "number" });
const epochColumn: Column<InEpoch> = { name: "epoch", cell: ({ epoch }) => <a href={`#/epoch/${epoch}`}>{epoch}</a>, sort: ({ epoch }) => epoch };
const minor = <Row,>(column: Column<Row>): Column<Row> => ({ ...column, minor: true });
const appColumn: Column<{ app: string }> = { name: "app", cell: ({ app }) => <AppLink app={app} />, sort: ({ app }) => app };
const roleColumn: Column<{ role: string }> = { name: "as", cell: ({ role }) => role, sort: ({ role }) => role };

/** A network of the deployed contracts: what they paid beside their rule, and what they owe. */
export function ShadowOverview() {
  const found = useDocument<ShadowNetwork>("shadow", {}, 30);
  return (
    <>
      <h1>What the contracts paid, and what they owe</h1>
      <Await of={found} rows={10}>{(document) => <Network document={document} />}</Await>
    </>
  );
}

function Network({ document }: { document: ShadowNetwork }) {
  const { totals } = document;
  return (
    <>
      {totals.different + totals.pools_different === 0 ? null : <p class="trouble" role="alert">Collects that are not what the contracts' own rule gives: {totals.different}. Pools: {totals.pools_different}.</p>}
      <dl class="facts lead">
        <Fact name="owed to all" note={symbolOf(document)}><Amount amount={totals.owed} token={document} /></Fact>
        <Fact name="of that the contracts refuse"><Amount amount={totals.blocked} token={document} /></Fact>
        <Fact name="paid so far" note={`${totals.collects} collects`}><Amount amount={totals.paid} token={document} /></Fact>
        <Fact name="as the rule says" note={totals.undetermined === 0 ? undefined : `${totals.undetermined} cannot be told: the vesting amounts are not known`}>{totals.equal} of {totals.collects}</Fact>
        <Fact name="went back"><Amount amount={totals.returned} token={document} /></Fact>
        <Fact name="epoch" note={`by block ${document.as_of}`}>{document.current_epoch}</Fact>
      </dl>
      <Section title="Who is owed">
        <Table caption="Owed" rows={document.accounts} keyOf={({ account }) => account} empty="Nobody is owed anything."
          columns={[{ name: "account", cell: ({ account }) => <AccountLink account={account} /> }, whole("owed", document, "owed"), whole("the contracts refuse", document, "blocked")]} />
      </Section>
      <Section title="Epochs">
        <Table caption="Epochs" rows={document.epochs} keyOf={({ epoch }) => String(epoch)} empty="No epoch has labor yet."
          columns={[epochColumn, count("work", "work"), whole("stake of its apps", document, "stake")]} />
      </Section>
    </>
  );
}

/** What an account is owed by the contracts, what it collected, and whether that was right. */
export function ShadowAccount({ account }: { account: Address }) {
  const found = useDocument<ShadowAccountDocument>(`shadow/accounts/${account}`, {}, 30);
  return (
    <>
      <h1>Account</h1>
      <p class="note"><Copy text={account} label="address"><span class="hex">{account}</span></Copy></p>
      <Await of={found} rows={8}>{(document) => <AccountBody document={document} />}</Await>
    </>
  );
}

function AccountBody({ document }: { document: ShadowAccountDocument }) {
  const [sums] = document.accounts;
  const labors = inEpochs(document.epochs, ({ apps }) => apps.flatMap(({ app, labors: own }) => own.map((row) => ({ ...row, app }))));
  return (
    <>
      <dl class="facts lead">
        <Fact name="owed" note={symbolOf(document)}><Amount amount={sums?.owed ?? "0"} token={document} /></Fact>
        <Fact name="of that the contracts refuse"><Amount amount={sums?.blocked ?? "0"} token={document} /></Fact>
        <Fact name="as of block">{document.as_of}</Fact>
      </dl>
      <Section title="Owed"><OwedTable rows={inEpochs(document.epochs, ({ owed }) => owed)} token={document} /></Section>
      <Section title="Collected"><CollectTable rows={inEpochs(document.epochs, ({ collects }) => collects)} token={document} /></Section>
      <Section title="Labor">
        <Table caption="Labor" rows={labors} keyOf={(row) => row.epoch + row.app + row.role} empty="It has no labor."
          columns={[epochColumn, appColumn, roleColumn, count("labor", "labor"), whole("stake", document, "stake")]} />
      </Section>
      {document.extras.length === 0 ? null : (
        <Section title="Extra rewards">
          <Table caption="Extra rewards" rows={document.extras} keyOf={(row) => row.epoch + row.app + row.token} empty=""
            columns={[epochColumn, appColumn, { name: "token", cell: (row) => <bdi>{symbolOf(row)}</bdi> }, { name: "owed", cell: (row) => <Amount amount={row.amount} token={row} />, kind: "number" }]} />
        </Section>
      )}
    </>
  );
}

function OwedTable({ rows, token }: { rows: readonly (ShadowOwed & InEpoch)[]; token: Token }) {
  return (
    <Table caption="Owed" rows={rows} keyOf={(row) => row.epoch + row.app + row.role + row.account} empty="Nothing is owed."
      columns={[
        epochColumn, minor(appColumn), minor(roleColumn), { name: "account", cell: ({ account }) => <AccountLink account={account} /> }, whole("amount", token, "amount"),
        { name: "pool", cell: ({ pool }) => pool, sort: ({ pool }) => pool, minor: true },
        { name: "why it is not paid", cell: ({ blocked, state }) => <span class="prose"><ChainText most={300} text={blocked ?? (state === "undetermined" ? "the vesting amounts are not known" : "nobody has collected it yet")} /></span> },
      ]} />
  );
}

function CollectTable({ rows, token }: { rows: readonly (ShadowCollect & InEpoch)[]; token: Token }) {
  return (
    <Table caption="Collects" rows={rows} keyOf={(row) => `${row.block}:${row.log_index}`} empty="Nothing was collected."
      columns={[
        epochColumn, minor(appColumn), minor(roleColumn), { name: "account", cell: ({ account }) => <AccountLink account={account} /> },
        whole("paid", token, "paid"), minor(whole("by the rule", token, "rule")),
        { name: "that is", cell: ({ state }) => <span class={`status ${state === "different" ? "vetoed" : ""}`}>{state}</span>, sort: ({ state }) => state },
        { name: "part of labor", cell: (row) => <span title={`${row.labor} of ${row.labor_total}, exponent ${row.exponent.join("/")}`}>{percent(amountOf(row.labor), amountOf(row.labor_total))}</span>, kind: "number", minor: true },
        { name: "part of stake", cell: (row) => <span title={`${row.stake} of ${row.stake_total}`}>{percent(amountOf(row.stake), amountOf(row.stake_total))}</span>, kind: "number", minor: true },
        minor(whole("pool", token, "pool")),
        { name: "transaction", cell: ({ transaction }) => <Hash value={transaction} />, minor: true },
      ]} />
  );
}

/** One app by epochs: its pools and their terms, what was collected, what is owed and what went back. */
export function ShadowApp({ app }: { app: string }) {
  const found = useDocument<ShadowAppDocument>(`shadow/apps/${app}`, {}, 30);
  return (
    <>
      <h1>App</h1>
      <p class="note"><Copy text={app} label="address"><span class="hex">{app}</span></Copy></p>
      <Await of={found} rows={8}>
        {(document) => (
          <>
            <AppTable rows={inEpochs(document.epochs, ({ apps }) => apps)} token={document} />
            <Section title="Pools"><PoolTable rows={inEpochs(document.epochs, ({ apps }) => apps.flatMap(({ pools }) => pools))} token={document} /></Section>
            <Section title="Owed"><OwedTable rows={inEpochs(document.epochs, ({ owed }) => owed)} token={document} /></Section>
            <Section title="Collected"><CollectTable rows={inEpochs(document.epochs, ({ collects }) => collects)} token={document} /></Section>
          </>
        )}
      </Await>
    </>
  );
}

function PoolTable({ rows, token }: { rows: readonly (ShadowPool & InEpoch)[]; token: Token }) {
  return (
    <Table caption="Pools" rows={rows} keyOf={(row) => `${row.block}:${row.log_index}`} empty="No pool was opened: the first collect opens it."
      columns={[epochColumn, minor(whole("of", token, "n")), { name: "alpha", cell: ({ alpha }) => alpha.join("/"), kind: "number", minor: true }, minor(whole("by the rule", token, "phi")), whole("transferred", token, "transferred"), whole("to miners", token, "miners"), whole("to users", token, "players")]} />
  );
}

function AppTable({ rows, token }: { rows: readonly (ShadowAppRow & InEpoch)[]; token: Token }) {
  return (
    <Table caption="Apps" rows={rows} keyOf={(row) => row.epoch + row.app} empty="No app had labor."
      columns={[epochColumn, appColumn, minor(count("work", "work")), minor(count("labor", "labor")), minor(whole("stake", token, "stake")), whole("paid", token, "paid"), whole("owed", token, "owed"), minor(whole("went back", token, "returned"))]} />
  );
}

/** One epoch of the contracts. */
export function ShadowEpochView({ epoch }: { epoch: bigint }) {
  const found = useDocument<ShadowEpochDocument>(`shadow/epochs/${epoch}`, {}, 30);
  return (
    <>
      <h1>Epoch {epoch.toString()}</h1>
      <Await of={found} rows={8}>
        {(document) => (
          <>
            <AppTable rows={inEpochs([document], ({ apps }) => apps)} token={document} />
            <Section title="Owed"><OwedTable rows={inEpochs([document], ({ owed }) => owed)} token={document} /></Section>
            <Section title="Collected"><CollectTable rows={inEpochs([document], ({ collects }) => collects)} token={document} /></Section>
          </>
        )}
      </Await>
    </>
  );
}
