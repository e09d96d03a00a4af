/** What the reader gave cannot be used: exit code 2. The message says what, expected, got, where. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** What was published is not what the rules give: exit code 1. */
export class DifferenceError extends Error {
  override readonly name = "DifferenceError";

  /** `step` names the check that failed; `row` the row, where one is to blame. */
  constructor(
    readonly step: string,
    readonly expected: string,
    readonly got: string,
    readonly row = "",
  ) {
    super(`${step}${row === "" ? "" : `, ${row}`}: expected ${expected}, got ${got}`);
  }
}

/** Return a text of others for one line: what is not printable ASCII is replaced, what is long is cut. */
export function printable(text: string, most = 200): string {
  const clean = text.replace(/[^\x20-\x7e]/g, "?");
  return clean.length > most ? `${clean.slice(0, most)}..` : clean;
}
