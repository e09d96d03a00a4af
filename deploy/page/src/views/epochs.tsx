import { useState } from "preact/hooks";

import type { EpochRow, Items } from "../api/documents.ts";
import { amountOf } from "../api/money.ts";
import { Amount, Await, Status } from "../parts/basics.tsx";
import { useDocument } from "../parts/hooks.ts";
import { Table } from "../parts/table.tsx";

const PAGE = 50;

/** All epochs, page by page. */
export function Epochs() {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const epochs = useDocument<Items<EpochRow>>("epochs", { limit: String(PAGE), ...(cursor === undefined ? {} : { cursor }) });
  return (
    <>
      <h1>Epochs</h1>
      <Await of={epochs} rows={12}>
        {({ items, next }) => (
          <>
            <EpochTable rows={items} />
            <nav class="pages" aria-label="pages">
              <button type="button" disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>newer</button>
              <button type="button" disabled={next === null} onClick={() => next !== null && setCursors([...cursors, next])}>older</button>
            </nav>
          </>
        )}
      </Await>
    </>
  );
}

export function EpochTable({ rows }: { rows: readonly EpochRow[] }) {
  return (
    <Table caption="Epochs" rows={rows} keyOf={({ epoch }) => String(epoch)} empty="The first epoch is not over yet. What happens in it shows here as blocks become final."
      columns={[
        { name: "epoch", cell: ({ epoch }) => <a href={`#/epoch/${epoch}`}>{epoch}</a>, sort: ({ epoch }) => epoch },
        { name: "state", cell: ({ status, voided }) => <><Status status={status} />{voided === true ? <span class="status vetoed">voided</span> : null}</>, sort: ({ status }) => status },
        { name: "proofs", cell: ({ proofs }) => proofs, sort: ({ proofs }) => proofs, kind: "number" },
        { name: "miners", cell: ({ miners }) => miners, sort: ({ miners }) => miners, kind: "number", minor: true },
        { name: "users", cell: ({ users }) => users, sort: ({ users }) => users, kind: "number", minor: true },
        { name: "apps", cell: ({ apps }) => apps, sort: ({ apps }) => apps, kind: "number", minor: true },
        { name: "pool", cell: (row) => <Amount amount={row.pool} token={row} places={2} />, sort: ({ pool }) => amountOf(pool ?? "0"), kind: "number", minor: true },
        { name: "paid", cell: (row) => <Amount amount={row.distributed} token={row} places={2} />, sort: ({ distributed }) => amountOf(distributed ?? "0"), kind: "number" },
        { name: "ruleset", cell: ({ ruleset }) => ruleset ?? "–", sort: ({ ruleset }) => ruleset ?? "", minor: true },
      ]} />
  );
}
