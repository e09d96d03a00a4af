import { type Hex, sha256, toHex, toInteger } from "./bytes.ts";
import { DifferenceError } from "./errors.ts";
import type { Report } from "./report.ts";
import { type AmountRow, ROLE_OPENING, withoutApp } from "./stages.ts";

const ROW_BYTES = 72;

/**
 * Return the opening balances that a report names, as amounts: from the network's file, which each token's entry names
 * by its sha256. Without the file they are those of the bundle, of which only the sums are proven.
 */
export function readOpening(report: Report, file: Uint8Array | undefined, stored: readonly AmountRow[]): readonly AmountRow[] {
  if (report.opening.length === 0) return [];
  const rows = file === undefined ? stored : readFileRows(report, file);
  const sums = new Map<Hex, bigint>();
  for (const { token, amount } of rows) sums.set(token, (sums.get(token) ?? 0n) + amount);
  for (const { token, amount } of report.opening) {
    if (sums.get(token) !== amount) throw new DifferenceError(`opening balances of token ${token}`, String(amount), String(sums.get(token) ?? 0n));
    sums.delete(token);
  }
  for (const token of sums.keys()) throw new DifferenceError("opening balances", "tokens that the report names", token);
  return rows;
}

function readFileRows(report: Report, file: Uint8Array): AmountRow[] {
  const got = toHex(sha256(file));
  for (const { sha256: expected } of report.opening) {
    if (expected !== got) throw new DifferenceError("the file of opening balances", `sha256 ${expected}`, got);
  }
  if (file.length % ROW_BYTES !== 0) throw new DifferenceError("the file of opening balances", `rows of ${ROW_BYTES} bytes`, `${file.length} bytes`);
  return Array.from({ length: file.length / ROW_BYTES }, (_, at) => {
    const row = file.subarray(at * ROW_BYTES, (at + 1) * ROW_BYTES);
    return withoutApp(toHex(row.subarray(0, 20)), toHex(row.subarray(20, 40)), ROLE_OPENING, toInteger(row.subarray(40)));
  });
}
