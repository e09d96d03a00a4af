import { type Hex, isHex, keccak256, toHex } from "./bytes.ts";
import { InputError, printable } from "./errors.ts";
import type { Stage } from "./stages.ts";

/** A settled epoch's report, format 2, with its numbers as integers. */
export interface Report {
  readonly bytes: Uint8Array;
  readonly hash: Hex;
  readonly chainId: bigint;
  readonly corrections: readonly { readonly account: Hex; readonly amount: bigint; readonly token: Hex }[];
  readonly distributed: bigint;
  readonly distributor: Hex;
  readonly epoch: bigint;
  readonly opening: readonly { readonly amount: bigint; readonly sha256: Hex; readonly token: Hex }[];
  readonly parameters: Parameters;
  readonly pool: bigint;
  readonly previousReport: Hex;
  readonly remainder: bigint;
  readonly residual: "" | "rollover" | "normalize";
  readonly root: Hex;
  readonly ruleset: "" | "paper-v1" | "paper-v2";
  readonly stages: { readonly [S in Stage | "events"]: { readonly count: bigint; readonly sha256: Hex } };
  readonly totals: readonly { readonly amount: bigint; readonly cumulative: bigint; readonly token: Hex }[];
  readonly voided: boolean;
}

const NUMBERS = [
  "a", "active_app_staking", "b", "c", "d", "emission", "floors", "total_app_staking", "total_cs", "total_staking",
  "usage", "usage_unit", "work",
] as const;
type ParameterName = (typeof NUMBERS)[number];

/** What every amount of the emission is made of; `spare` is the last row that got a spare wei, null if none did. */
export type Parameters = { readonly [Name in ParameterName]: bigint } & { readonly spare: Spare | null };
export interface Spare { readonly account: Hex; readonly amount: bigint; readonly app: Hex; readonly role: number }

const KEYS = [
  "chain_id", "corrections", "distributed", "distributor", "epoch", "first_block", "format", "genesis",
  "length_seconds", "opening", "parameters", "pool", "previous_report", "quarantine", "reference_block", "remainder",
  "residual", "root", "ruleset", "stages", "totals", "voided",
] as const;

const MOST_DEPTH = 8;

type Json = string | Json[] | { [key: string]: Json };
type Fields = { [key: string]: Json };

/** Return a report from its bytes; InputError unless they are the canonical bytes of a report of format 2. */
export function readReport(bytes: Uint8Array, where: string): Report {
  const document = parse(bytes, where);
  const read = new Reader(where);
  const fields = read.fields(document, "the report");
  if (fields["format"] !== "2") throw unusable("format 2", String(fields["format"]), where);
  read.keys(fields, KEYS, "the report");
  const canonical = encodeCanonical(document);
  if (canonical !== new TextDecoder().decode(bytes)) throw unusable("canonical JSON: ASCII, keys sorted, no spaces", "other bytes", where);
  const stages = read.fields(fields["stages"], "stages");
  read.keys(stages, ["aggregates", "amounts", "deposits", "events", "leaves"], "stages");
  read.block(fields["first_block"], "first_block");
  read.block(fields["reference_block"], "reference_block");
  for (const name of ["genesis", "length_seconds"]) read.number(fields[name], name);
  for (const log of read.list(fields["quarantine"], "quarantine", ["block_hash", "decision", "log_index"])) read.hash(log["block_hash"], "quarantine");
  return {
    bytes,
    hash: toHex(keccak256(bytes)),
    chainId: read.number(fields["chain_id"], "chain_id"),
    corrections: read.list(fields["corrections"], "corrections", ["account", "amount", "token"]).map((row) => ({
      account: read.address(row["account"], "corrections"),
      amount: read.number(row["amount"], "corrections"),
      token: read.address(row["token"], "corrections"),
    })),
    distributed: read.number(fields["distributed"], "distributed"),
    distributor: read.address(fields["distributor"], "distributor"),
    epoch: read.number(fields["epoch"], "epoch"),
    opening: read.list(fields["opening"], "opening", ["amount", "sha256", "token"]).map((row) => ({
      amount: read.number(row["amount"], "opening"),
      sha256: read.hash(row["sha256"], "opening"),
      token: read.address(row["token"], "opening"),
    })),
    parameters: readParameters(read, fields["parameters"]),
    pool: read.number(fields["pool"], "pool"),
    previousReport: read.hash(fields["previous_report"], "previous_report"),
    remainder: read.number(fields["remainder"], "remainder"),
    residual: read.word(fields["residual"], "residual", ["", "rollover", "normalize"]),
    root: read.hash(fields["root"], "root"),
    ruleset: read.word(fields["ruleset"], "ruleset", ["", "paper-v1", "paper-v2"]),
    stages: Object.fromEntries(Object.entries(stages).map(([stage, digest]) => [stage, readDigest(read, digest, stage)])) as Report["stages"],
    totals: read.list(fields["totals"], "totals", ["amount", "cumulative", "token"]).map((row) => ({
      amount: read.number(row["amount"], "totals"),
      cumulative: read.number(row["cumulative"], "totals"),
      token: read.address(row["token"], "totals"),
    })),
    voided: read.word(fields["voided"], "voided", ["0", "1"]) === "1",
  };
}

