import { DifferenceError } from "./errors.ts";
import { describeRow, LAYOUTS, type Rows, type Stage } from "./stages.ts";

/** The columns that name a row; the others hold its numbers. */
const KEYS: { readonly [S in Stage]: readonly (keyof Rows[S])[] } = {
  aggregates: ["kind", "app", "account"],
  deposits: ["app", "token", "account"],
  amounts: ["token", "account", "app", "role"],
  leaves: ["account", "token"],
};

/** Return the first row, in the order of `got`, that is not as expected; null if none. */
export function findDifference<S extends Stage>(
  stage: S, expected: readonly Rows[S][], got: readonly Rows[S][], step: string = stage,
): DifferenceError | null {
  const wanted = new Map(expected.map((row) => [keyOf(stage, row), row]));
  const seen = new Set<string>();
  for (const [at, row] of got.entries()) {
    const key = keyOf(stage, row);
    const where = `row ${at} (${describeKey(stage, row)})`;
    const right = wanted.get(key);
    if (seen.has(key)) return new DifferenceError(step, "each row once", "the same row again", where);
    seen.add(key);
    if (right === undefined) return new DifferenceError(step, "no such row", numbersOf(stage, row), where);
    if (numbersOf(stage, right) !== numbersOf(stage, row)) {
      return new DifferenceError(step, numbersOf(stage, right), numbersOf(stage, row), where);
    }
  }
  const missing = expected.find((row) => !seen.has(keyOf(stage, row)));
  return missing === undefined ? null : new DifferenceError(step, describeRow(stage, missing), "no such row");
}

/** Return the first row that is there twice; null if none. */
export function findTwice<S extends Stage>(stage: S, rows: readonly Rows[S][]): DifferenceError | null {
  return findDifference(stage, rows, rows);
}

const keyOf = <S extends Stage>(stage: S, row: Rows[S]): string => KEYS[stage].map((column) => String(row[column])).join("/");

const describeKey = <S extends Stage>(stage: S, row: Rows[S]): string =>
  KEYS[stage].map((column) => `${String(column)} ${String(row[column])}`).join(", ");

const numbersOf = <S extends Stage>(stage: S, row: Rows[S]): string =>
  LAYOUTS[stage].filter(([column]) => !KEYS[stage].includes(column)).map(([column]) => `${column} ${String(row[column])}`).join(", ");
