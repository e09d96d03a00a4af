import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** A column: `sort` gives what rows are ordered by, `kind` how it is set; what is `minor` a phone leaves out. */
export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly sort?: (row: Row) => bigint | number | string;
  readonly kind?: "number" | "text";
  readonly minor?: boolean;
}

interface Props<Row> {
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly empty: string;
}

/** A table that can be sorted by its heads, and scrolls by itself where it is wider than the screen. */
export function Table<Row>({ caption, rows, columns, keyOf, empty }: Props<Row>) {
  const [by, setBy] = useState<{ name: string; down: boolean } | null>(null);
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  const sort = columns.find(({ name }) => name === by?.name)?.sort;
  const ordered = sort === undefined ? rows : [...rows].sort((left, right) => compare(sort(left), sort(right)) * (by?.down === true ? -1 : 1));
  const turn = (column: Column<Row>): void => setBy(by?.name === column.name ? { name: column.name, down: !by.down } : { name: column.name, down: column.kind === "number" });
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>{columns.map((column) => <Head key={column.name} column={column} direction={by?.name === column.name ? by.down : null} turn={turn} />)}</tr>
        </thead>
        <tbody>
          {ordered.map((row) => (
            <tr key={keyOf(row)}>{columns.map((column) => <td key={column.name} class={classOf(column)}>{column.cell(row)}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<Row>({ column, direction, turn }: { column: Column<Row>; direction: boolean | null; turn: (column: Column<Row>) => void }) {
  const sorted = direction === null ? "none" : direction ? "descending" : "ascending";
  return (
    <th scope="col" class={classOf(column)} aria-sort={column.sort === undefined ? undefined : sorted}>
      {column.sort === undefined ? column.name : (
        <button type="button" onClick={() => turn(column)}>{column.name}<span aria-hidden="true">{direction === null ? "" : direction ? " ↓" : " ↑"}</span></button>
      )}
    </th>
  );
}

function classOf<Row>({ kind = "text", minor = false }: Column<Row>): string {
  return minor ? `${kind} minor` : kind;
}

function compare(left: bigint | number | string, right: bigint | number | string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