/** Return the canonical text of a document: ASCII, keys sorted, no spaces. */
export function encodeCanonical(value: Json): string {
  if (typeof value === "string") {
    return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
  }
  if (Array.isArray(value)) return `[${value.map(encodeCanonical).join(",")}]`;
  const members = Object.keys(value).sort().map((key) => `${encodeCanonical(key)}:${encodeCanonical(value[key] as Json)}`);
  return `{${members.join(",")}}`;
}

function parse(bytes: Uint8Array, where: string): Json {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw unusable("a report as JSON", printable(new TextDecoder().decode(bytes.subarray(0, 60))), where);
  }
  refuseOthers(document, where);
  return document as Json;
}

/** A report holds strings, lists and objects alone. */
function refuseOthers(value: unknown, where: string, depth = 0): void {
  if (typeof value === "string") return;
  if (typeof value !== "object" || value === null || depth > MOST_DEPTH) throw unusable("a report of strings, lists and objects, few deep", printable(typeof value === "object" ? "a deeper nesting" : String(value)), where);
  for (const item of Object.values(value)) refuseOthers(item, where, depth + 1);
}

function readParameters(read: Reader, value: Json | undefined): Parameters {
  const fields = read.fields(value, "parameters");
  read.keys(fields, [...NUMBERS, "alpha", "spare"], "parameters");
  for (const milli of Object.values(read.fields(fields["alpha"], "alpha"))) read.number(milli, "alpha");
  const spare = read.fields(fields["spare"], "spare");
  read.keys(spare, ["account", "amount", "app", "role"], "spare");
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, read.number(fields[name], name)]));
  return { ...(numbers as { [Name in ParameterName]: bigint }), spare: readSpare(read, spare) };
}

function readSpare(read: Reader, spare: Fields): Spare | null {
  if (Object.values(spare).every((value) => value === "")) return null;
  return {
    account: read.address(spare["account"], "spare"),
    amount: read.number(spare["amount"], "spare"),
    app: read.address(spare["app"], "spare"),
    role: read.word(spare["role"], "spare", ["miner", "user"]) === "miner" ? 0 : 1,
  };
}

function readDigest(read: Reader, value: Json, stage: string): { count: bigint; sha256: Hex } {
  const fields = read.fields(value, stage);
  read.keys(fields, ["count", "sha256"], stage);
  return { count: read.number(fields["count"], stage), sha256: read.hash(fields["sha256"], stage) };
}

/** Reads members of a report; each method throws InputError for another type, naming the member. */
class Reader {
  constructor(private readonly where: string) {}

  fields(value: Json | undefined, name: string): Fields {
    if (typeof value !== "object" || Array.isArray(value)) throw unusable(`${name} as an object`, this.show(value), this.where);
    return value;
  }

  keys(fields: Fields, expected: readonly string[], name: string): void {
    const [got, wanted] = [Object.keys(fields).sort().join(","), [...expected].sort().join(",")];
    if (got !== wanted) throw unusable(`${name} with the keys ${wanted}`, printable(got), this.where);
  }

  list(value: Json | undefined, name: string, keys: readonly string[]): Fields[] {
    if (!Array.isArray(value)) throw unusable(`${name} as a list`, this.show(value), this.where);
    return value.map((row) => {
      const fields = this.fields(row, name);
      this.keys(fields, keys, name);
      return fields;
    });
  }

  number(value: Json | undefined, name: string): bigint {
    if (typeof value !== "string" || !/^(0|[1-9][0-9]{0,77})$/.test(value)) throw unusable(`${name} as a decimal number`, this.show(value), this.where);
    return BigInt(value);
  }

  address(value: Json | undefined, name: string): Hex {
    if (!isHex(value, 20)) throw unusable(`${name} with an address`, this.show(value), this.where);
    return value;
  }

  hash(value: Json | undefined, name: string): Hex {
    if (!isHex(value, 32)) throw unusable(`${name} with a hash of 32 bytes`, this.show(value), this.where);
    return value;
  }

  word<const W extends string>(value: Json | undefined, name: string, words: readonly W[]): W {
    const found = words.find((word) => word === value);
    if (found === undefined) throw unusable(`${name} as one of ${words.map((word) => `"${word}"`).join(", ")}`, this.show(value), this.where);
    return found;
  }

  block(value: Json | undefined, name: string): void {
    const fields = this.fields(value, name);
    this.keys(fields, ["hash", "number"], name);
    this.hash(fields["hash"], name);
    this.number(fields["number"], name);
  }

  private show(value: Json | undefined): string {
    return value === undefined ? "nothing" : printable(JSON.stringify(value), 80);
  }
}

function unusable(expected: string, got: string, where: string): InputError {
  return new InputError(`not a report that can be read: expected ${expected}, got ${got} (${where})`);
}
