import { useState } from "preact/hooks";

import { AccountLink, Amount, Await, Fact, Section, symbolOf, Waiting } from "../parts/basics.tsx";
import { useChainNow, useDocument, useWorld } from "../parts/hooks.ts";
import { BarPlot } from "../parts/plot.tsx";
import { Table } from "../parts/table.tsx";
import { participants } from "../parts/units.ts";
import { duration, utc } from "../api/text.ts";
import type { EpochRow, Items, LeaderRow, Network, ParametersDocument } from "../api/documents.ts";
import { amountOf, percent } from "../api/money.ts";
import { EpochTable } from "./epochs.tsx";

const SHOWN = 30;

/** The open epoch, what was paid, who earned most. */
export function Overview() {
  const { network } = useWorld();
  const epochs = useDocument<Items<EpochRow>>("epochs", { limit: String(SHOWN) }, 30);
  const parameters = useDocument<ParametersDocument>("parameters");
  const leaders = useDocument<Items<LeaderRow>>("leaderboards/miners", { limit: "10" });
  return (
    <>
      <h1>Rewards for proofs</h1>
      {[epochs.state, parameters.state].includes("loading") ? <Waiting rows={4} /> : network === null ? null : (
        <OpenEpoch network={network} rows={epochs.state === "ready" ? epochs.document.items : []} parameters={parameters.state === "ready" ? parameters.document : null} />
      )}
      <Section title="Epochs">
        <Await of={epochs} rows={8}>{({ items }) => <Trend rows={items} />}</Await>
      </Section>
      <Section title="Top miners" note="By what they earned since the first epoch.">
        <Await of={leaders}>
          {({ items }) => (
            <Table caption="Top miners" rows={items} keyOf={({ account }) => account} empty="Nobody has earned anything yet: the first epoch has to end."
              columns={[
                { name: "#", cell: ({ rank }) => rank },
                { name: "miner", cell: ({ account }) => <AccountLink account={account} /> },
                { name: "proofs", cell: ({ proofs }) => proofs, sort: ({ proofs }) => proofs, kind: "number" },
                { name: "earned", cell: (row) => <Amount amount={row.amount} token={row} />, sort: ({ amount }) => amountOf(amount), kind: "number" },
              ]} />
          )}
        </Await>
      </Section>
    </>
  );
}

function OpenEpoch({ network, rows, parameters }: { network: Network; rows: readonly EpochRow[]; parameters: ParametersDocument | null }) {
  const left = network.epoch.ends_at - useChainNow(network.as_of);
  const open = rows.find(({ epoch }) => epoch === network.epoch.open);
  const emission = parameters?.in_force.find(({ name }) => name === "emission");
  const pool = open?.pool ?? emission?.value ?? null;
  const paid = rows.find(({ distributed, status }) => distributed !== null && status !== "open");
  return (
      <dl class="facts">
        <Fact name="open epoch" note={<>ends <time dateTime={new Date(network.epoch.ends_at * 1000).toISOString()}>{utc(network.epoch.ends_at)}</time></>}>
          <a href={`#/epoch/${network.epoch.open}`}>{network.epoch.open}</a>
        </Fact>
        <Fact name={left > 0 ? "time left" : "ended"} note={left > 0 ? "then it waits for finality" : "waiting for the final blocks"}>
          <span class="number" role="timer">{duration(left)}</span>
        </Fact>
        <Fact name="pool of the epoch" note={symbolOf(network)}><Amount amount={pool} token={network} places={2} /></Fact>
        <Fact name="taking part" note={open === undefined ? undefined : `${open.proofs} ${open.proofs === 1 ? "proof" : "proofs"} so far`}>{open === undefined ? "–" : participants(open)}</Fact>
        {paid === undefined ? null : (
          <Fact name={`paid in epoch ${paid.epoch}`} note={paid.pool === null ? undefined : `${percent(amountOf(paid.distributed), amountOf(paid.pool))} of the pool`}>
            <Amount amount={paid.distributed} token={paid} places={2} />
          </Fact>
        )}
        {paid === undefined ? null : <Fact name="its remainder" note={paid.residual === "rollover" ? "stays in the treasury" : symbolOf(paid)}><Amount amount={paid.remainder} token={paid} places={2} /></Fact>}
        <Fact name="claimable up to" note={network.newest.proposed !== null && network.newest.proposed !== network.newest.active ? `epoch ${network.newest.proposed} can still be vetoed` : undefined}>
          {network.newest.active === null ? "no epoch yet" : <a href={`#/epoch/${network.newest.active}`}>epoch {network.newest.active}</a>}
        </Fact>
      </dl>
  );
}

const SERIES = ["paid", "proofs", "miners", "users", "apps"] as const;

/** One number of every settled epoch, which the reader chooses. */
function Trend({ rows }: { rows: readonly EpochRow[] }) {
  const [series, setSeries] = useState<(typeof SERIES)[number]>("paid");
  const settled = rows.filter(({ distributed }) => distributed !== null).slice(0, SHOWN).reverse();
  const [token] = settled;
  return (
    <>
      {token === undefined ? null : (
        <>
          <div class="choice" role="group" aria-label="what is drawn">
            {SERIES.map((one) => <button key={one} type="button" aria-pressed={one === series} onClick={() => setSeries(one)}>{one}</button>)}
          </div>
          {series === "paid"
            ? <BarPlot title="Paid per epoch" unit={symbolOf(token)} decimals={token.decimals} points={settled.map(({ epoch, distributed }) => ({ label: String(epoch), value: amountOf(distributed) }))} />
            : <BarPlot title="Per epoch" unit={series} decimals={0} points={settled.map((row) => ({ label: String(row.epoch), value: BigInt(row[series]) }))} />}
        </>
      )}
      <EpochTable rows={rows.slice(0, 10)} />
      <p><a href="#/epochs">all epochs</a></p>
    </>
  );
}
